//! Which project file is a file's, where there are several, and which rule is it, where paths alone don't tell?

use crate::fake::Fake;
use crate::repo::{ID, NOTE, PROJECT, Repo, record};
use crate::server::json;

#[test]
fn the_nearest_project_file_wins_and_a_subject_has_one() {
    let repo = Repo::with_git();
    repo.write(
        "tidegate.yaml",
        "version: 1\nsubjects:\n  - match: \"**/{name}.avsc\"\n    subject: \"{name}-value\"\n",
    );
    repo.write("own/order.avsc", record("Order", &[ID]));
    repo.write(
        "team/tidegate.yaml",
        "version: 1\nsubjects:\n  - { match: \"s/{name}.avsc\", subject: \"team.{name}-value\" }\n",
    );
    repo.write("team/s/bill.avsc", record("Bill", &[ID]));
    repo.commit("one");
    let ran = repo.run(&["check", "--against", "none", "-v"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("Checked 1 schema") && ran.told().contains("team/tidegate.yaml is for itself"),
        "{}",
        ran.out
    );
    // What was there before belongs to whom it belongs to now.
    let ran = repo.run(&["check", "--against", "git:HEAD"]);
    assert!(ran.code == 0 && !ran.told().contains("TG415"), "{}{}", ran.out, ran.err);
    let ran = crate::repo::run(&repo.at("team/s"), &["check", "--against", "none", "-v"], &[]);
    assert!(ran.code == 0 && ran.out.contains("team.bill-value") && !ran.out.contains("order-value"), "{}", ran.out);
    // The same subject in both.
    repo.write("own/order.avsc", record("Order", &[ID, NOTE]));
    repo.write("team/tidegate.yaml", "version: 1\nsubjects:\n  - { match: \"s/*.avsc\", subject: order-value }\n");
    let ran = repo.run(&["check", "--against", "none"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("TG414") && ran.told().contains("team/s/bill.avsc"), "{}", ran.out);
}

#[test]
fn a_project_file_below_that_can_not_be_read_is_told_and_the_rest_is_checked() {
    let repo = Repo::new();
    let root = "version: 1\nsubjects:\n  - match: \"**/{name}.avsc\"\n    subject: \"{name}-value\"\n";
    repo.write("tidegate.yaml", root);
    repo.write("own/order.avsc", record("Order", &[ID]));
    repo.write("team/tidegate.yaml", "version: 1\nsubject: []\n");
    repo.write("team/s/bill.avsc", record("Bill", &[ID]));
    repo.write("other/tidegate.yaml", b"version: \xff\n");
    repo.write("other/s/cost.avsc", record("Cost", &[ID]));
    let ran = repo.run(&["check", "--against", "none", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let report = crate::server::json(&ran.out);
    assert_eq!(report["subjects"][0]["subject"], "order-value", "{}", ran.out);
    let findings = report["findings"].as_array().expect("findings");
    let told: Vec<_> = findings.iter().map(|it| (it["code"].as_str(), it["file"].as_str())).collect();
    assert_eq!(
        told,
        [(Some("TG002"), Some("other/tidegate.yaml")), (Some("TG002"), Some("team/tidegate.yaml"))],
        "{}",
        ran.out
    );
    let frame = &findings[1]["frames"][0];
    assert_eq!((&frame["file"], &frame["start"]["line"]), (&"team/tidegate.yaml".into(), &2.into()), "{}", ran.out);
    let ran = repo.run(&["check", "--against", "none"]);
    assert!(ran.told().contains("`subject` is not a key that is known here"), "{}", ran.out);
    assert!(ran.told().contains("did you mean `subjects`?"), "{}", ran.out);
}

#[test]
fn two_project_files_below_can_not_have_one_subject() {
    let repo = Repo::new();
    let root = "version: 1\nsubjects:\n  - match: \"**/{name}.avsc\"\n    subject: \"{name}-value\"\n";
    repo.write("tidegate.yaml", root);
    repo.write("own/order.avsc", record("Order", &[ID]));
    for team in ["one", "two"] {
        let project = "version: 1\nsubjects:\n  - { match: \"s/*.avsc\", subject: bill-value }\n";
        repo.write(&format!("{team}/tidegate.yaml"), project);
        repo.write(&format!("{team}/s/bill.avsc"), record("Bill", &[ID]));
    }
    let ran = repo.run(&["check", "--against", "none"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    for told in ["error[TG414]: the subject bill-value is claimed by two files", "one/s/bill.avsc", "two/s/bill.avsc"] {
        assert!(ran.told().contains(told), "{told} is missing: {}", ran.out);
    }
    repo.write("two/tidegate.yaml", "version: 1\nsubjects:\n  - { match: \"s/*.avsc\", subject: cost-value }\n");
    assert_eq!(repo.run(&["check", "--against", "none"]).code, 0);
}

#[test]
fn a_project_file_that_is_new_does_not_hide_what_it_takes() {
    let repo = Repo::with_git();
    repo.write(
        "tidegate.yaml",
        "version: 1\nsubjects:\n  - match: \"**/{name}.avsc\"\n    subject: \"{name}-value\"\n",
    );
    repo.write("own/order.avsc", record("Order", &[ID]));
    repo.write("team/s/bill.avsc", record("Bill", &[ID]));
    repo.commit("one");
    let other = Repo::new();
    other.write("team/s/bill.avsc", record("Bill", &[ID]));
    repo.write("team/tidegate.yaml", "version: 1\nsubjects: []\n");
    let folder = format!("dir:{}", other.path().display());
    for ground in ["git:HEAD", &folder] {
        let ran = repo.run(&["check", "--against", ground]);
        let told = "the subject bill-value has no file any more";
        assert!(ran.told().contains("TG415") && ran.told().contains(told), "{ground}: {}{}", ran.out, ran.err);
    }
    repo.git(&["add", "-A"]);
    let ran = repo.run(&["check", "--staged", "--against", "git:HEAD"]);
    assert!(ran.told().contains("TG415"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_change_of_what_is_extended_is_one_of_every_schema() {
    let repo = Repo::with_git();
    repo.write("base.yaml", "version: 1\n");
    repo.write("team/tidegate.yaml", format!("{PROJECT}extends: ../base.yaml\n"));
    repo.write("team/schemas/a/order.avsc", record("Order", &[ID]));
    repo.commit("one");
    let check = || crate::repo::run(&repo.at("team"), &["check", "--changed", "--against", "git:HEAD"], &[]);
    let ran = check();
    assert!(ran.code == 0 && ran.out.contains("No file was changed"), "{}{}", ran.out, ran.err);
    repo.write("base.yaml", "version: 1\ngovernance: { require: [owner] }\n");
    let ran = check();
    assert!(ran.code == 1 && ran.out.contains("error[TG701]"), "{}{}", ran.out, ran.err);
    // Of a file outside every repository git can't tell whether it changed.
    repo.commit("two");
    let outside = Repo::new();
    outside.write("base.yaml", "version: 1\n");
    let extends = format!(
        "{PROJECT}extends: {}\n",
        "../".repeat(20) + outside.at("base.yaml").to_str().expect("a path").trim_start_matches('/')
    );
    repo.write("team/tidegate.yaml", extends);
    repo.commit("three");
    let ran = check();
    assert!(ran.code == 0 && ran.out.contains("1 schema"), "{}{}", ran.out, ran.err);
}

#[test]
fn on_a_pull_request_only_what_changed_is_looked_at_if_the_project_says_so() {
    let repo = Repo::with_git();
    let project = |more: &str| repo.write("tidegate.yaml", format!("{PROJECT}{more}"));
    project("ci: { changed_only: auto }\n");
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.write("schemas/a/broken.avsc", "{");
    repo.commit("one");
    repo.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    repo.write("schemas/a/order.avsc", record("Order", &[ID, NOTE]));
    repo.commit("two");
    let check = |branch: &str| repo.run_with(&["check", "--against", "none"], &[("GITHUB_BASE_REF", branch)]);
    let ran = check("main");
    assert!(ran.code == 0 && ran.out.contains("Checked 1 schema"), "{}{}", ran.out, ran.err);
    assert_eq!(check("").code, 1, "no pull request");
    let ran = check("elsewhere");
    assert!(ran.code == 1 && ran.err.contains("everything is checked"), "{}{}", ran.out, ran.err);
    // A fresh checkout has nothing that differs from its last commit, which is no reason to look at nothing.
    project("ci: { changed_only: always }\n");
    repo.commit("three");
    let ran = check("");
    assert!(ran.code == 1 && ran.out.contains("Checked 2 schemas"), "{}{}", ran.out, ran.err);
    project("ci: { changed_only: sometimes }\n");
    assert_eq!(check("main").code, 2);
}

#[test]
fn what_the_project_says_of_comments_is_told_to_whoever_writes_them() {
    let repo = Repo::new();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    let told = |more: &str| {
        repo.write("tidegate.yaml", format!("{PROJECT}{more}"));
        let ran = repo.run(&["check", "--against", "none", "--format", "json"]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        json(&ran.out)["comment"].clone()
    };
    assert_eq!(told(""), serde_json::Value::Null);
    assert_eq!(told("ci: { comment: update }\n"), "update");
    repo.write("base.yaml", "version: 1\nci: { comment: never }\n");
    assert_eq!(told("extends: base.yaml\n"), "never");
    assert_eq!(told("extends: base.yaml\nci: { comment: update }\n"), "update");
    repo.write("tidegate.yaml", format!("{PROJECT}ci: {{ comment: always }}\n"));
    assert_eq!(repo.run(&["check", "--against", "none"]).code, 2);
}

#[test]
fn rules_may_ask_for_a_name_and_files_for_their_topic() {
    let repo = Repo::new();
    repo.write(
        "tidegate.yaml",
        "version: 1\nsubjects:\n  - { match: \"p/*.proto\", message: \"*Event\", subject: \"{topic_option}-value\" }\n  - { match: \
         \"p/{name}.proto\", message: Money, subject: \"common.{name}\", kind: shared }\n",
    );
    repo.write(
        "p/order.proto",
        "syntax = \"proto3\";\nmessage OrderEvent {\n  option (tidegate.topic) = \"orders\";\n  int64 id = 1;\n}\n",
    );
    repo.write("p/money.proto", "syntax = \"proto3\";\nmessage Money { int64 amount = 1; }\n");
    repo.write("p/helper.proto", "syntax = \"proto3\";\nmessage Helper { int64 x = 1; }\n");
    let ran = repo.run(&["check", "--against", "none", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("a report");
    let subjects: Vec<&str> =
        report["subjects"].as_array().expect("subjects").iter().filter_map(|it| it["subject"].as_str()).collect();
    assert_eq!(subjects, ["common.money", "orders-value"], "{}{}", ran.out, ran.err);
    // What can't be read may have any name.
    repo.write("p/broken.proto", "syntax = \"proto3\";\nmessage Order");
    let ran = repo.run(&["check", "--against", "none"]);
    assert!(ran.code == 1 && ran.told().contains("p/broken.proto"), "{}{}", ran.out, ran.err);
    std::fs::remove_file(repo.at("p/broken.proto")).expect("it was there");
    repo.write("p/other.proto", "syntax = \"proto3\";\nmessage OtherEvent { int64 x = 1; }\n");
    let ran = repo.run(&["check", "--against", "none"]);
    assert!(ran.code == 1 && ran.told().contains("no `{topic_option}`"), "{}", ran.out);
}

#[test]
fn names_are_looked_up_only_where_the_project_says() {
    let repo = Repo::with_git();
    repo.write("schemas/a/order.avsc", record("Order", &[r#"{ "name": "total", "type": "shop.Money" }"#]));
    let fake = Fake::saying(&[
        ("GET /config", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
        (
            "GET /subjects/shop%2EMoney/versions/latest",
            200,
            r#"{"subject":"shop.Money","version":1,"id":1,"schema":"{\"type\":\"record\",\"name\":\"Money\",\"namespace\":\"shop\",\"fields\":[]}"}"#,
        ),
    ]);
    let check = || repo.run(&["check", "--url", &fake.url]);
    let ran = check();
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    repo.write("tidegate.yaml", format!("{PROJECT}references: {{ resolve: [repo], remote_urls: deny }}\n"));
    let ran = check();
    assert!(ran.code == 1 && ran.told().contains("`references.resolve` of the project file"), "{}{}", ran.out, ran.err);
    let ran = repo.run(&["register", "--url", &fake.url]);
    assert!(ran.code == 1 && ran.told().contains("says to look nowhere else"), "{}{}", ran.out, ran.err);
    for (wrong, told) in
        [("resolve: [registry, repo]", "the files always come first"), ("remote_urls: allow", "URLs are never fetched")]
    {
        repo.write("tidegate.yaml", format!("{PROJECT}references: {{ {wrong} }}\n"));
        let ran = check();
        assert!(ran.code == 2 && ran.told().contains(told), "{wrong}: {}", ran.err);
    }
}

#[test]
fn what_another_project_owns_is_not_planned() {
    let fake = Fake::saying(&[
        ("GET /config", 200, r#"{"compatibilityLevel":"BACKWARD"}"#),
        (
            "GET /subjects/a%2Eorder%2Dvalue/versions/latest",
            200,
            r#"{"subject":"a.order-value","version":1,"id":1,"metadata":{"properties":{"tidegate:managed-by":"billing"}},"schema":"{\"type\":\"record\",\"name\":\"Order\",\"namespace\":\"shop\",\"fields\":[]}"}"#,
        ),
        ("GET /schemas", 200, "[]"),
    ]);
    let repo = Repo::new();
    repo.write("tidegate.yaml", format!("project: shop\n{PROJECT}"));
    repo.write("schemas/a/order.avsc", record("Order", &[NOTE]));
    let plan = || repo.run(&["plan", "--url", &fake.url]);
    let ran = plan();
    assert!(ran.code == 1 && ran.told().contains("it is the project billing's"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("0 to add, 0 to change, 0 to delete, 1 blocked"), "{}", ran.out);
    repo.write("tidegate.yaml", format!("project: billing\n{PROJECT}"));
    let ran = plan();
    assert!(ran.code == 0 && ran.out.contains("1 to change, 0 to delete, 0 blocked"), "{}{}", ran.out, ran.err);
    // What is as it should be is nobody's business.
    repo.write("tidegate.yaml", PROJECT);
    repo.write("schemas/a/order.avsc", record("Order", &[]));
    let ran = plan();
    assert!(ran.code == 0 && !ran.told().contains("billing's"), "{}{}", ran.out, ran.err);
}
