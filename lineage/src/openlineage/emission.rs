//! Which OpenLineage events tell of what proxies saw? An application is a streaming job of its cluster, and as long as it is
//! at work, a run of it.
//!
//! Each event names all topics that the job was seen to read and write in its run, with what went over them since the event
//! before. Which of its outputs is made of which input does not show at the wire, and is not told.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use crate::application::Applications;
use crate::clusters::ClusterNames;
use crate::declared::Named;
use crate::event::{Edge, Millis, Observation, SchemaRef};
use crate::graph::observed::parties;

/// How many jobs are told of at the same time, and how many topics of one job in each direction.
const MOST_JOBS: usize = 10_000;
const MOST_TOPICS: usize = 1_000;
/// Who was not seen for so many intervals has ended its run.
const PATIENCE: i64 = 10;

const SPEC: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";

/// What is to be told, between events.
#[derive(Debug)]
pub struct Emission {
    /// A URI that names this server's software.
    producer: String,
    clusters: ClusterNames,
    /// Milliseconds.
    interval: Millis,
    /// An id for each new run: a UUID.
    new_run: fn() -> String,
    jobs: BTreeMap<Named, Work>,
    /// How many jobs and topics have found no room.
    dropped: u64,
}

/// What a job was seen to do in its run.
#[derive(Debug)]
struct Work {
    run: String,
    has_begun: bool,
    is_fresh: bool,
    last: Millis,
    inputs: BTreeMap<Named, Traffic>,
    outputs: BTreeMap<Named, Traffic>,
}

/// What went over since the last event.
#[derive(Debug, Default)]
struct Traffic {
    records: u64,
    bytes: u64,
    /// The schema that was written last, of all times of the run.
    schema: Option<(Millis, SchemaRef)>,
}

impl Emission {
    /// `interval` is how often [`Self::events`] is called, in milliseconds.
    pub fn new(producer: String, clusters: ClusterNames, interval: Millis, new_run: fn() -> String) -> Self {
        Self { producer, clusters, interval: interval.max(1), new_run, jobs: BTreeMap::new(), dropped: 0 }
    }

    /// Takes in what was seen, one flush of a proxy at a time.
    pub fn take(&mut self, seen: &[Observation]) {
        for (edge, (application, _)) in seen.iter().zip(parties(seen, &Applications::default())) {
            let namespace = self.clusters.namespace_of(&edge.topic.cluster);
            let job = Named { namespace: Arc::clone(&namespace), name: application.name.into() };
            if !self.jobs.contains_key(&job) && self.jobs.len() >= MOST_JOBS {
                self.dropped += 1;
                continue;
            }
            let new_run = self.new_run;
            let work = self.jobs.entry(job).or_insert_with(|| Work {
                run: new_run(),
                has_begun: false,
                is_fresh: false,
                last: edge.last,
                inputs: BTreeMap::new(),
                outputs: BTreeMap::new(),
            });
            (work.is_fresh, work.last) = (true, work.last.max(edge.last));
            let (topics, schema) = match &edge.edge {
                Edge::Produces { schema } => (&mut work.outputs, schema.as_ref()),
                Edge::Transacts { .. } => (&mut work.outputs, None),
                Edge::Consumes { .. } => (&mut work.inputs, None),
            };
            let topic = Named { namespace, name: Arc::clone(&edge.topic.topic) };
            if !topics.contains_key(&topic) && topics.len() >= MOST_TOPICS {
                self.dropped += 1;
                continue;
            }
            let traffic = topics.entry(topic).or_default();
            traffic.records = traffic.records.saturating_add(edge.records);
            traffic.bytes = traffic.bytes.saturating_add(edge.bytes);
            if let Some(schema) = schema
                && traffic.schema.as_ref().is_none_or(|(at, _)| *at <= edge.last)
            {
                traffic.schema = Some((edge.last, schema.clone()));
            }
        }
    }

    /// The events of those who were at work since the last call, and the last ones of those who have long been silent.
    pub fn events(&mut self, now: Millis) -> Vec<String> {
        let mut events = Vec::new();
        let silence = self.interval.saturating_mul(PATIENCE);
        self.jobs.retain(|job, work| {
            let is_over = !work.is_fresh && work.last.saturating_add(silence) < now;
            if work.is_fresh || is_over {
                let state = match (is_over, work.has_begun) {
                    (true, _) => "COMPLETE",
                    (false, true) => "RUNNING",
                    (false, false) => "START",
                };
                events.push(event(&self.producer, self.interval, job, work, state, now));
                work.told();
            }
            !is_over
        });
        events
    }

    /// The last events of all, for when this server ends.
    pub fn last_events(&mut self, now: Millis) -> Vec<String> {
        let begun = std::mem::take(&mut self.jobs).into_iter().filter(|(_, work)| work.has_begun);
        begun.map(|(job, work)| event(&self.producer, self.interval, &job, &work, "COMPLETE", now)).collect()
    }

    /// How many jobs and topics have found no room since the last call.
    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }
}

impl Work {
    fn told(&mut self) {
        (self.has_begun, self.is_fresh) = (true, false);
        for traffic in self.inputs.values_mut().chain(self.outputs.values_mut()) {
            (traffic.records, traffic.bytes) = (0, 0);
        }
    }
}

fn event(producer: &str, interval: Millis, job: &Named, work: &Work, state: &str, now: Millis) -> String {
    let facet = |version: &str, name: &str, mut members: Value| {
        members["_producer"] = json!(producer);
        members["_schemaURL"] =
            json!(format!("https://openlineage.io/spec/facets/{version}/{name}.json#/$defs/{name}"));
        members
    };
    let pattern = json!({
        "eventTrigger": "PERIODIC", "eventContentMode": "COMPLETE_SNAPSHOT", "windowDuration": (interval / 1_000).max(1),
    });
    let kind = json!({
        "processingType": "STREAMING", "integration": "KAFKA_PROXY", "jobType": "APPLICATION", "emissionPattern": pattern,
    });
    let topic = |(named, traffic): (&Named, &Traffic), is_input: bool| {
        let mut facets =
            json!({"datasetType": facet("1-0-1", "DatasetTypeDatasetFacet", json!({"datasetType": "TOPIC"}))});
        if let Some((_, schema)) = &traffic.schema {
            let version = if schema.context.is_default() {
                format!("schema-id:{}", schema.id)
            } else {
                format!("schema-id:{}:{}", schema.context, schema.id)
            };
            facets["version"] = facet("1-0-1", "DatasetVersionDatasetFacet", json!({ "datasetVersion": version }));
        }
        let counts = json!({"rowCount": traffic.records, "size": traffic.bytes});
        let mut dataset = json!({"namespace": named.namespace, "name": named.name, "facets": facets});
        if is_input {
            let counts = facet("1-0-0", "InputStatisticsInputDatasetFacet", counts);
            dataset["inputFacets"] = json!({ "inputStatistics": counts });
        } else {
            let counts = facet("1-0-2", "OutputStatisticsOutputDatasetFacet", counts);
            dataset["outputFacets"] = json!({ "outputStatistics": counts });
        }
        dataset
    };
    let time = DateTime::from_timestamp_millis(now).unwrap_or_default();
    let event = json!({
        "eventType": state,
        "eventTime": time.to_rfc3339_opts(SecondsFormat::Millis, true),
        "producer": producer,
        "schemaURL": SPEC,
        "run": {"runId": work.run, "facets": {}},
        "job": {
            "namespace": job.namespace, "name": job.name,
            "facets": {"jobType": facet("2-0-4", "JobTypeJobFacet", kind)},
        },
        "inputs": work.inputs.iter().map(|it| topic(it, true)).collect::<Vec<_>>(),
        "outputs": work.outputs.iter().map(|it| topic(it, false)).collect::<Vec<_>>(),
    });
    event.to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tidegate_compat::{ContextName, SchemaId};

    use super::*;
    use crate::declared::{Entity, RunState};
    use crate::event::{Evidence, Identity, TopicRef};
    use crate::openlineage::read;

    fn emission() -> Emission {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let new_run = || format!("run-{}", RUNS.fetch_add(1, Ordering::Relaxed));
        Emission::new("https://example.com/tidegate".into(), ClusterNames::default(), 1_000, new_run)
    }

    fn seen(client: &str, topic: &str, edge: Edge, records: u64, at: Millis) -> Observation {
        Observation {
            identity: Arc::new(Identity { client_id: client.into(), ..Identity::default() }),
            topic: TopicRef { cluster: "main".into(), topic: topic.into() },
            edge,
            records,
            bytes: records * 10,
            refused: 0,
            first: at,
            last: at,
        }
    }

    fn produces(id: i32) -> Edge {
        Edge::Produces { schema: Some(SchemaRef { context: ContextName::default_context(), id: SchemaId(id) }) }
    }

    fn reads(group: Option<&str>, evidence: Evidence) -> Edge {
        Edge::Consumes { group: group.map(Arc::from), evidence }
    }

    #[test]
    fn a_job_begins_goes_on_and_ends_as_one_run() {
        let mut emission = emission();
        emission.take(&[
            seen("enrich", "orders", reads(Some("g"), Evidence::Committed), 0, 100),
            seen("enrich", "orders", reads(None, Evidence::Fetched), 7, 110),
            seen("enrich", "enriched", produces(4), 2, 120),
            seen("enrich", "enriched", produces(5), 3, 130),
        ]);
        let [start] = &emission.events(1_000)[..] else { panic!("one job") };
        let told = read(start).unwrap().declaration;
        assert_eq!((told.at, told.runs[0].state), (1_000, Some(RunState::Start)));
        let flows: Vec<_> = told.flows.iter().map(|it| (&*it.from.named().name, &*it.to.named().name)).collect();
        assert_eq!(flows, [("orders", "enrich"), ("enrich", "enriched")]);
        let event: Value = serde_json::from_str(start).unwrap();
        assert_eq!(event["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"], 7);
        assert_eq!(event["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"], 5);
        assert_eq!(event["outputs"][0]["facets"]["version"]["datasetVersion"], "schema-id:5");
        assert!(told.entities.contains_key(&Entity::Job(Named::new("kafka://main", "enrich"))));

        assert!(emission.events(2_000).is_empty(), "silence is nothing to tell of");
        emission.take(&[seen("enrich", "enriched", produces(5), 1, 2_500)]);
        let running: Value = serde_json::from_str(&emission.events(3_000)[0]).unwrap();
        assert_eq!((&running["eventType"], &running["run"]), (&json!("RUNNING"), &event["run"]));
        assert_eq!(running["inputs"][0]["name"], "orders", "what it read before it still reads");
        assert_eq!(running["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"], 0);
        let end: Value = serde_json::from_str(&emission.events(13_000)[0]).unwrap();
        assert_eq!((&end["eventType"], &end["run"]), (&json!("COMPLETE"), &event["run"]));
        assert!(emission.events(14_000).is_empty());
        emission.take(&[seen("enrich", "enriched", produces(5), 1, 15_000)]);
        let again: Value = serde_json::from_str(&emission.events(16_000)[0]).unwrap();
        assert_ne!(again["run"], event["run"], "it is another run");
    }

    #[test]
    fn whoever_is_at_work_at_the_end_is_told_to_have_ended() {
        let mut emission = emission();
        emission.take(&[seen("shop", "orders", produces(1), 1, 0)]);
        emission.events(1);
        emission.take(&[seen("kiosk", "orders", produces(1), 1, 2)]);
        let last = emission.last_events(3);
        assert_eq!(last.len(), 1, "who was not told to have begun does not end");
        assert!(last[0].contains("COMPLETE") && last[0].contains("shop"));
    }

    #[test]
    fn a_flood_of_clients_is_bounded_and_counted() {
        let mut emission = emission();
        let flood: Vec<_> =
            (0..MOST_JOBS + 5).map(|client| seen(&format!("c{client}"), "t", produces(1), 1, 0)).collect();
        emission.take(&flood);
        assert_eq!((emission.events(1).len(), emission.take_dropped(), emission.take_dropped()), (MOST_JOBS, 5, 0));
    }
}
