//! Which files does a rule mean, and what is their subject called? Globs with captures, and templates that they fill.

use regex::Regex;

/// What a template may take from the schema itself.
pub(super) const OF_THE_RECORD: [&str; 4] = ["record.fullname", "record.name", "record.namespace", "topic_option"];

/// A glob over paths with forward slashes: `*` and `?` within a segment, `**` over any number of them, `{name}` captures
/// within a segment.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    text: String,
    regex: Regex,
    names: Vec<String>,
}

/// What a pattern captured, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Captures(Vec<(String, String)>);

/// A text with names in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Name(String),
}

/// What a schema says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Root {
    /// The name of what it defines at its root.
    pub(crate) record: Option<String>,
    /// The topic that it is for, as Protobuf's option `(tidegate.topic)` says.
    pub(crate) topic: Option<String>,
}

impl Pattern {
    /// As it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Reads a glob.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut regex = String::from("^");
        let mut names: Vec<String> = Vec::new();
        let mut rest = text.strip_prefix("./").unwrap_or(text);
        if rest.is_empty() {
            return Err("a pattern is not empty".to_owned());
        }
        if rest.starts_with('/') || rest.split('/').any(|segment| segment == "..") {
            return Err("a pattern stays below the folder of the project file".to_owned());
        }
        while let Some(letter) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("**/") {
                regex.push_str("(?:[^/]+/)*");
                rest = after;
            } else if let Some(after) = rest.strip_prefix("**") {
                regex.push_str(".*");
                rest = after;
            } else if let Some(after) = rest.strip_prefix('{') {
                let Some((name, after)) = after.split_once('}') else {
                    return Err(format!("a brace is not closed in `{text}`"));
                };
                let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                if !is_name {
                    return Err(format!("`{{{name}}}` is not a name of letters, digits and underscores"));
                }
                if names.iter().any(|known| known == name) {
                    return Err(format!("`{{{name}}}` stands twice in `{text}`"));
                }
                regex.push_str("([^/]+)");
                names.push(name.to_owned());
                rest = after;
            } else {
                match letter {
                    '*' => regex.push_str("[^/]*"),
                    '?' => regex.push_str("[^/]"),
                    letter => regex.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4]))),
                }
                rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            }
        }
        regex.push('$');
        let regex = Regex::new(&regex).map_err(|error| format!("`{text}` is not a pattern: {error}"))?;
        Ok(Self { text: text.strip_prefix("./").unwrap_or(text).to_owned(), regex, names })
    }

    /// What it captures in a path, if it means that path.
    pub(crate) fn captures(&self, path: &str) -> Option<Captures> {
        let found = self.regex.captures(path)?;
        let values = found.iter().skip(1).map(|value| value.map_or("", |value| value.as_str()).to_owned());
        Some(Captures(self.names.iter().cloned().zip(values).collect()))
    }

    /// The one path that it means when its names are filled; `None` if stars leave several. Values come from a registry:
    /// none of them may lead elsewhere.
    pub(super) fn filled(&self, captures: &Captures) -> Option<String> {
        let mut path = self.text.clone();
        if path.contains(['*', '?']) {
            return None;
        }
        for name in &self.names {
            let (_, value) = captures.0.iter().find(|(known, _)| known == name)?;
            let is_segment =
                !value.is_empty() && value != "." && value != ".." && !value.contains(['/', '\\', '\0', '{']);
            path = path.replace(&format!("{{{name}}}"), is_segment.then_some(value)?);
        }
        Some(path)
    }

    /// The names that it captures.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// The name that neither the pattern nor a schema gives.
    pub(super) fn parse(text: &str, pattern: &Pattern) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            if !pattern.names().chain(OF_THE_RECORD).any(|known| known == name) {
                return Err(name.to_owned());
            }
            parts.extend([Part::Text(before.to_owned()), Part::Name(name.to_owned())]);
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    /// What its names stand for in a text that it could have made; `None` if it asks for something of the schema.
    pub(super) fn captures(&self, text: &str) -> Option<Captures> {
        let mut regex = String::from("^");
        let mut names = Vec::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => regex.push_str(&regex::escape(text)),
                Part::Name(name) if OF_THE_RECORD.contains(&name.as_str()) => return None,
                Part::Name(name) => {
                    regex.push_str("(.+?)");
                    names.push(name.clone());
                }
            }
        }
        regex.push('$');
        let found = Regex::new(&regex).ok()?.captures(text)?;
        let values = found.iter().skip(1).map(|value| value.map_or("", |value| value.as_str()).to_owned());
        Some(Captures(names.into_iter().zip(values).collect()))
    }

    /// # Errors
    /// The name that the schema does not give.
    pub(super) fn fill(&self, captures: &Captures, root: &Root) -> Result<String, String> {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Name(name) => match captures.0.iter().find(|(known, _)| known == name) {
                    Some((_, value)) => filled.push_str(value),
                    None => filled.push_str(root.get(name).ok_or_else(|| name.clone())?),
                },
            }
        }
        Ok(filled)
    }
}

impl Root {
    fn get(&self, name: &str) -> Option<&str> {
        if name == "topic_option" {
            return self.topic.as_deref();
        }
        let full = self.record.as_deref()?;
        let (namespace, bare) = full.rsplit_once('.').unwrap_or(("", full));
        match name {
            "record.fullname" => Some(full),
            "record.name" => Some(bare),
            "record.namespace" => Some(namespace),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(pattern: &str, template: &str, path: &str) -> Option<String> {
        let pattern = Pattern::parse(pattern).unwrap();
        let root = Root { record: Some("shop.v1.Order".into()), topic: Some("orders".into()) };
        Some(Template::parse(template, &pattern).unwrap().fill(&pattern.captures(path)?, &root).unwrap())
    }

    #[test]
    fn files_become_subjects() {
        let cases = [
            (
                "schemas/{domain}/{name}.avsc",
                "{domain}.{name}-value",
                "schemas/orders/created.avsc",
                Some("orders.created-value"),
            ),
            ("schemas/{domain}/{name}.avsc", "{domain}", "schemas/orders/v1/created.avsc", None),
            ("proto/**/*.proto", "{record.fullname}", "proto/a/b/c.proto", Some("shop.v1.Order")),
            ("proto/**/*.proto", "{record.name}", "proto/c.proto", Some("Order")),
            ("proto/*.proto", "{topic_option}-value", "proto/c.proto", Some("orders-value")),
            ("**", "x", "any/thing", Some("x")),
            ("./a?.avsc", "x", "ab.avsc", Some("x")),
            ("a.avsc", "x", "aXavsc", None),
            ("{name}-v{version}.json", "{name}.{version}", "order-v2.json", Some("order.2")),
        ];
        for (pattern, template, path, expected) in cases {
            assert_eq!(subject(pattern, template, path).as_deref(), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn subjects_find_their_files_and_no_others() {
        let path = |pattern: &str, template: &str, subject: &str| {
            let pattern = Pattern::parse(pattern).unwrap();
            pattern.filled(&Template::parse(template, &pattern).unwrap().captures(subject)?)
        };
        let at = |subject: &str| path("s/{domain}/{name}.avsc", "{domain}.{name}-value", subject);
        assert_eq!(at("orders.created-value").as_deref(), Some("s/orders/created.avsc"));
        assert_eq!(at("orders-value"), None);
        assert_eq!(at("..%2f.x-value"), None);
        assert_eq!(at("a/b.x-value"), None);
        assert_eq!(path("s/**/{name}.avsc", "{name}", "a"), None);
        assert_eq!(path("{name}.avsc", "{record.name}", "a"), None);
    }

    #[test]
    fn patterns_that_mean_nothing_are_refused() {
        for pattern in ["", "/etc/*", "../x", "{a", "{a}/{a}", "{a b}"] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
        let pattern = Pattern::parse("{name}.avsc").unwrap();
        assert_eq!(Template::parse("{nam}-value", &pattern), Err("nam".to_owned()));
        let template = Template::parse("{record.name}", &pattern).unwrap();
        assert_eq!(template.fill(&Captures::default(), &Root::default()), Err("record.name".to_owned()));
    }
}
