//! Is what an application reads declared in one request, and told to whoever wants to change it?

use serde_json::Value;

use crate::fake::Fake;
use crate::repo::{CHANNEL, ID, NOTE, Repo, record};
use crate::server::Server;

const PROJECT: &str = "version: 1
consumes:
  application: fraud/scorer
  owner: team-risk
  reads:
    - subject: orders.created-value
      group: fraud-scorer
      fields: [customer_id, lines.sku]
      purpose: scoring
    - subject: money-value
";

const DECLARED: &str = r#"{"application":"fraud/scorer","owner":"team-risk","publishedAt":"2026-11-27T10:00:00.000Z","publishedBy":"ci",
    "staleAt":"2027-02-25T10:00:00.000Z","consumes":[{"subject":"orders.created-value","group":"fraud-scorer",
    "fields":["customer_id","lines.sku"],"purpose":"scoring"},{"subject":"money-value"}]}"#;

fn repo() -> Repo {
    let repo = Repo::with_git();
    repo.write("team/tidegate.yaml", PROJECT);
    repo.git(&["remote", "add", "origin", "https://me:s3cret@git.example/risk.git"]);
    repo
}

#[test]
fn all_that_is_read_is_declared_in_one_request() {
    let fake = Fake::saying(&[("PUT /govern/v1/consumers/", 200, DECLARED)]);
    let repo = repo();
    let publish = ["consumers", "publish", "--config", "team/tidegate.yaml", "--url", &fake.url];
    let ran = repo.run(&[&publish[..], &["--dry-run"]].concat());
    assert!(ran.code == 0 && ran.out.contains("would declare to read 2 subjects"), "{}{}", ran.out, ran.err);
    assert!(fake.asked().is_empty());
    let ran = repo.run(&publish);
    assert!(ran.code == 0 && ran.out.contains("fraud/scorer declares to read 2 subjects"), "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("customer_id, lines.sku   scoring") && ran.out.contains("until 2027-02-25"),
        "{}",
        ran.out
    );
    let asked = fake.asked();
    let [(head, body)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(head, "PUT /govern/v1/consumers/fraud%2Fscorer");
    let sent: Value = serde_json::from_str(body).expect("JSON");
    let expected = r#"{"owner":"team-risk","source":"https://git.example/risk.git#team/tidegate.yaml","consumes":[
        {"subject":"orders.created-value","group":"fraud-scorer","fields":["customer_id","lines.sku"],"purpose":"scoring"},
        {"subject":"money-value"}]}"#;
    assert_eq!(sent, serde_json::from_str::<Value>(expected).expect("JSON"));
    let ran = repo.run(&[&publish[..], &["--dry-run", "--json"]].concat());
    assert_eq!(serde_json::from_str::<Value>(&ran.out).expect("JSON"), sent, "what is shown is what is sent");
    let ran = repo.run(&[&publish[..], &["--json"]].concat());
    let told: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(told, serde_json::from_str::<Value>(DECLARED).expect("JSON"));
}

#[test]
fn what_the_registry_has_against_it_is_a_finding_and_that_it_knows_none_is_not() {
    let repo = repo();
    let publish =
        |fake: &Fake| repo.run(&["consumers", "publish", "--config", "team/tidegate.yaml", "--url", &fake.url]);
    for (status, body, told, code) in [
        (
            404,
            r#"{"error_code":40401,"message":"Subject 'money-value' not found."}"#,
            "Subject 'money-value' not found",
            1,
        ),
        (
            422,
            r#"{"error_code":42201,"message":"orders.created-value has no field customer_ids: did you mean customer_id?"}"#,
            "did you mean customer_id?",
            1,
        ),
        (404, r#"{"error_code":404,"message":"HTTP 404 Not Found"}"#, "takes no declarations", 2),
        (403, r#"{"error_code":40301,"message":"no"}"#, "does not allow", 4),
    ] {
        let lines = Vec::leak(vec![("PUT ", status, body)]);
        let ran = publish(&Fake::saying(lines));
        assert_eq!(ran.code, code, "{body}: {}{}", ran.out, ran.err);
        assert!(ran.told().contains(told), "{told} is missing: {}", ran.err);
    }
    assert_eq!(repo.run(&["consumers", "publish", "--url", "http://127.0.0.1:9"]).code, 2, "nothing says what is read");
    let ran = repo.run(&["consumers", "publish", "--config", "team/tidegate.yaml", "--url", "http://127.0.0.1:9"]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
}

#[test]
fn what_was_declared_is_taken_back_and_listed() {
    let fake = Fake::saying(&[
        ("DELETE /govern/v1/consumers/fraud%2Fscorer", 200, DECLARED),
        ("GET /govern/v1/consumers?limit=500&subject=money%2Dvalue&after=x", 200, r#"{"items":[],"next":null}"#),
        (
            "GET /govern/v1/consumers?limit=500&subject=money%2Dvalue",
            200,
            r#"{"items":[{"application":"fraud/scorer","owner":"team-risk","publishedAt":"2026-11-27T10:00:00.000Z","publishedBy":"ci",
            "staleAt":"2027-02-25T10:00:00.000Z","consumes":[{"subject":"orders.created-value"},{"subject":"money-value"}]}],
            "next":"x"}"#,
        ),
        ("GET /govern/v1/consumers?limit=500", 200, r#"{"items":[],"next":null}"#),
    ]);
    let repo = repo();
    let with = |arguments: &[&str]| repo.run(&[arguments, &["--url", &fake.url]].concat());
    let ran = with(&["consumers", "publish", "--remove", "--config", "team/tidegate.yaml"]);
    assert!(ran.code == 0 && ran.out.contains("declares to read 2 subjects no more"), "{}{}", ran.out, ran.err);
    let ran = with(&["consumers", "list", "--subject", "money-value"]);
    assert!(
        ran.code == 0 && ran.out.contains("fraud/scorer   team-risk   money-value   -       all"),
        "{}{}",
        ran.out,
        ran.err
    );
    assert!(!ran.out.contains("orders.created-value"), "{}", ran.out);
    let ran = with(&["consumers", "list"]);
    assert!(ran.out.contains("Nobody has declared to read anything."), "{}{}", ran.out, ran.err);
    let nothing = Fake::saying(&[("DELETE ", 404, r#"{"error_code":40404,"message":"it declared nothing"}"#)]);
    let ran = repo.run(&["consumers", "publish", "--remove", "--config", "team/tidegate.yaml", "--url", &nothing.url]);
    assert!(ran.code == 0 && ran.out.contains("had declared nothing"), "{}{}", ran.out, ran.err);
}

const WINDOW: &str =
    r#""window":{"from":"2026-11-20T10:00:00.000Z","to":"2026-11-27T10:00:00.000Z","resolution":3600}"#;

#[test]
fn a_reader_that_was_never_seen_still_has_its_say() {
    let usage = format!(
        r#"{{"subject":"money-value",{WINDOW},"topics":[],"versions":[],"writers":[],"readers":[],"lookups":[],"registrations":[],
        "declaredReaders":[{{"application":"scorer","group":"g","owner":"team-risk","fields":["id"],"publishedAt":"2026-11-01T10:00:00.000Z","stale":false}},
        {{"application":"lab","fields":null,"publishedAt":"2026-01-01T10:00:00.000Z","stale":true}}],
        "coverage":{{"groupsObserved":0,"groupsKnown":null,"read":null,"write":null,"unknown":[]}}}}"#
    );
    let usage: &'static str = String::leak(usage);
    let lines = Vec::leak(vec![("GET /govern/v1/usage/subjects/money%2Dvalue", 200, usage)]);
    let fake = Fake::saying(lines);
    let repo = repo();
    let ran = repo.run(&["impact", "money-value", "--field", "price", "--url", &fake.url]);
    assert!(
        ran.code == 0 && ran.told().contains("breaks 1, likely breaks 0, unknown 0, unaffected 1"),
        "{}{}",
        ran.out,
        ran.err
    );
    assert!(ran.out.contains("declared (stale)   not seen"), "{}", ran.out);
    // What was said long ago holds nobody up; the other one does.
    let ran = repo.run(&["impact", "money-value", "--delete", "--url", &fake.url]);
    assert!(
        ran.code == 1 && ran.out.contains("reads (declared)") && !ran.out.contains("lab"),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[test]
fn whoever_named_a_field_is_told_of_when_it_goes() {
    let fake = Fake::saying(&[
        ("GET /config", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
        (
            "GET /subjects/a%2Eorder%2Dvalue/versions/latest",
            200,
            r#"{"subject":"a.order-value","version":1,"id":1,"schema":"{\"type\":\"record\",\"name\":\"Order\",\"namespace\":\"shop\",\"fields\":[{\"name\":\"id\",\"type\":\"long\"},{\"name\":\"email\",\"type\":\"string\"}]}"}"#,
        ),
        (
            "POST /govern/v1/check",
            200,
            r#"{"schemas":[{"subject":"a.order-value","state":"changed","isCompatible":true,"compatibility":{"level":"BACKWARD","from":"global"},"mode":{"mode":"READWRITE","from":"server"}}]}"#,
        ),
        (
            "GET /govern/v1/consumers?limit=500&subject=a%2Eorder%2Dvalue",
            200,
            r#"{"items":[
                {"application":"mailer","owner":"team-crm","publishedAt":"2026-11-01T10:00:00.000Z","publishedBy":"ci","staleAt":"2027-02-25T10:00:00.000Z",
                 "consumes":[{"subject":"a.order-value","group":"mail","fields":["email"]},{"subject":"b-value","fields":["email"]}]},
                {"application":"billing","publishedAt":"2026-11-01T10:00:00.000Z","publishedBy":"ci","staleAt":"2027-02-25T10:00:00.000Z",
                 "consumes":[{"subject":"a.order-value","fields":["id"]}]}]}"#,
        ),
    ]);
    let repo = Repo::new();
    repo.write("schemas/a/order.avsc", crate::repo::record("Order", &[crate::repo::ID]));
    let ran = repo.run(&["check", "--url", &fake.url]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    for told in [
        "warning[TG811]",
        "mailer says that it reads `email`, which is gone",
        "team-crm answers for it",
        "in the group mail",
    ] {
        assert!(ran.told().contains(told), "{told} is missing: {}", ran.out);
    }
    assert!(!ran.told().contains("billing says") && ran.told().contains("consumers ! 1 declaration"), "{}", ran.out);
    // What does not go is asked of nobody.
    let before = fake.asked().len();
    repo.write(
        "schemas/a/order.avsc",
        crate::repo::record("Order", &[crate::repo::ID, r#"{ "name": "email", "type": "string", "default": "" }"#]),
    );
    assert_eq!(repo.run(&["check", "--url", &fake.url]).code, 0);
    assert!(!fake.asked()[before..].iter().any(|(head, _)| head.contains("/consumers")), "{:?}", fake.asked());
}

#[test]
fn a_schema_that_is_read_with_says_which_fields_are_read() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    server.register("orders-value", "AVRO", &record("Order", &[ID, NOTE, CHANNEL]));
    let reads = "version: 1\nconsumes:\n  application: lab\n  reads: [{ subject: orders-value, reader_schema: readers/order.avsc }]\n";
    repo.write("tidegate.yaml", reads);
    let publish = |more: &[&str]| repo.run(&[&["consumers", "publish", "--url", &server.url], more].concat());
    let ran = publish(&[]);
    assert!(ran.code == 2 && ran.told().contains("there is no such file"), "{}{}", ran.out, ran.err);
    let schema = record("Order", &[ID, CHANNEL]);
    repo.write("readers/order.avsc", &schema);
    let ran = publish(&["--dry-run"]);
    assert!(ran.code == 0 && ran.out.contains("those of its schema"), "{}{}", ran.out, ran.err);
    let shown: Value = serde_json::from_str(&publish(&["--dry-run", "--json"]).out).expect("JSON");
    assert_eq!(shown["consumes"][0]["readerSchema"], schema);
    let ran = publish(&[]);
    assert!(ran.code == 0 && ran.out.contains("channel, id"), "{}{}", ran.out, ran.err);
    let ran = repo.run(&["consumers", "list", "--subject", "orders-value", "--url", &server.url]);
    assert!(ran.out.contains("channel, id"), "{}{}", ran.out, ran.err);
}
