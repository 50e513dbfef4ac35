//! What may be asked for, and what is meant where something is left out? Nothing is looked up here.

use tidegate_compat::{ContextName, SubjectName};

use super::change::{Operation, ResourceChange, Wanted};
use super::{Association, AssociationKind, Lifecycle, TOPIC};
use crate::{Error, Result};

/// A new association as it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meant {
    pub(super) subject: SubjectName,
    pub(super) lifecycle: Lifecycle,
}

/// `-` is any name where names are asked for, so nothing can be called that.
const ANY: &str = "-";

/// How many bytes a name, a namespace or an id may have: databases index them. Those of Kafka are shorter.
const LONGEST: usize = 255;

/// Refuses what no change of associations can be.
pub(super) fn check(change: &ResourceChange) -> Result<()> {
    check_name("resourceName", &change.name)?;
    check_name("resourceNamespace", &change.namespace)?;
    match change.id.as_deref() {
        Some(id) => check_text("resourceId", id)?,
        None if !change.dry_run => return Err(invalid("resourceId", "it is missing")),
        None => {}
    }
    if change.kind != TOPIC {
        return Err(invalid("resourceType", "it must be 'topic'"));
    }
    if change.operations.is_empty() {
        return Err(invalid("associations", "there are none"));
    }
    // What was written a moment ago in the same transaction must not be read as if it were there already.
    let with_schema = |kind| {
        let wanted = change.operations.iter().filter_map(Operation::wanted);
        wanted.filter(|wanted| wanted.kind == kind && wanted.schema.is_some()).count()
    };
    if [AssociationKind::Key, AssociationKind::Value].into_iter().any(|kind| with_schema(kind) > 1) {
        return Err(invalid("schema", "there are two for the same association"));
    }
    Ok(())
}

fn check_name(member: &'static str, name: &str) -> Result<()> {
    if name == ANY {
        return Err(invalid(member, "'-' stands for any name and is none"));
    }
    check_text(member, name)
}

fn check_text(member: &'static str, text: &str) -> Result<()> {
    match text {
        "" => Err(invalid(member, "it is missing")),
        _ if text.len() > LONGEST => Err(invalid(member, "it has more than 255 bytes")),
        _ if text.chars().any(char::is_control) => Err(invalid(member, "it has a control character")),
        _ => Ok(()),
    }
}

/// What a new association is to be. A topic owns what comes with a schema, under a name that follows from its own; what it
/// shares has to be named.
pub(super) fn meant(change: &ResourceChange, wanted: &Wanted) -> Result<Meant> {
    let owns = wanted.schema.is_some() || wanted.frozen == Some(true);
    let lifecycle = wanted.lifecycle.unwrap_or(if owns { Lifecycle::Strong } else { Lifecycle::Weak });
    let subject = wanted.subject.as_deref().filter(|subject| !subject.is_empty());
    let subject = subject.map(|subject| SubjectName::parse_in(&change.context, subject));
    if lifecycle == Lifecycle::Weak && wanted.schema.is_some() {
        return Err(invalid("lifecycle", "WEAK shares a subject that is there already: no schema can come with it"));
    }
    if wanted.frozen.is_some_and(|frozen| frozen != lifecycle.is_frozen()) {
        return Err(invalid("frozen", "STRONG is always frozen, and WEAK never is"));
    }
    let owned = owned_subject(change, wanted.kind);
    let subject = match (lifecycle, subject) {
        (Lifecycle::Strong, None) => owned?,
        (Lifecycle::Strong, Some(subject)) => {
            let owned = owned?;
            if subject != owned {
                return Err(invalid("subject", format!("STRONG needs '{owned}'")));
            }
            subject
        }
        (Lifecycle::Weak, None) => return Err(invalid("subject", "WEAK needs one")),
        (Lifecycle::Weak, Some(subject)) => {
            if owned.is_ok_and(|owned| owned == subject) {
                return Err(invalid("subject", format!("'{subject}' is kept for STRONG")));
            }
            subject
        }
    };
    subject.check().map_err(Error::InvalidSubject)?;
    Ok(Meant { subject, lifecycle })
}

/// Refuses to make another association of one that is there: all that it has is there to stay.
pub(super) fn may_follow(known: &Association, change: &ResourceChange, wanted: &Wanted) -> Result<()> {
    let subject = wanted.subject.as_deref().filter(|subject| !subject.is_empty());
    if subject.is_some_and(|subject| SubjectName::parse_in(&change.context, subject) != known.subject) {
        return Err(exists(known));
    }
    let is_other = wanted.lifecycle.is_some_and(|lifecycle| lifecycle != known.lifecycle)
        || wanted.frozen.is_some_and(|frozen| frozen != known.lifecycle.is_frozen());
    match known.lifecycle {
        Lifecycle::Strong if is_other => Err(frozen(known)),
        Lifecycle::Weak if is_other => {
            Err(invalid("lifecycle", "STRONG comes with the topic: delete the association and create another"))
        }
        Lifecycle::Weak if wanted.schema.is_some() => {
            Err(invalid("schema", "WEAK shares a subject: register the schema there"))
        }
        Lifecycle::Strong | Lifecycle::Weak => Ok(()),
    }
}

/// `:.namespace:topic-value`
fn owned_subject(change: &ResourceChange, kind: AssociationKind) -> Result<SubjectName> {
    let context = ContextName::parse(&format!(".{}", change.namespace));
    let context = context.map_err(|error| invalid("resourceNamespace", error.to_string()))?;
    Ok(SubjectName::new(context, &format!("{}-{}", change.name, kind.as_str())))
}

pub(super) fn invalid(member: &'static str, reason: impl Into<String>) -> Error {
    Error::InvalidAssociation { member, reason: reason.into() }
}

pub(super) fn exists(known: &Association) -> Error {
    Error::AssociationExists { resource: known.resource.name.clone(), kind: known.kind.as_str() }
}

pub(super) fn frozen(known: &Association) -> Error {
    Error::AssociationFrozen { subject: known.subject.clone(), kind: known.kind.as_str() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Candidate;

    fn change(operations: Vec<Operation>) -> ResourceChange {
        ResourceChange {
            kind: TOPIC.into(),
            id: Some("id-1".into()),
            namespace: "lkc-1".into(),
            name: "orders".into(),
            context: ContextName::default_context(),
            operations,
            dry_run: false,
        }
    }

    fn wanted(subject: Option<&str>) -> Wanted {
        Wanted {
            subject: subject.map(Into::into),
            kind: AssociationKind::Value,
            lifecycle: None,
            frozen: None,
            schema: None,
            normalize: false,
        }
    }

    fn with_schema(subject: Option<&str>) -> Wanted {
        Wanted { schema: Some(Candidate::default()), ..wanted(subject) }
    }

    fn member(result: Result<impl std::fmt::Debug>) -> &'static str {
        match result {
            Err(Error::InvalidAssociation { member, .. }) => member,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_left_out_follows_from_the_rest() {
        let meant = |wanted: &Wanted| {
            let meant = meant(&change(Vec::new()), wanted).unwrap();
            (meant.subject.to_string(), meant.lifecycle)
        };
        assert_eq!(meant(&with_schema(None)), (":.lkc-1:orders-value".into(), Lifecycle::Strong));
        assert_eq!(meant(&with_schema(Some(":.lkc-1:orders-value"))), meant(&with_schema(None)));
        assert_eq!(meant(&wanted(Some("shared"))), ("shared".into(), Lifecycle::Weak));
        let there = ResourceChange { context: ContextName::parse("ctx").unwrap(), ..change(Vec::new()) };
        let found = super::meant(&there, &wanted(Some("shared"))).unwrap();
        assert_eq!(found.subject.to_string(), ":.ctx:shared");
    }

    #[test]
    fn contradictions_are_refused_with_the_member_that_is_wrong() {
        let meant = |wanted: Wanted| member(meant(&change(Vec::new()), &wanted));
        assert_eq!(meant(wanted(None)), "subject");
        assert_eq!(meant(wanted(Some(":.lkc-1:orders-value"))), "subject");
        assert_eq!(meant(with_schema(Some("other"))), "subject");
        assert_eq!(meant(Wanted { lifecycle: Some(Lifecycle::Weak), ..with_schema(Some("a")) }), "lifecycle");
        assert_eq!(meant(Wanted { frozen: Some(false), ..with_schema(None) }), "frozen");
        let frozen = Wanted { lifecycle: Some(Lifecycle::Weak), frozen: Some(true), ..wanted(Some("a")) };
        assert_eq!(meant(frozen), "frozen");
        let strange = ResourceChange { namespace: "a:b".into(), ..change(Vec::new()) };
        assert_eq!(member(super::meant(&strange, &with_schema(None))), "resourceNamespace");
    }

    #[test]
    fn a_change_names_its_resource_and_what_to_do() {
        let good = || change(vec![Operation::Create(wanted(Some("a")))]);
        assert!(check(&good()).is_ok());
        assert!(check(&ResourceChange { id: None, dry_run: true, ..good() }).is_ok());
        assert_eq!(member(check(&ResourceChange { id: None, ..good() })), "resourceId");
        assert_eq!(member(check(&ResourceChange { id: Some(String::new()), ..good() })), "resourceId");
        assert_eq!(member(check(&ResourceChange { name: "-".into(), ..good() })), "resourceName");
        assert_eq!(member(check(&ResourceChange { namespace: String::new(), ..good() })), "resourceNamespace");
        assert_eq!(member(check(&ResourceChange { namespace: "x".repeat(256), ..good() })), "resourceNamespace");
        assert_eq!(member(check(&ResourceChange { id: Some("a\0".into()), ..good() })), "resourceId");
        assert_eq!(member(check(&ResourceChange { kind: "table".into(), ..good() })), "resourceType");
        assert_eq!(member(check(&change(Vec::new()))), "associations");
        let twice = change(vec![Operation::Upsert(with_schema(None)), Operation::Upsert(with_schema(None))]);
        assert_eq!(member(check(&twice)), "schema");
    }
}
