//! What of lineage has changed, and how do nodes say so to each other?

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;

use serde_json::{Value, json};
use tidegate_lineage::{Entity, Observation};
use tidegate_store::DeclaredEvent;
use tidegate_store::declared::node_id as id_of;

/// PostgreSQL takes words of less than 8,000 bytes.
const LONGEST: usize = 7_900;

/// Whose links and facts are to be read again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Touched {
    pub(super) is_all: bool,
    /// Topics that were seen, each with its cluster.
    pub(super) topics: BTreeSet<(String, String)>,
    /// Jobs and datasets that were declared, by id.
    pub(super) nodes: BTreeSet<String>,
}

/// Who speaks: this process.
pub(super) fn author() -> u64 {
    static AUTHOR: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
    *AUTHOR
}

/// A word that says nothing, but that this node is heard.
pub(super) fn echo() -> String {
    format!("{{\"by\":{}}}", author())
}

impl Touched {
    pub(super) fn everything() -> Self {
        Self { is_all: true, ..Self::default() }
    }

    /// What observations change.
    pub(crate) fn by_observations(observations: &[Observation]) -> Self {
        let topics = observations.iter().map(|seen| (seen.topic.topic.to_string(), seen.topic.cluster.to_string()));
        Self { topics: topics.collect(), ..Self::default() }
    }

    /// What events change. `is_known` says of which datasets it is known already that they are declared: as long as nothing is
    /// said about them, and nothing flows out of them without a job, nothing of theirs changes.
    pub(crate) fn by_events(events: &[&DeclaredEvent], is_known: impl Fn(&Entity) -> bool) -> Self {
        let mut nodes = BTreeSet::new();
        for told in events.iter().map(|event| &event.told) {
            nodes.extend(told.job.clone().map(|job| id_of(&Entity::Job(job))));
            for (entity, facets) in &told.entities {
                let is_said = facets.contains_key("ownership") || facets.contains_key("symlinks");
                if is_said || matches!(entity, Entity::Job(_)) || !is_known(entity) {
                    nodes.insert(id_of(entity));
                }
            }
            for flow in told.flows.iter().filter(|flow| flow.by.is_none()) {
                nodes.insert(id_of(&flow.from));
            }
            nodes.extend(told.symlinks.iter().map(|(dataset, _)| id_of(&Entity::Dataset(dataset.clone()))));
        }
        Self { nodes, ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.is_all && self.len() == 0
    }

    /// How many topics and nodes it names.
    pub(super) fn len(&self) -> usize {
        self.topics.len() + self.nodes.len()
    }

    pub(super) fn add(&mut self, other: Self) {
        self.is_all |= other.is_all;
        self.topics.extend(other.topics);
        self.nodes.extend(other.nodes);
        if self.is_all {
            // What is named is part of everything, unless it changes while that is read; then it is named again.
            self.topics.clear();
            self.nodes.clear();
        }
    }

    /// Takes out everything, or else at most so many topics and nodes.
    pub(super) fn take(&mut self, most: usize) -> Self {
        if self.is_all || self.len() <= most {
            return std::mem::take(self);
        }
        let mut taken = Self::default();
        while taken.len() < most
            && let Some(topic) = self.topics.pop_first()
        {
            taken.topics.insert(topic);
        }
        while taken.len() < most
            && let Some(node) = self.nodes.pop_first()
        {
            taken.nodes.insert(node);
        }
        taken
    }

    /// The same in words for other nodes, each short enough to be said.
    pub(crate) fn words(&self) -> Vec<String> {
        let topics = self.topics.iter().map(|(topic, cluster)| json!([topic, cluster]));
        let mut words = said("topics", topics);
        words.extend(said("nodes", self.nodes.iter().map(|id| json!(id))));
        words
    }

    /// Who says what; `None` if these words are not known.
    pub(super) fn read(word: &str) -> Option<(u64, Self)> {
        let word: Value = serde_json::from_str(word).ok()?;
        let mut touched = Self::default();
        for topic in word["topics"].as_array().into_iter().flatten() {
            touched.topics.insert((topic[0].as_str()?.to_owned(), topic[1].as_str()?.to_owned()));
        }
        for node in word["nodes"].as_array().into_iter().flatten() {
            touched.nodes.insert(node.as_str()?.to_owned());
        }
        Some((word["by"].as_u64()?, touched))
    }
}

/// The items in as few words as they fit in.
fn said(kind: &str, items: impl Iterator<Item = Value>) -> Vec<String> {
    let head = format!("{{\"by\":{},\"{kind}\":[", author());
    let mut words: Vec<String> = Vec::new();
    for item in items {
        let item = item.to_string();
        match words.last_mut().filter(|word| word.len() + item.len() + 3 <= LONGEST) {
            Some(word) => {
                word.push(',');
                word.push_str(&item);
            }
            None => words.push(format!("{head}{item}")),
        }
    }
    words.iter_mut().for_each(|word| word.push_str("]}"));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many() -> Touched {
        Touched {
            is_all: false,
            topics: (0..500).map(|number| (format!("topic \"{number}\" é"), "main".to_owned())).collect(),
            nodes: (0..500).map(|number| format!("{number:032x}")).collect(),
        }
    }

    #[test]
    fn what_is_said_is_heard_as_it_was_meant() {
        let words = many().words();
        assert!(words.iter().all(|word| word.len() < 8_000) && words.len() > 4, "{}", words.len());
        let mut heard = Touched::default();
        for word in &words {
            let (by, touched) = Touched::read(word).unwrap();
            assert_eq!(by, author());
            heard.add(touched);
        }
        assert_eq!(heard, many());
        assert!(Touched::default().words().is_empty(), "nothing is not worth a word");
    }

    #[test]
    fn an_echo_touches_nothing() {
        assert_eq!(Touched::read(&echo()), Some((author(), Touched::default())));
    }

    #[test]
    fn unknown_words_are_not_guessed_at() {
        for word in ["", "{}", "[1]", r#"{"by":1,"topics":[["a"]]}"#, r#"{"by":1,"nodes":[7]}"#, r#"{"by":-1}"#] {
            assert_eq!(Touched::read(word), None, "{word}");
        }
        // The longest names that a topic and a cluster can have here fit in one word, whatever letters they are made of.
        let longest = ("\u{1}".repeat(255), "\u{1}".repeat(255));
        let words = Touched { topics: [longest].into(), ..Touched::default() }.words();
        assert!(words[0].len() < 8_000);
    }

    #[test]
    fn little_is_taken_out_at_a_time() {
        let mut waiting = many();
        let mut seen = Touched::default();
        while !waiting.is_empty() {
            let taken = waiting.take(300);
            assert!((1..=300).contains(&taken.len()));
            seen.add(taken);
        }
        assert_eq!(seen, many());
        seen.add(Touched::everything());
        assert_eq!(seen.take(1), Touched::everything());
        assert!(seen.is_empty());
    }
}
