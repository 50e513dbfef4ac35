//! The one daemon: from flags to a running registry and proxy, and to an exit code.
//!
//! 0: done, or stopped when asked to. 1: it could not start. 2: flags or configuration are wrong; all problems are told.

#![expect(unreachable_pub, reason = "in a program `pub` means: for the other modules")]

mod adapters;
mod app;
mod at_hand;
mod banner;
mod cli;
mod clusters;
mod config;
mod contract_words;
#[cfg(feature = "dev-broker")]
mod dev_broker;
mod door;
mod http;
mod last_records;
mod librdkafka;
mod live;
mod metrics;
mod policy_words;
mod reference;
mod shutdown;
mod survey;
mod telemetry;
mod tls;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::app::Role;
use crate::cli::{AuthCommand, Cli, Command};
use crate::config::{Config, Problems};
use crate::telemetry::Telemetry;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long the last traces and metrics may take to leave, per signal.
const LAST_EXPORT: Duration = Duration::from_millis(400);

fn main() -> ExitCode {
    use_ring();
    let command = Cli::parse().command;
    let layers = command.layers(std::env::vars_os().filter_map(as_text));
    match command {
        Command::Config { check: false, .. } => print(&config::sample()),
        Command::Config { check: true, .. } => match Config::load(layers) {
            Ok(_) => print("The configuration is right.\n"),
            Err(problems) => refuse(&problems),
        },
        Command::Reference { of } => print(&reference::text(of)),
        Command::Auth(AuthCommand::Hash) => told(at_hand::hash()),
        Command::Token(command) => match Config::load(layers) {
            Ok(config) => told(at_hand::token(command, &config)),
            Err(problems) => refuse(&problems),
        },
        Command::Serve { .. } => start(Role::Serve, Config::load(layers)),
        Command::Proxy { .. } => start(Role::Proxy, Config::load(layers)),
        Command::Dev { .. } => start(Role::Dev, Config::load(layers)),
    }
}

/// Makes ring what TLS computes with in this process. Saying so again does nothing.
pub fn use_ring() {
    let _ = rustls::crypto::ring::default_provider().install_default();
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
        Err(error) => return fail("tidegate-server can't start: ", &error),
    };
    let outcome = runtime.block_on(app::run(role, config, telemetry.prometheus()));
    runtime.shutdown_timeout(Duration::from_millis(100));
    telemetry.shut_down(LAST_EXPORT);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_about_configuration() => refuse(&app::with_causes(&error)),
        Err(error) => fail("tidegate-server can't start: ", &error),
    }
}

fn told(text: Result<String, at_hand::Failure>) -> ExitCode {
    match text {
        Ok(text) => print(&text),
        Err(error) => fail("", &error),
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

fn fail(what: &str, error: &dyn std::error::Error) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{what}{}", app::with_causes(error));
    ExitCode::FAILURE
}

/// Variables that are not text can't be meant for us.
fn as_text((name, value): (std::ffi::OsString, std::ffi::OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}
