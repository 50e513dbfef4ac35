//! Bytes that are no text, no HTTP, or not as many as announced.

use std::time::Duration;

use reqwest::Method;
use tidegate_tests::registry::{Database, Setup, TestRegistry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{holdings, raw, refused, soon};

#[tokio::test]
async fn paths_and_queries_that_are_no_text_are_refused() {
    let registry = TestRegistry::start(Database::Sqlite).await;
    for segment in ["%ff", "%e2%82", "%c0%af", "a%80b", "%ed%a0%80"] {
        for path in [
            format!("/subjects/{segment}/versions"),
            format!("/config/{segment}"),
            format!("/subjects/s/versions/{segment}"),
            format!("/schemas/guids/{segment}"),
            format!("/govern/v1/lineage/topics/{segment}"),
        ] {
            refused(&soon(&path, registry.get(&path)).await, &path);
        }
    }
    for query in ["deleted=%ff", "limit=%ff", "limit=1e400", "limit=99999999999999999999", "offset=x", "deleted=maybe"]
    {
        refused(&registry.get(&format!("/subjects?{query}")).await, query);
    }
    for query in
        ["subjectPrefix=%ff", "unknown=%ff", "&&&=&=", "offset=9223372036854775807", "limit=-9223372036854775808"]
    {
        registry.get(&format!("/subjects?{query}")).await.ok();
    }
    let many = vec!["key=a&value=b"; 2000].join("&");
    refused(&soon("many", registry.get(&format!("/subjects/s/metadata?{many}"))).await, "a long query");
}

#[tokio::test]
async fn what_is_no_http_is_told_so() {
    let registry = TestRegistry::start(Database::Sqlite).await;
    for (bytes, status) in [
        (b"GET /subjects/\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(), 400),
        (b"GET /subjects/a b HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(), 400),
        (b"BLAH\r\n\r\n".to_vec(), 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: abc\r\n\r\n".to_vec(), 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}".to_vec(), 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999999\r\n\r\n{}".to_vec(), 400),
        ([b"GET /".to_vec(), vec![b'a'; 70_000], b" HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()].concat(), 414),
        ([b"GET / HTTP/1.1\r\nhost: x\r\nx: ".to_vec(), vec![b'a'; 2 << 20], b"\r\n\r\n".to_vec()].concat(), 431),
        ([b"GET / HTTP/1.1\r\nhost: x\r\n".to_vec(), b"x: y\r\n".repeat(500), b"\r\n".to_vec()].concat(), 431),
    ] {
        let answer = raw(&registry, &bytes).await;
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        // A caller that is still sending may be cut off before it hears the answer.
        let is_cut_off = bytes.len() > 100_000 && answer.is_empty();
        assert!(is_cut_off || answer.starts_with(&format!("HTTP/1.1 {status} ")), "{shown:?}: {answer:?}");
    }
    registry.get("/").await.ok();
}

#[tokio::test]
async fn bodies_that_are_no_text_are_refused() {
    let registry = TestRegistry::start(Database::Sqlite).await;
    let before = holdings(&registry).await;
    let utf16: Vec<u8> = r#"{"schema":"x"}"#.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for body in [
        b"{\"schema\":\"\xff\xfe\"}".to_vec(),
        b"{\"\xff\":1}".to_vec(),
        // A mark of UTF-8 is passed over before a body, but not twice.
        b"\xef\xbb\xbf\xef\xbb\xbf{}".to_vec(),
        b"{\"schema\":\"\xed\xa0\x80\"}".to_vec(),
        b"{\"schema\":\"a\0b\"}".to_vec(),
        b"\0".to_vec(),
        vec![0xff; 1000],
        utf16,
    ] {
        for path in ["/subjects/s/versions", "/subjects/s", "/compatibility/subjects/s/versions", "/govern/v1/explain"]
        {
            let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n");
            let head = format!("{head}content-length: {}\r\n\r\n", body.len());
            let answer = raw(&registry, &[head.as_bytes(), &body].concat()).await;
            assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("{\"error_code\":400,"), "{path}: {answer}");
        }
    }
    assert_eq!(holdings(&registry).await, before);
}

#[tokio::test]
async fn bodies_that_lie_about_their_length_harm_nobody() {
    let registry = Setup::on(Database::Sqlite).set("http.request_timeout=500ms").start().await;
    let before = holdings(&registry).await;
    let schema = r#"{"schema":"\"int\""}"#;
    let post = "POST /subjects/s/versions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for (what, request, status) in [
        ("longer than it is", format!("{post}content-length: 1000\r\n\r\n{schema}"), "408"),
        ("shorter than it is", format!("{post}content-length: 5\r\n\r\n{schema}"), "400"),
        ("much longer", format!("{post}content-length: 4000000000\r\n\r\n{schema}"), "413"),
        ("a chunk that never ends", format!("{post}transfer-encoding: chunked\r\n\r\nffff\r\n{schema}"), "408"),
        (
            "a chunk without a length",
            format!("{post}transfer-encoding: chunked\r\n\r\nzz\r\n{schema}\r\n0\r\n\r\n"),
            "400",
        ),
        (
            "a chunk beyond all lengths",
            format!("{post}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{schema}\r\n0\r\n\r\n"),
            "400",
        ),
        ("no body after all", format!("{post}content-length: 0\r\n\r\n"), "422"),
    ] {
        let answer = raw(&registry, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {answer:?}");
        assert!(answer.contains("\"error_code\":"), "{what}: {answer:?}");
    }
    assert_eq!(holdings(&registry).await, before);
}

#[tokio::test]
async fn slow_callers_are_cut_off_and_cost_nobody_else_anything() {
    let registry =
        Setup::on(Database::Sqlite).set("http.request_timeout=700ms").set("http.idle_timeout=700ms").start().await;
    let head = "POST /subjects/s/versions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let drips = [head.to_owned(), format!("{head}content-length: 100000\r\n\r\n{{\"schema\":\"")];
    let mut slow = Vec::new();
    for start in drips.iter().cycle().take(100) {
        let mut stream = TcpStream::connect(registry.address()).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        slow.push(tokio::spawn(async move {
            let (mut reader, mut writer) = stream.into_split();
            let dripping = tokio::spawn(async move {
                // A byte now and then, for ever.
                while writer.write_all(b"x").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            });
            let mut answer = Vec::new();
            let _ = reader.read_to_end(&mut answer).await;
            dripping.abort();
            String::from_utf8_lossy(&answer).into_owned()
        }));
    }
    soon("others", registry.get("/subjects")).await.ok();
    let mut answers = Vec::new();
    for caller in slow {
        answers.push(soon("a slow caller", caller).await.unwrap());
    }
    let told = answers.iter().filter(|answer| answer.contains("\"error_code\":408")).count();
    assert!(told >= 40, "those who sent a head are told why: {told}");
    let answer = registry.send(Method::GET, "/subjects", &[], None).await;
    assert_eq!(answer.ok(), serde_json::json!([]));
}
