//! Which connections are declared to belong to which application?

use axum::extract::State;
use axum::http::StatusCode;
use tidegate_api::application as wire;
use tidegate_api::marquez::NameId;
use tidegate_lineage::{Application, Named, Pattern};
use tidegate_registry::{DeclaredApplication, Error};

use crate::http::Api;
use crate::http::actor::Caller;
use crate::http::error::{Answer, Failure};
use crate::http::extract::ApplicationName;
use crate::http::json::Json;
use crate::http::timestamp::rfc3339;

pub(in crate::http) async fn declare(
    State(api): State<Api>,
    Caller(actor): Caller,
    ApplicationName(name): ApplicationName,
    Json(wish): Json<wire::ApplicationWish>,
) -> Answer<wire::Application> {
    let mut faults = Vec::new();
    let mut patterns = |kind: &str, texts: Vec<String>| {
        let read = texts.iter().filter_map(|text| {
            let pattern = Pattern::parse(text);
            if pattern.is_none() {
                faults.push(format!("one of {kind} is '{text}': everybody would fit"));
            }
            pattern
        });
        read.collect()
    };
    let application = Application {
        name: name.into(),
        owner: wish.owner.map(Into::into),
        principals: patterns("principals", wish.principals),
        client_ids: patterns("clientIds", wish.client_ids),
        groups: patterns("groups", wish.groups),
        job: wish.job.map(|job| Named::new(job.namespace, job.name)),
    };
    if !faults.is_empty() {
        return Err(Error::InvalidApplication(faults).into());
    }
    Ok(Json(shown(api.registry.declare_application(&actor, application).await?)))
}

/// Nothing is answered.
pub(in crate::http) async fn forget(
    State(api): State<Api>,
    Caller(actor): Caller,
    ApplicationName(name): ApplicationName,
) -> Result<StatusCode, Failure> {
    api.registry.forget_application(&actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::http) async fn get(
    State(api): State<Api>,
    ApplicationName(name): ApplicationName,
) -> Answer<wire::Application> {
    let all = api.registry.declared_applications().await?;
    let found = all.into_iter().find(|it| *it.application.name == *name);
    Ok(Json(shown(found.ok_or(Error::ApplicationNotFound(name))?)))
}

pub(in crate::http) async fn list(State(api): State<Api>) -> Answer<wire::ApplicationList> {
    let all = api.registry.declared_applications().await?;
    Ok(Json(wire::ApplicationList { applications: all.into_iter().map(shown).collect() }))
}

fn shown(declared: DeclaredApplication) -> wire::Application {
    let DeclaredApplication { application, changed_at, changed_by } = declared;
    let texts = |patterns: &[Pattern]| patterns.iter().map(ToString::to_string).collect();
    wire::Application {
        name: application.name.to_string(),
        wish: wire::ApplicationWish {
            owner: application.owner.as_deref().map(ToOwned::to_owned),
            principals: texts(&application.principals),
            client_ids: texts(&application.client_ids),
            groups: texts(&application.groups),
            job: application.job.map(|job| NameId { namespace: job.namespace.to_string(), name: job.name.to_string() }),
        },
        changed_at: rfc3339(changed_at),
        changed_by,
    }
}
