//! How does an Avro schema print, so that equal schemas print equally?
//!
//! The layout is that of Avro's Java writer, because the hash of this text is the schema's identity in every registry:
//! no blanks, attributes in a fixed order, a named type in full where it first stands and by name after that, floating
//! numbers as Java prints doubles.

use std::cmp;
use std::collections::HashSet;
use std::fmt::Write as _;

use super::tree::{Enum, Field, Fixed, Header, Name, Order, Primitive, Record, Schema, Shape, Type, Use};
use crate::json::{Member, Node, Value};

/// What is stored and hashed. Types that references bring along are named, not repeated.
pub(super) fn identity(schema: &Schema) -> String {
    Printer::new(schema, &schema.borrowed, false).print()
}

/// The same with everything in order whose order means nothing.
pub(super) fn normalized(schema: &Schema) -> String {
    Printer::new(schema, &schema.borrowed, true).print()
}

/// The schema as it would be without references.
pub(super) fn resolved(schema: &Schema) -> String {
    Printer::new(schema, &HashSet::new(), false).print()
}

struct Printer<'a> {
    schema: &'a Schema,
    /// The full names that need no definition any more.
    known: HashSet<&'a str>,
    normalize: bool,
    out: String,
}

impl<'a> Printer<'a> {
    fn new(schema: &'a Schema, borrowed: &'a HashSet<String>, normalize: bool) -> Self {
        let known = borrowed.iter().map(String::as_str).collect();
        Self { schema, known, normalize, out: String::new() }
    }

    fn print(mut self) -> String {
        self.schema(self.schema.root, None);
        self.out
    }

    fn schema(&mut self, of: Use, namespace: Option<&str>) {
        let of = self.schema.get(of.id);
        if let Some(header) = of.shape.header()
            && !self.known.insert(header.name.full())
        {
            return self.text(qualified(&header.name, namespace));
        }
        match &of.shape {
            Shape::Primitive(primitive) => self.primitive(*primitive, of),
            Shape::Array(items) => self.container("array", "items", *items, of, namespace),
            Shape::Map(values) => self.container("map", "values", *values, of, namespace),
            Shape::Union(branches) => self.union(branches, namespace),
            Shape::Record(record) => self.record(record, of, namespace),
            Shape::Enum(symbols) => self.enumeration(symbols, of, namespace),
            Shape::Fixed(fixed) => self.fixed(fixed, of, namespace),
            Shape::Pending => self.out.push_str("null"),
        }
    }

    fn primitive(&mut self, primitive: Primitive, of: &Type) {
        if of.props.is_empty() {
            return self.text(primitive.word());
        }
        self.open(primitive.word());
        self.type_props(of);
        self.out.push('}');
    }

    fn container(&mut self, word: &str, key: &str, inner: Use, of: &Type, namespace: Option<&str>) {
        self.open(word);
        self.key(key);
        self.schema(inner, namespace);
        self.type_props(of);
        self.out.push('}');
    }

    fn union(&mut self, branches: &[Use], namespace: Option<&str>) {
        self.list(branches, |printer, branch| printer.schema(*branch, namespace));
    }

    fn record(&mut self, record: &Record, of: &Type, namespace: Option<&str>) {
        self.open(if record.is_error { "error" } else { "record" });
        self.header(&record.header, namespace);
        self.key("fields");
        let inside = record.header.name.namespace();
        self.list(&record.fields, |printer, field| printer.field(field, inside));
        self.footer(&record.header, of);
    }

    fn field(&mut self, field: &Field, namespace: Option<&str>) {
        self.out.push_str("{\"name\":");
        self.text(&field.name);
        self.key("type");
        self.schema(field.of, namespace);
        self.doc(field.doc.as_deref());
        if let Some(default) = &field.default {
            self.key("default");
            json(default, false, &mut self.out);
        }
        if field.order != Order::Ascending {
            self.key("order");
            self.text(field.order.word());
        }
        self.aliases(field.aliases.iter().map(String::clone).collect());
        self.props(field.props.iter().collect());
        self.out.push('}');
    }

    fn enumeration(&mut self, symbols: &Enum, of: &Type, namespace: Option<&str>) {
        self.open("enum");
        self.header(&symbols.header, namespace);
        self.key("symbols");
        self.list(&symbols.symbols, |printer, symbol| printer.text(symbol));
        if let Some(default) = &symbols.default {
            self.key("default");
            self.text(default);
        }
        self.footer(&symbols.header, of);
    }

    fn fixed(&mut self, fixed: &Fixed, of: &Type, namespace: Option<&str>) {
        self.open("fixed");
        self.header(&fixed.header, namespace);
        self.key("size");
        self.out.push_str(&fixed.size.to_string());
        self.footer(&fixed.header, of);
    }

    // === Parts ===

    fn open(&mut self, word: &str) {
        self.out.push_str("{\"type\":");
        self.text(word);
    }

    fn header(&mut self, header: &Header, enclosing: Option<&str>) {
        self.key("name");
        self.text(header.name.simple());
        let namespace = header.name.namespace();
        if namespace != enclosing {
            self.key("namespace");
            self.text(namespace.unwrap_or_default());
        }
        self.doc(header.doc.as_deref());
    }

    fn footer(&mut self, header: &Header, of: &Type) {
        self.type_props(of);
        let own = header.name.namespace();
        self.aliases(header.aliases.iter().map(|alias| alias_text(alias, own)).collect());
        self.out.push('}');
    }

    fn doc(&mut self, doc: Option<&str>) {
        if let Some(doc) = doc.filter(|doc| !(self.normalize && doc.is_empty())) {
            self.key("doc");
            self.text(doc);
        }
    }

    fn aliases(&mut self, mut aliases: Vec<String>) {
        if aliases.is_empty() {
            return;
        }
        if self.normalize {
            aliases.sort_by(|one, other| in_java_order(one, other));
        }
        self.key("aliases");
        self.list(&aliases, |printer, alias| printer.text(alias));
    }

    fn type_props(&mut self, of: &Type) {
        let mut props: Vec<&Member> = of.props.iter().collect();
        if self.normalize {
            let first: &[&str] = match of.logical() {
                Some(logical) if logical.decimal.is_some() => &["logicalType", "precision", "scale"],
                Some(_) => &["logicalType"],
                None => &[],
            };
            let rank = |prop: &Member| first.iter().position(|key| *key == prop.key).unwrap_or(first.len());
            props.sort_by(|one, other| rank(one).cmp(&rank(other)).then(in_java_order(&one.key, &other.key)));
            return self.print_props(&props);
        }
        self.props(props);
    }

    fn props(&mut self, mut props: Vec<&Member>) {
        if self.normalize {
            props.sort_by(|one, other| in_java_order(&one.key, &other.key));
        }
        self.print_props(&props);
    }

    fn print_props(&mut self, props: &[&Member]) {
        for prop in props {
            self.key(&prop.key);
            json(&prop.value, self.normalize, &mut self.out);
        }
    }

    fn key(&mut self, key: &str) {
        self.out.push(',');
        self.text(key);
        self.out.push(':');
    }

    fn text(&mut self, text: &str) {
        quoted(text, &mut self.out);
    }

    fn list<T>(&mut self, items: &[T], print: impl Fn(&mut Self, &T)) {
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            print(self, item);
        }
        self.out.push(']');
    }
}

/// The name as it must be written within `namespace`: short where that is understood.
fn qualified<'n>(name: &'n Name, namespace: Option<&str>) -> &'n str {
    let short = name.namespace().is_some() && name.namespace() == namespace && !is_type_word(name.simple());
    if short { name.simple() } else { name.full() }
}

/// An alias relative to the namespace of its owner. A leading dot says that it has none itself.
fn alias_text(alias: &Name, namespace: Option<&str>) -> String {
    if alias.namespace().is_none() && namespace.is_some() {
        return format!(".{}", alias.simple());
    }
    qualified(alias, namespace).to_owned()
}

/// Words that would be read as a type of their own.
fn is_type_word(word: &str) -> bool {
    Primitive::parse(word).is_some() || matches!(word, "record" | "enum" | "array" | "map" | "union" | "fixed")
}

// === JSON as Java's writer prints it ===

/// Prints a value; `sorted` puts the members of objects in order, all the way down.
pub(super) fn json(node: &Node, sorted: bool, out: &mut String) {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(digits) => out.push_str(&java_number(digits)),
        Value::Text(text) => quoted(text, out),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                json(item, sorted, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<&Member> = members.iter().collect();
            if sorted {
                members.sort_by(|one, other| in_java_order(&one.key, &other.key));
            }
            out.push('{');
            for (index, member) in members.into_iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                quoted(&member.key, out);
                out.push(':');
                json(&member.value, sorted, out);
            }
            out.push('}');
        }
    }
}

/// A text in quotation marks.
pub(super) fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                // Writing to a String can't fail.
                let _ = write!(out, "\\u{:04X}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// A number as it comes back from Java: whole numbers keep their digits, others pass through a double.
pub(super) fn java_number(digits: &str) -> String {
    match digits {
        "-0" => "0".to_owned(),
        whole if whole.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => whole.to_owned(),
        other => match other.parse::<f64>() {
            Ok(number) if number.is_finite() => java_double(number),
            Ok(number) => format!("\"{}\"", java_double(number)),
            Err(_) => other.to_owned(),
        },
    }
}

/// A double as `Double.toString` prints it: plain from 0.001 up to ten million, with an exponent elsewhere, and always
/// with a digit after the point.
pub(super) fn java_double(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let size = number.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{number:?}");
    }
    let scientific = format!("{number:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) if digits.contains('.') => format!("{digits}E{exponent}"),
        Some((digits, exponent)) => format!("{digits}.0E{exponent}"),
        None => scientific,
    }
}

/// The order of texts in Java, which compares 16 bits at a time.
fn in_java_order(one: &str, other: &str) -> cmp::Ordering {
    one.encode_utf16().cmp(other.encode_utf16())
}

#[cfg(test)]
mod tests;
