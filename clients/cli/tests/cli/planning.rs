//! Does a plan hold only what the registry would take? Its own word counts for more than what files tell.

use crate::fake::Fake;
use crate::repo::{CHANNEL, ID, NOTE, Repo, record};
use crate::server::{Server, json};

#[test]
fn what_the_registry_would_refuse_is_blocked_with_its_reason() {
    let refusing = Fake::saying(&[
        ("GET /config/", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
        (
            "GET /subjects/a%2Eorder%2Dvalue/versions/latest",
            200,
            r#"{"subject":"a.order-value","version":1,"id":1,"schemaType":"AVRO",
            "schema":"{\"type\":\"record\",\"name\":\"Order\",\"namespace\":\"shop\",\"fields\":[{\"name\":\"id\",\"type\":\"long\"}]}"}"#,
        ),
        (
            "POST /govern/v1/check",
            200,
            r#"{"isCompatible":false,"schemas":[{"subject":"a.order-value","state":"changed","isCompatible":false,
            "compatibility":{"level":"BACKWARD","from":"global"},"mode":{"mode":"READWRITE","from":"server"},
            "error":{"error_code":42212,"message":"the owner is missing"}}]}"#,
        ),
    ]);
    let repo = Repo::new();
    repo.write("schemas/a/order.avsc", record("Order", &[ID, NOTE]));
    let ran = repo.run(&["plan", "--url", &refusing.url]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("the registry would refuse it: the owner is missing (42212)"), "{}", ran.out);
    assert!(ran.out.contains("0 to change, 0 to delete, 1 blocked"), "{}", ran.out);
    let ran = repo.run(&["plan", "-o", "plan.json", "--url", &refusing.url]);
    assert!(ran.code == 1 && ran.out.contains("Saved plan.json"), "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("There is nothing in it to do.") && !ran.out.contains("tidegate apply"), "{}", ran.out);
    let asked = refusing.asked().into_iter().filter(|(head, _)| head == "POST /govern/v1/check");
    assert_eq!(asked.count(), 2, "all of it in one request, each time");
    // A registry that knows no such question refuses nothing before it is asked to register.
    let silent = Fake::saying(&[
        ("GET /config/", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
        ("GET /subjects/", 404, r#"{"error_code":40401,"message":"Subject not found."}"#),
    ]);
    let ran = repo.run(&["plan", "--url", &silent.url]);
    assert!(ran.code == 0 && ran.out.contains("1 to add"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_registry_that_breaks_down_midway_is_trouble_and_what_was_done_is_told() {
    let failing = Fake::saying(&[
        ("GET /config/", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
        ("GET /subjects/", 404, r#"{"error_code":40401,"message":"Subject not found."}"#),
        ("POST /subjects/a%2Eorder%2Dvalue/versions", 200, r#"{"id":1,"version":1}"#),
        ("POST /subjects/a%2Eother%2Dvalue/versions", 501, r#"{"error_code":50001,"message":"the store is away"}"#),
    ]);
    let repo = Repo::new();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.write("schemas/a/other.avsc", record("Other", &[ID]));
    assert_eq!(repo.run(&["plan", "-o", "plan.json", "--url", &failing.url]).code, 0);
    let ran = repo.run(&["apply", "plan.json", "--url", &failing.url]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    for told in
        ["Applied 1 step, 1 failed, 0 not tried.", "1 step of the plan was done before", "run it again to go on"]
    {
        assert!(ran.told().contains(told), "{told} is missing: {}{}", ran.out, ran.err);
    }
    assert!(!ran.told().contains("nothing was judged"), "{}", ran.err);
}

#[test]
fn many_subjects_are_asked_for_together() {
    const COUNT: usize = 30;
    let repo = Repo::new();
    for at in 0..COUNT {
        repo.write(&format!("schemas/s/n{at:02}.avsc"), record("Order", &[ID, NOTE]));
    }
    repo.write("schemas/s/uses.avsc", record("Uses", &[r#"{ "name": "it", "type": "other.Thing" }"#]));
    let fake = Fake::saying(&[
        ("GET /config", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
        ("GET /subjects?", 200, r#"["s.n00-value","other.Thing"]"#),
        (
            "GET /schemas?",
            200,
            r#"[{"subject":"s.n00-value","version":1,"id":1,"schema":"{\"type\":\"record\",\"name\":\"Order\",\"namespace\":\"shop\",\"fields\":[{\"name\":\"id\",\"type\":\"long\"}]}"},
               {"subject":"other.Thing","version":3,"id":2,"schema":"{\"type\":\"record\",\"name\":\"Thing\",\"namespace\":\"other\",\"fields\":[]}"}]"#,
        ),
    ]);
    let ran = repo.run(&["plan", "--url", &fake.url]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("Plan: 30 to add, 1 to change, 0 to delete, 0 blocked."), "{}", ran.out);
    let asked = fake.asked();
    let of = |what: &str| asked.iter().filter(|(head, _)| head.contains(what)).count();
    assert_eq!((of("/versions/latest"), of("GET /subjects?")), (0, 1), "{asked:?}");
    // Other registries tell settings one by one; a name that is only guessed is not asked for.
    assert_eq!((of("POST /govern/v1/settings"), of("GET /config")), (1, COUNT + 2), "{asked:?}");
}

#[test]
fn settings_are_told_at_once_and_are_those_of_each_subject() {
    let Some(server) = Server::start() else { return };
    let repo = Repo::new();
    for at in 0..25 {
        let subject = format!("s.n{at:02}-value");
        server.register(&subject, "AVRO", &record("Order", &[ID]));
        repo.write(&format!("schemas/s/n{at:02}.avsc"), record("Order", &[ID, CHANNEL]));
    }
    // A new field without a default breaks nothing there.
    server.set_level("s.n07-value", "FORWARD");
    let ran = repo.run(&["check", "--url", &server.url, "--format", "json"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let report = json(&ran.out);
    let errors = report["findings"].as_array().expect("findings").iter().filter(|it| it["severity"] == "error");
    let subjects: Vec<_> = errors.map(|it| it["subject"].as_str().unwrap_or_default()).collect();
    assert!(subjects.len() == 24 && !subjects.contains(&"s.n07-value"), "{subjects:?}");
    // Names, latest versions, settings, and what the registry says of all of it.
    assert!(report["summary"]["requests"].as_u64().is_some_and(|asked| asked <= 5), "{}", report["summary"]);
}
