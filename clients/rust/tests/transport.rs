//! Does the client repeat what may be repeated, show who it is, and ask once for what never changes?

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tidegate_api::RegisterRequest;
use tidegate_client::{Client, ClientError, Pace};

/// Gives these answers, one for each connection, and tells the requests.
fn server(answers: &[&str]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, requests) = channel();
    let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
    std::thread::spawn(move || {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut request = vec![0; 65_536];
            let length = stream.read(&mut request).unwrap_or(0);
            let _ = sender.send(String::from_utf8_lossy(&request[..length]).into_owned());
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (format!("http://{address}/"), requests)
}

fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nRetry-After: 0\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn wait<T>(answer: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(answer)
}

fn pace(attempts: u32) -> Pace {
    Pace { attempts, first: Duration::from_millis(1), longest: Duration::from_millis(5) }
}

#[test]
fn what_passes_is_waited_for() {
    let away = answer("503 Service Unavailable", "");
    let broken = answer("500 Internal Server Error", r#"{"error_code":50001,"message":"the store is away"}"#);
    let (url, requests) = server(&[&away, &broken, &answer("200 OK", "[1,2]")]);
    let client = Client::builder(url).pace(pace(3)).build().expect("a client");
    assert_eq!(wait(client.versions("a b/c")).expect("an answer"), [1, 2]);
    let first = requests.recv().expect("a request");
    assert!(first.starts_with("GET /subjects/a%20b%2Fc/versions HTTP/1.1"), "{first}");
    assert_eq!(requests.iter().count(), 2);
}

#[test]
fn what_does_not_pass_is_told_as_it_is() {
    let away = answer("503 Service Unavailable", "");
    let (url, _requests) = server(&[&away, &away]);
    let client = Client::builder(url).pace(pace(2)).build().expect("a client");
    let error = wait(client.versions("a")).expect_err("it is away");
    assert!(matches!(error, ClientError::Refused { status: 503, .. }) && error.is_trouble(), "{error}");
    let body = r#"{"error_code":40401,"message":"Subject 'a' not found."}"#;
    let (url, _requests) = server(&[&answer("404 Not Found", body)]);
    let client = Client::builder(url).pace(pace(3)).build().expect("a client");
    let error = wait(client.versions("a")).expect_err("it is not there");
    assert!(error.is_not_found() && !error.is_trouble() && error.code() == Some(40401), "{error}");
    let (url, _requests) = server(&[&answer("200 OK", "<html>")]);
    let client = Client::builder(url).build().expect("a client");
    let error = wait(client.versions("a")).expect_err("it is no registry");
    assert!(matches!(error, ClientError::Unintelligible { .. }), "{error}");
}

#[test]
fn a_deletion_that_may_have_arrived_is_not_repeated() {
    let (url, requests) = server(&[&answer("503 Service Unavailable", ""), &answer("200 OK", "[1]")]);
    let client = Client::builder(url).pace(pace(3)).build().expect("a client");
    assert!(wait(client.delete_subject("a", false)).is_err());
    assert_eq!(requests.try_iter().count(), 1);
}

#[test]
fn credentials_are_shown_and_never_printed() {
    let (url, requests) = server(&[&answer("200 OK", "{\"id\":1}")]);
    let client = Client::builder(url).token("s3cret").build().expect("a client");
    let request = RegisterRequest { schema: Some("\"int\"".into()), ..RegisterRequest::default() };
    assert_eq!(wait(client.register("a", &request)).expect("an answer").id, 1);
    assert!(requests.recv().expect("a request").contains("authorization: Bearer s3cret"));
    assert!(!format!("{client:?}").contains("s3cret"));
    let (url, requests) = server(&[&answer("200 OK", "[]")]);
    let client = Client::builder(url).password("ann", "s3cret").build().expect("a client");
    wait(client.versions("a")).expect("an answer");
    assert!(requests.recv().expect("a request").contains("authorization: Basic YW5uOnMzY3JldA=="));
}

#[test]
fn an_id_is_asked_for_once() {
    let (url, requests) = server(&[&answer("200 OK", r#"{"schema":"\"int\""}"#)]);
    let client = Client::builder(url).build().expect("a client");
    for _ in 0..3 {
        assert_eq!(wait(client.clone().schema(7, "")).expect("an answer").schema, "\"int\"");
    }
    assert_eq!(requests.iter().count(), 1);
}

#[test]
fn what_is_no_url_makes_no_client() {
    for url in ["", "registry", "ftp://x", "http://"] {
        let client = Client::builder(url).pace(Pace::once()).build();
        assert!(client.is_err() || wait(client.expect("a client").versions("a")).is_err(), "{url}");
    }
    let error = Client::builder("https://ann:s3cret@registry.example/x").build().expect_err("it has a password");
    assert!(error.to_string().contains("registry.example/x") && !error.to_string().contains("s3cret"), "{error}");
}
