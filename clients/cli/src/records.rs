//! Does a record obey its schema and its contract? As a proxy asks it, for one record at a time.

use tidegate_api as api;
use tidegate_compat::contract::Rule;
use tidegate_compat::{
    Contract, EnableAt, Metadata, Parsed, Payload, RecordFacts, RuleKind, RuleMode, RuleScratch, RuleSet, Rules,
    SchemaKind, Validator,
};

/// How many flaws are told.
pub(crate) const MAX_FLAWS: usize = 20;

/// A schema and its contract, compiled.
pub(crate) struct Records {
    kind: SchemaKind,
    validator: Validator,
    rules: Rules,
}

impl Records {
    /// # Errors
    /// Why no record can be held against this schema.
    pub(crate) fn of(schema: &Parsed, contract: &Contract) -> Result<Self, String> {
        let validator = schema.validator();
        validator.is_usable()?;
        Ok(Self { kind: schema.kind(), validator, rules: Rules::compile(schema, contract) })
    }

    /// What is wrong with a record's payload; nothing if it is good. Without a frame the first message of a Protobuf file
    /// is meant.
    pub(crate) fn flaws(&self, bytes: &[u8], is_framed: bool) -> Vec<String> {
        let header: Option<&[u8]> = if self.kind == SchemaKind::Protobuf && !is_framed { Some(&[0]) } else { None };
        self.flaws_of(Payload { bytes, header })
    }

    /// The same where message indexes are known.
    pub(crate) fn flaws_of(&self, payload: Payload<'_>) -> Vec<String> {
        if self.rules.is_opaque() {
            return Vec::new();
        }
        let flaws = self.validator.flaws(payload, MAX_FLAWS);
        if !flaws.is_empty() {
            return flaws.iter().map(ToString::to_string).collect();
        }
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let facts = RecordFacts { now: i64::try_from(since.as_millis()).unwrap_or(i64::MAX), skip: &[] };
        let verdict = self.rules.run(payload, &facts, &mut RuleScratch::default());
        let failed = verdict.failed.iter().map(|failure| {
            let field = if failure.path.is_empty() { String::new() } else { format!("field {}: ", failure.path) };
            format!("{field}{} (rule {})", failure.reason, failure.rule)
        });
        let undecided =
            verdict.undecided.iter().map(|left| format!("rule {} can't be decided: {}", left.rule, left.why));
        failed.chain(undecided).collect()
    }

    /// Whether the payload is encrypted as a whole, so that nothing of it can be read here.
    pub(crate) fn is_opaque(&self) -> bool {
        self.rules.is_opaque()
    }

    /// Rules that say nothing here, and why.
    pub(crate) fn not_checkable(&self) -> Vec<String> {
        self.rules.not_checkable().iter().map(|left| format!("{}: {}", left.rule, left.why)).collect()
    }
}

/// A contract as the wire has it.
///
/// # Errors
/// A word that rules don't know.
pub(crate) fn contract(metadata: Option<api::Metadata>, rules: Option<api::RuleSet>) -> Result<Contract, String> {
    Ok(Contract { metadata: metadata.map(self::metadata), rules: rules.map(rule_set).transpose()? })
}

pub(crate) fn metadata(metadata: api::Metadata) -> Metadata {
    Metadata {
        tags: metadata.tags.unwrap_or_default(),
        properties: metadata.properties.unwrap_or_default(),
        sensitive: metadata.sensitive.unwrap_or_default(),
    }
}

fn rule_set(rules: api::RuleSet) -> Result<RuleSet, String> {
    let list =
        |rules: Option<Vec<api::Rule>>| rules.unwrap_or_default().into_iter().map(rule).collect::<Result<_, _>>();
    let set = RuleSet {
        migration: list(rules.migration_rules)?,
        domain: list(rules.domain_rules)?,
        encoding: list(rules.encoding_rules)?,
        enable_at: rules.enable_at.map(|text| word(&text, EnableAt::parse)).transpose()?,
    };
    set.validate().map_err(|invalid| invalid.to_string())?;
    Ok(set)
}

fn rule(rule: api::Rule) -> Result<Rule, String> {
    Ok(Rule {
        name: rule.name.unwrap_or_default(),
        doc: rule.doc,
        kind: rule.kind.map_or(Ok(RuleKind::Transform), |text| word(&text, RuleKind::parse))?,
        mode: rule.mode.map_or(Ok(RuleMode::WriteRead), |text| word(&text, RuleMode::parse))?,
        executor: rule.executor,
        tags: rule.tags.unwrap_or_default(),
        params: rule.params.unwrap_or_default(),
        expr: rule.expr,
        on_success: rule.on_success,
        on_failure: rule.on_failure,
        disabled: rule.disabled,
    })
}

fn word<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, String> {
    parse(text).ok_or_else(|| format!("`{text}` is not a word that rules know"))
}

/// Pairs of hex digits, blanks between them.
pub(crate) fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let is_whole = digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit);
    is_whole.then(|| digits.chunks_exact(2).map(pair).collect()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_or_refused() {
        assert_eq!(from_hex(b"00 fF\n10"), Some(vec![0, 255, 16]));
        for text in [&b"0"[..], b"0x00", b"+1", "ää".as_bytes()] {
            assert_eq!(from_hex(text), None);
        }
    }

    #[test]
    fn words_that_rules_do_not_know_are_refused() {
        let rule = |kind: &str| api::Rule {
            name: Some("n".into()),
            kind: Some(kind.into()),
            executor: Some("CEL".into()),
            expr: Some("true".into()),
            ..api::Rule::default()
        };
        let set = |kind: &str| api::RuleSet { domain_rules: Some(vec![rule(kind)]), ..api::RuleSet::default() };
        assert!(contract(None, Some(set("CONDITION"))).is_ok());
        assert!(contract(None, Some(set("GUESS"))).is_err());
    }
}
