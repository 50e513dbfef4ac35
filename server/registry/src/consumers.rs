//! Who says that it reads which fields? Applications publish it, and who changes a schema is told.
//!
//! Kafka hands out whole records, so the wire never shows which fields a reader uses. Whoever reads can say so. What was said
//! long ago is told as that: the application may have moved on.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::json;
use tidegate_compat::{Outline, Strictness, SubjectName, VersionSpec, parse};
use tidegate_lineage::Millis;
use tidegate_store::{ConsumerRow, ReadRow, Session};

use crate::check::aside;
use crate::model::now;
use crate::references::Need;
use crate::said::fault_in;
use crate::{Access, Actor, Error, Registry, Result, Right, StoredVersion};

pub use tidegate_store::{ConsumerRow as Consumer, ReadRow as Reads};

/// What was published longer ago is stale: 90 days.
pub const STALE_AFTER: Millis = 90 * 24 * 3_600_000;
/// How many applications may publish.
const MAX_CONSUMERS: usize = 10_000;
/// How much one of them may read.
const MAX_READS: usize = 1_000;
const MAX_FIELDS: usize = 1_000;
/// How long names, and how long what is said in words may be, in bytes.
const MAX_NAME: usize = 255;
const MAX_WORDS: usize = 2_000;
/// How many faults are told at once.
const MAX_FAULTS: usize = 20;
/// How many readers of one subject are told of.
const MOST_READERS: u32 = 500;

/// What an application wants to publish.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Publication {
    pub application: String,
    pub owner: Option<String>,
    pub source: Option<String>,
    pub reads: Vec<Claim>,
}

/// That a subject is read, as whoever reads it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub reads: Reads,
    /// The schema that it is read with, in place of fields.
    pub reader_schema: Option<String>,
}

/// Somebody who says that it reads a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredReader {
    pub application: String,
    pub owner: Option<String>,
    pub group: Option<String>,
    /// `None` for all.
    pub fields: Option<Vec<String>>,
    pub purpose: Option<String>,
    pub published_at: Millis,
    pub is_stale: bool,
}

impl DeclaredReader {
    /// Whether it says that it reads this field, a part of it, or what it is a part of.
    pub fn reads(&self, field: &str) -> bool {
        let Some(fields) = &self.fields else { return true };
        fields.iter().any(|own| is_within(own, field) || is_within(field, own))
    }
}

/// Whether a path is another one, or leads into it.
fn is_within(path: &str, whole: &str) -> bool {
    path.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

impl Registry {
    /// Puts what an application says that it reads in the place of what it said before. Subjects have to be there, and
    /// fields in the latest version of their subject.
    ///
    /// # Errors
    /// [`Error::SubjectNotFound`], [`Error::InvalidConsumer`] with all that is wrong, [`Error::Denied`] where who publishes
    /// may not read a subject.
    pub async fn publish_consumer(&self, actor: &Actor, access: &Access, mut wish: Publication) -> Result<Consumer> {
        let faults = faults_of(&wish);
        if !faults.is_empty() {
            return Err(Error::InvalidConsumer(faults));
        }
        let mut versions: BTreeMap<String, StoredVersion> = BTreeMap::new();
        for Claim { reads: read, .. } in &mut wish.reads {
            access.demand(Right::Read, &read.subject)?;
            let version = self.latest_of(&read.subject).await?;
            access.demand(Right::Read, &version.subject)?;
            read.subject = version.subject.clone();
            versions.insert(version.subject.to_string(), version);
        }
        let mut faults = Vec::new();
        let mut seen = HashSet::new();
        let twice = wish.reads.iter().filter(|claim| !seen.insert((&claim.reads.subject, &claim.reads.group)));
        faults.extend(twice.map(|it| format!("subject '{}' is there twice, for the same group", it.reads.subject)));
        for version in versions.into_values() {
            let of_it = || wish.reads.iter().enumerate().filter(|(_, it)| it.reads.subject == version.subject);
            let fields: Vec<String> = of_it().flat_map(|(_, it)| it.reads.fields.iter().flatten().cloned()).collect();
            let schemas: Vec<(usize, String)> =
                of_it().filter_map(|(place, it)| Some((place, it.reader_schema.clone()?))).collect();
            let looked = self.look_up_fields(version, fields, schemas).await?;
            faults.extend(looked.faults);
            for (place, fields) in looked.fields {
                if let Some(claim) = wish.reads.get_mut(place) {
                    claim.reads.fields = Some(fields);
                }
            }
        }
        if !faults.is_empty() {
            faults.truncate(MAX_FAULTS);
            return Err(Error::InvalidConsumer(faults));
        }
        let consumer = ConsumerRow {
            application: wish.application,
            owner: wish.owner,
            source: wish.source,
            published_at: now(),
            published_by: actor.name.clone(),
            reads: wish.reads.into_iter().map(|claim| claim.reads).collect(),
        };
        let mut tx = self.store().write().await?;
        let before = tx.consumer(&consumer.application).await?;
        if before.is_none() && tx.count_consumers().await? >= MAX_CONSUMERS {
            let reason = format!("{MAX_CONSUMERS} applications have published already: take some back");
            return Err(Error::InvalidConsumer(vec![reason]));
        }
        tx.put_consumer(&consumer).await?;
        let change = actor.change_of_all("consumer.publish", before.as_ref().map(told), Some(told(&consumer)));
        tx.commit(change).await?;
        Ok(consumer)
    }

    /// Takes back what an application has published, and tells what that was, as far as who asks may see it.
    pub async fn retract_consumer(&self, actor: &Actor, access: &Access, application: &str) -> Result<Consumer> {
        let mut tx = self.store().write().await?;
        let before = tx.consumer(application).await?.ok_or_else(|| Error::ConsumerNotFound(application.to_owned()))?;
        tx.remove_consumer(application).await?;
        tx.commit(actor.change_of_all("consumer.retract", Some(told(&before)), None)).await?;
        let hidden = ConsumerRow { reads: Vec::new(), ..before.clone() };
        Ok(visible(access, before).unwrap_or(hidden))
    }

    /// What an application has published, as far as who asks may see it.
    pub async fn consumer(&self, access: &Access, application: &str) -> Result<Consumer> {
        let found = self.store().read().await?.consumer(application).await?;
        let found = found.and_then(|consumer| visible(access, consumer));
        found.ok_or_else(|| Error::ConsumerNotFound(application.to_owned()))
    }

    /// So many applications behind one, by name: all, or those that read a subject. Beside them the last that was looked at,
    /// if there are more.
    pub async fn consumers(
        &self,
        access: &Access,
        subject: Option<&SubjectName>,
        behind: &str,
        limit: u32,
    ) -> Result<(Vec<Consumer>, Option<String>)> {
        let mut session = self.store().read().await?;
        let wanted = limit.saturating_add(1);
        let mut found = match subject {
            Some(subject) => session.consumers_of(subject, behind, wanted).await?,
            None => session.consumers_behind(behind, wanted).await?,
        };
        let has_more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let last = found.last().map(|last| last.application.clone()).filter(|_| has_more);
        Ok((found.into_iter().filter_map(|consumer| visible(access, consumer)).collect(), last))
    }

    /// The latest version of the subject that answers for this name.
    async fn latest_of(&self, subject: &SubjectName) -> Result<StoredVersion> {
        let subject = self.resolve_alias(subject).await?;
        self.version(&subject, VersionSpec::Latest, false).await.map_err(|error| match error {
            Error::VersionNotFound { subject, .. } => Error::SubjectNotFound(subject),
            other => other,
        })
    }

    /// Which fields of a version are in readers' schemas and, in sentences, which of these fields are not in it. In a schema
    /// that can't be read everything may be.
    async fn look_up_fields(
        &self,
        of: StoredVersion,
        fields: Vec<String>,
        schemas: Vec<(usize, String)>,
    ) -> Result<Fields> {
        if fields.is_empty() && schemas.is_empty() {
            return Ok(Fields::default());
        }
        let StoredVersion { subject, version, schema, .. } = of;
        let mut session = self.store().read().await?;
        let standing = self.resolve(&mut session, subject.context(), &schema.references, Need::Any).await?;
        drop(session);
        let length = schema.text.len() + schemas.iter().map(|(_, text)| text.len()).sum::<usize>();
        aside(length, move || {
            let Ok(parsed) = parse(schema.kind, &schema.text, &standing.closure, Strictness::Lenient) else {
                return Fields::default();
            };
            let known: HashSet<String> = parsed.outline().fields().map(|field| bare(&field.path)).collect();
            let unknown = fields.iter().filter(|field| !known.contains(&bare(field)));
            let fault = |field: &String| {
                let near = known.iter().filter(|it| strsim::damerau_levenshtein(it, field) <= 1 + field.len() / 4);
                let near = near.min_by_key(|it| (strsim::damerau_levenshtein(it, field), it.len()));
                let hint = near.map(|near| format!("; did you mean '{near}'?")).unwrap_or_default();
                format!("subject '{subject}' has no field '{field}' in version {}{hint}", version.0)
            };
            let mut looked = Fields { faults: unknown.take(MAX_FAULTS).map(fault).collect(), fields: Vec::new() };
            for (place, text) in schemas {
                match parse(schema.kind, &text, &standing.closure, Strictness::Lenient) {
                    Ok(reader) => match read_with(&reader.outline(), &known) {
                        fields if fields.is_empty() || fields.len() > MAX_FIELDS => looked.faults.push(format!(
                            "the reader schema of subject '{subject}' has {} of the fields of version {}, and 1 to {MAX_FIELDS} \
                             are taken",
                            fields.len(),
                            version.0
                        )),
                        fields => looked.fields.push((place, fields)),
                    },
                    Err(error) => looked
                        .faults
                        .push(format!("the reader schema of subject '{subject}' is no {} schema: {error}", schema.kind)),
                }
            }
            looked
        })
        .await
    }
}

/// What was found in a version.
#[derive(Default)]
struct Fields {
    faults: Vec<String>,
    /// The fields that are read, by the place of the claim.
    fields: Vec<(usize, Vec<String>)>,
}

/// The fields that a reader's schema has of those that are known: of one within another the inner one, since of the outer one
/// no more is read.
fn read_with(reader: &Outline, known: &HashSet<String>) -> Vec<String> {
    let all: BTreeSet<String> =
        reader.fields().map(|field| bare(&field.path)).filter(|it| known.contains(it)).collect();
    let has_inner = |path: &str| {
        let inside = format!("{path}.");
        all.range(inside.clone()..).next().is_some_and(|next| next.starts_with(&inside))
    };
    all.iter().filter(|path| !has_inner(path)).cloned().collect()
}

/// Who says that it reads a subject, at this time.
pub(crate) async fn readers_of(session: &mut Session, subject: &SubjectName) -> Result<Vec<DeclaredReader>> {
    let now = now();
    let consumers = session.consumers_of(subject, "", MOST_READERS).await?;
    let readers = consumers.into_iter().flat_map(|consumer| {
        let ConsumerRow { application, owner, published_at, reads, .. } = consumer;
        reads.into_iter().map(move |read| DeclaredReader {
            application: application.clone(),
            owner: owner.clone(),
            group: read.group,
            fields: read.fields,
            purpose: read.purpose,
            published_at,
            is_stale: published_at.saturating_add(STALE_AFTER) < now,
        })
    });
    Ok(readers.collect())
}

/// A path without signs for elements of lists: people leave them out.
fn bare(path: &str) -> String {
    path.replace("[]", "")
}

fn faults_of(wish: &Publication) -> Vec<String> {
    let mut faults = Vec::new();
    let mut limited = |what: &str, text: &str, most: usize| {
        faults.extend(fault_in(what, text, most));
    };
    limited("application", &wish.application, MAX_NAME);
    for (what, text) in [("owner", &wish.owner), ("source", &wish.source)] {
        text.iter().for_each(|text| limited(what, text, MAX_WORDS));
    }
    for Claim { reads: read, .. } in wish.reads.iter().take(MAX_READS) {
        let of = |what: &str| format!("{what} of subject '{}'", read.subject);
        read.group.iter().for_each(|group| limited(&of("group"), group, MAX_NAME));
        read.purpose.iter().for_each(|purpose| limited(&of("purpose"), purpose, MAX_WORDS));
        for field in read.fields.iter().flatten().take(MAX_FIELDS) {
            limited(&of("a field"), field, MAX_WORDS);
        }
    }
    for Claim { reads: read, reader_schema } in &wish.reads {
        if reader_schema.is_some() && read.fields.is_some() {
            faults.push(format!("subject '{}' has both fields and a reader schema: one says it all", read.subject));
        }
        match read.fields.as_ref().map(Vec::len) {
            Some(0) => faults.push(format!("fields of subject '{}' are none: leave them out for all", read.subject)),
            Some(count) if count > MAX_FIELDS => {
                faults.push(format!("fields of subject '{}' are {count}, and {MAX_FIELDS} are taken", read.subject));
            }
            _ => {}
        }
    }
    if wish.reads.len() > MAX_READS {
        faults.push(format!("'consumes' has {} members, and {MAX_READS} are taken", wish.reads.len()));
    }
    faults.truncate(MAX_FAULTS);
    faults
}

/// Without the subjects that who asks may not read; `None` if none is left of several.
fn visible(access: &Access, mut consumer: Consumer) -> Option<Consumer> {
    let had_any = !consumer.reads.is_empty();
    consumer.reads.retain(|read| access.demand(Right::Read, &read.subject).is_ok());
    (!had_any || !consumer.reads.is_empty()).then_some(consumer)
}

fn told(consumer: &Consumer) -> String {
    let reads: Vec<_> = consumer
        .reads
        .iter()
        .map(|ReadRow { subject, group, fields, purpose }| {
            json!({"subject": subject.to_string(), "group": group, "fields": fields, "purpose": purpose})
        })
        .collect();
    let Consumer { application, owner, source, .. } = consumer;
    json!({"application": application, "owner": owner, "source": source, "consumes": reads}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_a_part_of_a_field_or_what_it_is_part_of_reads_it() {
        let reader = |fields: Option<&[&str]>| DeclaredReader {
            application: "billing".to_owned(),
            owner: None,
            group: None,
            fields: fields.map(|fields| fields.iter().map(|&field| field.to_owned()).collect()),
            purpose: None,
            published_at: 0,
            is_stale: false,
        };
        let billing = reader(Some(&["id", "customer.email", "lines"]));
        for field in ["id", "customer", "customer.email", "lines", "lines[].sku", "lines.sku"] {
            assert!(billing.reads(field), "{field}");
        }
        for field in ["identity", "customer.emails", "customer.name", "line"] {
            assert!(!billing.reads(field), "{field}");
        }
        assert!(reader(None).reads("anything"));
    }

    #[test]
    fn what_can_not_be_kept_is_told() {
        let subject = SubjectName::parse("orders-value");
        let read = Reads { subject, group: Some(String::new()), fields: Some(Vec::new()), purpose: None };
        let claim = Claim { reads: read, reader_schema: None };
        let wish = Publication { application: " ".to_owned(), reads: vec![claim], ..Publication::default() };
        let expected = [
            "application is empty",
            "group of subject 'orders-value' is empty",
            "fields of subject 'orders-value' are none: leave them out for all",
        ];
        assert_eq!(faults_of(&wish), expected);
        let long = Publication { application: "x".repeat(MAX_NAME + 1), ..Publication::default() };
        assert_eq!(faults_of(&long), ["application has more than 255 bytes"]);
    }
}
