//! How does a bench get a registry that is full? Rows written straight into its tables, a thousand at a time.
//!
//! Through the front door it would take minutes. What is written is what registrations would have left behind, but for
//! the audit and for fingerprints, which are numbers in their form.

use std::fmt::Write;
use std::io;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

/// How many rows a statement writes.
const CHUNK: i32 = 1000;
/// Every so many-th subject is soft-deleted, belongs to the context `.team`, or has a config of its own.
const DELETED: i32 = 10;
const ELSEWHERE: i32 = 20;
const CONFIGURED: i32 = 50;

/// What to fill a registry with.
#[derive(Debug, Clone, Copy)]
pub struct Filling {
    pub subjects: i32,
    /// How many versions each has, all different schemas.
    pub versions: i32,
}

impl Filling {
    /// The name of a subject. All have the same length, so that they sort by their number.
    pub fn subject(number: i32) -> String {
        let domain = ["orders", "payments", "shipping", "users"][(number % 4) as usize];
        if number % ELSEWHERE == 7 {
            format!(":.team:{domain}.topic-{number:06}-value")
        } else {
            format!("{domain}.topic-{number:06}-value")
        }
    }

    /// Fills the tables of an empty store, which a server has made before. Ids count up from 1 in each context.
    pub fn write(self, store: &str) -> io::Result<()> {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            if store.starts_with("sqlite") {
                let mut connection = SqliteConnection::connect(store).await.map_err(io::Error::other)?;
                connection.execute("PRAGMA synchronous = OFF").await.map_err(io::Error::other)?;
                for statement in self.statements() {
                    connection.execute(AssertSqlSafe(statement)).await.map_err(io::Error::other)?;
                }
                connection.close().await.map_err(io::Error::other)
            } else {
                let mut connection = PgConnection::connect(store).await.map_err(io::Error::other)?;
                for statement in self.statements() {
                    connection.execute(AssertSqlSafe(statement)).await.map_err(io::Error::other)?;
                }
                // What the server would do by itself within a minute.
                connection.execute("VACUUM ANALYZE").await.map_err(io::Error::other)?;
                connection.close().await.map_err(io::Error::other)
            }
        })
    }

    fn statements(self) -> impl Iterator<Item = String> {
        let [default, team] = [".", ".team"].map(|context| self.ids_in(context));
        let ends = [
            format!("INSERT INTO contexts (name, last_id) VALUES ('.', {default}), ('.team', {team})"),
            format!("UPDATE revision SET changes = {}", self.subjects * self.versions),
        ];
        (0..self.subjects).step_by(CHUNK as usize).flat_map(move |first| self.chunk(first)).chain(ends)
    }

    /// How many ids a context has.
    fn ids_in(self, context: &str) -> i32 {
        let elsewhere = (0..self.subjects).filter(|number| number % ELSEWHERE == 7).count() as i32;
        self.versions * if context == "." { self.subjects - elsewhere } else { elsewhere }
    }

    fn chunk(self, first: i32) -> [String; 4] {
        let (mut contents, mut subjects, mut versions, mut settings) =
            (Rows::default(), Rows::default(), Rows::default(), Rows::default());
        for number in first..(first + CHUNK).min(self.subjects) {
            let listed_as = Self::subject(number);
            let bare = listed_as.strip_prefix(":.team:");
            let (context, name) = bare.map_or((".", &*listed_as), |bare| (".team", bare));
            let latest = if is_deleted(number) { 0 } else { self.versions };
            subjects.add(format_args!("'{context}', '{name}', {latest}, {}, '{listed_as}'", self.versions));
            if number % CONFIGURED == 0 {
                settings.add(format_args!("'{context}', '{name}', '{{\"level\":\"FULL\"}}'"));
            }
            for version in 1..=self.versions {
                let id = self.id(number, version);
                let body = body(number, version);
                let owner = format!("{{\"properties\":{{\"owner\":\"team-{}\"}}}}", number % 97);
                let fingerprint = fingerprint(number, version);
                contents.add(format_args!("'{context}', {id}, '{fingerprint}', 'AVRO', '{body}', '[]', '{owner}'"));
                let (stored_at, is_deleted) = (1_790_000_000_000 + i64::from(number), is_deleted(number));
                versions.add(format_args!("'{context}', '{name}', {version}, {id}, {stored_at}, {is_deleted}"));
            }
        }
        [
            contents.into("contents (context, id, fingerprint, kind, body, refs, metadata)"),
            subjects.into("subjects (context, name, latest, highest, listed_as)"),
            versions.into("versions (context, subject, version, id, stored_at, is_deleted)"),
            settings.into("settings (context, subject, config)"),
        ]
    }

    /// The id of a version in its context.
    fn id(self, number: i32, version: i32) -> i32 {
        let elsewhere_before = (number + ELSEWHERE - 8) / ELSEWHERE;
        let place = if number % ELSEWHERE == 7 { elsewhere_before } else { number - elsewhere_before };
        place * self.versions + version
    }
}

fn is_deleted(number: i32) -> bool {
    number % DELETED == 3
}

/// The text of a schema, about 450 bytes as many are.
fn body(number: i32, version: i32) -> String {
    let fields: Vec<_> = (0..8 + version)
        .map(|field| format!("{{\"name\":\"field_{field}\",\"type\":[\"null\",\"string\"],\"default\":null}}"))
        .collect();
    format!(
        "{{\"type\":\"record\",\"name\":\"Event{number}\",\"namespace\":\"com.shop\",\"fields\":[{}]}}",
        fields.join(",")
    )
}

fn fingerprint(number: i32, version: i32) -> String {
    format!("{number:08x}-0000-4000-8000-{version:012x}")
}

/// The values of one statement.
#[derive(Default)]
struct Rows(String);

impl Rows {
    fn add(&mut self, values: std::fmt::Arguments<'_>) {
        let separator = if self.0.is_empty() { "" } else { ", " };
        // Writing to a String can't fail.
        let _ = write!(self.0, "{separator}({values})");
    }

    fn into(self, table: &str) -> String {
        if self.0.is_empty() { "SELECT 1".to_owned() } else { format!("INSERT INTO {table} VALUES {}", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_count_up_per_context_without_holes() {
        let filling = Filling { subjects: 100, versions: 2 };
        for (context, is_elsewhere) in [(".", false), (".team", true)] {
            let numbers = (0..100).filter(|number| (number % ELSEWHERE == 7) == is_elsewhere);
            let ids: BTreeSet<_> =
                numbers.flat_map(|number| [1, 2].map(|version| filling.id(number, version))).collect();
            assert_eq!(ids, (1..=filling.ids_in(context)).collect());
        }
    }
}
