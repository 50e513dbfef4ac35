//! Is the documentation of the rules true? Every pair of schemas in `rules/*.md` is checked and must give the findings
//! that stand below it; every rule must be there, with its purpose, and be seen at work.
//!
//! A case is three fenced blocks in a row: `json reader` and `json writer` (or `json candidate` and `json existing`), and
//! `findings`, with a level where a level is asked. A finding is a line: code, place in the reader's schema, bare fact.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tidegate_compat::format::rules;
use tidegate_compat::{CompatibilityLevel, Parsed, Predecessor, SchemaKind, Strictness, Violation, check, parse};

/// Rules that no two schemas short enough to be read can show.
const UNSHOWN: [&str; 2] = ["TG100", "TG112"];

struct Block {
    line: usize,
    info: String,
    text: String,
}

/// The fenced blocks of a page that say what they are for.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(info) if !open => {
                blocks.push(Block { line: number + 1, info: info.to_owned(), text: String::new() });
                open = true;
            }
            Some(_) => open = false,
            None => {
                if let Some(block) = blocks.last_mut().filter(|_| open) {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
            }
        }
    }
    blocks
}

fn schema(block: &Block) -> Parsed {
    parse(SchemaKind::Avro, &block.text, &[], Strictness::Strict)
        .unwrap_or_else(|malformed| panic!("line {}: {malformed}", block.line))
}

fn findings(first: &Block, second: &Block, asked: &Block) -> Vec<Violation> {
    let (mine, other) = (schema(first), schema(second));
    let level = asked.info.strip_prefix("findings").map(str::trim).unwrap_or_default();
    match (first.info.as_str(), second.info.as_str(), level) {
        ("json reader", "json writer", "") => mine.reads(&other),
        ("json candidate", "json existing", level) => {
            let level = CompatibilityLevel::parse(level).expect("a level");
            let verdict = check(&mine, &[Predecessor { version: None, schema: other }], level);
            verdict.findings.into_iter().map(|finding| finding.violation).collect()
        }
        (one, other, _) => panic!("line {}: {one} and {other} are no case", first.line),
    }
}

fn pages() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let files = fs::read_dir(folder).expect("rules").map(|file| file.expect("a file").path());
    files.map(|file| (file.clone(), fs::read_to_string(&file).expect("a page"))).collect()
}

#[test]
fn every_case_gives_the_findings_that_stand_below_it() {
    let mut cases = 0;
    let mut seen = BTreeSet::new();
    for (file, page) in pages() {
        let all = blocks(&page);
        assert_eq!(all.len() % 3, 0, "{} has a case of other than three blocks", file.display());
        for case in all.chunks_exact(3) {
            let [first, second, asked] = case else { unreachable!("chunks of three") };
            let found = findings(first, second, asked);
            let told = found
                .iter()
                .map(|violation| format!("{} {}: {}\n", violation.rule.code, violation.reader.path, violation.fact));
            assert_eq!(told.collect::<String>(), asked.text, "{}:{}", file.display(), first.line);
            for violation in &found {
                assert!(violation.reader.span.is_some() && violation.writer.span.is_some(), "{violation:?}");
                assert!(!violation.message.is_empty());
            }
            seen.extend(found.iter().map(|violation| violation.rule.code));
            cases += 1;
        }
    }
    assert!(cases > 25, "{cases}");
    let missing: Vec<_> = rules().into_iter().map(|rule| rule.code).filter(|code| !seen.contains(code)).collect();
    assert_eq!(missing, UNSHOWN);
}

#[test]
fn every_rule_has_its_section_and_says_what_it_is_for() {
    let text: String = pages().into_iter().map(|(_, page)| page).collect();
    for rule in rules().into_iter().filter(|rule| rule.code != "TG100") {
        let section = format!("\n## {} {}\n\n> {}\n", rule.code, rule.slug, rule.purpose);
        assert!(text.contains(&section), "{section}");
    }
}
