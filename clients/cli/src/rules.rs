//! Which rules are there? Those of `tidegate-compat`, and those about files, references and acceptances, which are ours.

use tidegate_compat::{Basis, Severity};

use crate::report::Weight;

/// A rule, wherever it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) code: &'static str,
    pub(crate) slug: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) weight: Weight,
    /// Confluent's `errorType`.
    pub(crate) confluent: Option<&'static str>,
    /// How it relates to what happens to data; nothing for rules that are not about data.
    pub(crate) basis: Option<Basis>,
}

macro_rules! own {
    ($($name:ident = $code:literal $slug:literal $weight:ident $purpose:literal),+ $(,)?) => {
        $(pub(crate) static $name: Rule = Rule {
            code: $code, slug: $slug, purpose: $purpose, weight: Weight::$weight, confluent: None, basis: None,
        };)+
        static OWN: &[&Rule] = &[$(&$name),+];
    };
}

own! {
    SCHEMA_UNREADABLE = "TG001" "schema-unreadable" Error "A file that is mapped to a subject holds a schema.",
    FILE_UNREADABLE = "TG002" "file-unreadable" Error "A file that is mapped to a subject, or a project file below this one, can be read, and is UTF-8.",
    SNAPSHOT_OLD = "TG014" "snapshot-old" Warning "A snapshot tells what the registry held when it was taken, not what it holds.",
    ACCEPTANCE_EXPIRED = "TG015" "acceptance-expired" Error "What was accepted for a time is looked at again when that time is over.",
    ACCEPTANCE_UNUSED = "TG016" "acceptance-unused" Info "An acceptance of something that is found no more can go.",
    REFERENCE_CYCLE = "TG411" "reference-cycle" Error "Schemas can only be registered one after the other, so references must not go round.",
    REFERENCE_MISSING = "TG412" "reference-missing" Error "What a schema refers to is in the repository or in the registry.",
    NAME_CLAIMED_TWICE = "TG413" "name-claimed-twice" Error "A name that others refer to is defined in one file only.",
    SUBJECT_CLAIMED_TWICE = "TG414" "subject-claimed-twice" Error "A subject has one file.",
    SUBJECT_REMOVED = "TG415" "subject-removed" Warning "A file that is gone leaves its subject behind in the registry.",
    FIXTURE_WRONG = "TG501" "fixture-wrong" Error "An example of a record that is named ok obeys its schema and its contract.",
    FIXTURE_TAKEN = "TG502" "fixture-taken" Error "An example of a record that is named bad is refused by its schema or its contract.",
    CONTRACT_UNREADABLE = "TG503" "contract-unreadable" Error "The contract beside a schema can be read, and its rules make sense for the schema.",
    RULE_DOUBTFUL = "TG504" "rule-doubtful" Warning "A rule of a contract means something for the schema that it is for: its fields are there, its expression has types that fit, and it gives true or false.",
    RULE_UNCHECKED = "TG505" "rule-unchecked" Warning "A rule of a contract is held against records by somebody: the gateway knows its executor, and what it reads is not encrypted or changed by another rule.",
    FIELD_CASE = "TG601" "field-snake-case" Warning "Fields of Avro and Protobuf are named in snake_case, as both languages advise.",
    TYPE_CASE = "TG602" "type-pascal-case" Warning "Records, messages and enums are named in PascalCase, as both languages advise.",
    SYMBOL_CASE = "TG603" "symbol-upper-case" Warning "Symbols of enums are named in UPPER_CASE.",
    OPTIONAL_WITHOUT_DEFAULT = "TG604" "optional-without-default" Warning "An Avro field that may be null has null as its default, so that it can be left out and added later.",
    DOC_MISSING = "TG605" "doc-required" Warning "Types and fields say what they are for.",
    IGNORE_WITHOUT_EFFECT = "TG606" "ignore-without-effect" Warning "What a schema asks to be left alone by is a rule of style, and it says why.",
    OWNER_MISSING = "TG701" "owner-missing" Error "Somebody answers for each subject.",
    DESCRIPTION_MISSING = "TG702" "description-missing" Error "Each subject says what it is for.",
    PERSONAL_IN_CLEAR = "TG703" "personal-in-clear" Error "A field that is tagged as personal is encrypted by a rule of the contract.",
    REGISTRY_REFUSES = "TG801" "registry-refuses" Error "What passes a check is not refused when it is registered: the registry is asked too, and knows modes, levels and rules that files don't tell.",
    VERDICTS_DIFFER = "TG802" "verdicts-differ" Warning "The registry comes to the same verdict as the check does under the same level.",
    CONTRACT_WENT_BACK = "TG803" "contract-went-back" Error "A contract that is registered becomes the latest: one that is, with its schema, what an older version was changes nothing.",
    DECLARED_FIELD_GONE = "TG811" "declared-field-gone" Warning "A field that an application says it reads does not go before that application can do without it.",
    REGISTRY_MOVED = "TG903" "registry-moved" Error "A plan is done to the registry that it was made for: where a subject has other versions or another level by now, nothing of it is done, and it has to be made again.",
    DELETED_IN_USE = "TG904" "deleted-in-use" Error "A subject that somebody writes or reads is not deleted, unless the plan says that it is to be deleted even in use.",
}

/// Rules whose weight a project says, and whether they are among those that are recommended.
pub(crate) static LINT: [(&Rule, bool); 5] = [
    (&FIELD_CASE, true),
    (&TYPE_CASE, true),
    (&SYMBOL_CASE, true),
    (&OPTIONAL_WITHOUT_DEFAULT, true),
    (&DOC_MISSING, false),
];

/// Every rule, in the order of the codes.
pub(crate) fn all() -> Vec<Rule> {
    let shared = tidegate_compat::format::rules().into_iter().map(of_compat);
    let mut all: Vec<Rule> = shared.chain(OWN.iter().map(|rule| **rule)).collect();
    all.sort_by_key(|rule| rule.code);
    all
}

/// The rule of a code in any case, or of a slug.
pub(crate) fn find(name: &str) -> Option<Rule> {
    all().into_iter().find(|rule| rule.code.eq_ignore_ascii_case(name) || rule.slug == name)
}

pub(crate) fn of_compat(rule: &tidegate_compat::violation::Rule) -> Rule {
    Rule {
        code: rule.code,
        slug: rule.slug,
        purpose: rule.purpose,
        weight: weight(rule.severity),
        confluent: rule.confluent,
        basis: Some(rule.basis),
    }
}

fn weight(severity: Severity) -> Weight {
    match severity {
        Severity::Info => Weight::Info,
        Severity::Warning => Weight::Warning,
        Severity::Error => Weight::Error,
    }
}

/// What the pages of the rules say about one: its section, in Markdown.
pub(crate) fn page(rule: &Rule) -> Option<&'static str> {
    const PAGES: [&str; 4] = [
        include_str!("../../../compat/rules/avro.md"),
        include_str!("../../../compat/rules/protobuf.md"),
        include_str!("../../../compat/rules/json.md"),
        include_str!("../../../compat/rules/contract.md"),
    ];
    let heading = format!("\n## {} ", rule.code);
    let (page, at) = PAGES.iter().find_map(|page| Some((*page, page.find(&heading)?)))?;
    let section = page.get(at + 1..)?;
    let body = section.get(section.find('\n')? + 1..)?;
    let end = body.find("\n## ").unwrap_or(body.len());
    body.get(..end).map(str::trim)
}

/// Where the page of a rule is.
pub(crate) fn url(code: &str) -> String {
    let page = match code.as_bytes().get(2) {
        Some(b'1') => "avro",
        Some(b'2') => "protobuf",
        Some(b'3') => "json",
        Some(b'4') if matches!(code, "TG401" | "TG402") => "contract",
        _ => return "https://github.com/tidegate/tidegate/blob/main/docs/cli.md#rules".to_owned(),
    };
    format!("https://github.com/tidegate/tidegate/blob/main/compat/rules/{page}.md")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rules_have_the_same_code() {
        let all = all();
        assert!(all.windows(2).all(|pair| pair[0].code < pair[1].code), "{all:?}");
        assert!(all.len() > 100);
    }

    #[test]
    fn rules_are_found_by_code_and_slug_and_have_their_page() {
        let rule = find("tg101").unwrap();
        assert_eq!(find("avro-field-without-default"), Some(rule));
        let page = page(&rule).unwrap();
        assert!(page.starts_with("> A reader fills") && page.contains("**Fix:**"), "{page}");
        assert!(find("TG999").is_none());
    }

    #[test]
    fn every_code_that_is_told_is_a_rule_and_every_rule_of_ours_is_in_the_docs() {
        let docs = include_str!("../../../docs/cli.md");
        for text in [docs, include_str!("commands/apply/expected.rs"), include_str!("finding.rs")] {
            let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
            let is_code = |word: &&str| {
                word.len() == 5
                    && word.strip_prefix("TG").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
            };
            let unknown: Vec<_> = words.filter(is_code).filter(|word| find(word).is_none()).collect();
            assert!(unknown.is_empty(), "{unknown:?}");
        }
        let untold: Vec<_> = OWN.iter().filter(|rule| !docs.contains(rule.code)).map(|rule| rule.code).collect();
        assert!(untold.is_empty(), "{untold:?}");
        assert!(find("TG903").is_some() && find("deleted-in-use").is_some());
    }

    #[test]
    fn every_rule_of_a_format_has_a_page() {
        let shared = all().into_iter().filter(|rule| rule.basis.is_some() && rule.code != "TG100");
        let without: Vec<_> = shared.filter(|rule| page(rule).is_none()).map(|rule| rule.code).collect();
        assert!(without.is_empty(), "{without:?}");
    }
}
