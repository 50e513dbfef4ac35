//! Where are schemas, settings, audit and lineage kept?

use std::time::Duration;

use super::section::section;

section! {
    /// The database: SQLite for one node, PostgreSQL for one or more.
    pub struct StoreConfig in "store" {
        /// `sqlite://path`, `sqlite::memory:` or `postgres://user:password@host/database`. Tables are created and brought
        /// up to date at start. The folder of a SQLite file is created if it is missing.
        pub url: String = "sqlite://tidegate-data/tidegate.db".to_owned(),
        /// PostgreSQL only: how long each wait for it may take, for a connection and for the answer to a statement. After that
        /// the request is refused with 503. A statement includes the wait for the locks of other writers.
        pub timeout: Duration = tidegate_store::db::TIMEOUT,
    }
}

/// The URL as it may be shown: without the password.
pub fn without_password(url: &str) -> String {
    let shown = || {
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?']).next()?;
        let (user, host) = authority.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:***@{host}{}", &rest[authority.len()..]))
    };
    let shown = shown().unwrap_or_else(|| url.to_owned());
    // Passwords are also taken from the query, as in ?password=…
    match shown.split_once('?') {
        Some((url, query)) if query.to_lowercase().contains("password") => format!("{url}?***"),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        let shown = [
            ("postgres://me:secret@db:5432/tidegate", "postgres://me:***@db:5432/tidegate"),
            ("postgres://me:se@cret@db/t?sslmode=require", "postgres://me:***@db/t?sslmode=require"),
            ("postgres://me@db/t?password=secret", "postgres://me@db/t?***"),
            ("postgres://db/t", "postgres://db/t"),
            ("sqlite://data/t.db", "sqlite://data/t.db"),
            ("sqlite::memory:", "sqlite::memory:"),
        ];
        for (url, expected) in shown {
            assert_eq!(without_password(url), expected);
        }
    }
}
