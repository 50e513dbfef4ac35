//! What do expressions in CEL say about payloads?
//!
//! [`compile`] makes a [`program`] of a text, with the [`types`] that the schema gives; [`eval`] runs it on [`value`]s in
//! the view of a payload, with [`functions`] that are all ours: the crate that parses has some too, and is held
//! against them.

mod compile;
mod depth;
mod eval;
mod extensions;
pub(super) mod formats;
mod functions;
mod program;
#[cfg(test)]
mod tests;
mod time;
mod types;
mod value;
mod zone;

pub(super) use compile::{About, Compiled, Ground, Remark, expression};
pub(super) use eval::{FieldVars, MAX_STEPS, Run, is_zero, truth};
pub(super) use functions::contains;
pub(super) use program::{Constant, Program, Set};
pub(super) use types::Reading;
pub(super) use value::{Fault, Val, order, scalars_equal};
