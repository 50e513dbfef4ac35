//! Do answers to readers name brokers? They are walked by their lengths while they stream through, records unseen.

use crate::error::{Malformed, SessionError, Side};
use crate::metadata;
use crate::relay::{CHUNK, Relay};
use crate::wire::Cursor;

/// The first version of `Fetch` whose answers may carry broker addresses.
pub(crate) const ENDPOINTS_SINCE: i16 = 16;

/// What stands at the end of an answer that has been walked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Nothing to do; everything was passed on.
    Plain,
    /// Addresses or other tagged fields, `position` bytes into the frame. Nothing of the frame has left: the caller may rewrite it.
    Held { position: usize },
    /// The same in an answer that has partly left and can't change its length any more. It is unread, `size` bytes
    /// long.
    Late { size: usize },
}

/// The most that may stand behind the last record.
const LONGEST_TAIL: usize = 64 << 10;

/// Walks a `Fetch` answer of version 16 or later by its lengths, without looking at records. `total` counts the prefix.
pub(crate) async fn fetch(relay: &mut Relay<'_>, total: usize) -> Result<Tail, SessionError> {
    let mut walk = Walk::begin(relay, total).await?;
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
            walk.text().await?; // records
            walk.tags().await?;
        }
        walk.tags().await?;
    }
    walk.end(&[0]).await
}

/// Walks a `ShareFetch` answer in the same way. What is left at its end are the addresses, an ordinary field here, and the
/// tagged fields.
pub(crate) async fn share_fetch(relay: &mut Relay<'_>, total: usize) -> Result<Tail, SessionError> {
    let mut walk = Walk::begin(relay, total).await?;
    walk.skip(4 + 2).await?; // throttle time, error
    walk.text().await?; // error message
    walk.skip(4).await?; // acquisition lock timeout
    for _ in 0..walk.count().await? {
        walk.skip(16).await?; // topic id
        for _ in 0..walk.count().await? {
            walk.skip(4 + 2).await?; // index, error
            walk.text().await?; // error message
            walk.skip(2).await?; // error of what was acknowledged
            walk.text().await?; // its message
            walk.skip(4 + 4).await?; // leader, leader epoch
            walk.tags().await?;
            walk.text().await?; // records
            for _ in 0..walk.count().await? {
                walk.skip(8 + 8 + 2).await?; // acquired records
                walk.tags().await?;
            }
            walk.tags().await?;
        }
        walk.tags().await?;
    }
    walk.end(&[1, 0]).await
}

fn malformed(source: Malformed) -> SessionError {
    SessionError::Malformed { side: Side::Broker, what: "a Fetch answer", source }
}

/// A cursor over a frame that is still arriving.
struct Walk<'r, 's> {
    relay: &'r mut Relay<'s>,
    total: usize,
    left: usize,
}

impl<'r, 's> Walk<'r, 's> {
    /// Skips the header. Frames that fit into a buffer are read whole first, so that their end can still be rewritten.
    async fn begin(relay: &'r mut Relay<'s>, total: usize) -> Result<Self, SessionError> {
        if total <= CHUNK {
            relay.must(total).await?;
        }
        let mut walk = Self { relay, total, left: total };
        walk.skip(4 + 4).await?; // length, correlation id
        walk.tags().await?;
        Ok(walk)
    }

    /// What is left of the frame is its tail; `nothing` is how one without addresses looks.
    async fn end(self, nothing: &[u8]) -> Result<Tail, SessionError> {
        let Self { relay, total, left } = self;
        if left > LONGEST_TAIL {
            return Err(malformed(Malformed::LeftOver));
        }
        relay.must(left).await?;
        let is_whole = total <= CHUNK;
        if relay.unread().get(..left) == Some(nothing) {
            relay.pass(left);
            Ok(Tail::Plain)
        } else if is_whole {
            relay.take_back(total - left);
            Ok(Tail::Held { position: total - left })
        } else {
            Ok(Tail::Late { size: left })
        }
    }

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

    /// Skips a text or bytes.
    async fn text(&mut self) -> Result<(), SessionError> {
        let length = self.count().await?;
        self.skip(length).await
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

/// A tagged field that no client knows.
const UNKNOWN: u8 = 0x7f;

/// Makes tagged fields with addresses unreadable in place: their number becomes one that no client knows, their content
/// zeros. Clients fall back to asking for metadata.
pub(crate) fn blank(tail: &mut [u8]) -> Result<(), Malformed> {
    let Some(endpoints) = metadata::endpoints(tail, 0)? else { return Ok(()) };
    let (tag_at, content) = (endpoints.tag_at, endpoints.content);
    if let Some(tag) = tail.get_mut(tag_at) {
        *tag = UNKNOWN;
    }
    tail.get_mut(content).unwrap_or_default().fill(0);
    Ok(())
}

/// The same for the end of a `ShareFetch` answer: the list of addresses becomes an empty one, and what is left over the
/// content of a tagged field.
pub(crate) fn blank_share(tail: &mut [u8]) -> Result<(), Malformed> {
    if metadata::node_endpoints(&mut Cursor::new(tail))?.is_empty() {
        return Ok(());
    }
    let (head, content) = tail.split_at_mut_checked(6).ok_or(Malformed::CutShort)?;
    let size = u32::try_from(content.len()).map_err(|_| Malformed::Length)?;
    content.fill(0);
    // No addresses, one tagged field, and its size in three bytes, however small it is.
    let [low, middle, high, _] = (size & 0x7f | (size << 1) & 0x7f00 | (size << 2) & 0x7f_0000).to_le_bytes();
    head.copy_from_slice(&[1, 1, UNKNOWN, low | 0x80, middle | 0x80, high]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Dice;

    /// One endpoint: node 8, "h", port 1, null rack.
    const ENDPOINTS: [u8; 13] = [2, 0, 0, 0, 8, 2, b'h', 0, 0, 0, 1, 0, 0];

    #[test]
    fn addresses_are_blanked_in_place() {
        let mut tail = vec![1, 0, u8::try_from(ENDPOINTS.len()).unwrap()];
        tail.extend_from_slice(&ENDPOINTS);
        let length = tail.len();
        blank(&mut tail).unwrap();
        assert_eq!(tail, [&[1, 0x7f, 13][..], &[0; 13]].concat());
        assert_eq!(tail.len(), length);
        let mut other = vec![1, 5, 1, 9];
        blank(&mut other).unwrap();
        assert_eq!(other, [1, 5, 1, 9]);
    }

    #[test]
    fn addresses_that_are_no_tagged_field_become_one() {
        let mut none = vec![1, 0];
        blank_share(&mut none).unwrap();
        assert_eq!(none, [1, 0]);
        for entries in [1u32, 9, 20, 2_000] {
            let mut tail = Vec::new();
            crate::wire::put_count(&mut tail, true, entries as usize);
            (0..entries).for_each(|_| tail.extend_from_slice(&ENDPOINTS[1..]));
            tail.push(0);
            let length = tail.len();
            blank_share(&mut tail).unwrap();
            assert_eq!(tail.len(), length);
            let mut cursor = Cursor::new(&tail);
            assert_eq!(metadata::node_endpoints(&mut cursor), Ok(Vec::new()));
            let mut tags = Vec::new();
            let see = |tag, content: Cursor<'_>| {
                tags.push(tag);
                assert!(content.rest().iter().all(|byte| *byte == 0));
                Ok(())
            };
            cursor.tags(see).unwrap();
            assert_eq!(tags, [u32::from(UNKNOWN)]);
            assert!(cursor.is_empty(), "{entries}");
        }
    }

    #[test]
    fn tampered_ends_are_errors_not_panics() {
        let mut dice = Dice::new(31);
        for _ in 0..10_000 {
            let mut tail = [&ENDPOINTS[..], &[0]].concat();
            dice.mutate(&mut tail);
            let length = tail.len();
            let _ = blank_share(&mut tail);
            let _ = blank(&mut tail);
            assert_eq!(tail.len(), length);
        }
    }
}
