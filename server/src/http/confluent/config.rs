//! Compatibility levels and what else is configured for a subject, a context, or where nothing else holds.

use axum::extract::State;
use tidegate_api as api;
use tidegate_api::{ErrorCode, Patch};
use tidegate_compat::{CompatibilityLevel, SubjectName};
use tidegate_registry::{Actor, Config, ConfigPatch, Scope};

use super::wire;
use crate::http::Api;
use crate::http::actor::Caller;
use crate::http::error::{Answer, Failure};
use crate::http::extract::Named;
use crate::http::json::Json;
use crate::http::query::Query;

pub(in crate::http) async fn get_default(State(api): State<Api>, query: Query) -> Answer<api::Config> {
    Ok(Json(told(api.registry.config(&Scope::Default, query.flag("defaultToGlobal")?).await?)))
}

pub(in crate::http) async fn get(State(api): State<Api>, Named(subject): Named, query: Query) -> Answer<api::Config> {
    let config = api.registry.config(&scope(subject), query.flag("defaultToGlobal")?).await?;
    Ok(Json(told(config)))
}

pub(in crate::http) async fn put_default(
    State(api): State<Api>,
    Caller(actor): Caller,
    Json(update): Json<api::ConfigUpdate>,
) -> Answer<api::ConfigUpdate> {
    set(&api, &actor, Scope::Default, update).await
}

pub(in crate::http) async fn put(
    State(api): State<Api>,
    Caller(actor): Caller,
    Named(subject): Named,
    Json(update): Json<api::ConfigUpdate>,
) -> Answer<api::ConfigUpdate> {
    set(&api, &actor, scope(subject), update).await
}

pub(in crate::http) async fn delete_default(State(api): State<Api>, Caller(actor): Caller) -> Answer<api::Config> {
    Ok(Json(told(api.registry.delete_config(&actor, &Scope::Default).await?)))
}

pub(in crate::http) async fn delete(
    State(api): State<Api>,
    Caller(actor): Caller,
    Named(subject): Named,
) -> Answer<api::Config> {
    let config = api.registry.delete_config(&actor, &scope(subject)).await;
    Ok(Json(told(config.map_err(nothing_to_delete)?)))
}

/// The default context has two names: none at all, and `:.:`.
pub(super) fn scope(subject: SubjectName) -> Scope {
    if subject.bare().is_empty() && subject.context().is_default() { Scope::Default } else { Scope::Subject(subject) }
}

/// To read what a subject does not have is one code, to delete it another: Confluent then says that the subject is missing.
pub(super) fn nothing_to_delete(error: tidegate_registry::Error) -> Failure {
    let failure = Failure::from(error);
    match failure.code {
        ErrorCode::SubjectConfigNotFound | ErrorCode::SubjectModeNotFound => {
            Failure { code: ErrorCode::SubjectNotFound, ..failure }
        }
        _ => failure,
    }
}

async fn set(api: &Api, actor: &Actor, scope: Scope, update: api::ConfigUpdate) -> Answer<api::ConfigUpdate> {
    let config = api.registry.set_config(actor, &scope, patch(update)?).await?;
    Ok(Json(as_update(config)))
}

fn patch(update: api::ConfigUpdate) -> Result<ConfigPatch, Failure> {
    Ok(ConfigPatch {
        alias: member(update.alias),
        alias_for_deks: member(update.alias_for_deks),
        normalize: member(update.normalize),
        validate_fields: member(update.validate_fields),
        validate_new_schemas: member(update.validate_new_schemas),
        validate_rules: member(update.validate_rules),
        level: member(update.compatibility.try_map(|text| level(&text))?),
        policy: member(update.compatibility_policy.try_map(|text| policy(&text))?),
        group: member(update.compatibility_group),
        default_metadata: member(update.default_metadata.map(wire::sent_metadata)),
        override_metadata: member(update.override_metadata.map(wire::sent_metadata)),
        default_rules: member(update.default_rule_set.try_map(wire::sent_rule_set)?),
        override_rules: member(update.override_rule_set.try_map(wire::sent_rule_set)?),
    })
}

#[expect(clippy::option_option, reason = "keep, clear, set")]
fn member<T>(patch: Patch<T>) -> Option<Option<T>> {
    match patch {
        Patch::Keep => None,
        Patch::Clear => Some(None),
        Patch::Set(value) => Some(Some(value)),
    }
}

fn level(text: &str) -> Result<CompatibilityLevel, Failure> {
    CompatibilityLevel::parse(text).ok_or_else(|| {
        let known = CompatibilityLevel::ALL.map(CompatibilityLevel::as_str).join(", ");
        let message = format!("Invalid compatibility level '{text}'. Valid values are {known}");
        Failure::new(ErrorCode::InvalidCompatibilityLevel, message)
    })
}

fn policy(text: &str) -> Result<String, Failure> {
    let known = ["STRICT", "LENIENT", "LOGICAL"];
    let policy = known.into_iter().find(|word| word.eq_ignore_ascii_case(text)).map(ToOwned::to_owned);
    policy.ok_or_else(|| {
        let message = format!("Invalid compatibility policy '{text}'. Valid values are {}", known.join(", "));
        Failure::new(ErrorCode::UnprocessableEntity, message)
    })
}

/// As it is read: what was set to nothing is left out. The answer to an update tells it.
pub(in crate::http) fn told(config: Config) -> api::Config {
    let shown = shown(config);
    let said = |text: Option<String>| text.filter(|text| !text.is_empty());
    api::Config {
        alias: said(shown.alias),
        alias_for_deks: said(shown.alias_for_deks),
        compatibility_group: said(shown.compatibility_group),
        ..shown
    }
}

fn shown(config: Config) -> api::Config {
    api::Config {
        alias: config.alias,
        alias_for_deks: config.alias_for_deks,
        normalize: config.normalize,
        validate_fields: config.validate_fields,
        validate_new_schemas: config.validate_new_schemas,
        validate_rules: config.validate_rules,
        compatibility_level: config.level.map(|level| level.as_str().to_owned()),
        compatibility_policy: config.policy,
        compatibility_group: config.group,
        default_metadata: config.default_metadata.as_ref().map(wire::metadata),
        override_metadata: config.override_metadata.as_ref().map(wire::metadata),
        default_rule_set: config.default_rules.as_ref().map(wire::rule_set),
        override_rule_set: config.override_rules.as_ref().map(wire::rule_set),
    }
}

/// What was set, in the form in which it is set: the level has another name there.
fn as_update(config: Config) -> api::ConfigUpdate {
    let config = shown(config);
    api::ConfigUpdate {
        alias: Patch::set_if_some(config.alias),
        alias_for_deks: Patch::set_if_some(config.alias_for_deks),
        normalize: Patch::set_if_some(config.normalize),
        validate_fields: Patch::set_if_some(config.validate_fields),
        validate_new_schemas: Patch::set_if_some(config.validate_new_schemas),
        validate_rules: Patch::set_if_some(config.validate_rules),
        compatibility: Patch::set_if_some(config.compatibility_level),
        compatibility_policy: Patch::set_if_some(config.compatibility_policy),
        compatibility_group: Patch::set_if_some(config.compatibility_group),
        default_metadata: Patch::set_if_some(config.default_metadata),
        override_metadata: Patch::set_if_some(config.override_metadata),
        default_rule_set: Patch::set_if_some(config.default_rule_set),
        override_rule_set: Patch::set_if_some(config.override_rule_set),
    }
}
