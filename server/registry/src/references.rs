//! Which schemas does this one stand on, and which stand on it?

use std::collections::HashMap;
use std::sync::Arc;

use tidegate_compat::{ContextName, Reference, Resolved, SchemaId, SubjectName, Version, VersionSpec};
use tidegate_store::{Session, VersionRow};

use crate::associations::may_be_referred_to;
use crate::lookup::namesakes;
use crate::together::{Draft, Drafts};
use crate::{Error, Page, Registry, Result, StoredSchema};

/// How many schemas one may stand on, directly and through others.
pub const MAX_REFERENCES: usize = 1000;

/// How many bytes of text one may stand on. What is parsed takes many times that.
pub const MAX_REFERRED: usize = 16 << 20;

/// Whether what is referred to may be soft-deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// New schemas stand on live versions only.
    Live,
    /// What is stored, and what is looked up, may stand on soft-deleted ones.
    Any,
}

/// What a list of references leads to.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// The references as they came, with concrete versions.
    pub(crate) references: Vec<Reference>,
    /// What they point to, in the same order.
    pub(crate) targets: Vec<(SubjectName, Version)>,
    /// All schemas that are needed, what others need before them. Of two under one name the first counts.
    pub(crate) closure: Vec<Resolved>,
}

/// A schema on the way down: which of its references comes next?
struct Step {
    /// The name by which the one above calls it, and itself; nothing for the schema where all starts.
    found: Option<(String, Arc<StoredSchema>)>,
    context: ContextName,
    references: Vec<Reference>,
    next: usize,
}

/// What a reference leads to.
enum Target {
    Stored(VersionRow),
    /// It comes together with what refers to it.
    Draft(Version, Arc<StoredSchema>),
}

impl Target {
    fn version(&self) -> Version {
        match self {
            Self::Stored(row) => row.version,
            Self::Draft(version, _) => *version,
        }
    }
}

impl Registry {
    /// The ids of schemas that refer to a version, sorted, with the subject that it was found in.
    pub async fn referenced_by(
        &self,
        subject: &SubjectName,
        version: VersionSpec,
        with_deleted: bool,
        page: Page,
    ) -> Result<(SubjectName, Vec<SchemaId>)> {
        let mut session = self.store().read().await?;
        // The target itself may be soft-deleted, and stand in another context, as where it is asked for itself.
        let mut found = None;
        for subject in std::iter::once(subject.clone()).chain(namesakes(&mut session, subject).await?) {
            let row = match version {
                VersionSpec::Latest => session.latest(&subject).await?,
                VersionSpec::Number(number) => session.version(&subject, number).await?,
            };
            if let Some(row) = row {
                found = Some((subject, row));
                break;
            }
        }
        let Some((subject, row)) = found else {
            return Err(self.missing(&mut session, subject, version, true).await?);
        };
        let window = |size: Option<usize>| size.and_then(|size| i64::try_from(size).ok()).unwrap_or(i64::MAX);
        let (limit, offset) = (window(page.limit), window(Some(page.offset)));
        let ids = session.referrers(&subject, row.version, with_deleted, limit, offset).await?;
        Ok((subject, ids))
    }

    /// Follows references, written in a context, to all that they lead to. Stored schemas, and what is looked up, are never
    /// held to strictness about names: they must stay readable.
    pub(crate) async fn resolve(
        &self,
        session: &mut Session,
        context: &ContextName,
        references: &[Reference],
        need: Need,
    ) -> Result<Standing> {
        self.resolve_among(session, context, references, need, &Drafts::default()).await
    }

    /// The same, where `drafts` count as if they were there already. Depth first, without recursion: chains come from
    /// outside.
    pub(crate) async fn resolve_among(
        &self,
        session: &mut Session,
        context: &ContextName,
        references: &[Reference],
        need: Need,
        drafts: &Drafts,
    ) -> Result<Standing> {
        let mut standing = Standing::default();
        if references.len() > MAX_REFERENCES {
            return Err(Error::TooManyReferences { limit: MAX_REFERENCES });
        }
        // What is stored stays readable, however large it is.
        let most = if need == Need::Live { MAX_REFERRED } else { usize::MAX };
        let is_strict = need == Need::Live && self.inner.defaults.references_are_strict;
        // What each name stands for: of two schemas under one name the first counts.
        let mut names: HashMap<String, (SubjectName, Version)> = HashMap::new();
        let start = Step { found: None, context: context.clone(), references: references.to_vec(), next: 0 };
        let mut path = vec![start];
        let mut size = 0_usize;
        while let Some(step) = path.last_mut() {
            let Some(reference) = step.references.get(step.next).cloned() else {
                let done = path.pop().and_then(|step| step.found);
                standing.closure.extend(done.map(|(name, schema)| Resolved {
                    name,
                    kind: schema.kind,
                    text: Arc::clone(&schema.text),
                }));
                continue;
            };
            step.next += 1;
            let is_direct = step.found.is_none();
            let is_known = names.contains_key(&reference.name);
            if is_known && !is_direct && !is_strict {
                continue;
            }
            let subject = SubjectName::parse_in(&step.context, &reference.subject);
            let need = if is_direct { need } else { Need::Any };
            let target = self.target(session, &subject, &reference, need, drafts).await?;
            let to = target.version();
            if is_direct {
                standing.references.push(Reference { version: to.0, ..reference.clone() });
                standing.targets.push((subject.clone(), to));
            }
            if let Some((known, version)) = names.get(&reference.name) {
                if is_strict && (known, *version) != (&subject, to) {
                    let (subject, version) = (known.clone(), *version);
                    let reference = Reference { version: to.0, ..reference };
                    return Err(Error::ConflictingReference { reference, subject, version });
                }
                continue;
            }
            names.insert(reference.name.clone(), (subject.clone(), to));
            if names.len() > MAX_REFERENCES {
                return Err(Error::TooManyReferences { limit: MAX_REFERENCES });
            }
            let schema = match target {
                Target::Stored(row) => self.content(session, subject.context(), row.id).await?,
                Target::Draft(_, schema) => schema,
            };
            size = size.saturating_add(schema.text.len());
            if size > most {
                return Err(Error::TooMuchReferred { limit: MAX_REFERRED });
            }
            let references = schema.references.clone();
            path.push(Step {
                found: Some((reference.name, schema)),
                context: subject.context().clone(),
                references,
                next: 0,
            });
        }
        Ok(standing)
    }

    async fn target(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        reference: &Reference,
        need: Need,
        drafts: &Drafts,
    ) -> Result<Target> {
        if reference.name.is_empty() || reference.subject.is_empty() {
            return Err(Error::IncompleteReference);
        }
        if let Some(draft) = drafts.meant_by(subject, reference.version) {
            let Draft::Readable(version, schema) = draft else {
                return Err(Error::UnreadableReference { reference: reference.clone() });
            };
            if need == Need::Live {
                may_be_referred_to(session, subject).await?;
            }
            return Ok(Target::Draft(version, schema));
        }
        let row = match reference.version {
            -1 => session.latest(subject).await?,
            number if number > 0 => session.version(subject, Version(number)).await?,
            _ => return Err(Error::IncompleteReference),
        };
        let row = row
            .filter(|row| need == Need::Any || !row.is_deleted)
            .ok_or_else(|| Error::UnresolvedReference { reference: reference.clone() })?;
        if need == Need::Live {
            may_be_referred_to(session, subject).await?;
        }
        Ok(Target::Stored(row))
    }
}
