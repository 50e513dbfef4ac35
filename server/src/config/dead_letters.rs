//! Where do records go that their topics don't take, and how long may that last?

use std::time::Duration;

use super::clusters::ClusterConfig;
use super::credential::Credential;
use super::proxy::BrokerAddress;
use super::section::section;
use super::setting::{ByteSize, Problems, setting_words};

section! {
    /// How dead letters are written: by a producer of the proxy's own, idempotent and with `acks=all`. Policies say which
    /// records become dead letters, and in which topic. It should exist, unless brokers make topics by themselves.
    pub struct DeadLettersConfig in "dead_letters" {
        /// The brokers to write them to. Those of the record's cluster unless set.
        pub brokers: Vec<BrokerAddress> = Vec::new(),
        /// How to speak to them: `plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`. Unless set, as the proxy speaks to the
        /// cluster (`broker_tls`), with a login if there is a `user`.
        pub security: Option<Security> = None,
        /// The authorities that may have signed their certificates, a PEM file. Unless set, those of the cluster
        /// (`broker_ca`) where its own brokers are written to, else those that the system trusts.
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

/// Where the letters of one cluster go, and how.
#[derive(Debug, Clone)]
pub struct Route {
    pub brokers: Vec<String>,
    pub security: Security,
    pub ca: Option<String>,
    /// What to show to brokers: a certificate and its key, PEM files.
    pub certificate: Option<(String, String)>,
}

impl DeadLettersConfig {
    /// What is not said here is as with the cluster that the records were meant for.
    pub fn route(&self, cluster: &ClusterConfig) -> Route {
        let is_apart = !self.brokers.is_empty();
        let brokers = if is_apart { &self.brokers } else { &cluster.brokers };
        let security = self.security.unwrap_or(match (cluster.broker_tls && !is_apart, self.user.is_some()) {
            (false, false) => Security::Plaintext,
            (true, false) => Security::Ssl,
            (false, true) => Security::SaslPlaintext,
            (true, true) => Security::SaslSsl,
        });
        let own = || cluster.broker_ca.clone().filter(|_| !is_apart);
        let certificate = cluster.broker_certificate.clone().zip(cluster.broker_key.clone()).filter(|_| !is_apart);
        Route {
            brokers: brokers.iter().map(ToString::to_string).collect(),
            security,
            ca: self.ca.clone().or_else(own),
            certificate,
        }
    }

    /// Complains about what does not go together.
    pub fn check(&self, problems: &mut Problems) {
        let logs_in = matches!(self.security, Some(Security::SaslPlaintext | Security::SaslSsl));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster() -> ClusterConfig {
        ClusterConfig {
            brokers: vec![BrokerAddress::parse("kafka:9093").unwrap()],
            broker_tls: true,
            broker_ca: Some("ca.pem".to_owned()),
            broker_certificate: Some("cert.pem".to_owned()),
            broker_key: Some("key.pem".to_owned()),
            ..ClusterConfig::default()
        }
    }

    #[test]
    fn letters_go_the_way_that_the_records_would_have_gone() {
        let route = DeadLettersConfig::default().route(&cluster());
        assert_eq!(route.brokers, ["kafka:9093"]);
        assert_eq!((route.security, route.ca.as_deref()), (Security::Ssl, Some("ca.pem")));
        assert_eq!(route.certificate, Some(("cert.pem".to_owned(), "key.pem".to_owned())));
        let user = DeadLettersConfig { user: Some("tidegate".to_owned()), ..DeadLettersConfig::default() };
        assert_eq!(user.route(&cluster()).security, Security::SaslSsl);
        assert_eq!(user.route(&ClusterConfig::default()).security, Security::SaslPlaintext);
    }

    #[test]
    fn brokers_of_their_own_are_told_nothing_of_the_cluster() {
        let brokers = vec![BrokerAddress::parse("letters:9092").unwrap()];
        let route = DeadLettersConfig { brokers, ..DeadLettersConfig::default() }.route(&cluster());
        assert_eq!(route.brokers, ["letters:9092"]);
        assert_eq!((route.security, route.ca, route.certificate), (Security::Plaintext, None, None));
    }
}
