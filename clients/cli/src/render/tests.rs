//! How does every rule look in every form? The examples of the rule pages, checked as files and kept as snapshots.

mod junit;
mod rules;
mod sarif;
mod scenes;

use std::fs;

use serde_json::Value;

use super::*;
use crate::args::Global;
use crate::baseline::Ground;
use crate::check::{Wish, check};
use crate::finding::plain;
use crate::project::Project;
use crate::report::{Accepted, Finding, Weight};

/// One example of a page: what a candidate may not do to an existing schema.
struct Example {
    code: &'static str,
    level: &'static str,
    ending: &'static str,
    candidate: String,
    existing: String,
}

/// The pages and the endings of their files.
const PAGES: [(&str, &str); 3] = [
    (include_str!("../../../../compat/rules/avro.md"), "avsc"),
    (include_str!("../../../../compat/rules/protobuf.md"), "proto"),
    (include_str!("../../../../compat/rules/json.md"), "json"),
];

/// The first example of each rule that needs no other file.
fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    for rule in crate::rules::all() {
        let section = |(page, ending): &(&'static str, &'static str)| {
            let at = page.find(&format!("\n## {} ", rule.code))?;
            let section = page.get(at + 4..)?;
            Some((section.get(..section.find("\n## ").unwrap_or(section.len()))?, *ending))
        };
        let Some((section, ending)) = PAGES.iter().find_map(section) else { continue };
        let blocks: Vec<(String, String)> = blocks(section);
        let case = blocks.windows(3).find(|window| {
            let [(first, _), (second, _), (asked, found)] = window else { return false };
            let is_pair = (first.ends_with("reader") && second.ends_with("writer"))
                || (first.ends_with("candidate") && second.ends_with("existing"));
            let is_plain =
                asked == "findings" || asked.rsplit(' ').next().is_some_and(|word| word.to_uppercase() == word);
            let is_alone = !needs_others(&window[0].1) && !needs_others(&window[1].1);
            is_alone && is_pair && is_plain && asked.starts_with("findings") && found.contains(rule.code)
        });
        let Some([(_, candidate), (_, existing), (asked, _)]) = case else { continue };
        let level = match asked.split_once(' ').map_or("BACKWARD", |(_, level)| level) {
            "FORWARD" => "FORWARD",
            "FULL" => "FULL",
            "NONE" => continue,
            _ => "BACKWARD",
        };
        let (candidate, existing) = (candidate.clone(), existing.clone());
        examples.push(Example { code: rule.code, level, ending, candidate, existing });
    }
    examples
}

fn needs_others(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("import \"") && !line.contains("google/"))
}

fn blocks(section: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut is_open = false;
    for line in section.lines() {
        match line.strip_prefix("```") {
            Some(info) if !is_open => {
                blocks.push((info.to_owned(), String::new()));
                is_open = true;
            }
            Some(_) => is_open = false,
            None if is_open => {
                if let Some((_, text)) = blocks.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
            None => {}
        }
    }
    blocks
}

/// Checks the examples as the files of one project, against the folder with those that they follow.
fn report(examples: &[Example], more: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let (new, old) = (folder.path().join("new"), folder.path().join("old"));
    let mut project = format!("version: 1\n{more}subjects:\n");
    for example in examples {
        let name = format!("{}.{}", example.code, example.ending);
        for (side, text) in [(&new, &example.candidate), (&old, &example.existing)] {
            fs::create_dir_all(side).unwrap();
            fs::write(side.join(&name), text).unwrap();
        }
        project.push_str(&format!("  - {{ match: {name}, subject: {}, compat: {} }}\n", example.code, example.level));
    }
    let project = Project::read(&new.join("tidegate.yaml"), project).unwrap();
    let grounds = [Ground::Folder(old.display().to_string())];
    let wish = Wish {
        side: crate::tree::Side::Disk,
        project: &project,
        grounds: &grounds,
        paths: &[],
        are_changes: false,
        global: &Global::default(),
        fail_on: Some(Weight::Error),
        only: &[],
    };
    let mut report = check(&wish).unwrap();
    report.summary.milliseconds = 0;
    // The folder has another name in each run.
    let name = format!("dir:{}", old.display());
    let text = serde_json::to_string(&report).unwrap().replace(&name, "dir:old");
    let mut report: Report = serde_json::from_str(&text).unwrap();
    report.tool.version = "0.0.0".to_owned();
    report
}

/// One error with a fix, one warning, one accepted, one without a place, and a ground that was away.
fn mixed() -> Report {
    let wanted = ["TG101", "TG103", "TG109", "TG110"];
    let examples: Vec<Example> = examples().into_iter().filter(|it| wanted.contains(&it.code)).collect();
    let mut report = report(&examples, "");
    if let Some(finding) = report.findings.iter_mut().find(|finding| finding.code == "TG103") {
        finding.accepted = Some(Accepted {
            reason: "agreed <with> all".into(),
            by: Some("a".into()),
            approved_by: None,
            until: "2027-01-31".into(),
        });
    }
    let finding = plain(
        &crate::rules::FILE_UNREADABLE,
        "odd & \"name\".avsc",
        None,
        "the file can't be read: it is not UTF-8",
        &[],
    );
    report.findings.push(finding);
    report.against.push(crate::report::Ground {
        name: "registry@prod".into(),
        judged: false,
        trouble: Some("the registry `prod` gave no answer".into()),
    });
    report
}

#[test]
fn the_examples_of_the_pages_are_found_as_files() {
    let examples = examples();
    assert!(examples.len() > 100, "{}", examples.len());
    let report = report(&examples, "");
    for example in &examples {
        let found = report
            .findings
            .iter()
            .any(|finding| finding.code == example.code && finding.subject.as_deref() == Some(example.code));
        let codes: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.subject.as_deref() == Some(example.code)).collect();
        assert!(found, "{}: {codes:#?}", example.code);
    }
}

#[test]
fn a_report_looks_as_it_should_at_each_width() {
    let report = mixed();
    let screens = [
        ("text_80", Terminal::plain(80)),
        ("text_120_verbose", Terminal { verbose: true, ..Terminal::plain(120) }),
        ("text_80_ascii", Terminal { ascii: true, ..Terminal::plain(80) }),
        ("text_80_quiet", Terminal { quiet: true, ..Terminal::plain(80) }),
        ("text_80_colour", Terminal { colour: true, ..Terminal::plain(80) }),
    ];
    for (name, terminal) in screens {
        insta::assert_snapshot!(name, Format::Text.render(&report, &terminal).unwrap());
    }
}

#[test]
fn a_report_looks_as_it_should_in_each_form() {
    let report = mixed();
    let forms = [Format::Json, Format::Github, Format::Gitlab, Format::Sarif, Format::Junit, Format::Markdown];
    for format in forms {
        let name = FORMATS.iter().find(|(_, known)| *known == format).unwrap().0;
        insta::assert_snapshot!(format!("form_{name}"), format.render(&report, &Terminal::plain(80)).unwrap());
    }
}

/// One error that somebody accepted and nobody approved of yet, one that is approved, and nothing else.
fn awaiting() -> Report {
    let wanted = ["TG101", "TG103"];
    let examples: Vec<Example> = examples().into_iter().filter(|it| wanted.contains(&it.code)).collect();
    let found = report(&examples, "");
    let mut accept = String::from("approvals: { acceptances: true, by: [ana@example.com, bo] }\naccept:\n");
    for finding in found.findings.iter().filter(|finding| finding.severity == Weight::Error) {
        let approved = if finding.code == "TG103" { ", approved_by: Bo" } else { "" };
        let until = crate::project::accept::today() + chrono::Duration::days(9);
        accept.push_str(&format!(
            "  - {{ id: {}, reason: \"see <CR-1>\", by: cy, until: {until}{approved} }}\n",
            finding.fingerprint
        ));
    }
    let report = report(&examples, &accept);
    // The day is another one in each run.
    let until = (crate::project::accept::today() + chrono::Duration::days(9)).to_string();
    let text = serde_json::to_string(&report).unwrap().replace(&until, "2027-01-31");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn what_waits_for_approval_is_told_in_each_form() {
    let report = awaiting();
    assert_eq!((report.summary.exit_code, report.summary.waiting, report.summary.accepted), (5, 1, 1));
    for (name, format) in FORMATS {
        insta::assert_snapshot!(format!("waiting_{name}"), format.render(&report, &Terminal::plain(80)).unwrap());
    }
}

#[test]
fn the_document_reads_back_as_it_was() {
    let report = mixed();
    for report in [report, awaiting()] {
        let text = Format::Json.render(&report, &Terminal::plain(80)).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }
}

#[test]
fn github_gets_no_more_than_it_keeps_and_is_told_of_the_rest() {
    let mut report = mixed();
    let first = report.findings[0].clone();
    report.findings.extend(std::iter::repeat_n(first, 30));
    let text = Format::Github.render(&report, &Terminal::plain(80)).unwrap();
    let errors = text.lines().filter(|line| line.starts_with("::error file")).count();
    assert_eq!(errors, 9, "{text}");
    assert!(text.contains("more of this kind are in the job summary"), "{text}");
    assert!(job_summary(&report).len() <= github::SUMMARY_LIMIT);
}

#[test]
fn what_comes_from_outside_can_do_no_harm_in_any_form() {
    let mut report = mixed();
    let evil = "</failure>\u{1b}[2J|`@someone`\n::error::x\u{0}";
    for finding in &mut report.findings {
        finding.message = evil.to_owned();
        finding.file = evil.to_owned();
        finding.subject = Some(evil.to_owned());
    }
    let of = |format: Format| format.render(&report, &Terminal::plain(80)).unwrap();
    assert!(!of(Format::Text).contains('\u{1b}'));
    assert!(of(Format::Github).lines().all(|line| line.starts_with("::")), "{}", of(Format::Github));
    assert!(!of(Format::Github).contains("\n::error::x"));
    let junit = of(Format::Junit);
    assert!(!junit.contains('\u{0}') && !junit.contains("=\"</failure>"), "{junit}");
    // Between backticks nobody is called.
    let markdown = of(Format::Markdown);
    assert!(
        markdown.contains("&#64;someone") && !markdown.contains("`@") && !markdown.contains('\u{1b}'),
        "{markdown}"
    );
}
