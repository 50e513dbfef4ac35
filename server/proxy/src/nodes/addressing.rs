//! Which port, or which name, stands for which broker?

/// How clients tell brokers apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addressing {
    /// By a port for each.
    Ports(BrokerPorts),
    /// By a name for each, on the port for bootstrapping. The name comes with TLS.
    Names(BrokerNames),
}

/// Which ports stand for which brokers: neighbouring ports for neighbouring ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokerPorts {
    /// The id of the broker that gets the first port.
    pub first_id: i32,
    /// The first port; with 0 the system chooses all of them.
    pub first: u16,
    /// The last port.
    pub last: u16,
}

impl BrokerPorts {
    /// The ports after the one for bootstrapping, for ids from 0 on.
    pub const fn after(bootstrap: u16) -> Self {
        const DEFAULT: u16 = 1_000;
        if bootstrap == 0 {
            return Self { first_id: 0, first: 0, last: 0 };
        }
        Self { first_id: 0, first: bootstrap.saturating_add(1), last: bootstrap.saturating_add(DEFAULT) }
    }

    /// The port of a broker. `None` if its id is beyond what there are ports for.
    pub(super) fn of(self, node: i32) -> Option<u16> {
        if self.first == 0 {
            return Some(0);
        }
        let offset = u16::try_from(node.checked_sub(self.first_id)?).ok()?;
        self.first.checked_add(offset).filter(|port| *port <= self.last)
    }
}

/// Which names stand for which brokers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerNames {
    before: String,
    after: String,
    /// The port that clients are sent to.
    pub port: u16,
}

impl BrokerNames {
    /// What stands for the id in a pattern.
    pub const ID: &'static str = "{id}";

    /// `pattern` as in `broker-{id}.kafka.example.com`; `None` if it doesn't have the id once, in its first label.
    pub fn new(pattern: &str, port: u16) -> Option<Self> {
        let (before, after) = pattern.split_once(Self::ID)?;
        let is_of_a_name = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        let fits = is_of_a_name(before) && is_of_a_name(after) && !before.contains('.') && pattern.len() < 200;
        fits.then(|| Self { before: before.to_ascii_lowercase(), after: after.to_ascii_lowercase(), port })
    }

    pub(super) fn host(&self, node: i32) -> String {
        format!("{}{node}{}", self.before, self.after)
    }

    /// The broker that is asked for by name; `None` if the name is none of these.
    pub(super) fn id(&self, name: &str) -> Option<i32> {
        let name = name.to_ascii_lowercase();
        let id = name.strip_prefix(&self.before)?.strip_suffix(&self.after)?;
        id.parse().ok().filter(|id: &i32| *id >= 0 && name == self.host(*id))
    }
}

/// Host and port of an address, which may be an IPv6 address in brackets.
pub(super) fn host_and_port(address: &str) -> Option<(&str, u16)> {
    let (host, port) = address.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Some((host, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_follow_from_ids_and_end_somewhere() {
        let ports = BrokerPorts { first_id: 100, first: 9_093, last: 9_095 };
        let found = [99, 100, 101, 102, 103, i32::MIN, i32::MAX].map(|node| ports.of(node));
        assert_eq!(found, [None, Some(9_093), Some(9_094), Some(9_095), None, None, None]);
        assert_eq!(BrokerPorts::after(9_092).of(3), Some(9_096));
        assert_eq!(BrokerPorts::after(0).of(7), Some(0));
        assert_eq!(BrokerPorts::after(65_530).of(5), None);
    }

    #[test]
    fn names_follow_from_ids_and_back() {
        let names = BrokerNames::new("Broker-{id}.kafka.example.com", 9_092).unwrap();
        assert_eq!(names.host(17), "broker-17.kafka.example.com");
        let found = ["broker-17.KAFKA.example.com", "broker-0.kafka.example.com"].map(|name| names.id(name));
        assert_eq!(found, [Some(17), Some(0)]);
        for other in [
            "kafka.example.com",
            "broker-.kafka.example.com",
            "broker--1.kafka.example.com",
            "broker-01.kafka.example.com",
        ] {
            assert_eq!(names.id(other), None, "{other}");
        }
        for bad in ["kafka.example.com", "a.{id}.com", "{id}.a b", "broker-{id}.{id}.com"] {
            assert_eq!(BrokerNames::new(bad, 1), None, "{bad}");
        }
    }

    #[test]
    fn addresses_have_a_host_and_a_port() {
        assert_eq!(host_and_port("kafka-1:9092"), Some(("kafka-1", 9092)));
        assert_eq!(host_and_port("[::1]:9092"), Some(("::1", 9092)));
        assert_eq!(host_and_port("kafka"), None);
    }
}
