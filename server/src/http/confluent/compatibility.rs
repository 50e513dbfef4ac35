//! Would this schema be accepted, and if not, why?

use axum::extract::State;
use tidegate_api as api;
use tidegate_api::ErrorCode;
use tidegate_registry::Error;
use tidegate_registry::check::Checked;

use super::{messages, wire};
use crate::http::Api;
use crate::http::auth::Asking;
use crate::http::error::{Answer, Failure};
use crate::http::extract::{AtVersion, Subject};
use crate::http::json::Json;
use crate::http::query::Query;

pub(in crate::http) async fn with_version(
    State(api): State<Api>,
    Asking(access): Asking,
    Subject(subject): Subject,
    AtVersion(version): AtVersion,
    query: Query,
    Json(request): Json<api::RegisterRequest>,
) -> Answer<api::CompatibilityAnswer> {
    let (normalize, verbose) = (query.flag("normalize")?, query.flag("verbose")?);
    let checked = match wire::candidate(request) {
        Ok(candidate) => {
            access.demand_references(&subject, &candidate.references)?;
            outcome(api.registry.check_version(&subject, version, candidate, normalize).await)
        }
        Err(failure) => Err(failure),
    };
    answer(checked, verbose)
}

pub(in crate::http) async fn with_subject(
    State(api): State<Api>,
    Asking(access): Asking,
    Subject(subject): Subject,
    query: Query,
    Json(request): Json<api::RegisterRequest>,
) -> Answer<api::CompatibilityAnswer> {
    let (normalize, verbose) = (query.flag("normalize")?, query.flag("verbose")?);
    let checked = match wire::candidate(request) {
        Ok(candidate) => {
            access.demand_references(&subject, &candidate.references)?;
            outcome(api.registry.check_subject(&subject, candidate, normalize).await)
        }
        Err(failure) => Err(failure),
    };
    answer(checked, verbose)
}

fn outcome(checked: Result<Checked, Error>) -> Result<Checked, Failure> {
    checked.map_err(Failure::from)
}

/// A schema that can't be read is an error, unless messages were asked for: then it is an incompatible one.
fn answer(checked: Result<Checked, Failure>, verbose: bool) -> Answer<api::CompatibilityAnswer> {
    let (is_compatible, messages) = match checked {
        Ok(Checked { verdict, compared, .. }) => (verdict.is_compatible(), messages::list(&verdict, &compared)),
        Err(failure) if verbose && failure.code == ErrorCode::InvalidSchema => (false, vec![failure.message]),
        Err(failure) => return Err(failure),
    };
    Ok(Json(api::CompatibilityAnswer { is_compatible, messages: verbose.then_some(messages) }))
}
