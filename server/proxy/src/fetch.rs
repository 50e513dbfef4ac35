//! Who reads which topics, and do answers to readers name brokers? Fetches are looked at while they stream through.

use std::collections::BTreeSet;
use std::sync::Arc;

use ahash::HashMap;

use crate::error::{Malformed, SessionError, Side};
use crate::groups::TopicName;
use crate::relay::{CHUNK, Relay};
use crate::wire::Cursor;

/// The first version whose answers may carry broker addresses.
pub(crate) const ENDPOINTS_SINCE: i16 = 16;

/// Partitions remembered per connection.
const MOST_PARTITIONS: usize = 10_000;

/// What a connection fetches. Requests within a session name only what changes, so the rest has to be remembered.
#[derive(Debug, Default)]
pub(crate) struct FetchSession {
    names: HashMap<Arc<str>, BTreeSet<i32>>,
    ids: HashMap<[u8; 16], BTreeSet<i32>>,
    partitions: usize,
}

impl FetchSession {
    /// Takes in a request. `true` if a topic was named that was not there before.
    pub(crate) fn take_in(&mut self, mut cursor: Cursor<'_>, version: i16) -> Result<bool, Malformed> {
        let flexible = version >= 12;
        cursor.skip(if version <= 14 { 4 } else { 0 })?; // replica id
        cursor.skip(4 + 4)?; // max wait, min bytes
        cursor.skip(if version >= 3 { 4 } else { 0 })?; // max bytes
        cursor.skip(if version >= 4 { 1 } else { 0 })?; // isolation level
        let epoch = if version >= 7 {
            cursor.i32()?; // session id
            cursor.i32()?
        } else {
            -1
        };
        if epoch <= 0 {
            *self = Self::default();
        }
        let mut is_new = false;
        for _ in 0..cursor.count(flexible)? {
            let topic = topic(&mut cursor, version)?;
            is_new |= !self.knows(topic);
            for _ in 0..cursor.count(flexible)? {
                self.add(topic, cursor.i32()?);
                cursor.skip(fixed(version))?;
                cursor.skip_tags(flexible)?;
            }
            cursor.skip_tags(flexible)?;
        }
        if version >= 7 {
            for _ in 0..cursor.count(flexible)? {
                let topic = topic(&mut cursor, version)?;
                for _ in 0..cursor.count(flexible)? {
                    self.remove(topic, cursor.i32()?);
                }
                cursor.skip_tags(flexible)?;
            }
        }
        Ok(is_new)
    }

    pub(crate) fn topics(&self) -> impl Iterator<Item = TopicName<'_>> {
        let names = self.names.keys().map(|name| TopicName::Name(name));
        names.chain(self.ids.keys().map(|id| TopicName::Id(*id)))
    }

    fn knows(&self, topic: TopicName<'_>) -> bool {
        match topic {
            TopicName::Name(name) => self.names.contains_key(name),
            TopicName::Id(id) => self.ids.contains_key(&id),
        }
    }

    fn add(&mut self, topic: TopicName<'_>, partition: i32) {
        if self.partitions >= MOST_PARTITIONS {
            return;
        }
        let partitions = match topic {
            TopicName::Name(name) if self.names.contains_key(name) => self.names.get_mut(name),
            TopicName::Name(name) => Some(self.names.entry(name.into()).or_default()),
            TopicName::Id(id) => Some(self.ids.entry(id).or_default()),
        };
        self.partitions += usize::from(partitions.is_some_and(|partitions| partitions.insert(partition)));
    }

    fn remove(&mut self, topic: TopicName<'_>, partition: i32) {
        let partitions = match topic {
            TopicName::Name(name) => self.names.get_mut(name),
            TopicName::Id(id) => self.ids.get_mut(&id),
        };
        let Some(partitions) = partitions else { return };
        self.partitions -= usize::from(partitions.remove(&partition));
        if partitions.is_empty() {
            match topic {
                TopicName::Name(name) => drop(self.names.remove(name)),
                TopicName::Id(id) => drop(self.ids.remove(&id)),
            }
        }
    }
}

fn topic<'a>(cursor: &mut Cursor<'a>, version: i16) -> Result<TopicName<'a>, Malformed> {
    if version >= 13 { cursor.uuid().map(TopicName::Id) } else { cursor.string(version >= 12).map(TopicName::Name) }
}

/// The bytes of a partition after its index.
fn fixed(version: i16) -> usize {
    let leader_epoch = if version >= 9 { 4 } else { 0 };
    let last_fetched_epoch = if version >= 12 { 4 } else { 0 };
    let log_start_offset = if version >= 5 { 8 } else { 0 };
    leader_epoch + 8 + last_fetched_epoch + log_start_offset + 4
}

/// What stands at the end of an answer that has been walked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Nothing to do; everything was passed on.
    Plain,
    /// Tagged fields, `position` bytes into the frame. Nothing of the frame has left: the caller may rewrite it.
    Held { position: usize },
    /// Tagged fields of an answer that has partly left and can't change its length any more. They are unread, `size`
    /// bytes long.
    Late { size: usize },
}

/// The most that may stand behind the last record.
const LONGEST_TAIL: usize = 64 << 10;

/// Walks a `Fetch` answer of version 16 or later by its lengths, without looking at records. `total` counts the prefix.
pub(crate) async fn walk(relay: &mut Relay<'_>, total: usize) -> Result<Tail, SessionError> {
    let whole = total <= CHUNK;
    if whole {
        relay.must(total).await?;
    }
    let mut walk = Walk { relay, left: total };
    walk.skip(4 + 4).await?; // length, correlation id
    walk.tags().await?;
    walk.skip(4 + 2 + 4).await?; // throttle time, error, session id
    for _ in 0..walk.count().await? {
        walk.skip(16).await?; // topic id
        for _ in 0..walk.count().await? {
            walk.skip(4 + 2 + 8 + 8 + 8).await?; // index, error, three offsets
            for _ in 0..walk.count().await? {
                walk.skip(8 + 8).await?; // an aborted transaction
                walk.tags().await?;
            }
            walk.skip(4).await?; // preferred replica
            let records = walk.count().await?;
            walk.skip(records).await?;
            walk.tags().await?;
        }
        walk.tags().await?;
    }
    let left = walk.left;
    if left > LONGEST_TAIL {
        return Err(malformed(Malformed::LeftOver));
    }
    relay.must(left).await?;
    match relay.unread() {
        [0, ..] if left == 1 => {
            relay.pass(1);
            Ok(Tail::Plain)
        }
        _ if whole => {
            relay.take_back(total - left);
            Ok(Tail::Held { position: total - left })
        }
        _ => Ok(Tail::Late { size: left }),
    }
}

fn malformed(source: Malformed) -> SessionError {
    SessionError::Malformed { side: Side::Broker, what: "a Fetch answer", source }
}

/// A cursor over a frame that is still arriving.
struct Walk<'r, 's> {
    relay: &'r mut Relay<'s>,
    left: usize,
}

impl Walk<'_, '_> {
    async fn skip(&mut self, count: usize) -> Result<(), SessionError> {
        self.left = self.left.checked_sub(count).ok_or(malformed(Malformed::CutShort))?;
        self.relay.stream(count).await
    }

    async fn uvarint(&mut self) -> Result<u32, SessionError> {
        loop {
            let unread = self.relay.unread();
            let mut cursor = Cursor::new(unread.get(..unread.len().min(5)).unwrap_or_default());
            match cursor.uvarint() {
                Ok(value) => {
                    let length = cursor.position();
                    self.skip(length).await?;
                    return Ok(value);
                }
                Err(Malformed::CutShort) if self.left > unread.len() => {
                    let one_more = unread.len() + 1;
                    self.relay.must(one_more).await?;
                }
                Err(fault) => return Err(malformed(fault)),
            }
        }
    }

    /// A compact length or count, null being none. Each thing counted takes a byte at least.
    async fn count(&mut self) -> Result<usize, SessionError> {
        let count = usize::try_from(self.uvarint().await?).unwrap_or(usize::MAX).saturating_sub(1);
        if count <= self.left { Ok(count) } else { Err(malformed(Malformed::Length)) }
    }

    async fn tags(&mut self) -> Result<(), SessionError> {
        for _ in 0..self.uvarint().await? {
            self.uvarint().await?;
            let size = usize::try_from(self.uvarint().await?).unwrap_or(usize::MAX);
            self.skip(size).await?;
        }
        Ok(())
    }
}

/// Makes tagged fields with addresses unreadable in place: their number becomes one that no client knows, their content
/// zeros. Clients fall back to asking for metadata.
pub(crate) fn blank(tail: &mut [u8]) -> Result<(), Malformed> {
    const UNKNOWN: u8 = 0x7f;
    let Some(endpoints) = crate::metadata::endpoints(tail, 0)? else { return Ok(()) };
    let (tag_at, content) = (endpoints.tag_at, endpoints.content);
    if let Some(tag) = tail.get_mut(tag_at) {
        *tag = UNKNOWN;
    }
    tail.get_mut(content).unwrap_or_default().fill(0);
    Ok(())
}

#[cfg(test)]
mod tests;
