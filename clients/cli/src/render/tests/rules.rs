//! How does every rule look on a screen, narrow and wide? A rule that is nowhere to be seen fails.

use std::collections::BTreeSet;

use super::*;
use crate::rules;

/// Rules that no files short enough to be read can show: two of what is too large to compare, and one of metadata, which files
/// don't bring along.
const UNSHOWN: [&str; 3] = ["TG112", "TG220", "TG401"];
/// Rules that stop a command, and are shown beside it.
const OF_COMMANDS: [&str; 2] = ["TG903", "TG904"];

/// Whether a page has two texts that show the rule.
pub(super) fn has_example(code: &str) -> bool {
    examples().iter().any(|example| example.code == code)
}

fn of_pages(code: &str, ending: &str) -> Vec<Finding> {
    let examples: Vec<Example> =
        examples().into_iter().filter(|it| it.code.starts_with(code) && it.ending == ending).collect();
    report(&examples, "").findings
}

/// Findings of every rule that can be shown.
fn groups() -> [(&'static str, Vec<Finding>); 4] {
    [
        ("avro", of_pages("TG1", "avsc")),
        ("protobuf", of_pages("TG2", "proto")),
        ("json", of_pages("TG3", "json")),
        ("others", scenes::findings()),
    ]
}

/// A report of nothing but these findings, each of a subject of its own.
fn report_of(base: &Report, findings: &[Finding]) -> Report {
    let mut report = base.clone();
    report.against.clear();
    report.checks.clear();
    report.findings = findings.to_vec();
    let template = report.subjects.first().cloned().unwrap();
    report.subjects.clear();
    for finding in findings {
        let name = finding.subject.clone().unwrap_or_else(|| finding.file.clone());
        if report.subjects.iter().all(|subject| subject.subject != name) {
            report.subjects.push(crate::report::Subject {
                subject: name,
                file: finding.file.clone(),
                ..template.clone()
            });
        }
    }
    report
}

#[test]
fn every_rule_looks_as_it_should_in_each_form() {
    let mut everything: Vec<Finding> = groups().into_iter().flat_map(|(_, findings)| findings).collect();
    // Without a subject the file counts, which lies in another folder in each run.
    for finding in everything.iter_mut().filter(|finding| finding.subject.is_none()) {
        finding.fingerprint = "0".repeat(16);
    }
    let base = mixed();
    let render = |format: Format, findings: &[Finding]| {
        format.render(&report_of(&base, findings), &Terminal::plain(80)).unwrap()
    };
    // Those that tell a few only are made of one finding after the other, and of pages what differs is kept.
    let each = |format: Format| -> String {
        everything.iter().map(|finding| render(format, std::slice::from_ref(finding))).collect()
    };
    insta::assert_snapshot!("every_github", each(Format::Github));
    let pages = each(Format::Markdown);
    let is_own = |line: &&str| ["| ✗", "| !", "**TG", "* "].iter().any(|start| line.starts_with(start));
    insta::assert_snapshot!("every_markdown", pages.lines().filter(is_own).collect::<Vec<_>>().join("\n"));
    for (name, format) in [("gitlab", Format::Gitlab), ("junit", Format::Junit)] {
        insta::assert_snapshot!(format!("every_{name}"), render(format, &everything));
    }
    // The long ones hold every rule, with what belongs to it.
    let log: Value = serde_json::from_str(&render(Format::Sarif, &everything)).unwrap();
    let document: Value = serde_json::from_str(&render(Format::Json, &everything)).unwrap();
    let codes: BTreeSet<&str> = everything.iter().map(|finding| finding.code.as_str()).collect();
    for code in codes {
        let is_about = |value: &&Value, member: &str| value[member] == code;
        let own = |pointer: &str, member: &str| {
            log.pointer(pointer).and_then(Value::as_array).unwrap().iter().find(|it| is_about(it, member)).cloned()
        };
        let rule = own("/runs/0/tool/driver/rules", "id").unwrap_or_else(|| panic!("{code} is no rule of SARIF"));
        assert!(rule["helpUri"].is_string() && rule["shortDescription"]["text"].is_string(), "{rule}");
        let result = own("/runs/0/results", "ruleId").unwrap_or_else(|| panic!("{code} has no result in SARIF"));
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{result}");
        let findings = document["findings"].as_array().unwrap();
        assert!(findings.iter().any(|finding| finding["code"] == code && finding["slug"].is_string()), "{code}");
    }
}

#[test]
fn every_rule_looks_as_it_should_at_each_width() {
    let groups = groups();
    for width in [80, 120] {
        let terminal = Terminal { verbose: true, ..Terminal::plain(width) };
        for (name, findings) in &groups {
            let told: String = findings.iter().map(|finding| diagnostic::finding(finding, &terminal)).collect();
            insta::assert_snapshot!(format!("{name}_{width}"), told);
            let wide = told.lines().find(|line| !is_quoted(line) && line.chars().count() > width);
            assert_eq!(wide, None, "{name} at {width}");
        }
    }
    let shown = groups.iter().flat_map(|(_, findings)| findings.iter().map(|finding| finding.code.as_str()));
    let shown: BTreeSet<&str> = shown.chain(UNSHOWN).chain(OF_COMMANDS).collect();
    let unseen: Vec<&str> = rules::all().iter().map(|rule| rule.code).filter(|code| !shown.contains(code)).collect();
    assert!(unseen.is_empty(), "nothing shows {unseen:?}");
    let seen: BTreeSet<String> =
        groups.iter().flat_map(|(_, findings)| findings.iter().map(|it| it.code.clone())).collect();
    assert!(UNSHOWN.iter().all(|code| !seen.contains(*code)), "one of {UNSHOWN:?} is shown by now");
}

/// Lines of the schemas themselves, marks below them and places are as long as they are.
fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with(|first: char| first.is_ascii_digit()) || line.contains(['━', '─', '▸', '⸬'])
}
