//! Which subjects does somebody mean who remembers a word, a field, an owner or a tag?
//!
//! Searching brings the catalogue up to date first, as far as that can be done while somebody waits; the rest follows
//! behind their back, and the answer says how far it is.

mod index;
mod query;
mod words;

use std::collections::HashMap;

use tidegate_compat::{ContextName, SubjectName};
use tidegate_store::{Clause, Found, Search, Session, Setting};

pub use tidegate_store::{CatalogueOrder, Position};

pub(crate) use index::Indexing;
pub use query::{InvalidQuery, SearchQuery};

use crate::{Access, Mode, Overview, Prefix, Registry, Result, Visibility};

/// A facet tells so many values at most, those that most have.
const MAX_VALUES: usize = 50;

/// What somebody searches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searched {
    pub query: SearchQuery,
    pub visibility: Visibility,
    pub order: CatalogueOrder,
    pub is_descending: bool,
    /// Where the page begins; the first one also tells the facets.
    pub after: Option<Position>,
    pub limit: usize,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchPage {
    /// How many subjects were found altogether.
    pub total: u64,
    pub hits: Vec<Hit>,
    /// Of the first page: how many of what was found have which value.
    pub facets: Vec<Facet>,
    /// Of a search that finds nothing: the parts of the query without which it would find something.
    pub excluded: Vec<String>,
    /// While the catalogue is behind: how much of what is to do is done.
    pub indexing: Option<Progress>,
    /// Where the next page begins.
    pub next: Option<Position>,
}

/// A subject that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub overview: Overview,
    /// The fields because of which it was found.
    pub fields: Vec<String>,
}

/// The values of one sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// `type`, `compatibility`, `mode`, `owner`, `tag` or `context`.
    pub name: String,
    /// With how many have each, the most first. An empty owner stands for none.
    pub values: Vec<(String, u64)>,
}

/// How far long work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

impl Registry {
    /// A page of the subjects that are found and may be read.
    pub async fn search_for(&self, access: &Access, wanted: &Searched) -> Result<SearchPage> {
        let indexing = self.catch_up_catalogue().await?;
        let search = self.search_of(access, wanted, wanted.query.clauses());
        let mut session = self.store().read().await?;
        let counts = session.search_counts(&search, wanted.after.is_none()).await?;
        let mut page = SearchPage { total: counts.total, indexing, ..SearchPage::default() };
        for count in counts.facets {
            match page.facets.iter_mut().find(|facet| facet.name == count.facet) {
                Some(facet) => facet.values.push((count.value, count.count)),
                None => page.facets.push(Facet { name: count.facet, values: vec![(count.value, count.count)] }),
            }
        }
        for facet in &mut page.facets {
            facet.values.sort_by(|(one, ones), (other, others)| others.cmp(ones).then_with(|| one.cmp(other)));
            facet.values.truncate(MAX_VALUES);
        }
        if counts.total == 0 {
            page.excluded = self.what_excludes(&mut session, access, wanted).await?;
            return Ok(page);
        }
        let mut found = session.search(&search, wanted.after.as_ref(), wanted.limit.saturating_add(1)).await?;
        if found.len() > wanted.limit {
            found.truncate(wanted.limit);
            page.next = found.last().map(|last| last.position.clone());
        }
        page.hits = self.hits(&mut session, &search, found).await?;
        Ok(page)
    }

    fn search_of(&self, access: &Access, wanted: &Searched, clauses: Vec<Clause>) -> Search {
        let everywhere = Prefix::AllContexts(String::new());
        let reach = (!access.reads_everything()).then(|| {
            let parts = access.grants().readable(&everywhere).into_iter().map(|part| match part {
                Prefix::AllContexts(bare) => (None, bare),
                Prefix::Context(context, bare) => (Some(context), bare),
            });
            parts.collect()
        });
        Search {
            clauses,
            live: wanted.visibility != Visibility::OnlyDeleted,
            deleted: wanted.visibility != Visibility::Live,
            reach,
            default_level: self.inner.defaults.level.as_str(),
            default_mode: Mode::default().as_str(),
            order: wanted.order,
            is_descending: wanted.is_descending,
        }
    }

    /// The subjects of a page at a glance. One that went away meanwhile is left out.
    async fn hits(&self, session: &mut Session, search: &Search, found: Vec<Found>) -> Result<Vec<Hit>> {
        let numbers: Vec<i64> = found.iter().map(|found| found.number).collect();
        let mut fields: HashMap<i64, Vec<String>> = HashMap::new();
        for (number, field) in session.fields_found(search, &numbers).await? {
            fields.entry(number).or_default().push(field);
        }
        let mut around: HashMap<ContextName, Vec<Setting>> = HashMap::new();
        let subjects: Vec<_> = found.iter().map(|found| found.subject.clone()).collect();
        let glances = session.glances_of(&subjects).await?.into_iter().map(|glance| (glance.subject.clone(), glance));
        let mut glances: HashMap<_, _> = glances.collect();
        let mut hits = Vec::with_capacity(found.len());
        for Found { number, subject, .. } in found {
            let Some(glance) = glances.remove(&subject) else { continue };
            let context = subject.context();
            if !around.contains_key(context) {
                let scope = SubjectName::new(context.clone(), "");
                around.insert(context.clone(), session.settings_around(&scope).await?);
            }
            let settings = around.get(context).map_or(&[][..], Vec::as_slice);
            let overview = self.overview_of(glance, settings)?;
            hits.push(Hit { overview, fields: fields.remove(&number).unwrap_or_default() });
        }
        Ok(hits)
    }

    /// The parts of a query without any one of which something would be found.
    async fn what_excludes(&self, session: &mut Session, access: &Access, wanted: &Searched) -> Result<Vec<String>> {
        let mut excluding = Vec::new();
        for (part, others) in wanted.query.without_each() {
            let search = self.search_of(access, wanted, others);
            if session.search_counts(&search, false).await?.total > 0 {
                excluding.push(part);
            }
        }
        Ok(excluding)
    }
}
