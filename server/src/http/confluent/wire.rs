//! How do bodies become values of the domain, and back? Member by member, by hand: the two change for different reasons.

use tidegate_api as api;
use tidegate_api::ErrorCode;
use tidegate_compat::contract::Rule;
use tidegate_compat::{Contract, Metadata, Reference, RuleSet, SchemaKind};
use tidegate_registry::{Candidate, Changes, Drafts, Error};

use super::tagging::tag_edits;
use crate::contract_words;
use crate::http::error::Failure;

// === what is sent ===

pub(in crate::http) fn candidate(request: api::RegisterRequest) -> Result<Candidate, Failure> {
    let api::RegisterRequest {
        version,
        id,
        schema_type,
        schema,
        references,
        metadata,
        rule_set,
        schema_tags_to_add,
        schema_tags_to_remove,
        propagate_schema_tags,
    } = request;
    let references = references.unwrap_or_default().into_iter().map(sent_reference);
    Ok(Candidate {
        kind: schema_type.map(kind).transpose()?,
        text: schema.map(Into::into),
        references: references.collect::<Result<_, _>>()?,
        contract: Contract { metadata: metadata.map(sent_metadata), rules: rule_set.map(sent_rule_set).transpose()? },
        version,
        // Absent and -1 both mean that no id is given.
        id: id.filter(|id| *id >= 0),
        // Said beside the body.
        force: false,
        changes: Changes {
            tags: tag_edits(schema_tags_to_add, schema_tags_to_remove)?,
            propagate_tags: propagate_schema_tags.unwrap_or(false),
            ..Changes::default()
        },
        drafts: Drafts::default(),
    })
}

fn kind(text: String) -> Result<SchemaKind, Error> {
    SchemaKind::parse(&text).ok_or(Error::UnknownSchemaType(text))
}

fn sent_reference(reference: api::Reference) -> Result<Reference, Error> {
    let api::Reference { name: Some(name), subject: Some(subject), version: Some(version) } = reference else {
        return Err(Error::IncompleteReference);
    };
    Ok(Reference { name, subject, version })
}

pub(super) fn sent_metadata(metadata: api::Metadata) -> Metadata {
    contract_words::metadata(metadata)
}

/// A word that is not in its list makes the body not be of the expected form.
pub(super) fn sent_rule_set(rules: api::RuleSet) -> Result<RuleSet, Failure> {
    contract_words::rule_set(rules).map_err(|unknown| Failure::new(ErrorCode::BadRequest, unknown.to_string()))
}

// === what is answered ===

pub(super) fn reference(reference: &Reference) -> api::Reference {
    api::Reference {
        name: Some(reference.name.clone()),
        subject: Some(reference.subject.clone()),
        version: Some(reference.version),
    }
}

pub(super) fn metadata(metadata: &Metadata) -> api::Metadata {
    let Metadata { tags, properties, sensitive } = metadata.clone();
    api::Metadata {
        tags: (!tags.is_empty()).then_some(tags),
        properties: (!properties.is_empty()).then_some(properties),
        sensitive: (!sensitive.is_empty()).then_some(sensitive),
    }
}

pub(super) fn rule_set(rules: &RuleSet) -> api::RuleSet {
    api::RuleSet {
        migration_rules: shown_rules(&rules.migration),
        domain_rules: shown_rules(&rules.domain),
        encoding_rules: shown_rules(&rules.encoding),
        enable_at: rules.enable_at.map(|word| word.as_str().to_owned()),
    }
}

fn shown_rules(rules: &[Rule]) -> Option<Vec<api::Rule>> {
    (!rules.is_empty()).then(|| rules.iter().map(shown_rule).collect())
}

fn shown_rule(rule: &Rule) -> api::Rule {
    let Rule { name, doc, kind, mode, executor, tags, params, expr, on_success, on_failure, disabled } = rule.clone();
    // What is empty is left out, whoever wrote it so.
    let [doc, executor, expr, on_success, on_failure] =
        [doc, executor, expr, on_success, on_failure].map(|text| text.filter(|text| !text.is_empty()));
    api::Rule {
        name: Some(name),
        doc,
        kind: Some(kind.as_str().to_owned()),
        mode: Some(mode.as_str().to_owned()),
        executor,
        tags: (!tags.is_empty()).then_some(tags),
        params: (!params.is_empty()).then_some(params),
        expr,
        on_success,
        on_failure,
        disabled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> Result<Candidate, Failure> {
        candidate(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn what_is_left_out_stays_left_out() {
        let candidate = request("{}").unwrap();
        assert_eq!((candidate.kind, candidate.text, candidate.version, candidate.id), (None, None, None, None));
        assert_eq!(candidate.contract, Contract::default());
        assert_eq!(request(r#"{"metadata":{}}"#).unwrap().contract.metadata, Some(Metadata::default()));
        assert_eq!(request(r#"{"id":-1}"#).unwrap().id, None);
    }

    #[test]
    fn metadata_and_rules_come_back_as_they_were_sent() {
        let text = r#"{"metadata":{"tags":{"a.b":["PII"]},"properties":{"owner":"shop"},"sensitive":["s"]},
            "ruleSet":{"domainRules":[{"name":"n","kind":"CONDITION","mode":"WRITE","type":"CEL","tags":["PII"],
            "params":{"k":"v"},"expr":"true","onFailure":"DLQ","disabled":true}],"enableAt":"CLIENT"}}"#;
        let sent: api::RegisterRequest = serde_json::from_str(text).unwrap();
        let contract = candidate(sent.clone()).unwrap().contract;
        assert_eq!(contract.metadata.as_ref().map(metadata), sent.metadata);
        assert_eq!(contract.rules.as_ref().map(rule_set), sent.rule_set);
    }

    #[test]
    fn impossible_members_are_told_apart() {
        let code = |text| request(text).unwrap_err().code;
        assert_eq!(code(r#"{"schemaType":"XML"}"#), ErrorCode::InvalidSchema);
        assert_eq!(code(r#"{"references":[{"name":"a"}]}"#), ErrorCode::InvalidSchema);
        assert_eq!(code(r#"{"ruleSet":{"domainRules":[{"name":"n","mode":"SIDEWAYS"}]}}"#), ErrorCode::BadRequest);
        assert_eq!(code(r#"{"ruleSet":{"enableAt":"HOME"}}"#), ErrorCode::BadRequest);
    }
}
