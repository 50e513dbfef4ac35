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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{Outcome, Parsed, Payload, SchemaKind, Strictness, parse};

    const FILE: &str = r#"syntax = "proto3"; package shop;
        import "google/protobuf/timestamp.proto";
        message Order { int64 id = 1; map<string, Line> lines = 2; google.protobuf.Timestamp at = 3;
          message Line { double price = 1; bytes mark = 2; } message Note { string text = 1; } }
        message Refund { repeated int32 cents = 1; }"#;

    fn schema() -> Parsed {
        parse(SchemaKind::Protobuf, FILE, &[], Strictness::Strict).unwrap()
    }

    #[test]
    fn messages_are_told_by_their_indexes() {
        let schema = schema();
        let told = r#"{"id":"7","lines":{"a":{"price":1.5,"mark":"/w=="}},"at":"2026-01-02T03:04:05Z"}"#;
        let mut payload = vec![0];
        payload.extend(schema.encode(told).unwrap());
        assert_eq!(schema.decode(&payload).as_deref(), Ok(told));
        let bare = Payload { bytes: &payload[1..], header: Some(&[0]) };
        assert_eq!(schema.decode(bare).as_deref(), Ok(told));
        assert_eq!(schema.decode(&[2, 2, 0x0a, 2, 5, 7]).as_deref(), Ok(r#"{"cents":[5,7]}"#));
        assert_eq!(schema.decode(&[4, 0, 2, 0x0a, 1, b'x']).as_deref(), Ok(r#"{"text":"x"}"#));
        assert!(schema.decode(&[2, 8]).unwrap_err().what.contains("message index 4 is wrong"));
        assert!(schema.decode(&[0, 0x0a, 9]).is_err());
    }

    #[test]
    fn a_name_leads_to_the_indexes_that_lead_to_it() {
        let schema = schema();
        for (name, indexes) in [
            ("shop.Order", &[0][..]),
            ("Refund", &[2, 2]),
            ("shop.Order.Line", &[4, 0, 0]),
            ("Order.Note", &[4, 0, 2]),
            ("Note", &[4, 0, 2]),
        ] {
            assert_eq!(schema.message_indexes(name).as_deref(), Some(indexes), "{name}");
        }
        for name in ["", "ine", "Other", "op.Order"] {
            assert_eq!(schema.message_indexes(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_valid_can_be_told(payload in proptest::collection::vec(any::<u8>(), 0..40)) {
            let schema = schema();
            if schema.validator().validate(&payload) == Outcome::Valid {
                // Times that no calendar has are valid messages and have no words.
                match schema.decode(&payload) {
                    Ok(told) => prop_assert!(serde_json::from_str::<serde_json::Value>(&told).is_ok()),
                    Err(flaw) => prop_assert!(flaw.what.contains("can't be told"), "{}", flaw),
                }
            } else {
                let _ = schema.decode(&payload);
            }
        }
    }
}
