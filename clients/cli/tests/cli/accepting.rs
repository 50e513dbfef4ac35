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
pub(crate) fn day(days: i64) -> String {
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
    // Accepted anew, as the error advises, it needs no other change.
    let soon = day(10);
    let anew = ["accept", &print[..8], "--reason", "again", "--until", &soon, "--against", "dir:old"];
    let ran = repo.run(&anew);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = repo.run(&["check", "--against", "dir:old", "-v"]);
    assert!(ran.code == 0 && ran.told().contains("and another one holds"), "{}{}", ran.out, ran.err);
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

#[test]
fn what_can_not_be_looked_for_or_is_accepted_already_is_told_as_that() {
    let (repo, print) = broken();
    let (soon, later) = (day(10), day(20));
    let accept = |until: &str, ground: &[&str]| {
        repo.run(&[&["accept", &print[..8], "--reason", "x", "--by", "cy", "--until", until], ground].concat())
    };
    let before = repo.read("tidegate.yaml");
    let ran = accept(&soon, &["--against", "registry", "--url", "http://127.0.0.1:9"]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("nothing was judged") && !ran.told().contains("nothing is found"), "{}", ran.err);
    assert_eq!(repo.read("tidegate.yaml"), before);
    assert_eq!(accept(&soon, &["--against", "dir:old"]).code, 0);
    let before = repo.read("tidegate.yaml");
    let ran = accept(&later, &["--against", "dir:old"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains(&format!("TG101 is accepted already, until {soon}")), "{}", ran.err);
    // So it is told where somebody has to agree, and did not yet.
    repo.write("tidegate.yaml", format!("{APPROVALS}{before}"));
    let ran = accept(&later, &["--against", "dir:old"]);
    assert!(ran.code == 2 && ran.told().contains(&format!("until {soon}, and waits for approval")), "{}", ran.err);
}

#[test]
fn no_hand_writes_an_acceptance_that_lasts_longer_than_the_tool_would() {
    let (repo, print) = broken();
    let written = |until: &str| {
        repo.write("tidegate.yaml", format!("{PROJECT}accept:\n  - id: {print}\n    reason: x\n    until: {until}\n"));
        repo.run(&["check", "--against", "dir:old"])
    };
    assert_eq!(written(&day(180)).code, 0);
    let ran = written(&day(181));
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.told().contains("an acceptance holds for 180 days at most"), "{}", ran.err);
    assert!(ran.err.contains(&format!("until: {}", day(181))) && ran.err.contains(&day(180)), "{}", ran.err);
}

const APPROVALS: &str = "approvals: { acceptances: true, by: [ana@example.com, Bo] }\n";

#[test]
fn what_was_accepted_waits_until_somebody_else_approves() {
    let (repo, print) = broken();
    repo.write("tidegate.yaml", format!("{APPROVALS}{PROJECT}"));
    let until = day(30);
    let check = || repo.run(&["check", "--against", "dir:old"]);
    let ran = check();
    assert!(ran.code == 1 && ran.out.contains("approvals    ✓ 0 given"), "{}{}", ran.out, ran.err);
    let accept =
        ["accept", &print, "--reason", "CR-1", "--until", &until, "--by", "ana@example.com", "--against", "dir:old"];
    let ran = repo.run(&accept);
    assert!(
        ran.code == 0 && ran.told().contains("waits for approval by ana@example.com or Bo"),
        "{}{}",
        ran.out,
        ran.err
    );
    // It is accepted, and nobody else agreed yet.
    let ran = check();
    assert_eq!(ran.code, 5, "{}{}", ran.out, ran.err);
    let told = "it waits for approval by ana@example.com or Bo: nobody has approved it";
    assert!(ran.told().contains(told) && ran.out.contains("approvals    ✗ 1 missing"), "{}", ran.out);
    assert!(ran.out.contains("tidegate accept --approve"), "{}", ran.out);
    // A weight that would not fail the run blocks nothing.
    assert_eq!(repo.run(&["check", "--against", "dir:old", "--fail-on", "never"]).code, 0);
    // What nobody accepted counts for more than what waits, and so does a registry that is away.
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL, r#"{ "name": "x", "type": "int" }"#]));
    assert_eq!(check().code, 1);
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    let away = ["check", "--against", "dir:old", "--against", "registry", "--url", "http://127.0.0.1:9"];
    assert_eq!(repo.run(&away).code, 4);
    let approve = |print: &str, by: &str| repo.run(&["accept", "--approve", print, "--by", by]);
    for (print, by, told) in [
        (&print[..8], "ANA@example.com", "can't approve what is their own"),
        (&print[..8], "cy", "cy is not among those who may"),
        ("000000", "Bo", "nothing was accepted that begins with 000000"),
    ] {
        let ran = approve(print, by);
        assert!(ran.code == 2 && ran.told().contains(told), "{}{}", ran.out, ran.err);
    }
    let before = repo.read("tidegate.yaml");
    let ran = approve(&print[..8], "bo");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let after = repo.read("tidegate.yaml");
    assert_eq!(after.replace("    approved_by: \"bo\"\n", ""), before);
    let ran = repo.run(&["check", "--against", "dir:old", "-v"]);
    assert!(
        ran.code == 0 && ran.told().contains(&format!("accepted until {until}, approved by bo")),
        "{}{}",
        ran.out,
        ran.err
    );
    // Names that somebody wrote by hand are held against each other, too.
    repo.write("tidegate.yaml", after.replace("approved_by: \"bo\"", "approved_by: Ana@Example.com"));
    assert_eq!(check().code, 5);
    repo.write("tidegate.yaml", after.replace("    by: \"ana@example.com\"\n", ""));
    let ran = check();
    assert!(ran.code == 5 && ran.told().contains("it does not say who accepted it"), "{}{}", ran.out, ran.err);
    // Where nobody asks, nobody has to agree.
    repo.write("tidegate.yaml", before.replace("acceptances: true", "acceptances: false"));
    let ran = check();
    assert!(ran.code == 0 && ran.out.contains("approvals    – not required"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_report_that_was_kept_says_what_waits() {
    let (repo, print) = broken();
    let until = day(30);
    repo.write(
        "tidegate.yaml",
        format!("{APPROVALS}{PROJECT}accept:\n  - {{ id: {print}, reason: x, by: cy, until: {until} }}\n"),
    );
    let ran =
        repo.run(&["check", "--against", "dir:old", "--format", "json=report.json", "--format", "sarif=report.sarif"]);
    assert_eq!(ran.code, 5, "{}{}", ran.out, ran.err);
    let json = |name: &str| -> serde_json::Value { serde_json::from_str(&repo.read(name)).expect("JSON") };
    let report = json("report.json");
    assert_eq!((&report["summary"]["exit_code"], &report["summary"]["waiting"]), (&5.into(), &1.into()), "{report}");
    assert_eq!(report["findings"][0]["waiting"]["approvers"][0], "ana@example.com");
    let result = &json("report.sarif")["runs"][0]["results"][0];
    assert_eq!(result["suppressions"][0]["status"], "underReview", "{result}");
    let ran = repo.run(&["report", "--from", "report.json", "--format", "markdown"]);
    assert!(ran.out.contains("waiting for approval"), "{}{}", ran.out, ran.err);
    // An entry in one line is left to the hand.
    let ran = repo.run(&["accept", "--approve", &print, "--by", "bo"]);
    assert!(ran.code == 2 && ran.told().contains("write `approved_by: \"bo\"` there"), "{}{}", ran.out, ran.err);
}
