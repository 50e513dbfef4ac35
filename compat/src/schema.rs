//! What is a schema as it arrives and as it is stored: text, kind, references, and the hash that is its identity?

use std::fmt;
use std::sync::Arc;

use md5::{Digest, Md5};

use crate::contract::{Contract, Metadata, RuleSet};

/// The language a schema is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SchemaKind {
    /// Apache Avro, in JSON.
    #[default]
    Avro,
    /// Protocol Buffers.
    Protobuf,
    /// JSON Schema.
    Json,
}

impl SchemaKind {
    /// The name that the REST API uses, as in `"schemaType": "AVRO"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Avro => "AVRO",
            Self::Protobuf => "PROTOBUF",
            Self::Json => "JSON",
        }
    }

    /// Reads the name that the REST API uses.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Avro, Self::Protobuf, Self::Json].into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for SchemaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A pointer from one schema to another. `subject` stays as it was written (it is part of the identity); the registry
/// resolves it, in the referrer's context when it is unqualified.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// What the text calls it: an Avro full name, a JSON `$ref` base, a Protobuf import path.
    pub name: String,
    /// The subject that has it.
    pub subject: String,
    /// Concrete once stored; `-1` means latest in a request.
    pub version: i32,
}

/// A schema as text together with what is needed to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaText {
    /// The language of the text.
    pub kind: SchemaKind,
    /// The schema itself.
    pub text: Arc<str>,
    /// What the text refers to, in the order given.
    pub references: Vec<Reference>,
}

/// The 128-bit content hash that decides whether two schemas are the same (Confluent's MD5 over canonical text,
/// references, metadata and rules). Printed as a UUID it is the schema's GUID. The kind is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 16]);

impl Fingerprint {
    /// `canonical` is the text as the format prints it; references carry concrete versions.
    pub fn of(canonical: &str, references: &[Reference], contract: &Contract) -> Self {
        let mut hash = Md5::new();
        hash.update(canonical);
        for reference in references {
            hash.update(&reference.name);
            hash.update(&reference.subject);
            hash.update(reference.version.to_be_bytes());
        }
        if let Some(metadata) = &contract.metadata {
            hash_metadata(&mut hash, metadata);
        }
        if let Some(rules) = &contract.rules {
            hash_rules(&mut hash, rules);
        }
        Self(hash.finalize().into())
    }

    /// Reads 36 characters of UUID text or 32 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let hex: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
        if hex.len() != 32 || !(text.len() == 32 || text.len() == 36) {
            return None;
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

fn hash_metadata(hash: &mut Md5, metadata: &Metadata) {
    hash.update([1]);
    for (path, tags) in &metadata.tags {
        hash.update(path);
        tags.iter().for_each(|tag| hash.update(tag));
    }
    for (key, value) in &metadata.properties {
        hash.update(key);
        hash.update(value);
    }
    metadata.sensitive.iter().for_each(|name| hash.update(name));
}

fn hash_rules(hash: &mut Md5, rules: &RuleSet) {
    hash.update([1]);
    for rule in rules.migration.iter().chain(&rules.domain).chain(&rules.encoding) {
        hash.update(&rule.name);
        hash.update(rule.doc.as_deref().unwrap_or_default());
        hash.update(rule.kind.as_str());
        hash.update(rule.mode.as_str());
        hash.update(rule.executor.as_deref().unwrap_or_default());
        rule.tags.iter().for_each(|tag| hash.update(tag));
        for (key, value) in &rule.params {
            hash.update(key);
            hash.update(value);
        }
        hash.update(rule.expr.as_deref().unwrap_or_default());
        hash.update(rule.on_success.as_deref().unwrap_or_default());
        hash.update(rule.on_failure.as_deref().unwrap_or_default());
        if rule.disabled {
            hash.update([1]);
        }
    }
    if let Some(enable_at) = rules.enable_at {
        hash.update(enable_at.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_schema_hashes_to_the_md5_of_its_text() {
        let plain = Fingerprint::of("\"string\"", &[], &Contract::default());
        assert_eq!(plain.0, <[u8; 16]>::from(Md5::digest("\"string\"")));
    }

    #[test]
    fn references_metadata_and_rules_each_change_the_identity() {
        let reference = Reference { name: "a.B".into(), subject: "b".into(), version: 1 };
        let metadata = Contract { metadata: Some(Metadata::default()), rules: None };
        let rules = Contract { metadata: None, rules: Some(RuleSet::default()) };
        let none = Contract::default();
        let all = [
            Fingerprint::of("\"int\"", &[], &none),
            Fingerprint::of("\"int\"", &[reference], &none),
            Fingerprint::of("\"int\"", &[], &metadata),
        ];
        assert_ne!(all[0], all[1]);
        assert_ne!(all[0], all[2]);
        assert_ne!(all[0], Fingerprint::of("\"int\"", &[], &rules));
    }

    #[test]
    fn a_guid_reads_back_from_both_spellings() {
        let print = Fingerprint([0xab; 16]);
        let text = print.to_string();
        assert_eq!(text, "abababab-abab-abab-abab-abababababab");
        assert_eq!(Fingerprint::parse(&text), Some(print));
        assert_eq!(Fingerprint::parse(&text.replace('-', "")), Some(print));
        assert_eq!(Fingerprint::parse("abc"), None);
        assert_eq!(Fingerprint::parse(&"é".repeat(16)), None);
    }
}
