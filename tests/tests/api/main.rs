//! Does the registry speak as clients of the Confluent Schema Registry expect? Whole-product tests over HTTP: the real
//! binary, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod applications;
mod associations;
mod auth;
mod columns;
mod compatibility;
mod consumers;
mod contexts;
mod contracts;
mod declared;
mod deleting;
mod emission;
mod errors;
mod events;
mod explain;
mod fast;
mod formats;
mod graph;
mod guards;
mod held;
mod hostile;
mod lineage;
mod listings;
mod lookups;
mod marquez;
mod overview;
mod page;
mod policies;
mod process;
mod references;
mod registering;
mod schemas;
mod search;
mod settings;
mod tags;
mod tls;
mod together;
mod transport;
mod trying;
mod ui;
mod vectors;
mod violations;
