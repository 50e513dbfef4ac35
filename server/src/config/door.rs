//! How do records get in over HTTP?

use std::fmt;

use super::section::section;
use super::setting::{Node, Problems, Setting};

section! {
    /// Records over HTTP, at `/kafka/v3` beside the proxy. They are written through this server's own proxy, so that they are
    /// judged as any producer's.
    pub struct DoorConfig in "door" {
        /// Whether records are taken over HTTP. Each caller needs the right to write on a subject of the topic.
        pub enabled: bool = true,
        /// More settings for the producer behind the door, in the words of librdkafka, each written `name=value`: what the
        /// proxy's port or the cluster asks of a producer, as in `[security.protocol=SASL_SSL, sasl.username=door]`. Where
        /// `proxy.tls_certificate` is set, `security.protocol` is `SSL` unless said here, and authorities that the system
        /// does not trust are named by `ssl.ca.location`.
        pub settings: Vec<DoorSetting> = Vec::new(),
    }
}

/// One setting of the producer. Its value is shown nowhere: it may be a password.
#[derive(Clone, PartialEq, Eq)]
pub struct DoorSetting {
    name: String,
    value: String,
}

impl DoorSetting {
    #[cfg(test)]
    pub fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned() }
    }

    /// Name and value.
    pub fn parts(&self) -> (&str, &str) {
        (&self.name, &self.value)
    }
}

impl fmt::Debug for DoorSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=***", self.name)
    }
}

impl Setting for DoorSetting {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let text = node.scalar(problems)?;
        let Some((name, value)) = text.split_once('=') else {
            problems.at(&node.place, "a setting of the door is written name=value");
            return None;
        };
        Some(Self { name: name.trim().to_owned(), value: value.trim().to_owned() })
    }

    fn show(&self) -> Option<String> {
        Some(format!("\"{}=***\"", self.name))
    }
}
