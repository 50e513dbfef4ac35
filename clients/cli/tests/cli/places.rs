//! Are whole places compared, plans shown in every form, references pulled as files, and hooks and pipelines offered?

use crate::fake::Fake;
use crate::repo::{CHANNEL, ID, NOTE, PROJECT, Repo, record};

fn repo() -> Repo {
    let repo = Repo::with_git();
    for name in ["order", "gone", "same"] {
        repo.write(&format!("schemas/a/{name}.avsc"), record("Order", &[ID]));
    }
    repo.commit("one");
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    repo.write("schemas/b/new.avsc", record("New", &[ID]));
    std::fs::remove_file(repo.at("schemas/a/gone.avsc")).expect("it was there");
    repo
}

#[test]
fn two_places_are_compared_subject_by_subject() {
    let repo = repo();
    let ran = repo.run(&["diff", "git:HEAD"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    for told in [
        "a.order-value: git:HEAD → .",
        "field 'channel' (string) was added",
        "- a.gone-value gone",
        "+ b.new-value new",
        "1 subject changed, 1 new, 1 gone, 1 the same.",
    ] {
        assert!(ran.told().contains(told), "{told} is missing: {}", ran.out);
    }
    let ran = repo.run(&["diff", "git:HEAD", "schemas/b"]);
    assert!(ran.out.contains("0 subjects changed, 1 new, 0 gone, 0 the same."), "{}{}", ran.out, ran.err);
    let ran = repo.run(&["diff", "git:HEAD", ".", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(told["summary"], serde_json::json!({"new": 1, "gone": 1, "changed": 1, "same": 1}));
    assert_eq!(told["subjects"][1]["difference"]["schema"], "https://tidegate.dev/diff/v1", "{told}");
    let ran = repo.run(&["diff", "git:HEAD", "schemas/a/order.avsc"]);
    assert!(ran.code == 2 && ran.told().contains("is one schema"), "{}", ran.err);
    let other = Repo::new();
    other.write("schemas/a/order.avsc", record("Order", &[ID]));
    let folder = other.path().to_str().expect("a path");
    let ran = repo.run(&["diff", folder, "."]);
    assert!(ran.out.contains("1 subject changed, 2 new, 0 gone"), "{}{}", ran.out, ran.err);
}

const LEVEL: crate::fake::Said = ("GET /config", 200, r#"{"compatibilityLevel":"BACKWARD"}"#);
const ORDER: &str = r#"{"subject":"a.order-value","version":3,"id":1,"schema":"{\"type\":\"record\",\"name\":\"Order\",\"namespace\":\"shop\",\"fields\":[{\"name\":\"id\",\"type\":\"long\"}]}"}"#;

#[test]
fn another_registry_is_compared_with_and_planned_for() {
    let fake = Fake::saying(&[
        LEVEL,
        ("GET /subjects/a%2Eorder%2Dvalue/versions/latest", 200, ORDER),
        ("GET /schemas", 200, "[]"),
    ]);
    let repo = Repo::new();
    let registries = format!(
        "registries:\n  prod: {{ url: \"http://127.0.0.1:9\" }}\n  test: {{ url: \"{}\" }}\ndefault_registry: prod\n",
        fake.url
    );
    repo.write("tidegate.yaml", format!("{PROJECT}{registries}"));
    repo.write("schemas/a/order.avsc", record("Order", &[ID, NOTE]));
    repo.write("schemas/a/new.avsc", record("New", &[ID]));
    let ran = repo.run(&["diff", "registry@test"]);
    assert!(ran.code == 0 && ran.out.contains("1 subject changed, 1 new"), "{}{}", ran.out, ran.err);
    let ran = repo.run(&["diff", "registry@test:a.order-value", "schemas/a/order.avsc"]);
    assert!(ran.code == 0 && ran.out.contains("a.order-value@3"), "{}{}", ran.out, ran.err);
    assert_eq!(repo.run(&["plan"]).code, 4, "the default one is away");
    let ran = repo.run(&["plan", "--against", "registry@test", "--format", "markdown"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    for told in [
        "### Tidegate plan for `test`: 2 steps",
        "| + | `a.new-value` | register the first version (AVRO) |",
        "| ~ | `a.order-value` | register after version 3 (changed) |",
    ] {
        assert!(ran.out.contains(told), "{told} is missing: {}", ran.out);
    }
    let ran = repo.run(&["drift", "--against", "registry@test", "--format", "json"]);
    assert!(ran.code == 3 && ran.out.contains("\"registry\": \"test\""), "{}{}", ran.out, ran.err);
    let ran = repo.run(&["plan", "--against", "git:main"]);
    assert!(ran.code == 2 && ran.err.contains("is a registry"), "{}", ran.err);
}

#[test]
fn what_is_stood_on_is_pulled_too_if_that_is_said() {
    let fake = Fake::saying(&[(
        "GET /schemas",
        200,
        r#"[{"subject":"a.order-value","version":1,"id":2,"schemaType":"AVRO","schema":"{\"type\":\"record\",\"name\":\"Order\",\"namespace\":\"shop\",\"fields\":[{\"name\":\"total\",\"type\":\"shop.Money\"}]}","references":[{"name":"shop.Money","subject":"z.money-value","version":1}]},
           {"subject":"z.money-value","version":1,"id":1,"schema":"{\"type\":\"record\",\"name\":\"Money\",\"namespace\":\"shop\",\"fields\":[]}","references":[{"name":"shop.Unit","subject":"z.unit-value","version":1}]},
           {"subject":"z.unit-value","version":1,"id":3,"schema":"{\"type\":\"enum\",\"name\":\"Unit\",\"namespace\":\"shop\",\"symbols\":[\"A\"]}"},
           {"subject":"b.other-value","version":1,"id":4,"schema":"\"int\""}]"#,
    )]);
    let repo = Repo::new();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    let ran = repo.run(&["pull", "--url", &fake.url, "--dry-run"]);
    assert!(ran.code == 0 && ran.out.contains("1 file would be written"), "{}{}", ran.out, ran.err);
    let ran = repo.run(&["pull", "--split", "--url", &fake.url]);
    assert!(ran.code == 0 && ran.out.contains("3 files written"), "{}{}", ran.out, ran.err);
    assert!(repo.read("schemas/z/money.avsc").contains("Money") && repo.at("schemas/z/unit.avsc").exists());
    assert!(!repo.at("schemas/b/other.avsc").exists());
    assert_eq!(repo.run(&["check", "--against", "none"]).code, 0, "what was pulled stands by itself");
}

#[test]
fn whoever_begins_is_offered_a_hook_and_a_pipeline() {
    let repo = Repo::with_git();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.git(&["remote", "add", "origin", "https://github.com/shop/schemas.git"]);
    let ran = repo.run(&["init", "--force"]);
    assert!(ran.code == 0 && ran.told().contains("`tidegate hook install`"), "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("`tidegate ci init github`"), "{}", ran.out);
    let ran = repo.run(&["init", "--force", "--hook", "--ci", "github"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(repo.at(".git/hooks/pre-commit").exists() && repo.at(".github/workflows/schemas.yml").exists());
    assert!(!ran.told().contains("`tidegate hook install`"), "{}", ran.out);
}
