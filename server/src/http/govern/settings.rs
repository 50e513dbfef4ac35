//! What holds for many subjects? One request for what `/config` and `/mode` tell of one.

use axum::extract::State;
use tidegate_api::{ErrorCode, SettingsAnswer, SettingsRequest, SubjectSettings};
use tidegate_compat::SubjectName;
use tidegate_registry::Right;

use crate::http::Api;
use crate::http::auth::Asking;
use crate::http::confluent::config::told;
use crate::http::error::{Answer, Failure};
use crate::http::json::Json;

/// How many subjects are asked of at once.
const MOST: usize = 1_000;

pub(in crate::http) async fn of_subjects(
    State(api): State<Api>,
    Asking(access): Asking,
    Json(request): Json<SettingsRequest>,
) -> Answer<SettingsAnswer> {
    let impossible = |message: String| Failure::new(ErrorCode::UnprocessableEntity, message);
    let subjects =
        request.subjects.ok_or_else(|| impossible("'subjects' is missing: a list of names of subjects".to_owned()))?;
    if subjects.len() > MOST {
        let message = format!("'subjects' has {} members, and {MOST} are taken at once", subjects.len());
        return Err(impossible(message));
    }
    // As they are written: an alias leads elsewhere for schemas, and has settings of its own.
    let named = subjects.into_iter().map(|text| (SubjectName::parse(&text), text));
    let (names, texts): (Vec<_>, Vec<_>) =
        named.filter(|(subject, _)| access.demand(Right::Read, subject).is_ok()).unzip();
    let settings = api.registry.settings_of(&names).await?;
    let shown = texts.into_iter().zip(settings).map(|(subject, (config, mode))| SubjectSettings {
        subject,
        config: told(config),
        mode: mode.as_str().to_owned(),
    });
    Ok(Json(SettingsAnswer { settings: shown.collect() }))
}
