//! How does lineage come in and go out as OpenLineage's clients and Marquez's know it, under `/api/v1`?

mod body;
pub(super) mod catalog;
pub(super) mod events;
pub(super) mod graphs;
mod page;
mod refusal;
pub(super) mod runs;
mod shown;
