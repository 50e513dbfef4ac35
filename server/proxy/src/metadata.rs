//! Where do answers name brokers, and which topic has which id? Addresses are replaced, everything else stays as it is.
//!
//! Node ids are kept: leaders, coordinators and endpoints go on meaning the same broker in every answer.

use std::ops::Range;

use crate::error::Malformed;
use crate::versions::METADATA;
use crate::wire::{Cursor, put_count, put_nullable_string, put_string, put_uvarint, seal};

/// A broker named in an answer, and where its address stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mention<'a> {
    pub(crate) node: i32,
    pub(crate) host: &'a str,
    pub(crate) port: i32,
    /// Host and port, one behind the other.
    from: usize,
    to: usize,
}

impl Mention<'_> {
    /// The replacement of this address, in a structure that begins `offset` bytes into the frame.
    pub(crate) fn moved_to(&self, host: &str, port: u16, flexible: bool, offset: usize) -> Patch {
        let mut with = Vec::new();
        put_string(&mut with, flexible, host);
        with.extend_from_slice(&i32::from(port).to_be_bytes());
        Patch { at: offset + self.from..offset + self.to, with }
    }
}

/// New bytes for a place in a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Patch {
    pub(crate) at: Range<usize>,
    pub(crate) with: Vec<u8>,
}

/// Applies patches, which are in order.
pub(crate) fn patched(bytes: &[u8], patches: &[Patch]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + patches.len() * 16);
    let mut done = 0;
    for patch in patches {
        out.extend_from_slice(bytes.get(done..patch.at.start).unwrap_or_default());
        out.extend_from_slice(&patch.with);
        done = patch.at.end;
    }
    out.extend_from_slice(bytes.get(done..).unwrap_or_default());
    out
}

/// Host and port after a node id.
fn address<'a>(cursor: &mut Cursor<'a>, node: i32, flexible: bool) -> Result<Mention<'a>, Malformed> {
    let from = cursor.position();
    let host = cursor.string(flexible)?;
    let port = cursor.i32()?;
    Ok(Mention { node, host, port, from, to: cursor.position() })
}

fn broker<'a>(cursor: &mut Cursor<'a>, flexible: bool) -> Result<Mention<'a>, Malformed> {
    let node = cursor.i32()?;
    address(cursor, node, flexible)
}

/// What a `Metadata` answer says that matters here.
#[derive(Debug, Default)]
pub(crate) struct Seen<'a> {
    pub(crate) brokers: Vec<Mention<'a>>,
    pub(crate) topics: Vec<([u8; 16], &'a str)>,
    /// Where the controller's id stands, and what it is. Version 0 has none.
    pub(crate) controller: Option<(usize, i32)>,
}

impl Seen<'_> {
    /// Names the first broker as the controller where no broker is, in an answer whose body begins at `offset`.
    pub(crate) fn with_a_controller(&self, offset: usize) -> Option<Patch> {
        let is_a_broker = |node| self.brokers.iter().any(|broker| broker.node == node);
        let (position, _) = self.controller.filter(|(_, node)| !is_a_broker(*node))?;
        let stand_in = self.brokers.first()?.node;
        let at = offset + position;
        Some(Patch { at: at..at + 4, with: stand_in.to_be_bytes().to_vec() })
    }
}

/// The version in which topics are asked for by id.
pub(crate) const BY_ID: i16 = 12;

/// A `Metadata` request for topics with these ids. It makes no topics.
pub(crate) fn ask_by_id(ids: &[[u8; 16]], correlation: i32) -> Vec<u8> {
    let mut frame = vec![0; 4];
    frame.extend_from_slice(&METADATA.to_be_bytes());
    frame.extend_from_slice(&BY_ID.to_be_bytes());
    frame.extend_from_slice(&correlation.to_be_bytes());
    put_string(&mut frame, false, "tidegate");
    put_uvarint(&mut frame, 0); // tagged fields of the header
    put_count(&mut frame, true, ids.len());
    for id in ids {
        frame.extend_from_slice(id);
        put_nullable_string(&mut frame, true, None); // its name is what we ask
        put_uvarint(&mut frame, 0);
    }
    frame.extend_from_slice(&[0, 0]); // make topics, tell authorized operations
    put_uvarint(&mut frame, 0);
    seal(&mut frame);
    frame
}

/// Reads the body of a `Metadata` answer.
pub(crate) fn metadata(body: &[u8], version: i16) -> Result<Seen<'_>, Malformed> {
    let flexible = version >= 9;
    let mut cursor = Cursor::new(body);
    let mut seen = Seen::default();
    cursor.skip(if version >= 3 { 4 } else { 0 })?; // throttle time
    for _ in 0..cursor.count(flexible)? {
        seen.brokers.push(broker(&mut cursor, flexible)?);
        if version >= 1 {
            cursor.nullable_string(flexible)?; // rack
        }
        cursor.skip_tags(flexible)?;
    }
    if version >= 2 {
        cursor.nullable_string(flexible)?; // cluster id
    }
    if version >= 1 {
        seen.controller = Some((cursor.position(), cursor.i32()?));
    }
    if version < 10 {
        return Ok(seen);
    }
    for _ in 0..cursor.count(flexible)? {
        cursor.i16()?; // error
        let name = cursor.nullable_string(flexible)?;
        let id = cursor.uuid()?;
        seen.topics.extend(name.map(|name| (id, name)));
        cursor.i8()?; // is internal
        for _ in 0..cursor.count(flexible)? {
            cursor.skip(2 + 4 + 4 + 4)?; // error, index, leader, leader epoch
            for _replicas_isr_offline in 0..3 {
                cursor.skip_array(flexible, 4)?;
            }
            cursor.skip_tags(flexible)?;
        }
        cursor.i32()?; // authorized operations
        cursor.skip_tags(flexible)?;
    }
    Ok(seen)
}

/// Reads the body of a `FindCoordinator` answer. Coordinators that were not found have no node, and are left alone.
pub(crate) fn find_coordinator(body: &[u8], version: i16) -> Result<Vec<Mention<'_>>, Malformed> {
    let flexible = version >= 3;
    let mut cursor = Cursor::new(body);
    let mut found = Vec::new();
    cursor.skip(if version >= 1 { 4 } else { 0 })?; // throttle time
    if version < 4 {
        cursor.i16()?; // error
        if version >= 1 {
            cursor.nullable_string(flexible)?; // error message
        }
        found.push(broker(&mut cursor, flexible)?);
    } else {
        for _ in 0..cursor.count(flexible)? {
            cursor.string(flexible)?; // key
            found.push(broker(&mut cursor, flexible)?);
            cursor.i16()?; // error
            cursor.nullable_string(flexible)?; // error message
            cursor.skip_tags(flexible)?;
        }
    }
    found.retain(|mention| mention.node >= 0);
    Ok(found)
}

/// Who is described by a `DescribeCluster` answer.
#[derive(Debug)]
pub(crate) enum Described<'a> {
    Brokers(Vec<Mention<'a>>),
    /// Controllers have no ports here. Where their list stands, to be emptied.
    Controllers(Range<usize>),
}

/// Reads the body of a `DescribeCluster` answer.
pub(crate) fn describe_cluster(body: &[u8], version: i16) -> Result<Described<'_>, Malformed> {
    const BROKERS: i8 = 1;
    let mut cursor = Cursor::new(body);
    cursor.skip(4 + 2)?; // throttle time, error
    cursor.nullable_string(true)?; // error message
    let endpoints = if version >= 1 { cursor.i8()? } else { BROKERS };
    cursor.string(true)?; // cluster id
    cursor.i32()?; // controller id
    let list_at = cursor.position();
    let mut brokers = Vec::new();
    for _ in 0..cursor.count(true)? {
        brokers.push(broker(&mut cursor, true)?);
        cursor.nullable_string(true)?; // rack
        cursor.skip(usize::from(version >= 2))?; // is fenced
        cursor.skip_tags(true)?;
    }
    if endpoints == BROKERS {
        Ok(Described::Brokers(brokers))
    } else {
        Ok(Described::Controllers(list_at..cursor.position()))
    }
}

/// The current leaders' addresses at the end of a `ShareAcknowledge` answer: an ordinary field there, which is always there.
pub(crate) fn share_acknowledge(body: &[u8], version: i16) -> Result<Vec<Mention<'_>>, Malformed> {
    let mut cursor = Cursor::new(body);
    cursor.skip(4 + 2)?; // throttle time, error
    cursor.nullable_string(true)?; // error message
    cursor.skip(if version >= 2 { 4 } else { 0 })?; // acquisition lock timeout
    for _ in 0..cursor.count(true)? {
        cursor.skip(16)?; // topic id
        for _ in 0..cursor.count(true)? {
            cursor.skip(4 + 2)?; // index, error
            cursor.nullable_string(true)?; // error message
            cursor.skip(4 + 4)?; // leader, leader epoch
            cursor.skip_tags(true)?;
            cursor.skip_tags(true)?;
        }
        cursor.skip_tags(true)?;
    }
    node_endpoints(&mut cursor)
}

/// A list of brokers' addresses.
pub(crate) fn node_endpoints<'a>(cursor: &mut Cursor<'a>) -> Result<Vec<Mention<'a>>, Malformed> {
    let mut brokers = Vec::new();
    for _ in 0..cursor.count(true)? {
        brokers.push(broker(cursor, true)?);
        cursor.nullable_string(true)?; // rack
        cursor.skip_tags(true)?;
    }
    Ok(brokers)
}

/// An empty list of a flexible version.
pub(crate) fn emptied(at: Range<usize>) -> Patch {
    let mut with = Vec::new();
    put_count(&mut with, true, 0);
    Patch { at, with }
}

/// The current leaders' addresses that `Produce` and `Fetch` answers carry in tag 0 after a change of leaders.
#[derive(Debug)]
pub(crate) struct Endpoints<'a> {
    pub(crate) brokers: Vec<Mention<'a>>,
    /// The tagged field's number, where its size stands, and its content.
    pub(crate) tag_at: usize,
    size_at: usize,
    pub(crate) content: Range<usize>,
}

/// Looks for addresses in the tagged fields at the end of a body, which begin at `at`.
pub(crate) fn endpoints(body: &[u8], at: usize) -> Result<Option<Endpoints<'_>>, Malformed> {
    let mut cursor = Cursor::new(body);
    cursor.skip(at)?;
    for _ in 0..cursor.uvarint()? {
        let tag_at = cursor.position();
        let tag = cursor.uvarint()?;
        let size_at = cursor.position();
        let size = usize::try_from(cursor.uvarint()?).map_err(|_| Malformed::Length)?;
        let content = cursor.position()..cursor.position().saturating_add(size);
        if tag != 0 {
            cursor.skip(size)?;
            continue;
        }
        let brokers = node_endpoints(&mut cursor)?;
        if cursor.position() != content.end {
            return Err(Malformed::Length);
        }
        return Ok(Some(Endpoints { brokers, tag_at, size_at, content }));
    }
    Ok(None)
}

impl Endpoints<'_> {
    /// One patch for the whole tagged field: its content with `inner` applied, and its new size.
    pub(crate) fn rebuilt(&self, body: &[u8], inner: &[Patch]) -> Patch {
        let shift = |patch: &Patch| Patch {
            at: patch.at.start.saturating_sub(self.content.start)..patch.at.end.saturating_sub(self.content.start),
            with: patch.with.clone(),
        };
        let inner: Vec<_> = inner.iter().map(shift).collect();
        let content = patched(body.get(self.content.clone()).unwrap_or_default(), &inner);
        let mut with = Vec::new();
        put_uvarint(&mut with, u32::try_from(content.len()).unwrap_or(0));
        with.extend_from_slice(&content);
        Patch { at: self.size_at..self.content.end, with }
    }
}

#[cfg(test)]
mod tests;
