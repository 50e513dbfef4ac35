//! Is a verdict true? If nothing keeps a reader from reading a writer's data, then a real decoder reads it, and finds
//! what was written in every field that both have.

#[path = "support/event.rs"]
#[allow(dead_code, reason = "only the generator of numbers is used here")]
mod event;
#[path = "support/protobuf_evolution.rs"]
mod protobuf_evolution;

use std::collections::{BTreeMap, BTreeSet};

use event::Random;
use prost_reflect::prost::Message;
use prost_reflect::{DynamicMessage, FileDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage, Syntax, Value};
use protobuf_evolution::{COMMON, Plan, Planner};
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use tidegate_compat::{Basis, Outcome, Parsed, Policy, Resolved, SchemaKind, Severity, Strictness, parse};

// === Schemas, for us and for the reference ===

fn protobuf(text: &str, imports: &[(&str, &str)]) -> Parsed {
    let imports: Vec<_> = imports
        .iter()
        .map(|(name, text)| Resolved { name: (*name).into(), kind: SchemaKind::Protobuf, text: (*text).into() })
        .collect();
    parse(SchemaKind::Protobuf, text, &imports, Strictness::Strict)
        .unwrap_or_else(|malformed| panic!("{malformed}: {text}"))
}

struct Texts(Vec<(&'static str, String)>);

impl FileResolver for Texts {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match self.0.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => File::from_source(name, text),
            None => Err(protox::Error::file_not_found(name)),
        }
    }
}

fn linked(plan: &Plan) -> FileDescriptor {
    let mut resolver = ChainFileResolver::new();
    resolver.add(GoogleFileResolver::new());
    resolver.add(Texts(vec![("main.proto", plan.text()), (COMMON, plan.common_text())]));
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.open_file("main.proto").expect("a file");
    compiler.descriptor_pool().get_file_by_name("main.proto").expect("the file")
}

// === What the reference makes of the data ===

/// What stands before a payload and tells which message of the file it is: how many numbers, and the one, as varints
/// that alternate between positive and negative. The first message has a short form.
fn message_index(index: usize) -> Vec<u8> {
    let index = u8::try_from(index).expect("few messages");
    if index == 0 { vec![0] } else { vec![2, 2 * index] }
}

/// Decodes what a writer wrote, and compares what both sides find in it.
fn reads_back(reader: &MessageDescriptor, written: &DynamicMessage) -> Result<(), String> {
    let bytes = written.encode_to_vec();
    let read = DynamicMessage::decode(reader.clone(), bytes.as_slice()).map_err(|error| error.to_string())?;
    same_message(&read, written)
}

fn same_message(read: &DynamicMessage, written: &DynamicMessage) -> Result<(), String> {
    for field in read.descriptor().fields() {
        if field.is_required() && !read.has_field(&field) {
            return Err(format!("{} is required and missing", field.full_name()));
        }
        let Some(other) = written.descriptor().get_field(field.number()) else { continue };
        let what = |problem: String| format!("{}: {problem}", field.full_name());
        let (new, old) = (read.get_field(&field), written.get_field(&other));
        let singular = !field.is_list() && !field.is_map() && !other.is_list() && !other.is_map();
        if singular {
            let (is_set, was_set) = (read.has_field(&field), written.has_field(&other));
            // What is required is set, so nobody needs to be told.
            if is_set != was_set && !other.is_required() {
                return Err(what(format!("set: {is_set}, was set: {was_set}")));
            }
            // What is filled in for a value that was not written is the reader's own business.
            if !is_set && !was_set {
                continue;
            }
        }
        let (new, old) = (new.as_ref(), old.as_ref());
        match (new, old) {
            (Value::List(items), single) if !other.is_list() => {
                let was_set = if other.supports_presence() { written.has_field(&other) } else { true };
                let expected = if was_set { vec![single.clone()] } else { Vec::new() };
                same_list(items, &expected, &field.kind()).map_err(what)?;
            }
            (new, old) => same(new, old, &field.kind()).map_err(what)?,
        }
    }
    for oneof in written.descriptor().oneofs().filter(|oneof| !oneof.is_synthetic()) {
        let is_known = |number| read.descriptor().get_field(number).is_some();
        let chosen = oneof.fields().find(|field| written.has_field(field));
        if chosen.is_some_and(|field| !is_known(field.number())) && oneof.fields().any(|field| is_known(field.number()))
        {
            return Err(format!("{}: the choice is lost", oneof.full_name()));
        }
    }
    for extension in read.descriptor().extensions() {
        let Some(other) = written.descriptor().get_extension(extension.number()) else { continue };
        let (new, old) = (read.get_extension(&extension), written.get_extension(&other));
        same(new.as_ref(), old.as_ref(), &extension.kind())
            .map_err(|problem| format!("{}: {problem}", extension.name()))?;
    }
    Ok(())
}

fn same(new: &Value, old: &Value, kind: &Kind) -> Result<(), String> {
    match (new, old) {
        (Value::Message(new), Value::Message(old)) => same_message(new, old),
        (Value::List(new), Value::List(old)) => same_list(new, old, kind),
        (Value::Map(new), Value::Map(old)) => {
            let Some(entry) = kind.as_message() else { return Err("a map is no map".into()) };
            let by_key = |map: &std::collections::HashMap<MapKey, Value>| {
                map.iter().map(|(key, value)| (plain(&key.clone().into()), value.clone())).collect::<BTreeMap<_, _>>()
            };
            let (new, old) = (by_key(new), by_key(old));
            if !new.keys().eq(old.keys()) {
                return Err(format!("keys {:?} were {:?}", new.keys(), old.keys()));
            }
            let mut values = new.values().zip(old.values());
            let of = entry.map_entry_value_field().kind();
            values.try_for_each(|(new, old)| same(new, old, &of))
        }
        (new, old) if plain(new) != plain(old) => Err(format!("{} was {}", plain(new), plain(old))),
        (Value::EnumNumber(number), _) => match kind.as_enum() {
            // The reference keeps what a decoder of a closed enum sets aside.
            Some(declared)
                if declared.parent_file().syntax() == Syntax::Proto2 && declared.get_value(*number).is_none() =>
            {
                Err(format!("{number} is set aside"))
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn same_list(new: &[Value], old: &[Value], kind: &Kind) -> Result<(), String> {
    if new.len() != old.len() {
        return Err(format!("{} elements were {}", new.len(), old.len()));
    }
    new.iter().zip(old).try_for_each(|(new, old)| same(new, old, kind))
}

/// A scalar without its type: whole numbers are equal as such, and so are texts and bytes.
fn plain(value: &Value) -> String {
    match value {
        Value::Bool(value) => u8::from(*value).to_string(),
        Value::I32(value) | Value::EnumNumber(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        Value::U32(value) => value.to_string(),
        Value::U64(value) => value.to_string(),
        Value::F32(value) => format!("float {}", value.to_bits()),
        Value::F64(value) => format!("double {}", value.to_bits()),
        Value::String(text) => format!("{:?}", text.as_bytes()),
        Value::Bytes(bytes) => format!("{:?}", bytes.as_ref()),
        // Never in debug form: that of a message follows its type, which may contain itself, without end.
        Value::Message(_) => "a message".into(),
        Value::List(_) => "a list".into(),
        Value::Map(_) => "a map".into(),
    }
}

// === The test ===

/// What became of the pairs.
#[derive(Debug, Default)]
struct Count {
    payloads: usize,
    /// Pairs without an error, and without a warning that data can break.
    silent: usize,
    /// Pairs that only Confluent refuses.
    harmless: usize,
    /// Pairs that something was said of.
    suspected: usize,
    /// Rules that stood alone when data broke.
    guilty: BTreeSet<&'static str>,
}

#[test]
fn data_of_a_writer_that_may_be_read_is_read() {
    let mut random = Random::new(11);
    let mut planner = Planner::new(&mut random);
    let mut count = Count::default();
    for _ in 0..350 {
        let writer_plan = planner.plan();
        let reader_plan = planner.evolved(&writer_plan);
        one_pair(&mut planner, &reader_plan, &writer_plan, &mut count);
    }
    println!("{count:?}");
    assert!(count.payloads > 1_000 && count.silent > 100 && count.suspected > 100, "{count:?}");
    assert!(count.harmless > 10 && count.guilty.len() > 8, "{count:?}");
}

fn one_pair(planner: &mut Planner<'_>, reader_plan: &Plan, writer_plan: &Plan, count: &mut Count) {
    let parsed = |plan: &Plan| protobuf(&plan.text(), &[(COMMON, &plan.common_text())]);
    let found = parsed(reader_plan).reads(&parsed(writer_plan), Policy::Strict);
    let mut codes: Vec<_> = found
        .iter()
        .filter(|violation| matches!(violation.rule.basis, Basis::Sound | Basis::Laxer))
        .map(|violation| violation.rule.code)
        .collect();
    codes.dedup();
    if !codes.is_empty() {
        count.suspected += 1;
    } else if found.iter().any(|violation| violation.rule.severity == Severity::Error) {
        count.harmless += 1;
    } else {
        count.silent += 1;
    }
    let (reader, writer) = (linked(reader_plan), linked(writer_plan));
    let (validator, readers) = (parsed(writer_plan).validator(), parsed(reader_plan).validator());
    for (index, written) in writer.messages().enumerate() {
        let Some((place, read)) = reader.messages().enumerate().find(|(_, read)| read.name() == written.name()) else {
            assert!(!codes.is_empty(), "{} is gone", written.name());
            continue;
        };
        for _ in 0..3 {
            let payload = planner.message(&written, 3);
            count.payloads += 1;
            let record = [message_index(index), payload.encode_to_vec()].concat();
            assert_eq!(validator.validate(&record), Outcome::Valid, "{} {record:?}", writer_plan.text());
            if codes.is_empty() {
                let record = [message_index(place), payload.encode_to_vec()].concat();
                assert_eq!(readers.validate(&record), Outcome::Valid, "{} {record:?}", reader_plan.text());
            }
            let Err(problem) = reads_back(&read, &payload) else { continue };
            match codes.as_slice() {
                [] => panic!(
                    "{problem}\nreader {}{}\nwriter {}{}\npayload {:?}\nfound {found:?}",
                    reader_plan.text(),
                    reader_plan.common_text(),
                    writer_plan.text(),
                    writer_plan.common_text(),
                    payload.encode_to_vec()
                ),
                [code] => drop(count.guilty.insert(*code)),
                _ => {}
            }
        }
    }
}
