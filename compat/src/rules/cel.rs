//! What do expressions in CEL say about payloads?
//!
//! [`compile`] makes a [`program`] of a text, with the [`types`] that the schema gives; [`eval`] runs it on [`value`]s in
//! the view of a payload, with [`functions`] of our own and some of the [`library`].

mod compile;
mod depth;
mod eval;
mod formats;
mod functions;
mod library;
mod program;
#[cfg(test)]
mod tests;
mod time;
mod types;
mod value;

pub(super) use compile::{About, Compiled, Ground, Remark, expression};
pub(super) use eval::{FieldVars, MAX_STEPS, Run, truth};
pub(super) use program::Program;
pub(super) use types::Reading;
pub(super) use value::{Fault, Val};
