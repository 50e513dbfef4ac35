//! How is a batch written anew, with records flagged or left out? The one place that changes what a producer has sent.
//!
//! A flagged record gets one more header, behind those that it has; names may repeat, and all stay in their order. The count
//! of records, their order and their sequence numbers stay, which keeps idempotent and transactional producers right: a
//! broker tells duplicates by producer id, epoch and sequence, not by checksum. Leaving records out shortens the range of
//! sequence numbers, so it is for producers without them only; whoever calls sees to that.
//!
//! The codec stays the producer's. The checksum is made anew.

use crate::batch::{Batch, HEADER, Record, RecordFault, put_varint};
use crate::codec::{self, CodecError};

/// The header by which a record is flagged. Its value is a JSON object with `rule`, `path` and `reason`.
pub(crate) const FLAG: &str = "tidegate.violation";

/// The longest flag, bytes.
const LONGEST_FLAG: usize = 1_024;

/// A batch that is being written anew, record by record.
pub(crate) struct Rewrite<'a> {
    original: &'a [u8],
    batch: Batch<'a>,
    plain: Vec<u8>,
    removed: u32,
    kept: u32,
    latest: Option<i64>,
}

impl<'a> Rewrite<'a> {
    /// `original` are the bytes of the batch, which has been opened.
    pub(crate) fn new(original: &'a [u8], batch: Batch<'a>) -> Self {
        Self { original, batch, plain: Vec::new(), removed: 0, kept: 0, latest: None }
    }

    /// Appends a record as it is, or with a flag.
    pub(crate) fn keep(&mut self, record: &Record<'_>, flag: Option<&str>) -> Result<(), RecordFault> {
        let parts = record.parts()?;
        self.latest = self.latest.max(Some(self.batch.base_timestamp.saturating_add(parts.timestamp_delta)));
        let mut body = Vec::with_capacity(record.body.len() + flag.map_or(0, |flag| flag.len() + FLAG.len() + 8));
        body.extend_from_slice(parts.to_timestamp);
        if self.removed == 0 {
            put_varint(&mut body, parts.offset_delta);
        } else {
            put_varint(&mut body, i64::from(self.kept));
        }
        body.extend_from_slice(parts.key_and_value);
        put_varint(&mut body, parts.header_count + i64::from(flag.is_some()));
        body.extend_from_slice(parts.headers);
        if let Some(flag) = flag {
            put_bytes(&mut body, FLAG.as_bytes());
            put_bytes(&mut body, flag.as_bytes());
        }
        put_bytes(&mut self.plain, &body);
        self.kept += 1;
        Ok(())
    }

    /// Leaves a record out.
    pub(crate) fn remove(&mut self) {
        self.removed += 1;
    }

    /// The new batch; `None` if no record is left.
    pub(crate) fn finish(self) -> Result<Option<Vec<u8>>, CodecError> {
        if self.kept == 0 {
            return Ok(None);
        }
        let records = codec::compress(self.batch.codec, &self.plain, self.batch.records)?;
        let mut out = Vec::with_capacity(HEADER + records.len());
        out.extend_from_slice(self.original.get(..HEADER).unwrap_or_default());
        out.extend_from_slice(&records);
        let length =
            u32::try_from(out.len().saturating_sub(12)).map_err(|_| CodecError::TooLarge(u32::MAX as usize))?;
        put(&mut out, 8, &length.to_be_bytes());
        if self.removed > 0 {
            put(&mut out, 23, &self.kept.saturating_sub(1).to_be_bytes());
            put(&mut out, 57, &self.kept.to_be_bytes());
            put(&mut out, 35, &self.latest.unwrap_or(self.batch.base_timestamp).to_be_bytes());
        }
        let checksum = crc32c::crc32c(out.get(21..).unwrap_or_default());
        put(&mut out, 17, &checksum.to_be_bytes());
        Ok(Some(out))
    }
}

/// The value of the flag. Like all that is told of a record, it holds nothing of what the record holds.
pub(crate) fn flag(rule: &str, path: &str, reason: &str) -> String {
    let cut = |text: &str, most: usize| text.get(..text.floor_char_boundary(most)).unwrap_or_default().to_owned();
    let most = LONGEST_FLAG / 4;
    serde_json::json!({ "rule": cut(rule, most), "path": cut(path, most), "reason": cut(reason, most) }).to_string()
}

fn put(out: &mut [u8], at: usize, field: &[u8]) {
    if let Some(place) = out.get_mut(at..at + field.len()) {
        place.copy_from_slice(field);
    }
}

/// Bytes behind their length.
fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, i64::try_from(bytes.len()).unwrap_or(i64::MAX));
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Codec, Scratch};
    use crate::testing::{CODECS, Rec, batch, value};

    const MAX: usize = 8 << 20;

    fn records() -> Vec<Rec> {
        let headers =
            vec![("a", Some(b"1".to_vec())), ("a", Some(b"2".to_vec())), ("b", None), (FLAG, Some(b"old".to_vec()))];
        (0..50u8)
            .map(|index| Rec { key: Some(vec![index]), headers: headers.clone(), ..value(vec![index; 300]) })
            .collect()
    }

    /// Writes a batch anew; `edit` tells what becomes of each record: kept (with a flag or not), or left out.
    fn rewritten(bytes: &[u8], edit: impl Fn(u32) -> Option<Option<&'static str>>) -> Option<Vec<u8>> {
        let opened = Batch::open(bytes).unwrap();
        let mut scratch = Scratch::default();
        let plain = scratch.open(opened.codec, opened.records, MAX).unwrap();
        let mut walk = opened.walk(plain).unwrap();
        let mut rewrite = Rewrite::new(bytes, opened);
        let mut index = 0;
        while let Some(record) = walk.next() {
            match edit(index) {
                Some(flag) => rewrite.keep(&record.unwrap(), flag).unwrap(),
                None => rewrite.remove(),
            }
            index += 1;
        }
        rewrite.finish().unwrap()
    }

    /// Keys, values and headers of a batch.
    /// Key, value and headers.
    type Content = (Vec<u8>, Vec<u8>, Vec<(String, Option<Vec<u8>>)>);

    fn content(bytes: &[u8]) -> Vec<Content> {
        let opened = Batch::open(bytes).unwrap();
        let mut scratch = Scratch::default();
        let plain = scratch.open(opened.codec, opened.records, MAX).unwrap();
        let mut walk = opened.walk(plain).unwrap();
        let mut all = Vec::new();
        while let Some(record) = walk.next() {
            let record = record.unwrap();
            let headers = record.headers.iter();
            let headers =
                headers.map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), value.map(<[u8]>::to_vec)));
            all.push((record.key.unwrap().to_vec(), record.value.unwrap().to_vec(), headers.collect()));
        }
        all
    }

    #[test]
    fn a_batch_that_nothing_is_done_to_holds_the_same_in_every_codec() {
        for codec in CODECS {
            let bytes = batch(codec, &records());
            let again = rewritten(&bytes, |_| Some(None)).unwrap();
            assert_eq!(content(&again), content(&bytes), "{codec:?}");
            assert_eq!(again[21..57], bytes[21..57], "the header stays, {codec:?}");
        }
    }

    #[test]
    fn without_compression_nothing_done_means_the_same_bytes() {
        let bytes = batch(Codec::None, &records());
        assert_eq!(rewritten(&bytes, |_| Some(None)).unwrap(), bytes);
    }

    #[test]
    fn a_flag_comes_last_and_everything_else_stays() {
        for codec in CODECS {
            let bytes = batch(codec, &records());
            let flagged = rewritten(&bytes, |index| Some((index == 7).then_some("why"))).unwrap();
            let mut expected = content(&bytes);
            expected[7].2.push((FLAG.to_owned(), Some(b"why".to_vec())));
            assert_eq!(content(&flagged), expected, "{codec:?}");
            assert_eq!(flagged[23..27], bytes[23..27], "the last offset");
            assert_eq!(flagged[43..61], bytes[43..61], "producer, sequence and count");
        }
    }

    #[test]
    fn what_is_left_out_closes_the_gap() {
        let bytes = batch(Codec::Lz4, &records());
        let rest = rewritten(&bytes, |index| (index % 2 == 1).then_some(None)).unwrap();
        let expected: Vec<_> = content(&bytes).into_iter().skip(1).step_by(2).collect();
        assert_eq!(content(&rest), expected);
        let opened = Batch::open(&rest).unwrap();
        assert_eq!((opened.count, &rest[23..27]), (25, &24i32.to_be_bytes()[..]));
        let mut scratch = Scratch::default();
        let plain = scratch.open(opened.codec, opened.records, MAX).unwrap();
        let mut walk = opened.walk(plain).unwrap();
        for index in 0..25 {
            assert_eq!(walk.next().unwrap().unwrap().parts().unwrap().offset_delta, index);
        }
        assert_eq!(rewritten(&bytes, |_| None), None);
    }

    #[test]
    fn a_flag_is_bounded_and_json() {
        let long = "ü".repeat(2_000);
        let flag = flag(&long, &long, &long);
        assert!(flag.len() <= LONGEST_FLAG, "{}", flag.len());
        assert!(serde_json::from_str::<serde_json::Value>(&flag).unwrap()["rule"].as_str().is_some());
    }
}
