//! Who reads which topics? Fetches are looked at while they stream through.
//!
//! That a client asks for a topic does not prove that there was anything to read. But who was handed records asks for those
//! behind them: a topic is read from where a client goes on asking from a later offset.

use std::time::Instant;

use ahash::HashMap;

use crate::error::Malformed;
use crate::groups::TopicName;
use crate::ledger::INTERVAL;
use crate::wire::Cursor;

pub(crate) mod walk;

/// Partitions remembered per connection.
const MOST_PARTITIONS: usize = 10_000;

/// From where a connection has asked for each partition. Requests within a session name only those that it asks for from
/// somewhere else, and outside of sessions all those that there is room for.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    names: HashMap<Box<str>, Topic>,
    ids: HashMap<[u8; 16], Topic>,
    partitions: usize,
}

#[derive(Debug, Default)]
struct Topic {
    offsets: HashMap<i32, i64>,
    /// When it was last told that it is read.
    told: Option<Instant>,
}

impl Positions {
    /// Takes in a request, and tells the topics that were read since the one before; each once in a while.
    pub(crate) fn take_in<'a>(
        &mut self,
        mut cursor: Cursor<'a>,
        version: i16,
        mut tell: impl FnMut(TopicName<'a>),
    ) -> Result<(), Malformed> {
        let flexible = version >= 12;
        cursor.skip(if version <= 14 { 4 } else { 0 })?; // replica id
        cursor.skip(4 + 4)?; // max wait, min bytes
        cursor.skip(if version >= 3 { 4 } else { 0 })?; // max bytes
        cursor.skip(if version >= 4 { 1 } else { 0 })?; // isolation level
        cursor.skip(if version >= 7 { 4 + 4 } else { 0 })?; // session id and epoch
        for _ in 0..cursor.count(flexible)? {
            let topic = topic(&mut cursor, version)?;
            let mut is_read = false;
            for _ in 0..cursor.count(flexible)? {
                let partition = cursor.i32()?;
                cursor.skip(if version >= 9 { 4 } else { 0 })?; // leader epoch
                is_read |= self.has_moved(topic, partition, cursor.i64()?);
                cursor.skip(after_offset(version))?;
                cursor.skip_tags(flexible)?;
            }
            cursor.skip_tags(flexible)?;
            if is_read && self.is_news(topic) {
                tell(topic);
            }
        }
        if version >= 7 {
            for _ in 0..cursor.count(flexible)? {
                let topic = topic(&mut cursor, version)?;
                for _ in 0..cursor.count(flexible)? {
                    self.forget(topic, cursor.i32()?);
                }
                cursor.skip_tags(flexible)?;
            }
        }
        Ok(())
    }

    /// Remembers an offset. `true` if it lies behind the one before.
    fn has_moved(&mut self, topic: TopicName<'_>, partition: i32, offset: i64) -> bool {
        if let Some(before) = self.topic(topic).and_then(|topic| topic.offsets.get_mut(&partition)) {
            return std::mem::replace(before, offset) < offset;
        }
        if self.partitions < MOST_PARTITIONS {
            self.partitions += 1;
            let topic = match topic {
                TopicName::Name(name) if self.names.contains_key(name) => self.names.get_mut(name),
                TopicName::Name(name) => Some(self.names.entry(name.into()).or_default()),
                TopicName::Id(id) => Some(self.ids.entry(id).or_default()),
            };
            if let Some(topic) = topic {
                topic.offsets.insert(partition, offset);
            }
        }
        false
    }

    /// Whether it is time to tell again that a topic is read.
    fn is_news(&mut self, topic: TopicName<'_>) -> bool {
        let Some(topic) = self.topic(topic) else { return false };
        let is_news = topic.told.is_none_or(|last| last.elapsed() >= INTERVAL);
        if is_news {
            topic.told = Some(Instant::now());
        }
        is_news
    }

    /// A session goes on without the partition. Who is given it again goes on from where somebody else may have read to.
    fn forget(&mut self, topic: TopicName<'_>, partition: i32) {
        if let Some(known) = self.topic(topic)
            && known.offsets.remove(&partition).is_some()
        {
            let is_over = known.offsets.is_empty();
            self.partitions -= 1;
            match topic {
                TopicName::Name(name) if is_over => drop(self.names.remove(name)),
                TopicName::Id(id) if is_over => drop(self.ids.remove(&id)),
                _ => {}
            }
        }
    }

    fn topic(&mut self, topic: TopicName<'_>) -> Option<&mut Topic> {
        match topic {
            TopicName::Name(name) => self.names.get_mut(name),
            TopicName::Id(id) => self.ids.get_mut(&id),
        }
    }
}

fn topic<'a>(cursor: &mut Cursor<'a>, version: i16) -> Result<TopicName<'a>, Malformed> {
    if version >= 13 { cursor.uuid().map(TopicName::Id) } else { cursor.string(version >= 12).map(TopicName::Name) }
}

/// The bytes of a partition after its offset.
fn after_offset(version: i16) -> usize {
    let last_fetched_epoch = if version >= 12 { 4 } else { 0 };
    let log_start_offset = if version >= 5 { 8 } else { 0 };
    last_fetched_epoch + log_start_offset + 4
}

#[cfg(test)]
mod tests;
