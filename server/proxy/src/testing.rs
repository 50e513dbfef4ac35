//! What do the tests of this crate share? Record batches of every kind, a registry that is a map, and a small cluster.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tidegate_compat::envelope::frame;
use tidegate_compat::{ContextName, Contract, SchemaId, SchemaKey, SchemaKind, SubjectName, Version};

use crate::codec::Codec;
use crate::policy::Part;
use crate::schemas::{Boxed, Registered, SchemaSource, SourceError};
use crate::{Policies, TopicPolicy};

pub(crate) mod cluster;

pub(crate) const ORDER: &str = r#"{"type":"record","name":"shop.Order","fields":[
    {"name":"id","type":"long"},{"name":"item","type":"string"},{"name":"note","type":["null","string"]}]}"#;

/// The id under which [`Map::orders`] has [`ORDER`] for `orders-value`.
pub(crate) const ORDER_ID: SchemaId = SchemaId(1);
/// An id that belongs to another subject.
pub(crate) const OTHER_ID: SchemaId = SchemaId(2);
/// An id that nobody has registered.
pub(crate) const NO_ID: SchemaId = SchemaId(99);

/// A framed order that obeys its schema.
pub(crate) fn order(item: &str) -> Vec<u8> {
    order_as(ORDER_ID, item)
}

pub(crate) fn order_as(id: SchemaId, item: &str) -> Vec<u8> {
    let mut payload = vec![84];
    varint(&mut payload, item.len() as i64);
    payload.extend_from_slice(item.as_bytes());
    payload.push(0);
    frame(id, &payload)
}

/// A framed order that is cut short.
pub(crate) fn broken(item: &str) -> Vec<u8> {
    let mut value = order(item);
    value.truncate(value.len() - 2);
    value
}

/// One record to be written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rec {
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(&'static str, Option<Vec<u8>>)>,
}

pub(crate) fn value(value: impl Into<Vec<u8>>) -> Rec {
    Rec { value: Some(value.into()), ..Rec::default() }
}

/// Writes a record batch as a producer would.
pub(crate) fn batch(codec: Codec, records: &[Rec]) -> Vec<u8> {
    let mut plain = Vec::new();
    for (index, record) in records.iter().enumerate() {
        put_record(&mut plain, index, record);
    }
    seal_batch(codec, &compress(codec, &plain), i32::try_from(records.len()).unwrap())
}

/// A batch around records that are already written, with any count.
pub(crate) fn seal_batch(codec: Codec, records: &[u8], count: i32) -> Vec<u8> {
    let attributes: i16 = match codec {
        Codec::None => 0,
        Codec::Gzip => 1,
        Codec::Snappy => 2,
        Codec::Lz4 => 3,
        Codec::Zstd => 4,
    };
    let mut checked = Vec::new();
    checked.extend_from_slice(&attributes.to_be_bytes());
    checked.extend_from_slice(&(count - 1).to_be_bytes());
    checked.extend_from_slice(&[0; 16]); // timestamps
    checked.extend_from_slice(&(-1i64).to_be_bytes()); // producer id
    checked.extend_from_slice(&(-1i16).to_be_bytes());
    checked.extend_from_slice(&(-1i32).to_be_bytes());
    checked.extend_from_slice(&count.to_be_bytes());
    checked.extend_from_slice(records);
    let mut out = vec![0; 8];
    out.extend_from_slice(&i32::try_from(checked.len() + 9).unwrap().to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    out.push(2);
    out.extend_from_slice(&crc32c::crc32c(&checked).to_be_bytes());
    out.extend_from_slice(&checked);
    out
}

/// The same batch from an idempotent producer, whose sequence stands at 7.
pub(crate) fn idempotent(batch: &[u8], producer_id: i64) -> Vec<u8> {
    let mut batch = batch.to_vec();
    batch[43..51].copy_from_slice(&producer_id.to_be_bytes());
    batch[51..53].copy_from_slice(&3i16.to_be_bytes());
    batch[53..57].copy_from_slice(&7i32.to_be_bytes());
    reseal(&mut batch);
    batch
}

/// Corrects the checksum after a batch was tampered with.
pub(crate) fn reseal(batch: &mut [u8]) {
    let crc = crc32c::crc32c(&batch[21..]);
    batch[17..21].copy_from_slice(&crc.to_be_bytes());
}

pub(crate) fn put_record(out: &mut Vec<u8>, index: usize, record: &Rec) {
    let mut body = vec![0, 0];
    varint(&mut body, index as i64);
    put_bytes(&mut body, record.key.as_deref());
    put_bytes(&mut body, record.value.as_deref());
    varint(&mut body, record.headers.len() as i64);
    for (name, value) in &record.headers {
        put_bytes(&mut body, Some(name.as_bytes()));
        put_bytes(&mut body, value.as_deref());
    }
    varint(out, body.len() as i64);
    out.extend_from_slice(&body);
}

fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    varint(out, bytes.map_or(-1, |bytes| bytes.len() as i64));
    out.extend_from_slice(bytes.unwrap_or_default());
}

pub(crate) fn varint(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest >= 0x80 {
        out.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    out.push(rest.to_le_bytes()[0]);
}

pub(crate) fn compress(codec: Codec, plain: &[u8]) -> Vec<u8> {
    match codec {
        Codec::None => plain.to_vec(),
        Codec::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        Codec::Snappy => snap::raw::Encoder::new().compress_vec(plain).unwrap(),
        Codec::Lz4 => {
            let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        Codec::Zstd => zstd::bulk::compress(plain, 1).unwrap(),
    }
}

pub(crate) const CODECS: [Codec; 5] = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];

/// A registry that is a map, and can be slow or away.
#[derive(Default)]
pub(crate) struct Map {
    schemas: Mutex<Vec<(ContextName, SchemaKey, Registered)>>,
    /// The subject that is associated with the values of every topic.
    pub(crate) associated: Mutex<Option<SubjectName>>,
    revision: AtomicU64,
    pub(crate) is_away: AtomicBool,
    pub(crate) delay: Mutex<Duration>,
    pub(crate) lookups: AtomicUsize,
    pub(crate) policies: Mutex<Policies>,
}

impl Map {
    /// [`ORDER_ID`] for `orders-value` and [`OTHER_ID`] for `bills-value`.
    pub(crate) fn orders() -> Arc<Self> {
        let map = Arc::new(Self::default());
        map.add(ORDER_ID, ORDER, &["orders-value"]);
        map.add(OTHER_ID, ORDER, &["bills-value"]);
        map
    }

    /// Registers a schema, which moves the revision.
    pub(crate) fn add(&self, id: SchemaId, text: &str, subjects: &[&str]) {
        self.put(&ContextName::default_context(), SchemaKey::Id(id), SchemaKind::Avro, (id, text), subjects);
    }

    pub(crate) fn put(
        &self,
        context: &ContextName,
        key: SchemaKey,
        kind: SchemaKind,
        (id, text): (SchemaId, &str),
        subjects: &[&str],
    ) {
        let usages = subjects.iter().map(|name| (SubjectName::new(context.clone(), name), Version(1))).collect();
        let contract = Contract::default();
        let registered = Registered { id, kind, text: text.into(), references: Vec::new(), usages, contract };
        let mut schemas = self.schemas.lock();
        schemas.retain(|(other, known, _)| (other, *known) != (context, key));
        schemas.push((context.clone(), key, registered));
        drop(schemas);
        self.revision.fetch_add(1, Ordering::SeqCst);
    }

    /// Gives a schema of the default context a contract.
    pub(crate) fn promise(&self, id: SchemaId, contract: Contract) {
        for (_, _, registered) in self.schemas.lock().iter_mut().filter(|(_, _, registered)| registered.id == id) {
            registered.contract = contract.clone();
        }
        self.revision.fetch_add(1, Ordering::SeqCst);
    }

    /// The schema of a subject that was added last.
    async fn find_latest(&self, subject: &SubjectName) -> Result<Registered, SourceError> {
        if self.is_away.load(Ordering::SeqCst) {
            return Err(SourceError::Unavailable("no route to the registry".to_owned()));
        }
        let schemas = self.schemas.lock();
        let holds = |registered: &Registered| registered.usages.iter().any(|(held, _)| held == subject);
        let found = schemas.iter().rev().find(|(_, _, registered)| holds(registered));
        found.map(|(_, _, registered)| registered.clone()).ok_or(SourceError::NotFound)
    }

    async fn look_up(&self, context: &ContextName, key: SchemaKey) -> Result<Registered, SourceError> {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        let delay = *self.delay.lock();
        tokio::time::sleep(delay).await;
        if self.is_away.load(Ordering::SeqCst) {
            return Err(SourceError::Unavailable("no route to the registry".to_owned()));
        }
        let schemas = self.schemas.lock();
        let found = schemas.iter().find(|(other, known, _)| (other, *known) == (context, key));
        found.map(|(_, _, registered)| registered.clone()).ok_or(SourceError::NotFound)
    }
}

impl SchemaSource for Map {
    fn schema<'a>(&'a self, context: &'a ContextName, key: SchemaKey) -> Boxed<'a, Result<Registered, SourceError>> {
        Box::pin(self.look_up(context, key))
    }

    fn policies(&self, since: u64) -> Boxed<'_, Result<Option<Policies>, SourceError>> {
        Box::pin(async move {
            if self.is_away.load(Ordering::SeqCst) {
                return Err(SourceError::Unavailable("no route to the registry".to_owned()));
            }
            let policies = self.policies.lock().clone();
            Ok((policies.revision != since).then_some(policies))
        })
    }

    fn latest<'a>(&'a self, subject: &'a SubjectName) -> Boxed<'a, Result<Registered, SourceError>> {
        Box::pin(self.find_latest(subject))
    }

    fn associated<'a>(&'a self, _: &'a str, part: Part) -> Boxed<'a, Result<Vec<SubjectName>, SourceError>> {
        let found = self.associated.lock().clone().filter(|_| part == Part::Value);
        Box::pin(async move { Ok(found.into_iter().collect()) })
    }

    fn revision(&self) -> u64 {
        self.revision.load(Ordering::SeqCst)
    }
}

/// Values of `topics` by topic name, refused when bad.
pub(crate) fn policy(topics: &str) -> TopicPolicy {
    TopicPolicy::new(topics, topics)
}

/// A repeatable source of changes for mutation loops.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }

    /// Changes, cuts or repeats some bytes.
    pub(crate) fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            if bytes.is_empty() {
                return;
            }
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes[at] = 0xff,
                1 => bytes[at] = 0x7f,
                2 => bytes.truncate(at),
                3 => bytes.insert(at, u8::try_from(self.below(256)).unwrap()),
                _ => bytes[at] ^= 1 << self.below(8),
            }
        }
    }
}
