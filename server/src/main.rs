//! The one daemon: from flags to a running registry and proxy, and to an exit code.
//!
//! 0: done, or stopped when asked to. 1: it could not start. 2: flags or configuration are wrong; all problems are told.

#![expect(unreachable_pub, reason = "in a program `pub` means: for the other modules")]

mod adapters;
mod app;
mod banner;
mod cli;
mod config;
#[cfg(feature = "dev-broker")]
mod dev_broker;
mod http;
mod metrics;
mod reference;
mod shutdown;
mod telemetry;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::app::Role;
use crate::cli::{Cli, Command};
use crate::config::{Config, Problems};
use crate::telemetry::Telemetry;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long the last traces and metrics may take to leave, per signal.
const LAST_EXPORT: Duration = Duration::from_millis(400);

fn main() -> ExitCode {
    let command = Cli::parse().command;
    let layers = command.layers(std::env::vars_os().filter_map(as_text));
    match command {
        Command::Config { check: false, .. } => print(&config::sample()),
        Command::Config { check: true, .. } => match Config::load(layers) {
            Ok(_) => print("The configuration is right.\n"),
            Err(problems) => refuse(&problems),
        },
        Command::Reference { of } => print(&reference::text(of)),
        Command::Serve { .. } => start(Role::Serve, Config::load(layers)),
        Command::Proxy { .. } => start(Role::Proxy, Config::load(layers)),
        Command::Dev { .. } => start(Role::Dev, Config::load(layers)),
    }
}

fn start(role: Role, config: Result<Config, Problems>) -> ExitCode {
    match config.and_then(|config| role.check(config)) {
        Ok(config) => run(role, config),
        Err(problems) => refuse(&problems),
    }
}

fn run(role: Role, config: Config) -> ExitCode {
    let telemetry = match Telemetry::start(&config.telemetry) {
        Ok(telemetry) => telemetry,
        Err(error) => return refuse(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let outcome = runtime.block_on(app::run(role, config, telemetry.prometheus()));
    runtime.shutdown_timeout(Duration::from_millis(100));
    telemetry.shut_down(LAST_EXPORT);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn refuse(problems: &dyn std::fmt::Display) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{}", problems.to_string().trim_end());
    ExitCode::from(2)
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "tidegate-server can't start: {}", app::with_causes(error));
    ExitCode::FAILURE
}

/// Variables that are not text can't be meant for us.
fn as_text((name, value): (std::ffi::OsString, std::ffi::OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}
