//! What is Protobuf? One file per question that a format must answer.

mod annotations;
mod canonical;
#[cfg(test)]
mod corpus;
mod decode;
mod encode;
mod equal;
mod inline;
mod model;
mod outline;
mod parse;
mod reads;
mod rules;
mod syntax;
mod tags;
mod tree;
mod validate;
mod wellknown;

use crate::demand::Demands;
use crate::format::{Resolved, SchemaFormat, Strictness};
use crate::level::Policy;
use crate::model::Model;
use crate::outline::Outline;
use crate::schema::SchemaKind;
use crate::tags::Edits;
use crate::validator::{Flaw, Payload, Validator};
use crate::view::{ViewReader, Wants};
use crate::violation::{Malformed, Rule, Violation};

/// Protocol Buffers, in the reading of Confluent Schema Registry.
#[derive(Debug)]
pub(super) enum Protobuf {}

/// A Protobuf file.
#[derive(Debug)]
pub(super) struct ProtobufSchema(tree::Schema);

impl SchemaFormat for Protobuf {
    const KIND: SchemaKind = SchemaKind::Protobuf;
    const RULES: &'static [&'static Rule] = rules::RULES;
    type Schema = ProtobufSchema;

    fn parse(text: &str, references: &[Resolved], strictness: Strictness) -> Result<ProtobufSchema, Malformed> {
        parse::parse(text, references, strictness).map(ProtobufSchema)
    }

    fn identity(schema: &ProtobufSchema) -> String {
        canonical::identity(&schema.0)
    }

    fn normalized(schema: &ProtobufSchema) -> String {
        canonical::normalized(&schema.0)
    }

    fn rendered(schema: &ProtobufSchema, format: &str) -> Option<String> {
        canonical::rendered(&schema.0, format)
    }

    fn is_equivalent(one: &ProtobufSchema, other: &ProtobufSchema) -> bool {
        equal::is_equivalent(&one.0, &other.0)
    }

    fn outline(schema: &ProtobufSchema) -> Outline {
        outline::outline(&schema.0)
    }

    fn record_names(schema: &ProtobufSchema) -> Vec<String> {
        let mut open: Vec<_> = schema.0.file.messages().collect();
        let mut names = Vec::new();
        while let Some(message) = open.pop() {
            names.push(message.full_name().to_owned());
            open.extend(message.child_messages().filter(|child| !child.is_map_entry()));
        }
        names.sort();
        names
    }

    fn with_tags(schema: &ProtobufSchema, edits: &Edits<'_>) -> String {
        tags::with_tags(&schema.0, edits)
    }

    fn with_tags_of(schema: &ProtobufSchema, earlier: &ProtobufSchema) -> String {
        tags::with_tags_of(&schema.0, &earlier.0)
    }

    fn reads(reader: &ProtobufSchema, writer: &ProtobufSchema, _policy: Policy) -> Vec<Violation> {
        reads::reads(&reader.0, &writer.0)
    }

    fn for_writer(violation: Violation) -> Violation {
        rules::for_writer(violation)
    }

    fn encode(schema: &ProtobufSchema, json: &str) -> Result<Vec<u8>, Flaw> {
        encode::encode(&schema.0, json)
    }

    fn decode(schema: &ProtobufSchema, payload: Payload<'_>) -> Result<String, Flaw> {
        decode::decode(&schema.0, payload)
    }

    fn message_indexes(schema: &ProtobufSchema, name: &str) -> Option<Vec<u8>> {
        decode::message_indexes(&schema.0, name)
    }

    fn validator(schema: &ProtobufSchema) -> Validator {
        Validator::new(validate::compile(&schema.0))
    }

    fn model(schema: &ProtobufSchema) -> Model {
        model::model(&schema.0.full()).0
    }

    fn demands(schema: &ProtobufSchema) -> Demands {
        annotations::demands(&schema.0)
    }

    fn inline_rules(schema: &ProtobufSchema) -> Demands {
        inline::rules(&schema.0)
    }

    fn view_reader(schema: &ProtobufSchema, model: &Model, wants: &Wants) -> Box<dyn ViewReader> {
        validate::view_reader(&schema.0, model, wants)
    }
}
