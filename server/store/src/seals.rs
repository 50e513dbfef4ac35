//! Which secrets are needed to read this database, and how does it get rid of one?
//!
//! Whoever stores a sensitive property first notes what it was sealed with, so that opening a database costs one look at
//! few rows. Only after the secret has changed, everything that is sensitive is sealed anew, once.

use tidegate_compat::Metadata;

use crate::json;
use crate::sealing::Sealing;
use crate::session::on_both;
use crate::{Config, Result, Session, Store, Tx};

const ALL: &str = "SELECT secret FROM seals ORDER BY secret";

/// Also the lock that keeps sealing anew and storing apart: the order is this row, then what is sealed.
const NOTE: &str = "INSERT INTO seals (secret) VALUES ($1) ON CONFLICT (secret) DO UPDATE SET secret = excluded.secret";

const FORGET: &str = "DELETE FROM seals WHERE secret = $1";

/// Everything sensitive names what is, whether it is sealed or not.
const CONTENTS: &str = "SELECT context, id, metadata FROM contents \
     WHERE (context > $1 OR (context = $1 AND id > $2)) AND metadata LIKE '%\"sensitive\":[%' \
     ORDER BY context, id LIMIT $3";

const SETTINGS: &str = "SELECT context, subject, config FROM settings \
     WHERE (context > $1 OR (context = $1 AND subject > $2)) AND config LIKE '%\"sensitive\":[%' \
     ORDER BY context, subject LIMIT $3";

const AUDIT: &str = "SELECT revision, before, after FROM audit WHERE revision > $1 AND action LIKE 'config.%' \
     AND (before LIKE '%\"sensitive\":[%' OR after LIKE '%\"sensitive\":[%') ORDER BY revision LIMIT $2";

const PUT_CONTENT: &str = "UPDATE contents SET metadata = $3 WHERE context = $1 AND id = $2";
const PUT_SETTING: &str = "UPDATE settings SET config = $3 WHERE context = $1 AND subject = $2";
const PUT_AUDIT: &str = "UPDATE audit SET before = $2, after = $3 WHERE revision = $1";

/// How many rows are in memory at once.
const PIECE: i64 = 500;

impl Store {
    /// Sees to it that everything sensitive is sealed with the secret of today, or tells that a secret is missing.
    pub(crate) async fn settle_seals(&self) -> Result<()> {
        let sealing = self.sealing();
        let notes = self.read().await?.seals().await?;
        let outdated: Vec<_> = notes.into_iter().filter(|name| name != sealing.name()).collect();
        if outdated.is_empty() {
            return Ok(());
        }
        let mut tx = self.write().await?;
        for name in &outdated {
            tx.note(name).await?;
        }
        let count = tx.seal_anew(sealing).await?;
        for name in &outdated {
            on_both!(&mut *tx, link => sqlx::query(FORGET).bind(name).execute(link).await.map(|_| ()))?;
        }
        if count > 0 {
            tx.note(sealing.name()).await?;
        }
        tx.commit_unrecorded().await?;
        if count > 0 {
            tracing::info!(count, "sensitive properties were sealed with the secret of today");
        }
        Ok(())
    }
}

impl Session {
    async fn seals(&mut self) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = on_both!(self, link => sqlx::query_as(ALL).fetch_all(link).await)?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }
}

impl Tx {
    /// Notes that something sensitive comes, if one of these is. Before it is written: see [`NOTE`].
    pub(crate) async fn note_sensitive(&mut self, metadata: impl IntoIterator<Item = &Metadata>) -> Result<()> {
        if metadata.into_iter().all(|metadata| metadata.sensitive.is_empty()) {
            return Ok(());
        }
        let sealing = self.sealing();
        self.note(sealing.name()).await
    }

    async fn note(&mut self, name: &str) -> Result<()> {
        on_both!(&mut **self, link => sqlx::query(NOTE).bind(name).execute(link).await.map(|_| ()))?;
        Ok(())
    }

    /// Opens all that is sensitive and seals it with the secret of today; answers in how many rows.
    async fn seal_anew(&mut self, sealing: &Sealing) -> Result<usize> {
        let contents = self.seal_contents_anew(sealing).await?;
        Ok(contents + self.seal_settings_anew(sealing).await? + self.seal_audit_anew(sealing).await?)
    }

    async fn seal_contents_anew(&mut self, sealing: &Sealing) -> Result<usize> {
        let (mut count, mut last) = (0, (String::new(), 0));
        loop {
            let rows: Vec<(String, i32, String)> = on_both!(&mut **self, link =>
                sqlx::query_as(CONTENTS).bind(&last.0).bind(last.1).bind(PIECE).fetch_all(link).await)?;
            let Some((context, id, _)) = rows.last() else { return Ok(count) };
            last = (context.clone(), *id);
            count += rows.len();
            for (context, id, text) in rows {
                let text = json::write_metadata(&json::read_metadata(&text, sealing)?, sealing)?;
                on_both!(&mut **self, link => sqlx::query(PUT_CONTENT)
                    .bind(&context).bind(id).bind(&text).execute(link).await.map(|_| ()))?;
            }
        }
    }

    async fn seal_settings_anew(&mut self, sealing: &Sealing) -> Result<usize> {
        let (mut count, mut last) = (0, (String::new(), String::new()));
        loop {
            let rows: Vec<(String, String, String)> = on_both!(&mut **self, link =>
                sqlx::query_as(SETTINGS).bind(&last.0).bind(&last.1).bind(PIECE).fetch_all(link).await)?;
            let Some((context, subject, _)) = rows.last() else { return Ok(count) };
            last = (context.clone(), subject.clone());
            count += rows.len();
            for (context, subject, text) in rows {
                let text = again(&text, sealing)?;
                on_both!(&mut **self, link => sqlx::query(PUT_SETTING)
                    .bind(&context).bind(&subject).bind(&text).execute(link).await.map(|_| ()))?;
            }
        }
    }

    async fn seal_audit_anew(&mut self, sealing: &Sealing) -> Result<usize> {
        let (mut count, mut last) = (0, 0);
        loop {
            let rows: Vec<(i64, Option<String>, Option<String>)> = on_both!(&mut **self, link =>
                sqlx::query_as(AUDIT).bind(last).bind(PIECE).fetch_all(link).await)?;
            let Some((revision, ..)) = rows.last() else { return Ok(count) };
            last = *revision;
            count += rows.len();
            for (revision, before, after) in rows {
                let again = |text: Option<String>| text.map(|text| again(&text, sealing)).transpose();
                let (before, after) = (again(before)?, again(after)?);
                on_both!(&mut **self, link => sqlx::query(PUT_AUDIT)
                    .bind(revision).bind(&before).bind(&after).execute(link).await.map(|_| ()))?;
            }
        }
    }
}

impl Config {
    /// What it gives to the schemas that are registered under it.
    pub(crate) fn metadata(&self) -> impl Iterator<Item = &Metadata> {
        [&self.default_metadata, &self.override_metadata].into_iter().flatten()
    }
}

fn again(config: &str, sealing: &Sealing) -> Result<String> {
    json::write_config(&json::read_config(config, sealing)?, sealing)
}
