//! Which records do the benches send? Different order events with eleven fields each, in Avro.

/// The schema of the events.
pub const SCHEMA: &str = r#"{"type":"record","name":"OrderPlaced","namespace":"com.shop","fields":[
{"name":"order_id","type":"string"},
{"name":"customer","type":"long"},
{"name":"email","type":"string"},
{"name":"status","type":{"type":"enum","name":"Status","symbols":["NEW","PAID","SENT","DONE"]}},
{"name":"channel","type":{"type":"enum","name":"Channel","symbols":["WEB","APP","SHOP"]}},
{"name":"total","type":"double"},
{"name":"placed_at","type":{"type":"long","logicalType":"timestamp-millis"}},
{"name":"note","type":["null","string"],"default":null},
{"name":"address","type":{"type":"record","name":"Address","fields":[
  {"name":"street","type":"string"},{"name":"city","type":"string"},
  {"name":"country","type":{"type":"fixed","name":"Country","size":2}}]}},
{"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
  {"name":"sku","type":"string"},{"name":"quantity","type":"int"},{"name":"price","type":"double"}]}}},
{"name":"tags","type":{"type":"map","values":"string"}}]}"#;

/// How large the events are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// About 100 bytes: the smallest that has every field.
    Small,
    /// About 1 KB.
    Large,
}

impl Size {
    pub fn name(self) -> &'static str {
        match self {
            Self::Small => "100 B",
            Self::Large => "1 KB",
        }
    }
}

/// `count` different events in Confluent's framing.
pub fn framed(schema_id: i32, size: Size, count: usize) -> Vec<Vec<u8>> {
    let mut random = Random(0x5eed);
    let event = |_| {
        let mut out = Encoder(vec![0]);
        out.0.extend(schema_id.to_be_bytes());
        order(&mut out, size, &mut random);
        out.0
    };
    (0..count).map(event).collect()
}

fn order(out: &mut Encoder, size: Size, random: &mut Random) {
    let is_large = size == Size::Large;
    out.string(&random.text(if is_large { 36 } else { 20 }));
    out.long(random.below(1 << 30));
    out.string(&format!("{}@x.eu", random.text(if is_large { 12 } else { 5 })));
    out.long(random.below(4));
    out.long(random.below(3));
    out.double(random.below(100_000) as f64 / 100.0);
    out.long(1_700_000_000_000 + random.below(1 << 32));
    note(out, is_large, random);
    out.string(&random.text(if is_large { 24 } else { 5 }));
    out.string(&random.text(if is_large { 14 } else { 4 }));
    out.0.extend_from_slice(b"DE");
    lines(out, if is_large { 1 + random.below(3) } else { 1 }, random);
    tags(out, if is_large { 2 } else { 1 }, random);
}

fn note(out: &mut Encoder, is_large: bool, random: &mut Random) {
    if !is_large || random.below(8) == 0 {
        out.long(0);
    } else {
        let length = 850 + random.below(200);
        out.long(1);
        out.string(&random.text(length));
    }
}

fn lines(out: &mut Encoder, count: i64, random: &mut Random) {
    out.long(count);
    for _ in 0..count {
        out.string(&random.text(4));
        out.long(1 + random.below(90));
        out.double(random.below(100_000) as f64 / 100.0);
    }
    out.long(0);
}

fn tags(out: &mut Encoder, count: i64, random: &mut Random) {
    out.long(count);
    for number in 0..count {
        out.string(["a", "campaign"][number as usize % 2]);
        out.string(&random.text(3));
    }
    out.long(0);
}

/// Avro's binary encoding.
struct Encoder(Vec<u8>);

impl Encoder {
    fn long(&mut self, value: i64) {
        let mut rest = ((value << 1) ^ (value >> 63)) as u64;
        while rest >= 0x80 {
            self.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
    }

    fn string(&mut self, text: &str) {
        self.long(text.len() as i64);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn double(&mut self, value: f64) {
        self.0.extend(value.to_le_bytes());
    }
}

/// A small generator (splitmix64): the same events in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: i64) -> i64 {
        (self.next() % bound as u64) as i64
    }

    /// Letters with about the entropy of names and words.
    fn text(&mut self, length: i64) -> String {
        const LETTERS: &[u8] = b"eeeeeetttttaaaaooooiiiinnnnssshhhrrrddllccuummwwffggyyppbbvk    ";
        (0..length).map(|_| char::from(LETTERS[self.below(LETTERS.len() as i64) as usize])).collect()
    }
}

#[cfg(test)]
mod tests {
    use apache_avro::Schema;
    use apache_avro::reader::datum::GenericDatumReader;

    use super::*;

    #[test]
    fn events_are_valid_different_and_of_the_promised_size() {
        let schema = Schema::parse_str(SCHEMA).unwrap();
        let reader = GenericDatumReader::builder(&schema).build().unwrap();
        for (size, bytes) in [(Size::Small, 90..115), (Size::Large, 900..1100)] {
            let mut events = framed(7, size, 1000);
            for event in &events {
                let mut rest = &event[5..];
                reader.read_value(&mut rest).unwrap();
                assert!(rest.is_empty());
            }
            let mean = events.iter().map(Vec::len).sum::<usize>() / events.len();
            assert!(bytes.contains(&mean), "{mean}");
            events.sort();
            events.dedup();
            assert_eq!(events.len(), 1000);
        }
    }
}
