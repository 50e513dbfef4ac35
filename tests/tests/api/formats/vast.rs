//! Schemas made to break the registry: each is answered, soon, and the registry goes on.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidegate_tests::registry::TestRegistry;

use super::{avro, json_schema, protobuf, register};

/// How long an answer may take, in a build that is not optimised and on a machine with other things to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// A name, a first version and a second one.
type Case = (&'static str, Value, Value);

fn repeated(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(",")
}

fn lines(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

fn cases_in_avro() -> Vec<Case> {
    let wide = |kind: &str| {
        let fields = repeated(10_000, |n| format!(r#"{{"name":"f{n}","type":"{kind}","default":0}}"#));
        avro(&format!(r#"{{"type":"record","name":"Wide","fields":[{fields}]}}"#))
    };
    let deep =
        |levels: usize| avro(&format!("{}\"int\"{}", r#"{"type":"array","items":"#.repeat(levels), "}".repeat(levels)));
    // Every record holds the next one twice: 2^40 paths through 40 records.
    let doubling = |last: &str| {
        let mut text = format!(r#"{{"type":"record","name":"R40","fields":[{{"name":"x","type":"{last}"}}]}}"#);
        for n in (0..40).rev() {
            let next = n + 1;
            text = format!(
                r#"{{"type":"record","name":"R{n}","fields":[{{"name":"a","type":{text}}},{{"name":"b","type":"R{next}"}}]}}"#
            );
        }
        avro(&text)
    };
    let union = |kind: &str| {
        let branches = repeated(1_000, |n| {
            format!(r#"{{"type":"record","name":"R{n}","fields":[{{"name":"x","type":"{kind}"}}]}}"#)
        });
        avro(&format!("[{branches}]"))
    };
    vec![
        ("ten thousand fields", wide("int"), wide("long")),
        ("deep arrays", deep(60), deep(61)),
        ("arrays without end", deep(2), deep(30_000)),
        ("doubling records", doubling("int"), doubling("string")),
        ("a wide union", union("int"), union("string")),
    ]
}

fn cases_in_protobuf() -> Vec<Case> {
    let wide = |kind: &str| {
        let fields = lines(10_000, |n| format!("{kind} f{n} = {};\n", n + 1));
        protobuf(&format!("syntax = \"proto3\";\nmessage Wide {{\n{fields}}}"))
    };
    let deep = |levels: usize| {
        let open = lines(levels, |n| format!("message M{n} {{ "));
        protobuf(&format!("syntax = \"proto3\"; {open} int32 x = 1; {}", "}".repeat(levels)))
    };
    let many = |kind: &str| {
        let messages = lines(3_000, |n| format!("message M{n} {{ {kind} x = 1; M{} next = 2; }}\n", (n + 1) % 3_000));
        protobuf(&format!("syntax = \"proto3\";\n{messages}"))
    };
    let symbols = |count: usize| {
        let values = lines(count, |n| format!("V{n} = {n};\n"));
        protobuf(&format!("syntax = \"proto3\";\nenum E {{\n{values}}}\nmessage M {{ E e = 1; }}"))
    };
    let recursive = |kind: &str| {
        protobuf(&format!(
            "syntax = \"proto3\"; message A {{ B b = 1; repeated A more = 2; }} message B {{ A a = 1; {kind} x = 2; }}"
        ))
    };
    let noise = |part: &str| protobuf(&format!("syntax = \"proto3\"; option java_package = {};", part.repeat(50_000)));
    vec![
        ("ten thousand fields", wide("int32"), wide("string")),
        ("deep messages", deep(20), deep(21)),
        ("messages without end", deep(2), deep(30_000)),
        ("a ring of messages", many("int32"), many("string")),
        ("ten thousand symbols", symbols(10_000), symbols(9_999)),
        ("messages that hold each other", recursive("int32"), recursive("string")),
        ("strings without end", recursive("int32"), noise("\"a\" ")),
        ("braces without end", recursive("int32"), noise("{ a: ")),
        ("comments without end", recursive("int32"), noise("/* ")),
    ]
}

fn cases_in_json() -> Vec<Case> {
    let wide = |kind: &str| {
        let properties = repeated(10_000, |n| format!(r#""p{n}":{{"type":"{kind}"}}"#));
        json_schema(&format!(r#"{{"type":"object","properties":{{{properties}}}}}"#))
    };
    let nested = |levels: usize, open: &str, close: &str, inner: &str| {
        json_schema(&format!("{}{inner}{}", open.repeat(levels), close.repeat(levels)))
    };
    // Each definition names the next one three times in a `oneOf`: 3^25 paths through 25 definitions.
    let tripling = |last: &str| {
        let definitions = repeated(25, |n| {
            let next = format!("#/definitions/d{}", n + 1);
            format!(
                r#""d{n}":{{"oneOf":[{{"$ref":"{next}"}},{{"type":"array","items":{{"$ref":"{next}"}}}},{{"type":"object","properties":{{"x":{{"$ref":"{next}"}}}}}}]}}"#
            )
        });
        json_schema(&format!(
            r##"{{"$ref":"#/definitions/d0","definitions":{{{definitions},"d25":{{"type":"{last}"}}}}}}"##
        ))
    };
    let choices = |keyword: &str, kind: &str| {
        let branches = repeated(300, |n| {
            format!(
                r#"{{"type":"object","properties":{{"k":{{"const":{n}}},"x":{{"type":"{kind}"}}}},"required":["k"]}}"#
            )
        });
        json_schema(&format!(r#"{{"{keyword}":[{branches}]}}"#))
    };
    let recursive = |kind: &str| {
        json_schema(&format!(
            r##"{{"type":"object","properties":{{"value":{{"type":"{kind}"}},"left":{{"$ref":"#"}},"right":{{"anyOf":[{{"$ref":"#"}},{{"type":"null"}}]}}}}}}"##
        ))
    };
    let pattern = |pattern: &str| json_schema(&json!({"type": "string", "pattern": pattern}).to_string());
    let bound = |bound: &str| json_schema(&format!(r#"{{"type":"number","maximum":{bound},"multipleOf":1e-300}}"#));
    vec![
        ("ten thousand properties", wide("integer"), wide("string")),
        (
            "deep oneOf",
            nested(40, r#"{"oneOf":["#, r#",{"type":"null"}]}"#, "true"),
            nested(40, r#"{"oneOf":["#, r#",{"type":"array"}]}"#, "true"),
        ),
        ("oneOf without end", recursive("string"), nested(20_000, r#"{"oneOf":["#, "]}", "true")),
        ("brackets without end", recursive("string"), nested(200_000, "[", "]", "")),
        ("tripling definitions", tripling("string"), tripling("boolean")),
        ("three hundred choices", choices("oneOf", "string"), choices("oneOf", "integer")),
        ("three hundred parts", choices("allOf", "string"), choices("allOf", "integer")),
        ("one out of many, all of many", choices("anyOf", "string"), choices("oneOf", "integer")),
        ("a schema in itself", recursive("string"), recursive("integer")),
        (
            "a circle of references",
            recursive("string"),
            json_schema(
                r##"{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}}}"##,
            ),
        ),
        ("a pattern that runs away", pattern("^a$"), pattern("^(a+)+(b+)+(c|d|e)*$")),
        ("a pattern that grows", pattern("^a$"), pattern("(((a{100}){100}){100}){100}")),
        ("a pattern that looks back", pattern("^a$"), pattern("(?<=(a|b)+)\\1")),
        ("numbers beyond all numbers", bound("1e308"), bound("1e999999999")),
        ("a number with many digits", bound("1"), bound(&"9".repeat(100_000))),
    ]
}

/// Both versions are registered (or refused) and compared, each within the time that people wait.
async fn survives(registry: &TestRegistry, cases: Vec<Case>) {
    for (number, (name, first, second)) in cases.into_iter().enumerate() {
        let subject = format!("s{number}");
        soon(name, register(registry, &subject, &first)).await.ok();
        let check = format!("/compatibility/subjects/{subject}/versions?verbose=true");
        let checked = soon(name, registry.post(&check, &second)).await.ok();
        let answer = soon(name, register(registry, &subject, &second)).await;
        match checked["is_compatible"].as_bool() {
            Some(true) => assert_eq!(answer.status, 200, "{name}"),
            _ => assert!(matches!(answer.status, 409 | 422), "{name}: {}", answer.status),
        }
        let request = explain(&subject, second);
        let explained = soon(name, registry.post("/govern/v1/explain", &request)).await;
        assert_eq!(explained.status == 422, answer.status == 422, "{name}: {}", explained.status);
    }
    soon("the registry", registry.get("/subjects")).await.ok();
}

fn explain(subject: &str, mut request: Value) -> Value {
    request["subject"] = json!(subject);
    request
}

async fn soon<T>(what: &str, answer: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let answer = tokio::time::timeout(PATIENCE, answer).await;
    answer.unwrap_or_else(|_| panic!("{what}: no answer after {:?}", begun.elapsed()))
}

async fn vast_schemas_in_avro_are_answered_soon(registry: TestRegistry) {
    survives(&registry, cases_in_avro()).await;
}

async fn vast_schemas_in_protobuf_are_answered_soon(registry: TestRegistry) {
    survives(&registry, cases_in_protobuf()).await;
}

async fn vast_schemas_in_json_are_answered_soon(registry: TestRegistry) {
    survives(&registry, cases_in_json()).await;
}

async fn files_that_import_each_other_do_not_go_round_for_ever(registry: TestRegistry) {
    let leaf = protobuf("syntax = \"proto3\"; message A {}");
    register(&registry, "a", &leaf).await.ok();
    let itself = protobuf("syntax = \"proto3\"; import \"a.proto\"; message B { A a = 1; }");
    let under_its_own_name = super::standing_on(itself, &[("a.proto", "a", 1)]);
    register(&registry, "b", &under_its_own_name).await.ok();
    // A file called `a.proto` that imports `a.proto`: the first of that name counts, and it imports itself.
    let again = protobuf("syntax = \"proto3\"; import \"a.proto\"; message C { B b = 1; }");
    let answer = soon("a circle", register(&registry, "c", &super::standing_on(again, &[("a.proto", "b", 1)]))).await;
    answer.refused(42201);
}

/// The database plays no part in this.
mod on_sqlite {
    tidegate_tests::on_database!(Sqlite, vast_schemas_in_avro_are_answered_soon);
    tidegate_tests::on_database!(Sqlite, vast_schemas_in_protobuf_are_answered_soon);
    tidegate_tests::on_database!(Sqlite, vast_schemas_in_json_are_answered_soon);
    tidegate_tests::on_database!(Sqlite, files_that_import_each_other_do_not_go_round_for_ever);
}
