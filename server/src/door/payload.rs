//! Which bytes does a key or a value become?

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;
use tidegate_api::produce::ProduceData;
use tidegate_compat::SchemaId;
use tidegate_compat::envelope::frame;

/// A key or a value in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Written {
    /// `None`: there is none, as in a tombstone.
    pub(crate) bytes: Option<Vec<u8>>,
    /// The word for how it was written.
    pub(crate) kind: &'static str,
    pub(crate) schema: Option<SchemaId>,
}

/// Writes data that came without a schema, or under one that is known; the error says what is wrong with it.
pub(crate) fn write(data: &ProduceData, schema: Option<SchemaId>) -> Result<Written, String> {
    let told = data.data.as_deref().map(RawValue::get).filter(|text| *text != "null");
    let kind = match (data.kind.as_deref(), schema) {
        (None, Some(_)) => "JSONSCHEMA",
        (None, None) => "JSON",
        (Some(kind), _) => known(kind)?,
    };
    let Some(told) = told else { return Ok(Written { bytes: None, kind, schema: None }) };
    let bytes = match kind {
        "BINARY" => {
            let text = text(told).ok_or("data of type BINARY is a text in base64")?;
            STANDARD.decode(text).map_err(|_| "data of type BINARY is not in base64")?
        }
        "STRING" => text(told).ok_or("data of type STRING is a text")?.into_bytes(),
        "JSONSCHEMA" => frame(schema.ok_or("data of type JSONSCHEMA needs a schema")?, told.as_bytes()),
        _ => told.as_bytes().to_vec(),
    };
    Ok(Written { bytes: Some(bytes), kind, schema: schema.filter(|_| kind == "JSONSCHEMA") })
}

fn known(kind: &str) -> Result<&'static str, String> {
    match kind {
        "BINARY" => Ok("BINARY"),
        "STRING" => Ok("STRING"),
        "JSON" => Ok("JSON"),
        "JSONSCHEMA" => Ok("JSONSCHEMA"),
        "AVRO" | "PROTOBUF" => {
            Err(format!("data of type {kind} is not encoded here: send what a serializer made of it, as BINARY"))
        }
        other => Err(format!("there is no type '{other}': it is one of BINARY, STRING, JSON, JSONSCHEMA")),
    }
}

fn text(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str, schema: Option<i32>) -> Result<Written, String> {
        write(&serde_json::from_str(json).unwrap(), schema.map(SchemaId))
    }

    #[test]
    fn each_type_has_its_bytes() {
        let bytes = |json: &str, schema| written(json, schema).unwrap().bytes.unwrap();
        assert_eq!(bytes(r#"{"type":"BINARY","data":"AAEC"}"#, None), [0, 1, 2]);
        assert_eq!(bytes(r#"{"type":"STRING","data":"a\n"}"#, None), b"a\n");
        assert_eq!(bytes(r#"{"type":"JSON","data":{"n":1.10}}"#, None), br#"{"n":1.10}"#, "as it was sent");
        assert_eq!(bytes(r#"{"data":{"n":1}}"#, Some(7)), b"\0\0\0\0\x07{\"n\":1}");
        let framed = written(r#"{"type":"JSONSCHEMA","data":1}"#, Some(7)).unwrap();
        assert_eq!((framed.kind, framed.schema), ("JSONSCHEMA", Some(SchemaId(7))));
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
