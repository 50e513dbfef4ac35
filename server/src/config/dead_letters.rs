//! Where do records go that their topics don't take, and how long may that last?

use std::time::Duration;

use super::credential::Credential;
use super::proxy::BrokerAddress;
use super::section::section;
use super::setting::{ByteSize, Problems, setting_words};

section! {
    /// How dead letters are written: by a producer of the proxy's own, idempotent and with `acks=all`. Policies say which
    /// records become dead letters, and in which topic. It should exist, unless brokers make topics by themselves.
    pub struct DeadLettersConfig in "dead_letters" {
        /// The brokers to write them to. Those of the proxy unless set.
        pub brokers: Vec<BrokerAddress> = Vec::new(),
        /// How to speak to them: `plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`.
        pub security: Security = Security::Plaintext,
        /// The authorities that may have signed their certificates, a PEM file. Unless set, those that the system trusts.
        pub ca: Option<String> = None,
        /// How to log in with SASL: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
        pub mechanism: String = "SCRAM-SHA-512".to_owned(),
        /// The user to log in as.
        pub user: Option<String> = None,
        /// The user's password, or `file:PATH`.
        pub password: Option<Credential> = None,
        /// How many letters may wait to be written. More are lost, and counted; a record that was to be removed is kept, and
        /// its producer told to try again.
        pub max_waiting: usize = 100_000,
        /// How many bytes of them may wait.
        pub max_waiting_bytes: ByteSize = ByteSize(64 << 20),
        /// How long a letter may take. A producer whose records are removed waits for them.
        pub timeout: Duration = Duration::from_secs(10),
    }
}

setting_words! {
    /// How to speak to brokers.
    pub enum Security {
        Plaintext = "plaintext",
        Ssl = "ssl",
        SaslPlaintext = "sasl_plaintext",
        SaslSsl = "sasl_ssl",
    }
}

impl DeadLettersConfig {
    /// Complains about what does not go together.
    pub fn check(&self, problems: &mut Problems) {
        let logs_in = matches!(self.security, Security::SaslPlaintext | Security::SaslSsl);
        if logs_in && (self.user.is_none() || self.password.is_none()) {
            problems.add("dead_letters.security is SASL, which needs dead_letters.user and dead_letters.password");
        }
        if self.max_waiting == 0 {
            problems.add("dead_letters.max_waiting is at least 1");
        }
        if self.timeout < Duration::from_millis(100) {
            problems.add("dead_letters.timeout is at least 100ms");
        }
    }
}
