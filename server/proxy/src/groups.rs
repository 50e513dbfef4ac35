//! Which topics does a consumer group say it reads? Read from requests that pass through untouched.

use crate::error::Malformed;
use crate::wire::Cursor;

/// A group and the topics that one request names for it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reading<'a> {
    pub(crate) group: &'a str,
    pub(crate) topics: Vec<TopicName<'a>>,
}

/// How a request names a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TopicName<'a> {
    Name(&'a str),
    Id([u8; 16]),
}

/// More topics than this are not taken from one request.
const MOST_TOPICS: usize = 10_000;

/// `JoinGroup` of the classic protocol: the subscription in each assignor's metadata. Groups that are not made of
/// consumers (Connect workers) subscribe to nothing.
pub(crate) fn join_group(mut cursor: Cursor<'_>, version: i16) -> Result<Reading<'_>, Malformed> {
    let flexible = version >= 6;
    let group = cursor.string(flexible)?;
    cursor.skip(if version >= 1 { 8 } else { 4 })?; // session and rebalance timeouts
    cursor.string(flexible)?; // member id
    if version >= 5 {
        cursor.nullable_string(flexible)?; // instance id
    }
    let mut reading = Reading { group, topics: Vec::new() };
    if cursor.string(flexible)? != "consumer" {
        return Ok(reading);
    }
    for _ in 0..cursor.count(flexible)? {
        cursor.string(flexible)?; // assignor
        let metadata = cursor.nullable_bytes(flexible)?.unwrap_or_default();
        cursor.skip_tags(flexible)?;
        subscription(metadata, &mut reading.topics)?;
    }
    Ok(reading)
}

/// Every assignor carries the same topics, mostly.
fn subscription<'a>(metadata: &'a [u8], topics: &mut Vec<TopicName<'a>>) -> Result<(), Malformed> {
    let mut cursor = Cursor::new(metadata);
    cursor.i16()?; // version
    let first = topics.is_empty();
    for _ in 0..cursor.count(false)?.min(MOST_TOPICS) {
        let topic = TopicName::Name(cursor.string(false)?);
        if first || !topics.contains(&topic) {
            topics.push(topic);
        }
    }
    topics.truncate(MOST_TOPICS);
    Ok(())
}

/// `ConsumerGroupHeartbeat` of KIP-848. No list means "as before"; patterns are resolved by the broker alone.
pub(crate) fn heartbeat(mut cursor: Cursor<'_>) -> Result<Reading<'_>, Malformed> {
    let group = cursor.string(true)?;
    cursor.string(true)?; // member id
    cursor.i32()?; // member epoch
    cursor.nullable_string(true)?; // instance id
    cursor.nullable_string(true)?; // rack
    cursor.i32()?; // rebalance timeout
    let mut topics = Vec::new();
    for _ in 0..cursor.nullable_count(true)?.unwrap_or(0).min(MOST_TOPICS) {
        topics.push(TopicName::Name(cursor.string(true)?));
    }
    Ok(Reading { group, topics })
}

/// `ShareGroupHeartbeat` of KIP-932. No list means "as before".
pub(crate) fn share_heartbeat(mut cursor: Cursor<'_>) -> Result<Reading<'_>, Malformed> {
    let group = cursor.string(true)?;
    cursor.string(true)?; // member id
    cursor.i32()?; // member epoch
    cursor.nullable_string(true)?; // rack
    let mut topics = Vec::new();
    for _ in 0..cursor.nullable_count(true)?.unwrap_or(0).min(MOST_TOPICS) {
        topics.push(TopicName::Name(cursor.string(true)?));
    }
    Ok(Reading { group, topics })
}

/// `StreamsGroupHeartbeat` of KIP-1071: the topics from outside that the topology reads. Those that the application makes
/// for itself (repartition topics, changelogs) are no news to anybody; patterns are resolved by the broker alone.
pub(crate) fn streams_heartbeat(mut cursor: Cursor<'_>) -> Result<Reading<'_>, Malformed> {
    let group = cursor.string(true)?;
    cursor.string(true)?; // member id
    cursor.skip(4 + 4)?; // member epoch, endpoint information epoch
    cursor.nullable_string(true)?; // instance id
    cursor.nullable_string(true)?; // rack
    cursor.i32()?; // rebalance timeout
    let mut topics = Vec::new();
    if cursor.i8()? < 0 {
        // No topology: it was sent before.
        return Ok(Reading { group, topics });
    }
    cursor.i32()?; // topology epoch
    for _ in 0..cursor.count(true)? {
        subtopology(&mut cursor, &mut topics)?;
    }
    Ok(Reading { group, topics })
}

fn subtopology<'a>(cursor: &mut Cursor<'a>, topics: &mut Vec<TopicName<'a>>) -> Result<(), Malformed> {
    cursor.string(true)?; // its id
    for _ in 0..cursor.count(true)? {
        let topic = cursor.string(true)?;
        if topics.len() < MOST_TOPICS {
            topics.push(TopicName::Name(topic));
        }
    }
    for _ in 0..cursor.count(true)? {
        cursor.string(true)?; // a pattern of source topics
    }
    internal_topics(cursor)?; // changelogs
    for _ in 0..cursor.count(true)? {
        cursor.string(true)?; // a repartition topic that is written to
    }
    internal_topics(cursor)?; // repartition topics that are read
    for _ in 0..cursor.count(true)? {
        for _source_pattern_repartition in 0..3 {
            cursor.skip_array(true, 2)?;
        }
        cursor.skip_tags(true)?;
    }
    cursor.skip_tags(true)
}

fn internal_topics(cursor: &mut Cursor<'_>) -> Result<(), Malformed> {
    for _ in 0..cursor.count(true)? {
        cursor.string(true)?; // name
        cursor.skip(4 + 2)?; // partitions, replication factor
        for _ in 0..cursor.count(true)? {
            cursor.string(true)?; // key of a setting
            cursor.string(true)?; // its value
            cursor.skip_tags(true)?;
        }
        cursor.skip_tags(true)?;
    }
    Ok(())
}

/// `ShareFetch`: topics, by id, that are fetched or acknowledged now. A session leaves out what goes on as before.
pub(crate) fn share_fetch(mut cursor: Cursor<'_>, version: i16) -> Result<Reading<'_>, Malformed> {
    let group = cursor.nullable_string(true)?.unwrap_or_default();
    cursor.nullable_string(true)?; // member id
    cursor.skip(4 + 4 + 4 + 4)?; // session epoch, max wait, min bytes, max bytes
    cursor.skip(4 + 4)?; // max records, batch size
    cursor.skip(if version >= 2 { 1 + 1 } else { 0 })?; // acquire mode, renewal
    let mut topics = Vec::new();
    for _ in 0..cursor.count(true)?.min(MOST_TOPICS) {
        topics.push(TopicName::Id(cursor.uuid()?));
        for _ in 0..cursor.count(true)? {
            cursor.i32()?; // partition
            for _ in 0..cursor.count(true)? {
                cursor.skip(8 + 8)?; // first and last offset
                cursor.skip_array(true, 1)?;
                cursor.skip_tags(true)?;
            }
            cursor.skip_tags(true)?;
        }
        cursor.skip_tags(true)?;
    }
    Ok(Reading { group, topics })
}

/// `OffsetCommit`: proof that the group read.
pub(crate) fn offset_commit(mut cursor: Cursor<'_>, version: i16) -> Result<Reading<'_>, Malformed> {
    let flexible = version >= 8;
    let group = cursor.string(flexible)?;
    if version >= 1 {
        cursor.i32()?; // generation
        cursor.string(flexible)?; // member id
    }
    if version >= 7 {
        cursor.nullable_string(flexible)?; // instance id
    }
    cursor.skip(if (2..=4).contains(&version) { 8 } else { 0 })?; // retention
    // index and offset, then leader epoch from 6 on, or a time in 1
    let fixed = match version {
        1 => 4 + 8 + 8,
        6.. => 4 + 8 + 4,
        _ => 4 + 8,
    };
    committed(cursor, group, flexible, version >= 10, fixed)
}

/// `TxnOffsetCommit`: the same from within a transaction, whose transactional id comes first.
pub(crate) fn txn_offset_commit(mut cursor: Cursor<'_>, version: i16) -> Result<(&str, Reading<'_>), Malformed> {
    let flexible = version >= 3;
    let transaction = cursor.string(flexible)?;
    let group = cursor.string(flexible)?;
    cursor.skip(8 + 2)?; // producer id and epoch
    if version >= 3 {
        cursor.i32()?; // generation
        cursor.string(flexible)?; // member id
        cursor.nullable_string(flexible)?; // instance id
    }
    let reading = committed(cursor, group, flexible, false, if version >= 2 { 4 + 8 + 4 } else { 4 + 8 })?;
    Ok((transaction, reading))
}

/// Topics with partitions that have `fixed` bytes and a text.
fn committed<'a>(
    mut cursor: Cursor<'a>,
    group: &'a str,
    flexible: bool,
    by_id: bool,
    fixed: usize,
) -> Result<Reading<'a>, Malformed> {
    let mut topics = Vec::new();
    for _ in 0..cursor.count(flexible)?.min(MOST_TOPICS) {
        topics.push(if by_id { TopicName::Id(cursor.uuid()?) } else { TopicName::Name(cursor.string(flexible)?) });
        for _ in 0..cursor.count(flexible)? {
            cursor.skip(fixed)?;
            cursor.nullable_string(flexible)?; // metadata
            cursor.skip_tags(flexible)?;
        }
        cursor.skip_tags(flexible)?;
    }
    Ok(Reading { group, topics })
}

#[cfg(test)]
mod tests;
