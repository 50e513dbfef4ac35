//! What happens to a finding that somebody accepts, and when that is over?

use crate::repo::{CHANNEL, ID, NOTE, PROJECT, Repo, record};

fn broken() -> (Repo, String) {
    let repo = Repo::new();
    repo.write("old/schemas/a/order.avsc", record("Order", &[ID]));
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    let ran = repo.run(&["check", "--against", "dir:old", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("a report");
    let print = report["findings"][0]["fingerprint"].as_str().expect("a fingerprint").to_owned();
    (repo, print)
}

/// A day so many days from now.
fn day(days: i64) -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    let now = chrono::DateTime::from_timestamp(i64::try_from(since.as_secs()).expect("a time"), 0).expect("a time");
    (now.date_naive() + chrono::Duration::days(days)).format("%Y-%m-%d").to_string()
}

#[test]
fn an_accepted_finding_lets_the_check_pass_and_is_still_told() {
    let (repo, print) = broken();
    let until = day(30);
    let short = &print[..8];
    let ran = repo.run(&[
        "accept",
        short,
        "--reason",
        "agreed: see \"CR-1\"",
        "--until",
        &until,
        "--by",
        "a",
        "--against",
        "dir:old",
    ]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let project = repo.read("tidegate.yaml");
    assert!(project.starts_with(PROJECT) && project.contains("rule: TG101") && project.contains(&until), "{project}");
    let ran = repo.run(&["check", "--against", "dir:old"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = repo.run(&["check", "--against", "dir:old", "-v"]);
    assert!(ran.out.contains("accepted until") && ran.out.contains("CR-1"), "{}", ran.out);
    // Another break is not covered.
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL, r#"{ "name": "x", "type": "int" }"#]));
    assert_eq!(repo.run(&["check", "--against", "dir:old"]).code, 1);
    // What is gone needs no acceptance.
    repo.write("schemas/a/order.avsc", record("Order", &[ID, NOTE]));
    let ran = repo.run(&["check", "--against", "dir:old", "-v"]);
    assert!(ran.code == 0 && ran.out.contains("TG016"), "{}", ran.out);
}

#[test]
fn an_acceptance_that_is_over_is_an_error_and_covers_nothing() {
    let (repo, print) = broken();
    repo.write(
        "tidegate.yaml",
        format!("{PROJECT}accept:\n  - id: {print}\n    reason: once\n    until: {}\n", day(-1)),
    );
    let ran = repo.run(&["check", "--against", "dir:old"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("error[TG015]") && ran.out.contains("error[TG101]"), "{}", ran.out);
    repo.write(
        "tidegate.yaml",
        format!("{PROJECT}accept:\n  - id: {print}\n    reason: today still\n    until: {}\n", day(0)),
    );
    assert_eq!(repo.run(&["check", "--against", "dir:old"]).code, 0);
}

#[test]
fn nothing_is_accepted_by_guess_for_ever_or_without_a_reason() {
    let (repo, print) = broken();
    let before = repo.read("tidegate.yaml");
    let (soon, late, past) = (day(10), day(181), day(-1));
    for (print, reason, until) in [
        ("000000", "x", soon.as_str()),
        ("12", "x", &soon),
        (&print, " ", &soon),
        (&print, "x", &late),
        (&print, "x", &past),
        (&print, "x", "tomorrow"),
    ] {
        let ran = repo.run(&["accept", print, "--reason", reason, "--until", until, "--against", "dir:old"]);
        assert_eq!(ran.code, 2, "{print} {reason} {until}: {}{}", ran.out, ran.err);
    }
    assert_eq!(repo.read("tidegate.yaml"), before);
}
