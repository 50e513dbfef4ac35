//! Does the registry behave as it should? Stories, each told on every database.
//!
//! SQLite always runs, in memory and in a file. PostgreSQL runs when `TIDEGATE_TEST_POSTGRES` holds the URL of a database in which
//! schemas may be created.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod access;
mod associations;
mod checks;
mod concurrency;
mod contexts;
mod contracts;
mod decided;
mod deletes;
mod house;
mod import;
mod lineage;
mod lookups;
mod news;
mod overview;
mod policies;
mod references;
mod registration;
mod reserved;
mod settings;
mod tagging;
mod tokens;
mod violations;
