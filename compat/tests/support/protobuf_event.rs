//! The order event of eleven fields as Protobuf: what does a typical record look like?

use crate::event::Random;

pub(crate) const SCHEMA: &str = r#"syntax = "proto3";
package shop;

message Order {
  string id = 1;
  int64 customer_id = 2;
  string email = 3;
  Status status = 4;
  Channel channel = 5;
  double total = 6;
  int64 created_at = 7;
  optional string note = 8;
  Address address = 9;
  repeated Line lines = 10;
  map<string, string> tags = 11;
}

enum Status { NEW = 0; PAID = 1; SHIPPED = 2; DONE = 3; }
enum Channel { WEB = 0; APP = 1; STORE = 2; }

message Address {
  string street = 1;
  string city = 2;
  int32 zip = 3;
  string country = 4;
}

message Line {
  string sku = 1;
  int32 quantity = 2;
  double price = 3;
}
"#;

/// What takes the place of the package's line where there are annotations.
#[allow(dead_code, reason = "not asked for by all who include this")]
pub(crate) const IMPORT: &str = "package shop;\nimport \"buf/validate/validate.proto\";";

/// The same with what the events obey, as annotations.
#[allow(dead_code, reason = "not asked for by all who include this")]
pub(crate) fn annotated() -> String {
    let demand = |rules: &str| format!(" [(buf.validate.field).{rules}];");
    SCHEMA
        .replace("package shop;", IMPORT)
        .replace(" id = 1;", &format!(" id = 1{}", demand("string.uuid = true")))
        .replace(" customer_id = 2;", &format!(" customer_id = 2{}", demand("int64.gte = 0")))
        .replace(" email = 3;", &format!(" email = 3{}", demand("string.email = true")))
        .replace(" status = 4;", &format!(" status = 4{}", demand("enum.defined_only = true")))
        .replace(" lines = 10;", &format!(" lines = 10{}", demand("repeated.min_items = 1")))
        .replace(" quantity = 2;", &format!(" quantity = 2{}", demand("int32 = {gte: 0, lt: 1000}")))
        .replace(
            "message Line {",
            "message Line { option (buf.validate.message).cel = {id: \"line\", expression: \"this.price >= 0.0\"};",
        )
}

/// One event as Protobuf writes it, without message indexes.
pub(crate) fn event(random: &mut Random) -> Vec<u8> {
    let mut out = Vec::with_capacity(320);
    let id =
        format!("{:08x}-{:04x}-4000-8000-{:012x}", random.next() as u32, random.next() as u16, random.next() >> 16);
    text(1, &id, &mut out);
    number(2, random.next() >> 30, &mut out);
    let email = format!("{}@example.com", word(random, 5, 12));
    text(3, &email, &mut out);
    number(4, random.below(4) as u64, &mut out);
    number(5, random.below(3) as u64, &mut out);
    double(6, random, &mut out);
    number(7, 1_700_000_000_000 + (random.next() >> 30), &mut out);
    if random.below(2) == 0 {
        text(8, &word(random, 5, 30), &mut out);
    }
    let address = address(random);
    bytes(9, &address, &mut out);
    for _ in 0..1 + random.below(3) {
        let line = line(random);
        bytes(10, &line, &mut out);
    }
    for key in ["source", "campaign"] {
        let mut entry = Vec::new();
        text(1, key, &mut entry);
        text(2, &word(random, 3, 12), &mut entry);
        bytes(11, &entry, &mut out);
    }
    out
}

fn address(random: &mut Random) -> Vec<u8> {
    let mut out = Vec::new();
    text(1, &word(random, 8, 20), &mut out);
    let city = if random.below(10) == 0 { "Zürich".to_owned() } else { word(random, 4, 12) };
    text(2, &city, &mut out);
    number(3, random.below(100_000) as u64, &mut out);
    text(4, &random.word(2).to_uppercase(), &mut out);
    out
}

fn line(random: &mut Random) -> Vec<u8> {
    let mut out = Vec::new();
    text(1, &word(random, 6, 10), &mut out);
    number(2, random.below(200) as u64, &mut out);
    double(3, random, &mut out);
    out
}

fn word(random: &mut Random, least: usize, most: usize) -> String {
    let length = least + random.below(most - least + 1);
    random.word(length)
}

fn double(field: u64, random: &mut Random, out: &mut Vec<u8>) {
    varint(field << 3 | 1, out);
    out.extend((random.below(1_000_000) as f64 / 100.0).to_le_bytes());
}

fn text(field: u64, text: &str, out: &mut Vec<u8>) {
    bytes(field, text.as_bytes(), out);
}

fn bytes(field: u64, bytes: &[u8], out: &mut Vec<u8>) {
    varint(field << 3 | 2, out);
    varint(bytes.len() as u64, out);
    out.extend(bytes);
}

/// Numbers that are zero are left out.
fn number(field: u64, number: u64, out: &mut Vec<u8>) {
    if number != 0 {
        varint(field << 3, out);
        varint(number, out);
    }
}

fn varint(mut bits: u64, out: &mut Vec<u8>) {
    while bits >= 0x80 {
        out.push((bits & 0x7f) as u8 | 0x80);
        bits >>= 7;
    }
    out.push(bits as u8);
}
