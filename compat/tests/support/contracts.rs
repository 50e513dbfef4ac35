//! How are contracts written down briefly?

use std::collections::{BTreeMap, BTreeSet};

use tidegate_compat::contract;
use tidegate_compat::{Contract, Metadata, RuleKind, RuleMode, RuleSet, Rules, SchemaKind, Strictness, parse};

/// A rule that is being described.
#[derive(Clone)]
pub(crate) struct Rule(contract::Rule);

/// A condition in CEL for writing.
pub(crate) fn rule(name: &str) -> Rule {
    Rule(contract::Rule {
        name: name.into(),
        doc: None,
        kind: RuleKind::Condition,
        mode: RuleMode::Write,
        executor: Some("CEL".into()),
        tags: BTreeSet::new(),
        params: BTreeMap::new(),
        expr: None,
        on_success: None,
        on_failure: None,
        disabled: false,
    })
}

impl Rule {
    pub(crate) fn expr(mut self, expr: &str) -> Self {
        self.0.expr = Some(expr.into());
        self
    }

    pub(crate) fn doc(mut self, doc: &str) -> Self {
        self.0.doc = Some(doc.into());
        self
    }

    pub(crate) fn executor(mut self, executor: &str) -> Self {
        self.0.executor = Some(executor.into());
        self
    }

    pub(crate) fn transform(mut self) -> Self {
        self.0.kind = RuleKind::Transform;
        self
    }

    pub(crate) fn mode(mut self, mode: RuleMode) -> Self {
        self.0.mode = mode;
        self
    }

    pub(crate) fn tags(mut self, tags: &[&str]) -> Self {
        self.0.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        self
    }

    pub(crate) fn param(mut self, key: &str, value: &str) -> Self {
        self.0.params.insert(key.into(), value.into());
        self
    }

    pub(crate) fn on_failure(mut self, action: &str) -> Self {
        self.0.on_failure = Some(action.into());
        self
    }

    pub(crate) fn on_success(mut self, action: &str) -> Self {
        self.0.on_success = Some(action.into());
        self
    }

    pub(crate) fn disabled(mut self) -> Self {
        self.0.disabled = true;
        self
    }
}

/// A contract that is being described.
pub(crate) struct Set(pub(crate) Contract);

impl Set {
    pub(crate) fn of<const N: usize>(rules: [Rule; N]) -> Self {
        let domain = rules.into_iter().map(|rule| rule.0).collect();
        let rules = Some(RuleSet { domain, ..RuleSet::default() });
        Self(Contract { metadata: Some(Metadata::default()), rules })
    }

    #[allow(dead_code, reason = "not asked for by all who include this")]
    pub(crate) fn domain(&mut self, rule: Rule) {
        self.0.rules.get_or_insert_default().domain.push(rule.0);
    }

    pub(crate) fn encoding(&mut self, rule: Rule) {
        self.0.rules.get_or_insert_default().encoding.push(rule.0);
    }

    pub(crate) fn tagged(mut self, pattern: &str, tag: &str) -> Self {
        let tags = &mut self.0.metadata.get_or_insert_default().tags;
        tags.entry(pattern.into()).or_default().insert(tag.into());
        self
    }

    pub(crate) fn property(mut self, key: &str, value: &str) -> Self {
        self.0.metadata.get_or_insert_default().properties.insert(key.into(), value.into());
        self
    }
}

fn compiled(kind: SchemaKind, schema: &str, set: &Set) -> Rules {
    Rules::compile(&parse(kind, schema, &[], Strictness::Strict).expect("a schema"), &set.0)
}

pub(crate) fn avro(schema: &str, set: &Set) -> Rules {
    compiled(SchemaKind::Avro, schema, set)
}

pub(crate) fn protobuf(schema: &str, set: &Set) -> Rules {
    compiled(SchemaKind::Protobuf, schema, set)
}

pub(crate) fn json(schema: &str, set: &Set) -> Rules {
    compiled(SchemaKind::Json, schema, set)
}
