//! What does a message say, told in JSON? As Protobuf's own mapping has it, well-known types included.

use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions};

use super::tree::Schema;
use super::validate;
use crate::validator::{Flaw, Payload};

/// How deep messages may lie in one another in a file.
const MAX_NESTING: usize = 64;

/// Decodes the message that the payload's indexes lead to.
pub(super) fn decode(schema: &Schema, payload: Payload<'_>) -> Result<String, Flaw> {
    let (name, start) = validate::target(schema, payload)?;
    let flaw = |what: String| Flaw { offset: start, path: String::new(), what };
    let pool = schema.file.parent_pool();
    let kind = pool.get_message_by_name(&name).ok_or_else(|| flaw(format!("the schema has no message {name}")))?;
    let bytes = payload.bytes.get(start..).unwrap_or_default();
    let message = DynamicMessage::decode(kind, bytes).map_err(|error| flaw(error.to_string()))?;
    let mut text = Vec::new();
    let mut writer = serde_json::Serializer::new(&mut text);
    message
        .serialize_with_options(&mut writer, &SerializeOptions::new())
        .map_err(|error| flaw(format!("it can't be told in JSON: {error}")))?;
    String::from_utf8(text).map_err(|error| flaw(error.to_string()))
}

/// How many indexes, then the position on each level, in zigzag; the first message of the file has a short form.
pub(super) fn message_indexes(schema: &Schema, name: &str) -> Option<Vec<u8>> {
    let top: Vec<MessageDescriptor> = schema.file.messages().collect();
    let path = path_to(&top, name, 0)?;
    if path == [0] {
        return Some(vec![0]);
    }
    let mut bytes = Vec::new();
    for number in std::iter::once(path.len()).chain(path) {
        let mut bits = number << 1;
        while bits >= 0x80 {
            bytes.push((bits & 0x7f) as u8 | 0x80);
            bits >>= 7;
        }
        bytes.push(bits as u8);
    }
    Some(bytes)
}

/// As clients count that have the schema as text: entries of maps are no messages.
fn path_to(level: &[MessageDescriptor], name: &str, depth: usize) -> Option<Vec<usize>> {
    if depth > MAX_NESTING {
        return None;
    }
    let is_meant = |message: &MessageDescriptor| {
        let full = message.full_name();
        full == name || full.strip_suffix(name).is_some_and(|before| before.ends_with('.'))
    };
    for (at, message) in level.iter().filter(|message| !message.is_map_entry()).enumerate() {
        if is_meant(message) {
            return Some(vec![at]);
        }
    }
    for (at, message) in level.iter().filter(|message| !message.is_map_entry()).enumerate() {
        let nested: Vec<MessageDescriptor> = message.child_messages().collect();
        if let Some(rest) = path_to(&nested, name, depth + 1) {
            return Some(std::iter::once(at).chain(rest).collect());
        }
    }
    None
}
