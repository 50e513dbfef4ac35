//! Who reads which topics? Fetches are looked at while they stream through.

use std::collections::BTreeSet;
use std::sync::Arc;

use ahash::HashMap;

use crate::error::Malformed;
use crate::groups::TopicName;
use crate::wire::Cursor;

pub(crate) mod walk;

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

#[cfg(test)]
mod tests;
