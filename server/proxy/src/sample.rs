//! What did a bad record look like? Its fields in their order and as a tree, with every value masked.

use std::sync::Arc;

use tidegate_compat::{Contract, ElementKind, Parsed, Payload, Scalar, Sketch, Sketcher, Slot, Validator};
use tidegate_lineage::SampleField;

/// Values of one record that are shown.
const MOST_VALUES: usize = 100;

/// Fields of a schema that are looked at.
const MOST_FIELDS: usize = 200;

/// The longest path that is shown, bytes.
const LONGEST_PATH: usize = 200;

/// The tag of fields that hold personal data, in any case.
const PERSONAL: &str = "PII";

/// Reads the fields of payloads of one schema and shows what kind of values they are.
#[derive(Debug)]
pub(crate) struct Mask {
    fields: Vec<(Arc<str>, bool, Slot)>,
    sketcher: Sketcher,
}

impl Mask {
    /// A mask for one schema, with the tags of its contract.
    pub(crate) fn of(schema: &Parsed, validator: &Validator, contract: &Contract) -> Self {
        let outline = schema.outline();
        let metadata = contract.metadata.as_ref();
        let tagged = metadata.map(|metadata| schema.tagged(&outline, metadata, is_personal)).unwrap_or_default();
        let fields = outline.elements.iter().enumerate().filter(|(_, element)| {
            element.kind == ElementKind::Field && !element.path.is_empty() && element.path.len() <= LONGEST_PATH
        });
        let slots = fields.filter_map(|(at, field)| {
            let slot = validator.slot(&field.path)?;
            let is_hidden = tagged.get(at) == Some(&true) || field.tags.iter().any(|tag| is_personal(tag));
            Some((Arc::from(field.path.as_str()), is_hidden, slot))
        });
        Self { fields: slots.take(MOST_FIELDS).collect(), sketcher: schema.sketcher(metadata, is_personal) }
    }

    /// A payload as a tree, with what is wrong in it: paths and the rules that are broken there.
    pub(crate) fn tree(&self, payload: Payload<'_>, faults: &[(&str, &str)]) -> Sketch {
        self.sketcher.sketch(payload, faults)
    }

    /// The fields of a payload, as far as it can be read.
    pub(crate) fn fields(&self, payload: Payload<'_>) -> Vec<SampleField> {
        let mut shown: Vec<SampleField> = Vec::new();
        for (path, is_hidden, slot) in &self.fields {
            // What can't be read any more is what is wrong with the record.
            let _ = slot.each(payload, &mut |value| {
                if shown.len() < MOST_VALUES {
                    let mask = if *is_hidden { "hidden".into() } else { masked(&value).into() };
                    shown.push(SampleField { path: Arc::clone(path), mask });
                }
            });
        }
        shown
    }
}

fn masked(value: &Scalar<'_>) -> String {
    match value {
        Scalar::Null => "null".to_owned(),
        Scalar::Boolean(_) => "boolean".to_owned(),
        Scalar::Int(_) | Scalar::Unsigned(_) => "int".to_owned(),
        Scalar::Float(_) => "float".to_owned(),
        Scalar::Text(text) => format!("string({})", text.chars().count()),
        Scalar::Bytes(bytes) => format!("bytes({})", bytes.len()),
    }
}

fn is_personal(tag: &str) -> bool {
    tag.eq_ignore_ascii_case(PERSONAL)
}

#[cfg(test)]
mod tests {
    use tidegate_compat::{Metadata, SchemaKind, Strictness, parse};

    use super::*;

    const CUSTOMER: &str = r#"{"type":"record","name":"shop.Customer","fields":[
        {"name":"name","type":"string","confluent:tags":["PII"]},{"name":"city","type":"string"},
        {"name":"phones","type":{"type":"array","items":"string"}},{"name":"age","type":["null","int"]}]}"#;

    /// Anna of Ulm, two phones, 41.
    const ANNA: &[u8] = b"\x08Anna\x06Ulm\x04\x0412\x06345\x00\x02\x52";

    fn shown(contract: &Contract, payload: &[u8]) -> Vec<(String, String)> {
        let schema = parse(SchemaKind::Avro, CUSTOMER, &[], Strictness::Lenient).unwrap();
        let fields = Mask::of(&schema, &schema.validator(), contract).fields(payload.into());
        fields.iter().map(|field| (field.path.to_string(), field.mask.to_string())).collect()
    }

    fn expected(masks: &[(&str, &str)]) -> Vec<(String, String)> {
        masks.iter().map(|(path, mask)| (path.to_string(), mask.to_string())).collect()
    }

    #[test]
    fn values_are_masked_and_personal_ones_hidden() {
        let masks = shown(&Contract::default(), ANNA);
        assert!(masks.starts_with(&expected(&[("name", "hidden"), ("city", "string(3)")])), "{masks:?}");
        assert!(masks.ends_with(&expected(&[("age", "int")])), "{masks:?}");
        let text = format!("{masks:?}");
        assert!(!text.contains("Anna") && !text.contains("Ulm") && !text.contains("345"));
    }

    #[test]
    fn tags_of_the_contract_hide_too() {
        let tags = |path: &str| Metadata {
            tags: [(path.to_owned(), ["pii".to_owned()].into())].into(),
            ..Metadata::default()
        };
        let with = |path: &str| Contract { metadata: Some(tags(path)), ..Contract::default() };
        let masks = shown(&with("shop.Customer.city"), ANNA);
        assert_eq!(masks[1], ("city".to_owned(), "hidden".to_owned()));
        // A pattern hides what it matches; one that matches nothing may have been meant for anything.
        let masks = shown(&with("**.city"), ANNA);
        assert_eq!((masks[1].1.as_str(), masks[2].1.as_str()), ("hidden", "int"));
        let masks = shown(&with("**.town"), ANNA);
        assert!(masks.iter().all(|(_, mask)| mask == "hidden"), "{masks:?}");
    }

    #[test]
    fn of_a_broken_record_the_beginning_is_shown() {
        assert_eq!(
            shown(&Contract::default(), b"\x08Anna\x06Ul").first().map(|field| field.1.clone()),
            Some("hidden".into())
        );
        assert!(shown(&Contract::default(), b"").is_empty());
    }
}
