//! Which names does a schema text define, and which does it need from elsewhere? As much of each language as that takes;
//! whether the text is a schema is not asked here.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use tidegate_compat::SchemaKind;

/// The names of one text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Names {
    /// Whether the text could be read at all: if not, nothing follows from there being no name.
    pub(crate) is_read: bool,
    /// What it defines at its root: an Avro full name, the first Protobuf message, the title of a JSON Schema.
    pub(crate) root: Option<String>,
    /// The topic that it says it is for.
    pub(crate) topic: Option<String>,
    /// By what others may call it or its parts: Avro full names, the `$id` of a JSON Schema.
    pub(crate) defines: BTreeSet<String>,
    /// What it refers to and does not define.
    pub(crate) needs: Vec<Need>,
}

/// Something that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    /// The names that it may have, the likeliest first.
    pub(crate) names: Vec<String>,
    /// As it is written.
    pub(crate) written: String,
}

/// Reads the names of a text.
pub(crate) fn names(kind: SchemaKind, path: &str, text: &str) -> Names {
    match kind {
        SchemaKind::Avro => {
            let read = serde_json::from_str(text).map(|value| Names { is_read: true, ..Avro::names(&value) });
            read.unwrap_or_default()
        }
        SchemaKind::Json => serde_json::from_str(text).map(|value| json(&value)).unwrap_or_default(),
        SchemaKind::Protobuf => protobuf(path, text),
    }
}

impl Need {
    /// Where it stands in the text, first.
    pub(crate) fn place(&self, text: &str) -> Option<(usize, usize)> {
        let quoted = format!("\"{}\"", self.written);
        let start = text.find(&quoted).or_else(|| text.find(&format!("\"{}#", self.written)))?;
        Some((start, start + quoted.len()))
    }
}

// === Avro ===

#[derive(Default)]
struct Avro {
    names: Names,
    used: Vec<(String, String)>,
}

const PRIMITIVES: [&str; 8] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

impl Avro {
    fn names(value: &Value) -> Names {
        let mut avro = Self::default();
        avro.schema(value, "");
        let mut told = BTreeSet::new();
        for (written, namespace) in avro.used {
            let is_full = written.contains('.') || namespace.is_empty();
            let names =
                if is_full { vec![written.clone()] } else { vec![format!("{namespace}.{written}"), written.clone()] };
            let is_defined = names.iter().any(|name| avro.names.defines.contains(name));
            if !is_defined && told.insert(names.clone()) {
                avro.names.needs.push(Need { names, written });
            }
        }
        avro.names
    }

    /// The parser of JSON has bounded the depth.
    fn schema(&mut self, value: &Value, namespace: &str) {
        match value {
            Value::String(name) if !PRIMITIVES.contains(&name.as_str()) => {
                self.used.push((name.clone(), namespace.to_owned()));
            }
            Value::Array(branches) => branches.iter().for_each(|branch| self.schema(branch, namespace)),
            Value::Object(members) => self.complex(members, namespace),
            _ => {}
        }
    }

    fn complex(&mut self, members: &Map<String, Value>, namespace: &str) {
        match members.get("type").and_then(Value::as_str) {
            Some("record" | "error" | "enum" | "fixed") => {
                let Some(name) = members.get("name").and_then(Value::as_str) else { return };
                let own = members.get("namespace").and_then(Value::as_str).unwrap_or(namespace);
                let full = if name.contains('.') || own.is_empty() { name.to_owned() } else { format!("{own}.{name}") };
                let inner = full.rsplit_once('.').map_or("", |(namespace, _)| namespace).to_owned();
                if self.names.defines.is_empty() {
                    self.names.root = Some(full.clone());
                }
                self.names.defines.insert(full);
                let fields = members.get("fields").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                fields.iter().filter_map(|field| field.get("type")).for_each(|of| self.schema(of, &inner));
            }
            Some("array") => members.get("items").into_iter().for_each(|items| self.schema(items, namespace)),
            Some("map") => members.get("values").into_iter().for_each(|values| self.schema(values, namespace)),
            _ => members.get("type").into_iter().for_each(|of| self.schema(of, namespace)),
        }
    }
}

// === JSON Schema ===

fn json(value: &Value) -> Names {
    let id = value.get("$id").or(value.get("id")).and_then(Value::as_str).map(bare);
    let mut written = Vec::new();
    references(value, &mut written);
    let mut told = BTreeSet::new();
    let needs = written.into_iter().filter(|base| Some(*base) != id && !is_meta(base) && told.insert(*base));
    let need = |base: &str| Need { names: names_of(base, id), written: base.to_owned() };
    Names {
        is_read: true,
        topic: None,
        root: value.get("title").and_then(Value::as_str).map(str::to_owned),
        defines: id.map(str::to_owned).into_iter().collect(),
        needs: needs.map(need).collect(),
    }
}

/// As it is written, and resolved beside the `$id` of the schema.
fn names_of(base: &str, id: Option<&str>) -> Vec<String> {
    let beside = id.filter(|_| !base.contains("://")).and_then(|id| id.rsplit_once('/'));
    let resolved = beside.map(|(folder, _)| format!("{folder}/{}", base.trim_start_matches("./")));
    std::iter::once(base.to_owned()).chain(resolved).collect()
}

fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(target) if key == "$ref" => {
                        found.extend(Some(bare(target)).filter(|base| !base.is_empty()));
                    }
                    // What is a value of data, and no schema.
                    _ if matches!(key.as_str(), "enum" | "const" | "default" | "examples") => {}
                    value => references(value, found),
                }
            }
        }
        _ => {}
    }
}

/// Without the fragment.
fn bare(reference: &str) -> &str {
    reference.split_once('#').map_or(reference, |(base, _)| base)
}

fn is_meta(base: &str) -> bool {
    base.starts_with("http://json-schema.org/") || base.starts_with("https://json-schema.org/")
}

// === Protobuf ===

/// Files that every registry of this kind brings along.
const KNOWN: [&str; 3] = ["google/", "confluent/", "buf/validate/"];

/// The option by which a file, or its first message, names its topic.
const TOPIC: &str = "tidegate.topic";

fn protobuf(path: &str, text: &str) -> Names {
    let Ok(file) = protox_parse::parse(path, text) else { return Names::default() };
    let package = file.package().to_owned();
    let first = file.message_type.first().map(|message| message.name().to_owned());
    let of_file = file.options.iter().flat_map(|options| &options.uninterpreted_option);
    let of_message = file.message_type.first().and_then(|message| message.options.as_ref());
    let of_message = of_message.into_iter().flat_map(|options| &options.uninterpreted_option);
    let topic = of_file.chain(of_message).find(|option| match option.name.as_slice() {
        [part] => part.is_extension && part.name_part.trim_start_matches('.') == TOPIC,
        _ => false,
    });
    let topic = topic.and_then(|option| String::from_utf8(option.string_value.clone()?).ok());
    let topic = topic.filter(|topic| !topic.is_empty());
    let needs = file.dependency.iter().filter(|import| !KNOWN.iter().any(|known| import.starts_with(known)));
    Names {
        is_read: true,
        topic,
        root: first.map(|name| if package.is_empty() { name } else { format!("{package}.{name}") }),
        defines: BTreeSet::new(),
        needs: needs.map(|import| Need { names: vec![import.clone()], written: import.clone() }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(names: &Names) -> Vec<&str> {
        names.needs.iter().map(|need| need.names[0].as_str()).collect()
    }

    #[test]
    fn avro_names_have_the_namespace_around_them() {
        let text = r#"{"type":"record","name":"Order","namespace":"shop","fields":[
            {"name":"total","type":"common.Money"},
            {"name":"lines","type":{"type":"array","items":["null","Line"]}},
            {"name":"state","type":{"type":"enum","name":"State","namespace":"shop.x","symbols":["A"]}},
            {"name":"again","type":"shop.x.State"},{"name":"self","type":["null","Order"]},
            {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}}]}"#;
        let names = names(SchemaKind::Avro, "a.avsc", text);
        assert_eq!(names.root.as_deref(), Some("shop.Order"));
        assert_eq!(needs(&names), ["common.Money", "shop.Line"]);
        assert_eq!(names.needs[1].names, ["shop.Line", "Line"]);
        let (start, end) = names.needs[0].place(text).unwrap();
        assert_eq!(&text[start..end], "\"common.Money\"");
        assert_eq!(names.defines.iter().map(String::as_str).collect::<Vec<_>>(), ["shop.Order", "shop.x.State"]);
    }

    #[test]
    fn json_references_lose_their_fragments_and_keep_to_schemas() {
        let text = r##"{"$id":"https://x/order.json","title":"Order","properties":{
            "a":{"$ref":"#/$defs/a"},"b":{"$ref":"money.json#/$defs/m"},"c":{"$ref":"https://x/order.json#"},
            "d":{"const":{"$ref":"not.json"}}}}"##;
        let names = names(SchemaKind::Json, "order.json", text);
        assert_eq!(needs(&names), ["money.json"]);
        assert_eq!(names.needs[0].names, ["money.json", "https://x/money.json"]);
        assert!(names.defines.contains("https://x/order.json"));
    }

    #[test]
    fn protobuf_imports_are_needed_unless_everybody_has_them() {
        let text = "syntax = \"proto3\"; package shop;\nimport \"common/money.proto\";\nimport \"google/protobuf/timestamp.proto\";\n\
                    message Order { common.Money total = 1; }";
        let names = names(SchemaKind::Protobuf, "order.proto", text);
        assert_eq!(names.root.as_deref(), Some("shop.Order"));
        assert_eq!(needs(&names), ["common/money.proto"]);
    }

    #[test]
    fn a_protobuf_file_may_say_its_topic() {
        let of_file = "syntax = \"proto3\";\noption (tidegate.topic) = \"orders\";\nmessage Order {}";
        let of_message = "syntax = \"proto3\";\nmessage Order { option (.tidegate.topic) = 'orders'; }";
        let other = "syntax = \"proto3\";\noption (tidegate.topics) = \"orders\"; option java_package = \"x\";\nmessage Order {}";
        for (text, topic) in [(of_file, Some("orders")), (of_message, Some("orders")), (other, None)] {
            assert_eq!(names(SchemaKind::Protobuf, "order.proto", text).topic.as_deref(), topic, "{text}");
        }
    }

    #[test]
    fn what_is_no_schema_has_no_names() {
        for kind in [SchemaKind::Avro, SchemaKind::Json, SchemaKind::Protobuf] {
            assert_eq!(names(kind, "x", "\u{0}{"), Names::default());
        }
    }
}
