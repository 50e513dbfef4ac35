//! How are violations written in JSON, and read back?

use tidegate_api::lineage::SchemaKey;
use tidegate_api::violations::{ObservedSample, ObservedViolation, SampleField as WireField, SampleNode};
use tidegate_compat::Sketch;
use tidegate_lineage::{Offence, Offences, Sample, SampleField, SchemaRef, TopicRef};

use super::wire::{moment, schema_ref};

/// Samples that one report may hold of one violation.
const MOST_SAMPLES: usize = 10;

/// Values that a sample may hold, and bytes that a path or mask of one may have.
const MOST_FIELDS: usize = 200;
const LONGEST: usize = 1_024;

/// The same for its tree, and how deep that may be.
const MOST_NODES: usize = 1_024;
const MOST_DEPTH: usize = 32;
const MOST_RULES: usize = 64;

pub(crate) fn to_wire(seen: &Offences) -> ObservedViolation {
    let Offence { topic, client_id, principal, rule, path, reason } = &seen.offence;
    ObservedViolation {
        cluster: topic.cluster.to_string(),
        topic: topic.topic.to_string(),
        rule: rule.to_string(),
        path: path.to_string(),
        reason: reason.to_string(),
        client_id: client_id.to_string(),
        principal: principal.to_string(),
        records: seen.records,
        acted: seen.acted,
        first: seen.first,
        last: seen.last,
        samples: seen.samples.iter().map(sample).collect(),
    }
}

fn sample(sample: &Sample) -> ObservedSample {
    ObservedSample {
        at: sample.at,
        partition: sample.partition,
        index: sample.index,
        schema: sample.schema.as_ref().map(schema_key),
        action: sample.action.to_string(),
        path: sample.path.clone(),
        bytes: sample.bytes,
        fields: sample.fields.iter().map(field).collect(),
        tree: sample.tree.as_ref().map(node),
    }
}

pub(crate) fn schema_key(schema: &SchemaRef) -> SchemaKey {
    SchemaKey { context: schema.context.to_string(), id: schema.id.0 }
}

pub(crate) fn field(field: &SampleField) -> WireField {
    WireField { path: field.path.to_string(), mask: field.mask.to_string() }
}

pub(crate) fn node(sketch: &Sketch) -> SampleNode {
    SampleNode {
        name: sketch.name.to_string(),
        mask: sketch.mask.to_string(),
        rules: sketch.rules.iter().map(ToString::to_string).collect(),
        inner: sketch.inner.iter().map(node).collect(),
    }
}

/// `None` if the tree is too large.
fn sketch(node: SampleNode, left: &mut usize, depth: usize) -> Option<Sketch> {
    *left = left.checked_sub(1)?;
    let is_long = |text: &String| text.len() > LONGEST;
    let is_large = depth > MOST_DEPTH || node.rules.len() > MOST_RULES || node.rules.iter().any(is_long);
    if is_large || is_long(&node.name) || is_long(&node.mask) {
        return None;
    }
    Some(Sketch {
        name: node.name.into(),
        mask: node.mask.into(),
        rules: node.rules.into_iter().map(Into::into).collect(),
        inner: node.inner.into_iter().map(|inner| sketch(inner, left, depth + 1)).collect::<Option<_>>()?,
    })
}

/// The error says which member is wrong.
pub(crate) fn from_wire(seen: ObservedViolation) -> Result<Offences, String> {
    if seen.cluster.is_empty() || seen.topic.is_empty() || seen.rule.is_empty() {
        return Err("a violation needs a cluster, a topic and a rule".into());
    }
    let (first, last) = (moment(seen.first)?, moment(seen.last)?);
    if first > last {
        return Err("a violation can't end before it begins".into());
    }
    // The store counts in signed 64 bits.
    if [seen.records, seen.acted].iter().any(|count| i64::try_from(*count).is_err()) {
        return Err("a count is too large".into());
    }
    if seen.samples.len() > MOST_SAMPLES {
        return Err(format!("at most {MOST_SAMPLES} samples of a violation are taken at once"));
    }
    let offence = Offence {
        topic: TopicRef { cluster: seen.cluster.into(), topic: seen.topic.into() },
        client_id: seen.client_id.into(),
        principal: seen.principal.into(),
        rule: seen.rule.into(),
        path: seen.path.into(),
        reason: seen.reason.into(),
    };
    let samples = seen.samples.into_iter().map(sample_of).collect::<Result<_, _>>()?;
    let (records, acted) = (seen.records, seen.acted);
    Ok(Offences { offence, records, acted, first, last, samples })
}

fn sample_of(sample: ObservedSample) -> Result<Sample, String> {
    let is_long = |field: &WireField| field.path.len() > LONGEST || field.mask.len() > LONGEST;
    if sample.fields.len() > MOST_FIELDS || sample.fields.iter().any(is_long) || sample.path.len() > LONGEST {
        return Err("a sample is too large".into());
    }
    if i64::try_from(sample.bytes).is_err() {
        return Err("a count is too large".into());
    }
    let mut left = MOST_NODES;
    let tree = sample.tree.map(|tree| sketch(tree, &mut left, 0).ok_or("a sample is too large")).transpose()?;
    let field = |field: WireField| SampleField { path: field.path.into(), mask: field.mask.into() };
    Ok(Sample {
        at: moment(sample.at)?,
        partition: sample.partition,
        index: sample.index,
        schema: sample.schema.map(schema_ref).transpose()?,
        action: sample.action.chars().take(32).collect::<String>().into(),
        path: sample.path,
        bytes: sample.bytes,
        fields: sample.fields.into_iter().map(field).collect(),
        tree,
    })
}

#[cfg(test)]
mod tests {
    use tidegate_compat::{ContextName, SchemaId};

    use super::*;

    fn seen() -> Offences {
        let schema = SchemaRef { context: ContextName::default_context(), id: SchemaId(7) };
        let rules = vec!["positive".into()];
        let at_fault = Sketch { name: "id".into(), mask: "int".into(), rules, inner: Vec::new() };
        let sample = Sample {
            at: 15,
            partition: 3,
            index: 1,
            schema: Some(schema),
            action: "reject".into(),
            path: "lines[2].price".to_owned(),
            bytes: 120,
            fields: vec![SampleField { path: "id".into(), mask: "int".into() }],
            tree: Some(Sketch { mask: "record".into(), inner: vec![at_fault], ..Sketch::default() }),
        };
        Offences {
            offence: Offence {
                topic: TopicRef { cluster: "main".into(), topic: "orders".into() },
                client_id: "shop".into(),
                principal: "User:alice".into(),
                rule: "positive".into(),
                path: "lines[].price".into(),
                reason: "price > 0".into(),
            },
            records: 3,
            acted: 2,
            first: 10,
            last: 20,
            samples: vec![sample],
        }
    }

    #[test]
    fn violations_survive_the_journey() {
        let text = serde_json::to_string(&to_wire(&seen())).unwrap();
        assert_eq!(from_wire(serde_json::from_str(&text).unwrap()), Ok(seen()), "{text}");
    }

    #[test]
    fn nonsense_is_refused_with_its_reason() {
        let good = to_wire(&seen());
        let refused = |seen: ObservedViolation| from_wire(seen).unwrap_err();
        assert!(refused(ObservedViolation { first: 30, ..good.clone() }).contains("end before"));
        assert!(refused(ObservedViolation { first: -1, ..good.clone() }).contains("1970 to 9999"));
        assert!(refused(ObservedViolation { last: i64::MAX, ..good.clone() }).contains("1970 to 9999"));
        assert!(refused(ObservedViolation { records: u64::MAX, ..good.clone() }).contains("too large"));
        assert!(refused(ObservedViolation { rule: String::new(), ..good.clone() }).contains("a rule"));
        let with_tree = |tree: SampleNode| {
            let samples = vec![ObservedSample { tree: Some(tree), ..good.samples[0].clone() }];
            refused(ObservedViolation { samples, ..good.clone() })
        };
        let leaf = || SampleNode { mask: "int".into(), ..SampleNode::default() };
        assert!(with_tree(SampleNode { inner: vec![leaf(); MOST_NODES], ..leaf() }).contains("too large"));
        let deep = (0..=MOST_DEPTH).fold(leaf(), |inner, _| SampleNode { inner: vec![inner], ..leaf() });
        assert!(with_tree(deep).contains("too large"));
        assert!(with_tree(SampleNode { rules: vec!["r".repeat(2_000)], ..leaf() }).contains("too large"));
        let samples = vec![good.samples[0].clone(); 11];
        assert!(refused(ObservedViolation { samples, ..good }).contains("samples"));
    }
}
