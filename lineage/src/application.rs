//! Which application is behind a connection, and how is that known?
//!
//! What people declare goes before what clients say of themselves. The rule that matched is told with the name.

use std::sync::Arc;

use crate::declared::Named;
use crate::event::Identity;
use crate::graph::{Kind, Node};

/// What of a connection names the application behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NamedBy {
    /// People say that it belongs to the application.
    Declared,
    ClientId,
    Group,
    Principal,
    Address,
}

/// A name, or how names begin: then written with a `*` at its end.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern {
    text: Arc<str>,
    is_prefix: bool,
}

/// An application as it is declared: the names by which its connections are told from others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Application {
    pub name: Arc<str>,
    pub owner: Option<Arc<str>>,
    /// Of each kind that is not empty, one has to fit.
    pub principals: Vec<Pattern>,
    pub client_ids: Vec<Pattern>,
    pub groups: Vec<Pattern>,
    /// The job that it is in OpenLineage events. Both then show as one.
    pub job: Option<Named>,
}

/// All applications that are declared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applications(Arc<[Application]>);

/// The application behind a connection.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub name: &'a str,
    pub by: NamedBy,
    /// Where people declared it.
    pub declared: Option<&'a Application>,
}

impl NamedBy {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::ClientId => "clientId",
            Self::Group => "group",
            Self::Principal => "principal",
            Self::Address => "address",
        }
    }
}

impl Pattern {
    /// `None` if nothing but a `*` is there: that would take everybody for one.
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_suffix('*');
        let (text, is_prefix) = (bare.unwrap_or(text), bare.is_some());
        (!text.is_empty()).then(|| Self { text: text.into(), is_prefix })
    }

    pub fn fits(&self, name: &str) -> bool {
        if self.is_prefix { name.starts_with(&*self.text) } else { *name == *self.text }
    }

    /// The first and the last name that fits, in the order of their bytes.
    pub fn range(&self) -> (String, String) {
        let end = if self.is_prefix { format!("{}{}", self.text, char::MAX) } else { self.text.to_string() };
        (self.text.to_string(), end)
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.text, if self.is_prefix { "*" } else { "" })
    }
}

impl Application {
    /// How well it fits, better ones greater: how many kinds of names it asks for, and how much of them is given. `None` if
    /// it does not.
    fn fit(&self, identity: &Identity, group: Option<&str>) -> Option<(usize, usize)> {
        let asked = [
            (&self.principals, Some(&*identity.principal)),
            (&self.client_ids, Some(&*identity.client_id)),
            (&self.groups, group),
        ];
        let mut fit = (0, 0);
        for (patterns, name) in asked.into_iter().filter(|(patterns, _)| !patterns.is_empty()) {
            let name = name.filter(|name| !name.is_empty())?;
            let longest = patterns.iter().filter(|pattern| pattern.fits(name)).map(|it| it.text.len()).max()?;
            fit = (fit.0 + 1, fit.1 + longest);
        }
        (fit.0 > 0).then_some(fit)
    }
}

impl Applications {
    /// By name; of two that fit a connection equally well, the first counts.
    pub fn new(mut all: Vec<Application>) -> Self {
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Self(all.into())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one of this name.
    pub fn named(&self, name: &str) -> Option<&Application> {
        self.0.iter().find(|application| *application.name == *name)
    }

    /// Those that are this job.
    pub fn of_job<'a>(&'a self, job: &'a Named) -> impl Iterator<Item = &'a Application> {
        self.0.iter().filter(move |application| application.job.as_ref() == Some(job))
    }

    /// The jobs that applications are.
    pub fn jobs(&self) -> impl Iterator<Item = &Named> {
        self.0.iter().filter_map(|application| application.job.as_ref())
    }

    /// The application behind a connection: the declared one that asks for most of what the connection shows or, where none
    /// fits, what the connection calls itself.
    pub fn of<'a>(&'a self, identity: &'a Identity, group: Option<&'a str>) -> Known<'a> {
        let mut best: Option<((usize, usize), &Application)> = None;
        for application in &*self.0 {
            let fit = application.fit(identity, group);
            if let Some(fit) = fit.filter(|fit| best.is_none_or(|(best, _)| *fit > best)) {
                best = Some((fit, application));
            }
        }
        match best {
            Some((_, declared)) => Known::of(declared),
            None => {
                let (name, by) = application(identity, group);
                Known { name, by, declared: None }
            }
        }
    }
}

impl<'a> Known<'a> {
    /// One that is known since it is declared.
    pub fn of(declared: &'a Application) -> Self {
        Self { name: &declared.name, by: NamedBy::Declared, declared: Some(declared) }
    }

    /// The node that it shows as, where its cluster's topics have this namespace.
    pub fn node(&self, namespace: &str) -> Node {
        match self.declared.and_then(|declared| declared.job.clone()) {
            Some(named) => Node { kind: Kind::Job, named },
            None => Node::new(Kind::Application, namespace, self.name),
        }
    }
}

/// The name that a connection gives: the client id that somebody chose or, where the library made one up, its group, its
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

/// What of the client id somebody chose, if it isn't made up: whoever has it is the same application, wherever it connects
/// from. The threads of Kafka Streams add what they are to it, and whether they read or write.
pub fn chosen_name(identity: &Identity) -> Option<&str> {
    let client_id = &*identity.client_id;
    let chosen = client_id.split_once("-StreamThread-").map_or(client_id, |(chosen, _)| chosen);
    (!is_made_up(chosen)).then_some(chosen)
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

    fn identity(client_id: &str, principal: &str) -> Identity {
        Identity {
            client_id: client_id.into(),
            principal: principal.into(),
            address: "10.0.0.1".into(),
            ..Identity::default()
        }
    }

    #[test]
    fn a_chosen_name_counts_and_others_only_if_there_is_nothing_better() {
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

    #[test]
    fn what_somebody_chose_is_the_same_on_all_connections() {
        for (client_id, expected) in [
            ("shop", Some("shop")),
            ("enrich-7d1f-StreamThread-1-consumer", Some("enrich-7d1f")),
            ("enrich-7d1f-StreamThread-2-0_1-producer", Some("enrich-7d1f")),
            ("-StreamThread-1-consumer", None),
            ("consumer-billing-1", None),
            ("", None),
        ] {
            assert_eq!(chosen_name(&identity(client_id, "User:a")), expected, "{client_id}");
        }
    }

    #[test]
    fn what_is_declared_goes_first_and_of_that_what_asks_for_most() {
        let patterns = |texts: &[&str]| texts.iter().map(|text| Pattern::parse(text).unwrap()).collect();
        let declared = |name: &str, principals: &[&str], client_ids: &[&str], groups: &[&str]| Application {
            name: name.into(),
            principals: patterns(principals),
            client_ids: patterns(client_ids),
            groups: patterns(groups),
            ..Application::default()
        };
        let applications = Applications::new(vec![
            declared("orders", &["User:orders"], &[], &[]),
            declared("batch", &["User:orders"], &["batch-*"], &[]),
            declared("night batch", &["User:orders"], &["batch-night*"], &[]),
            declared("billing", &[], &[], &["billing", "reminders"]),
            declared("nobody", &[], &[], &[]),
        ]);
        let named = |client_id, principal, group| {
            let (identity, group) = (identity(client_id, principal), group);
            let known = applications.of(&identity, group);
            (known.name.to_owned(), known.by == NamedBy::Declared)
        };
        for (client_id, principal, group, expected, is_declared) in [
            ("shop", "User:orders", None, "orders", true),
            ("batch-7", "User:orders", None, "batch", true),
            ("batch-night-1", "User:orders", Some("billing"), "night batch", true),
            ("batch-7", "User:other", None, "batch-7", false),
            ("x", "", Some("reminders"), "billing", true),
            ("x", "", Some("reminder"), "x", false),
            ("", "", None, "10.0.0.1", false),
        ] {
            assert_eq!(
                named(client_id, principal, group),
                (expected.to_owned(), is_declared),
                "{client_id} {principal}"
            );
        }
    }

    #[test]
    fn a_pattern_is_a_name_or_its_beginning() {
        assert_eq!(Pattern::parse(""), None);
        assert_eq!(Pattern::parse("*"), None);
        for (pattern, name, fits) in
            [("shop", "shop", true), ("shop", "shops", false), ("shop-*", "shop-1", true), ("shop-*", "shop", false)]
        {
            let pattern = Pattern::parse(pattern).unwrap();
            let (first, last) = pattern.range();
            assert_eq!(pattern.fits(name), fits);
            assert_eq!(first.as_str() <= name && name <= last.as_str(), fits, "{pattern} {name}");
        }
    }
}
