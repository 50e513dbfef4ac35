//! What do others declare, and how is it added to what is known?
//!
//! Everything is written without being read first: rows are found by hashes over names, and of two statements about the
//! same the newer one counts, in whichever order they come. So many events go together in a few statements with many rows
//! each, and an event that comes twice changes nothing.

mod body;
mod flows;
mod known;
mod merged;
mod nodes;
mod tellings;

use sha2::{Digest, Sha256};
use tidegate_lineage::{Declaration, Entity, Millis, Named};

use crate::rows::{Statement, Texts, pieces};
use crate::session::on_both;
use crate::{Result, Tx};
use tellings::{Tellings, Told};

pub use body::packed;
pub use flows::{ColumnRow, FlowRow, MOST_FLOWS, RunRow, SymlinkRow};
pub use known::{Known, Lesson, Unheeded};
pub use merged::Additions;
pub use nodes::{FacetRow, NamespaceRow, NodeFilter, NodeRow};

/// An event with all that it declares.
#[derive(Debug, Clone)]
pub struct DeclaredEvent {
    /// The same for the same content.
    pub id: String,
    pub told: Declaration,
    /// The text of the event, [`packed`].
    pub body: String,
}

/// Before every time that an event can have.
const NEVER: Millis = i64::MIN;

/// What a column of a row that is written holds.
#[derive(Debug, Clone, Copy)]
enum Cell<'a> {
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Number(i64),
    MaybeNumber(Option<i64>),
    Flag(bool),
}

/// A query with all cells of the rows, and of the blank ones after them.
macro_rules! bound {
    ($query:expr, $rows:expr, $blanks:expr) => {{
        let blank: Vec<_> = $rows.first().into_iter().flatten().map(Cell::blank).collect();
        let mut query = $query;
        for cell in $rows.iter().chain(std::iter::repeat_n(&blank, $blanks)).flatten() {
            query = match *cell {
                Cell::Text(text) => query.bind(text),
                Cell::MaybeText(text) => query.bind(text),
                Cell::Number(number) => query.bind(number),
                Cell::MaybeNumber(number) => query.bind(number),
                Cell::Flag(flag) => query.bind(flag),
            };
        }
        query
    }};
}

/// The earlier and the later of two times, in the words of both databases.
macro_rules! seen {
    ($table:literal) => {
        concat!(
            "first_seen = CASE WHEN ",
            $table,
            ".first_seen < excluded.first_seen THEN ",
            $table,
            ".first_seen ELSE excluded.first_seen END, last_seen = CASE WHEN ",
            $table,
            ".last_seen > excluded.last_seen THEN ",
            $table,
            ".last_seen ELSE excluded.last_seen END"
        )
    };
}

static EVENTS: Statement =
    Statement::new(|| upsert("declared_events (id, stated_at, received_at, run, body)", 5, "(id) DO NOTHING"));

static NAMESPACES: Statement = Statement::new(|| {
    let tail = concat!("(namespace) DO UPDATE SET ", seen!("declared_namespaces"));
    upsert("declared_namespaces (namespace, first_seen, last_seen)", 3, tail)
});

static NODES: Statement = Statement::new(|| {
    let tail = concat!("(id) DO UPDATE SET ", seen!("declared_nodes"));
    upsert("declared_nodes (id, kind, namespace, name, first_seen, last_seen, snapshot_from)", 7, tail)
});

static FACETS: Statement = Statement::new(|| {
    let tail = "(node, facet) DO UPDATE SET stated_at = excluded.stated_at, body = excluded.body \
         WHERE declared_facets.stated_at <= excluded.stated_at RETURNING node, facet";
    upsert("declared_facets (node, facet, stated_at, body)", 4, tail)
});

static SYMLINKS: Statement = Statement::new(|| {
    let tail = "(alias, dataset) DO UPDATE SET stated_at = excluded.stated_at \
         WHERE declared_symlinks.stated_at < excluded.stated_at";
    upsert("declared_symlinks (alias, dataset, namespace, name, stated_at)", 5, tail)
});

/// Whether the state that comes in is newer than the one that is known.
macro_rules! is_newer {
    () => {
        "excluded.state <> '' AND (excluded.stated_at > declared_runs.stated_at OR (excluded.stated_at = \
         declared_runs.stated_at AND declared_runs.state NOT IN ('COMPLETE', 'ABORT', 'FAIL')))"
    };
}

static RUNS: Statement = Statement::new(|| {
    let tail = concat!(
        "(run) DO UPDATE SET job = CASE WHEN excluded.job <> '' THEN excluded.job ELSE declared_runs.job END, \
         parent = CASE WHEN excluded.parent <> '' THEN excluded.parent ELSE declared_runs.parent END, \
         state = CASE WHEN ",
        is_newer!(),
        " THEN excluded.state ELSE declared_runs.state END, stated_at = CASE WHEN ",
        is_newer!(),
        " THEN excluded.stated_at ELSE declared_runs.stated_at END, \
         ended_at = COALESCE(excluded.ended_at, declared_runs.ended_at), \
         nominal_start = COALESCE(excluded.nominal_start, declared_runs.nominal_start), \
         nominal_end = COALESCE(excluded.nominal_end, declared_runs.nominal_end), \
         has_flows = declared_runs.has_flows OR excluded.has_flows, received_at = excluded.received_at, ",
        seen!("declared_runs")
    );
    let columns = "declared_runs (run, job, parent, state, stated_at, ended_at, nominal_start, nominal_end, has_flows, \
         first_seen, last_seen, received_at)";
    upsert(columns, 12, tail)
});

static FLOWS: Statement = Statement::new(|| {
    let tail = concat!("(source, target, told_by) DO UPDATE SET ", seen!("declared_flows"));
    upsert("declared_flows (source, target, told_by, first_seen, last_seen)", 5, tail)
});

/// What is told once more, if it still is what was told last: it answers which is.
static TOLD_AGAIN: Statement = Statement::new(|| {
    Texts::values(
        "UPDATE declared_tellings SET last_seen = CASE WHEN declared_tellings.last_seen > given.column4 \
         THEN declared_tellings.last_seen ELSE given.column4 END FROM",
        4,
        "WHERE declared_tellings.target = given.column1 AND declared_tellings.told_by = given.column2 \
         AND declared_tellings.print = given.column3 RETURNING target, told_by",
    )
});

/// When something else is told, the fields that were told last until then keep the time of that.
static SETTLED: Statement = Statement::new(|| {
    Texts::values(
        "UPDATE declared_columns SET last_seen = t.last_seen FROM",
        4,
        "JOIN declared_tellings t ON t.target = given.column1 AND t.told_by = given.column2 \
         WHERE t.print <> given.column3 AND t.last_seen <= given.column4 AND declared_columns.target = t.target \
         AND declared_columns.told_by = t.told_by AND declared_columns.told_in = t.print \
         AND declared_columns.last_seen < t.last_seen",
    )
});

static TELLINGS: Statement = Statement::new(|| {
    let tail = "(target, told_by) DO UPDATE SET print = excluded.print, last_seen = excluded.last_seen \
         WHERE declared_tellings.last_seen <= excluded.last_seen";
    upsert("declared_tellings (target, told_by, print, last_seen)", 4, tail)
});

/// Whether a field was told of later than what comes in: by itself, or in what was told last.
macro_rules! is_later {
    () => {
        "declared_columns.last_seen > excluded.last_seen OR EXISTS (SELECT 1 FROM declared_tellings t \
         WHERE t.target = declared_columns.target AND t.told_by = declared_columns.told_by \
         AND t.print = declared_columns.told_in AND t.last_seen > excluded.last_seen)"
    };
}

static COLUMNS: Statement = Statement::new(|| {
    let tail = concat!(
        "(id) DO UPDATE SET transformations = CASE WHEN ",
        is_later!(),
        " THEN declared_columns.transformations ELSE excluded.transformations END, told_in = CASE WHEN ",
        is_later!(),
        " THEN declared_columns.told_in ELSE excluded.told_in END, ",
        seen!("declared_columns")
    );
    let columns = "declared_columns (id, source, source_field, target, target_field, told_by, transformations, told_in, \
         first_seen, last_seen)";
    upsert(columns, 10, tail)
});

/// A run that is complete tells all that its job does: what is older is past. A stream is never complete. Events of a run
/// may come in any order, so that the time of its beginning may turn out to be earlier than it was.
static SNAPSHOTS: Statement = Statement::new(|| {
    Texts::values(
        "UPDATE declared_nodes SET snapshot_from = latest.began FROM \
         (SELECT DISTINCT r.job, \
             (SELECT l.first_seen FROM declared_runs l WHERE l.job = r.job AND l.state = 'COMPLETE' AND l.has_flows \
              ORDER BY l.first_seen DESC LIMIT 1) AS began FROM",
        1,
        "JOIN declared_runs r ON r.run = given.column1 WHERE r.state = 'COMPLETE' AND r.has_flows AND r.job <> '' \
         AND NOT EXISTS (SELECT 1 FROM declared_facets f WHERE f.node = r.job AND f.facet = 'jobType' \
             AND f.body LIKE '%\"processingType\":\"STREAMING\"%')) AS latest \
         WHERE declared_nodes.id = latest.job AND declared_nodes.snapshot_from <> latest.began",
    )
});

const FORGET_EVENTS: &str = "DELETE FROM declared_events WHERE id IN \
     (SELECT id FROM declared_events WHERE received_at < $1 ORDER BY received_at LIMIT $2)";
const FORGET_RUNS: &str = "DELETE FROM declared_runs WHERE run IN \
     (SELECT run FROM declared_runs WHERE received_at < $1 ORDER BY received_at LIMIT $2)";

impl Tx {
    /// Adds events and what they declare. One that is known already changes nothing. Answers which statements came too late.
    pub async fn add_declared(&mut self, additions: &Additions<'_>, now: Millis) -> Result<Vec<Unheeded>> {
        // All rows are sorted, and tables come in one order, so that two nodes never wait for each other in a circle.
        self.put(&EVENTS, &additions.events(now)).await?;
        self.put(&NAMESPACES, &additions.namespaces()).await?;
        self.put(&NODES, &additions.nodes()).await?;
        let heeded = self.put_answered(&FACETS, &additions.facets()).await?;
        self.put(&SYMLINKS, &additions.symlinks()).await?;
        self.put(&RUNS, &additions.runs(now)).await?;
        self.put(&FLOWS, &additions.flows()).await?;
        self.put_tellings(additions.tellings()).await?;
        self.put(&SNAPSHOTS, &additions.telling_runs()).await?;
        Ok(additions.unheeded(&heeded))
    }

    /// Forgets some of the events and runs that were heard of last before this time; answers whether there may be more.
    pub async fn forget_declared(&mut self, before: Millis, most: u32) -> Result<bool> {
        let mut has_more = false;
        for sql in [FORGET_EVENTS, FORGET_RUNS] {
            let gone = on_both!(&mut **self, link => {
                let query = sqlx::query(sql).bind(before).bind(i64::from(most));
                query.execute(link).await.map(|done| done.rows_affected())
            })?;
            has_more |= gone >= u64::from(most);
        }
        Ok(has_more)
    }

    async fn put(&mut self, statement: &'static Statement, rows: &[Vec<Cell<'_>>]) -> Result<()> {
        for (text, piece, blanks) in pieces(statement, rows) {
            on_both!(&mut **self, link => bound!(sqlx::query(text), piece, blanks).execute(link).await.map(|_| ()))?;
        }
        Ok(())
    }

    async fn put_tellings(&mut self, tellings: &Tellings<'_>) -> Result<()> {
        let again = tellings.again();
        let again: Vec<_> = again.iter().map(Told::row).collect();
        let told_again = self.put_answered(&TOLD_AGAIN, &again).await?.into_iter().collect();
        let (last, columns) = tellings.whole(&told_again);
        let last: Vec<_> = last.iter().map(Told::row).collect();
        let columns: Vec<_> = columns.iter().map(|(id, column)| column.row(id)).collect();
        self.put(&SETTLED, &last).await?;
        self.put(&TELLINGS, &last).await?;
        self.put(&COLUMNS, &columns).await
    }

    /// Answers by which two names those rows go that changed something.
    async fn put_answered(
        &mut self,
        statement: &'static Statement,
        rows: &[Vec<Cell<'_>>],
    ) -> Result<Vec<(String, String)>> {
        let mut answered: Vec<(String, String)> = Vec::new();
        for (text, piece, blanks) in pieces(statement, rows) {
            let changed: Vec<(String, String)> =
                on_both!(&mut **self, link => bound!(sqlx::query_as(text), piece, blanks).fetch_all(link).await)?;
            answered.extend(changed);
        }
        Ok(answered)
    }
}

impl Cell<'_> {
    /// The same kind of cell in a row that is passed over.
    fn blank(&self) -> Cell<'static> {
        match self {
            Self::Text(_) => Cell::Text(""),
            Self::MaybeText(_) => Cell::MaybeText(None),
            Self::Number(_) => Cell::Number(0),
            Self::MaybeNumber(_) => Cell::MaybeNumber(None),
            Self::Flag(_) => Cell::Flag(false),
        }
    }
}

/// Rows whose first column is a text that is never empty.
fn upsert(into: &str, columns: usize, tail: &str) -> Texts {
    let names: Vec<_> = (1..=columns).map(|number| format!("column{number}")).collect();
    let head = format!("INSERT INTO {into} SELECT {} FROM", names.join(", "));
    Texts::values(&head, columns, &format!("WHERE column1 <> '' ON CONFLICT {tail}"))
}

/// Under which id a node is kept.
pub fn node_id(entity: &Entity) -> String {
    let Named { namespace, name } = entity.named();
    hash(&[entity.kind(), namespace, name])
}

/// Texts as 32 hexadecimal digits: the same on every node and in every release. None of the texts has a NUL.
pub(crate) fn hash(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    let mut written = String::with_capacity(32);
    for byte in hash.finalize().iter().take(16) {
        written.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
    }
    written
}
