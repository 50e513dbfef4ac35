//! Which jobs, datasets and namespaces are declared, and what was said about them?

use std::sync::Arc;

use tidegate_lineage::{Entity, Millis, Named};

use super::node_id;
use crate::error::plain;
use crate::rows::{Statement, Texts, pieces};
use crate::session::{on_both, signed, unsigned};
use crate::{Error, Result, Session};

/// A job or a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRow {
    pub id: String,
    pub entity: Entity,
    pub first: Millis,
    pub last: Millis,
}

/// A namespace of jobs and datasets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceRow {
    pub namespace: String,
    pub first: Millis,
    pub last: Millis,
}

/// What was said last about a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetRow {
    pub node: String,
    pub facet: String,
    pub stated_at: Millis,
    /// JSON.
    pub body: String,
}

/// Which jobs and datasets are asked for. What is `None` is any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeFilter {
    pub kind: Option<&'static str>,
    pub namespace: Option<String>,
    /// A part of the name, in any case of ASCII letters.
    pub part: Option<String>,
    /// Spoken of at this time or later, and before this time.
    pub since: Option<Millis>,
    pub until: Option<Millis>,
    /// Those that were spoken of last come first; otherwise by name.
    pub newest_first: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    kind: String,
    namespace: String,
    name: String,
    first_seen: i64,
    last_seen: i64,
}

type Facet = (String, String, i64, String);

static NODES: Statement = Statement::new(|| {
    Texts::union("SELECT id, kind, namespace, name, first_seen, last_seen FROM declared_nodes WHERE id = $1", 1, "")
});

static FACETS: Statement = Statement::new(|| {
    Texts::union(
        "SELECT node, facet, stated_at, body FROM declared_facets WHERE node = $1 AND body IS NOT NULL",
        1,
        " ORDER BY 1, 2",
    )
});

static ONE_FACET: Statement = Statement::new(|| {
    Texts::union(
        "SELECT node, facet, stated_at, body FROM declared_facets WHERE node = $1 AND facet = $2 AND body IS NOT NULL",
        2,
        " ORDER BY 1",
    )
});

const BEHIND: &str =
    "SELECT id, kind, namespace, name, first_seen, last_seen FROM declared_nodes WHERE id > $1 ORDER BY id LIMIT $2";

static NAMESPACES: Statement =
    Statement::new(|| Texts::union("SELECT namespace FROM declared_namespaces WHERE namespace = $1", 1, ""));

const ALL_NAMESPACES: &str = "SELECT namespace, first_seen, last_seen FROM declared_namespaces \
     WHERE $1 IS NULL OR namespace = $1 ORDER BY namespace LIMIT $2 OFFSET $3";

/// Which nodes a filter means.
macro_rules! wanted {
    () => {
        " FROM declared_nodes WHERE ($1 IS NULL OR kind = $1) AND ($2 IS NULL OR namespace = $2) \
         AND ($3 IS NULL OR LOWER(name) LIKE $3 ESCAPE '!') AND last_seen >= $4 AND last_seen < $5"
    };
}

const BY_NAME: &str = concat!(
    "SELECT id, kind, namespace, name, first_seen, last_seen",
    wanted!(),
    " ORDER BY name, namespace, kind LIMIT $6 OFFSET $7"
);
const NEWEST_FIRST: &str = concat!(
    "SELECT id, kind, namespace, name, first_seen, last_seen",
    wanted!(),
    " ORDER BY last_seen DESC, name, namespace, kind LIMIT $6 OFFSET $7"
);
const COUNT: &str = concat!("SELECT COUNT(*)", wanted!());

/// All that a statement has for these keys.
macro_rules! keyed {
    ($session:expr, $statement:expr, $keys:expr, $row:ty) => {{
        let mut found: Vec<$row> = Vec::new();
        for (text, piece, blanks) in pieces($statement, $keys) {
            let rows: Vec<$row> = on_both!($session, link => {
                let mut query = sqlx::query_as(text);
                for key in piece {
                    query = query.bind(key.as_str());
                }
                for _ in 0..blanks {
                    query = query.bind("");
                }
                query.fetch_all(link).await
            })?;
            found.extend(rows);
        }
        found
    }};
}
pub(super) use keyed;

impl Session {
    /// A node by its name.
    pub async fn declared_node(&mut self, entity: &Entity) -> Result<Option<NodeRow>> {
        Ok(self.declared_nodes(&[node_id(entity)]).await?.pop())
    }

    /// Nodes by their ids, in any order; those that are not known are left out.
    pub async fn declared_nodes(&mut self, ids: &[String]) -> Result<Vec<NodeRow>> {
        let rows = keyed!(self, &NODES, ids, Row);
        rows.into_iter().map(Row::node).collect()
    }

    /// Nodes behind one, by id, at most so many.
    pub(crate) async fn declared_nodes_behind(&mut self, id: &str, most: i64) -> Result<Vec<NodeRow>> {
        let rows: Vec<Row> = on_both!(self, link => sqlx::query_as(BEHIND).bind(id).bind(most).fetch_all(link).await)?;
        rows.into_iter().map(Row::node).collect()
    }

    /// What was said about nodes, and holds.
    pub async fn declared_facets(&mut self, nodes: &[String]) -> Result<Vec<FacetRow>> {
        let rows = keyed!(self, &FACETS, nodes, Facet);
        let told = |(node, facet, stated_at, body): Facet| FacetRow { node, facet, stated_at, body };
        Ok(rows.into_iter().map(told).collect())
    }

    /// What was said about nodes in one facet, and holds.
    pub async fn declared_facet(&mut self, nodes: &[String], facet: &str) -> Result<Vec<FacetRow>> {
        let facet = plain(facet)?;
        let mut found = Vec::new();
        for (text, piece, blanks) in pieces(&ONE_FACET, nodes) {
            let rows: Vec<Facet> = on_both!(self, link => {
                let mut query = sqlx::query_as(text);
                for node in piece.iter().map(String::as_str).chain(std::iter::repeat_n("", blanks)) {
                    query = query.bind(node).bind(facet);
                }
                query.fetch_all(link).await
            })?;
            found.extend(rows);
        }
        let told = |(node, facet, stated_at, body): Facet| FacetRow { node, facet, stated_at, body };
        Ok(found.into_iter().map(told).collect())
    }

    /// Those of these namespaces that are known.
    pub async fn known_namespaces(&mut self, namespaces: &[String]) -> Result<Vec<String>> {
        let rows = keyed!(self, &NAMESPACES, namespaces, (String,));
        Ok(rows.into_iter().map(|(namespace,)| namespace).collect())
    }

    /// A page of namespaces, sorted; or the one with this name.
    pub async fn declared_namespaces(
        &mut self,
        only: Option<&str>,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<NamespaceRow>> {
        let only = only.map(plain).transpose()?;
        let (offset, limit) = (signed(offset as u64), signed(limit as u64));
        let rows: Vec<(String, i64, i64)> = on_both!(self, link => {
            let query = sqlx::query_as(ALL_NAMESPACES).persistent(false);
            query.bind(only).bind(limit).bind(offset).fetch_all(link).await
        })?;
        let told = |(namespace, first, last)| NamespaceRow { namespace, first, last };
        Ok(rows.into_iter().map(told).collect())
    }

    /// A page of jobs and datasets, and how many there are in all.
    pub async fn find_declared(
        &mut self,
        filter: &NodeFilter,
        offset: usize,
        limit: usize,
    ) -> Result<(Vec<NodeRow>, u64)> {
        let namespace = filter.namespace.as_deref().map(plain).transpose()?;
        let part = filter.part.as_deref().map(plain).transpose()?.map(pattern);
        let (since, until) = (filter.since.unwrap_or(i64::MIN), filter.until.unwrap_or(i64::MAX));
        let sql = if filter.newest_first { NEWEST_FIRST } else { BY_NAME };
        let (offset, limit) = (signed(offset as u64), signed(limit as u64));
        let rows: Vec<Row> = on_both!(self, link => {
            let query = sqlx::query_as(sql).persistent(false).bind(filter.kind).bind(namespace).bind(part.as_deref());
            query.bind(since).bind(until).bind(limit).bind(offset).fetch_all(link).await
        })?;
        let (count,): (i64,) = on_both!(self, link => {
            let query = sqlx::query_as(COUNT).persistent(false).bind(filter.kind).bind(namespace).bind(part.as_deref());
            query.bind(since).bind(until).fetch_one(link).await
        })?;
        Ok((rows.into_iter().map(Row::node).collect::<Result<_>>()?, unsigned(count)?))
    }
}

/// What a text has to look like to contain this.
fn pattern(part: &str) -> String {
    let mut pattern = String::from("%");
    for letter in part.to_ascii_lowercase().chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

impl Row {
    fn node(self) -> Result<NodeRow> {
        let named = Named { namespace: Arc::from(self.namespace), name: Arc::from(self.name) };
        let entity = match self.kind.as_str() {
            "dataset" => Entity::Dataset(named),
            "job" => Entity::Job(named),
            other => return Err(Error::Corrupt(format!("'{other}' is no kind of a node"))),
        };
        Ok(NodeRow { id: self.id, entity, first: self.first_seen, last: self.last_seen })
    }
}
