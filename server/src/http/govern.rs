//! Our own doors, under `/govern/v1`.

pub(super) mod applications;
pub(super) mod check;
pub(super) mod consumers;
pub(super) mod events;
pub(super) mod explain;
pub(super) mod graph;
pub(super) mod lineage;
pub(super) mod policies;
pub(super) mod search;
pub(super) mod settings;
pub(super) mod subjects;
pub(super) mod tokens;
pub(super) mod trying;
pub(super) mod usage;
pub(super) mod violations;
pub(super) mod whoami;
