//! How are observations written in JSON, and read back?

use std::sync::Arc;

use tidegate_api::lineage::{Client, GroupProgress, LogEnd, ObservedDirection, ObservedEdge, SchemaKey, SurveyReport};
use tidegate_compat::{ContextName, SchemaId};
use tidegate_lineage::{Edge, Evidence, Identity, Log, Observation, Progress, SchemaRef, Survey, TopicRef};

pub(crate) fn to_wire(seen: &Observation) -> ObservedEdge {
    ObservedEdge {
        cluster: seen.topic.cluster.to_string(),
        topic: seen.topic.topic.to_string(),
        client: Client {
            client_id: seen.identity.client_id.to_string(),
            software: seen.identity.software.to_string(),
            principal: seen.identity.principal.to_string(),
            address: seen.identity.address.to_string(),
        },
        direction: match &seen.edge {
            Edge::Produces { schema } => ObservedDirection::Produces {
                schema: schema.as_ref().map(|s| SchemaKey { context: s.context.to_string(), id: s.id.0 }),
                group: None,
                from: None,
            },
            Edge::Transacts { group } => {
                ObservedDirection::Produces { schema: None, group: Some(group.to_string()), from: None }
            }
            Edge::Traced { from, group } => ObservedDirection::Produces {
                schema: None,
                group: group.as_ref().map(ToString::to_string),
                from: Some(from.to_string()),
            },
            Edge::Consumes { group, evidence } => ObservedDirection::Consumes {
                group: group.as_ref().map(ToString::to_string),
                evidence: evidence.as_str().to_owned(),
            },
        },
        records: seen.records,
        bytes: seen.bytes,
        refused: seen.refused,
        first: seen.first,
        last: seen.last,
    }
}

/// The last millisecond of the year 9999: dates that are shown have four digits for the year.
const LAST_MOMENT: i64 = 253_402_300_799_999;

/// A time that can be shown as a date.
pub(super) fn moment(millis: i64) -> Result<i64, String> {
    let is_date = (0..=LAST_MOMENT).contains(&millis);
    is_date.then_some(millis).ok_or_else(|| "a time lies outside of the years 1970 to 9999".to_owned())
}

/// The error says which member is wrong.
pub(crate) fn from_wire(edge: ObservedEdge) -> Result<Observation, String> {
    let ObservedEdge { cluster, topic, client, direction, records, bytes, refused, first, last } = edge;
    if cluster.is_empty() || topic.is_empty() {
        return Err("an observation needs a cluster and a topic".into());
    }
    let (first, last) = (moment(first)?, moment(last)?);
    if first > last {
        return Err("an observation can't end before it begins".into());
    }
    // The store counts in signed 64 bits.
    if [records, bytes, refused].iter().any(|count| i64::try_from(*count).is_err()) {
        return Err("a count is too large".into());
    }
    let edge = match direction {
        ObservedDirection::Produces { schema: Some(_), group: Some(_), .. }
        | ObservedDirection::Produces { schema: Some(_), from: Some(_), .. } => {
            return Err("what was written has a schema or a group or what it came from, not both".into());
        }
        ObservedDirection::Produces { from: Some(from), .. } if from.is_empty() => {
            return Err("what was written came from a topic with a name".into());
        }
        ObservedDirection::Produces { from: Some(from), group, .. } => {
            Edge::Traced { from: from.into(), group: group.filter(|group| !group.is_empty()).map(Arc::from) }
        }
        ObservedDirection::Produces { group: Some(group), .. } => Edge::Transacts { group: group.into() },
        ObservedDirection::Produces { schema, .. } => Edge::Produces { schema: schema.map(schema_ref).transpose()? },
        ObservedDirection::Consumes { group, evidence } => Edge::Consumes {
            group: group.map(Arc::from),
            evidence: Evidence::parse(&evidence)
                .ok_or("evidence is one of subscribed, fetched, committed, transactional")?,
        },
    };
    let identity = Identity {
        client_id: client.client_id.into(),
        software: client.software.into(),
        principal: client.principal.into(),
        address: client.address.into(),
    };
    let topic = TopicRef { cluster: cluster.into(), topic: topic.into() };
    Ok(Observation { identity: Arc::new(identity), topic, edge, records, bytes, refused, first, last })
}

/// How many bytes the name of a cluster may have: it is part of keys.
const MAX_CLUSTER: usize = 255;

pub(super) fn survey_to_wire(survey: &Survey) -> SurveyReport {
    let log = |log: &Log| LogEnd { topic: log.topic.to_string(), end: log.end };
    let group = |told: &Progress| GroupProgress {
        group: told.group.to_string(),
        topic: told.topic.to_string(),
        committed: told.committed,
    };
    SurveyReport {
        cluster: survey.cluster.to_string(),
        cluster_id: survey.id.as_deref().map(str::to_owned),
        at: survey.at,
        whole: survey.is_whole,
        logs: survey.logs.iter().map(log).collect(),
        groups: survey.groups.iter().map(group).collect(),
    }
}

pub(crate) fn survey_from_wire(report: SurveyReport) -> Result<Survey, String> {
    if report.cluster.is_empty() || report.cluster.len() > MAX_CLUSTER || report.cluster.contains('\0') {
        return Err(format!("a survey names its cluster, in {MAX_CLUSTER} bytes at most"));
    }
    Ok(Survey {
        cluster: report.cluster.into(),
        id: report.cluster_id.filter(|id| !id.is_empty() && id.len() <= MAX_CLUSTER).map(Arc::from),
        at: moment(report.at)?,
        is_whole: report.whole,
        logs: report.logs.into_iter().map(|log| Log { topic: log.topic.into(), end: log.end }).collect(),
        groups: report
            .groups
            .into_iter()
            .map(|told| Progress { group: told.group.into(), topic: told.topic.into(), committed: told.committed })
            .collect(),
    })
}

pub(super) fn schema_ref(key: SchemaKey) -> Result<SchemaRef, String> {
    let context = ContextName::parse(&key.context).map_err(|error| error.to_string())?;
    Ok(SchemaRef { context, id: SchemaId(key.id) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observation(edge: Edge) -> Observation {
        Observation {
            identity: Arc::new(Identity { client_id: "shop".into(), ..Identity::default() }),
            topic: TopicRef { cluster: "main".into(), topic: "orders".into() },
            edge,
            records: 3,
            bytes: 300,
            refused: 1,
            first: 10,
            last: 20,
        }
    }

    #[test]
    fn observations_survive_the_journey() {
        let schema = SchemaRef { context: ContextName::default_context(), id: SchemaId(7) };
        for edge in [
            Edge::Produces { schema: Some(schema) },
            Edge::Produces { schema: None },
            Edge::Transacts { group: "billing".into() },
            Edge::Traced { from: "orders".into(), group: Some("billing".into()) },
            Edge::Traced { from: "orders".into(), group: None },
            Edge::Consumes { group: Some("billing".into()), evidence: Evidence::Committed },
            Edge::Consumes { group: Some("billing".into()), evidence: Evidence::Transactional },
            Edge::Consumes { group: None, evidence: Evidence::Fetched },
        ] {
            let seen = observation(edge);
            let text = serde_json::to_string(&to_wire(&seen)).unwrap();
            assert_eq!(from_wire(serde_json::from_str(&text).unwrap()), Ok(seen), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_its_reason() {
        let good = to_wire(&observation(Edge::Produces { schema: None }));
        let turned = ObservedEdge { first: 30, ..good.clone() };
        assert!(from_wire(turned).unwrap_err().contains("end before"));
        for last in [i64::MAX, LAST_MOMENT + 1] {
            assert!(from_wire(ObservedEdge { last, ..good.clone() }).unwrap_err().contains("1970 to 9999"));
        }
        let key = SchemaKey { context: ".".into(), id: 7 };
        for (group, from) in [(Some("billing".to_owned()), None), (None, Some("orders".to_owned()))] {
            let both = ObservedDirection::Produces { schema: Some(key.clone()), group, from };
            assert!(from_wire(ObservedEdge { direction: both, ..good.clone() }).unwrap_err().contains("not both"));
        }
        let nowhere = ObservedDirection::Produces { schema: None, group: None, from: Some(String::new()) };
        assert!(from_wire(ObservedEdge { direction: nowhere, ..good.clone() }).unwrap_err().contains("a name"));
        let huge = ObservedEdge { records: u64::MAX, ..good.clone() };
        assert!(from_wire(huge).unwrap_err().contains("too large"));
        let evidence = ObservedDirection::Consumes { group: None, evidence: "guessed".into() };
        assert!(from_wire(ObservedEdge { direction: evidence, ..good }).unwrap_err().contains("committed"));
    }
}
