//! Can records be told without a registry? With schema files of every language, framed and bare.

use crate::fake::Fake;
use crate::repo::{ID, NOTE, Ran, Repo, record};
use crate::server::{Server, json};

fn decode(repo: &Repo, arguments: &[&str]) -> Ran {
    repo.run(&[&["record", "decode"], arguments].concat())
}

#[test]
fn an_avro_record_is_told_with_the_files_that_its_schema_stands_on() {
    let repo = Repo::new();
    let total = r#"{ "name": "total", "type": "shop.Money" }"#;
    repo.write("schemas/a/order.avsc", record("Order", &[total, NOTE]));
    repo.write("schemas/z/money.avsc", record("Money", &[ID]));
    repo.write("order.hex", "0e 02\n04 6869");
    // Files of a project find each other.
    let ran = decode(&repo, &["order.hex", "--hex", "--schema", "schemas/a/order.avsc"]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "{\n  \"total\": { \"id\": 7 },\n  \"note\": { \"string\": \"hi\" }\n}\n"),
        "{}",
        ran.err
    );
    // Others are named.
    repo.write("tidegate.yaml", "version: 1\nsubjects: []\n");
    let ran = decode(&repo, &["order.hex", "--hex", "--schema", "schemas/a/order.avsc"]);
    assert!(ran.code == 2 && ran.told().contains("shop.Money") && ran.err.contains("--with FILE"), "{}", ran.err);
    let with = ["--schema", "schemas/a/order.avsc", "--with", "schemas/z/money.avsc", "--compact"];
    let ran = decode(&repo, &[&["order.hex", "--hex"], &with[..]].concat());
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "{\"total\":{\"id\":7},\"note\":{\"string\":\"hi\"}}\n"),
        "{}",
        ran.err
    );
    // With a frame, in base64: 00 00000009 0e 00.
    repo.write("order.b64", "AAAAAAkOAA==\n");
    let ran = decode(&repo, &[&["order.b64", "--base64", "--framed"], &with[..]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (0, "{\"total\":{\"id\":7},\"note\":null}\n"), "{}", ran.err);
    let ran = decode(&repo, &[&["order.b64", "--base64"], &with[..]].concat());
    assert!(ran.code == 1 && ran.err.contains("give --framed if there is one"), "{}", ran.err);
}

#[test]
fn bytes_that_are_wrong_are_shown_where_they_stand() {
    let repo = Repo::new();
    repo.write("order.avsc", record("Order", &[ID, NOTE]));
    repo.write("order.hex", "0e 02 04 ff69");
    let ran = decode(&repo, &["order.hex", "--hex", "--schema", "order.avsc"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    insta::assert_snapshot!("wrong_bytes", ran.err);
    repo.write("short.hex", "0e");
    let ran = decode(&repo, &["short.hex", "--hex", "--schema", "order.avsc"]);
    assert!(ran.code == 1 && ran.err.contains("the payload ends before the value does (byte 1)"), "{}", ran.err);
    for (file, text, flag) in [("odd.hex", "0", "--hex"), ("odd.b64", "a*", "--base64")] {
        repo.write(file, text);
        assert_eq!(decode(&repo, &[file, flag, "--schema", "order.avsc"]).code, 2);
    }
}

#[test]
fn a_protobuf_record_is_told_by_its_message() {
    let repo = Repo::new();
    repo.write(
        "shop.proto",
        "syntax = \"proto3\";\npackage shop;\nmessage Order { int64 id = 1; }\nmessage Refund { string why = 1; }\n",
    );
    let told = |hex: &str, more: &[&str]| {
        repo.write("record.hex", hex);
        decode(&repo, &[&["record.hex", "--hex", "--compact", "--schema", "shop.proto"], more].concat())
    };
    let ran = told("08 07", &[]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "{\"id\":\"7\"}\n"), "{}", ran.err);
    assert_eq!(told("0a 02 6869", &["--message", "Refund"]).out, "{\"why\":\"hi\"}\n");
    assert_eq!(told("00 00000001 00 08 07", &["--framed"]).out, "{\"id\":\"7\"}\n");
    assert_eq!(told("00 00000001 02 02 0a 02 6869", &["--framed"]).out, "{\"why\":\"hi\"}\n");
    let ran = told("0a", &["--message", "shop.Refunds"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean `shop.Refund`?"), "{}", ran.err);
    let ran = told("00 00000001 04 00 06 08 07", &["--framed"]);
    assert!(ran.code == 1 && ran.err.contains("message index"), "{}", ran.err);
    assert_eq!(told("08 07", &["--framed", "--message", "Order"]).code, 2);
}

#[test]
fn a_json_record_is_told_even_where_it_does_not_obey() {
    let repo = Repo::new();
    repo.write("order.json", r#"{"type": "object", "properties": {"id": {"type": "integer"}}}"#);
    repo.write("good.bin", "\0\0\0\0\u{1}{\"id\": 12345678901234567890123}");
    let ran = decode(&repo, &["good.bin", "--framed", "--schema", "order.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "{\"id\": 12345678901234567890123}\n"), "{}", ran.err);
    repo.write("bad.bin", "{\"id\": \"\u{202e}x\"}");
    let ran = decode(&repo, &["bad.bin", "--schema", "order.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "{\n  \"id\": \"\\u202ex\"\n}\n"));
    assert!(ran.err.contains("field id"), "{}", ran.err);
}

#[test]
fn the_help_says_that_values_are_printed() {
    let repo = Repo::new();
    let ran = decode(&repo, &["--help"]);
    assert!(ran.code == 0 && ran.told().contains("Values are printed as they are"), "{}", ran.out);
}

#[cfg(unix)]
#[test]
fn a_record_of_a_topic_comes_through_a_pipe() {
    use std::process::Command;

    let fake = Fake::saying(&[(
        "GET /schemas/ids/9",
        200,
        r#"{"schema":"{\"type\":\"record\",\"name\":\"Order\",\"fields\":[{\"name\":\"id\",\"type\":\"long\"}]}"}"#,
    )]);
    // As `kcat -f '%s'` writes it: the bytes and nothing more, a line break and what ends texts elsewhere among them.
    for (bytes, told) in [(r"\000\000\000\000\011\024", "{\"id\":10}\n"), (r"\000\000\000\000\011\012", "{\"id\":5}\n")]
    {
        for file in ["", "-"] {
            let pipe = format!("printf '{bytes}' | \"$TOOL\" record decode {file} --compact --url {}", fake.url);
            let ran = Command::new("sh")
                .args(["-c", &pipe])
                .env("TOOL", crate::repo::tool())
                .current_dir(Repo::new().path())
                .output()
                .expect("a shell is there");
            let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
            assert_eq!((ran.status.code(), &*out), (Some(0), told), "{err}");
        }
    }
}

#[test]
fn who_wants_a_record_of_a_topic_decoded_is_told_how() {
    let repo = Repo::new();
    for (place, told) in [
        (&["orders"][..], "-t orders -p 0 -o -1 -c 1"),
        (&["orders", "--offset", "3:17"], "-t orders -p 3 -o 17 -c 1"),
        (&["orders", "--partition", "2", "--offset", "17"], "-t orders -p 2 -o 17 -c 1"),
        (&["orders", "--last", "5"], "one record at a time: `kcat -C -b BROKER -t orders -p 0 -o -5 -c 1"),
        (&["$(reboot)", "--offset", "-3"], "-t TOPIC -p 0 -o -1 -c 1"),
    ] {
        let ran = decode(&repo, &[&["--topic"], place].concat());
        assert!(ran.code == 2 && ran.out.is_empty(), "{place:?}: {}{}", ran.out, ran.err);
        for told in [told, "-e -f '%s' | tidegate record decode`", "tidegate record validate --topic"] {
            assert!(ran.told().contains(told), "{told} is missing: {}", ran.err);
        }
    }
    assert!(decode(&repo, &["--help"]).told().contains("-e -f '%s' | tidegate record decode`"));
}

#[test]
fn records_of_a_topic_are_judged_by_the_registry_and_told_by_their_places() {
    let fake = Fake::saying(&[(
        "POST /govern/v1/rules/try",
        200,
        r#"{"schemaType":"AVRO","records":3,"refused":2,"micros":7,"leftToClient":[],
            "notCheckable":[{"rule":"query","why":"there is no executor 'SQL' here"}],"problems":[],"found":[
            {"index":0,"partition":1,"offset":17,"schemaId":7,"violations":[
                {"rule":"positive","path":"total","reason":"it is 0","action":"ERROR"}]},
            {"index":2,"partition":2,"offset":4,"violations":[
                {"rule":"tidegate.framing","path":"","reason":"no schema id stands where one should","action":"ERROR"}]}],
            "topic":{"cluster":"main","topic":"orders","part":"value","empty":1,"cut":false,"micros":9}}"#,
    )]);
    let repo = Repo::new();
    let validate =
        |more: &[&str]| repo.run(&[&["record", "validate", "--url", &fake.url, "--topic", "orders"], more].concat());
    let ran = validate(&["--last", "3"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    for told in [
        "✗ partition 1, offset 17, schema 7 field total: it is 0 (rule positive)",
        "✗ partition 2, offset 4 no schema id stands where one should",
        "2 of 3 records of orders don't obey the latest version of orders-value.",
        "note: rule query is not run: there is no executor 'SQL' here",
        "note: 1 record without a value passed over",
    ] {
        assert!(ran.told().contains(told), "{told} is missing: {}{}", ran.out, ran.err);
    }
    validate(&["--offset", "2:4", "--key", "--unframed", "--subject", "other", "--cluster", "main"]);
    let asked: Vec<_> = fake.asked().into_iter().map(|(_, body)| json(&body)).collect();
    assert_eq!(
        asked,
        [
            json(r#"{"subject":"orders-value","records":[],"topic":"orders","last":3}"#),
            json(
                r#"{"subject":"other","framing":"none","records":[],"topic":"orders","cluster":"main","partition":2,
                "offset":4,"part":"key"}"#
            ),
        ]
    );
    for wrong in [
        &["--offset", "7"][..],
        &["--offset", "0:-1"],
        &["--last", "0"],
        &["--offset", "0:1", "--last", "2"],
        &["x.bin"],
    ] {
        assert_eq!(validate(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn a_topic_that_can_not_be_read_is_no_finding() {
    let repo = Repo::new();
    let others = Fake::saying(&[]);
    let ran = repo.run(&["record", "validate", "--url", &others.url, "--topic", "orders"]);
    assert!(ran.code == 2 && ran.told().contains("reads no topics: only Tidegate does"), "{}{}", ran.out, ran.err);
    let away = Fake::saying(&[("POST /govern/v1/rules/try", 403, r#"{"error_code":40301,"message":"no right"}"#)]);
    assert_eq!(repo.run(&["record", "validate", "--url", &away.url, "--topic", "orders"]).code, 4);
    let Some(server) = Server::start() else { return };
    server.register("orders-value", "AVRO", &record("Order", &[ID]));
    let ran = repo.run(&["record", "validate", "--url", &server.url, "--topic", "orders", "--offset", "0:1"]);
    assert!(ran.code == 2 && ran.told().contains("no brokers are configured"), "{}{}", ran.out, ran.err);
}
