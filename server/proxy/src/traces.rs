//! Which records come of which? Records of one trace carry its id in their `traceparent` header, whichever topics they are
//! written to. Of whoever reads one topic and goes on with its traces in another, the records there come of those here.
//!
//! A trace is no chain: several applications may go on with it, each by its own way, and one may write to two topics itself.
//! So it ties nothing to a topic that whoever writes was not seen to read, nor to what they wrote themselves.

use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::Arc;

use ahash::{HashMap, RandomState};
use parking_lot::Mutex;
use tidegate_lineage::application::chosen_name;
use tidegate_lineage::recorder::{EdgeKey, Recorder, Tally};
use tidegate_lineage::{Edge, Identity, Millis, TopicRef};

/// Traces that are remembered at most; of those that were not seen lately, half are forgotten at once.
const MOST_TRACES: usize = 65_536;

/// Topics of one trace.
const MOST_STOPS: usize = 8;

/// Who reads which topic: pairs that are remembered at most, in the same way.
const MOST_READINGS: usize = 16_384;

/// Topics that are told apart. With more of them everything is forgotten, and begins anew.
const MOST_TOPICS: u16 = 10_000;

/// The longest names of topics and groups that are remembered, bytes. Kafka has none longer for topics.
const LONGEST_NAME: usize = 249;

/// What all records of one trace have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TraceId([u8; 16]);

/// Which traces are looked at: one in so many, told by its id, so that all records of a trace are treated alike. 0: none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sample(pub(crate) usize);

/// A trace that a record is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Traced {
    pub(crate) trace: TraceId,
    /// Something is wrong with each of its records, so that they may not have gone on.
    pub(crate) is_doubtful: bool,
}

/// What is known of traces and readers, of all connections. Its size has a limit, whatever clients send.
#[derive(Debug)]
pub(crate) struct Traces {
    sample: Sample,
    hasher: RandomState,
    table: Mutex<Table>,
}

#[derive(Debug)]
struct Table {
    /// Topics by number, and numbers by topic.
    topics: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u16>,
    traces: Generations<TraceId, Stops>,
    readings: Generations<(u64, u16), Reading>,
}

/// The topics that records of one trace were written to, in their order.
#[derive(Debug, Clone, Copy, Default)]
struct Stops {
    count: usize,
    all: [Stop; MOST_STOPS],
}

#[derive(Debug, Clone, Copy, Default)]
struct Stop {
    topic: u16,
    /// A part of the hash of who wrote them; `None` for several.
    writer: Option<u32>,
}

/// For which group an application reads a topic.
#[derive(Debug, Clone)]
enum Reading {
    Alone,
    For(Arc<str>),
    ForSeveral,
}

/// A table that forgets what was not used for long: what the younger half does not hold when it is full.
#[derive(Debug)]
struct Generations<K, V> {
    most: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

/// Topics that a trace came from, with the group that they were read for.
type Sources = [Option<(Arc<str>, Option<Arc<str>>)>; MOST_STOPS];

impl TraceId {
    /// Of a header as W3C's Trace Context has it in version 00: `00-<32 digits>-<16 digits>-<2 digits>`, lower case, and
    /// neither id all zeros.
    pub(crate) fn parse(header: &[u8]) -> Option<Self> {
        let header: &[u8; 55] = header.try_into().ok()?;
        let mut parts = header.split(|letter| *letter == b'-');
        let [version, id, parent, flags] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        let (id, parent, [_flags]) = (digits::<16>(id)?, digits::<8>(parent)?, digits::<1>(flags)?);
        let is_whole = version == b"00" && parts.next().is_none();
        (is_whole && id != [0; 16] && parent != [0; 8]).then_some(Self(id))
    }

    /// The part that is random in every generator that is known: some put a time in front.
    fn low(self) -> u64 {
        let [.., a, b, c, d, e, f, g, h] = self.0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

/// Hexadecimal digits in lower case, twice as many as bytes.
fn digits<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *byte = value(high)? << 4 | value(low)?;
    }
    Some(bytes)
}

impl Sample {
    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The trace of a header, if it is one of those that are looked at.
    pub(crate) fn trace(self, header: &[u8]) -> Option<TraceId> {
        TraceId::parse(header).filter(|id| id.low().checked_rem(self.0 as u64) == Some(0))
    }
}

impl Traces {
    pub(crate) fn new(sample: Sample) -> Self {
        Self { sample, hasher: RandomState::new(), table: Mutex::new(Table::new()) }
    }

    pub(crate) fn sample(&self) -> Sample {
        self.sample
    }

    /// Somebody reads a topic, for a group if one is named.
    pub(crate) fn reads(&self, who: &Identity, topic: &str, group: Option<&str>) {
        if self.sample.is_none() || !is_known(who) || group.is_some_and(|group| group.len() > LONGEST_NAME) {
            return;
        }
        let reader = self.application(who);
        let mut table = self.table.lock();
        let Some(topic) = table.number(topic) else { return };
        let group = group.filter(|group| !group.is_empty());
        match table.readings.entry((reader, topic)) {
            Entry::Vacant(place) => {
                place.insert(group.map_or(Reading::Alone, |group| Reading::For(group.into())));
            }
            Entry::Occupied(mut place) => place.get_mut().learn(group),
        }
    }

    /// Somebody writes records of these traces to a topic. What comes of which other topics is recorded.
    pub(crate) fn wrote(
        &self,
        who: &Arc<Identity>,
        topic: &TopicRef,
        traces: impl Iterator<Item = TraceId>,
        (recorder, now): (&Recorder, Millis),
    ) {
        let writer = self.application(who);
        for trace in traces {
            let sources = self.table.lock().wrote((writer, is_known(who)), &topic.topic, trace);
            for (from, group) in sources.into_iter().flatten() {
                let edge = Edge::Traced { from, group };
                recorder.add(&EdgeKey { identity: Arc::clone(who), topic: topic.clone(), edge }, Tally::default(), now);
            }
        }
    }

    /// The same for all connections of one application: those that have a chosen name in common or, where the library made
    /// it up, where they come from.
    fn application(&self, who: &Identity) -> u64 {
        let chosen = chosen_name(who);
        self.hasher.hash_one((chosen.is_some(), &who.principal, chosen.unwrap_or(&who.address)))
    }
}

/// Whether two connections can be known to be of one application. An address alone does not tell.
fn is_known(who: &Identity) -> bool {
    chosen_name(who).is_some() || !who.principal.is_empty()
}

impl Table {
    fn new() -> Self {
        Self {
            topics: Vec::new(),
            numbers: HashMap::default(),
            traces: Generations::of(MOST_TRACES),
            readings: Generations::of(MOST_READINGS),
        }
    }

    fn number(&mut self, topic: &str) -> Option<u16> {
        if let Some(number) = self.numbers.get(topic) {
            return Some(*number);
        }
        if topic.len() > LONGEST_NAME {
            return None;
        }
        let next = u16::try_from(self.topics.len()).ok().filter(|next| *next < MOST_TOPICS);
        let Some(next) = next else {
            *self = Self::new();
            return self.number(topic);
        };
        let topic: Arc<str> = topic.into();
        self.topics.push(Arc::clone(&topic));
        self.numbers.insert(topic, next);
        Some(next)
    }

    fn wrote(&mut self, (writer, is_known): (u64, bool), topic: &str, trace: TraceId) -> Sources {
        let mut sources = Sources::default();
        let Some(topic) = self.number(topic) else { return sources };
        let part = u32::try_from(writer >> 32).unwrap_or(u32::MAX);
        let stops = self.traces.entry(trace).or_default();
        let before = *stops;
        stops.note(topic, part);
        let own = Some(part);
        let stops = before.all.iter().take(before.count).filter(|stop| stop.topic != topic && stop.writer != own);
        for (stop, source) in stops.filter(|_| is_known).zip(&mut sources) {
            if let Some(reading) = self.readings.get((writer, stop.topic)) {
                *source = self.topics.get(usize::from(stop.topic)).map(|from| (Arc::clone(from), reading.group()));
            }
        }
        sources
    }
}

impl Stops {
    fn note(&mut self, topic: u16, writer: u32) {
        match self.all.iter_mut().take(self.count).find(|stop| stop.topic == topic) {
            Some(stop) => stop.writer = stop.writer.filter(|known| *known == writer),
            None => {
                if let Some(place) = self.all.get_mut(self.count) {
                    *place = Stop { topic, writer: Some(writer) };
                    self.count += 1;
                }
            }
        }
    }
}

impl Reading {
    fn learn(&mut self, group: Option<&str>) {
        match (&*self, group) {
            (Self::Alone, Some(group)) => *self = Self::For(group.into()),
            (Self::For(known), Some(group)) if **known != *group => *self = Self::ForSeveral,
            _ => {}
        }
    }

    /// As with what is fetched: the group, if it is one only.
    fn group(&self) -> Option<Arc<str>> {
        match self {
            Self::For(group) => Some(Arc::clone(group)),
            Self::Alone | Self::ForSeveral => None,
        }
    }
}

impl<K: Hash + Eq, V> Generations<K, V> {
    fn of(most: usize) -> Self {
        Self { most, young: HashMap::default(), old: HashMap::default() }
    }

    /// What is known under a key, and young again with that.
    fn get(&mut self, key: K) -> Option<&V> {
        if !self.young.contains_key(&key) && !self.old.contains_key(&key) {
            return None;
        }
        match self.entry(key) {
            Entry::Occupied(place) => Some(place.into_mut()),
            Entry::Vacant(_) => None,
        }
    }

    /// The place for what is known under a key, which is young again with that, if anything is.
    fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        let known = self.old.remove_entry(&key);
        if self.young.len() >= self.most / 2 && !self.young.contains_key(&key) {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        if let Some((key, value)) = known {
            self.young.insert(key, value);
        }
        self.young.entry(key)
    }
}

#[cfg(test)]
mod tests;
