//! Does `register` tell all that a registry refuses, and try nothing that stands on it?

use crate::fake::Fake;
use crate::repo::{ID, Repo, record};

const MONEY: &str = r#"{ "name": "total", "type": "shop.Money" }"#;

fn repo() -> Repo {
    let repo = Repo::new();
    repo.write("schemas/a/first.avsc", record("First", &[ID]));
    repo.write("schemas/a/last.avsc", record("Last", &[ID]));
    repo.write("schemas/a/order.avsc", record("Order", &[MONEY]));
    repo.write("schemas/z/money.avsc", record("Money", &[ID]));
    repo
}

fn registered(fake: &Fake) -> Vec<String> {
    let asked = fake.asked().into_iter().map(|(head, _)| head);
    asked.filter(|head| head.starts_with("POST") && head.ends_with("/versions")).collect()
}

#[test]
fn every_refusal_is_told_and_what_stands_on_one_is_not_tried() {
    let fake = Fake::saying(&[
        (
            "POST /subjects/a%2Efirst%2Dvalue/versions",
            409,
            r#"{"error_code":409,"message":"incompatible with version 1"}"#,
        ),
        (
            "POST /subjects/z%2Emoney%2Dvalue/versions",
            422,
            r#"{"error_code":42205,"message":"the subject is read only"}"#,
        ),
        ("POST /subjects/a%2Elast%2Dvalue/versions", 200, r#"{"id":7,"version":1}"#),
        ("GET /config", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
    ]);
    let ran = repo().run(&["register", "--url", &fake.url]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    for told in [
        "✗ a.first-value incompatible with version 1 (409)",
        "✗ z.money-value the subject is read only (42205)",
        "- a.order-value not tried: it stands on z.money-value",
        "+ a.last-value version 1 (id 7)",
        "1 schema registered, 0 already there, 2 refused, 1 not tried.",
    ] {
        assert!(ran.told().contains(told), "{told} is missing: {}{}", ran.out, ran.err);
    }
    let quiet = repo().run(&["register", "--quiet", "--url", &fake.url]);
    assert!(quiet.code == 1 && quiet.out.contains("2 refused") && !quiet.out.contains("last-value"), "{}", quiet.out);
    let registered: Vec<_> = registered(&fake).into_iter().take(3).collect();
    assert!(registered.len() == 3 && !registered.iter().any(|head| head.contains("order")), "{registered:?}");
}

#[test]
fn a_registry_that_does_not_know_who_asks_is_asked_once() {
    let fake = Fake::saying(&[
        ("POST /subjects/", 401, r#"{"error_code":401,"message":"nobody"}"#),
        ("GET /config", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
    ]);
    let ran = repo().run(&["register", "--url", &fake.url]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("0 schemas registered, 0 already there, 1 failed, 3 not tried."), "{}", ran.out);
    assert_eq!(fake.asked().iter().filter(|(head, _)| head.starts_with("POST")).count(), 1);
}

#[test]
fn a_refusal_weighs_more_than_an_outage_after_it() {
    let fake = Fake::saying(&[
        ("POST /subjects/a%2Efirst%2Dvalue/versions", 409, r#"{"error_code":409,"message":"incompatible"}"#),
        ("POST /subjects/a%2Elast%2Dvalue", 401, r#"{"error_code":401,"message":"nobody"}"#),
        ("GET /config", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
    ]);
    let repo = repo();
    std::fs::remove_file(repo.at("schemas/a/order.avsc")).expect("it was there");
    let ran = repo.run(&["register", "schemas/a", "--url", &fake.url]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("1 refused, 1 failed"), "{}", ran.out);
}

#[test]
fn what_may_not_be_done_to_one_subject_does_not_stop_the_others() {
    let fake = Fake::saying(&[
        ("GET /config/a%2Efirst%2Dvalue", 403, r#"{"error_code":403,"message":"ci may not read a.first-value"}"#),
        (
            "POST /subjects/z%2Emoney%2Dvalue/versions",
            403,
            r#"{"error_code":403,"message":"ci may not write z.money-value"}"#,
        ),
        ("POST /subjects/a%2Elast%2Dvalue/versions", 200, r#"{"id":7,"version":1}"#),
        ("GET /config", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
    ]);
    let repo = repo();
    let ran = repo.run(&["register", "--url", &fake.url]);
    // Nothing is wrong with a schema: it is the credentials.
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    for told in [
        "does not allow this: ci may not read a.first-value",
        "does not allow this: ci may not write z.money-value",
        "- a.order-value not tried: it stands on z.money-value",
        "+ a.last-value version 1 (id 7)",
        "1 schema registered, 0 already there, 2 not allowed, 1 not tried.",
    ] {
        assert!(ran.told().contains(told), "{told} is missing: {}{}", ran.out, ran.err);
    }
    // A check says something about all of them, or nothing.
    assert_eq!(repo.run(&["check", "--url", &fake.url]).code, 4);
}

#[test]
fn what_a_version_refers_to_and_may_not_be_seen_stops_nobody() {
    const LATEST: &str = r#"{"subject":"a.last-value","version":1,"id":7,"schema":"\"string\"",
        "references":[{"name":"shop.Secret","subject":"secret","version":3}]}"#;
    let fake = Fake::saying(&[
        ("GET /subjects/a%2Elast%2Dvalue/versions/latest", 200, LATEST),
        ("GET /subjects/secret/versions/3", 403, r#"{"error_code":403,"message":"ci may not read secret"}"#),
        ("GET /config", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
        ("POST /subjects", 200, r#"{"subject":"a","version":1,"id":7,"schema":"\"string\""}"#),
    ]);
    let repo = repo();
    let ran = repo.run(&["register", "--url", &fake.url]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("0 schemas registered, 4 already there"), "{}", ran.out);
    // A check has to know it, and says that it does not.
    let ran = repo.run(&["check", "--url", &fake.url]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("ci may not read secret"), "{}{}", ran.out, ran.err);
}

#[test]
fn what_can_not_be_seen_is_not_told_to_be_nowhere() {
    let fake = Fake::saying(&[
        ("GET /config/shop%2EMoney", 403, r#"{"error_code":403,"message":"ci may not read shop.Money"}"#),
        ("POST /subjects/a%2Elast%2Dvalue/versions", 409, r#"{"error_code":409,"message":"incompatible"}"#),
        ("POST /subjects/a%2Efirst%2Dvalue/versions", 200, r#"{"id":7,"version":1}"#),
        ("GET /config", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
    ]);
    let repo = repo();
    std::fs::remove_file(repo.at("schemas/z/money.avsc")).expect("it was there");
    let ran = repo.run(&["register", "--url", &fake.url]);
    // Something is wrong with a schema as well, and that is its author's to mend.
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("ci may not read shop.Money"), "{}{}", ran.out, ran.err);
    let told = "1 schema registered, 0 already there, 1 refused, 1 not allowed.";
    assert!(ran.told().contains(told), "{}", ran.out);
}

#[test]
fn what_is_in_no_list_may_be_there_for_others_to_see() {
    let fake = Fake::saying(&[
        ("GET /config/shop%2EMoney", 403, r#"{"error_code":403,"message":"ci may not read shop.Money"}"#),
        ("GET /config", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
        ("GET /subjects?", 200, "[]"),
        ("POST /subjects/a%2Efirst%2Dvalue/versions", 200, r#"{"id":7,"version":1}"#),
        ("POST /subjects/a%2Elast%2Dvalue/versions", 200, r#"{"id":8,"version":1}"#),
    ]);
    let repo = repo();
    std::fs::remove_file(repo.at("schemas/z/money.avsc")).expect("it was there");
    for at in 0..20 {
        repo.write(&format!("schemas/n/n{at:02}.avsc"), record("Order", &[ID]));
    }
    let ran = repo.run(&["register", "schemas/a", "--url", &fake.url]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("ci may not read shop.Money"), "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("2 schemas registered, 0 already there, 1 not allowed."), "{}", ran.out);
    let ran = repo.run(&["check", "--url", &fake.url]);
    assert!(ran.code == 4 && !ran.out.contains("TG412"), "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("ci may not read shop.Money"), "{}{}", ran.out, ran.err);
}

#[test]
fn of_two_names_that_a_subject_may_have_the_other_may_be_forbidden() {
    let fake = Fake::saying(&[
        ("GET /config/shop%2EMoney%2Dvalue", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
        (
            "GET /subjects/shop%2EMoney%2Dvalue/versions/latest",
            200,
            r#"{"subject":"shop.Money-value","version":1,"id":1,
            "schema":"{\"type\":\"record\",\"name\":\"Money\",\"namespace\":\"shop\",\"fields\":[]}"}"#,
        ),
        ("GET /config/shop%2EMoney", 403, r#"{"error_code":403,"message":"ci may not read shop.Money"}"#),
        ("GET /config", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
    ]);
    let repo = repo();
    std::fs::remove_file(repo.at("schemas/z/money.avsc")).expect("it was there");
    let ran = repo.run(&["check", "--url", &fake.url]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("references ✓ 1 resolved"), "{}", ran.out);
}
