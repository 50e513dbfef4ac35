//! Which bytes does a message become that is told in JSON? As Protobuf's own mapping has it, well-known types included.

use prost::Message;
use prost_reflect::{DeserializeOptions, DynamicMessage};

use super::tree::Schema;
use crate::validator::Flaw;

/// Encodes a message of the file's first type.
pub(super) fn encode(schema: &Schema, text: &str) -> Result<Vec<u8>, Flaw> {
    let flaw = |offset: usize, what: String| Flaw { offset, path: String::new(), what };
    let Some(kind) = schema.file.messages().next() else {
        return Err(flaw(0, "the schema has no message".into()));
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    // A member that the message does not have is a typing error at a door, not news from the future.
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let message = DynamicMessage::deserialize_with_options(kind, &mut reader, &options);
    let message = message.and_then(|message| reader.end().map(|()| message));
    match message {
        Ok(message) => Ok(message.encode_to_vec()),
        Err(error) => Err(flaw(offset(text, error.line(), error.column()), error.to_string())),
    }
}

/// Where in the text a line and a column are, both from 1, as `serde_json` counts them.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
    (before + column.saturating_sub(1)).min(text.len())
}
