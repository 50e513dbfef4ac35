//! What does one event say? Who is at work, on which topics, how much went over them, and what is known of them.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};
use tidegate_compat::{ElementKind, Outline};

use super::{Described, Descriptions, Event, Traffic, Work, Written};
use crate::declared::Named;
use crate::event::{Millis, SchemaRef};

const SPEC: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
/// How many fields are told of in one event. Receivers bound what they take.
const MOST_FIELDS: usize = 5_000;
/// How deep fields within fields are told.
const DEEPEST: usize = 20;

/// Writes events.
pub(super) struct Teller<'a> {
    pub(super) producer: &'a str,
    pub(super) interval: Millis,
    pub(super) known: &'a Descriptions,
}

impl Teller<'_> {
    pub(super) fn event(&self, job: &Named, work: &Work, state: &str, now: Millis) -> Event {
        let pattern = json!({
            "eventTrigger": "PERIODIC",
            "eventContentMode": "COMPLETE_SNAPSHOT",
            "windowDuration": (self.interval / 1_000).max(1),
        });
        let kind = json!({
            "processingType": "STREAMING",
            "integration": "KAFKA_PROXY",
            "jobType": "APPLICATION",
            "emissionPattern": pattern,
        });
        let mut facets = json!({"jobType": self.facet("2-0-4", "JobTypeJobFacet", kind)});
        if let Some(owner) = &work.owner {
            facets["ownership"] = self.facet("1-0-1", "OwnershipJobFacet", owners(owner));
        }
        if let Some(entries) = entries(work) {
            let entries = json!({ "entries": entries });
            facets["lineage"] = self.facet_of("1-0-0", "LineageFacet", "LineageJobFacet", entries);
        }
        let mut room = MOST_FIELDS;
        let time = DateTime::from_timestamp_millis(now).unwrap_or_default();
        let event = json!({
            "eventType": state,
            "eventTime": time.to_rfc3339_opts(SecondsFormat::Millis, true),
            "producer": self.producer,
            "schemaURL": SPEC,
            "run": {"runId": work.run, "facets": {}},
            "job": {"namespace": job.namespace, "name": job.name, "facets": facets},
            "inputs": work.inputs.iter().map(|it| self.input(it)).collect::<Vec<_>>(),
            "outputs": work.outputs.iter().map(|it| self.output(it, &mut room)).collect::<Vec<_>>(),
        });
        Event { job: job.clone(), text: event.to_string() }
    }

    fn input(&self, (topic, traffic): (&Named, &Traffic)) -> Value {
        let counts = json!({"rowCount": traffic.records, "size": traffic.bytes});
        let counts = self.facet("1-0-0", "InputStatisticsInputDatasetFacet", counts);
        json!({
            "namespace": topic.namespace, "name": topic.name, "facets": self.of_topic(),
            "inputFacets": {"inputStatistics": counts},
        })
    }

    fn output(&self, (topic, traffic): (&Named, &Traffic), room: &mut usize) -> Value {
        let mut facets = self.of_topic();
        if let Some((_, schema)) = &traffic.schema {
            let version = json!({"datasetVersion": version_of(schema)});
            facets["version"] = self.facet("1-0-1", "DatasetVersionDatasetFacet", version);
        }
        let described = Written::of(topic, traffic).and_then(|written| self.known.get(&written));
        if let Some(Described { owner, outline }) = described {
            if let Some(owner) = owner {
                facets["ownership"] = self.facet("1-0-1", "OwnershipDatasetFacet", owners(owner));
            }
            let fields = json!({"fields": fields(outline, room)});
            facets["schema"] = self.facet("1-2-0", "SchemaDatasetFacet", fields);
        }
        if traffic.schema.is_some() || traffic.refused > 0 {
            let told = json!({"assertions": [accepted(traffic)]});
            facets["dataQualityAssertions"] = self.facet("1-1-0", "DataQualityAssertionsDatasetFacet", told);
        }
        let counts = json!({"rowCount": traffic.records, "size": traffic.bytes});
        let counts = self.facet("1-0-2", "OutputStatisticsOutputDatasetFacet", counts);
        json!({
            "namespace": topic.namespace, "name": topic.name, "facets": facets,
            "outputFacets": {"outputStatistics": counts},
        })
    }

    fn of_topic(&self) -> Value {
        json!({"datasetType": self.facet("1-0-1", "DatasetTypeDatasetFacet", json!({"datasetType": "TOPIC"}))})
    }

    fn facet(&self, version: &str, name: &str, members: Value) -> Value {
        self.facet_of(version, name, name, members)
    }

    /// A facet whose document has another name than itself.
    fn facet_of(&self, version: &str, document: &str, name: &str, mut members: Value) -> Value {
        members["_producer"] = json!(self.producer);
        members["_schemaURL"] =
            json!(format!("https://openlineage.io/spec/facets/{version}/{document}.json#/$defs/{name}"));
        members
    }
}

fn version_of(schema: &SchemaRef) -> String {
    match schema.context.is_default() {
        true => format!("schema-id:{}", schema.id),
        false => format!("schema-id:{}:{}", schema.context, schema.id),
    }
}

fn owners(owner: &str) -> Value {
    json!({"owners": [{"name": owner, "type": "OWNER"}]})
}

/// Of what each output is made, without a cross product of all that is read and written.
fn entries(work: &Work) -> Option<Vec<Value>> {
    let dataset = |it: &Named| json!({"namespace": it.namespace, "name": it.name, "type": "DATASET"});
    let entries = work.made_of().into_iter().map(|(output, inputs)| {
        let mut entry = dataset(output);
        entry["inputs"] = inputs.into_iter().map(dataset).collect();
        entry
    });
    let entries: Vec<Value> = entries.collect();
    (!entries.is_empty()).then_some(entries)
}

/// Whether all that came since the last event obeyed what is asked of the topic.
fn accepted(traffic: &Traffic) -> Value {
    json!({
        "assertion": "records_obey_contract",
        "name": "tidegate.records",
        "description": "Records obey the schema that they name, and the rules of its contract.",
        "success": traffic.refused == 0,
        "severity": "error",
        "expected": "0",
        "actual": traffic.refused.to_string(),
    })
}

/// The fields of a schema, each with the fields of what it holds. Of several types beside each other, such as the messages of a
/// file, the first is the one that is written.
fn fields(outline: &Outline, room: &mut usize) -> Vec<Value> {
    let first = outline.elements.iter().position(|element| element.kind == ElementKind::Record);
    let mut within: Vec<Vec<usize>> = vec![Vec::new(); outline.elements.len()];
    let mut top = Vec::new();
    for (at, element) in outline.elements.iter().enumerate() {
        if element.kind != ElementKind::Field {
            continue;
        }
        let mut above = ancestors(outline, at);
        match above.clone().find(|(_, kind)| *kind == ElementKind::Field) {
            Some((holder, _)) => within.get_mut(holder).into_iter().for_each(|list| list.push(at)),
            None if first.is_none_or(|first| above.any(|(record, _)| record == first)) => top.push(at),
            None => {}
        }
    }
    told(outline, &top, &within, room, DEEPEST)
}

/// What an element is within, the nearest first.
fn ancestors(outline: &Outline, at: usize) -> impl Iterator<Item = (usize, ElementKind)> + Clone {
    let parent = move |at: usize| outline.elements.get(at)?.parent;
    let with_kind = move |at: usize| Some((at, outline.elements.get(at)?.kind));
    std::iter::successors(parent(at), move |at| parent(*at)).filter_map(with_kind)
}

fn told(outline: &Outline, list: &[usize], within: &[Vec<usize>], room: &mut usize, depth: usize) -> Vec<Value> {
    let mut all = Vec::new();
    for at in list {
        let Some(field) = outline.elements.get(*at).filter(|_| *room > 0) else { break };
        *room -= 1;
        let mut told_field =
            Map::from_iter([("name".to_owned(), json!(field.name)), ("type".to_owned(), json!(field.type_name))]);
        if let Some(doc) = &field.doc {
            told_field.insert("description".to_owned(), json!(doc));
        }
        let inner = within.get(*at).map(Vec::as_slice).unwrap_or_default();
        if !inner.is_empty() && depth > 0 {
            told_field.insert("fields".to_owned(), told(outline, inner, within, room, depth - 1).into());
        }
        all.push(Value::Object(told_field));
    }
    all
}

#[cfg(test)]
mod tests {
    use tidegate_compat::{SchemaKind, Strictness, parse};

    use super::*;

    fn of(kind: SchemaKind, text: &str, mut room: usize) -> Value {
        let outline = parse(kind, text, &[], Strictness::Strict).unwrap().outline();
        fields(&outline, &mut room).into()
    }

    #[test]
    fn of_several_messages_the_fields_of_the_one_that_is_written_are_told() {
        let text =
            "syntax = \"proto3\"; message Order { int64 id = 1; Buyer buyer = 2; } message Buyer { string email = 1; }";
        let told = of(SchemaKind::Protobuf, text, 10);
        assert_eq!(told, json!([{"name": "id", "type": "int64"}, {"name": "buyer", "type": "Buyer"}]));
    }

    #[test]
    fn properties_within_properties_are_told_within_them() {
        let text =
            r#"{"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"type": "string"}}}}}"#;
        let told = of(SchemaKind::Json, text, 10);
        assert_eq!((&told[0]["name"], &told[0]["fields"][0]["name"]), (&json!("a"), &json!("b")));
    }

    #[test]
    fn there_is_an_end_to_what_is_told() {
        let list: Vec<String> = (0..9).map(|at| format!(r#"{{"name": "f{at}", "type": "int"}}"#)).collect();
        let text = format!(r#"{{"type": "record", "name": "R", "fields": [{}]}}"#, list.join(","));
        assert_eq!(of(SchemaKind::Avro, &text, 4).as_array().map(Vec::len), Some(4));
    }
}
