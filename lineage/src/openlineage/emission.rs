//! Which OpenLineage events tell of what proxies saw? An application is a streaming job of its cluster, and as long as it is
//! at work, a run of it.
//!
//! Each event names all topics that the job was seen to read and write in its run, with what went over them since the event
//! before. Which of its outputs is made of which input shows at the wire only where a transaction or a trace ties them, and is
//! told only there.

mod event;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use tidegate_compat::Outline;

use crate::application::Applications;
use crate::clusters::ClusterNames;
use crate::declared::Named;
use crate::event::{Edge, Evidence, Millis, Observation, SchemaRef};
use crate::graph::observed::parties;
use event::Teller;

/// How many jobs are told of at the same time, and how many topics of one job in each direction.
const MOST_JOBS: usize = 10_000;
const MOST_TOPICS: usize = 1_000;
/// How many groups one job may commit for in its transactions, and how many pairs of what was read and written these tie.
const MOST_GROUPS: usize = 100;
const MOST_PAIRS: usize = 5_000;
/// How many schemas the registry is asked for at once.
const MOST_WRITTEN: usize = 10_000;
/// Who was not seen for so many intervals has ended its run.
const PATIENCE: u32 = 10;

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
    /// How many jobs, topics and groups have found no room.
    dropped: u64,
}

/// A schema that was written to a topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Written {
    pub schema: SchemaRef,
    pub topic: Arc<str>,
}

/// What the registry knows of what was written.
#[derive(Debug, Clone, Default)]
pub struct Described {
    /// Who owns the subject.
    pub owner: Option<Arc<str>>,
    pub outline: Outline,
}

/// An event, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Of whom it tells.
    pub job: Named,
    pub text: String,
}

/// What is known of what was written, as far as it is.
pub type Descriptions = HashMap<Written, Described>;

/// What a job was seen to do in its run.
#[derive(Debug)]
struct Work {
    run: String,
    owner: Option<Arc<str>>,
    has_begun: bool,
    is_fresh: bool,
    /// For how many intervals it has not been seen. Counted here, since clocks of proxies may differ, and reports may be late.
    silent: u32,
    inputs: BTreeMap<Named, Traffic>,
    outputs: BTreeMap<Named, Traffic>,
    /// What was read and what was written in transactions, by the group that they committed for.
    tied: BTreeMap<Arc<str>, Tied>,
    /// How many pairs these are.
    pairs: usize,
    /// What was written, with what traces tell that it is made of.
    traced: BTreeSet<(Named, Named)>,
}

#[derive(Debug, Default)]
struct Tied {
    read: BTreeSet<Named>,
    written: BTreeSet<Named>,
}

/// What went over since the last event.
#[derive(Debug, Default)]
struct Traffic {
    records: u64,
    bytes: u64,
    refused: u64,
    /// The schema that was written last, of all times of the run.
    schema: Option<(Millis, SchemaRef)>,
}

impl Emission {
    /// `interval` is how often [`Self::events`] is called, in milliseconds.
    pub fn new(producer: String, clusters: ClusterNames, interval: Millis, new_run: fn() -> String) -> Self {
        Self { producer, clusters, interval: interval.max(1), new_run, jobs: BTreeMap::new(), dropped: 0 }
    }

    /// Takes in what was seen, one flush of a proxy at a time. Applications that are declared go by their names.
    pub fn take(&mut self, seen: &[Observation], applications: &Applications) {
        for (edge, (application, group)) in seen.iter().zip(parties(seen, applications)) {
            let namespace = self.clusters.namespace_of(&edge.topic.cluster);
            let job = Named { namespace: Arc::clone(&namespace), name: application.name.into() };
            if !self.jobs.contains_key(&job) && self.jobs.len() >= MOST_JOBS {
                self.dropped += 1;
                continue;
            }
            let new_run = self.new_run;
            let work = self.jobs.entry(job).or_insert_with(|| Work {
                run: new_run(),
                owner: None,
                has_begun: false,
                is_fresh: false,
                silent: 0,
                inputs: BTreeMap::new(),
                outputs: BTreeMap::new(),
                tied: BTreeMap::new(),
                pairs: 0,
                traced: BTreeSet::new(),
            });
            (work.is_fresh, work.silent) = (true, 0);
            work.owner = application.declared.and_then(|declared| declared.owner.clone());
            let (topics, schema) = match &edge.edge {
                Edge::Produces { schema } => (&mut work.outputs, schema.as_ref()),
                Edge::Transacts { .. } | Edge::Traced { .. } => (&mut work.outputs, None),
                Edge::Consumes { .. } => (&mut work.inputs, None),
            };
            let topic = Named { namespace, name: Arc::clone(&edge.topic.topic) };
            if !topics.contains_key(&topic) && topics.len() >= MOST_TOPICS {
                self.dropped += 1;
                continue;
            }
            let traffic = topics.entry(topic.clone()).or_default();
            traffic.records = traffic.records.saturating_add(edge.records);
            traffic.bytes = traffic.bytes.saturating_add(edge.bytes);
            traffic.refused = traffic.refused.saturating_add(edge.refused);
            if let Some(schema) = schema
                && traffic.schema.as_ref().is_none_or(|(at, _)| *at <= edge.last)
            {
                traffic.schema = Some((edge.last, schema.clone()));
            }
            if let Edge::Traced { from, .. } = &edge.edge {
                let from = Named { namespace: Arc::clone(&topic.namespace), name: Arc::clone(from) };
                self.dropped += u64::from(!work.traces(from, topic));
            } else if let Some(group) = group
                && !work.ties(&edge.edge, group, topic)
            {
                self.dropped += 1;
            }
        }
    }

    /// What the next events will be about, for the registry to say what it knows of it.
    pub fn written(&self) -> Vec<Written> {
        let fresh = self.jobs.values().filter(|work| work.is_fresh);
        let outputs = fresh.flat_map(|work| &work.outputs);
        let written = outputs.filter_map(|(topic, traffic)| Written::of(topic, traffic));
        written.collect::<HashSet<_>>().into_iter().take(MOST_WRITTEN).collect()
    }

    /// The events of those who were at work since the last call, and the last ones of those who have long been silent.
    pub fn events(&mut self, now: Millis, known: &Descriptions) -> Vec<Event> {
        let mut events = Vec::new();
        let teller = Teller { producer: &self.producer, interval: self.interval, known };
        self.jobs.retain(|job, work| {
            work.silent += u32::from(!work.is_fresh);
            let is_over = work.silent >= PATIENCE;
            if work.is_fresh || is_over {
                let state = match (is_over, work.has_begun) {
                    (true, _) => "COMPLETE",
                    (false, true) => "RUNNING",
                    (false, false) => "START",
                };
                events.push(teller.event(job, work, state, now));
                work.told();
            }
            !is_over
        });
        events
    }

    /// The last events of all, for when this server ends.
    pub fn last_events(&mut self, now: Millis, known: &Descriptions) -> Vec<Event> {
        let begun = std::mem::take(&mut self.jobs).into_iter().filter(|(_, work)| work.has_begun);
        let teller = Teller { producer: &self.producer, interval: self.interval, known };
        begun.map(|(job, work)| teller.event(&job, &work, "COMPLETE", now)).collect()
    }

    /// How many jobs, topics and groups have found no room since the last call.
    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }
}

impl Work {
    /// Keeps what a transaction ties to its group. False where there is no room.
    fn ties(&mut self, edge: &Edge, group: &str, topic: Named) -> bool {
        let is_written = match edge {
            Edge::Transacts { .. } => true,
            Edge::Consumes { evidence: Evidence::Transactional, .. } => false,
            Edge::Produces { .. } | Edge::Traced { .. } | Edge::Consumes { .. } => return true,
        };
        if !self.tied.contains_key(group) && self.tied.len() >= MOST_GROUPS {
            return false;
        }
        let tied = self.tied.entry(group.into()).or_default();
        let (own, others) =
            if is_written { (&mut tied.written, tied.read.len()) } else { (&mut tied.read, tied.written.len()) };
        if own.contains(&topic) {
            return true;
        }
        if self.pairs + others > MOST_PAIRS {
            return false;
        }
        self.pairs += others;
        own.insert(topic)
    }

    /// Keeps what a trace ties. False where there is no room.
    fn traces(&mut self, from: Named, to: Named) -> bool {
        let pair = (to, from);
        let has_room = |known: usize| known < MOST_TOPICS;
        if !self.inputs.contains_key(&pair.1) {
            if !has_room(self.inputs.len()) {
                return false;
            }
            self.inputs.insert(pair.1.clone(), Traffic::default());
        }
        if !self.traced.contains(&pair) {
            if !has_room(self.traced.len()) {
                return false;
            }
            self.traced.insert(pair);
        }
        true
    }

    /// Of what each output is made, where transactions and traces tell.
    fn made_of(&self) -> BTreeMap<&Named, BTreeSet<&Named>> {
        let mut made: BTreeMap<&Named, BTreeSet<&Named>> = BTreeMap::new();
        for Tied { read, written } in self.tied.values().filter(|tied| !tied.read.is_empty()) {
            for output in written {
                made.entry(output).or_default().extend(read);
            }
        }
        for (output, input) in &self.traced {
            made.entry(output).or_default().insert(input);
        }
        made
    }

    fn told(&mut self) {
        (self.has_begun, self.is_fresh) = (true, false);
        for traffic in self.inputs.values_mut().chain(self.outputs.values_mut()) {
            (traffic.records, traffic.bytes, traffic.refused) = (0, 0, 0);
        }
    }
}

impl Written {
    fn of(topic: &Named, traffic: &Traffic) -> Option<Self> {
        let (_, schema) = traffic.schema.as_ref()?;
        Some(Self { schema: schema.clone(), topic: Arc::clone(&topic.name) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use serde_json::{Value, json};
    use tidegate_compat::{ContextName, SchemaId, SchemaKind, Strictness, parse};

    use super::*;
    use crate::application::{Application, Pattern};
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

    fn take(emission: &mut Emission, seen: &[Observation]) {
        emission.take(seen, &Applications::default());
    }

    fn unknown() -> Descriptions {
        Descriptions::new()
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
        take(
            &mut emission,
            &[
                seen("enrich", "orders", reads(Some("g"), Evidence::Committed), 0, 100),
                seen("enrich", "orders", reads(None, Evidence::Fetched), 7, 110),
                seen("enrich", "enriched", produces(4), 2, 120),
                seen("enrich", "enriched", produces(5), 3, 130),
            ],
        );
        let [start] = &emission.events(1_000, &unknown())[..] else { panic!("one job") };
        let told = read(&start.text).unwrap().declaration;
        assert_eq!((told.at, told.runs[0].state), (1_000, Some(RunState::Start)));
        let flows: Vec<_> = told.flows.iter().map(|it| (&*it.from.named().name, &*it.to.named().name)).collect();
        assert_eq!(flows, [("orders", "enrich"), ("enrich", "enriched")]);
        let event: Value = serde_json::from_str(&start.text).unwrap();
        assert_eq!(event["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"], 7);
        assert_eq!(event["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"], 5);
        assert_eq!(event["outputs"][0]["facets"]["version"]["datasetVersion"], "schema-id:5");
        assert!(told.entities.contains_key(&Entity::Job(Named::new("kafka://main", "enrich"))));

        for _ in 1..PATIENCE {
            assert!(emission.events(2_000, &unknown()).is_empty(), "silence is nothing to tell of");
        }
        // The clock of a proxy may be far behind.
        take(&mut emission, &[seen("enrich", "enriched", produces(5), 1, 2)]);
        let running: Value = serde_json::from_str(&emission.events(3_000, &unknown())[0].text).unwrap();
        assert_eq!((&running["eventType"], &running["run"]), (&json!("RUNNING"), &event["run"]));
        assert_eq!(running["inputs"][0]["name"], "orders", "what it read before it still reads");
        assert_eq!(running["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"], 0);
        for _ in 1..PATIENCE {
            assert!(emission.events(4_000, &unknown()).is_empty());
        }
        let end: Value = serde_json::from_str(&emission.events(13_000, &unknown())[0].text).unwrap();
        assert_eq!((&end["eventType"], &end["run"]), (&json!("COMPLETE"), &event["run"]));
        assert!(emission.events(14_000, &unknown()).is_empty());
        take(&mut emission, &[seen("enrich", "enriched", produces(5), 1, 15_000)]);
        let again: Value = serde_json::from_str(&emission.events(16_000, &unknown())[0].text).unwrap();
        assert_ne!(again["run"], event["run"], "it is another run");
    }

    #[test]
    fn whoever_is_at_work_at_the_end_is_told_to_have_ended() {
        let mut emission = emission();
        take(&mut emission, &[seen("shop", "orders", produces(1), 1, 0)]);
        emission.events(1, &unknown());
        take(&mut emission, &[seen("kiosk", "orders", produces(1), 1, 2)]);
        let last = emission.last_events(3, &unknown());
        assert_eq!(last.len(), 1, "who was not told to have begun does not end");
        assert!(last[0].text.contains("COMPLETE") && &*last[0].job.name == "shop");
    }

    #[test]
    fn a_flood_of_clients_is_bounded_and_counted() {
        let mut emission = emission();
        let flood: Vec<_> =
            (0..MOST_JOBS + 5).map(|client| seen(&format!("c{client}"), "t", produces(1), 1, 0)).collect();
        take(&mut emission, &flood);
        assert_eq!(
            (emission.events(1, &unknown()).len(), emission.take_dropped(), emission.take_dropped()),
            (MOST_JOBS, 5, 0)
        );
    }

    #[test]
    fn what_the_registry_and_people_know_is_told_beside_it() {
        let mut emission = emission();
        let application = Application {
            name: "shop".into(),
            owner: Some("team-shop".into()),
            client_ids: vec![Pattern::parse("web-*").unwrap()],
            ..Application::default()
        };
        let refused = Observation { refused: 2, ..seen("web-2", "orders", produces(4), 3, 120) };
        emission.take(&[seen("web-1", "orders", produces(4), 5, 100), refused], &Applications::new(vec![application]));
        let [written] = &emission.written()[..] else { panic!("one schema in one topic") };
        assert_eq!((written.schema.id.0, &*written.topic), (4, "orders"));
        let schema = r#"{"type": "record", "name": "Order", "fields": [
            {"name": "id", "type": "long", "doc": "Its number."},
            {"name": "buyer", "type": {"type": "record", "name": "Buyer", "fields": [{"name": "email", "type": "string"}]}}]}"#;
        let outline = parse(SchemaKind::Avro, schema, &[], Strictness::Strict).unwrap().outline();
        let known = Descriptions::from([(written.clone(), Described { owner: Some("team-orders".into()), outline })]);
        let [start] = &emission.events(1_000, &known)[..] else { panic!("one job") };
        let event: Value = serde_json::from_str(&start.text).unwrap();
        assert_eq!(event["job"]["name"], "shop", "both connections are the application that is declared");
        assert_eq!(event["job"]["facets"]["ownership"]["owners"][0]["name"], "team-shop");
        assert_eq!(event["job"]["facets"]["lineage"], Value::Null);
        let facets = &event["outputs"][0]["facets"];
        assert_eq!(facets["ownership"]["owners"][0]["name"], "team-orders");
        assert_eq!(
            facets["schema"]["fields"],
            json!([
                {"name": "id", "type": "long", "description": "Its number."},
                {"name": "buyer", "type": "Buyer", "fields": [{"name": "email", "type": "string"}]},
            ])
        );
        let told = &facets["dataQualityAssertions"]["assertions"][0];
        assert_eq!((&told["success"], &told["actual"]), (&json!(false), &json!("2")));
        emission.take(&[seen("web-1", "orders", produces(4), 5, 2_000)], &Applications::default());
        let event: Value = serde_json::from_str(&emission.events(3_000, &known)[0].text).unwrap();
        assert_eq!(event["outputs"][0]["facets"]["dataQualityAssertions"]["assertions"][0]["success"], true);
    }

    #[test]
    fn outputs_are_made_of_what_was_read_in_the_same_transactions_and_of_nothing_else() {
        let mut emission = emission();
        let tied = |topic, group: &str| seen("enrich", topic, Edge::Transacts { group: group.into() }, 0, 1);
        let read = |topic, group: &str| seen("enrich", topic, reads(Some(group), Evidence::Transactional), 0, 1);
        take(
            &mut emission,
            &[
                read("orders", "g"),
                read("prices", "g"),
                tied("enriched", "g"),
                read("clicks", "h"),
                tied("visits", "h"),
                seen("enrich", "log", produces(1), 3, 1),
                seen("enrich", "settings", reads(None, Evidence::Fetched), 3, 1),
                tied("orphan", "nobody"),
            ],
        );
        let event: Value = serde_json::from_str(&emission.events(1_000, &unknown())[0].text).unwrap();
        let dataset = |name: &str| json!({"namespace": "kafka://main", "name": name, "type": "DATASET"});
        let entry = |name: &str, inputs: &[&str]| {
            let mut entry = dataset(name);
            entry["inputs"] = inputs.iter().map(|name| dataset(name)).collect();
            entry
        };
        assert_eq!(
            event["job"]["facets"]["lineage"]["entries"],
            json!([entry("enriched", &["orders", "prices"]), entry("visits", &["clicks"])])
        );
        let read_back = read_event(&event.to_string());
        assert!(read_back.contains(&("settings".to_owned(), "enrich".to_owned())), "{read_back:?}");
    }

    #[test]
    fn an_output_is_made_of_the_topic_that_its_traces_came_from() {
        let mut emission = emission();
        let traced = |topic: &str, from: &str| {
            seen("enrich", topic, Edge::Traced { from: from.into(), group: Some("g".into()) }, 0, 1)
        };
        take(
            &mut emission,
            &[
                seen("enrich", "orders", reads(Some("g"), Evidence::Committed), 0, 1),
                seen("enrich", "clicks", reads(Some("g"), Evidence::Committed), 0, 1),
                seen("enrich", "enriched", produces(1), 3, 1),
                seen("enrich", "visits", produces(1), 3, 1),
                traced("enriched", "orders"),
                traced("visits", "clicks"),
            ],
        );
        let event: Value = serde_json::from_str(&emission.events(1_000, &unknown())[0].text).unwrap();
        let entries = event["job"]["facets"]["lineage"]["entries"].as_array().unwrap();
        let pairs: Vec<_> =
            entries.iter().map(|it| (&it["name"], &it["inputs"][0]["name"], &it["inputs"][1])).collect();
        assert_eq!(
            pairs,
            [(&json!("enriched"), &json!("orders"), &Value::Null), (&json!("visits"), &json!("clicks"), &Value::Null)]
        );
        let flood: Vec<_> = (0..MOST_TOPICS + 5).map(|number| traced("enriched", &format!("t{number}"))).collect();
        take(&mut emission, &flood);
        assert_eq!(emission.take_dropped(), 7, "two inputs were there before");
    }

    fn read_event(event: &str) -> Vec<(String, String)> {
        let told = read(event).unwrap().declaration;
        told.flows.iter().map(|it| (it.from.named().name.to_string(), it.to.named().name.to_string())).collect()
    }

    #[test]
    fn one_transaction_of_very_many_topics_is_bounded_and_counted() {
        let mut emission = emission();
        let group: Arc<str> = "g".into();
        let all: Vec<_> = (0..500)
            .flat_map(|at| {
                let read = reads(Some("g"), Evidence::Transactional);
                let written = Edge::Transacts { group: Arc::clone(&group) };
                [seen("enrich", &format!("in-{at}"), read, 0, 1), seen("enrich", &format!("out-{at}"), written, 0, 1)]
            })
            .collect();
        take(&mut emission, &all);
        let event: Value = serde_json::from_str(&emission.events(1_000, &unknown())[0].text).unwrap();
        let entries = event["job"]["facets"]["lineage"]["entries"].as_array().unwrap();
        let pairs: usize = entries.iter().map(|entry| entry["inputs"].as_array().unwrap().len()).sum();
        assert!((MOST_PAIRS - 200..=MOST_PAIRS).contains(&pairs), "{pairs}");
        assert!(emission.take_dropped() > 0);
    }
}
