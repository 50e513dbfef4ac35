//! Is every field that is tagged as personal encrypted by a rule? Where `governance.pii` of the project file asks for that.

use regex::Regex;
use tidegate_compat::contract::Rule;
use tidegate_compat::{Contract, Element, Parsed, RuleKind, RuleMode, RuleSet};

use crate::finding::plain;
use crate::frame::{Frame, Role};
use crate::local::Document;
use crate::project::Project;
use crate::report::Finding;
use crate::rules;

/// Executors that encrypt the fields with their tags, and the whole record.
const FIELDS: &str = "ENCRYPT";
const RECORD: &str = "ENCRYPT_PAYLOAD";

/// Fields that no rule encrypts, neither of the contract beside the schema nor, where there is none, of the latest version of
/// the registry, whose rules a registration without any inherits.
pub(crate) fn unencrypted(
    project: &Project,
    document: &Document,
    schema: &Parsed,
    inherited: Option<&Contract>,
) -> Vec<Finding> {
    let Some(personal) = project.asked.personal() else { return Vec::new() };
    let own = match document.contract(project) {
        Ok(own) => own,
        // It may name personal fields, so that passing would be a guess.
        Err(trouble) => {
            let message = format!("whether personal fields are encrypted can't be told: {}", trouble.message);
            let about = [trouble.message.as_str()];
            let (path, subject) = (&document.path, Some(document.subject.as_str()));
            return vec![plain(&rules::PERSONAL_IN_CLEAR, path, subject, message, &about)];
        }
    };
    let inherits = |contract: &&Contract| contract.rules.is_some();
    let rules_of = Some(&own).filter(inherits).or(inherited.filter(inherits)).and_then(|it| it.rules.as_ref());
    let metadata = own.metadata.as_ref().or(inherited.and_then(|contract| contract.metadata.as_ref()));
    let mut patterns: Vec<(Regex, &str)> = Vec::new();
    for (path, tags) in metadata.into_iter().flat_map(|metadata| &metadata.tags) {
        let own = tags.iter().filter(|tag| is_personal(personal, tag));
        patterns.extend(own.filter_map(|tag| Some((pattern(path)?, tag.as_str()))));
    }
    let outline = schema.outline();
    let mut findings: Vec<Finding> = Vec::new();
    for field in outline.fields() {
        let embedded = field.tags.iter().map(String::as_str).filter(|tag| is_personal(personal, tag));
        let told = patterns.iter().filter(|(pattern, _)| pattern.is_match(&field.entity)).map(|(_, tag)| *tag);
        let tags: Vec<&str> = embedded.chain(told).collect();
        let Some(first) = tags.first() else { continue };
        // One rule is enough, for whichever of the tags.
        if !rules_of.is_some_and(|rules| tags.iter().any(|tag| encrypts(rules, tag))) {
            findings.push(finding(document, field, first));
        }
    }
    findings
}

fn is_personal(personal: &[String], tag: &str) -> bool {
    personal.iter().any(|known| known.eq_ignore_ascii_case(tag))
}

fn encrypts(rules: &RuleSet, tag: &str) -> bool {
    // Who only reads encrypts nothing.
    let is_writing = |rule: &&Rule| {
        !rule.disabled && rule.kind == RuleKind::Transform && matches!(rule.mode, RuleMode::Write | RuleMode::WriteRead)
    };
    rules.domain.iter().chain(&rules.encoding).filter(is_writing).any(|rule| {
        let executor = rule.executor.as_deref().unwrap_or_default();
        executor.eq_ignore_ascii_case(RECORD) || (executor.eq_ignore_ascii_case(FIELDS) && rule.tags.contains(tag))
    })
}

/// A path of metadata, in which `*` stands for a name and `**` for several.
fn pattern(path: &str) -> Option<Regex> {
    let escaped = regex::escape(path).replace("\\*\\*", ".*").replace("\\*", "[^.]*");
    Regex::new(&format!("^{escaped}$")).ok()
}

fn finding(document: &Document, field: &Element, tag: &str) -> Finding {
    let (path, text) = (&document.path, &document.text);
    let frame =
        field.place.span.map(|span| Frame::of_span(Role::Here, path, text, span, Some(format!("tagged {tag}"))));
    let message = format!("the field `{}` is tagged {tag}, and no rule encrypts it", field.name);
    let about = [field.entity.as_str(), tag];
    let mut finding = plain(&rules::PERSONAL_IN_CLEAR, path, Some(&document.subject), message, &about).at(frame);
    finding.path.clone_from(&field.place.path);
    finding
        .help(format!("give the contract beside the schema an ENCRYPT rule with the tag {tag}, or take the tag away"))
}
