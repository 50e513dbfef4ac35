//! Which bytes does a value become that is told in JSON? As the Avro specification encodes data in JSON, and more forgiving:
//! a field that is missing has its default, and a branch of a union need not be named where the first one that takes the
//! value is meant.

use super::tree::{Fixed, Primitive, Record, Schema, Shape, TypeId, Use};
use crate::json::{self, Member, Node, Value};
use crate::validator::Flaw;

/// How deep values may nest: a record may have itself as its default.
const MAX_DEPTH: usize = json::MAX_DEPTH + 50;
/// How many values may be looked at, in vain or not. Branches of unions are tried one after the other, and defaults draw in
/// defaults: a short text may cause much work.
const MAX_STEPS: usize = 2_000_000;
/// How many bytes may come out, which defaults can make far more than went in.
const MAX_BYTES: usize = 64 << 20;

pub(super) fn encode(schema: &Schema, text: &str) -> Result<Vec<u8>, Flaw> {
    let node = json::read_strict(text).map_err(|malformed| Flaw {
        offset: malformed.span.map_or(0, |span| span.start),
        path: String::new(),
        what: format!("no JSON: {}", malformed.message),
    })?;
    let mut encoder = Encoder { schema, bytes: Vec::new(), path: String::new(), depth: 0, steps: 0 };
    match encoder.value(schema.root.id, &node) {
        Ok(()) => Ok(encoder.bytes),
        Err(Stop::Misfit(flaw)) => Err(*flaw),
        Err(Stop::TooMuch) => Err(Flaw {
            offset: 0,
            path: String::new(),
            what: "it is too large, or nests too deep, to be encoded".into(),
        }),
    }
}

struct Encoder<'a> {
    schema: &'a Schema,
    bytes: Vec<u8>,
    path: String,
    depth: usize,
    steps: usize,
}

/// Why there are no bytes.
enum Stop {
    Misfit(Box<Flaw>),
    /// Nothing else is tried after this.
    TooMuch,
}

type Done = Result<(), Stop>;

impl<'a> Encoder<'a> {
    fn value(&mut self, id: TypeId, node: &'a Node) -> Done {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.depth >= MAX_DEPTH || self.bytes.len() > MAX_BYTES {
            return Err(Stop::TooMuch);
        }
        self.depth += 1;
        let schema = self.schema;
        let done = match schema.shape(id) {
            Shape::Primitive(primitive) => self.primitive(*primitive, node),
            Shape::Array(of) => self.array(*of, node),
            Shape::Map(of) => self.map(*of, node),
            Shape::Union(branches) => self.union(branches, node),
            Shape::Record(record) => self.record(record, node),
            Shape::Enum(symbols) => {
                let symbol = node.text().and_then(|text| symbols.symbols.iter().position(|symbol| symbol == text));
                match symbol {
                    Some(at) => {
                        self.long(i64::try_from(at).unwrap_or(i64::MAX));
                        Ok(())
                    }
                    None => self.misfit(node, format!("it is not one of {}", listed(&symbols.symbols))),
                }
            }
            Shape::Fixed(fixed) => self.fixed(fixed, node),
            Shape::Pending => self.misfit(node, "its type is not known".into()),
        };
        self.depth -= 1;
        done
    }

    fn primitive(&mut self, primitive: Primitive, node: &Node) -> Done {
        match (primitive, &node.value) {
            (Primitive::Null, Value::Null) => {}
            (Primitive::Boolean, Value::Bool(truth)) => self.bytes.push(u8::from(*truth)),
            (Primitive::Int, Value::Number(digits)) => match digits.parse::<i32>() {
                Ok(number) => self.long(number.into()),
                Err(_) => return self.misfit(node, "it is no whole number of 32 bits".into()),
            },
            (Primitive::Long, Value::Number(digits)) => match digits.parse::<i64>() {
                Ok(number) => self.long(number),
                Err(_) => return self.misfit(node, "it is no whole number of 64 bits".into()),
            },
            (Primitive::Float, Value::Number(_) | Value::Text(_)) => match real(node).map(narrowed) {
                Some(Some(number)) => self.bytes.extend_from_slice(&number.to_le_bytes()),
                Some(None) => return self.misfit(node, "it is too large for a float".into()),
                None => return self.wrong(primitive.word(), node),
            },
            (Primitive::Double, Value::Number(_) | Value::Text(_)) => match real(node) {
                Some(number) => self.bytes.extend_from_slice(&number.to_le_bytes()),
                None => return self.wrong(primitive.word(), node),
            },
            (Primitive::Bytes, Value::Text(text)) => match latin(text) {
                Some(bytes) => self.blob(&bytes),
                None => {
                    return self.misfit(
                        node,
                        "bytes are told as text in which each letter is one byte, U+0000 to U+00FF".into(),
                    );
                }
            },
            (Primitive::String, Value::Text(text)) => self.blob(text.as_bytes()),
            _ => return self.wrong(primitive.word(), node),
        }
        Ok(())
    }

    fn array(&mut self, of: Use, node: &'a Node) -> Done {
        let Some(items) = node.list() else { return self.wrong("array", node) };
        self.count(items.len());
        for (at, item) in items.iter().enumerate() {
            self.inside(&format!("[{at}]"), |encoder| encoder.value(of.id, item))?;
        }
        self.long(0);
        Ok(())
    }

    fn map(&mut self, of: Use, node: &'a Node) -> Done {
        let Some(members) = node.members() else { return self.wrong("map", node) };
        self.count(members.len());
        for Member { key, value } in members {
            self.blob(key.as_bytes());
            self.inside("{}", |encoder| encoder.value(of.id, value))?;
        }
        self.long(0);
        Ok(())
    }

    fn record(&mut self, record: &'a Record, node: &'a Node) -> Done {
        let Some(members) = node.members() else { return self.wrong("record", node) };
        if let Some(stranger) =
            members.iter().find(|member| !record.fields.iter().any(|field| field.name == member.key))
        {
            let what = format!("'{}' is no field of {}", stranger.key, record.header.name.full());
            return self.misfit(&stranger.value, what);
        }
        for field in &record.fields {
            let told = members.iter().find(|member| member.key == field.name).map(|member| &member.value);
            let segment = if self.path.is_empty() { field.name.clone() } else { format!(".{}", field.name) };
            self.inside(&segment, |encoder| match told.or(field.default.as_ref()) {
                Some(value) => encoder.value(field.of.id, value),
                None => encoder.misfit(node, "it is missing, and has no default".into()),
            })?;
        }
        Ok(())
    }

    /// A branch is named by the only member of an object, as the specification has it, or else the first that fits.
    fn union(&mut self, branches: &'a [Use], node: &'a Node) -> Done {
        if let Some([Member { key, value }]) = node.members()
            && let Some(at) = branches.iter().position(|branch| self.name(branch.id) == key)
        {
            return self.branch(at, branches[at], value);
        }
        let (length, mut fault, mut tried) = (self.bytes.len(), None, 0);
        for (at, branch) in branches.iter().enumerate() {
            let is_null = matches!(self.schema.shape(branch.id), Shape::Primitive(Primitive::Null));
            if is_null != (node.value == Value::Null) {
                continue;
            }
            tried += 1;
            match self.branch(at, *branch, node) {
                Err(Stop::Misfit(flaw)) => fault = Some(flaw),
                done => return done,
            }
            self.bytes.truncate(length);
        }
        // Of a single candidate it is known what is wrong with the value.
        match fault {
            Some(flaw) if tried == 1 => Err(Stop::Misfit(flaw)),
            _ => {
                let names: Vec<_> = branches.iter().map(|branch| self.name(branch.id)).collect();
                self.misfit(node, format!("{} fits none of {}", node.what(), listed(&names)))
            }
        }
    }

    fn branch(&mut self, at: usize, branch: Use, node: &'a Node) -> Done {
        self.long(i64::try_from(at).unwrap_or(i64::MAX));
        let length = self.path.len();
        let done = self.value(branch.id, node);
        self.path.truncate(length);
        done
    }

    fn name(&self, id: TypeId) -> &'a str {
        let shape = self.schema.shape(id);
        shape.header().map_or(shape.word(), |header| header.name.full())
    }

    fn fixed(&mut self, fixed: &Fixed, node: &Node) -> Done {
        match node.text().and_then(latin) {
            Some(bytes) if u32::try_from(bytes.len()) == Ok(fixed.size) => {
                self.bytes.extend_from_slice(&bytes);
                Ok(())
            }
            Some(bytes) => self.misfit(node, format!("it has {} bytes, not {}", bytes.len(), fixed.size)),
            None => self.wrong("text with a letter for each byte", node),
        }
    }

    // === Pieces ===

    fn inside(&mut self, segment: &str, encode: impl FnOnce(&mut Self) -> Done) -> Done {
        let length = self.path.len();
        self.path.push_str(segment);
        encode(self)?;
        self.path.truncate(length);
        Ok(())
    }

    /// Items stand in one block, and no block follows it.
    fn count(&mut self, items: usize) {
        if items > 0 {
            self.long(i64::try_from(items).unwrap_or(i64::MAX));
        }
    }

    fn blob(&mut self, bytes: &[u8]) {
        self.long(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        self.bytes.extend_from_slice(bytes);
    }

    /// Zigzag, seven bits to a byte, the low ones first.
    fn long(&mut self, number: i64) {
        let mut bits = ((number << 1) ^ (number >> 63)).cast_unsigned();
        while bits >= 0x80 {
            self.bytes.push((bits & 0x7f) as u8 | 0x80);
            bits >>= 7;
        }
        self.bytes.push(bits as u8);
    }

    fn wrong(&self, wanted: &str, node: &Node) -> Done {
        self.misfit(node, format!("{} where {wanted} is wanted", node.what()))
    }

    fn misfit(&self, node: &Node, what: String) -> Done {
        Err(Stop::Misfit(Box::new(Flaw { offset: node.extent.start, path: self.path.clone(), what })))
    }
}

/// A number, or one of those that JSON has no word for.
fn real(node: &Node) -> Option<f64> {
    match &node.value {
        Value::Number(digits) => digits.parse().ok().filter(|number: &f64| number.is_finite()),
        Value::Text(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" | "INF" => Some(f64::INFINITY),
            "-Infinity" | "-INF" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "what does not fit is told apart")]
fn narrowed(number: f64) -> Option<f32> {
    let narrow = number as f32;
    (narrow.is_finite() || !number.is_finite()).then_some(narrow)
}

fn latin(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect()
}

fn listed(names: &[impl AsRef<str>]) -> String {
    const MOST: usize = 10;
    let mut list = names.iter().take(MOST).map(|name| format!("'{}'", name.as_ref())).collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        list.push_str(", …");
    }
    list
}
