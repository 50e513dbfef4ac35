//! How is a produce request taken apart by partition, and put together again without some of them?
//!
//! Both happen without decoding more than the structure, and forwarded partitions stay as they are, byte for byte. Edges
//! decided on purpose:
//!
//! * A record batch is atomic in Kafka, so one bad record refuses the batch of its partition, and only that. Sequence
//!   numbers belong to the producer, which makes refusing safe for idempotent and transactional producers: to them it looks
//!   as if the broker had refused. Only where a policy asks for records to be flagged or removed, another batch takes the
//!   place of the producer's; `rewrite` makes it.
//! * `acks=0` has no answer that could carry a refusal: the partition is dropped and counted.
//! * From version 13 on, topics are named by ids. Which topic that is was learnt from answers about metadata.
//! * Versions 0 to 2 carry older message formats. They are readable here far enough to refuse enforced topics.

use std::io::IoSlice;
use std::ops::Range;

use ahash::{HashMap, HashMapExt};

use crate::error::{MAX_PARTITIONS, Malformed};
use crate::frame;
use crate::metadata::{Patch, patched};
use crate::reject::Refusal;
use crate::versions::PRODUCE_BY_ID;
use crate::wire::{Cursor, put_count, put_nullable_string, put_string, put_uvarint, seal};

/// The structure of a request: positions in its bytes (without the length prefix). Reused from one to the next.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) acks: i16,
    /// Where the transactional id stands, if there is one.
    transactional_id: Option<Range<usize>>,
    pub(crate) topics: Vec<Topic>,
    pub(crate) partitions: Vec<Partition>,
    flexible: bool,
    /// Whether topics are named by their ids.
    by_id: bool,
    /// Where the count of topics stands, and where the topics end.
    count_at: usize,
    first_topic_at: usize,
    topics_end: usize,
}

#[derive(Debug)]
pub(crate) struct Topic {
    /// Where its name stands, or the 16 bytes of its id.
    pub(crate) name: Range<usize>,
    /// Positions in [`Request::partitions`].
    pub(crate) partitions: Range<usize>,
    starts_at: usize,
    count_at: usize,
    partitions_end: usize,
    ends_at: usize,
}

#[derive(Debug)]
pub(crate) struct Partition {
    pub(crate) index: i32,
    pub(crate) records: Option<Range<usize>>,
    whole: Range<usize>,
}

impl Request {
    /// Reads a request of any version up to 13.
    pub(crate) fn read(&mut self, bytes: &[u8], version: i16) -> Result<(), Malformed> {
        self.topics.clear();
        self.partitions.clear();
        self.flexible = version >= 9;
        self.by_id = version >= PRODUCE_BY_ID;
        let (_, mut cursor) = frame::open(bytes, self.flexible)?;
        self.transactional_id = None;
        if version >= 3
            && let Some(id) = cursor.nullable_string(self.flexible)?
        {
            let end = cursor.position();
            self.transactional_id = Some(end - id.len()..end);
        }
        self.acks = cursor.i16()?;
        cursor.i32()?; // timeout
        self.count_at = cursor.position();
        let count = cursor.count(self.flexible)?;
        self.first_topic_at = cursor.position();
        for _ in 0..count {
            self.topic(&mut cursor)?;
        }
        self.topics_end = cursor.position();
        cursor.skip_tags(self.flexible)?;
        if cursor.is_empty() { Ok(()) } else { Err(Malformed::LeftOver) }
    }

    fn topic(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Malformed> {
        let starts_at = cursor.position();
        let length = topic(cursor, self.flexible, self.by_id)?.len();
        let count_at = cursor.position();
        let first = self.partitions.len();
        for _ in 0..cursor.count(self.flexible)? {
            self.partition(cursor)?;
        }
        let partitions_end = cursor.position();
        cursor.skip_tags(self.flexible)?;
        self.topics.push(Topic {
            name: count_at - length..count_at,
            partitions: first..self.partitions.len(),
            starts_at,
            count_at,
            partitions_end,
            ends_at: cursor.position(),
        });
        Ok(())
    }

    fn partition(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Malformed> {
        if self.partitions.len() >= MAX_PARTITIONS {
            return Err(Malformed::TooMany);
        }
        let start = cursor.position();
        let index = cursor.i32()?;
        let length = cursor.nullable_bytes(self.flexible)?.map(<[u8]>::len);
        let end = cursor.position();
        cursor.skip_tags(self.flexible)?;
        let records = length.map(|length| end - length..end);
        self.partitions.push(Partition { index, records, whole: start..cursor.position() });
        Ok(())
    }

    /// The transactional id of the producer, if it has one.
    pub(crate) fn transactional_id<'a>(&self, bytes: &'a [u8]) -> Option<&'a str> {
        let id = bytes.get(self.transactional_id.clone()?)?;
        std::str::from_utf8(id).ok()
    }

    /// The ids by which topics are named; none where they are named by their names.
    pub(crate) fn topic_ids<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = [u8; 16]> + 'a {
        let topics = if self.by_id { self.topics.as_slice() } else { &[] };
        topics.iter().filter_map(|topic| bytes.get(topic.name.clone())?.try_into().ok())
    }

    /// The request as it goes on: without the partitions that are answered here, without topics that lose all of theirs, and
    /// with other batches where they are replaced.
    pub(crate) fn ruled(&self, rulings: &[Ruling]) -> Cut {
        let ruling = |at: usize| rulings.get(at).unwrap_or(&Ruling::Pass);
        let keeps = |at: &usize| !ruling(*at).is_answered();
        let kept_of = |topic: &Topic| topic.partitions.clone().filter(keeps).count();
        let mut cut = Cut::default();
        cut.glue.extend_from_slice(&[0; frame::PREFIX]);
        cut.glued(0);
        cut.copy(0..self.count_at);
        cut.count(self.flexible, self.topics.iter().filter(|topic| kept_of(topic) > 0).count());
        for topic in &self.topics {
            let kept = kept_of(topic);
            if kept == 0 {
                continue;
            }
            cut.copy(topic.starts_at..topic.count_at);
            cut.count(self.flexible, kept);
            for at in topic.partitions.clone().filter(keeps) {
                let Some(partition) = self.partitions.get(at) else { continue };
                match (ruling(at), &partition.records) {
                    (Ruling::Replace(batch), Some(records)) => {
                        cut.copy(partition.whole.start..partition.whole.start + size_of_val(&partition.index));
                        cut.bytes(self.flexible, batch);
                        cut.copy(records.end..partition.whole.end);
                    }
                    _ => cut.copy(partition.whole.clone()),
                }
            }
            cut.copy(topic.partitions_end..topic.ends_at);
        }
        cut.copy(self.topics_end..usize::MAX);
        cut
    }

    /// What must be told to the client, in the order of its request.
    pub(crate) fn owed(&self, bytes: &[u8], rulings: Vec<Ruling>) -> Owed {
        let mut answered = rulings.into_iter().map(|ruling| match ruling {
            Ruling::Answer(answer) => Some(answer),
            Ruling::Pass | Ruling::Replace(_) => None,
        });
        let mut owed = Owed::default();
        for topic in &self.topics {
            let name = bytes.get(topic.name.clone()).unwrap_or_default();
            let indexes = topic.partitions.clone().filter_map(|at| self.partitions.get(at)).map(|part| part.index);
            let partitions = indexes.map(|index| (index, answered.next().flatten())).collect();
            owed.0.push((name.into(), partitions));
        }
        owed
    }
}

/// What becomes of one partition of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// It goes on as it came.
    Pass,
    /// It does not go on, and the client hears this.
    Answer(Refusal),
    /// Another batch goes on in its place.
    Replace(Vec<u8>),
}

impl Ruling {
    /// Whether the broker has no part in it.
    pub(crate) fn is_answered(&self) -> bool {
        matches!(self, Self::Answer(_))
    }
}

/// A request put together from pieces of another.
#[derive(Debug, Default)]
pub(crate) struct Cut {
    glue: Vec<u8>,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Glue(Range<usize>),
    Copied(Range<usize>),
}

impl Cut {
    fn glued(&mut self, from: usize) {
        self.pieces.push(Piece::Glue(from..self.glue.len()));
    }

    fn count(&mut self, flexible: bool, count: usize) {
        let from = self.glue.len();
        put_count(&mut self.glue, flexible, count);
        self.glued(from);
    }

    /// Appends bytes behind their length.
    fn bytes(&mut self, flexible: bool, bytes: &[u8]) {
        let from = self.glue.len();
        put_count(&mut self.glue, flexible, bytes.len());
        self.glue.extend_from_slice(bytes);
        self.glued(from);
    }

    /// Appends a piece of the original; neighbours melt into one.
    fn copy(&mut self, range: Range<usize>) {
        match self.pieces.last_mut() {
            Some(Piece::Copied(last)) if last.end == range.start => last.end = range.end,
            _ => self.pieces.push(Piece::Copied(range)),
        }
    }

    /// The frame, ready to be written. `bytes` is the original request without its length prefix.
    pub(crate) fn slices<'a>(&'a mut self, bytes: &'a [u8]) -> Vec<IoSlice<'a>> {
        let copied = |range: &Range<usize>| bytes.get(range.start..range.end.min(bytes.len())).unwrap_or_default();
        let length: usize = self
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Glue(range) => range.len(),
                Piece::Copied(range) => copied(range).len(),
            })
            .sum();
        let length = u32::try_from(length.saturating_sub(frame::PREFIX)).unwrap_or(0).to_be_bytes();
        if let Some(prefix) = self.glue.first_chunk_mut() {
            *prefix = length;
        }
        let glue = &self.glue;
        let slice = |piece: &Piece| match piece {
            Piece::Glue(range) => glue.get(range.clone()).unwrap_or_default(),
            Piece::Copied(range) => copied(range),
        };
        self.pieces.iter().map(slice).filter(|piece| !piece.is_empty()).map(IoSlice::new).collect()
    }
}

/// The partitions of one request, with those that the broker will not answer for.
#[derive(Debug, Default)]
pub(crate) struct Owed(Vec<OwedTopic>);

/// A topic's name or id, and its partitions with what is refused.
type OwedTopic = (Box<[u8]>, Vec<(i32, Option<Refusal>)>);

/// One partition's part of a broker's answer.
type Answered<'a> = HashMap<(&'a [u8], i32), &'a [u8]>;

/// A broker's answer, taken apart.
struct Answer<'a> {
    partitions: Answered<'a>,
    /// Everything after the topics: throttle time and tagged fields.
    tail: &'a [u8],
}

impl Owed {
    /// An answer in which the broker has no part.
    pub(crate) fn alone(&self, correlation: i32, version: i16) -> Vec<u8> {
        let mut tail = if version >= 1 { vec![0; 4] } else { Vec::new() };
        if version >= 9 {
            tail.push(0);
        }
        self.write(correlation, version, &Answer { partitions: Answered::new(), tail: &tail })
    }

    /// The broker's answer with ours between, in the order of the request. `body` begins after the response header.
    pub(crate) fn merge(&self, body: &[u8], correlation: i32, version: i16) -> Result<Vec<u8>, Malformed> {
        let mut partitions = Answered::new();
        let mut cursor = Cursor::new(body);
        each_partition(&mut cursor, version, |topic, index, bytes| {
            partitions.insert((topic, index), bytes);
        })?;
        Ok(self.write(correlation, version, &Answer { partitions, tail: cursor.rest() }))
    }

    fn write(&self, correlation: i32, version: i16, broker: &Answer<'_>) -> Vec<u8> {
        let flexible = version >= 9;
        let mut out = vec![0; frame::PREFIX];
        out.extend_from_slice(&correlation.to_be_bytes());
        if flexible {
            put_uvarint(&mut out, 0);
        }
        put_count(&mut out, flexible, self.0.len());
        for (topic, partitions) in &self.0 {
            if version >= PRODUCE_BY_ID {
                out.extend_from_slice(topic);
            } else {
                put_string(&mut out, flexible, std::str::from_utf8(topic).unwrap_or_default());
            }
            let mut body = Vec::new();
            let mut count = 0;
            for (index, refusal) in partitions {
                match (refusal, broker.partitions.get(&(&**topic, *index))) {
                    (Some(refusal), _) => put_refusal(&mut body, version, *index, refusal),
                    (None, Some(bytes)) => body.extend_from_slice(bytes),
                    (None, None) => continue,
                }
                count += 1;
            }
            put_count(&mut out, flexible, count);
            out.extend_from_slice(&body);
            if flexible {
                put_uvarint(&mut out, 0);
            }
        }
        out.extend_from_slice(broker.tail);
        seal(&mut out);
        out
    }
}

fn put_refusal(out: &mut Vec<u8>, version: i16, index: i32, refusal: &Refusal) {
    let flexible = version >= 9;
    out.extend_from_slice(&index.to_be_bytes());
    out.extend_from_slice(&refusal.code.to_be_bytes());
    out.extend_from_slice(&(-1i64).to_be_bytes()); // base offset
    if version >= 2 {
        out.extend_from_slice(&(-1i64).to_be_bytes()); // log append time
    }
    if version >= 5 {
        out.extend_from_slice(&(-1i64).to_be_bytes()); // log start offset
    }
    if version >= 8 {
        put_count(out, flexible, refusal.records.len());
        for (index, text) in &refusal.records {
            out.extend_from_slice(&index.to_be_bytes());
            put_nullable_string(out, flexible, text.as_deref());
            if flexible {
                put_uvarint(out, 0);
            }
        }
        put_nullable_string(out, flexible, (refusal.code != 0).then_some(refusal.message.as_str()));
    }
    if flexible {
        put_uvarint(out, 0);
    }
}

/// How a topic is named: the bytes of its name or id.
fn topic<'a>(cursor: &mut Cursor<'a>, flexible: bool, by_id: bool) -> Result<&'a [u8], Malformed> {
    if by_id { cursor.take(16) } else { cursor.string(flexible).map(str::as_bytes) }
}

/// Shows topic, index and bytes of each partition in an answer; leaves the cursor after the topics.
fn each_partition<'a>(
    cursor: &mut Cursor<'a>,
    version: i16,
    mut see: impl FnMut(&'a [u8], i32, &'a [u8]),
) -> Result<(), Malformed> {
    let flexible = version >= 9;
    for _ in 0..cursor.count(flexible)? {
        let topic = topic(cursor, flexible, version >= PRODUCE_BY_ID)?;
        for _ in 0..cursor.count(flexible)? {
            let (start, mut ahead) = (cursor.position(), *cursor);
            let index = ahead.i32()?;
            skip_partition(&mut ahead, version)?;
            see(topic, index, cursor.take(ahead.position() - start)?);
        }
        cursor.skip_tags(flexible)?;
    }
    Ok(())
}

/// Skips what follows a partition's index.
fn skip_partition(cursor: &mut Cursor<'_>, version: i16) -> Result<(), Malformed> {
    let flexible = version >= 9;
    cursor.skip(2 + 8)?; // error, base offset
    cursor.skip(if version >= 2 { 8 } else { 0 })?; // log append time
    cursor.skip(if version >= 5 { 8 } else { 0 })?; // log start offset
    if version >= 8 {
        for _ in 0..cursor.count(flexible)? {
            cursor.i32()?;
            cursor.nullable_string(flexible)?;
            cursor.skip_tags(flexible)?;
        }
        cursor.nullable_string(flexible)?;
    }
    cursor.skip_tags(flexible)
}

/// Where the tagged fields at the end of an answer begin; they may carry broker addresses from version 10 on.
pub(crate) fn tail(body: &[u8], version: i16) -> Result<usize, Malformed> {
    let mut cursor = Cursor::new(body);
    each_partition(&mut cursor, version, |_, _, _| {})?;
    cursor.i32()?; // throttle time
    Ok(cursor.position())
}

/// Replaces parts of a frame and corrects its length.
pub(crate) fn reframed(frame: &[u8], patches: &[Patch]) -> Vec<u8> {
    let mut out = patched(frame, patches);
    seal(&mut out);
    out
}

#[cfg(test)]
mod tests;
