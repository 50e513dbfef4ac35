//! Is the documentation of the rules true? Every pair of schemas in `rules/*.md` is checked and must give the findings
//! that stand below it; every rule must be there, with its purpose, and be seen at work, so that no case would pass
//! without it.
//!
//! A case is three fenced blocks in a row: `json reader` and `json writer` (or `json candidate` and `json existing`),
//! and `findings`, with a level where a level is asked, and `lenient` where that policy is. On Protobuf's page the
//! language is `proto`. Blocks before a case that say `import` and a name are schemas that it refers to;
//! `import reader` and the like are for one side only. A finding is a line: code, place in the reader's schema, bare
//! fact. On the page of the contract, `reserved=a,b` behind candidate or existing are the names that its metadata
//! reserves.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tidegate_compat::format::rules;
use tidegate_compat::reserved::PROPERTY;
use tidegate_compat::{
    CompatibilityLevel, Metadata, Parsed, Policy, Predecessor, Resolved, SchemaKind, Strictness, Violation, check,
    parse, reserved,
};

/// Rules that no two schemas short enough to be read can show.
const UNSHOWN: [&str; 3] = ["TG100", "TG112", "TG220"];

/// What the word of a block begins with that lists reserved names.
const RESERVED: &str = "reserved=";

/// The pages, with what is compared on each and how its blocks call it.
const PAGES: [(&str, SchemaKind, &str); 4] = [
    ("avro.md", SchemaKind::Avro, "json"),
    ("protobuf.md", SchemaKind::Protobuf, "proto"),
    ("json.md", SchemaKind::Json, "json"),
    ("contract.md", SchemaKind::Avro, "json"),
];

struct Page {
    name: &'static str,
    kind: SchemaKind,
    language: &'static str,
    text: String,
}

struct Block {
    line: usize,
    info: String,
    text: String,
}

/// Two schemas with what they refer to, and the findings that they must give.
struct Case<'p> {
    page: &'p Page,
    imports: Vec<Block>,
    first: Block,
    second: Block,
    asked: Block,
}

fn pages() -> Vec<Page> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let read = |(name, kind, language)| {
        let text = fs::read_to_string(folder.join(name)).ok()?;
        Some(Page { name, kind, language, text })
    };
    PAGES.into_iter().filter_map(read).collect()
}

impl Page {
    /// The fenced blocks that say what they are for.
    fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut open = false;
        for (number, line) in self.text.lines().enumerate() {
            match line.strip_prefix("```") {
                Some(info) if !open => {
                    blocks.push(Block { line: number + 1, info: info.trim().to_owned(), text: String::new() });
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

    fn cases(&self) -> Vec<Case<'_>> {
        let mut cases = Vec::new();
        let mut blocks = self.blocks().into_iter();
        let mut imports = Vec::new();
        while let Some(block) = blocks.next() {
            if block.words(self).first() == Some(&"import") {
                imports.push(block);
                continue;
            }
            let line = block.line;
            let mut rest = || blocks.next().unwrap_or_else(|| panic!("{}:{line}: half a case", self.name));
            let (second, asked) = (rest(), rest());
            cases.push(Case { page: self, imports: std::mem::take(&mut imports), first: block, second, asked });
        }
        assert!(imports.is_empty(), "{} ends with imports that no case uses", self.name);
        cases
    }
}

impl Block {
    /// What the block is for, in the words after its language.
    fn words(&self, page: &Page) -> Vec<&str> {
        let info = self.info.strip_prefix(page.language).filter(|rest| rest.starts_with(' ')).unwrap_or(&self.info);
        info.split_whitespace().filter(|word| !word.starts_with(RESERVED)).collect()
    }

    /// The metadata that its words speak of.
    fn metadata(&self) -> Option<Metadata> {
        let names = self.info.split_whitespace().find_map(|word| word.strip_prefix(RESERVED))?;
        let properties = [(PROPERTY.to_owned(), names.to_owned())].into_iter().collect();
        Some(Metadata { properties, ..Metadata::default() })
    }
}

impl Case<'_> {
    fn place(&self) -> String {
        format!("{}:{}", self.page.name, self.first.line)
    }

    /// The schema of one side, `side` being the word that its block and its imports say.
    fn schema(&self, block: &Block, side: &str) -> Parsed {
        let import = |import: &Block| {
            let name = match import.words(self.page).as_slice() {
                ["import", name] => *name,
                ["import", whose, name] if *whose == side => *name,
                ["import", _, _] => return None,
                words => panic!("{}: {words:?} is no import", self.place()),
            };
            Some(Resolved { name: name.to_owned(), kind: self.page.kind, text: import.text.as_str().into() })
        };
        let imports: Vec<_> = self.imports.iter().filter_map(import).collect();
        parse(self.page.kind, &block.text, &imports, Strictness::Strict)
            .unwrap_or_else(|malformed| panic!("{}: line {}: {malformed}", self.place(), block.line))
    }

    fn findings(&self) -> Vec<Violation> {
        let (first, second) = (self.first.words(self.page), self.second.words(self.page));
        let mut asked = self.asked.words(self.page);
        assert_eq!(asked.first(), Some(&"findings"), "{} is no case", self.place());
        let policy = match asked.iter().position(|word| *word == "lenient") {
            Some(position) => {
                asked.remove(position);
                Policy::Lenient
            }
            None => Policy::Strict,
        };
        match (first.as_slice(), second.as_slice(), asked.as_slice()) {
            ([mine @ "reader"], [other @ "writer"], ["findings"]) => {
                self.schema(&self.first, mine).reads(&self.schema(&self.second, other), policy)
            }
            ([mine @ "candidate"], [other @ "existing"], ["findings", level]) => {
                let level = CompatibilityLevel::parse(level).expect("a level");
                let history = [Predecessor { version: None, schema: self.schema(&self.second, other) }];
                let candidate = self.schema(&self.first, mine);
                let names = reserved(&candidate, self.first.metadata().as_ref(), self.second.metadata().as_ref());
                let verdict = check(&candidate, &history, level, policy);
                names.into_iter().chain(verdict.findings.into_iter().map(|finding| finding.violation)).collect()
            }
            (one, other, asked) => panic!("{}: {one:?}, {other:?} and {asked:?} are no case", self.place()),
        }
    }
}

/// What a page would say of these findings, without those of the rule that is `off`.
fn told(found: &[Violation], off: &str) -> String {
    let on = found.iter().filter(|violation| violation.rule.code != off);
    on.map(|violation| format!("{} {}: {}\n", violation.rule.code, violation.reader.path, violation.fact)).collect()
}

#[test]
fn every_case_gives_the_findings_that_stand_below_it() {
    let mut count = 0;
    let mut seen = BTreeSet::new();
    let pages = pages();
    for case in pages.iter().flat_map(Page::cases) {
        let found = case.findings();
        assert_eq!(told(&found, ""), case.asked.text, "{}", case.place());
        for violation in &found {
            // What is found in an imported schema has no place in the text that imports it.
            let spans = violation.reader.span.is_some() && violation.writer.span.is_some();
            let is_of_names = violation.rule.code.starts_with("TG4");
            assert!(spans || is_of_names || !case.imports.is_empty(), "{}: {violation:?}", case.place());
            assert!(!violation.message.is_empty());
        }
        seen.extend(found.iter().map(|violation| violation.rule.code));
        count += 1;
    }
    assert!(count > 25, "{count}");
    let missing: Vec<_> = rules().into_iter().map(|rule| rule.code).filter(|code| !seen.contains(code)).collect();
    assert_eq!(missing, UNSHOWN);
}

#[test]
fn every_rule_has_its_section_and_says_what_it_is_for() {
    let text: String = pages().into_iter().map(|page| page.text).collect();
    for rule in rules().into_iter().filter(|rule| rule.code != "TG100") {
        let section = format!("\n## {} {}\n\n> {}\n", rule.code, rule.slug, rule.purpose);
        assert!(text.contains(&section), "{section}");
    }
}

#[test]
fn no_rule_can_be_switched_off_unnoticed() {
    let pages = pages();
    let cases: Vec<_> = pages.iter().flat_map(Page::cases).map(|case| (case.findings(), case.asked.text)).collect();
    let unnoticed = |code: &&str| cases.iter().all(|(found, asked)| told(found, code) == *asked);
    let idle: Vec<_> = rules().into_iter().map(|rule| rule.code).filter(unnoticed).collect();
    assert_eq!(idle, UNSHOWN);
}
