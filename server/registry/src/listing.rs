//! Which subjects and schemas are there, a page at a time?

use std::collections::HashMap;
use std::sync::Arc;

use tidegate_compat::{ContextName, SubjectName, Version};
use tidegate_store::{Filter, Session, StoredSchema, VersionRow};

use crate::{Association, AssociationChoice, Lifecycle, Page, Registry, Result, StoredVersion, Visibility};

/// How many schemas are read at once where the store can't cut the page.
const PIECE: usize = 1000;

/// Which subjects a listing is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Prefix {
    /// Subjects of every context whose bare names begin so (`:*:` on the wire).
    AllContexts(String),
    /// Subjects of one context.
    Context(ContextName, String),
}

/// Which of the schemas under a prefix are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Soft-deleted versions too.
    pub with_deleted: bool,
    /// The highest version of each subject only, among those that show.
    pub latest_only: bool,
    /// Only schemas with a rule for this executor, such as `CEL`.
    pub rule_type: Option<String>,
    /// Also the subjects that are found under another name, if the prefix is of that name; and all of them with these names.
    pub with_aliases: bool,
    /// The associations that are told of each subject.
    pub associations: AssociationChoice,
    /// Only subjects with told associations that live like one of these, `None` being those without any. Empty is all.
    pub lifecycles: Vec<Option<Lifecycle>>,
}

/// An entry of a listing of schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub stored: StoredVersion,
    /// The subjects that are served by this one under another name.
    pub aliases: Vec<SubjectName>,
    pub associations: Vec<Association>,
}

/// Somebody who reads page after page finds the next one without counting off all that lies before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Bookmark {
    /// Of a listing of subjects: which ones show.
    of_subjects: Option<Visibility>,
    /// Of a listing of schemas: soft-deleted ones too? Only the latest ones?
    of_schemas: Option<(bool, bool)>,
    prefix: Prefix,
    offset: usize,
}

/// Behind which version of which subject, or behind which subject altogether.
pub(crate) type Place = (SubjectName, Option<Version>);

type Aliases = HashMap<SubjectName, Vec<SubjectName>>;
type Row = (SubjectName, VersionRow, StoredSchema);

impl Registry {
    /// Sorted by their qualified text.
    pub async fn subjects(&self, prefix: &Prefix, visibility: Visibility, page: Page) -> Result<Vec<SubjectName>> {
        let mut mark = Bookmark { of_subjects: Some(visibility), ..Bookmark::at(prefix, page.offset) };
        let (stamp, after) = self.open_at(&mark);
        let filter = Filter {
            live: visibility != Visibility::OnlyDeleted,
            deleted: visibility != Visibility::Live,
            ..prefix.filter(page)
        };
        let names = self.store().read().await?.subjects(&begun(filter, after)).await?;
        if let Some(last) = names.last().filter(|_| page.limit == Some(names.len())) {
            mark.offset += names.len();
            self.inner.cache.bookmarks.insert(stamp, mark, (last.clone(), None), 1);
        }
        Ok(names)
    }

    /// Sorted by subject and version.
    pub async fn schemas(&self, prefix: &Prefix, listing: &Listing, page: Page) -> Result<Vec<Listed>> {
        let mut session = self.store().read().await?;
        let aliases = if listing.with_aliases { self.aliases(&mut session).await? } else { Arc::default() };
        let elsewhere = elsewhere(prefix, &aliases);
        let rows = if elsewhere.is_empty() && listing.rule_type.is_none() && listing.lifecycles.is_empty() {
            self.page_of(&mut session, prefix, listing, page).await?
        } else {
            let wanted = page.limit.map_or(usize::MAX, |limit| page.offset.saturating_add(limit));
            let mut rows = self.first(&mut session, listing, prefix, wanted).await?;
            for subject in elsewhere {
                rows.extend(self.all_of(&mut session, listing, &subject).await?);
            }
            rows.sort_by_cached_key(|(subject, row, _)| (subject.to_string(), row.version));
            page.cut(rows)
        };
        let subjects = rows.iter().map(|(subject, ..)| subject);
        let associations = self.associations_among(&mut session, subjects, &listing.associations).await?;
        let listed = rows.into_iter().map(|(subject, row, schema)| Listed {
            aliases: aliases.get(&subject).cloned().unwrap_or_default(),
            associations: associations.get(&subject).cloned().unwrap_or_default(),
            stored: StoredVersion::of(&subject, row, Arc::new(schema)),
        });
        Ok(listed.collect())
    }

    /// A page of schemas as the store cuts it.
    async fn page_of(&self, session: &mut Session, prefix: &Prefix, listing: &Listing, page: Page) -> Result<Vec<Row>> {
        let (with_deleted, latest_only) = (listing.with_deleted, listing.latest_only);
        let mut mark = Bookmark { of_schemas: Some((with_deleted, latest_only)), ..Bookmark::at(prefix, page.offset) };
        let (stamp, after) = self.open_at(&mark);
        let rows = session.schemas(&begun(listing.filter(prefix, page), after), latest_only).await?;
        if let Some((subject, row, _)) = rows.last().filter(|_| page.limit == Some(rows.len())) {
            mark.offset += rows.len();
            self.inner.cache.bookmarks.insert(stamp, mark, (subject.clone(), Some(row.version)), 1);
        }
        Ok(rows)
    }

    /// Now, and where the marked page begins, if the one before it was read just before.
    fn open_at(&self, mark: &Bookmark) -> (u64, Option<Place>) {
        let stamp = self.revision();
        let place = if mark.offset > 0 { self.inner.cache.bookmarks.get(stamp, mark) } else { None };
        (stamp, place)
    }

    /// Who is served by each subject under another name.
    async fn aliases(&self, session: &mut Session) -> Result<Arc<Aliases>> {
        let stamp = self.revision();
        if let Some(known) = self.inner.cache.aliases.get(stamp, &()) {
            return Ok(known);
        }
        let mut aliases = Aliases::new();
        for (subject, target) in session.aliases().await? {
            aliases.entry(SubjectName::parse_in(subject.context(), &target)).or_default().push(subject);
        }
        let aliases = Arc::new(aliases);
        self.inner.cache.aliases.insert(stamp, (), Arc::clone(&aliases), 1);
        Ok(aliases)
    }

    /// The first ones under a prefix that have the wanted rules and associations, which only we can tell.
    async fn first(
        &self,
        session: &mut Session,
        listing: &Listing,
        prefix: &Prefix,
        wanted: usize,
    ) -> Result<Vec<Row>> {
        let mut found = Vec::new();
        let mut place = None;
        loop {
            let page = Page { offset: 0, limit: Some(PIECE) };
            let filter = begun(listing.filter(prefix, page), place);
            let mut piece = session.schemas(&filter, listing.latest_only).await?;
            let is_last = piece.len() < PIECE;
            place = piece.last().map(|(subject, row, _)| (subject.clone(), Some(row.version)));
            piece.retain(|(_, _, schema)| listing.has_rules(schema));
            if !listing.lifecycles.is_empty() {
                let subjects = piece.iter().map(|(subject, ..)| subject);
                let associations = self.associations_among(session, subjects, &listing.associations).await?;
                piece.retain(|(subject, ..)| listing.has_lifecycle(associations.get(subject)));
            }
            found.extend(piece);
            if is_last || found.len() >= wanted {
                return Ok(found);
            }
        }
    }

    async fn all_of(&self, session: &mut Session, listing: &Listing, subject: &SubjectName) -> Result<Vec<Row>> {
        let prefix = Prefix::Context(subject.context().clone(), subject.bare().to_owned());
        let mut rows = self.first(session, listing, &prefix, usize::MAX).await?;
        rows.retain(|(found, _, _)| found == subject);
        Ok(rows)
    }
}

impl Bookmark {
    fn at(prefix: &Prefix, offset: usize) -> Self {
        Self { of_subjects: None, of_schemas: None, prefix: prefix.clone(), offset }
    }
}

/// The filter, beginning at a place instead of an offset if one is known.
fn begun(filter: Filter, place: Option<Place>) -> Filter {
    match place {
        Some(_) => Filter { after: place, offset: 0, ..filter },
        None => filter,
    }
}

impl Prefix {
    pub(crate) fn filter(&self, page: Page) -> Filter {
        let (context, prefix) = match self {
            Self::AllContexts(prefix) => (None, prefix),
            Self::Context(context, prefix) => (Some(context.clone()), prefix),
        };
        Filter { context, prefix: prefix.clone(), limit: page.limit, offset: page.offset, ..Filter::default() }
    }
}

impl Listing {
    fn filter(&self, prefix: &Prefix, page: Page) -> Filter {
        let with_rules = self.rule_type.is_some();
        Filter { live: true, deleted: self.with_deleted, with_rules, ..prefix.filter(page) }
    }

    fn has_lifecycle(&self, associations: Option<&Vec<Association>>) -> bool {
        self.lifecycles.iter().any(|wanted| match wanted {
            Some(lifecycle) => associations.is_some_and(|them| them.iter().any(|it| it.lifecycle == *lifecycle)),
            None => associations.is_none_or(Vec::is_empty),
        })
    }

    fn has_rules(&self, schema: &StoredSchema) -> bool {
        let Some(wanted) = &self.rule_type else { return true };
        let lists = schema.contract.rules.iter().flat_map(|rules| [&rules.migration, &rules.domain, &rules.encoding]);
        lists.flatten().any(|rule| rule.executor.as_ref() == Some(wanted))
    }
}

/// The subjects outside of a prefix that are found under it by another name.
fn elsewhere(prefix: &Prefix, aliases: &Aliases) -> Vec<SubjectName> {
    let outside = aliases.iter().filter(|(subject, _)| !prefix.takes(subject));
    outside
        .filter(|(_, names)| names.iter().any(|name| prefix.takes(name)))
        .map(|(subject, _)| subject.clone())
        .collect()
}
