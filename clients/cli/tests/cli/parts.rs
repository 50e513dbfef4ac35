//! Can a check be narrowed to a part, made to fail for nothing, and told by a schema what to leave alone?

use crate::accepting::day;
use crate::fake::Fake;
use crate::repo::{CHANNEL, ID, PROJECT, Repo, record};

const LINT: &str = "lint: { use: [recommended] }\n";
/// Against the rules of style.
const ODD: &str = r#"{ "name": "customerId", "type": "long" }"#;

fn repo(more: &str) -> Repo {
    let repo = Repo::with_git();
    repo.write("tidegate.yaml", format!("{PROJECT}{more}"));
    repo.write("schemas/a/order.avsc", record("Order", &[ID, ODD]));
    repo.commit("one");
    repo
}

#[test]
fn a_check_can_be_narrowed_to_parts() {
    let repo = repo(LINT);
    repo.write("schemas/a/order.avsc", record("Order", &[ID, ODD, CHANNEL]));
    let check = |only: &str| repo.run(&["check", "--against", "git:HEAD", "--only", only]);
    let all = repo.run(&["check", "--against", "git:HEAD"]);
    assert!(all.code == 1 && all.told().contains("TG101") && all.told().contains("TG601"), "{}", all.out);
    let compat = check("compat");
    assert!(compat.code == 1 && compat.told().contains("TG101") && !compat.told().contains("TG601"), "{}", compat.out);
    assert!(compat.told().contains("lint – left out by --only"), "{}", compat.out);
    let lint = check("lint,governance");
    assert!(lint.code == 0 && !lint.told().contains("TG101") && lint.told().contains("TG601"), "{}", lint.out);
    // It needs nothing to compare with, and no registry.
    let ran = repo.run(&["check", "--only", "lint"]);
    assert!(
        ran.code == 0 && ran.told().contains("TG601") && ran.told().contains("compat – left out"),
        "{}{}",
        ran.out,
        ran.err
    );
    repo.write("schemas/a/broken.avsc", "{");
    assert_eq!(check("lint").code, 1, "what can't be read is always told");
    assert_eq!(check("style").code, 2);
}

#[test]
fn whoever_observes_is_told_all_and_fails_for_nothing() {
    let repo = repo("ci: { fail_on: warning }\n");
    repo.write("schemas/a/order.avsc", record("Order", &[ID, ODD, CHANNEL]));
    let check = ["check", "--against", "git:HEAD"];
    assert_eq!(repo.run(&check).code, 1);
    let ran = repo.run(&[&check[..], &["--profile", "observe"]].concat());
    assert!(ran.code == 0 && ran.told().contains("error[TG101]"), "{}{}", ran.out, ran.err);
    let ran = repo.run_with(&check, &[("TIDEGATE_PROFILE", "observe")]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = repo.run(&[&check[..], &["--profile", "observe", "--fail-on", "error"]].concat());
    assert_eq!(ran.code, 1, "who says so means it");
    assert_eq!(repo.run(&[&check[..], &["--profile", "watch"]].concat()).code, 2);
    // What a pipeline leaves empty says nothing.
    for name in ["TIDEGATE_PROFILE", "TIDEGATE_TIMEOUT", "TIDEGATE_ALLOW_PROVIDER"] {
        let ran = repo.run_with(&check, &[(name, "")]);
        assert_eq!(ran.code, 1, "{name}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_schema_says_which_rules_of_style_to_leave_alone() {
    let repo = repo(LINT);
    let with = |wish: &str| {
        let field = format!(r#"{{ "name": "customerId", "type": "long", "tidegate.ignore": ["{wish}"] }}"#);
        repo.write("schemas/a/order.avsc", record("Order", &[ID, &field]));
        repo.run(&["check", "--only", "lint"])
    };
    let ran = with("TG601: legacy name");
    assert!(ran.code == 0 && !ran.told().contains("TG60"), "{}{}", ran.out, ran.err);
    let ran = with("TG601");
    assert!(
        ran.told().contains("TG601") && ran.told().contains("TG606") && ran.told().contains("does not say why"),
        "{}",
        ran.out
    );
    let ran = with("TG103: agreed");
    assert!(ran.told().contains("TG103 is no rule of style"), "{}", ran.out);
    // In Protobuf a comment holds for what follows it, and all within.
    repo.write("tidegate.yaml", format!("version: 1\nsubjects: [{{ match: \"*.proto\", subject: p }}]\n{LINT}"));
    let proto = |comment: &str| {
        repo.write("p.proto", format!("syntax = \"proto3\";\n{comment}\nmessage Order {{\n  int64 orderId = 1;\n}}\n"));
        repo.run(&["check", "--only", "lint"])
    };
    assert!(proto("// An order.").told().contains("TG601"));
    let ran = proto("// tidegate:ignore TG601 legacy name");
    assert!(!ran.told().contains("TG601"), "{}", ran.out);
}

#[test]
fn findings_of_style_can_be_accepted() {
    let repo = repo("lint: { rules: { TG601: error } }\n");
    let ran = repo.run(&["check", "--only", "lint", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("a report");
    let print = report["findings"][0]["fingerprint"].as_str().expect("a fingerprint");
    let until = day(1);
    let ran = repo.run(&["accept", print, "--reason", "legacy", "--until", &until, "--by", "a", "--against", "none"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(repo.run(&["check", "--only", "lint"]).code, 0);
    repo.write("schemas/a/broken.avsc", "{");
    let ran = repo.run(&["check", "--only", "lint", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("a report");
    let print = report["findings"][0]["fingerprint"].as_str().expect("a fingerprint");
    let ran = repo.run(&["accept", print, "--reason", "legacy", "--until", &until, "--by", "a", "--against", "none"]);
    assert!(ran.code == 2 && ran.told().contains("nothing can be judged before it is fixed"), "{}{}", ran.out, ran.err);
    std::fs::remove_file(repo.at("schemas/a/broken.avsc")).expect("it was there");
    repo.write("schemas/a/order.ok.json", "{}");
    let ran = repo.run(&["check", "--against", "none", "--only", "contracts", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("a report");
    let print = report["findings"][0]["fingerprint"].as_str().expect("a fingerprint");
    let ran = repo.run(&["accept", print, "--reason", "legacy", "--until", &until, "--by", "a", "--against", "none"]);
    assert!(ran.code == 2 && ran.told().contains("mend the example"), "{}{}", ran.out, ran.err);
}

#[test]
fn examples_beside_schemas_are_part_of_a_check() {
    let repo = repo("");
    repo.write("schemas/a/order.ok.json", r#"{"id": 7, "customerId": 1}"#);
    repo.write("schemas/a/order.text.bad.json", r#"{"id": "x", "customerId": 1}"#);
    let check = || repo.run(&["check", "--against", "none"]);
    let ran = check();
    assert!(ran.code == 0 && ran.told().contains("contracts ✓ 2 examples"), "{}{}", ran.out, ran.err);
    repo.write("schemas/a/order.ok.json", r#"{"id": 7}"#);
    repo.write("schemas/a/order.text.bad.json", r#"{"id": 1, "customerId": 1}"#);
    let ran = check();
    assert!(ran.code == 1 && ran.told().contains("contracts ✗ 2 errors"), "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("error[TG501]") && ran.told().contains("error[TG502]"), "{}", ran.out);
    assert_eq!(repo.run(&["check", "--against", "none", "--only", "compat"]).code, 0);
    assert_eq!(repo.run(&["test"]).code, 1, "and by themselves");
}

#[test]
fn what_is_personal_is_encrypted_where_the_project_asks_for_it() {
    let repo = repo("governance: { pii: { require_encryption: true } }\n");
    let field = |tag: &str| format!(r#"{{ "name": "email", "type": "string", "confluent:tags": ["{tag}"] }}"#);
    repo.write("schemas/a/order.avsc", record("Order", &[ID, &field("PII")]));
    let check = || repo.run(&["check", "--against", "none"]);
    let ran = check();
    assert!(
        ran.code == 1 && ran.told().contains("`email` is tagged PII, and no rule encrypts it"),
        "{}{}",
        ran.out,
        ran.err
    );
    let contract = |tag: &str| {
        let rule = format!(r#"{{"name":"e","kind":"TRANSFORM","mode":"WRITEREAD","type":"ENCRYPT","tags":["{tag}"]}}"#);
        repo.write("schemas/a/order.contract.json", format!(r#"{{"ruleSet":{{"domainRules":[{rule}]}}}}"#));
    };
    contract("SECRET");
    assert_eq!(check().code, 1, "another tag");
    contract("PII");
    let ran = check();
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let written = repo.read("schemas/a/order.contract.json");
    repo.write("schemas/a/order.contract.json", written.replace("WRITEREAD", "READ"));
    assert_eq!(check().code, 1, "who only reads encrypts nothing");
    repo.write("schemas/a/order.contract.json", written.replace("TRANSFORM", "CONDITION"));
    assert_eq!(check().code, 1, "who only looks encrypts nothing");
    repo.write("schemas/a/order.avsc", record("Order", &[ID, &field("GDPR")]));
    assert_eq!(check().code, 0, "nobody said that it is personal");
    // A contract that can't be read may have said so.
    repo.write("schemas/a/order.contract.json", "{");
    let ran = repo.run(&["check", "--against", "none", "--only", "governance"]);
    assert!(ran.code == 1 && ran.told().contains("are encrypted can't be told"), "{}{}", ran.out, ran.err);
    repo.write("schemas/a/order.contract.json", &written);
    let more = "governance: { pii: { require_encryption: true, tags: [GDPR] } }\n";
    repo.write("tidegate.yaml", format!("{PROJECT}{more}"));
    assert_eq!(check().code, 1);
}

#[test]
fn a_contract_is_read_without_examples_and_is_part_of_what_changed() {
    let repo = repo("");
    repo.write("schemas/a/order.contract.json", "{ no contract");
    let ran = repo.run(&["check", "--against", "none"]);
    assert!(ran.code == 1 && ran.told().contains("error[TG503]"), "{}{}", ran.out, ran.err);
    repo.write("schemas/a/order.contract.json", "{}");
    repo.write("schemas/a/order.ok.json", r#"{"id": 7, "customerId": 1}"#);
    repo.commit("two");
    let changed = || repo.run(&["check", "--changed", "--against", "git:HEAD"]);
    assert!(changed().out.contains("No file was changed"));
    repo.write("schemas/a/order.ok.json", r#"{"id": "x"}"#);
    let ran = changed();
    assert!(ran.code == 1 && ran.told().contains("error[TG501]"), "{}{}", ran.out, ran.err);
    repo.git(&["checkout", "-q", "."]);
    repo.write("schemas/a/order.contract.json", "{ no contract");
    let ran = changed();
    assert!(ran.code == 1 && ran.told().contains("error[TG503]"), "{}{}", ran.out, ran.err);
}

const ORDER: &str = r#"{"subject":"a.order-value","version":1,"id":1,"ruleSet":{"domainRules":[{"name":"e","kind":"TRANSFORM","mode":"WRITEREAD","type":"ENCRYPT","tags":["PII"]}]},"schema":"{\"type\":\"record\",\"name\":\"Order\",\"namespace\":\"shop\",\"fields\":[]}"}"#;

#[test]
fn a_part_sees_what_the_whole_sees_of_the_registry() {
    let fake = Fake::saying(&[
        ("GET /config", 200, r#"{"compatibilityLevel":"NONE"}"#),
        ("GET /subjects/a%2Eorder%2Dvalue/versions/latest", 200, ORDER),
        (
            "GET /subjects/shop%2EMoney/versions/latest",
            200,
            r#"{"subject":"shop.Money","version":1,"id":2,"schema":"{\"type\":\"record\",\"name\":\"Money\",\"namespace\":\"shop\",\"fields\":[]}"}"#,
        ),
    ]);
    let repo = repo(&format!("{LINT}governance: {{ pii: {{ require_encryption: true }} }}\n"));
    let email = r#"{ "name": "email", "type": "string", "confluent:tags": ["PII"] }"#;
    let total = r#"{ "name": "total", "type": "shop.Money" }"#;
    repo.write("schemas/a/order.avsc", record("Order", &[email, total, ODD]));
    let check = |more: &[&str]| repo.run(&[&["check", "--url", &fake.url], more].concat());
    for more in [&[][..], &["--only", "governance"], &["--only", "lint"]] {
        let ran = check(more);
        assert!(ran.code == 0, "{more:?}: {}{}", ran.out, ran.err);
        assert!(!ran.told().contains("TG703") && !ran.told().contains("TG412"), "{more:?}: {}", ran.out);
        assert_eq!(ran.told().contains("TG601"), more != ["--only", "governance"], "{more:?}: {}", ran.out);
    }
}
