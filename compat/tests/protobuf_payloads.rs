//! Does the Protobuf validator say what a full decoder says, and does it do so without allocating?

#[path = "support/event.rs"]
#[allow(dead_code, reason = "only its generator of numbers is used")]
mod event;
#[path = "support/protobuf_event.rs"]
mod protobuf_event;

use std::collections::HashMap;

use event::Random;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};
use tidegate_compat::{Outcome, SchemaKind, Strictness, Validator, parse};

/// Every kind of field, alone, in lists, packed and not, in maps and in oneofs.
const EVERYTHING: &str = r#"
message Everything {
  {optional} int32 a = 1; {optional} int64 b = 2; {optional} uint32 c = 3; {optional} uint64 d = 4;
  {optional} sint32 e = 5; {optional} sint64 f = 6; {optional} bool g = 7; {optional} Color h = 8;
  {optional} fixed32 i = 9; {optional} sfixed64 j = 10; {optional} float k = 11; {optional} double l = 12;
  {optional} string m = 13; {optional} bytes n = 14; {optional} Everything o = 15;
  repeated int32 la = 16; repeated sint64 lb = 17 [packed = true]; repeated bool lc = 18 [packed = false];
  repeated fixed32 ld = 19 [packed = true]; repeated double le = 20; repeated string lf = 21;
  repeated Color lg = 22; repeated Everything lh = 23;
  map<string, int32> ma = 1000; map<int64, string> mb = 1001; map<bool, Everything> mc = 536870911;
  oneof choice { string ca = 30; Everything cb = 31; fixed64 cc = 32; }
}
enum Color { RED = 0; GREEN = 1; BLUE = 7; }
"#;

const PROTO2_ONLY: &str = r"
message Wrapped { optional group Box = 1 { required string label = 1; optional Everything inside = 2; }
                  repeated group Item = 2 { optional int32 x = 1; } required Everything must = 3; }
";

/// The schema in one of the two syntaxes.
fn everything(syntax: &str) -> String {
    let (optional, only) = if syntax == "proto2" { ("optional", PROTO2_ONLY) } else { ("", "") };
    format!("syntax = \"{syntax}\"; {only} {}", EVERYTHING.replace("{optional}", optional))
}

fn validator(schema: &str) -> Validator {
    parse(SchemaKind::Protobuf, schema, &[], Strictness::Strict).expect("a schema").validator()
}

fn message(schema: &str, name: &str) -> MessageDescriptor {
    let file = protox_parse::parse("main.proto", schema).expect("a schema");
    let mut pool = DescriptorPool::new();
    pool.add_file_descriptor_proto(file).expect("a schema");
    pool.get_message_by_name(name).expect("a message")
}

/// The payload with the index of the first message before it.
fn framed(payload: &[u8]) -> Vec<u8> {
    [&[0], payload].concat()
}

/// A payload with one to three things done to it.
fn mutated(payload: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = payload.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 => bytes.truncate(at.max(1)),
            3 => bytes.insert(at, random.next() as u8),
            4 if bytes.len() > 1 => drop(bytes.remove(at)),
            _ => bytes.push(random.next() as u8),
        }
    }
    bytes
}

/// A message with about half of its fields.
fn filled(of: &MessageDescriptor, random: &mut Random, depth: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(of.clone());
    for field in of.fields() {
        let is_deep = depth > 2 && matches!(field.kind(), Kind::Message(_)) && !field.is_required();
        if field.is_required() || (random.below(3) == 0 && !is_deep) {
            message.set_field(&field, value(&field, random, depth));
        }
    }
    message
}

fn value(field: &FieldDescriptor, random: &mut Random, depth: usize) -> Value {
    if field.is_map() {
        let Kind::Message(entry) = field.kind() else { unreachable!() };
        let (key, of) = (entry.map_entry_key_field(), entry.map_entry_value_field());
        let mut entries = HashMap::new();
        for _ in 0..random.below(3) {
            let key = match single(&key.kind(), random, depth) {
                Value::Bool(key) => MapKey::Bool(key),
                Value::I64(key) => MapKey::I64(key),
                Value::String(key) => MapKey::String(key),
                other => panic!("{other} is no key here"),
            };
            entries.insert(key, single(&of.kind(), random, depth));
        }
        Value::Map(entries)
    } else if field.is_list() {
        Value::List((0..random.below(4)).map(|_| single(&field.kind(), random, depth)).collect())
    } else {
        single(&field.kind(), random, depth)
    }
}

fn single(kind: &Kind, random: &mut Random, depth: usize) -> Value {
    let bits = random.next() >> random.below(64);
    match kind {
        Kind::Double => Value::F64(bits as f64),
        Kind::Float => Value::F32(bits as f32),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(bits as i32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(bits as i64),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(bits as u32),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(bits),
        Kind::Bool => Value::Bool(bits & 1 == 0),
        Kind::String if bits & 15 == 0 => Value::String("größer".into()),
        Kind::String => {
            let length = random.below(80);
            Value::String(random.word(length))
        }
        Kind::Bytes => Value::Bytes(bits.to_le_bytes().to_vec().into()),
        Kind::Message(of) => Value::Message(filled(of, random, depth + 1)),
        Kind::Enum(of) => {
            let values: Vec<i32> = of.values().map(|value| value.number()).collect();
            Value::EnumNumber(values[random.below(values.len())])
        }
    }
}

/// How often what was found.
#[derive(Debug, Default)]
struct Tally {
    valid: usize,
    invalid: usize,
    stricter: HashMap<&'static str, usize>,
}

impl Tally {
    /// Holds the verdict on a payload against that of the reference.
    fn add(&mut self, validator: &Validator, reference: &MessageDescriptor, payload: &[u8]) {
        let expected = DynamicMessage::decode(reference.clone(), payload);
        let found = validator.flaws(&framed(payload), 1);
        assert_eq!(validator.validate(&framed(payload)) == Outcome::Valid, found.is_empty());
        match (found.first(), expected) {
            (None, Ok(_)) => self.valid += 1,
            (None, Err(error)) => panic!("{error}, and valid for us: {payload:?}"),
            (Some(_), Err(_)) => self.invalid += 1,
            (Some(flaw), Ok(_)) => {
                assert!(flaw.offset <= payload.len() + 1);
                let known = STRICTER.iter().find(|known| flaw.what.contains(**known));
                let known = known.unwrap_or_else(|| panic!("{flaw}, and the reference takes it: {payload:?}"));
                *self.stricter.entry(known).or_default() += 1;
            }
        }
    }
}

/// Where the reference is laxer on purpose of its own: it keeps unknown numbers in closed enums, leaves required fields
/// to its caller, and reads entries of maps whatever their wire type is.
const STRICTER: [&str; 3] =
    ["the enum is closed", "the required field is missing", "the field is of type message, and"];

#[test]
fn whatever_is_done_to_a_payload_the_verdict_is_that_of_the_reference() {
    let reference = message(protobuf_event::SCHEMA, "shop.Order");
    let validator = validator(protobuf_event::SCHEMA);
    let mut random = Random::new(7);
    let mut tally = Tally::default();
    for _ in 0..4_000 {
        let payload = protobuf_event::event(&mut random);
        assert_eq!(validator.validate(&framed(&payload)), Outcome::Valid);
        (0..4).for_each(|_| tally.add(&validator, &reference, &mutated(&payload, &mut random)));
    }
    assert!(tally.valid > 1_000 && tally.invalid > 5_000, "{tally:?}");
}

#[test]
fn so_it_is_for_every_kind_of_field() {
    for (syntax, name) in [("proto2", "Wrapped"), ("proto3", "Everything")] {
        let schema = everything(syntax);
        let reference = message(&schema, name);
        let validator = validator(&schema);
        let mut random = Random::new(11);
        let mut tally = Tally::default();
        for _ in 0..2_000 {
            let payload = filled(&reference, &mut random, 0).encode_to_vec();
            if !payload.is_empty() {
                assert_eq!(validator.validate(&framed(&payload)), Outcome::Valid, "{payload:?}");
                (0..4).for_each(|_| tally.add(&validator, &reference, &mutated(&payload, &mut random)));
            }
        }
        assert!(tally.valid > 500 && tally.invalid > 2_000, "{tally:?}");
        assert_eq!(tally.stricter.contains_key("the enum is closed"), syntax == "proto2", "{tally:?}");
    }
}

#[test]
fn noise_gets_a_verdict() {
    let schema = everything("proto2");
    let validator = validator(&schema);
    let slots: Vec<_> =
        ["must.a", "must.mc{}.m", "box.inside.lb[]"].map(|path| validator.slot(path).expect(path)).into();
    let mut random = Random::new(3);
    for _ in 0..20_000 {
        let length = random.below(60);
        let payload: Vec<u8> = (0..length).map(|_| (random.next() >> random.below(8)) as u8).collect();
        let flaws = validator.flaws(&payload, 5);
        assert!(flaws.len() <= 5 && flaws.iter().all(|flaw| flaw.offset <= payload.len()), "{flaws:?}");
        assert_eq!(validator.validate(&payload) == Outcome::Valid, flaws.is_empty());
        for slot in &slots {
            let _ = slot.each(&payload, &mut |_| {});
        }
    }
}

#[test]
fn a_good_payload_costs_no_allocation() {
    let mut random = Random::new(11);
    let count = |validator: &Validator, payload: &[u8]| {
        allocation_counter::measure(|| drop(validator.validate(payload))).count_total
    };
    let order = validator(protobuf_event::SCHEMA);
    for _ in 0..100 {
        let payload = framed(&protobuf_event::event(&mut random));
        assert_eq!(count(&order, &payload), 0);
        assert!(count(&order, &payload[..payload.len() - 1]) > 0);
    }
    // Groups, required fields, closed enums: what takes a closer look costs none either.
    let schema = everything("proto2");
    let (validator, reference) = (validator(&schema), message(&schema, "Wrapped"));
    for _ in 0..100 {
        let payload = framed(&filled(&reference, &mut random, 0).encode_to_vec());
        assert_eq!(count(&validator, &payload), 0);
    }
}

#[test]
fn a_hundred_thousand_small_schemas_fit_in_a_gigabyte() {
    let schema = parse(SchemaKind::Protobuf, protobuf_event::SCHEMA, &[], Strictness::Strict).expect("a schema");
    let mut compiled = None;
    let memory = allocation_counter::measure(|| compiled = Some(schema.validator()));
    assert!(compiled.is_some());
    assert!(memory.bytes_current * 100_000 < 1 << 30, "{} bytes", memory.bytes_current);
}
