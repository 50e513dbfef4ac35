//! What does a check say when the registry can't be asked? That nothing was judged, with an exit code of its own.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::repo::{CHANNEL, ID, Repo, record};

fn repo() -> Repo {
    let repo = Repo::new();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo
}

/// A server that answers everything alike, until the test ends.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

/// A registry without subjects, and without anything that only Tidegate has.
fn of_others() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap_or_default();
            let head = String::from_utf8_lossy(request.get(..read).unwrap_or_default()).into_owned();
            let (status, body) = match head.split(' ').nth(1) {
                Some(path) if path.starts_with("/config/") => ("200 OK", r#"{"compatibilityLevel":"BACKWARD"}"#),
                Some(path) if path.starts_with("/subjects/") => {
                    ("404 Not Found", r#"{"error_code":40401,"message":"Subject not found."}"#)
                }
                _ => ("404 Not Found", r#"{"error_code":404,"message":"HTTP 404 Not Found"}"#),
            };
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

#[test]
fn a_registry_of_others_is_not_blamed_for_what_it_lacks() {
    let repo = repo();
    let ran = repo.run(&["check", "--url", &of_others()]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("✓ new subject") && !ran.out.contains("registry   "), "{}", ran.out);
}

#[test]
fn nobody_there_is_not_a_finding() {
    let repo = repo();
    // Port 9 is discard, and nobody discards.
    let ran = repo.run(&["check", "--url", "http://127.0.0.1:9"]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("nothing was judged against registry"), "{}", ran.out);
    assert!(ran.out.contains("Not judged.") && !ran.out.contains("compatible"), "{}", ran.out);
    assert!(ran.out.starts_with("Checked 1 schema\n"), "what changed is not known: {}", ran.out);
    let ran = repo.run(&["check", "--url", "http://127.0.0.1:9", "--format", "junit"]);
    assert!(ran.out.contains("name=\"not compared\"") && !ran.out.contains("compatible"), "{}", ran.out);
    let ran = repo.run(&["check", "--url", "http://127.0.0.1:9", "--format", "markdown"]);
    assert!(ran.out.contains("not judged") && !ran.out.contains("Compared with"), "{}", ran.out);
}

#[test]
fn every_command_that_asks_a_registry_says_that_nobody_is_there() {
    const COMMANDS: [&str; 16] = [
        "plan -o kept.json",
        "drift",
        "pull --all",
        "register",
        "snapshot -o kept.json",
        "impact a.order-value",
        "impact a.order-value --field id",
        "impact a.order-value --delete",
        "lineage a.order-value",
        "consumers publish",
        "consumers list",
        "record validate --topic orders",
        "record decode --id 3 tidegate.yaml",
        "diff a.order-value@1 schemas/a/order.avsc",
        "diff registry",
        "accept 4c1e7a20 --reason r --by a",
    ];
    let repo = repo();
    let reads = "[{ subject: a.order-value, group: g, purpose: p }]";
    let consumes = format!("consumes: {{ application: x, owner: y, reads: {reads} }}\n");
    repo.write("tidegate.yaml", format!("{}{consumes}", crate::repo::PROJECT));
    let (before, until) = (repo.read("tidegate.yaml"), crate::accepting::day(7));
    // Each waits between its tries.
    std::thread::scope(|scope| {
        for command in COMMANDS {
            let (repo, until) = (&repo, &until);
            scope.spawn(move || {
                let mut arguments: Vec<&str> = command.split(' ').chain(["--url", "http://127.0.0.1:9"]).collect();
                if command.starts_with("accept") {
                    arguments.extend(["--until", until]);
                }
                let ran = repo.run(&arguments);
                assert_eq!(ran.code, 4, "{command}: {}{}", ran.out, ran.err);
                let told = ran.told();
                assert!(told.contains("127.0.0.1:9") && told.contains("nothing was judged"), "{command}: {told}");
            });
        }
    });
    assert!(!repo.at("kept.json").exists() && repo.read("tidegate.yaml") == before, "something was written");
}

#[test]
fn refusals_and_nonsense_are_trouble_too() {
    let repo = repo();
    let answers = [
        ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "credentials"),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "does not allow"),
        ("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "500"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "not one of a schema registry"),
        ("SSH-2.0-OpenSSH\r\n", "can't be reached"),
    ];
    for (answer, told) in answers {
        let url = answering(answer);
        let ran = repo.run(&["check", "--url", &url]);
        assert_eq!(ran.code, 4, "{answer}: {}{}", ran.out, ran.err);
        assert!(ran.told().contains(told), "{told} is missing: {}", ran.out);
    }
}

#[test]
fn a_registry_that_takes_too_long_or_breaks_off_has_judged_nothing() {
    let repo = repo();
    // It takes connections, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let begun = std::time::Instant::now();
    let ran = repo.run(&["check", "--url", &url, "--timeout", "1"]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("no answer in time") && ran.told().contains("nothing was judged"), "{}", ran.out);
    assert!(begun.elapsed().as_secs() < 25, "it gave up after {:?}", begun.elapsed());
    // One that says nothing of a plan leaves nothing half done.
    let ran = repo.run(&["plan", "--url", &url, "--timeout", "1", "-o", "plan.json"]);
    assert!(ran.code == 4 && !repo.at("plan.json").exists(), "{}{}", ran.out, ran.err);
    assert_eq!(repo.run(&["check", "--url", &url, "--timeout", "0"]).code, 2);
    // It breaks off amid its answer.
    let url = answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{\"compat");
    let ran = repo.run(&["check", "--url", &url]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("nothing was judged") && !ran.out.contains("compatible"), "{}", ran.out);
}

#[test]
fn what_can_be_judged_is_judged_and_findings_weigh_more() {
    let repo = repo();
    repo.write("old/schemas/a/order.avsc", record("Order", &[ID]));
    let both = ["check", "--url", "http://127.0.0.1:9", "--against", "dir:old", "--against", "registry"];
    assert_eq!(repo.run(&both).code, 4);
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    let ran = repo.run(&both);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("error[TG101]") && ran.told().contains("nothing was judged against registry"),
        "{}",
        ran.out
    );
    let ran = repo.run(&["report", "--from", "/dev/null"]);
    assert_eq!(ran.code, 2);
}

#[test]
fn a_variable_that_is_not_set_is_a_matter_of_configuration() {
    let repo = repo();
    let project = format!(
        "{}registries:\n  prod: {{ url: \"http://127.0.0.1:9\", token: \"${{NO_SUCH_TOKEN}}\" }}\n",
        crate::repo::PROJECT
    );
    repo.write("tidegate.yaml", project);
    let ran = repo.run(&["check"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("NO_SUCH_TOKEN"), "{}", ran.err);
    assert_eq!(repo.run_with(&["check"], &[("NO_SUCH_TOKEN", "x")]).code, 4);
    assert_eq!(repo.run(&["check", "--offline", "--against", "registry"]).code, 2);
}
