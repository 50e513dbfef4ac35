//! Which bytes does a key or a value become?

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;
use tidegate_api::produce::ProduceData;
use tidegate_compat::envelope::frame;
use tidegate_compat::{Parsed, SchemaId, SchemaKind};

/// A key or a value in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Written {
    /// `None`: there is none, as in a tombstone.
    pub(crate) bytes: Option<Vec<u8>>,
    /// The word for how it was written.
    pub(crate) kind: &'static str,
    pub(crate) schema: Option<SchemaId>,
}

/// How data is written of which it is not said.
const WITHOUT_SCHEMA: &str = "JSON";

/// Writes data that came without a schema, or under one that is known; the error says what is wrong with it.
pub(crate) fn write(data: &ProduceData, schema: Option<(SchemaId, &Parsed)>) -> Result<Written, String> {
    let told = data.data.as_deref().map(RawValue::get).filter(|text| *text != "null");
    let usual = schema.map_or(WITHOUT_SCHEMA, |(_, schema)| word(schema.kind()));
    let kind = data.kind.as_deref().map_or(Ok(usual), known)?;
    let Some(told) = told else { return Ok(Written { bytes: None, kind, schema: None }) };
    let (bytes, schema) = match kind {
        "BINARY" => {
            let text = text(told).ok_or("data of type BINARY is a text in base64")?;
            (STANDARD.decode(text).map_err(|_| "data of type BINARY is not in base64")?, None)
        }
        "STRING" => (text(told).ok_or("data of type STRING is a text")?.into_bytes(), None),
        "JSON" => (told.as_bytes().to_vec(), None),
        kind => {
            let (id, schema) = schema.ok_or_else(|| format!("data of type {kind} needs a schema"))?;
            let of_schema = word(schema.kind());
            if of_schema != kind {
                return Err(format!("the schema with id {} is for data of type {of_schema}, not {kind}", id.0));
            }
            let payload = schema.encode(told).map_err(|flaw| format!("data of type {kind}: {flaw}"))?;
            (frame(id, &[schema.first_message(), &payload].concat()), Some(id))
        }
    };
    Ok(Written { bytes: Some(bytes), kind, schema })
}

/// Whether data of a type comes under a schema, even if none is named.
pub(crate) fn needs_schema(kind: &str) -> bool {
    matches!(kind, "JSONSCHEMA" | "AVRO" | "PROTOBUF")
}

fn word(kind: SchemaKind) -> &'static str {
    match kind {
        SchemaKind::Avro => "AVRO",
        SchemaKind::Protobuf => "PROTOBUF",
        SchemaKind::Json => "JSONSCHEMA",
    }
}

fn known(kind: &str) -> Result<&'static str, String> {
    const KNOWN: [&str; 6] = ["BINARY", "STRING", "JSON", "JSONSCHEMA", "AVRO", "PROTOBUF"];
    let found = KNOWN.into_iter().find(|known| *known == kind);
    found.ok_or_else(|| format!("there is no type '{kind}': it is one of {}", KNOWN.join(", ")))
}

fn text(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

#[cfg(test)]
mod tests {
    use tidegate_compat::{Strictness, parse};

    use super::*;

    const AVRO: &str = r#"{"type":"record","name":"R","fields":[{"name":"n","type":"int"},{"name":"s","type":["null","string"],"default":null}]}"#;
    const PROTO: &str = "syntax = \"proto3\"; message R { int32 n = 1; string s = 2; }";

    fn schema(kind: SchemaKind) -> Parsed {
        let text = match kind {
            SchemaKind::Avro => AVRO,
            SchemaKind::Protobuf => PROTO,
            SchemaKind::Json => "{}",
        };
        parse(kind, text, &[], Strictness::Strict).unwrap()
    }

    /// Under the schema of a kind with id 7.
    fn written(json: &str, kind: Option<SchemaKind>) -> Result<Written, String> {
        let schema = kind.map(schema);
        write(&serde_json::from_str(json).unwrap(), schema.as_ref().map(|schema| (SchemaId(7), schema)))
    }

    #[test]
    fn each_type_has_its_bytes() {
        let bytes = |json: &str, kind| written(json, kind).unwrap().bytes.unwrap();
        assert_eq!(bytes(r#"{"type":"BINARY","data":"AAEC"}"#, None), [0, 1, 2]);
        assert_eq!(bytes(r#"{"type":"STRING","data":"a\n"}"#, None), b"a\n");
        assert_eq!(bytes(r#"{"type":"JSON","data":{"n":1.10}}"#, None), br#"{"n":1.10}"#, "as it was sent");
        assert_eq!(bytes(r#"{"data":{"n":1}}"#, Some(SchemaKind::Json)), b"\0\0\0\0\x07{\"n\":1}");
        assert_eq!(
            bytes(r#"{"data":{"n":1,"s":{"string":"a"}}}"#, Some(SchemaKind::Avro)),
            b"\0\0\0\0\x07\x02\x02\x02a"
        );
        assert_eq!(bytes(r#"{"type":"AVRO","data":{"n":1}}"#, Some(SchemaKind::Avro)), b"\0\0\0\0\x07\x02\0");
        assert_eq!(bytes(r#"{"data":{"n":1}}"#, Some(SchemaKind::Protobuf)), b"\0\0\0\0\x07\0\x08\x01");
        let framed = written(r#"{"type":"JSONSCHEMA","data":1}"#, Some(SchemaKind::Json)).unwrap();
        assert_eq!((framed.kind, framed.schema), ("JSONSCHEMA", Some(SchemaId(7))));
    }

    #[test]
    fn data_that_its_schema_can_not_hold_is_told_where() {
        let told = |json: &str, kind| written(json, Some(kind)).unwrap_err();
        let wrong = told(r#"{"data":{"n":"x"}}"#, SchemaKind::Avro);
        assert_eq!(wrong, "data of type AVRO: field n: text where int is wanted (at byte 5)");
        assert!(told(r#"{"data":{"m":1}}"#, SchemaKind::Protobuf).starts_with("data of type PROTOBUF: "));
        let wrong = told(r#"{"type":"PROTOBUF","data":{}}"#, SchemaKind::Avro);
        assert_eq!(wrong, "the schema with id 7 is for data of type AVRO, not PROTOBUF");
    }

    #[test]
    fn nothing_is_a_tombstone() {
        for json in [r#"{"type":"STRING"}"#, r#"{"type":"BINARY","data":null}"#] {
            assert_eq!(written(json, None).unwrap().bytes, None);
        }
    }

    #[test]
    fn what_does_not_fit_is_told() {
        for json in [
            r#"{"type":"BINARY","data":"*"}"#,
            r#"{"type":"BINARY","data":1}"#,
            r#"{"type":"STRING","data":{}}"#,
            r#"{"type":"XML","data":1}"#,
            r#"{"type":"AVRO","data":1}"#,
            r#"{"type":"JSONSCHEMA","data":1}"#,
        ] {
            assert!(written(json, None).is_err(), "{json}");
        }
    }
}
