//! What does a payload say, told in JSON? As the Avro specification encodes data in JSON, so that it can be encoded again.

use std::fmt::Write;
use std::sync::Arc;

use super::cursor::{self, Fault};
use super::run::{block, index};
use super::{Op, compile, telling};
use crate::format::avro::canonical::quoted;
use crate::format::avro::tree::{Primitive, Record, Schema, Shape, TypeId};
use crate::validator::{Flaw, Program};

/// How many bytes of JSON are told at most: fields and items that take no bytes make far more of few.
const MAX_TEXT: usize = 64 << 20;

/// # Errors
/// What keeps the payload from obeying the schema, and where. Without tags nobody knows what comes after that.
pub(in crate::format::avro) fn decode(schema: &Arc<Schema>, payload: &[u8]) -> Result<String, Flaw> {
    // What is wrong is told by those who look for it, with the field that it is in. What comes here after that is good.
    compile(schema).check(payload.into())?;
    let mut decoder = Decoder { schema, payload, at: 0, open: Vec::new(), text: String::new() };
    let done = match schema.shape(schema.root.id) {
        // Serializers put top-level bytes into the record as they are.
        Shape::Primitive(Primitive::Bytes) => {
            decoder.bytes(payload);
            Ok(())
        }
        _ => decoder.whole(),
    };
    let told = |what: String| Flaw { offset: decoder.at, path: String::new(), what };
    match done {
        Ok(()) => Ok(decoder.text),
        Err(Stop::Fault(fault)) => Err(told(telling::what(fault, Op::End))),
        Err(Stop::TooMuch) => Err(told(format!("what was read before makes more than {} MiB of JSON", MAX_TEXT >> 20))),
    }
}

/// Values that have begun and not ended, the innermost last. Payloads nest as deep as they like; the stack does not.
enum Open<'s> {
    Record {
        record: &'s Record,
        next: usize,
    },
    Items {
        of: TypeId,
        left: u64,
        is_first: bool,
    },
    Entries {
        of: TypeId,
        left: u64,
        is_first: bool,
    },
    /// A branch of a union with its name before it.
    Branch,
}

enum Stop {
    Fault(Fault),
    TooMuch,
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

struct Decoder<'s> {
    schema: &'s Schema,
    payload: &'s [u8],
    at: usize,
    open: Vec<Open<'s>>,
    text: String,
}

impl<'s> Decoder<'s> {
    fn whole(&mut self) -> Result<(), Stop> {
        self.begin(self.schema.root.id)?;
        while let Some(open) = self.open.last_mut() {
            if self.text.len() > MAX_TEXT {
                return Err(Stop::TooMuch);
            }
            match open {
                Open::Record { record, next } => match record.fields.get(*next) {
                    Some(field) => {
                        let separator = if *next == 0 { "" } else { "," };
                        *next += 1;
                        self.text.push_str(separator);
                        quoted(&field.name, &mut self.text);
                        self.text.push(':');
                        self.begin(field.of.id)?;
                    }
                    None => self.end("}"),
                },
                Open::Items { of, left, is_first } => {
                    if *left == 0 {
                        let block = block(self.payload, self.at)?;
                        (self.at, *left) = (block.start, block.count);
                        if block.count == 0 {
                            self.end("]");
                            continue;
                        }
                    }
                    let (of, separator) = (*of, if std::mem::take(is_first) { "" } else { "," });
                    *left -= 1;
                    self.text.push_str(separator);
                    self.begin(of)?;
                }
                Open::Entries { of, left, is_first } => {
                    if *left == 0 {
                        let block = block(self.payload, self.at)?;
                        (self.at, *left) = (block.start, block.count);
                        if block.count == 0 {
                            self.end("}");
                            continue;
                        }
                    }
                    let (of, separator) = (*of, if std::mem::take(is_first) { "" } else { "," });
                    *left -= 1;
                    self.text.push_str(separator);
                    self.words()?;
                    self.text.push(':');
                    self.begin(of)?;
                }
                Open::Branch => self.end("}"),
            }
        }
        Ok(())
    }

    /// Tells a value, or the beginning of one that holds others.
    fn begin(&mut self, id: TypeId) -> Result<(), Stop> {
        let schema = self.schema;
        match schema.shape(id) {
            Shape::Primitive(primitive) => self.primitive(*primitive)?,
            Shape::Record(record) => self.start("{", Open::Record { record, next: 0 }),
            Shape::Array(of) => self.start("[", Open::Items { of: of.id, left: 0, is_first: true }),
            Shape::Map(of) => self.start("{", Open::Entries { of: of.id, left: 0, is_first: true }),
            Shape::Enum(symbols) => {
                let count = u32::try_from(symbols.symbols.len()).unwrap_or(u32::MAX);
                let (at, next) = index(self.payload, self.at, count)?;
                self.at = next;
                quoted(symbols.symbols.get(at).ok_or(Fault::Index)?, &mut self.text);
            }
            Shape::Fixed(fixed) => {
                let next = cursor::fixed(self.payload, self.at, fixed.size)?;
                let bytes = self.payload.get(self.at..next).ok_or(Fault::Truncated)?;
                self.at = next;
                self.bytes(bytes);
            }
            Shape::Union(branches) => {
                let count = u32::try_from(branches.len()).unwrap_or(u32::MAX);
                let (at, next) = index(self.payload, self.at, count)?;
                self.at = next;
                let branch = branches.get(at).ok_or(Fault::Index)?.id;
                let shape = schema.shape(branch);
                if matches!(shape, Shape::Primitive(Primitive::Null)) {
                    self.text.push_str("null");
                } else {
                    self.start("{", Open::Branch);
                    quoted(shape.header().map_or(shape.word(), |header| header.name.full()), &mut self.text);
                    self.text.push(':');
                    self.begin(branch)?;
                }
            }
            Shape::Pending => return Err(Fault::Index.into()),
        }
        Ok(())
    }

    fn start(&mut self, sign: &str, open: Open<'s>) {
        self.text.push_str(sign);
        self.open.push(open);
    }

    fn end(&mut self, sign: &str) {
        self.text.push_str(sign);
        self.open.pop();
    }

    fn primitive(&mut self, primitive: Primitive) -> Result<(), Stop> {
        match primitive {
            Primitive::Null => self.text.push_str("null"),
            Primitive::Boolean => {
                let next = cursor::boolean(self.payload, self.at)?;
                let is_true = self.payload.get(self.at) == Some(&1);
                self.at = next;
                self.text.push_str(if is_true { "true" } else { "false" });
            }
            Primitive::Int | Primitive::Long => {
                let (number, next) = cursor::long(self.payload, self.at)?;
                self.at = next;
                let _ = write!(self.text, "{number}");
            }
            Primitive::Float => {
                let number = f32::from_le_bytes(self.chunk()?);
                if number.is_finite() {
                    let _ = write!(self.text, "{number:?}");
                } else {
                    self.unheard_of(f64::from(number));
                }
            }
            Primitive::Double => {
                let number = f64::from_le_bytes(self.chunk()?);
                if number.is_finite() {
                    let _ = write!(self.text, "{number:?}");
                } else {
                    self.unheard_of(number);
                }
            }
            Primitive::Bytes => {
                let (start, end) = cursor::counted(self.payload, self.at)?;
                let bytes = self.payload.get(start..end).ok_or(Fault::LengthPastEnd)?;
                self.at = end;
                self.bytes(bytes);
            }
            Primitive::String => self.words()?,
        }
        Ok(())
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let rest = self.payload.get(self.at..).unwrap_or_default();
        let chunk = rest.first_chunk().ok_or(Fault::Truncated)?;
        self.at += N;
        Ok(*chunk)
    }

    fn words(&mut self) -> Result<(), Fault> {
        let (start, end) = cursor::counted(self.payload, self.at)?;
        let bytes = self.payload.get(start..end).ok_or(Fault::LengthPastEnd)?;
        self.at = end;
        quoted(std::str::from_utf8(bytes).map_err(|_| Fault::Utf8)?, &mut self.text);
        Ok(())
    }

    /// A letter for each byte.
    fn bytes(&mut self, bytes: &[u8]) {
        let letters: String = bytes.iter().copied().map(char::from).collect();
        quoted(&letters, &mut self.text);
    }

    /// Numbers that JSON has no word for.
    fn unheard_of(&mut self, number: f64) {
        let word = match number {
            _ if number.is_nan() => "NaN",
            _ if number > 0.0 => "Infinity",
            _ => "-Infinity",
        };
        quoted(word, &mut self.text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{Outcome, Parsed, SchemaKind, Strictness, parse};

    const ORDER: &str = r#"{"type":"record","name":"Order","namespace":"shop","fields":[
        {"name":"id","type":"long"},
        {"name":"note","type":["null","string"]},
        {"name":"way","type":{"type":"enum","name":"Way","symbols":["SEA","AIR"]}},
        {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
            {"name":"price","type":"double"},{"name":"weight","type":"float"},{"name":"mark","type":"bytes"}]}}},
        {"name":"tags","type":{"type":"map","values":["int","shop.Line"]}},
        {"name":"print","type":{"type":"fixed","name":"Print","size":2}},
        {"name":"next","type":["null","Order"]},
        {"name":"paid","type":"boolean"}]}"#;

    fn schema(text: &str) -> Parsed {
        parse(SchemaKind::Avro, text, &[], Strictness::Strict).unwrap()
    }

    #[test]
    fn what_was_encoded_comes_back_as_it_was_told() {
        let schema = schema(ORDER);
        let order = |next: &str| {
            format!(
                r#"{{"id":-7,"note":{{"string":"a \"b\"\n"}},"way":"AIR","lines":[{{"price":1.5,"weight":0.1,"mark":"ÿ\u0000"}},{{"price":"NaN","weight":"-Infinity","mark":""}}],"tags":{{"a":{{"int":1}},"b":{{"shop.Line":{{"price":1e300,"weight":1.0,"mark":"x"}}}}}},"print":"ab","next":{next},"paid":true}}"#
            )
        };
        for told in [order("null"), order(&format!("{{\"shop.Order\":{}}}", order("null")))] {
            let payload = schema.encode(&told).unwrap();
            assert_eq!(schema.decode(&payload), Ok(told));
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let schema = schema(ORDER);
        let mut payload = schema
            .encode(r#"{"id":1,"note":null,"way":"SEA","lines":[],"tags":{},"print":"ab","next":null,"paid":false}"#)
            .unwrap();
        payload.push(0);
        let flaw = schema.decode(&payload).unwrap_err();
        assert!(flaw.what.contains("1 byte is left over"), "{flaw}");
        let flaw = schema.decode(&[2, 2, 2, 0xff]).unwrap_err();
        assert_eq!((flaw.path.as_str(), flaw.offset), ("note", 1), "{flaw}");
    }

    #[test]
    fn bytes_alone_are_not_counted_and_few_bytes_make_no_flood() {
        assert_eq!(schema(r#""bytes""#).decode(&[0x41, 0xff]), Ok("\"A\u{ff}\"".to_owned()));
        let flood = schema(r#"{"type":"array","items":{"type":"array","items":"null"}}"#);
        let million = [0x80, 0x89, 0x7a];
        let mut payload = vec![0x80, 0x01];
        for _ in 0..64 {
            payload.extend(million);
            payload.push(0);
        }
        payload.push(0);
        let flaw = flood.decode(&payload).unwrap_err();
        assert!(flaw.what.contains("64 MiB"), "{flaw}");
    }

    proptest! {
        #[test]
        fn whatever_is_valid_can_be_told_and_encoded_again(payload in proptest::collection::vec(any::<u8>(), 0..40)) {
            for text in [ORDER, r#"["null",{"type":"map","values":"string"},"float",{"type":"array","items":"int"}]"#] {
                let schema = schema(text);
                match (schema.validator().validate(&payload), schema.decode(&payload)) {
                    (Outcome::Valid, told) => {
                        let told = told.unwrap();
                        let again = schema.encode(&told).unwrap();
                        prop_assert_eq!(schema.decode(&again).unwrap(), told);
                    }
                    (Outcome::Invalid(flaw), told) => prop_assert_eq!(told.unwrap_err(), flaw),
                }
            }
        }
    }
}
