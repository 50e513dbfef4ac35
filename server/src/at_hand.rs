//! What can an operator do beside a running server? Make, list and end tokens in the store, and hash a password.
//!
//! This is how the first token comes to be: whoever can open the database needs no other permission.

use std::fmt::Write as _;
use std::io::{BufRead, IsTerminal, Write};

use tidegate_registry::{Actor, Error, Grants, NewToken, Registry};

use crate::app::{self, StartError};
use crate::cli::TokenCommand;
use crate::config::Config;
use crate::http::{hash_password, rfc3339};

/// Why it did not work out.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("{0}")]
    Registry(#[from] Error),
    #[error("the runtime does not start")]
    Runtime(#[from] std::io::Error),
    #[error("{0}")]
    Password(String),
}

/// What is to be printed.
pub fn token(command: TokenCommand, config: &Config) -> Result<String, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let registry = app::open_registry(config).await?;
        carry_out(command, &registry).await
    })
}

/// The hash of the password that comes by standard input, for `auth.users`.
pub fn hash() -> Result<String, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let _ = write!(std::io::stderr(), "Password (it shows while you type): ");
        let _ = std::io::stderr().flush();
    }
    let mut password = String::new();
    stdin.lock().read_line(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::Password("no password came by standard input".into()));
    }
    hash_password(password).map(|hash| format!("{hash}\n")).map_err(Failure::Password)
}

async fn carry_out(command: TokenCommand, registry: &Registry) -> Result<String, Failure> {
    let actor = Actor { name: "operator".to_owned(), origin: "command line".to_owned() };
    match command {
        TokenCommand::Create { name, grants, expires, .. } => {
            let new = NewToken { name, grants: Grants::new(grants), expires_in: expires };
            let (token, text) = registry.create_token(&actor, new).await?;
            let _ = writeln!(
                std::io::stderr(),
                "The token of '{}', which may {}. It can't be shown again.",
                token.name,
                words(&token.grants)
            );
            Ok(format!("{text}\n"))
        }
        TokenCommand::List { .. } => Ok(table(registry).await?),
        TokenCommand::Revoke { name, .. } => {
            registry.revoke_token(&actor, &name).await?;
            Ok(format!("The token of '{name}' is over.\n"))
        }
    }
}

async fn table(registry: &Registry) -> Result<String, Error> {
    let mut text = String::new();
    for token in registry.tokens().await? {
        let until = token.expires_at.map_or("it is revoked".to_owned(), rfc3339);
        let used = token.used_at.map_or("never".to_owned(), rfc3339);
        let (name, grants) = (&token.name, words(&token.grants));
        let _ = writeln!(
            text,
            "{name}\t{grants}\tmade {} by {}\tuntil {until}\tlast used {used}",
            rfc3339(token.created_at),
            token.created_by
        );
    }
    Ok(text)
}

fn words(grants: &Grants) -> String {
    grants.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
