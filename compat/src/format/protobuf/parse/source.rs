//! What was handed in, text or a descriptor? Confluent takes both, for schemas and for references.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};
use prost_types::{FileDescriptorProto, FileDescriptorSet};

use super::super::syntax::{self, File};
use super::trouble;
use crate::json::Source;
use crate::violation::Malformed;

/// A file that is not linked yet.
pub(super) enum Unit {
    /// Parsed, with its places and its words.
    Text { file: Box<FileDescriptorProto>, text: String, words: Box<File> },
    /// The bytes of a `FileDescriptorProto`: decoded only with what it imports at hand, because its options need that.
    Descriptor(Vec<u8>),
}

impl Unit {
    /// Reads a file that others know as `name`. What is no text may be a descriptor; if it is neither, the text's
    /// troubles are told.
    pub(super) fn read(name: &str, text: &str) -> Result<Self, Malformed> {
        match protox_parse::parse(name, text) {
            Ok(file) => {
                // Bounds how deep anything nests before someone else walks it.
                let words = words(text).map_err(|malformed| trouble::within(name, malformed))?;
                Ok(Self::Text { file: Box::new(file), text: text.to_owned(), words: Box::new(words) })
            }
            Err(error) => match descriptor(name, text) {
                Some(bytes) => Ok(Self::Descriptor(bytes?)),
                None => Err(trouble::parsing(name, text, &error)),
            },
        }
    }

    /// The words of a text, once.
    pub(super) fn take_words(&mut self) -> Option<File> {
        match self {
            Self::Text { words, .. } => Some(*std::mem::take(words)),
            Self::Descriptor(_) => None,
        }
    }
}

/// The words of a text that the compiler's parser takes.
fn words(text: &str) -> Result<File, Malformed> {
    syntax::read(text).map_err(|refusal| Malformed {
        message: refusal.message,
        span: Some(Source::new(text).span(refusal.extent)),
        path: None,
    })
}

/// The descriptor under the name that it is imported by; `None` if the text holds none.
fn descriptor(name: &str, text: &str) -> Option<Result<Vec<u8>, Malformed>> {
    let bytes = STANDARD.decode(text.trim()).ok().filter(|bytes| !bytes.is_empty())?;
    let mut bytes = match FileDescriptorProto::decode(bytes.as_slice()) {
        // A set of files begins like a file whose name is a file.
        Ok(file) if !file.name().contains(char::is_control) => bytes,
        _ => FileDescriptorSet::decode(bytes.as_slice()).ok()?.file.pop()?.encode_to_vec(),
    };
    let written = DescriptorPool::global().get_message_by_name("google.protobuf.FileDescriptorProto")?;
    let written = DynamicMessage::decode(written, bytes.as_slice()).ok()?;
    if has_open_options(&written) {
        let message = "the descriptor has options that are not interpreted".to_owned();
        return Some(Err(trouble::within(name, Malformed { message, span: None, path: None })));
    }
    // Of a field that stands twice the last one counts.
    let renamed = FileDescriptorProto { name: Some(name.to_owned()), ..FileDescriptorProto::default() };
    bytes.extend(renamed.encode_to_vec());
    Some(Ok(bytes))
}

/// Whether there is an `UninterpretedOption` anywhere. Decoding has bounded the depth.
fn has_open_options(message: &DynamicMessage) -> bool {
    message.fields().any(|(field, value)| field.name() == "uninterpreted_option" || value_has_open_options(value))
}

fn value_has_open_options(value: &Value) -> bool {
    match value {
        Value::Message(message) => has_open_options(message),
        Value::List(items) => items.iter().any(value_has_open_options),
        _ => false,
    }
}
