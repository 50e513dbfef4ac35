//! What is said of a change: its parts, what each does to whom, where, and what would help.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use super::{ask, with};
use crate::formats::{avro, json_schema, protobuf, register, standing_on};
use crate::schemas::first;

/// The answer for a change from one text to another, with no subject at all. What holds for every answer is checked.
async fn change(registry: &TestRegistry, existing: &Value, candidate: &Value) -> Value {
    let request = with(candidate.clone(), json!({"against": [existing]}));
    let answer = ask(registry, &request).await.ok();
    assert_eq!(answer["comparedWith"], json!([]));
    assert_eq!(answer["schemaType"], candidate["schemaType"]);
    let texts = [existing, candidate].map(|request| request["schema"].as_str().unwrap());
    assert_sound(&answer, texts);
    answer
}

/// Whatever points somewhere must point at something, and what follows from the findings must follow from them.
fn assert_sound(answer: &Value, [existing, candidate]: [&str; 2]) {
    let findings = answer["findings"].as_array().unwrap();
    for finding in findings {
        let rule = finding["rule"].as_str().unwrap();
        assert!(rule.starts_with("TG") && finding["slug"].as_str().unwrap().contains('-'), "{finding}");
        assert!(["info", "warning", "error"].contains(&finding["severity"].as_str().unwrap()), "{finding}");
        assert!(["BACKWARD", "FORWARD"].contains(&finding["direction"].as_str().unwrap()), "{finding}");
        assert!(finding["message"].as_str().unwrap().len() > 10, "{finding}");
        assert_span(&finding["candidate"]["span"], candidate);
        assert_span(&finding["existing"]["span"], existing);
        for edit in finding["edits"].as_array().into_iter().flatten() {
            let text = if edit["text"] == "candidate" { candidate } else { existing };
            assert_span(&edit["span"], text);
        }
    }
    for change in answer["changes"].as_array().unwrap() {
        assert_span(&change["candidate"]["span"], candidate);
        assert_span(&change["existing"]["span"], existing);
        for direction in ["backward", "forward"] {
            let judgement = &change[direction];
            let pointed: Vec<_> = judgement["findings"].as_array().into_iter().flatten().collect();
            let severities = pointed.iter().map(|index| {
                let finding = &findings[usize::try_from(index.as_u64().unwrap()).unwrap()];
                assert_eq!(finding["direction"], direction.to_uppercase(), "{change}");
                finding["severity"].as_str().unwrap()
            });
            let rank =
                |word: &str| ["safe", "info", "warning", "error"].iter().position(|other| *other == word).unwrap();
            let worst = severities.max_by_key(|word| rank(word)).unwrap_or("safe");
            assert_eq!(judgement["verdict"], worst, "{change}");
        }
    }
    let passes = answer["passes"].as_array().unwrap();
    let fails = |direction: &str| findings.iter().any(|f| f["direction"] == direction && f["severity"] == "error");
    assert!(passes.contains(&json!("NONE")));
    for (level, is_kept_out) in [
        ("BACKWARD_TRANSITIVE", fails("BACKWARD")),
        ("FORWARD_TRANSITIVE", fails("FORWARD")),
        ("FULL_TRANSITIVE", fails("BACKWARD") || fails("FORWARD")),
    ] {
        assert_eq!(passes.contains(&json!(level)), !is_kept_out, "{level}: {answer:#}");
    }
    assert_eq!(answer["isCompatible"], passes.contains(&answer["compatibility"]));
}

/// Line and column are where the bytes say.
fn assert_span(span: &Value, text: &str) {
    if span.is_null() {
        return;
    }
    let number = |member: &str| usize::try_from(span[member].as_u64().unwrap()).unwrap();
    let before = text.get(..number("start")).unwrap_or_else(|| panic!("{span} in {text:?}"));
    assert!(text.get(number("start")..number("end")).is_some(), "{span} in {text:?}");
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    assert_eq!((number("line"), number("column")), (before.matches('\n').count() + 1, column), "{span} in {text:?}");
}

/// `kind element name backward/forward`, for each change.
fn outlines(answer: &Value) -> BTreeSet<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let outline = |change: &Value| {
        let verdicts = [&change["backward"]["verdict"], &change["forward"]["verdict"]].map(word);
        format!(
            "{} {} {} {}",
            word(&change["kind"]),
            word(&change["element"]),
            word(&change["name"]),
            verdicts.join("/")
        )
    };
    answer["changes"].as_array().unwrap().iter().map(outline).collect()
}

fn rules(answer: &Value) -> Vec<&str> {
    answer["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["confluent"].as_str().unwrap_or_default())
        .collect()
}

async fn changes_in_avro_are_told_and_judged(registry: TestRegistry) {
    let record = |fields: &str| {
        avro(&format!("{{\n  \"type\": \"record\", \"name\": \"Order\", \"fields\": [\n{fields}\n  ]\n}}"))
    };
    let existing = record(
        r#"    {"name": "id", "type": "int"},
    {"name": "mail", "type": "string"},
    {"name": "note", "type": "string"},
    {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["NEW", "PAID"]}}"#,
    );
    let candidate = record(
        r#"    {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["NEW", "PAID", "SENT"]}},
    {"name": "id", "type": "long"},
    {"name": "email", "type": "string", "aliases": ["mail"]},
    {"name": "channel", "type": "string"}"#,
    );
    let answer = change(&registry, &existing, &candidate).await;
    let found = outlines(&answer);
    for expected in [
        "added field channel error/safe",
        "removed field note safe/error",
        "changed field id safe/error",
        "added symbol SENT safe/error",
        "renamed field email safe/error",
    ] {
        assert!(found.contains(expected), "{expected}\n{found:#?}");
    }
    assert!(found.iter().any(|change| change.starts_with("reordered ")), "{found:#?}");
    assert_eq!((&answer["isCompatible"], &answer["passes"]), (&json!(false), &json!(["NONE"])));
    let channel = answer["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == "TG101").unwrap();
    assert_eq!(channel["confluent"], "READER_FIELD_MISSING_DEFAULT_VALUE");
    assert_eq!(
        (&channel["candidate"]["path"], &channel["candidate"]["span"]["line"]),
        (&json!("/fields/3"), &json!(6))
    );
    let id = answer["changes"].as_array().unwrap().iter().find(|change| change["name"] == "id").unwrap();
    assert_eq!(id["facets"], json!([{"name": "type", "old": "int", "new": "long"}]));
    assert_eq!(id["path"], "id");
}

async fn changes_in_protobuf_are_told_and_judged(registry: TestRegistry) {
    let existing = protobuf(
        "syntax = \"proto3\";\npackage shop;\nmessage Order {\n  int32 id = 1;\n  string mail = 2;\n  int32 count = 3;\n  \
         string gone = 4;\n}\nmessage Old {}\n",
    );
    let candidate = protobuf(
        "syntax = \"proto3\";\npackage shop;\nmessage Order {\n  int32 id = 1;\n  string email = 2;\n  string count = 3;\n  \
         bytes added = 5;\n}\n",
    );
    let answer = change(&registry, &existing, &candidate).await;
    let found = outlines(&answer);
    for expected in [
        "renamed field email",
        "changed field count error/error",
        "added field added",
        "removed field gone",
        "removed record Old error/",
    ] {
        assert!(found.iter().any(|change| change.starts_with(expected)), "{expected}\n{found:#?}");
    }
    assert_eq!(answer["isCompatible"], false);
    let kinds = rules(&answer);
    assert!(kinds.contains(&"FIELD_SCALAR_KIND_CHANGED") && kinds.contains(&"MESSAGE_REMOVED"), "{kinds:?}");
    let findings = answer["findings"].as_array().unwrap();
    let count = findings
        .iter()
        .find(|f| f["confluent"] == "FIELD_SCALAR_KIND_CHANGED" && f["direction"] == "BACKWARD")
        .unwrap();
    assert!(count["rule"].as_str().unwrap().starts_with("TG2"), "{count}");
    assert_eq!(count["candidate"]["path"], "/Order/3");
    assert_eq!((&count["candidate"]["span"]["line"], &count["existing"]["span"]["line"]), (&json!(6), &json!(6)));
}

async fn changes_in_json_are_told_and_judged(registry: TestRegistry) {
    let existing = json_schema(
        "{\n  \"type\": \"object\",\n  \"properties\": {\n    \"id\": {\"type\": \"integer\"},\n    \"note\": {\"type\": \"string\", \
         \"maxLength\": 9},\n    \"gone\": {\"type\": \"string\"}\n  },\n  \"additionalProperties\": false\n}",
    );
    let candidate = json_schema(
        "{\n  \"type\": \"object\",\n  \"properties\": {\n    \"id\": {\"type\": \"number\"},\n    \"note\": {\"type\": \"string\", \
         \"maxLength\": 5},\n    \"added\": {\"type\": \"string\"}\n  },\n  \"additionalProperties\": false\n}",
    );
    let answer = change(&registry, &existing, &candidate).await;
    let found = outlines(&answer);
    for expected in [
        "changed field id safe/error",
        "changed field note error/safe",
        "added field added safe/error",
        "removed field gone error/safe",
    ] {
        assert!(found.contains(expected), "{expected}\n{found:#?}");
    }
    let kinds = rules(&answer);
    assert!(
        kinds.contains(&"MAX_LENGTH_DECREASED") && kinds.contains(&"PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"),
        "{kinds:?}"
    );
    let findings = answer["findings"].as_array().unwrap();
    let note = findings.iter().find(|finding| finding["confluent"] == "MAX_LENGTH_DECREASED").unwrap();
    assert!(note["rule"].as_str().unwrap().starts_with("TG3"), "{note}");
    assert_eq!(note["candidate"]["path"], "/properties/note/maxLength");
    assert_eq!((&note["candidate"]["span"]["line"], &note["existing"]["span"]["line"]), (&json!(5), &json!(5)));
    assert_eq!(answer["passes"], json!(["NONE"]));
}

async fn a_fix_that_needs_no_thought_is_given_as_an_edit(registry: TestRegistry) {
    let field = |rest: &str| {
        avro(&format!(
            "{{\"type\": \"record\", \"name\": \"Order\", \"fields\": [\n  {{\"name\": \"note\"{rest}}}\n]}}"
        ))
    };
    let existing = avro("{\"type\": \"record\", \"name\": \"Order\", \"fields\": []}");
    let candidate = field(", \"type\": [\"null\", \"string\"]");
    let answer = change(&registry, &existing, &candidate).await;
    let finding = &answer["findings"][0];
    assert!(finding["fix"].as_str().is_some_and(|fix| fix.contains("default")), "{finding}");
    let fixed = edited(&candidate, finding);
    assert_eq!(change(&registry, &existing, &fixed).await["isCompatible"], true, "{fixed}");
}

/// The candidate as a finding's edits make it.
fn edited(candidate: &Value, finding: &Value) -> Value {
    let mut text = candidate["schema"].as_str().unwrap().to_owned();
    let mut edits: Vec<_> = finding["edits"].as_array().expect("edits").iter().collect();
    let place = |edit: &Value, end: &str| usize::try_from(edit["span"][end].as_u64().unwrap()).unwrap();
    edits.sort_by_key(|edit| std::cmp::Reverse(place(edit, "start")));
    for edit in edits {
        assert_eq!(edit["text"], "candidate");
        text.replace_range(place(edit, "start")..place(edit, "end"), edit["replacement"].as_str().unwrap());
    }
    with(candidate.clone(), json!({"schema": text}))
}

async fn data_that_may_break_though_confluent_lets_it_pass_is_warned_about(registry: TestRegistry) {
    let note = |kind: &str| protobuf(&format!("syntax = \"proto3\"; message Order {{ {kind} note = 1; }}"));
    let closed = |more: &str| {
        json_schema(&format!(
            r#"{{"type":"object","properties":{{"a":{{"type":"string","default":"x"}}}},"additionalProperties":false{more}}}"#
        ))
    };
    for (existing, candidate) in [(note("bytes"), note("string")), (closed(""), closed(r#","required":["a"]"#))] {
        let answer = change(&registry, &existing, &candidate).await;
        let findings = answer["findings"].as_array().unwrap();
        let is_warned = findings.iter().any(|f| f["severity"] == "warning" && f["direction"] == "BACKWARD");
        assert!(is_warned, "{answer:#}");
        assert!(answer["passes"].as_array().unwrap().contains(&json!("BACKWARD")));
        assert_eq!(answer["isCompatible"], true);
    }
}

async fn candidates_may_stand_on_others(registry: TestRegistry) {
    register(&registry, "money", &protobuf("syntax = \"proto3\"; message Money { int64 cents = 1; }")).await.ok();
    let order = |fields: &str| {
        let text = format!("syntax = \"proto3\"; import \"money.proto\"; message Order {{ {fields} }}");
        standing_on(protobuf(&text), &[("money.proto", "money", 1)])
    };
    let existing = order("Money net = 1;");
    let answer = change(&registry, &existing, &order("Money net = 1; Money tax = 2;")).await;
    assert_eq!(answer["isCompatible"], true);
    let found = outlines(&answer);
    assert!(found.iter().any(|change| change.starts_with("added field tax safe/")), "{found:#?}");
    let worse = change(&registry, &existing, &order("string net = 1;")).await;
    assert_eq!(worse["isCompatible"], false);
}

async fn another_language_is_one_finding(registry: TestRegistry) {
    let answer = ask(&registry, &with(json_schema("{}"), json!({"against": [avro(&first())]}))).await.ok();
    assert_eq!((&answer["passes"], &answer["isCompatible"]), (&json!(["NONE"]), &json!(false)));
    let findings = answer["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| finding["rule"] == "TG100"), "{answer:#}");
    assert_eq!(findings.len(), 2, "one in each direction");
}

on_both_databases!(
    changes_in_avro_are_told_and_judged,
    changes_in_protobuf_are_told_and_judged,
    changes_in_json_are_told_and_judged,
    a_fix_that_needs_no_thought_is_given_as_an_edit,
    data_that_may_break_though_confluent_lets_it_pass_is_warned_about,
    candidates_may_stand_on_others,
    another_language_is_one_finding,
);
