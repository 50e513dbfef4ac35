//! Our own doors, under `/govern/v1`.

pub(super) mod lineage;
