//! What is JSON Schema? One file per question that a format must answer.

mod canonical;
mod equal;
mod model;
mod outline;
mod parse;
mod reads;
mod rules;
mod tags;
mod tree;
mod validate;

use crate::demand::Demands;
use crate::format::{Resolved, SchemaFormat, Strictness};
use crate::json::Node;
use crate::level::Policy;
use crate::model::Model;
use crate::outline::Outline;
use crate::schema::SchemaKind;
use crate::tags::{Edits, Tagged};
use crate::validator::{Flaw, Payload, Validator};
use crate::view::{ViewReader, Wants};
use crate::violation::{Malformed, Rule, Violation};

/// JSON Schema, in the reading of Confluent Schema Registry.
#[derive(Debug)]
pub(super) enum JsonSchema {}

/// A JSON Schema document.
#[derive(Debug)]
pub(super) struct JsonDocument(tree::Schema);

impl SchemaFormat for JsonSchema {
    const KIND: SchemaKind = SchemaKind::Json;
    const RULES: &'static [&'static Rule] = rules::RULES;
    type Schema = JsonDocument;

    fn parse(text: &str, references: &[Resolved], strictness: Strictness) -> Result<JsonDocument, Malformed> {
        parse::parse(text, references, strictness).map(JsonDocument)
    }

    fn identity(schema: &JsonDocument) -> String {
        canonical::identity(&schema.0)
    }

    fn normalized(schema: &JsonDocument) -> String {
        canonical::normalized(&schema.0)
    }

    fn rendered(schema: &JsonDocument, format: &str) -> Option<String> {
        canonical::rendered(&schema.0, format)
    }

    fn is_equivalent(one: &JsonDocument, other: &JsonDocument) -> bool {
        equal::is_equivalent(&one.0, &other.0)
    }

    fn outline(schema: &JsonDocument) -> Outline {
        outline::outline(&schema.0)
    }

    fn record_names(schema: &JsonDocument) -> Vec<String> {
        schema.0.root.get("title").and_then(Node::text).map(str::to_owned).into_iter().collect()
    }

    fn with_tags(schema: &JsonDocument, edits: &Edits<'_>) -> String {
        tags::with_tags(&schema.0, edits)
    }

    fn tagged_apart(schema: &JsonDocument) -> Vec<Tagged> {
        tags::in_definitions(&schema.0)
    }

    fn with_tags_of(schema: &JsonDocument, earlier: &JsonDocument) -> String {
        tags::with_tags_of(&schema.0, &earlier.0)
    }

    fn reads(reader: &JsonDocument, writer: &JsonDocument, policy: Policy) -> Vec<Violation> {
        reads::reads(&reader.0, &writer.0, policy)
    }

    fn for_writer(violation: Violation) -> Violation {
        rules::for_writer(violation)
    }

    fn encode(_: &JsonDocument, json: &str) -> Result<Vec<u8>, Flaw> {
        Ok(json.as_bytes().to_vec())
    }

    fn decode(_: &JsonDocument, payload: Payload<'_>) -> Result<String, Flaw> {
        let told = |offset, what| Flaw { offset, path: String::new(), what };
        let text = std::str::from_utf8(payload.bytes)
            .map_err(|error| told(error.valid_up_to(), "the text is not UTF-8".to_owned()))?;
        // Whatever stands there twice, and every digit, is told as it came.
        crate::json::read_strict(text).map_err(|malformed| {
            let offset = malformed.span.map_or(0, |span| span.start);
            told(offset, format!("no JSON: {}", malformed.message))
        })?;
        Ok(text.to_owned())
    }

    fn validator(schema: &JsonDocument) -> Validator {
        Validator::new(validate::compile(&schema.0))
    }

    fn model(schema: &Self::Schema) -> Model {
        model::model(&schema.0)
    }

    fn inline_rules(schema: &Self::Schema) -> Demands {
        model::inline_rules(&schema.0)
    }

    fn view_reader(_schema: &Self::Schema, model: &Model, wants: &Wants) -> Box<dyn ViewReader> {
        validate::view_reader(model, wants)
    }
}
