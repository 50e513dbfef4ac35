//! What does a compressed batch hold? Decompression into one reused buffer, never beyond a limit.

use std::io::{self, Read, Write};

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use lz4_flex::frame::{FrameDecoder, FrameEncoder};
use zstd::bulk::Decompressor;
use zstd::zstd_safe::get_frame_content_size;

/// How records are compressed, as a batch's attributes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

/// Why records can't be decompressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CodecError {
    #[error("they are not valid {0:?}")]
    Invalid(Codec),
    #[error("decompressed they are larger than {0} bytes")]
    TooLarge(usize),
}

impl Codec {
    /// Reads the codec bits of a batch's attributes.
    pub(crate) fn from_attributes(attributes: i16) -> Option<Self> {
        match attributes & 0b111 {
            0 => Some(Self::None),
            1 => Some(Self::Gzip),
            2 => Some(Self::Snappy),
            3 => Some(Self::Lz4),
            4 => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// The most that `compressed` bytes may become: a small batch may be all zeros, a large one must not be a bomb.
pub(crate) fn limit(compressed: usize, max_batch: usize) -> usize {
    compressed.saturating_mul(32).max(1 << 20).min(max_batch)
}

/// What snappy-java puts before its blocks; the versions that follow are both 1.
const XERIAL: &[u8] = b"\x82SNAPPY\0";
const XERIAL_HEADER: &[u8] = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";

/// The block size of snappy-java.
const XERIAL_BLOCK: usize = 32 << 10;

/// Kafka's own default.
const ZSTD_LEVEL: i32 = 3;

/// Compresses records anew, in the framing of `like`, which is what they were before.
pub(crate) fn compress(codec: Codec, plain: &[u8], like: &[u8]) -> Result<Vec<u8>, CodecError> {
    let done = match codec {
        Codec::None => Ok(plain.to_vec()),
        Codec::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(plain).and_then(|()| encoder.finish())
        }
        Codec::Snappy => snappy(plain, like.starts_with(XERIAL)).map_err(io::Error::other),
        Codec::Lz4 => {
            let mut encoder = FrameEncoder::new(Vec::new());
            encoder.write_all(plain).and_then(|()| encoder.finish().map_err(io::Error::other))
        }
        Codec::Zstd => zstd::bulk::compress(plain, ZSTD_LEVEL),
    };
    done.map_err(|_| CodecError::Invalid(codec))
}

fn snappy(plain: &[u8], in_blocks: bool) -> Result<Vec<u8>, snap::Error> {
    let mut encoder = snap::raw::Encoder::new();
    if !in_blocks {
        return encoder.compress_vec(plain);
    }
    let mut out = XERIAL_HEADER.to_vec();
    for chunk in plain.chunks(XERIAL_BLOCK) {
        let block = encoder.compress_vec(chunk)?;
        // A block of 32 KiB can't become one whose length does not fit.
        out.extend_from_slice(&u32::try_from(block.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(&block);
    }
    Ok(out)
}

/// Room for decompressed records, kept from one batch to the next.
#[derive(Default)]
pub(crate) struct Scratch {
    room: Vec<u8>,
    zstd: Option<Decompressor<'static>>,
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scratch").field("room", &self.room.len()).finish_non_exhaustive()
    }
}

/// A scratch larger than this is given up after use.
const KEPT: usize = 4 << 20;

/// The smallest room worth having.
const FIRST: usize = 64 << 10;

impl Scratch {
    /// Decompresses `bytes` to at most `limit` bytes. What is not compressed is returned as it is.
    pub(crate) fn open<'a>(&'a mut self, codec: Codec, bytes: &'a [u8], limit: usize) -> Result<&'a [u8], CodecError> {
        let length = match codec {
            Codec::None => return Ok(bytes),
            Codec::Gzip => self.read(codec, MultiGzDecoder::new(bytes), limit),
            Codec::Snappy => self.snappy(bytes, limit),
            Codec::Lz4 => self.lz4(bytes, limit),
            Codec::Zstd => self.zstd(bytes, limit),
        }?;
        Ok(self.room.get(..length).unwrap_or_default())
    }

    /// Gives memory back after an unusually large batch.
    pub(crate) fn settle(&mut self) {
        if self.room.len() > KEPT {
            self.room = Vec::new();
        }
    }

    /// At least `wanted` bytes of room, but not beyond the limit.
    fn grow(&mut self, wanted: usize, limit: usize) {
        let wanted = wanted.max(FIRST).min(limit);
        if self.room.len() < wanted {
            self.room.resize(wanted, 0);
        }
    }

    fn read(&mut self, codec: Codec, mut from: impl Read, limit: usize) -> Result<usize, CodecError> {
        let mut length = 0;
        loop {
            if length == self.room.len().min(limit) {
                if length >= limit {
                    let more = from.read(&mut [0]).map_err(|_| CodecError::Invalid(codec))?;
                    return if more == 0 { Ok(length) } else { Err(CodecError::TooLarge(limit)) };
                }
                self.grow(self.room.len() * 2, limit);
            }
            let end = self.room.len().min(limit);
            match from.read(self.room.get_mut(length..end).unwrap_or_default()) {
                Ok(0) => return Ok(length),
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(CodecError::Invalid(codec)),
            }
        }
    }

    fn lz4(&mut self, bytes: &[u8], limit: usize) -> Result<usize, CodecError> {
        // A frame that ends before its end mark reads like a short one; what follows a frame is left unread.
        let mut rest = bytes;
        let length = self.read(Codec::Lz4, FrameDecoder::new(&mut rest), limit)?;
        if rest.is_empty() { Ok(length) } else { Err(CodecError::Invalid(Codec::Lz4)) }
    }

    /// Both framings are in use: the raw one, and that of snappy-java with blocks behind lengths.
    fn snappy(&mut self, bytes: &[u8], limit: usize) -> Result<usize, CodecError> {
        if !bytes.starts_with(XERIAL) {
            return self.snappy_block(bytes, 0, limit);
        }
        let invalid = CodecError::Invalid(Codec::Snappy);
        let mut rest = bytes.get(XERIAL_HEADER.len()..).ok_or(invalid)?;
        let mut length = 0;
        while let Some((size, after)) = rest.split_first_chunk() {
            let size = usize::try_from(u32::from_be_bytes(*size)).map_err(|_| invalid)?;
            let (block, after) = after.split_at_checked(size).ok_or(invalid)?;
            length = self.snappy_block(block, length, limit)?;
            rest = after;
        }
        if rest.is_empty() { Ok(length) } else { Err(invalid) }
    }

    /// Appends one block at `at` and returns where it ends.
    fn snappy_block(&mut self, block: &[u8], at: usize, limit: usize) -> Result<usize, CodecError> {
        let invalid = |_| CodecError::Invalid(Codec::Snappy);
        let end = at.saturating_add(snap::raw::decompress_len(block).map_err(invalid)?);
        if end > limit {
            return Err(CodecError::TooLarge(limit));
        }
        self.grow(end, limit);
        let room = self.room.get_mut(at..end).unwrap_or_default();
        let written = snap::raw::Decoder::new().decompress(block, room).map_err(invalid)?;
        if at + written == end { Ok(end) } else { Err(CodecError::Invalid(Codec::Snappy)) }
    }

    /// Decompresses in one go, which needs no window beside the output. Streaming compressors don't write down the size,
    /// so the room doubles until it fits; it stays, so this is rare.
    fn zstd(&mut self, bytes: &[u8], limit: usize) -> Result<usize, CodecError> {
        let invalid = CodecError::Invalid(Codec::Zstd);
        let promised = get_frame_content_size(bytes).map_err(|_| invalid)?;
        let promised = promised.map(|size| usize::try_from(size).unwrap_or(usize::MAX));
        if promised.is_some_and(|size| size > limit) {
            return Err(CodecError::TooLarge(limit));
        }
        self.grow(promised.unwrap_or(bytes.len().saturating_mul(8)), limit);
        loop {
            let fresh = || Decompressor::new().map_err(|_| invalid);
            let decompressor = match &mut self.zstd {
                Some(kept) => kept,
                none => none.insert(fresh()?),
            };
            let end = self.room.len().min(limit);
            match decompressor.decompress_to_buffer(bytes, self.room.get_mut(..end).unwrap_or_default()) {
                Ok(length) => return Ok(length),
                Err(error) if !is_too_small(&error) => return Err(invalid),
                Err(_) if end >= limit => return Err(CodecError::TooLarge(limit)),
                Err(_) => self.grow(end * 2, limit),
            }
        }
    }
}

/// Whether the output did not fit, which the library only says in words.
fn is_too_small(error: &io::Error) -> bool {
    error.to_string().contains("too small")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 8 << 20;

    fn sample(length: usize) -> Vec<u8> {
        (0..length).map(|index| u8::try_from((index * index / 7) % 251).unwrap()).collect()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn xerial(bytes: &[u8]) -> Vec<u8> {
        let mut out = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01".to_vec();
        for chunk in bytes.chunks(32 << 10) {
            let block = snap::raw::Encoder::new().compress_vec(chunk).unwrap();
            out.extend_from_slice(&u32::try_from(block.len()).unwrap().to_be_bytes());
            out.extend_from_slice(&block);
        }
        out
    }

    fn lz4(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd_streamed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn all(bytes: &[u8]) -> Vec<(Codec, Vec<u8>)> {
        vec![
            (Codec::None, bytes.to_vec()),
            (Codec::Gzip, gzip(bytes)),
            (Codec::Snappy, xerial(bytes)),
            (Codec::Snappy, snap::raw::Encoder::new().compress_vec(bytes).unwrap()),
            (Codec::Lz4, lz4(bytes)),
            (Codec::Zstd, zstd_streamed(bytes)),
            (Codec::Zstd, zstd::bulk::compress(bytes, 3).unwrap()),
        ]
    }

    #[test]
    fn every_codec_in_every_framing_comes_back() {
        let mut scratch = Scratch::default();
        for length in [0, 1, 1_000, 70_000, 600_000] {
            let plain = sample(length);
            for (codec, compressed) in all(&plain) {
                assert_eq!(scratch.open(codec, &compressed, LIMIT), Ok(&plain[..]), "{codec:?} {length}");
            }
        }
    }

    #[test]
    fn what_is_compressed_anew_comes_back_in_the_framing_that_it_had() {
        let mut scratch = Scratch::default();
        for length in [0, 1, 1_000, 70_000, 600_000] {
            let plain = sample(length);
            for (codec, before) in all(&plain) {
                let after = compress(codec, &plain, &before).unwrap();
                assert_eq!(after.starts_with(XERIAL), before.starts_with(XERIAL), "{codec:?}");
                assert_eq!(scratch.open(codec, &after, LIMIT), Ok(&plain[..]), "{codec:?} {length}");
            }
        }
    }

    #[test]
    fn gzip_may_have_several_members() {
        let both = [gzip(b"first "), gzip(b"second")].concat();
        assert_eq!(Scratch::default().open(Codec::Gzip, &both, LIMIT), Ok(&b"first second"[..]));
    }

    #[test]
    fn bombs_stop_at_the_limit_and_never_hold_more() {
        let bomb = vec![0; 2 << 20];
        for (codec, compressed) in all(&bomb).into_iter().skip(1) {
            let mut scratch = Scratch::default();
            assert_eq!(scratch.open(codec, &compressed, 1 << 18), Err(CodecError::TooLarge(1 << 18)), "{codec:?}");
            assert!(scratch.room.len() <= 1 << 18);
        }
    }

    #[test]
    fn what_fits_exactly_is_taken() {
        let plain = sample(100_000);
        for (codec, compressed) in all(&plain) {
            assert!(Scratch::default().open(codec, &compressed, plain.len()).is_ok(), "{codec:?}");
            if codec != Codec::None {
                assert!(Scratch::default().open(codec, &compressed, plain.len() - 1).is_err(), "{codec:?}");
            }
        }
    }

    #[test]
    fn broken_streams_are_errors_not_panics() {
        let plain = sample(5_000);
        let mut seed = 7u64;
        for (codec, compressed) in all(&plain).into_iter().skip(1) {
            let mut scratch = Scratch::default();
            for cut in (0..compressed.len()).step_by(197) {
                let _ = scratch.open(codec, compressed.get(..cut).unwrap(), LIMIT);
            }
            for _ in 0..100 {
                let mut broken = compressed.clone();
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = usize::try_from(seed >> 33).unwrap() % broken.len();
                broken[at] ^= seed.to_le_bytes()[3] | 1;
                let _ = scratch.open(codec, &broken, LIMIT);
                assert!(scratch.room.len() <= LIMIT);
            }
        }
    }

    #[test]
    fn the_limit_follows_the_compressed_size_within_bounds() {
        assert_eq!(limit(10, 64 << 20), 1 << 20);
        assert_eq!(limit(1 << 20, 64 << 20), 32 << 20);
        assert_eq!(limit(1 << 30, 64 << 20), 64 << 20);
    }
}
