//! Which languages can schemas be written in? The table of formats, and the handle that hides which one it is.
//!
//! A new format is a module with an implementation of [`SchemaFormat`] and a line in [`FORMATS`]; nothing else knows.

mod avro;
mod json;
mod protobuf;

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::demand::Demands;
use crate::level::{Direction, Policy};
use crate::model::Model;
use crate::outline::{ElementKind, Outline};
use crate::reserved;
use crate::schema::SchemaKind;
use crate::tags::{Edits, TagEdit, Tagged, UnknownEntity};
use crate::validator::{Flaw, Payload, Validator};
use crate::view::{ViewReader, Wants};
use crate::violation::{Basis, Malformed, Place, Rule, Severity, Violation};

/// A schema that others refer to, with the name under which they do. Lists of these are transitive closures in
/// dependency order: what a schema needs comes before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// What the referring text calls it.
    pub name: String,
    /// The language it is written in.
    pub kind: SchemaKind,
    /// The schema itself.
    pub text: Arc<str>,
}

/// How forgiving parsing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// For new schemas: names, namespaces and defaults must be valid.
    Strict,
    /// For stored ones and lookups: names must be valid, defaults are not looked at.
    Lenient,
}

/// A parsed schema of any kind. Cloning is cheap.
#[derive(Clone)]
pub struct Parsed(Arc<dyn AnySchema>);

/// Reads a schema text. Kinds that are not served yet are `Malformed` with a message that says so.
pub fn parse(
    kind: SchemaKind,
    text: &str,
    references: &[Resolved],
    strictness: Strictness,
) -> Result<Parsed, Malformed> {
    match FORMATS.iter().find(|format| format.kind == kind) {
        Some(format) => (format.parse)(text, references, strictness),
        None => Err(Malformed {
            message: format!("this server does not take {kind} schemas yet, only {}", served()),
            span: None,
            path: None,
        }),
    }
}

/// Every compatibility rule of every format, and those about names, in the order of their codes.
pub fn rules() -> Vec<&'static Rule> {
    let formats = FORMATS.iter().flat_map(|format| format.rules.iter().copied());
    std::iter::once(&KIND_CHANGED).chain(formats).chain(reserved::RULES.iter().copied()).collect()
}

impl Parsed {
    /// The language it is written in.
    pub fn kind(&self) -> SchemaKind {
        self.0.kind()
    }

    /// The canonical text: what is stored and hashed.
    pub fn identity(&self) -> String {
        self.0.identity()
    }

    /// The canonical text with everything order-insensitive put in order (`normalize=true`).
    pub fn normalized(&self) -> String {
        self.0.normalized()
    }

    /// The text in another form (`resolved`: references inlined); `None` for forms that this kind does not have.
    pub fn rendered(&self, format: &str) -> Option<String> {
        self.0.rendered(format)
    }

    /// Whether both mean the same with references inlined, documentation and order of fields included.
    pub fn is_equivalent(&self, other: &Self) -> bool {
        self.0.is_equivalent(&*other.0)
    }

    /// A number that is the same for all that are [equivalent](Self::is_equivalent), and seldom for others. It holds within
    /// one process.
    pub fn likeness(&self) -> u64 {
        self.0.likeness(&self.identity())
    }

    /// The likeness of what [`normalized`](Self::normalized) prints.
    pub fn normalized_likeness(&self) -> u64 {
        self.0.likeness(&self.normalized())
    }

    /// Its types and fields, for search, lineage, tags and the structural diff.
    pub fn outline(&self) -> Outline {
        self.0.outline()
    }

    /// The schema's text with tags added to records and fields, and then taken from them. Nothing else of it changes, but
    /// that it is printed as [`identity`](Self::identity) prints it.
    ///
    /// # Errors
    /// A path that leads nowhere, or into what a reference brings along.
    pub fn with_tags(&self, edits: &[TagEdit]) -> Result<String, UnknownEntity> {
        let edits = Edits::new(edits);
        let text = self.0.with_tags(&edits);
        edits.missed().map_or(Ok(text), Err)
    }

    /// The schema's text, printed likewise, with the tags that `earlier` gives in its own text to parts of the same path.
    /// A schema of another kind has no such parts.
    pub fn with_tags_of(&self, earlier: &Self) -> String {
        self.0.with_tags_of(&*earlier.0).unwrap_or_else(|| self.identity())
    }

    /// The parts that the text gives tags, in its order; those that nothing leads to come last. A part that stands in two
    /// places, such as a definition that is used twice, is one part.
    pub fn tags(&self) -> Vec<Tagged> {
        let mut found: Vec<Tagged> = Vec::new();
        let mut places = HashMap::new();
        for element in self.outline().elements {
            let can_have_tags = matches!(element.kind, ElementKind::Record | ElementKind::Field);
            if !can_have_tags || element.entity.is_empty() || element.tags.is_empty() {
                continue;
            }
            let place = *places.entry((element.entity.clone(), element.kind)).or_insert(found.len());
            match found.get_mut(place) {
                Some(known) => {
                    let new = element.tags.into_iter().filter(|tag| !known.tags.contains(tag));
                    let new: Vec<_> = new.collect();
                    known.tags.extend(new);
                }
                None => found.push(Tagged { entity: element.entity, kind: element.kind, tags: element.tags }),
            }
        }
        let apart = self.0.tagged_apart().into_iter();
        found.extend(apart.filter(|it| !places.contains_key(&(it.entity.clone(), it.kind))));
        found
    }

    /// The names that a payload's record may have, for the record naming strategies: the full name of the record at the
    /// root, those of all messages of a Protobuf file, the title of a JSON Schema. Empty when there is none.
    pub fn record_names(&self) -> Vec<String> {
        self.0.record_names()
    }

    /// What keeps a reader with this schema from reading data of `writer`; advice included. Different kinds disagree by
    /// one violation.
    pub fn reads(&self, writer: &Self, policy: Policy) -> Vec<Violation> {
        self.0.reads(&*writer.0, policy).unwrap_or_else(|| vec![kind_changed(self.kind(), writer.kind())])
    }

    /// What stands between this candidate and an existing version in one direction, told to the author of the candidate:
    /// forward, a field that the existing reader misses is one that the candidate removed.
    pub fn compare(&self, existing: &Self, direction: Direction, policy: Policy) -> Vec<Violation> {
        match direction {
            Direction::Backward => self.reads(existing, policy),
            Direction::Forward => {
                existing.reads(self, policy).into_iter().map(|violation| existing.0.for_writer(violation)).collect()
            }
        }
    }

    /// The payload that a value becomes which is told in JSON, without what names the schema, and for Protobuf, where the
    /// file's first message is meant, without message indexes (see [`first_message`](Self::first_message)). A value that
    /// JSON Schema is about stays as it is.
    ///
    /// # Errors
    /// What does not fit the schema, and where in the text. Whatever is encoded obeys an Avro or Protobuf schema; a JSON
    /// Schema is not looked at.
    pub fn encode(&self, json: &str) -> Result<Vec<u8>, Flaw> {
        self.0.encode(json)
    }

    /// What a payload says, told in JSON: as the Avro specification encodes data in JSON, and as Protobuf's own mapping has
    /// it. A payload under a JSON Schema is its own text. Values are neither masked nor left out, but for what a Protobuf
    /// schema does not know.
    ///
    /// # Errors
    /// Where the bytes can't be read any further, and why. All that an Avro schema demands is looked at; what Protobuf and
    /// JSON Schema demand beyond being readable is told by a [`validator`](Self::validator).
    pub fn decode<'p>(&self, payload: impl Into<Payload<'p>>) -> Result<String, Flaw> {
        self.0.decode(payload.into())
    }

    /// The message indexes that lead to a message, by its full name or by the end of it after a dot; `None` for one that
    /// the file does not define, and in formats that have none.
    pub fn message_indexes(&self, name: &str) -> Option<Vec<u8>> {
        self.0.message_indexes(name)
    }

    /// The message indexes that stand between the name of a schema and a payload of its first message; nothing in formats
    /// that have none.
    pub fn first_message(&self) -> &'static [u8] {
        if self.kind() == SchemaKind::Protobuf { &[0] } else { &[] }
    }

    /// Compiles the schema for checking payloads.
    pub fn validator(&self) -> Validator {
        self.0.validator()
    }

    /// What values its payloads hold.
    pub(crate) fn model(&self) -> Model {
        self.0.model()
    }

    /// What its annotations demand of values, in terms of its model.
    pub(crate) fn demands(&self) -> Demands {
        self.0.demands()
    }

    /// What its inline rules demand of values.
    pub(crate) fn inline_rules(&self) -> Demands {
        self.0.inline_rules()
    }

    /// A reader of those values that are wanted.
    pub(crate) fn view_reader(&self, model: &Model, wants: &Wants) -> Box<dyn ViewReader> {
        self.0.view_reader(model, wants)
    }
}

impl fmt::Debug for Parsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Parsed").field(&self.kind()).field(&self.identity()).finish()
    }
}

// === The seam ===

/// The formats that are served.
const FORMATS: &[Format] =
    &[Format::of::<avro::Avro>(), Format::of::<protobuf::Protobuf>(), Format::of::<json::JsonSchema>()];

/// What a format must be able to say. Each answers in its own terms; [`Parsed`] hides which one it is.
trait SchemaFormat: 'static {
    /// The kind that it reads.
    const KIND: SchemaKind;
    /// Its compatibility rules, in the order of their codes.
    const RULES: &'static [&'static Rule];
    /// An own tree of a schema.
    type Schema: fmt::Debug + Send + Sync + 'static;

    fn parse(text: &str, references: &[Resolved], strictness: Strictness) -> Result<Self::Schema, Malformed>;
    fn identity(schema: &Self::Schema) -> String;
    fn normalized(schema: &Self::Schema) -> String;
    fn rendered(schema: &Self::Schema, format: &str) -> Option<String>;
    fn is_equivalent(one: &Self::Schema, other: &Self::Schema) -> bool;
    /// Puts something into the hash that equivalent schemas have in common: by default the canonical text.
    fn liken(_: &Self::Schema, text: &str, hash: &mut DefaultHasher) {
        text.hash(hash);
    }
    fn outline(schema: &Self::Schema) -> Outline;
    fn with_tags(schema: &Self::Schema, edits: &Edits<'_>) -> String;
    fn with_tags_of(schema: &Self::Schema, earlier: &Self::Schema) -> String;
    /// What has tags and is not in the outline: nothing, unless the format has parts that nothing leads to.
    fn tagged_apart(_: &Self::Schema) -> Vec<Tagged> {
        Vec::new()
    }
    fn record_names(schema: &Self::Schema) -> Vec<String>;
    fn reads(reader: &Self::Schema, writer: &Self::Schema, policy: Policy) -> Vec<Violation>;
    /// A violation that an existing reader has with the candidate, in the words of the candidate's author.
    fn for_writer(violation: Violation) -> Violation;
    fn encode(schema: &Self::Schema, json: &str) -> Result<Vec<u8>, Flaw>;
    fn decode(schema: &Self::Schema, payload: Payload<'_>) -> Result<String, Flaw>;
    fn message_indexes(_: &Self::Schema, _name: &str) -> Option<Vec<u8>> {
        None
    }
    fn validator(schema: &Self::Schema) -> Validator;
    fn model(schema: &Self::Schema) -> Model;
    /// What the text itself demands of values, beyond their types: nothing, unless the format knows annotations.
    fn demands(_: &Self::Schema) -> Demands {
        Demands::default()
    }
    /// The rules that Confluent lets the text hold.
    fn inline_rules(schema: &Self::Schema) -> Demands;
    /// The model is the schema's own, with what was added to it since.
    fn view_reader(schema: &Self::Schema, model: &Model, wants: &Wants) -> Box<dyn ViewReader>;
}

struct Format {
    kind: SchemaKind,
    rules: &'static [&'static Rule],
    parse: fn(&str, &[Resolved], Strictness) -> Result<Parsed, Malformed>,
}

impl Format {
    const fn of<F: SchemaFormat>() -> Self {
        Self {
            kind: F::KIND,
            rules: F::RULES,
            parse: |text, references, strictness| {
                let schema = F::parse(text, references, strictness)?;
                Ok(Parsed(Arc::new(Erased::<F>(schema))))
            },
        }
    }
}

/// A schema whose format is known here and nowhere outside.
struct Erased<F: SchemaFormat>(F::Schema);

/// What all formats have in common once erased. Comparing with a schema of another format is answered here.
trait AnySchema: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn kind(&self) -> SchemaKind;
    fn identity(&self) -> String;
    fn normalized(&self) -> String;
    fn rendered(&self, format: &str) -> Option<String>;
    fn is_equivalent(&self, other: &dyn AnySchema) -> bool;
    fn likeness(&self, text: &str) -> u64;
    fn outline(&self) -> Outline;
    /// Parts that edits are about are met in them.
    fn with_tags(&self, edits: &Edits<'_>) -> String;
    /// `None` if the earlier schema is of another kind.
    fn with_tags_of(&self, earlier: &dyn AnySchema) -> Option<String>;
    fn tagged_apart(&self) -> Vec<Tagged>;
    fn record_names(&self) -> Vec<String>;
    /// `None` if the writer's schema is of another kind.
    fn reads(&self, writer: &dyn AnySchema, policy: Policy) -> Option<Vec<Violation>>;
    fn for_writer(&self, violation: Violation) -> Violation;
    fn encode(&self, json: &str) -> Result<Vec<u8>, Flaw>;
    fn decode(&self, payload: Payload<'_>) -> Result<String, Flaw>;
    fn message_indexes(&self, name: &str) -> Option<Vec<u8>>;
    fn validator(&self) -> Validator;
    fn model(&self) -> Model;
    fn demands(&self) -> Demands;
    fn inline_rules(&self) -> Demands;
    fn view_reader(&self, model: &Model, wants: &Wants) -> Box<dyn ViewReader>;
}

impl<F: SchemaFormat> AnySchema for Erased<F> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn kind(&self) -> SchemaKind {
        F::KIND
    }

    fn identity(&self) -> String {
        F::identity(&self.0)
    }

    fn normalized(&self) -> String {
        F::normalized(&self.0)
    }

    fn rendered(&self, format: &str) -> Option<String> {
        F::rendered(&self.0, format)
    }

    fn is_equivalent(&self, other: &dyn AnySchema) -> bool {
        other.as_any().downcast_ref::<Self>().is_some_and(|other| F::is_equivalent(&self.0, &other.0))
    }

    fn likeness(&self, text: &str) -> u64 {
        let mut hash = DefaultHasher::new();
        F::KIND.as_str().hash(&mut hash);
        F::liken(&self.0, text, &mut hash);
        hash.finish()
    }

    fn outline(&self) -> Outline {
        F::outline(&self.0)
    }

    fn with_tags(&self, edits: &Edits<'_>) -> String {
        F::with_tags(&self.0, edits)
    }

    fn with_tags_of(&self, earlier: &dyn AnySchema) -> Option<String> {
        earlier.as_any().downcast_ref::<Self>().map(|earlier| F::with_tags_of(&self.0, &earlier.0))
    }

    fn tagged_apart(&self) -> Vec<Tagged> {
        F::tagged_apart(&self.0)
    }

    fn record_names(&self) -> Vec<String> {
        F::record_names(&self.0)
    }

    fn reads(&self, writer: &dyn AnySchema, policy: Policy) -> Option<Vec<Violation>> {
        writer.as_any().downcast_ref::<Self>().map(|writer| F::reads(&self.0, &writer.0, policy))
    }

    fn for_writer(&self, violation: Violation) -> Violation {
        F::for_writer(violation)
    }

    fn encode(&self, json: &str) -> Result<Vec<u8>, Flaw> {
        F::encode(&self.0, json)
    }

    fn decode(&self, payload: Payload<'_>) -> Result<String, Flaw> {
        F::decode(&self.0, payload)
    }

    fn message_indexes(&self, name: &str) -> Option<Vec<u8>> {
        F::message_indexes(&self.0, name)
    }

    fn validator(&self) -> Validator {
        F::validator(&self.0)
    }

    fn model(&self) -> Model {
        F::model(&self.0)
    }

    fn demands(&self) -> Demands {
        F::demands(&self.0)
    }

    fn inline_rules(&self) -> Demands {
        F::inline_rules(&self.0)
    }

    fn view_reader(&self, model: &Model, wants: &Wants) -> Box<dyn ViewReader> {
        F::view_reader(&self.0, model, wants)
    }
}

// === Across formats ===

static KIND_CHANGED: Rule = Rule {
    code: "TG100",
    slug: "schema-kind-changed",
    purpose: "A reader of one schema language can't read data of another.",
    severity: Severity::Error,
    confluent: Some("TYPE_MISMATCH"),
    basis: Basis::Sound,
};

fn kind_changed(reader: SchemaKind, writer: SchemaKind) -> Violation {
    Violation {
        rule: &KIND_CHANGED,
        reader: Place::default(),
        writer: Place::default(),
        message: format!("the reader's schema is {reader}, the writer's is {writer}"),
        fix: Some("use a new subject for the other schema language".into()),
        fact: "Incompatible because of different schema type".into(),
        edits: Vec::new(),
    }
}

fn served() -> String {
    FORMATS.iter().map(|format| format.kind.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_served() {
        for kind in [SchemaKind::Avro, SchemaKind::Protobuf, SchemaKind::Json] {
            let malformed = parse(kind, "{", &[], Strictness::Strict).unwrap_err();
            assert!(!malformed.message.contains("does not take"), "{malformed}");
        }
    }

    #[test]
    fn rules_have_unique_codes_in_order() {
        let codes: Vec<_> = rules().iter().map(|rule| rule.code).collect();
        assert!(codes.is_sorted_by(|one, other| one < other), "{codes:?}");
        assert!(codes.len() > 10);
    }

    #[test]
    fn another_kind_is_one_violation() {
        let violation = kind_changed(SchemaKind::Avro, SchemaKind::Json);
        assert_eq!((violation.rule.code, violation.rule.severity), ("TG100", Severity::Error));
        assert_eq!(violation.message, "the reader's schema is AVRO, the writer's is JSON");
    }
}
