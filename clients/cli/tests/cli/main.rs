//! Does the command line do what it says? The real binary, in folders and repositories of its own, without a network but for a registry beside them.

mod accepting;
mod checking;
mod commands;
mod consumers;
mod contracts;
mod fake;
mod gits;
mod hooks;
mod hostile;
mod monorepo;
mod parts;
mod places;
mod planning;
mod records;
mod registering;
mod registry;
mod repo;
mod server;
mod unreachable;
mod usage;
