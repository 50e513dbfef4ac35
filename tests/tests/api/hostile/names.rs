//! Names that break things: long ones, invisible ones, reserved ones, those that look like paths.

use reqwest::Method;
use serde_json::json;
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use super::{holdings, raw, refused, soon};

/// Letters that don't compress: an index entry of a database must not be saved by that.
fn noise(length: usize) -> String {
    let mut state = 7_u64;
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + u8::try_from((state >> 33) % 26).unwrap())
    };
    (0..length).map(|_| letter()).collect()
}

async fn names_that_no_one_may_have_are_refused_wherever_they_stand(registry: TestRegistry) {
    let before = holdings(&registry).await;
    let long = [1025, 2800, 9000, 60_000].map(noise);
    let contexts = [256, 2800, 60_000].map(|length| format!(":.{}:s", noise(length)));
    let fixed = ["%00", "a%00b", "%01", "a%0Ab", "%7F", "%C2%85", "__GLOBAL", "__EMPTY", ":.__GLOBAL:s", ":.c%00:s"];
    let names = fixed.into_iter().chain(long.iter().chain(&contexts).map(String::as_str));
    for name in names {
        let shown = &name[..name.len().min(20)];
        let schema = json!({"schema": "\"int\""});
        let tags = json!({"tagsToAdd": []});
        for (method, path, body) in [
            (Method::POST, format!("/subjects/{name}/versions"), &schema),
            (Method::PUT, format!("/config/{name}"), &json!({"compatibility": "NONE"})),
            (Method::PUT, format!("/mode/{name}"), &json!({"mode": "READONLY"})),
        ] {
            let answer = registry.send(method.clone(), &path, &[], Some(body.to_string()));
            soon(shown, answer).await.refused(42208);
        }
        // These find nothing, or nothing valid.
        for (method, path, body) in [
            (Method::POST, format!("/subjects/{name}"), Some(&schema)),
            (Method::POST, format!("/subjects/{name}/versions/1/tags"), Some(&tags)),
            (Method::GET, format!("/subjects/{name}/versions"), None),
            (Method::GET, format!("/subjects/{name}/versions/latest"), None),
            (Method::DELETE, format!("/subjects/{name}"), None),
            (Method::DELETE, format!("/subjects/{name}/versions/1?permanent=true"), None),
            (Method::DELETE, format!("/config/{name}"), None),
        ] {
            let answer = soon(shown, registry.send(method.clone(), &path, &[], body.map(ToString::to_string))).await;
            refused(&answer, &format!("{method} {shown}"));
        }
    }
    // Where the fast look-up is switched off, what is referred to is locked first.
    for name in [noise(2800), noise(60_000), "a\0b".to_owned()] {
        let reference = json!({"name": "r", "subject": name, "version": 1});
        let body = json!({"schema": "\"int\"", "references": [reference], "propagateSchemaTags": true});
        soon("a reference", registry.post("/subjects/s/versions", &body)).await.refused(42201);
    }
    for context in ["a:b", "%00", &noise(256), &noise(60_000)] {
        let answer = soon("a context", registry.get(&format!("/contexts/{context}/subjects"))).await;
        refused(&answer, &context[..context.len().min(20)]);
        let path = format!("/contexts/{context}");
        refused(&soon("a context", registry.delete(&path)).await, "DELETE");
    }
    assert_eq!(holdings(&registry).await, before);
}

async fn names_that_only_look_bad_come_back_as_they_went(registry: TestRegistry) {
    let long = noise(1024);
    let in_context = format!(":.{}:{}", noise(254), noise(1024));
    let mut names = vec![
        ("%F0%9F%98%80", "😀"),
        ("%E2%80%AEgnirts", "\u{202e}gnirts"),
        ("e%CC%81", "e\u{301}"),
        ("%C3%A9", "é"),
        ("a%2F..%2Fb", "a/../b"),
        ("a%252Fb", "a%2Fb"),
        ("%25", "%"),
        ("a%3Fb%23c", "a?b#c"),
        ("'%20OR%201=1;--", "' OR 1=1;--"),
        ("%25s%25n", "%s%n"),
        ("*", "*"),
        (&long, &long),
        (&in_context, &in_context),
    ];
    for (path, name) in &names {
        let path = format!("/subjects/{path}/versions");
        soon(name, registry.post(&path, &json!({"schema": "\"int\""}))).await.ok();
        assert_eq!(soon(name, registry.get(&path)).await.ok(), json!([1]), "{name}");
    }
    // A client would put these in order before it sends them.
    for dots in ["..", "%2e%2e", "."] {
        let head = format!("POST /subjects/{dots}/versions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n");
        let body = r#"{"schema":"\"int\""}"#;
        let answer = raw(&registry, format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    names.extend([("", ".."), ("", ".")]);
    let mut expected: Vec<&str> = names.iter().map(|(_, name)| *name).collect();
    expected.sort_unstable();
    assert_eq!(registry.get("/subjects").await.ok(), json!(expected));
}

on_both_databases!(
    names_that_no_one_may_have_are_refused_wherever_they_stand,
    names_that_only_look_bad_come_back_as_they_went,
);
