//! Who reads and writes what? Keeps the identity of one connection, and the edges that it counts in lineage.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use ahash::{HashMap, HashMapExt};
use parking_lot::Mutex;
use tidegate_compat::SchemaId;
use tidegate_lineage::event::SchemaRef;
use tidegate_lineage::recorder::{EdgeKey, Recorder, Tally};
use tidegate_lineage::{Edge, Evidence, Identity, Millis, TopicRef};

use crate::policy::TopicPolicy;

/// How often an edge of a consumer is noted while it goes on.
pub(crate) const INTERVAL: Duration = Duration::from_secs(10);

/// Consumer edges remembered per connection.
const MOST_EDGES: usize = 10_000;

pub(crate) fn now() -> Millis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// The identity at the client's end, as far as it has shown. Both directions of a session add to it.
#[derive(Debug)]
pub(crate) struct Who(Mutex<Arc<Identity>>);

impl Who {
    pub(crate) fn new(address: IpAddr) -> Self {
        let address = address.to_canonical().to_string().into();
        Self(Mutex::new(Arc::new(Identity { address, ..Identity::default() })))
    }

    pub(crate) fn get(&self) -> Arc<Identity> {
        Arc::clone(&self.0.lock())
    }

    pub(crate) fn client_id(&self, client_id: Option<&str>) {
        self.change(client_id.unwrap_or_default(), |identity| &mut identity.client_id);
    }

    pub(crate) fn software(&self, software: &str) {
        self.change(software, |identity| &mut identity.software);
    }

    pub(crate) fn principal(&self, name: &str) {
        self.change(&format!("User:{name}"), |identity| &mut identity.principal);
    }

    fn change(&self, text: &str, part: impl Fn(&mut Identity) -> &mut Arc<str>) {
        let mut identity = self.0.lock();
        let mut changed = Identity::clone(&identity);
        if **part(&mut changed) != *text {
            *part(&mut changed) = text.into();
            *identity = Arc::new(changed);
        }
    }
}

/// The edges from one connection to one topic that it produces to, ready to be counted.
#[derive(Debug)]
pub(crate) struct Outlets {
    topic: TopicRef,
    identity: Arc<Identity>,
    edges: Vec<(Option<SchemaId>, EdgeKey)>,
}

/// Edges kept ready per topic.
const MOST_OUTLETS: usize = 64;

impl Outlets {
    pub(crate) fn new(cluster: &Arc<str>, topic: &Arc<str>) -> Self {
        let topic = TopicRef { cluster: Arc::clone(cluster), topic: Arc::clone(topic) };
        Self { topic, identity: Arc::default(), edges: Vec::new() }
    }

    pub(crate) fn topic(&self) -> &TopicRef {
        &self.topic
    }

    /// Counts records that carry the same schema id.
    pub(crate) fn count(
        &mut self,
        recorder: &Recorder,
        identity: &Arc<Identity>,
        (policy, schema): (Option<&TopicPolicy>, Option<SchemaId>),
        tally: Tally,
        now: Millis,
    ) {
        if !Arc::ptr_eq(&self.identity, identity) {
            self.identity = Arc::clone(identity);
            self.edges.clear();
        }
        let at = self.edges.iter().position(|(known, _)| *known == schema).unwrap_or_else(|| {
            if self.edges.len() >= MOST_OUTLETS {
                self.edges.clear();
            }
            let named = policy.zip(schema).map(|(policy, id)| SchemaRef { context: policy.context.clone(), id });
            let edge = Edge::Produces { schema: named };
            self.edges.push((schema, EdgeKey { identity: Arc::clone(identity), topic: self.topic.clone(), edge }));
            self.edges.len() - 1
        });
        if let Some((_, key)) = self.edges.get(at) {
            recorder.add(key, tally, now);
        }
    }
}

/// Topic, group and evidence.
type Reading = (Arc<str>, Option<Arc<str>>, Evidence);

/// The edges from topics to one connection that reads them.
#[derive(Debug)]
pub(crate) struct Intake {
    cluster: Arc<str>,
    noted: HashMap<Reading, Instant>,
    identity: Arc<Identity>,
}

impl Intake {
    pub(crate) fn new(cluster: &Arc<str>) -> Self {
        Self { cluster: Arc::clone(cluster), noted: HashMap::new(), identity: Arc::default() }
    }

    /// Notes that a topic is read, at most once per interval; whether it did.
    pub(crate) fn note(
        &mut self,
        recorder: &Recorder,
        identity: &Arc<Identity>,
        topic: &str,
        group: Option<&str>,
        evidence: Evidence,
    ) -> bool {
        if !Arc::ptr_eq(&self.identity, identity) || self.noted.len() >= MOST_EDGES {
            self.identity = Arc::clone(identity);
            self.noted.clear();
        }
        let (topic, group): (Arc<str>, _) = (topic.into(), group.filter(|group| !group.is_empty()).map(Arc::from));
        let edge = (Arc::clone(&topic), Option::clone(&group), evidence);
        if self.noted.get(&edge).is_some_and(|last| last.elapsed() < INTERVAL) {
            return false;
        }
        self.noted.insert(edge, Instant::now());
        let topic = TopicRef { cluster: Arc::clone(&self.cluster), topic };
        let key = EdgeKey { identity: Arc::clone(identity), topic, edge: Edge::Consumes { group, evidence } };
        recorder.add(&key, Tally::default(), now());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_grows_and_stays_the_same_object_until_it_does() {
        let who = Who::new("::ffff:10.0.0.1".parse().unwrap());
        who.client_id(Some("shop"));
        let before = who.get();
        who.client_id(Some("shop"));
        assert!(Arc::ptr_eq(&before, &who.get()));
        who.software("librdkafka/2.12.1");
        who.principal("alice");
        let identity = who.get();
        let shown =
            [&identity.client_id, &identity.software, &identity.principal, &identity.address].map(|text| &**text);
        assert_eq!(shown, ["shop", "librdkafka/2.12.1", "User:alice", "10.0.0.1"]);
    }

    #[test]
    fn a_reader_is_noted_once_per_interval_and_again_under_a_new_identity() {
        let recorder = Recorder::new(100);
        let mut intake = Intake::new(&"main".into());
        let who = Who::new("10.0.0.1".parse().unwrap());
        for times in 0..3 {
            let is_noted = intake.note(&recorder, &who.get(), "orders", Some("billing"), Evidence::Committed);
            assert_eq!(is_noted, times == 0);
        }
        who.principal("alice");
        intake.note(&recorder, &who.get(), "orders", Some("billing"), Evidence::Committed);
        assert_eq!(recorder.drain().len(), 2);
    }
}
