//! How is one value read from what was written, and shown again in the sample file?

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// What was written for a key, and where.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) place: Place,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    File { path: String, line: u64 },
    Variable(String),
    Flag(String),
}

/// One mistake, for the person who made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    place: Option<Place>,
    message: String,
}

/// All mistakes of one load.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems(Vec<Problem>);

/// A type that settings can have.
pub(super) trait Setting: Sized {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self>;
    /// The value as YAML on one line; `None` for "not set".
    fn show(&self) -> Option<String>;
}

/// A number of bytes, written `4MiB`, `512KiB`, `10MB` or plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteSize(pub usize);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl Problems {
    pub(super) fn at(&mut self, place: &Place, message: impl Into<String>) {
        self.0.push(Problem { place: Some(place.clone()), message: message.into() });
    }

    pub(super) fn anywhere(&mut self, message: impl Into<String>) {
        self.0.push(Problem { place: None, message: message.into() });
    }

    /// A mistake that was not made in one place: something is missing, or two settings don't go together.
    pub fn add(&mut self, message: impl Into<String>) {
        self.anywhere(message);
    }

    /// The value, unless something is wrong with it.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|problem| writeln!(f, "{problem}"))
    }
}

impl Node {
    /// The text of a scalar, or a complaint that one was expected.
    pub(super) fn scalar(&self, problems: &mut Problems) -> Option<&str> {
        if let Value::Scalar(text) = &self.value {
            return Some(text);
        }
        problems.at(&self.place, "expected one value here, not a list or a group of keys");
        None
    }

    /// Reads a scalar with `parse`, whose error says what was expected.
    pub(super) fn parsed<T>(
        &self,
        problems: &mut Problems,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.scalar(problems)?;
        parse(text).map_err(|expected| problems.at(&self.place, format!("'{text}' is not {expected}"))).ok()
    }
}

impl Setting for String {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        node.scalar(problems).map(ToOwned::to_owned)
    }

    fn show(&self) -> Option<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,".contains(c);
        let starts_well = self.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        let bare = starts_well && self.chars().all(plain) && !self.ends_with(':');
        Some(if bare { self.clone() } else { format!("\"{}\"", self.replace('\\', "\\\\").replace('"', "\\\"")) })
    }
}

impl Setting for bool {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        node.parsed(problems, |text| text.parse().map_err(|_| "true or false".to_owned()))
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Setting for usize {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        node.parsed(problems, |text| text.parse().map_err(|_| "a whole number".to_owned()))
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Setting for u8 {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        node.parsed(problems, |text| text.parse().map_err(|_| "a whole number from 0 to 255".to_owned()))
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Setting for SocketAddr {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let expected = "an IP address and port such as 127.0.0.1:8081, 0.0.0.0:8081 or [::1]:8081";
        node.parsed(problems, |text| {
            let text = text.strip_prefix("localhost:").map_or(text.to_owned(), |port| format!("127.0.0.1:{port}"));
            text.parse().map_err(|_| expected.to_owned())
        })
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Setting for Duration {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        node.parsed(problems, |text| {
            let (number, unit) = split_unit(text);
            let seconds = number.parse::<f64>().ok().zip(match unit {
                "ms" => Some(0.001),
                "s" => Some(1.0),
                "m" => Some(60.0),
                "h" => Some(3600.0),
                _ => None,
            });
            seconds
                .and_then(|(number, unit)| Duration::try_from_secs_f64(number * unit).ok())
                .ok_or_else(|| "a duration such as 500ms, 5s, 2m or 1h".to_owned())
        })
    }

    fn show(&self) -> Option<String> {
        let millis = self.as_millis();
        Some(if millis.is_multiple_of(1000) { format!("{}s", millis / 1000) } else { format!("{millis}ms") })
    }
}

impl Setting for ByteSize {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        node.parsed(problems, |text| {
            let (number, unit) = split_unit(text);
            let unit = match unit {
                "" | "B" => Some(1),
                "kB" | "KB" => Some(1000),
                "KiB" => Some(1 << 10),
                "MB" => Some(1_000_000),
                "MiB" => Some(1 << 20),
                "GiB" => Some(1 << 30),
                _ => None,
            };
            let bytes = number.parse::<usize>().ok().zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
            bytes.map(ByteSize).ok_or_else(|| "a size such as 512KiB, 4MiB or 1000000".to_owned())
        })
    }

    fn show(&self) -> Option<String> {
        Some(match self.0 {
            bytes if bytes > 0 && bytes % (1 << 20) == 0 => format!("{}MiB", bytes >> 20),
            bytes if bytes > 0 && bytes % (1 << 10) == 0 => format!("{}KiB", bytes >> 10),
            bytes => bytes.to_string(),
        })
    }
}

/// An empty or null value means "not set".
impl<T: Setting> Setting for Option<T> {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Null => Some(None),
            Value::Scalar(text) if text.is_empty() => Some(None),
            _ => T::read(node, problems).map(Some),
        }
    }

    fn show(&self) -> Option<String> {
        self.as_ref().and_then(T::show)
    }
}

/// A YAML list, or one text with commas (as variables and flags have it).
impl<T: Setting> Setting for Vec<T> {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Null => Some(Vec::new()),
            Value::Scalar(text) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                let node = |item: &str| Node { value: Value::Scalar(item.to_owned()), place: node.place.clone() };
                items.map(|item| T::read(&node(item), problems)).collect()
            }
            Value::List(items) => items.iter().map(|item| T::read(item, problems)).collect(),
            Value::Map(_) => {
                problems.at(&node.place, "expected a list here, not a group of keys");
                None
            }
        }
    }

    fn show(&self) -> Option<String> {
        Some(format!("[{}]", self.iter().filter_map(Setting::show).collect::<Vec<_>>().join(", ")))
    }
}

/// A text that must have a certain form: parsed and shown by its own type.
macro_rules! setting_text {
    ($name:ty, $parse:expr) => {
        impl $crate::config::setting::Setting for $name {
            fn read(
                node: &$crate::config::setting::Node,
                problems: &mut $crate::config::setting::Problems,
            ) -> Option<Self> {
                node.parsed(problems, $parse)
            }

            fn show(&self) -> Option<String> {
                $crate::config::setting::Setting::show(&self.to_string())
            }
        }
    };
}
pub(super) use setting_text;

fn split_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim())
}

/// An enum whose words are the same in the file, in variables and in flags.
macro_rules! setting_words {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[allow(clippy::enum_variant_names)]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            #[allow(dead_code)]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl $crate::config::setting::Setting for $name {
            fn read(
                node: &$crate::config::setting::Node,
                problems: &mut $crate::config::setting::Problems,
            ) -> Option<Self> {
                node.parsed(problems, |text| {
                    let found = Self::WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
                    found.map(|(_, value)| *value).ok_or_else(|| {
                        let words: Vec<_> = Self::WORDS.iter().map(|(word, _)| *word).collect();
                        format!("one of {}", words.join(", "))
                    })
                })
            }

            fn show(&self) -> Option<String> {
                Some(self.as_str().to_owned())
            }
        }
    };
}
pub(super) use setting_words;
