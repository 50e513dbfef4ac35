//! What is Avro? One file per question that a format must answer.

mod canonical;
mod encode;
mod equal;
mod inline;
mod model;
mod outline;
mod parse;
mod reads;
mod rules;
mod tags;
mod tree;
mod validate;

use std::hash::DefaultHasher;
use std::sync::Arc;

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

/// Apache Avro, in the reading of its Java implementation.
#[derive(Debug)]
pub(super) enum Avro {}

/// An Avro schema.
#[derive(Debug)]
pub(super) struct AvroSchema(Arc<tree::Schema>);

impl SchemaFormat for Avro {
    const KIND: SchemaKind = SchemaKind::Avro;
    const RULES: &'static [&'static Rule] = rules::RULES;
    type Schema = AvroSchema;

    fn parse(text: &str, references: &[Resolved], strictness: Strictness) -> Result<AvroSchema, Malformed> {
        parse::parse(text, references, strictness).map(Arc::new).map(AvroSchema)
    }

    fn identity(schema: &AvroSchema) -> String {
        canonical::identity(&schema.0)
    }

    fn normalized(schema: &AvroSchema) -> String {
        canonical::normalized(&schema.0)
    }

    fn rendered(schema: &AvroSchema, format: &str) -> Option<String> {
        format.eq_ignore_ascii_case("resolved").then(|| canonical::resolved(&schema.0))
    }

    fn is_equivalent(one: &AvroSchema, other: &AvroSchema) -> bool {
        equal::is_equivalent(&one.0, &other.0)
    }

    /// Neither names nor the order of fields change when a schema is normalized.
    fn liken(schema: &AvroSchema, _: &str, hash: &mut DefaultHasher) {
        equal::liken(&schema.0, hash);
    }

    fn record_names(schema: &AvroSchema) -> Vec<String> {
        match schema.0.shape(schema.0.root.id) {
            tree::Shape::Record(record) => vec![record.header.name.full().to_owned()],
            _ => Vec::new(),
        }
    }

    fn outline(schema: &AvroSchema) -> Outline {
        outline::outline(&schema.0)
    }

    fn with_tags(schema: &AvroSchema, edits: &Edits<'_>) -> String {
        tags::with_tags(&schema.0, edits)
    }

    fn with_tags_of(schema: &AvroSchema, earlier: &AvroSchema) -> String {
        tags::with_tags_of(&schema.0, &earlier.0)
    }

    fn reads(reader: &AvroSchema, writer: &AvroSchema, _policy: Policy) -> Vec<Violation> {
        reads::reads(&reader.0, &writer.0)
    }

    fn for_writer(violation: Violation) -> Violation {
        rules::for_writer(violation)
    }

    fn encode(schema: &AvroSchema, json: &str) -> Result<Vec<u8>, Flaw> {
        encode::encode(&schema.0, json)
    }

    fn decode(schema: &AvroSchema, payload: Payload<'_>) -> Result<String, Flaw> {
        validate::decode(&schema.0, payload.bytes)
    }

    fn validator(schema: &AvroSchema) -> Validator {
        Validator::new(validate::compile(&schema.0))
    }

    fn model(schema: &AvroSchema) -> Model {
        model::model(&schema.0)
    }

    fn inline_rules(schema: &AvroSchema) -> Demands {
        inline::rules(&schema.0)
    }

    fn view_reader(schema: &AvroSchema, _model: &Model, wants: &Wants) -> Box<dyn ViewReader> {
        validate::view_reader(&schema.0, wants)
    }
}
