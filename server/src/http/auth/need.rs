//! What does a route need?

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tidegate_compat::SubjectName;
use tidegate_registry::{Access, Registry, Right};

use crate::http::error::Failure;
use crate::http::extract::{Context, Named, Topic};

/// The right that callers of a route must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Need {
    /// None: everybody is answered.
    Nothing,
    /// Any right at all. Where the answer is about subjects, the handler sees to it which ones show.
    Something,
    /// On the subject in the path; if that has an alias, on the one that answers for it.
    Subject(Right),
    /// On the subject in the path as it is written. What is set for a whole context takes a right on all of it: to change
    /// it, that of an admin.
    Settings(Right),
    /// On the context in the path.
    Context(Right),
    /// On a subject that is named after the topic in the path.
    Topic(Right),
    /// On everything.
    Everything(Right),
    /// To read something, unless the operator has opened metrics to everybody.
    Metrics,
}

impl Need {
    pub(super) async fn check(
        self,
        access: &Access,
        registry: Option<&Registry>,
        parts: &mut Parts,
    ) -> Result<(), Failure> {
        match self {
            Self::Nothing => Ok(()),
            Self::Something | Self::Metrics => Ok(access.demand_something()?),
            Self::Everything(right) => Ok(access.demand_everywhere(right)?),
            Self::Subject(right) | Self::Settings(right) if access.grants().may_everywhere(most(right)) => Ok(()),
            Self::Subject(right) => {
                let Named(subject) = Named::from_request_parts(parts, &()).await?;
                let subject = match registry {
                    Some(registry) => registry.resolve_alias(&subject).await?,
                    None => subject,
                };
                Ok(access.demand(right, &subject)?)
            }
            Self::Settings(right) => {
                let Named(subject) = Named::from_request_parts(parts, &()).await?;
                settings(access, right, &subject)
            }
            Self::Context(right) => {
                let Context(context) = Context::from_request_parts(parts, &()).await?;
                Ok(access.demand(right, &SubjectName::new(context, ""))?)
            }
            Self::Topic(right) => {
                let Topic(topic) = Topic::from_request_parts(parts, &()).await?;
                Ok(access.demand_topic(right, &topic)?)
            }
        }
    }
}

/// The right that settles the matter wherever it is about.
fn most(right: Right) -> Right {
    if right == Right::Write { Right::Admin } else { right }
}

fn settings(access: &Access, right: Right, subject: &SubjectName) -> Result<(), Failure> {
    let context = subject.context();
    if !subject.bare().is_empty() {
        return Ok(access.demand(right, subject)?);
    }
    match (right, context.is_default() || context.is_global()) {
        (Right::Read, true) => Ok(access.demand_something()?),
        (Right::Read, false) => Ok(access.demand_reach(context)?),
        (_, true) => Ok(access.demand_everywhere(Right::Admin)?),
        (_, false) => Ok(access.demand(Right::Admin, subject)?),
    }
}

#[cfg(test)]
mod tests {
    use tidegate_registry::{Grant, Grants};

    use super::*;

    fn may(grant: &str, right: Right, subject: &str) -> bool {
        let access = Access::named("x".into(), Grants::new([Grant::parse(grant).unwrap()]));
        settings(&access, right, &SubjectName::parse(subject)).is_ok()
    }

    #[test]
    fn what_holds_for_many_is_for_admins() {
        assert!(may("write orders-", Right::Write, "orders-value"));
        assert!(!may("write orders-", Right::Write, "payments-value"));
        assert!(!may("write", Right::Write, ":.staging:") && may("admin :.staging:", Right::Write, ":.staging:"));
        assert!(!may("admin :.staging:", Right::Write, ":.other:") && may("admin", Right::Write, ":.other:"));
        for everything in ["", ":.:", ":.__GLOBAL:"] {
            assert!(!may("write", Right::Write, everything) && may("admin", Right::Write, everything));
            assert!(!may("admin :.:", Right::Write, everything), "others fall back to it");
            assert!(may("read orders-", Right::Read, everything), "who reads anything may know what holds for it");
        }
        assert!(
            may("read :.staging:orders-", Right::Read, ":.staging:") && !may("read orders-", Right::Read, ":.staging:")
        );
    }
}
