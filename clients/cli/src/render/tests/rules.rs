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

#[test]
fn every_rule_looks_as_it_should_at_each_width() {
    let groups = [
        ("avro", of_pages("TG1", "avsc")),
        ("protobuf", of_pages("TG2", "proto")),
        ("json", of_pages("TG3", "json")),
        ("others", scenes::findings()),
    ];
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
