//! How do file, environment and flags become one tree, in which every value remembers where it was written?

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::setting::{Node, Place, Problems, Value};

const PREFIX: &str = "TIDEGATE_";
/// Read when no file is named.
const DEFAULT_FILE: &str = "tidegate-server.yaml";

/// The sources of a configuration, weakest first.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// The file named by the operator. Without one, `tidegate-server.yaml` is read if it is there.
    pub file: Option<PathBuf>,
    /// `TIDEGATE_SECTION__KEY` variables; others are passed over.
    pub environment: Vec<(String, String)>,
    pub flags: Vec<Override>,
}

/// A value given on the command line.
#[derive(Debug, Clone)]
pub struct Override {
    pub flag: String,
    pub section: String,
    pub key: String,
    pub value: String,
}

impl Layers {
    /// One tree; later layers win, key by key.
    pub(super) fn merge(self, sections: &[&str], problems: &mut Problems) -> Node {
        let mut tree = self.read_file(problems);
        for (name, value) in &self.environment {
            let place = Place::Variable(name.clone());
            if let Some((section, key)) = setting_of_variable(name, sections, problems) {
                put(&mut tree, &section, &key, Node { value: parse_text(value), place });
            }
        }
        for given in &self.flags {
            let place = Place::Flag(given.flag.clone());
            put(&mut tree, &given.section, &given.key, Node { value: parse_text(&given.value), place });
        }
        tree
    }

    fn read_file(&self, problems: &mut Problems) -> Node {
        let path = self.file.clone().unwrap_or_else(|| DEFAULT_FILE.into());
        let place = Place::File { path: path.display().to_string(), line: 1 };
        let empty = Node { value: Value::Map(Vec::new()), place };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if self.file.is_none() && error.kind() == std::io::ErrorKind::NotFound => return empty,
            Err(error) => {
                problems.anywhere(format!("can't read the configuration file {}: {error}", path.display()));
                return empty;
            }
        };
        parse_file(&text, &path, problems).unwrap_or(empty)
    }
}

/// `TIDEGATE_HTTP__LISTEN` → (`http`, `listen`). A single underscore after a section's name is a likely slip.
fn setting_of_variable(name: &str, sections: &[&str], problems: &mut Problems) -> Option<(String, String)> {
    let rest = name.strip_prefix(PREFIX)?;
    if let Some((section, key)) = rest.split_once("__") {
        return Some((section.to_lowercase(), key.to_lowercase()));
    }
    let slip = sections.iter().find(|section| {
        rest.to_lowercase().strip_prefix(**section).is_some_and(|key| key.starts_with('_') && key.len() > 1)
    })?;
    let key = &rest[slip.len() + 1..];
    let meant = format!("{PREFIX}{}__{key}", slip.to_uppercase());
    problems.at(&Place::Variable(name.to_owned()), format!("two underscores part section and key; is {meant} meant?"));
    None
}

/// Sets `section.key`, making the section when the file has none.
fn put(tree: &mut Node, section: &str, key: &str, node: Node) {
    let place = node.place.clone();
    let group = entry(tree, section, &place);
    *entry(group, key, &place) = node;
}

fn entry<'a>(node: &'a mut Node, key: &str, place: &Place) -> &'a mut Node {
    if !matches!(node.value, Value::Map(_)) {
        node.value = Value::Map(Vec::new());
    }
    let Value::Map(entries) = &mut node.value else { unreachable!("made a map above") };
    if let Some(index) = entries.iter().position(|(name, _)| name == key) {
        return &mut entries[index].1;
    }
    entries.push((key.to_owned(), Node { value: Value::Map(Vec::new()), place: place.clone() }));
    let last = entries.len() - 1;
    &mut entries[last].1
}

/// A variable or flag holds plain text, or a YAML list or group in brackets.
fn parse_text(text: &str) -> Value {
    if text.starts_with(['[', '{']) {
        let place = Place::Variable(String::new());
        if let Ok(yaml) = read_yaml::<Yaml>(text) {
            return yaml.into_node(&|_| place.clone()).value;
        }
    }
    Value::Scalar(text.to_owned())
}

fn parse_file(text: &str, path: &Path, problems: &mut Problems) -> Option<Node> {
    let path = path.display().to_string();
    let place = |line| Place::File { path: path.clone(), line };
    match read_yaml::<Option<Spanned<Yaml>>>(text) {
        Ok(None) => None,
        Ok(Some(yaml)) => Some(spanned(yaml, &place)),
        Err(error) => {
            let line = error.location().map_or(1, |location| location.line());
            let message = error.without_snippet().to_string();
            problems.at(&place(line), format!("not valid YAML: {message}"));
            None
        }
    }
}

/// As YAML 1.2 has it: `off`, `no` and the like are words, of which `mode` is one, and only `true` and `false` are not.
fn read_yaml<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, serde_saphyr::Error> {
    serde_saphyr::from_str_with_options(text, serde_saphyr::options! { strict_booleans: true })
}

/// Any YAML value, with places.
enum Yaml {
    Null,
    Scalar(String),
    List(Vec<Spanned<Yaml>>),
    Map(Vec<(String, Spanned<Yaml>)>),
}

fn spanned(yaml: Spanned<Yaml>, place: &dyn Fn(u64) -> Place) -> Node {
    let line = yaml.referenced.line();
    Node { place: place(line), ..yaml.value.into_node(place) }
}

impl Yaml {
    fn into_node(self, place: &dyn Fn(u64) -> Place) -> Node {
        let value = match self {
            Self::Null => Value::Null,
            Self::Scalar(text) => Value::Scalar(text),
            Self::List(items) => Value::List(items.into_iter().map(|item| spanned(item, place)).collect()),
            Self::Map(entries) => {
                Value::Map(entries.into_iter().map(|(key, value)| (key, spanned(value, place))).collect())
            }
        };
        Node { value, place: place(1) }
    }
}

impl<'de> Deserialize<'de> for Yaml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(YamlVisitor)
    }
}

struct YamlVisitor;

impl<'de> Visitor<'de> for YamlVisitor {
    type Value = Yaml;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Yaml, E> {
        Ok(Yaml::Null)
    }

    fn visit_none<E>(self) -> Result<Yaml, E> {
        Ok(Yaml::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Yaml, D::Error> {
        Yaml::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Yaml, E> {
        Ok(Yaml::Scalar(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Yaml, E> {
        Ok(Yaml::Scalar(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Yaml, E> {
        Ok(Yaml::Scalar(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Yaml, E> {
        Ok(Yaml::Scalar(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Yaml, E> {
        Ok(Yaml::Scalar(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Yaml, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Yaml::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Yaml, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Yaml::Map(entries))
    }
}
