//! What does a team promise about its data beyond the schema: metadata and rules, and how do they merge?

use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Metadata and rules of one schema version. `None` means "not given", which at registration inherits; an empty value
/// means "none".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contract {
    /// Tags and properties.
    pub metadata: Option<Metadata>,
    /// What runs on the data.
    pub rules: Option<RuleSet>,
}

/// Tags by path pattern, free properties, and the names of properties that are secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    /// Tags by path pattern.
    pub tags: BTreeMap<String, BTreeSet<String>>,
    /// Free keys and values.
    pub properties: BTreeMap<String, String>,
    /// The properties that are secrets.
    pub sensitive: BTreeSet<String>,
}

/// The rules of a contract, in the three lists in which Confluent keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleSet {
    /// Between versions.
    pub migration: Vec<Rule>,
    /// On values.
    pub domain: Vec<Rule>,
    /// On bytes.
    pub encoding: Vec<Rule>,
    /// Where they run.
    pub enable_at: Option<EnableAt>,
}

/// One rule: what runs (`executor` and `expr`), when (`mode`), on what (`tags`), and what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Unique in its rule set.
    pub name: String,
    /// For people.
    pub doc: Option<String>,
    /// Whether it changes or judges.
    pub kind: RuleKind,
    /// When it runs.
    pub mode: RuleMode,
    /// `type` on the wire: `CEL`, `CEL_FIELD`, `JSONATA`, `ENCRYPT` …
    pub executor: Option<String>,
    /// The tags of the fields that it is about.
    pub tags: BTreeSet<String>,
    /// Settings of the executor.
    pub params: BTreeMap<String, String>,
    /// What the executor runs.
    pub expr: Option<String>,
    /// The action that follows a success.
    pub on_success: Option<String>,
    /// The action that follows a failure.
    pub on_failure: Option<String>,
    /// Kept, and not run.
    pub disabled: bool,
}

macro_rules! wire_words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $(#[doc = concat!("`", $text, "` on the wire.")] $variant),+ }

        impl $name {
            /// The word on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads the word on the wire.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

wire_words!(
    /// Whether a rule changes the message or only judges it.
    RuleKind { Transform = "TRANSFORM", Condition = "CONDITION" }
);
wire_words!(
    /// When a rule runs.
    RuleMode {
        Upgrade = "UPGRADE",
        Downgrade = "DOWNGRADE",
        UpDown = "UPDOWN",
        Write = "WRITE",
        Read = "READ",
        WriteRead = "WRITEREAD",
    }
);
wire_words!(
    /// Where a rule set runs. Absent means everywhere.
    EnableAt { All = "ALL", Client = "CLIENT", Gateway = "GATEWAY", Server = "SERVER", None = "NONE" }
);

/// Why a rule set can't be saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule '{rule}': {reason}")]
pub struct InvalidRules {
    /// The name of the rule to blame.
    pub rule: String,
    /// Why.
    pub reason: String,
}

impl Contract {
    /// About how many bytes it takes in memory.
    pub fn size(&self) -> usize {
        self.metadata.as_ref().map_or(0, Metadata::size) + self.rules.as_ref().map_or(0, RuleSet::size)
    }
}

/// How many rules a set may have. Each is compiled and checked before it is saved.
const MAX_RULES: usize = 1_000;

/// What a text costs in a map or a set beside its own bytes.
const ENTRY: usize = 48;

impl Metadata {
    /// About how many bytes it takes in memory.
    pub fn size(&self) -> usize {
        let tags = self.tags.iter().flat_map(|(path, tags)| std::iter::once(path).chain(tags));
        let properties = self.properties.iter().flat_map(|(key, value)| [key, value]);
        tags.chain(properties).chain(&self.sensitive).map(|text| text.len() + ENTRY).sum()
    }

    /// `self` overridden by `later`: maps by key, secrets by union.
    pub fn merged(&self, later: &Self) -> Self {
        let mut merged = self.clone();
        merged.tags.extend(later.tags.clone());
        merged.properties.extend(later.properties.clone());
        merged.sensitive.extend(later.sensitive.iter().cloned());
        merged
    }
}

impl RuleSet {
    /// About how many bytes it takes in memory.
    pub fn size(&self) -> usize {
        self.migration.iter().chain(&self.domain).chain(&self.encoding).map(Rule::size).sum()
    }

    /// `self` overridden by `later`: a later rule replaces its namesake and moves to the end; the rest stay in order.
    pub fn merged(&self, later: &Self) -> Self {
        Self {
            migration: merge_rules(&self.migration, &later.migration),
            domain: merge_rules(&self.domain, &later.domain),
            encoding: merge_rules(&self.encoding, &later.encoding),
            enable_at: later.enable_at.or(self.enable_at),
        }
    }

    /// Names, uniqueness, the modes that each list allows, and how many there are. Expressions are not looked at.
    pub fn validate(&self) -> Result<(), InvalidRules> {
        use RuleMode::{Downgrade, Read, UpDown, Upgrade, Write, WriteRead};
        let mut all = self.migration.iter().chain(&self.domain).chain(&self.encoding);
        if let Some(rule) = all.nth(MAX_RULES) {
            let reason = format!("a rule set has at most {MAX_RULES} rules");
            return Err(InvalidRules { rule: rule.name.clone(), reason });
        }
        let mut names = HashSet::new();
        let lists: [(&[Rule], &str, [RuleMode; 3]); 3] = [
            (&self.migration, "migration", [Upgrade, Downgrade, UpDown]),
            (&self.domain, "domain", [Write, Read, WriteRead]),
            (&self.encoding, "encoding", [Write, Read, WriteRead]),
        ];
        for (rules, list, modes) in lists {
            for rule in rules {
                let invalid = |reason: String| InvalidRules { rule: rule.name.clone(), reason };
                rule.validate()?;
                if !names.insert(&rule.name) {
                    return Err(invalid("the name is used twice in this rule set".into()));
                }
                if !modes.contains(&rule.mode) {
                    return Err(invalid(format!("mode {} does not fit a {list} rule", rule.mode.as_str())));
                }
            }
        }
        Ok(())
    }
}

impl Rule {
    fn size(&self) -> usize {
        let Self { name, doc, executor, tags, params, expr, on_success, on_failure, .. } = self;
        let optional = [doc, executor, expr, on_success, on_failure].into_iter().flatten();
        let listed = tags.iter().chain(params.iter().flat_map(|(key, value)| [key, value]));
        std::iter::once(name).chain(optional).chain(listed).map(|text| text.len() + ENTRY).sum::<usize>() + ENTRY
    }

    fn validate(&self) -> Result<(), InvalidRules> {
        let invalid = |reason: &str| Err(InvalidRules { rule: self.name.clone(), reason: reason.into() });
        let mut letters = self.name.chars();
        let starts_well = letters.next().is_some_and(|first| first.is_alphabetic() || first == '_');
        if !starts_well || !letters.all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-') {
            return invalid("a name starts with a letter or '_' and goes on with letters, digits, '_' or '-'");
        }
        if self.name.chars().count() > 256 {
            return invalid("a name has at most 256 characters");
        }
        if self.executor.as_deref().unwrap_or_default().is_empty() {
            return invalid("'type' is missing");
        }
        let pairs = [&self.on_success, &self.on_failure].into_iter().flatten().any(|action| action.contains(','));
        if pairs && !matches!(self.mode, RuleMode::WriteRead | RuleMode::UpDown) {
            return invalid("a pair of actions needs mode WRITEREAD or UPDOWN");
        }
        Ok(())
    }
}

fn merge_rules(earlier: &[Rule], later: &[Rule]) -> Vec<Rule> {
    let kept = earlier.iter().filter(|rule| later.iter().all(|newer| newer.name != rule.name));
    kept.chain(later).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, mode: RuleMode) -> Rule {
        Rule {
            name: name.into(),
            doc: None,
            kind: RuleKind::Condition,
            mode,
            executor: Some("CEL".into()),
            tags: BTreeSet::new(),
            params: BTreeMap::new(),
            expr: Some("true".into()),
            on_success: None,
            on_failure: None,
            disabled: false,
        }
    }

    fn domain(rules: Vec<Rule>) -> RuleSet {
        RuleSet { domain: rules, ..RuleSet::default() }
    }

    #[test]
    fn what_holds_more_is_larger() {
        let metadata = Metadata { properties: [("a".to_owned(), "x".repeat(1000))].into(), ..Metadata::default() };
        let contract = Contract { metadata: Some(metadata), rules: Some(domain(vec![rule("a", RuleMode::Write)])) };
        assert!((1000..2000).contains(&contract.size()), "{}", contract.size());
        assert_eq!(Contract::default().size(), 0);
    }

    #[test]
    fn names_must_be_unique_and_well_formed() {
        assert!(domain(vec![rule("check_1-a", RuleMode::Write)]).validate().is_ok());
        assert!(domain(vec![rule("1st", RuleMode::Write)]).validate().is_err());
        assert!(domain(vec![rule("", RuleMode::Write)]).validate().is_err());
        assert!(domain(vec![rule(&"x".repeat(257), RuleMode::Write)]).validate().is_err());
        let twice = RuleSet { encoding: vec![rule("a", RuleMode::Read)], ..domain(vec![rule("a", RuleMode::Write)]) };
        assert!(twice.validate().is_err());
    }

    #[test]
    fn each_list_takes_only_its_modes() {
        assert!(domain(vec![rule("a", RuleMode::Upgrade)]).validate().is_err());
        let migration = RuleSet { migration: vec![rule("a", RuleMode::UpDown)], ..RuleSet::default() };
        assert!(migration.validate().is_ok());
    }

    #[test]
    fn a_pair_of_actions_needs_two_directions() {
        let mut pair = rule("a", RuleMode::Write);
        pair.on_failure = Some("DLQ,NONE".into());
        assert!(domain(vec![pair.clone()]).validate().is_err());
        pair.mode = RuleMode::WriteRead;
        assert!(domain(vec![pair]).validate().is_ok());
    }

    #[test]
    fn later_rules_replace_their_namesakes_and_come_last() {
        let mut newer = rule("a", RuleMode::Read);
        newer.doc = Some("newer".into());
        let merged = domain(vec![rule("a", RuleMode::Write), rule("b", RuleMode::Write)]).merged(&domain(vec![newer]));
        let names: Vec<_> = merged.domain.iter().map(|rule| (rule.name.as_str(), rule.mode)).collect();
        assert_eq!(names, [("b", RuleMode::Write), ("a", RuleMode::Read)]);
    }
}
