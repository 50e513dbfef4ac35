//! Whose token is this? Tokens are made, shown once, kept as hashes, and end when they are revoked or expire.
//!
//! A token has 256 random bits: its plain SHA-256 can't be guessed back, and costs nothing to look up.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};
use tidegate_store::TokenRow;

use crate::model::now;
use crate::{Access, Actor, Error, Grant, Grants, Registry, Result};

/// How every token begins, so that it is known for one wherever it turns up.
pub const PREFIX: &str = "tdg_";

/// All tokens are kept in memory.
const MAX_TOKENS: usize = 10_000;
const MAX_GRANTS: usize = 100;
const MAX_NAME: usize = 100;
/// How exactly it is noted when a token was last used, in milliseconds.
const USE_PRECISION: i64 = 10 * 60 * 1000;

/// A token, as far as it is known to anybody but its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub name: String,
    pub grants: Grants,
    /// Milliseconds since 1970, as all times here.
    pub created_at: i64,
    pub created_by: String,
    pub expires_at: Option<i64>,
    /// When it was last used, give or take some minutes.
    pub used_at: Option<i64>,
}

/// A token that somebody wants to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    pub name: String,
    pub grants: Grants,
    /// `None`: until it is revoked.
    pub expires_in: Option<Duration>,
}

type Hash = [u8; 32];

/// The tokens of one revision.
#[derive(Debug, Default)]
pub(crate) struct KnownTokens {
    table: ArcSwapOption<Table>,
    /// Taken by whoever reads them again, so that others wait for the one answer.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Table {
    revision: u64,
    by_hash: HashMap<Hash, Known>,
}

#[derive(Debug)]
struct Known {
    name: Arc<str>,
    grants: Grants,
    expires_at: Option<i64>,
    used_at: AtomicI64,
}

impl Registry {
    /// Makes a token. The text beside it is the token itself, which nobody can tell again.
    pub async fn create_token(&self, actor: &Actor, new: NewToken) -> Result<(Token, String)> {
        new.check()?;
        let text = random_text()?;
        let expires_in = new.expires_in.map(|span| i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
        let created_at = now();
        let token = Token {
            name: new.name,
            grants: new.grants,
            created_at,
            created_by: actor.name.clone(),
            expires_at: expires_in.map(|span| created_at.saturating_add(span)),
            used_at: None,
        };
        let mut tx = self.store().write().await?;
        let others = tx.tokens().await?;
        if others.iter().any(|other| other.name == token.name) {
            return Err(Error::TokenExists(token.name));
        }
        if others.len() >= MAX_TOKENS {
            return Err(Error::InvalidToken(format!("there are {MAX_TOKENS} tokens already: revoke some")));
        }
        match tx.add_token(&token.row(&hex(&hash(&text)))).await {
            Err(tidegate_store::Error::Conflict(_)) => return Err(Error::TokenExists(token.name)),
            added => added?,
        }
        let told = json!({"name": token.name, "grants": words(&token.grants), "expiresAt": token.expires_at});
        tx.commit(actor.change_of_all("token.create", None, Some(told.to_string()))).await?;
        Ok((token, text))
    }

    /// Ends a token: here at once, on other nodes as soon as they know of any change.
    pub async fn revoke_token(&self, actor: &Actor, name: &str) -> Result<()> {
        let mut tx = self.store().write().await?;
        if !tx.remove_token(name).await? {
            return Err(Error::TokenNotFound(name.to_owned()));
        }
        let told = json!({"name": name}).to_string();
        tx.commit(actor.change_of_all("token.revoke", Some(told), None)).await?;
        Ok(())
    }

    /// All tokens, by name; expired ones too.
    pub async fn tokens(&self) -> Result<Vec<Token>> {
        let rows = self.store().read().await?.tokens().await?;
        Ok(rows.into_iter().map(Token::from).collect())
    }

    /// Whether there are any.
    pub async fn has_tokens(&self) -> Result<bool> {
        Ok(!self.known_tokens().await?.by_hash.is_empty())
    }

    /// [`Self::has_tokens`], if it is known without asking the store.
    pub fn has_tokens_now(&self) -> Option<bool> {
        self.inner.cache.tokens.at(self.revision()).map(|table| !table.by_hash.is_empty())
    }

    /// Who brings this token; `None` if it is none of ours, or is over.
    pub async fn bearer(&self, text: &str) -> Result<Option<Access>> {
        let table = self.known_tokens().await?;
        Ok(self.bearer_in(&table, text))
    }

    /// [`Self::bearer`], if it is known without asking the store.
    pub fn bearer_now(&self, text: &str) -> Option<Access> {
        self.inner.cache.tokens.at(self.revision()).and_then(|table| self.bearer_in(&table, text))
    }

    fn bearer_in(&self, table: &Table, text: &str) -> Option<Access> {
        let hash = hash(text);
        let known = table.by_hash.get(&hash)?;
        let now = now();
        if known.expires_at.is_some_and(|end| end <= now) {
            return None;
        }
        self.note_use(known, hash, now);
        Some(Access::named(Arc::clone(&known.name), known.grants.clone()))
    }

    async fn known_tokens(&self) -> Result<Arc<Table>> {
        let tokens = &self.inner.cache.tokens;
        if let Some(table) = tokens.at(self.revision()) {
            return Ok(table);
        }
        let _reading = tokens.reading.lock().await;
        let revision = self.revision();
        if let Some(table) = tokens.at(revision) {
            return Ok(table);
        }
        self.inner.metrics.cache_miss("tokens");
        let rows = self.store().read().await?.tokens().await?;
        let table = Arc::new(Table { revision, by_hash: rows.into_iter().filter_map(known).collect() });
        tokens.table.store(Some(Arc::clone(&table)));
        Ok(table)
    }

    /// Writes down that a token was used, if that was not done lately; nobody waits for it.
    fn note_use(&self, known: &Known, hash: Hash, now: i64) {
        let before = known.used_at.load(Ordering::Relaxed);
        if now.saturating_sub(before) < USE_PRECISION
            || known.used_at.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_err()
        {
            return;
        }
        let store = self.store().clone();
        tokio::spawn(async move {
            let noted = async {
                let mut tx = store.write().await?;
                tx.note_use(&hex(&hash), now).await?;
                tx.commit_unrecorded().await
            };
            if let Err(error) = noted.await {
                tracing::debug!(%error, "the use of a token could not be noted");
            }
        });
    }
}

impl KnownTokens {
    fn at(&self, revision: u64) -> Option<Arc<Table>> {
        self.table.load_full().filter(|table| table.revision >= revision)
    }
}

impl NewToken {
    fn check(&self) -> Result<()> {
        let invalid = |reason: &str| Err(Error::InvalidToken(reason.to_owned()));
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@:/".contains(c);
        if self.name.is_empty() || self.name.len() > MAX_NAME || !self.name.chars().all(plain) {
            return invalid("the name of a token has 1 to 100 letters, digits or any of -_.@:/");
        }
        if self.grants.is_empty() {
            return invalid("a token without grants is good for nothing: give some, as in [\"write orders-\"]");
        }
        if self.grants.iter().count() > MAX_GRANTS {
            return invalid("a token has at most 100 grants");
        }
        if self.expires_in == Some(Duration::ZERO) {
            return invalid("the token would be over before it begins");
        }
        Ok(())
    }
}

impl Token {
    fn row(&self, hash: &str) -> TokenRow {
        TokenRow {
            name: self.name.clone(),
            hash: hash.to_owned(),
            grants: json!(words(&self.grants)).to_string(),
            created_at: self.created_at,
            created_by: self.created_by.clone(),
            expires_at: self.expires_at,
            used_at: self.used_at,
        }
    }
}

impl From<TokenRow> for Token {
    fn from(row: TokenRow) -> Self {
        let grants = grants_of(&row);
        let TokenRow { name, created_at, created_by, expires_at, used_at, .. } = row;
        Self { name, grants, created_at, created_by, expires_at, used_at }
    }
}

fn known(row: TokenRow) -> Option<(Hash, Known)> {
    let hash = bytes(&row.hash)?;
    let used_at = AtomicI64::new(row.used_at.unwrap_or(0));
    Some((hash, Known { grants: grants_of(&row), name: row.name.into(), expires_at: row.expires_at, used_at }))
}

/// A grant that we can't read is one that we don't give: it may be a newer release's.
fn grants_of(row: &TokenRow) -> Grants {
    let texts: Vec<String> = serde_json::from_str(&row.grants).unwrap_or_default();
    Grants::new(texts.iter().filter_map(|text| {
        let grant = Grant::parse(text);
        grant.inspect_err(|_| tracing::warn!(token.name = row.name, "a grant of the token is not understood")).ok()
    }))
}

fn words(grants: &Grants) -> Vec<String> {
    grants.iter().map(ToString::to_string).collect()
}

fn random_text() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::InvalidToken(format!("no random numbers: {error}")))?;
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

fn hash(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (byte, place) in hash.iter_mut().zip(0..) {
        *byte = u8::from_str_radix(&hex[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_survive_being_written() {
        let hash = hash("tdg_x");
        assert_eq!(bytes(&hex(&hash)), Some(hash));
        assert_eq!(bytes("ab"), None);
        assert_eq!(bytes(&"zz".repeat(32)), None);
    }

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let (one, other) = (random_text().unwrap(), random_text().unwrap());
        assert_ne!(one, other);
        assert!(one.starts_with(PREFIX) && one.len() == PREFIX.len() + 43, "{one}");
    }
}
