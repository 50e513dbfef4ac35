//! What was typed? Subcommands and flags; every flag is a setting of the configuration under a shorter name.

#![expect(clippy::doc_markdown, reason = "these doc comments are help texts, printed as they are")]

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use tidegate_registry::Grant;

use crate::config::{Layers, Override};
use crate::reference::Topic;

/// Schema registry, validating Kafka proxy and lineage in one daemon.
///
/// Start with `tidegate-server dev`: everything on this machine, with an in-memory Kafka broker for trying it out.
#[derive(Debug, Parser)]
#[command(name = "tidegate-server", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the registry, and the proxy too when brokers are named.
    Serve {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        registry: RegistryFlags,
        #[command(flatten)]
        proxy: ProxyFlags,
    },
    /// Run only the proxy, against a registry elsewhere.
    Proxy {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        proxy: ProxyFlags,
        /// The registry to ask, as in http://registry:8081.
        #[arg(long, value_name = "URL")]
        registry: Option<String>,
        /// Address and port for /health and /metrics.
        #[arg(long, value_name = "ADDRESS:PORT")]
        listen: Option<String>,
    },
    /// Run everything on this machine for development: SQLite, registry, proxy and, unless brokers are named, an
    /// in-memory Kafka broker.
    Dev {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        registry: RegistryFlags,
        #[command(flatten)]
        proxy: ProxyFlags,
    },
    /// Print a commented configuration file with every setting at its default.
    Config {
        #[command(flatten)]
        common: Common,
        /// Read the configuration instead, from file, environment and --set, and say whether it is right.
        #[arg(long)]
        check: bool,
    },
    /// Make, list and end tokens, in the store itself: how the first one comes to be.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Help with auth.users.
    #[command(subcommand)]
    Auth(AuthCommand),
    /// Print a page of the reference: what docs/ holds, made from the code.
    #[command(hide = true)]
    Reference { of: Topic },
}

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it. It is not kept, only its hash is.
    Create {
        /// Who it is for; the audit calls its user so.
        name: String,
        /// What may be done with it: read, write, admin or observe, and where as a subject prefix, as in
        /// --grant "write orders-" --grant "read :.staging:". Can be given many times.
        #[arg(long = "grant", value_name = "GRANT", required = true, value_parser = parse_grant)]
        grants: Vec<Grant>,
        /// When it ends by itself, as in 12h or 90d [default: never].
        #[arg(long, value_name = "SPAN", value_parser = parse_span)]
        expires: Option<Duration>,
        #[command(flatten)]
        place: Place,
    },
    /// List tokens: what they may do, when they were made and last used.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// End a token. A running server takes notice within a second.
    Revoke {
        name: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
pub enum AuthCommand {
    /// Read a password from standard input and print its hash, as auth.users wants it.
    Hash,
}

/// Which store a command works on.
#[derive(Debug, Args)]
pub struct Place {
    #[command(flatten)]
    common: Common,
    /// The database [default: sqlite://tidegate-data/tidegate.db].
    #[arg(long, value_name = "URL")]
    store: Option<String>,
}

#[derive(Debug, Args)]
pub struct Common {
    /// The configuration file [default: tidegate-server.yaml, if there is one].
    #[arg(long, short, value_name = "FILE", env = "TIDEGATE_CONFIG")]
    config: Option<PathBuf>,
    /// Set any setting, as in --set http.max_body=8MiB. Can be given many times.
    #[arg(long, value_name = "SECTION.KEY=VALUE", value_parser = parse_override)]
    set: Vec<Override>,
    /// What to log, as in info, debug or info,tidegate_proxy=debug.
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
}

#[derive(Debug, Args)]
pub struct RegistryFlags {
    /// Address and port of the registry [default: 127.0.0.1:8081].
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The database: sqlite://path or postgres://user:password@host/database [default: sqlite://tidegate-data/tidegate.db].
    #[arg(long, value_name = "URL")]
    store: Option<String>,
}

#[derive(Debug, Args)]
pub struct ProxyFlags {
    /// Bootstrap brokers of the Kafka cluster behind the proxy, with commas.
    #[arg(long, value_name = "HOST:PORT,...")]
    brokers: Option<String>,
    /// Where Kafka clients connect; brokers get the ports after it [default: 127.0.0.1:9092].
    #[arg(long, value_name = "ADDRESS:PORT")]
    proxy_listen: Option<String>,
}

impl Command {
    /// The layers of configuration that this invocation asks for.
    pub fn layers(&self, environment: impl IntoIterator<Item = (String, String)>) -> Layers {
        let (common, flags) = match self {
            Self::Serve { common, registry, proxy } | Self::Dev { common, registry, proxy } => {
                (common, [registry.overrides(), proxy.overrides()].concat())
            }
            Self::Proxy { common, proxy, registry, listen } => {
                let own = [("--registry", "proxy", "registry_url", registry), ("--listen", "http", "listen", listen)];
                (common, [overrides(own), proxy.overrides()].concat())
            }
            Self::Config { common, .. } => (common, Vec::new()),
            Self::Token(
                TokenCommand::Create { place, .. } | TokenCommand::List { place } | TokenCommand::Revoke { place, .. },
            ) => (&place.common, overrides([("--store", "store", "url", &place.store)])),
            Self::Reference { .. } | Self::Auth(_) => return Layers::default(),
        };
        let log = overrides([("--log", "telemetry", "log", &common.log)]);
        Layers {
            file: common.config.clone(),
            environment: environment.into_iter().collect(),
            flags: [common.set.clone(), flags, log].concat(),
        }
    }
}

impl RegistryFlags {
    fn overrides(&self) -> Vec<Override> {
        overrides([("--listen", "http", "listen", &self.listen), ("--store", "store", "url", &self.store)])
    }
}

impl ProxyFlags {
    fn overrides(&self) -> Vec<Override> {
        overrides([
            ("--brokers", "proxy", "brokers", &self.brokers),
            ("--proxy-listen", "proxy", "listen", &self.proxy_listen),
        ])
    }
}

fn overrides<const N: usize>(flags: [(&str, &str, &str, &Option<String>); N]) -> Vec<Override> {
    let given = flags.into_iter().filter_map(|(flag, section, key, value)| {
        let value = value.clone()?;
        Some(Override { flag: flag.into(), section: section.into(), key: key.into(), value })
    });
    given.collect()
}

fn parse_override(text: &str) -> Result<Override, String> {
    let parts = text.split_once('=').and_then(|(path, value)| Some((path.split_once('.')?, value)));
    let ((section, key), value) = parts.ok_or("expected section.key=value, as in http.max_body=8MiB")?;
    Ok(Override {
        flag: format!("--set {section}.{key}"),
        section: section.into(),
        key: key.into(),
        value: value.into(),
    })
}

fn parse_grant(text: &str) -> Result<Grant, String> {
    Grant::parse(text).map_err(|expected| format!("expected {expected}"))
}

fn parse_span(text: &str) -> Result<Duration, String> {
    let expected = "expected a span such as 30m, 12h or 90d";
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or(expected)?;
    let unit: u64 = match unit {
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(expected.into()),
    };
    let seconds = number.parse::<u64>().ok().filter(|number| *number > 0).and_then(|number| number.checked_mul(unit));
    seconds.map(Duration::from_secs).ok_or_else(|| expected.into())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::config::Config;

    fn config(arguments: &[&str]) -> Config {
        let cli = Cli::try_parse_from(arguments).unwrap();
        Config::load(cli.command.layers([])).unwrap()
    }

    #[test]
    fn flags_are_declared_consistently() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_reach_their_settings() {
        let config = config(&[
            "tidegate-server",
            "serve",
            "--listen",
            "0.0.0.0:1",
            "--store",
            "postgres://h/d",
            "--brokers",
            "k:1,k:2",
            "--proxy-listen",
            "0.0.0.0:2",
            "--set",
            "lineage.flush_interval=1s",
            "--log",
            "debug",
        ]);
        assert_eq!(config.http.listen.port(), 1);
        assert_eq!(config.store.url, "postgres://h/d");
        assert_eq!(config.proxy.brokers.len(), 2);
        assert_eq!(config.proxy.listen.port(), 2);
        assert_eq!(config.lineage.flush_interval.as_secs(), 1);
        assert_eq!(config.telemetry.log, "debug");
    }

    #[test]
    fn spans_have_units() {
        assert_eq!(parse_span("90d"), Ok(Duration::from_secs(90 * 86_400)));
        for wrong in ["", "d", "0h", "5", "1y", "-1d", "9999999999999999999d", "1ü"] {
            assert!(parse_span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_proxy_command_takes_a_registry() {
        let config = config(&["tidegate-server", "proxy", "--registry", "http://r:8081/", "--brokers", "k:1"]);
        assert_eq!(config.proxy.registry_url.unwrap().to_string(), "http://r:8081");
    }
}
