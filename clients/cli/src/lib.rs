//! `tidegate`: what does a schema change break, for whom, and how is it fixed? Arguments become a command, a command a
//! report, and a report text or any other form.
//!
//! Verdicts are those of `tidegate-compat`, which the registry asks as well. Everything that can be done without a network
//! is done without one.

mod args;
mod baseline;
mod check;
mod commands;
mod contracts;
mod crash;
mod doubts;
mod exit;
mod finding;
mod fixtures;
mod frame;
mod git;
mod ignores;
mod lint;
mod local;
mod names;
mod opened;
mod pii;
mod plan;
mod project;
mod records;
mod registry;
mod render;
mod report;
mod rules;
mod suggest;
mod terminal;
mod together;
mod tree;
mod trouble;
mod usage;
mod words;

use std::ffi::OsString;

use clap::Parser;

use args::Arguments;
use exit::Exit;
use terminal::Terminal;

/// Runs the command that the arguments name, the program itself first, and tells the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.code() } else { Exit::Clean.code() };
        }
    };
    let terminal = Terminal::of(&arguments.global);
    let tell = move |text: &str| terminal.complain(text);
    crash::guard(std::env::temp_dir(), arguments.command.name(), tell, |exit| std::process::exit(exit.code().into()));
    let exit = commands::run(&arguments, &terminal).unwrap_or_else(|trouble| {
        terminal.complain(&render::trouble(&trouble, &terminal));
        trouble.exit
    });
    exit.code()
}
