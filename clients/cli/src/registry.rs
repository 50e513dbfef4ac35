//! How is a registry reached? Its address and credentials become a client, and its trouble ours.

use std::path::Path;
use std::time::Duration;

use tidegate_client::{Client, ClientError};

use crate::args::Global;
use crate::exit::Exit;
use crate::project::{Project, Registry};
use crate::trouble::{Result, Trouble, on_file};

/// A registry that can be asked.
pub(crate) struct Connection {
    /// `prod`, or the address where it has no name.
    pub(crate) name: String,
    pub(crate) client: Client,
    runtime: tokio::runtime::Runtime,
}

impl Connection {
    /// The registry of a name, or else the one that is meant without one: `--url` and `TIDEGATE_URL` come before the default
    /// of the project.
    pub(crate) fn open(project: Option<&Project>, global: &Global, name: Option<&str>) -> Result<Self> {
        if global.offline {
            return Err(Trouble::usage("a registry can't be asked with --offline")
                .help("compare with `snapshot:.tidegate/snapshot.json` or `git:main`"));
        }
        let (name, registry) = match (name, &global.url, project) {
            (None, Some(url), _) => {
                let registry = Registry {
                    url: url.clone(),
                    token: global.token.clone(),
                    user: global.user.clone(),
                    password: global.password.clone(),
                    ca: global.ca.clone(),
                };
                (host(url).to_owned(), registry)
            }
            (name, _, Some(project)) => {
                let (name, registry) = project.registry(name)?;
                (name.to_owned(), filled(registry, name, &project.root)?)
            }
            (_, _, None) => {
                return Err(Trouble::usage("no registry is named").help("give --url, or set TIDEGATE_URL"));
            }
        };
        let mut builder = Client::builder(&registry.url).agent(concat!("tidegate/", env!("CARGO_PKG_VERSION")));
        if let Some(seconds) = global.timeout.flatten() {
            builder = builder.timeout(Duration::from_secs(seconds));
        }
        if let Some(token) = registry.token.filter(|token| !token.is_empty()) {
            builder = builder.token(token);
        } else if let Some(user) = registry.user {
            builder = builder.password(user, registry.password.unwrap_or_default());
        }
        if let Some(path) = &registry.ca {
            let path = Path::new(path);
            builder = builder.authorities(std::fs::read(path).map_err(|error| on_file(path, "read", &error))?);
        }
        let client = builder.build().map_err(|error| Trouble::usage(error.to_string()))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Trouble::unreachable(format!("no network can be used: {error}")))?;
        Ok(Self { name, client, runtime })
    }

    /// Waits for an answer.
    pub(crate) fn wait<T>(&self, answer: impl Future<Output = std::result::Result<T, ClientError>>) -> Result<T> {
        self.runtime.block_on(answer).map_err(|error| self.trouble(error))
    }

    /// Waits for an answer that may be a refusal.
    pub(crate) fn ask<T>(&self, answer: impl Future<Output = T>) -> T {
        self.runtime.block_on(answer)
    }

    /// What it means that something was not done: a registry that refuses it has a reason that its author can do something
    /// about, and anything else is not theirs.
    pub(crate) fn refusal(&self, error: ClientError) -> Trouble {
        let is_trouble = error.is_trouble();
        match error {
            ClientError::Refused { code, message, .. } if !is_trouble => {
                Trouble::usage(format!("{message} ({code})")).with_exit(Exit::Findings)
            }
            error => self.trouble(error),
        }
    }

    /// What a failed question means for whoever runs this.
    pub(crate) fn trouble(&self, error: ClientError) -> Trouble {
        let name = &self.name;
        match &error {
            ClientError::Refused { status: 401, message, .. } => {
                Trouble::unreachable(format!("the registry `{name}` does not know these credentials: {message}"))
                    .help("set the token of the registry, TIDEGATE_TOKEN for --url")
            }
            ClientError::Refused { status: 403, message, .. } => {
                let message = format!("the registry `{name}` does not allow this: {message}");
                Trouble { is_forbidden: true, ..Trouble::unreachable(message) }
            }
            error if error.is_trouble() => {
                Trouble::unreachable(format!("the registry `{name}` gave no answer: {error}"))
            }
            error => Trouble::unreachable(format!("the registry `{name}` refuses: {error}")),
        }
    }
}

/// A registry with the variables of the environment in place.
fn filled(registry: &Registry, name: &str, root: &Path) -> Result<Registry> {
    let fill = |text: &String| {
        expand(text, &|variable| std::env::var(variable).ok()).map_err(|missing| {
            Trouble::usage(format!("the registry `{name}` needs the variable {missing}, which is not set"))
        })
    };
    Ok(Registry {
        url: fill(&registry.url)?,
        token: registry.token.as_ref().map(fill).transpose()?,
        user: registry.user.as_ref().map(fill).transpose()?,
        password: registry.password.as_ref().map(fill).transpose()?,
        ca: registry.ca.as_ref().map(fill).transpose()?.map(|path| root.join(path).display().to_string()),
    })
}

/// Replaces `${NAME}`.
///
/// # Errors
/// The name of a variable that is not there.
fn expand(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> std::result::Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        filled.push_str(&variable(name).ok_or_else(|| name.to_owned())?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// `https://user@registry.example:8081/path` is `registry.example:8081`.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split('/').next().unwrap_or(rest);
    rest.rsplit_once('@').map_or(rest, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_and_missed_by_name() {
        let known = |name: &str| (name == "TOKEN").then(|| "s3".to_owned());
        assert_eq!(expand("a${TOKEN}b", &known).as_deref(), Ok("as3b"));
        assert_eq!(expand("$TOKEN ${", &known).as_deref(), Ok("$TOKEN ${"));
        assert_eq!(expand("${OTHER}", &known), Err("OTHER".to_owned()));
        assert_eq!(host("https://u:p@registry.example:8081/x"), "registry.example:8081");
    }
}
