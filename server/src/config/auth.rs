//! Who may use the registry, and for what?

use argon2::PasswordHash;
use tidegate_registry::{Grant, Right};

use super::credential::Credential;
use super::section::{read_item, section};
use super::setting::{Node, Problems, Setting, setting_text, setting_words};

section! {
    /// Who may use the HTTP port: users with a password, callers with a token (`tidegate-server token`), and the rest.
    /// Without any of it only callers on this machine are served, and may do everything. docs/security.md tells more.
    pub struct AuthConfig in "auth" {
        /// Users for HTTP basic authentication. An entry has the keys of `user` below:
        ///
        ///   - name: ci
        ///     password: "$argon2id$..."
        ///     grants: ["write orders-", read]
        pub users: Vec<UserConfig> = Vec::new(),
        /// What callers without credentials may do: `none`, `read`, `write` or `admin`. Unless set, `none` once there are
        /// users or tokens; without any, everything, and then only a loopback address may be listened on.
        pub anonymous: Option<Anonymous> = None,
        /// Whether `/metrics` is open to everybody, or needs the right to read. Unless set, it is open on a loopback address.
        pub metrics: Option<MetricsAccess> = None,
    }
}

section! {
    /// A user with a password.
    pub struct UserConfig in "user" {
        /// The name to log in with, and for the audit. Without colons.
        pub name: String = String::new(),
        /// The hash of the password, as `tidegate-server auth hash` prints it (Argon2 in PHC form); or `file:PATH`, a file
        /// that holds it.
        pub password: Option<Credential> = None,
        /// What the user may do, as in `read`, `write orders-`, `write :.staging:` or `admin`: a right, and where it holds
        /// as a subject prefix.
        pub grants: Vec<Grant> = Vec::new(),
    }
}

setting_words! {
    /// What callers without credentials may do.
    pub enum Anonymous { None = "none", Read = "read", Write = "write", Admin = "admin" }
}
setting_words! {
    /// Who may see metrics.
    pub enum MetricsAccess { Open = "open", Read = "read" }
}
setting_text!(Grant, |text: &str| Grant::parse(text).map_err(|error| error.to_string()));

impl Anonymous {
    pub fn right(self) -> Option<Right> {
        match self {
            Self::None => None,
            Self::Read => Some(Right::Read),
            Self::Write => Some(Right::Write),
            Self::Admin => Some(Right::Admin),
        }
    }
}

impl AuthConfig {
    /// Complains about users that share a name.
    pub fn check(&self, problems: &mut Problems) {
        let names: Vec<_> = self.users.iter().map(|user| user.name.as_str()).collect();
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                problems.add(format!("auth.users names '{name}' twice"));
            }
        }
    }
}

impl Setting for UserConfig {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let user: Self = read_item(node, problems);
        let mut complain = |reason: String| problems.at(&node.place, reason);
        if user.name.is_empty() || user.name.contains(':') || user.name.chars().any(char::is_control) {
            complain("a user needs a 'name' without colons".to_owned());
        }
        match &user.password {
            None => complain(format!("user '{}' needs a 'password': its hash", user.name)),
            Some(hash) if !is_hash(hash.reveal()) => complain(format!(
                "the password of user '{}' is no Argon2 hash; `tidegate-server auth hash` makes one",
                user.name
            )),
            Some(_) => {}
        }
        if user.grants.is_empty() {
            complain(format!("user '{}' needs 'grants': what may be done?", user.name));
        }
        Some(user)
    }

    fn show(&self) -> Option<String> {
        Some(format!("{{name: \"{}\"}}", self.name))
    }
}

fn is_hash(text: &str) -> bool {
    PasswordHash::new(text).is_ok_and(|hash| hash.algorithm.as_str().starts_with("argon2") && hash.hash.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Layers, Override};

    fn load(users: &str) -> Result<Config, Problems> {
        let flag = Override { flag: "--set".into(), section: "auth".into(), key: "users".into(), value: users.into() };
        Config::load(Layers { flags: vec![flag], ..Layers::default() })
    }

    const HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$RImIjsyxaIflNWFI1IH5rOtwoBK9E4w1E8aTF6j+8ew";

    #[test]
    fn users_have_a_name_a_hash_and_grants() {
        let config = load(&format!("[{{name: ann, password: '{HASH}', grants: [read, 'write orders-']}}]")).unwrap();
        assert_eq!(config.auth.users[0].grants.len(), 2);
        for (users, complaint) in [
            ("[{}]".to_owned(), "'name'"),
            ("[{name: ann, password: secret, grants: [read]}]".to_owned(), "auth hash"),
            (format!("[{{name: ann, password: '{HASH}'}}]"), "'grants'"),
            (format!("[{{name: ann, password: '{HASH}', grants: [everything]}}]"), "rights are"),
            (format!("[{{name: 'a:b', password: '{HASH}', grants: [read]}}]"), "colons"),
            ("[{name: ann, password: 'file:nowhere/at/all', grants: [read]}]".to_owned(), "can't be read"),
        ] {
            let problems = load(&users).unwrap_err().to_string();
            assert!(problems.contains(complaint), "{complaint}\n{problems}");
            assert!(!problems.contains("secret"), "{problems}");
        }
    }

    #[test]
    fn names_are_unique() {
        let one = format!("{{name: ann, password: '{HASH}', grants: [read]}}");
        assert!(load(&format!("[{one}, {one}]")).unwrap_err().to_string().contains("twice"));
    }
}
