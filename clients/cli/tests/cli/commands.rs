//! Do the smaller commands do what they say?

use crate::repo::{CHANNEL, ID, Repo, record};

#[test]
fn rules_are_listed_and_explained() {
    let repo = Repo::new();
    let ran = repo.run(&["rules"]);
    assert!(ran.code == 0 && ran.out.contains("TG101") && ran.out.contains("JSON Schema"), "{}", ran.out);
    let ran = repo.run(&["rules", "--json"]);
    let rules: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert!(rules.as_array().is_some_and(|rules| rules.len() > 100));
    for name in ["TG101", "tg101", "avro-field-without-default"] {
        let ran = repo.run(&["explain", name]);
        assert!(
            ran.code == 0 && ran.out.contains("Fix:") && ran.out.contains("what is found:"),
            "{}{}",
            ran.out,
            ran.err
        );
    }
    let ran = repo.run(&["explain", "TG1O1"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean `TG101`?"), "{}", ran.err);
}

#[test]
fn rules_weigh_what_the_project_says() {
    let repo = Repo::new();
    let weights = || {
        let text = repo.run(&["rules"]).out;
        let of = |code: &str| {
            let line = text.lines().find(|line| line.trim_start().starts_with(code)).expect("the rule");
            line.split_whitespace().nth(1).expect("a weight").to_owned()
        };
        ["TG101", "TG601", "TG602", "TG605", "TG701", "TG702"].map(of)
    };
    assert_eq!(weights(), ["error", "off", "off", "off", "off", "off"], "nothing is asked without being said");
    let asks = "lint:\n  use: [recommended]\n  rules:\n    TG601: error\n    type-pascal-case: off\n    \
        doc-required: { level: info, paths: ['schemas/pay/**'] }\ngovernance: { require: [owner] }\n";
    repo.write("tidegate.yaml", format!("{}{asks}", crate::repo::PROJECT));
    assert_eq!(weights(), ["error", "error", "off", "off", "error", "off"]);
    assert!(repo.run(&["rules"]).told().contains("(info in schemas/pay/**)"));
    let rules: serde_json::Value = serde_json::from_str(&repo.run(&["rules", "--json"]).out).expect("JSON");
    let rule = rules.as_array().and_then(|rules| rules.iter().find(|rule| rule["code"] == "TG605")).expect("TG605");
    assert_eq!((&rule["severity"], &rule["default_severity"]), (&"off".into(), &"warning".into()), "{rule}");
    assert_eq!(rule["elsewhere"][0], serde_json::json!({"severity": "info", "paths": ["schemas/pay/**"]}));
    // Without a project they weigh what they weigh by themselves.
    std::fs::remove_file(repo.at("tidegate.yaml")).expect("it was there");
    assert_eq!(weights()[1..], ["warning", "warning", "warning", "error", "error"]);
}

#[test]
fn a_difference_is_told_without_a_verdict() {
    let repo = Repo::with_git();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.commit("one");
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    let old = "git:HEAD:schemas/a/order.avsc";
    let ran = repo.run(&["diff", old, "schemas/a/order.avsc"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("field 'channel' (string) was added") && ran.out.contains("FORWARD"), "{}", ran.out);
    let ran = repo.run(&["diff", old, "schemas/a/order.avsc", "--json"]);
    let diff: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(diff["changes"][0]["backward"]["rules"][0], "TG101");
    let ran = repo.run(&["diff", old, old]);
    assert!(ran.out.contains("Nothing"), "{}", ran.out);
    assert_eq!(repo.run(&["diff", "a/b.avsc", old]).code, 2);
}

#[test]
fn a_project_file_is_proposed_and_works() {
    let repo = Repo::with_git();
    std::fs::remove_file(repo.at("tidegate.yaml")).expect("it was there");
    repo.write("schemas/orders/created.avsc", record("Created", &[ID]));
    repo.write("schemas/orders/refund.avsc", record("Refund", &[ID]));
    repo.write("proto/a/b/shop.proto", "syntax = \"proto3\";\npackage shop;\nmessage Order { int64 id = 1; }\n");
    repo.write("json/order.json", r#"{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}"#);
    repo.write("json/package.json", "{}");
    let ran = repo.run(&["check", "--against", "none"]);
    assert!(ran.code == 2 && ran.err.contains("tidegate init"), "{}", ran.err);
    let ran = repo.run(&["init"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("orders.created-value") && ran.out.contains("shop.Order-value"), "{}", ran.out);
    assert_eq!(repo.run(&["check", "--against", "none"]).code, 0, "{}", repo.read("tidegate.yaml"));
    assert_eq!(repo.run(&["init"]).code, 2);
    assert_eq!(repo.run(&["init", "--force"]).code, 0);
}

#[test]
fn files_are_laid_out_once() {
    let repo = Repo::new();
    repo.write("schemas/a/order.avsc", r#"{"type":"record","name":"Order","fields":[{"name":"id","type":"long"}]}"#);
    let before = repo.read("schemas/a/order.avsc");
    assert_eq!(repo.run(&["fmt", "--check"]).code, 1);
    assert_eq!(repo.read("schemas/a/order.avsc"), before);
    assert_eq!(repo.run(&["fmt"]).code, 0);
    assert_ne!(repo.read("schemas/a/order.avsc"), before);
    assert_eq!(repo.run(&["fmt", "--check"]).code, 0);
}

#[test]
fn examples_of_records_are_held_against_schema_and_contract() {
    let repo = Repo::new();
    repo.write(
        "tidegate.yaml",
        "version: 1\nsubjects: [{ match: 's/{name}.*', subject: '{name}', exclude: ['s/*.hex'] }]\n",
    );
    repo.write("s/order.json", r#"{"type":"object","properties":{"total":{"type":"number"}},"required":["total"]}"#);
    repo.write("s/order.ok.json", r#"{"total": 3}"#);
    repo.write("s/order.no-total.bad.json", "{}");
    repo.write("s/count.avsc", record("Count", &[ID]));
    repo.write("s/count.ok.hex", "02");
    repo.write("s/count.long.bad.hex", "0202");
    let ran = repo.run(&["test"]);
    assert!(
        ran.code == 0 && ran.out.contains("4 examples as they should be, 0 not, of 2 schemas"),
        "{}{}",
        ran.out,
        ran.err
    );
    let rule = r#"{"ruleSet":{"domainRules":[{"name":"positive","kind":"CONDITION","type":"CEL","mode":"WRITE","expr":"message.total > 5.0"}]}}"#;
    repo.write("s/order.contract.json", rule);
    let ran = repo.run(&["test"]);
    assert!(
        ran.code == 1 && ran.out.contains("rule positive") && ran.out.contains("order.ok.json"),
        "{}{}",
        ran.out,
        ran.err
    );
    repo.write("s/order.contract.json", r#"{"rules":[]}"#);
    assert_eq!(repo.run(&["test"]).code, 2);
    repo.write("s/count.told.ok.json", r#"{"id": 7}"#);
    repo.write("s/count.empty.bad.json", "{}");
    let ran = repo.run(&["test", "s/count.avsc"]);
    assert!(ran.code == 0 && ran.out.contains("4 examples as they should be"), "{}{}", ran.out, ran.err);
    let ran = repo.run(&["test", "s/nosuch.avsc"]);
    assert!(ran.code == 2 && ran.told().contains("there is no `s/nosuch.avsc`"), "{}{}", ran.out, ran.err);
    // A check tries them as well.
    let ran = repo.run(&["check", "--against", "none"]);
    assert!(ran.code == 1 && ran.out.contains("error[TG503]"), "{}{}", ran.out, ran.err);
    std::fs::remove_file(repo.at("s/order.contract.json")).expect("it was there");
    assert_eq!(repo.run(&["check", "--against", "none"]).code, 0);
}

#[test]
fn pipelines_completions_and_the_schema_of_the_project_file_are_given() {
    let repo = Repo::new();
    for (forge, file) in [("github", ".github/workflows/schemas.yml"), ("gitlab", ".gitlab/schemas.yml")] {
        assert_eq!(repo.run(&["ci", "init", forge]).code, 0);
        assert!(repo.read(file).contains("tidegate check"));
        assert_eq!(repo.run(&["ci", "init", forge]).code, 2);
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(repo.run(&["completions", shell]).out.contains("tidegate"));
    }
    let schema: serde_json::Value = serde_json::from_str(&repo.run(&["config", "schema"]).out).expect("JSON");
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn a_pipeline_compares_with_what_there_is_and_runs_where_the_project_is() {
    let repo = Repo::with_git();
    let uses = concat!("uses: tidegate/tidegate/clients/action@v", env!("CARGO_PKG_VERSION"), "\n");
    let ci = |folder: &str, forge: &str| crate::repo::run(&repo.at(folder), &["ci", "init", forge], &[]);
    let taken = |file: &str| {
        let text = repo.read(file);
        std::fs::remove_file(repo.at(file)).expect("it was there");
        text
    };
    let (github, gitlab) = (".github/workflows/schemas.yml", ".gitlab/schemas.yml");
    assert_eq!(ci(".", "github").code, 0);
    let text = taken(github);
    assert!(text.contains(uses) && text.contains("against: git:origin/${{ github.base_ref }}\n"), "{text}");
    assert_eq!(ci(".", "gitlab").code, 0);
    assert!(taken(gitlab).contains("against: git:$CI_MERGE_REQUEST_DIFF_BASE_SHA"));
    // With a registry there is more to compare with, and a token.
    let registry = "registries: { prod: { url: 'https://r', token: '${TIDEGATE_TOKEN}' } }\n";
    repo.write("team/tidegate.yaml", format!("{registry}{}", crate::repo::PROJECT));
    let ran = ci("team", "github");
    assert!(ran.code == 0 && ran.out.contains("secret TIDEGATE_TOKEN"), "{}{}", ran.out, ran.err);
    let text = taken(github);
    assert!(text.contains("token: ${{ secrets.TIDEGATE_TOKEN }}\n") && !text.contains("against"), "{text}");
    assert!(text.contains("working-directory: \"team\"\n"), "{text}");
    let ran = ci("team", "gitlab");
    assert!(ran.code == 2 && ran.told().contains("runs at the root of the repository"), "{}{}", ran.out, ran.err);
}

#[test]
fn help_says_what_each_command_takes() {
    let repo = Repo::new();
    let mut told = String::new();
    for command in [&["record", "decode"][..], &["lineage"], &["impact"], &["plan"]] {
        let ran = repo.run(&[command, &["--help"]].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        told.push_str(&format!("$ tidegate {} --help\n{}\n", command.join(" "), ran.out));
    }
    insta::assert_snapshot!("help", told);
}
