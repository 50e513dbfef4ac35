//! What is asked of the records of a topic, and what happens to those that don't obey?
//!
//! The words are the same in the configuration, over REST, in the store and in metrics. Nothing here looks at a record:
//! [`PolicyTable`] says which policy decides for a topic, [`ReadyPolicy`] how it treats a producer.

mod table;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use globset::Glob;

use crate::{ContextName, SubjectName};

pub use table::{PolicyTable, Producer, ReadyPolicy};

/// How many bytes a glob may have.
pub const MAX_GLOB: usize = 512;
/// How many globs a list may have.
pub const MAX_GLOBS: usize = 100;
/// How many bytes the name of a policy may have.
pub const MAX_NAME: usize = 100;
/// How many bytes Kafka allows for the name of a topic.
const MAX_TOPIC: usize = 249;

/// What is asked of the records of some topics. Of several the first one that matches a topic decides; topics that match
/// none pass unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPolicy {
    /// Unique. That of a policy in a configuration file is `file:` and its pattern.
    pub name: String,
    /// Glob over topic names: `*`, `?`, `[a-z]`, `{a,b}`.
    pub topics: String,
    /// How strictly the topics are treated.
    pub mode: Mode,
    /// What happens to a bad record where the mode is to enforce.
    pub action: Action,
    /// What happens when the registry can't be asked, or a dead letter can't be written.
    pub when_undecidable: Undecidable,
    /// The registry context in which schema ids count.
    pub context: ContextName,
    /// Which subject a record's schema must belong to.
    pub naming: SubjectNaming,
    /// Whether keys are checked.
    pub key: bool,
    /// Whether values are checked.
    pub value: bool,
    /// How a record says which schema it has.
    pub framing: Framing,
    /// Of a hundred producers, partition by partition, how many `enforce` acts on; the rest are in `shadow`. 0 to 100.
    pub percent: u8,
    /// Globs over principal or client id to which `enforce` is limited; the rest are in `shadow`. Empty: all.
    pub producers: Vec<String>,
    /// Where dead letters go; `None`: to the topic's own name with `.dlq` behind it.
    pub dead_letter_topic: Option<String>,
    /// What happens to records whose contract has a rule that would change them.
    pub transforms: Transforms,
    /// Globs over principals who may name rules to be passed over, in the header `__rule.name`. Empty: nobody may.
    pub redrive: Vec<String>,
}

/// The policies of one moment, in the order in which they are asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policies {
    /// Grows with every change of them.
    pub revision: u64,
    /// First match decides.
    pub policies: Vec<TopicPolicy>,
}

/// What is wrong with one member of a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{member}: {reason}")]
pub struct PolicyFault {
    /// The member as it is written.
    pub member: &'static str,
    /// Why.
    pub reason: String,
}

/// The two parts of a record that have schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Before it, in Kafka's record.
    Key,
    /// What is told.
    Value,
}

impl Part {
    /// The word in subject names and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Value => "value",
        }
    }
}

macro_rules! words {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads the word. The error says which ones there are.
            pub fn parse(text: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().copied().find(|word| word.as_str().eq_ignore_ascii_case(text));
                found.ok_or_else(|| concat!("one of ", words!(@list $($text),+)).to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
    (@list $first:literal $(, $more:literal)*) => { concat!($first $(, ", ", $more)*) };
}

words!(
    /// How strictly a topic is treated.
    Mode {
        /// Nothing is checked.
        Off = "off",
        /// Checked and counted; nothing is refused or changed.
        Shadow = "shadow",
        /// What is bad is acted on.
        Enforce = "enforce",
    }
);
words!(
    /// What happens to a bad record.
    Action {
        /// Its batch is refused, and the producer told why.
        Reject = "reject",
        /// The same, and a copy of the record goes to the dead-letter topic.
        RejectAndDeadLetter = "reject_and_dead_letter",
        /// It goes on, with a header that says what is wrong.
        Flag = "flag",
        /// It goes to the dead-letter topic, and the rest of its batch goes on.
        RemoveAndDeadLetter = "remove_and_dead_letter",
    }
);
words!(
    /// What to do when the registry can't be asked, or a dead letter can't be written.
    Undecidable {
        /// Refuse with an error that producers retry.
        Closed = "closed",
        /// Let pass and count.
        Open = "open",
    }
);
words!(
    /// How a record says which schema it has.
    Framing {
        /// By Confluent's prefix or header.
        Confluent = "confluent",
        /// Not at all: it is bare JSON, Avro or Protobuf, and obeys the latest version of its subject.
        None = "none",
    }
);
words!(
    /// What happens to records whose contract has a rule that would change them. The gate changes none.
    Transforms {
        /// They pass: to apply the rule is left to the client.
        Leave = "leave",
        /// They are refused.
        Refuse = "refuse",
    }
);

/// Which subject a record's schema must belong to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SubjectNaming {
    /// `orders-value`
    TopicName,
    /// `com.shop.Order`
    RecordName,
    /// `orders-com.shop.Order`
    TopicRecordName,
    /// The one that the registry associates with the topic; where it associates none, as by topic name.
    Associated,
    /// This one, whatever the topic is called: a name without its context.
    Fixed(Arc<str>),
}

/// What stands before a fixed subject.
const FIXED: &str = "fixed:";

impl SubjectNaming {
    /// Reads `topic_name`, `record_name`, `topic_record_name`, `associated` or `fixed:SUBJECT`. The error says so.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "topic_name" => Ok(Self::TopicName),
            "record_name" => Ok(Self::RecordName),
            "topic_record_name" => Ok(Self::TopicRecordName),
            "associated" => Ok(Self::Associated),
            _ => match text.strip_prefix(FIXED).filter(|subject| !subject.is_empty()) {
                Some(subject) => Ok(Self::Fixed(subject.into())),
                None => Err("one of topic_name, record_name, topic_record_name, associated, fixed:SUBJECT".to_owned()),
            },
        }
    }

    /// The subjects, without their context, to one of which a schema must belong; none if they take a record's name and
    /// the schema has none. A Protobuf file has as many names as messages. Where subjects are associated, these are the
    /// ones for topics that have no association.
    pub fn subjects(&self, topic: &str, part: Part, record_names: &[String]) -> Vec<String> {
        match self {
            Self::TopicName | Self::Associated => vec![format!("{topic}-{}", part.as_str())],
            Self::RecordName => record_names.to_vec(),
            Self::TopicRecordName => record_names.iter().map(|name| format!("{topic}-{name}")).collect(),
            Self::Fixed(subject) => vec![subject.to_string()],
        }
    }
}

impl fmt::Display for SubjectNaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TopicName => f.write_str("topic_name"),
            Self::RecordName => f.write_str("record_name"),
            Self::TopicRecordName => f.write_str("topic_record_name"),
            Self::Associated => f.write_str("associated"),
            Self::Fixed(subject) => write!(f, "{FIXED}{subject}"),
        }
    }
}

impl TopicPolicy {
    /// What a policy is unless something else is said: values of these topics are checked by topic name, and what is bad is
    /// refused.
    pub fn new(name: impl Into<String>, topics: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            topics: topics.into(),
            mode: Mode::Enforce,
            action: Action::Reject,
            when_undecidable: Undecidable::Closed,
            context: ContextName::default_context(),
            naming: SubjectNaming::TopicName,
            key: false,
            value: true,
            framing: Framing::Confluent,
            percent: 100,
            producers: Vec::new(),
            dead_letter_topic: None,
            transforms: Transforms::Leave,
            redrive: Vec::new(),
        }
    }

    /// All that is wrong with it; nothing, if it can be used. The name is not looked at.
    pub fn faults(&self) -> Vec<PolicyFault> {
        let mut faults = Vec::new();
        let mut add =
            |member, reason: Option<String>| faults.extend(reason.map(|reason| PolicyFault { member, reason }));
        add("topics", glob_fault(&self.topics));
        add("percent", (self.percent > 100).then(|| "it is one of 0 to 100".to_owned()));
        add("producers", globs_fault(&self.producers));
        add("redrive", globs_fault(&self.redrive));
        add("deadLetterTopic", self.dead_letter_topic.as_deref().and_then(topic_fault));
        add("subject", self.naming_fault());
        faults
    }

    /// What is wrong with the name of a policy that others shall change by it.
    pub fn name_fault(name: &str) -> Option<PolicyFault> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let is_good = (1..=MAX_NAME).contains(&name.len()) && name.chars().all(plain) && !matches!(name, "." | "..");
        let reason = || format!("a name has 1 to {MAX_NAME} letters, digits or any of -_.");
        (!is_good).then(|| PolicyFault { member: "name", reason: reason() })
    }

    /// Where the dead letters of a topic go.
    pub fn dead_letters_of<'a>(&'a self, topic: &str) -> Cow<'a, str> {
        match &self.dead_letter_topic {
            Some(topic) => Cow::Borrowed(topic),
            None => Cow::Owned(format!("{topic}.dlq")),
        }
    }

    fn naming_fault(&self) -> Option<String> {
        let takes_record_names = matches!(self.naming, SubjectNaming::RecordName | SubjectNaming::TopicRecordName);
        if self.framing == Framing::None && takes_record_names {
            return Some("records without framing name no schema that a subject could be named after".to_owned());
        }
        let SubjectNaming::Fixed(subject) = &self.naming else { return None };
        if self.key && self.value {
            return Some("a fixed subject is that of keys or of values, not of both".to_owned());
        }
        if subject.starts_with(":.") {
            return Some("the context of a fixed subject is that of the policy, and not written here".to_owned());
        }
        SubjectName::new(self.context.clone(), subject).check().err().map(|invalid| invalid.reason.to_owned())
    }
}

fn globs_fault(globs: &[String]) -> Option<String> {
    if globs.len() > MAX_GLOBS {
        return Some(format!("there are at most {MAX_GLOBS} patterns"));
    }
    globs.iter().find_map(|glob| glob_fault(glob))
}

fn glob_fault(glob: &str) -> Option<String> {
    if glob.is_empty() {
        return Some("a pattern is not empty".to_owned());
    }
    if glob.len() > MAX_GLOB {
        return Some(format!("a pattern has at most {MAX_GLOB} bytes"));
    }
    if glob.chars().any(char::is_control) {
        return Some("a pattern has no control characters".to_owned());
    }
    Glob::new(glob).err().map(|error| format!("the pattern '{glob}' is not valid: {}", error.kind()))
}

fn topic_fault(topic: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_good = (1..=MAX_TOPIC).contains(&topic.len()) && topic.chars().all(legal) && !matches!(topic, "." | "..");
    (!is_good).then(|| format!("'{topic}' is not a name that Kafka takes for a topic"))
}

#[cfg(test)]
mod tests;
