//! Which tokens are there? Their hashes, and what goes with each.

use crate::error::plain;
use crate::session::on_both;
use crate::{Result, Session, Tx};

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TokenRow {
    pub name: String,
    /// SHA-256 of the token in lower-case hexadecimal digits.
    pub hash: String,
    /// A JSON array of texts, each a grant.
    pub grants: String,
    /// Milliseconds since 1970, as all times here.
    pub created_at: i64,
    pub created_by: String,
    /// `None`: never.
    pub expires_at: Option<i64>,
    /// Roughly when it was last used.
    pub used_at: Option<i64>,
}

const ALL: &str = "SELECT name, hash, grants, created_at, created_by, expires_at, used_at FROM tokens ORDER BY name";

const INSERT: &str = "INSERT INTO tokens (name, hash, grants, created_at, created_by, expires_at, used_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

const DELETE: &str = "DELETE FROM tokens WHERE name = $1";

const USED: &str = "UPDATE tokens SET used_at = $2 WHERE hash = $1 AND (used_at IS NULL OR used_at < $2)";

impl Session {
    /// All tokens, by name.
    pub async fn tokens(&mut self) -> Result<Vec<TokenRow>> {
        Ok(on_both!(self, link => sqlx::query_as(ALL).fetch_all(link).await)?)
    }
}

impl Tx {
    /// A conflict if the name is taken.
    pub async fn add_token(&mut self, token: &TokenRow) -> Result<()> {
        let (name, by, grants) = (plain(&token.name)?, plain(&token.created_by)?, plain(&token.grants)?);
        on_both!(&mut **self, link => sqlx::query(INSERT)
            .bind(name)
            .bind(&token.hash)
            .bind(grants)
            .bind(token.created_at)
            .bind(by)
            .bind(token.expires_at)
            .bind(token.used_at)
            .execute(link)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Answers whether it was there.
    pub async fn remove_token(&mut self, name: &str) -> Result<bool> {
        let name = plain(name)?;
        let gone = on_both!(&mut **self, link =>
            sqlx::query(DELETE).bind(name).execute(link).await.map(|done| done.rows_affected()))?;
        Ok(gone > 0)
    }

    /// Notes when a token was used, if that is news.
    pub async fn note_use(&mut self, hash: &str, at: i64) -> Result<()> {
        on_both!(&mut **self, link => sqlx::query(USED).bind(hash).bind(at).execute(link).await.map(|_| ()))?;
        Ok(())
    }
}
