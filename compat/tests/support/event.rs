//! What does a typical record look like? An order event of eleven fields and about 200 bytes, as many as anyone wants,
//! no two alike.

/// A small generator of numbers, the same on every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// `length` small letters.
    pub(crate) fn word(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b'a' + self.below(26) as u8)).collect()
    }
}

pub(crate) const SCHEMA: &str = r#"{"type":"record","name":"Order","namespace":"shop","fields":[
    {"name":"id","type":"string"},
    {"name":"customer_id","type":"long"},
    {"name":"email","type":"string"},
    {"name":"status","type":{"type":"enum","name":"Status","symbols":["NEW","PAID","SHIPPED","DONE"]}},
    {"name":"channel","type":{"type":"enum","name":"Channel","symbols":["WEB","APP","SHOP"]}},
    {"name":"total","type":"double"},
    {"name":"created_at","type":{"type":"long","logicalType":"timestamp-millis"}},
    {"name":"note","type":["null","string"],"default":null},
    {"name":"address","type":{"type":"record","name":"Address","fields":[
        {"name":"street","type":"string"},
        {"name":"city","type":"string"},
        {"name":"zip","type":"int"},
        {"name":"country","type":{"type":"fixed","name":"Country","size":2}}]}},
    {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
        {"name":"sku","type":"string"},
        {"name":"quantity","type":"int"},
        {"name":"price","type":"double"}]}}},
    {"name":"tags","type":{"type":"map","values":"string"}}]}"#;

/// One event as Avro writes it.
pub(crate) fn event(random: &mut Random) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    let id =
        format!("{:08x}-{:04x}-4000-8000-{:012x}", random.next() as u32, random.next() as u16, random.next() >> 16);
    text(&id, &mut out);
    long((random.next() >> 30) as i64, &mut out);
    let email = format!("{}@example.com", word(random, 5, 12));
    text(&email, &mut out);
    long(random.below(4) as i64, &mut out);
    long(random.below(3) as i64, &mut out);
    double(random, &mut out);
    long(1_700_000_000_000 + (random.next() >> 30) as i64, &mut out);
    if random.below(2) == 0 {
        long(0, &mut out);
    } else {
        long(1, &mut out);
        text(&word(random, 5, 30), &mut out);
    }
    text(&word(random, 8, 20), &mut out);
    let city = if random.below(10) == 0 { "Zürich".to_owned() } else { word(random, 4, 12) };
    text(&city, &mut out);
    long(random.below(100_000) as i64, &mut out);
    out.extend(random.word(2).to_uppercase().bytes());
    let lines = 1 + random.below(3);
    long(lines as i64, &mut out);
    for _ in 0..lines {
        text(&word(random, 6, 10), &mut out);
        long(random.below(200) as i64, &mut out);
        double(random, &mut out);
    }
    long(0, &mut out);
    long(2, &mut out);
    for key in ["source", "campaign"] {
        text(key, &mut out);
        text(&word(random, 3, 12), &mut out);
    }
    long(0, &mut out);
    out
}

fn word(random: &mut Random, least: usize, most: usize) -> String {
    let length = least + random.below(most - least + 1);
    random.word(length)
}

fn double(random: &mut Random, out: &mut Vec<u8>) {
    out.extend((random.below(1_000_000) as f64 / 100.0).to_le_bytes());
}

fn text(text: &str, out: &mut Vec<u8>) {
    long(text.len() as i64, out);
    out.extend(text.bytes());
}

fn long(number: i64, out: &mut Vec<u8>) {
    let mut bits = ((number << 1) ^ (number >> 63)) as u64;
    while bits >= 0x80 {
        out.push((bits & 0x7f) as u8 | 0x80);
        bits >>= 7;
    }
    out.push(bits as u8);
}
