//! By which name does a client show in the graph, and how is that name known?

use crate::event::Identity;

/// What of a connection names the application behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NamedBy {
    ClientId,
    Group,
    Principal,
    Address,
}

impl NamedBy {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientId => "clientId",
            Self::Group => "group",
            Self::Principal => "principal",
            Self::Address => "address",
        }
    }
}

/// The name of the application: the client id that somebody chose or, where the library made one up, its group, its
/// principal, or where it comes from.
pub fn application<'a>(identity: &'a Identity, group: Option<&'a str>) -> (&'a str, NamedBy) {
    let ways = [
        (&*identity.client_id, NamedBy::ClientId, !is_made_up(&identity.client_id)),
        (group.unwrap_or_default(), NamedBy::Group, true),
        (&*identity.principal, NamedBy::Principal, true),
        (&*identity.client_id, NamedBy::ClientId, true),
    ];
    let named = ways.into_iter().find(|(name, _, is_chosen)| !name.is_empty() && *is_chosen);
    named.map_or((&*identity.address, NamedBy::Address), |(name, by, _)| (name, by))
}

/// Whether it is what libraries and tools call themselves when nobody tells them a name.
fn is_made_up(client_id: &str) -> bool {
    const WHOLE: [&str; 6] = ["", "rdkafka", "sarama", "kgo", "console-producer", "console-consumer"];
    const NUMBERED: [&str; 6] =
        ["producer-", "consumer-", "adminclient-", "kafka-python-", "aiokafka-", "confluent-kafka-python-"];
    let ends_in_number = client_id.ends_with(|letter: char| letter.is_ascii_digit());
    WHOLE.contains(&client_id) || (ends_in_number && NUMBERED.iter().any(|start| client_id.starts_with(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_name_counts_and_others_only_if_there_is_nothing_better() {
        let identity = |client_id: &str, principal: &str| Identity {
            client_id: client_id.into(),
            principal: principal.into(),
            address: "10.0.0.1".into(),
            ..Identity::default()
        };
        for (client_id, principal, group, expected) in [
            ("shop", "User:a", Some("g"), ("shop", NamedBy::ClientId)),
            ("consumer-billing-1", "User:a", Some("billing"), ("billing", NamedBy::Group)),
            ("consumer-service", "", Some("billing"), ("consumer-service", NamedBy::ClientId)),
            ("producer-1", "User:a", None, ("User:a", NamedBy::Principal)),
            ("rdkafka", "", None, ("rdkafka", NamedBy::ClientId)),
            ("", "", None, ("10.0.0.1", NamedBy::Address)),
        ] {
            assert_eq!(application(&identity(client_id, principal), group), expected);
        }
    }
}
