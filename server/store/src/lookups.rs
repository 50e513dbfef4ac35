//! Who fetched which schema from the registry?

use std::sync::Arc;

use tidegate_compat::{ContextName, SchemaId};
use tidegate_lineage::{Identity, Lookup, Millis, SchemaRef};

use crate::error::plain;
use crate::rows::{Statement, Texts, pieces};
use crate::session::{Session, addend, on_both, sum, unsigned};
use crate::{Result, Tx};

static ADD: Statement = Statement::new(|| {
    Texts::values(
        "INSERT INTO schema_lookups (schema_context, schema_id, principal, software, address, lookups, first_seen, \
         last_seen) SELECT column1, column2, column3, column4, column5, column6, column7, column8 FROM",
        8,
        concat!(
            "WHERE column1 <> '' ON CONFLICT (schema_context, schema_id, principal, software, address) DO UPDATE SET ",
            sum!("schema_lookups", "lookups"),
            ", first_seen = CASE WHEN schema_lookups.first_seen < excluded.first_seen \
                 THEN schema_lookups.first_seen ELSE excluded.first_seen END, \
             last_seen = CASE WHEN schema_lookups.last_seen > excluded.last_seen \
                 THEN schema_lookups.last_seen ELSE excluded.last_seen END"
        ),
    )
});

/// How many clients of one schema are told of, those seen last.
static OF_SCHEMAS: Statement = Statement::new(|| {
    let query = "SELECT schema_id, principal, software, address, lookups, first_seen, last_seen FROM schema_lookups \
         WHERE schema_context = $1 AND schema_id = $2 AND last_seen >= $3 AND first_seen < $4 \
         ORDER BY last_seen DESC, principal, software, address LIMIT 500";
    Texts::union(&format!("SELECT * FROM ({query}) AS looked_up"), 4, "")
});

const FORGET: &str = "DELETE FROM schema_lookups WHERE last_seen < $1";

type Row = (i32, String, String, String, i64, i64, i64);

impl Tx {
    /// Adds what was counted to what is stored; each who-and-what occurs once among it.
    pub async fn add_lookups(&mut self, lookups: &[Lookup]) -> Result<()> {
        // Sorted, so that two nodes that flush the same never wait for each other in a circle.
        let mut sorted: Vec<_> = lookups.iter().collect();
        sorted.sort_by(|one, other| (&one.schema, &one.who).cmp(&(&other.schema, &other.who)));
        for (text, piece, blanks) in pieces(&ADD, &sorted) {
            on_both!(&mut **self, link => {
                let mut query = sqlx::query(text);
                for seen in piece {
                    query = query.bind(seen.schema.context.as_str()).bind(seen.schema.id.0);
                    query = query.bind(&*seen.who.principal).bind(&*seen.who.software).bind(&*seen.who.address);
                    query = query.bind(addend(seen.count)).bind(seen.first).bind(seen.last);
                }
                for _ in 0..blanks {
                    query = query.bind("").bind(0_i32).bind("").bind("").bind("").bind(0_i64).bind(0_i64).bind(0_i64);
                }
                query.execute(link).await.map(|_| ())
            })?;
        }
        Ok(())
    }

    /// Forgets who has fetched a schema for the last time before this.
    pub async fn forget_lookups(&mut self, before: Millis) -> Result<()> {
        on_both!(&mut **self, link => sqlx::query(FORGET).bind(before).execute(link).await.map(|_| ()))
    }
}

impl Session {
    /// Who fetched schemas of a context and was seen at it from one time to before another; with the sums of all times.
    pub async fn lookups_of(
        &mut self,
        context: &ContextName,
        ids: &[SchemaId],
        (from, to): (Millis, Millis),
    ) -> Result<Vec<Lookup>> {
        let name = plain(context.as_str())?;
        let mut found = Vec::new();
        for (text, piece, blanks) in pieces(&OF_SCHEMAS, ids) {
            let rows: Vec<Row> = on_both!(self, link => {
                let mut query = sqlx::query_as(text);
                // No schema has the id -1.
                for id in piece.iter().map(|id| id.0).chain(std::iter::repeat_n(-1, blanks)) {
                    query = query.bind(name).bind(id).bind(from).bind(to);
                }
                query.fetch_all(link).await
            })?;
            for (id, principal, software, address, count, first, last) in rows {
                let who = Identity {
                    client_id: Arc::from(""),
                    software: software.into(),
                    principal: principal.into(),
                    address: address.into(),
                };
                let schema = SchemaRef { context: context.clone(), id: SchemaId(id) };
                found.push(Lookup { who: Arc::new(who), schema, count: unsigned(count)?, first, last });
            }
        }
        Ok(found)
    }
}
