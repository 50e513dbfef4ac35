//! How are options said normally? Sorted by name, with custom ones named in full and set as one message each.

use std::collections::BTreeMap;

use prost_reflect::{Cardinality, ExtensionDescriptor};

use super::super::super::syntax::{Part, Setting, Value, full_key};
use super::{Names, joined};

pub(super) fn normal_options(options: &[Setting], scope: &str, names: &Names<'_>) -> Vec<Setting> {
    let mut by_name: BTreeMap<String, Vec<(Option<ExtensionDescriptor>, &Setting)>> = BTreeMap::new();
    for option in options {
        let Some(first) = option.name.first() else { continue };
        let extension = if first.custom { names.extension(scope, &first.name) } else { None };
        let name = extension.as_ref().map_or(first.name.as_str(), ExtensionDescriptor::full_name).to_owned();
        by_name.entry(name).or_default().push((extension, option));
    }
    let mut normal = Vec::with_capacity(options.len());
    for (name, settings) in by_name {
        match settings.first() {
            Some((Some(extension), _)) => {
                let settings: Vec<&Setting> = settings.iter().map(|(_, setting)| *setting).collect();
                let name = names.said(scope, &name);
                let values = custom(extension.cardinality() == Cardinality::Repeated, &settings);
                let part = Part { name, custom: true };
                normal.extend(
                    values
                        .into_iter()
                        .map(|value| Setting { name: vec![part.clone()], value: names.normal_value(value) }),
                );
            }
            _ => normal.extend(settings.into_iter().map(|(_, setting)| Setting {
                name: setting.name.clone(),
                value: names.normal_value(setting.value.clone()),
            })),
        }
    }
    normal
}

/// The values of a custom option: one, however many statements set it, unless it is a repeated option.
fn custom(is_repeated: bool, settings: &[&Setting]) -> Vec<Value> {
    if is_repeated {
        return settings.iter().map(|setting| setting.value.clone()).collect();
    }
    let merged = settings.iter().fold(None, |merged, setting| {
        Some(merge(merged, setting.name.get(1..).unwrap_or_default(), setting.value.clone()))
    });
    merged.into_iter().collect()
}

/// What the option is after one more piece of it is set.
fn merge(before: Option<Value>, path: &[Part], value: Value) -> Value {
    let mut members = match before {
        Some(Value::Map(members)) => members,
        _ if path.is_empty() => return value,
        _ => Vec::new(),
    };
    match (path, value) {
        ([], Value::Map(more)) => members.extend(more),
        (path, value) => insert(&mut members, path, value),
    }
    Value::message(members)
}

fn insert(members: &mut Vec<(String, Value)>, path: &[Part], value: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    let key = if first.custom { format!("[{}]", first.name.trim_start_matches('.')) } else { first.name.clone() };
    if rest.is_empty() {
        members.push((key, value));
        return;
    }
    if let Some((_, Value::Map(inner))) = members.iter_mut().find(|(known, _)| *known == key) {
        insert(inner, rest, value);
        return;
    }
    let mut inner = Vec::new();
    insert(&mut inner, rest, value);
    members.push((key, Value::Map(inner)));
}

// === Values ===

impl Names<'_> {
    /// Members by name, no empty lists, lists of one as the one, numbers in decimal.
    fn normal_value(&self, value: Value) -> Value {
        match value {
            Value::Number(word) => Value::Number(normal_number(&word)),
            Value::Map(members) => {
                let members = members.into_iter().map(|(key, value)| (self.normal_key(key), value));
                let Value::Map(members) = Value::message(members) else { return Value::Map(Vec::new()) };
                let is_said = |value: &Value| !matches!(value, Value::List(items) if items.is_empty());
                let kept = members.into_iter().filter(|(_, value)| is_said(value));
                let mut members: Vec<_> = kept.map(|(key, value)| (key, self.normal_value(value))).collect();
                members.sort_by(|(one, _), (other, _)| one.cmp(other));
                Value::Map(members)
            }
            Value::List(items) => {
                let mut items: Vec<Value> = items.into_iter().map(|item| self.normal_value(item)).collect();
                match items.pop() {
                    Some(only) if items.is_empty() => only,
                    last => Value::List(items.into_iter().chain(last).collect()),
                }
            }
            other => other,
        }
    }

    /// The names of extensions in full.
    fn normal_key(&self, key: String) -> String {
        if !key.starts_with('[') {
            return key;
        }
        let known: Vec<_> = self.pool.all_extensions().collect();
        full_key(&key, known.iter().map(ExtensionDescriptor::full_name)).unwrap_or(key)
    }
}

/// Whole numbers in decimal, others in the shortest form that means the same. `inf` and `nan` stay.
fn normal_number(word: &str) -> String {
    let (sign, digits) = word.strip_prefix('-').map_or(("", word), |digits| ("-", digits));
    let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let whole = match (hexadecimal, digits.strip_prefix('0')) {
        (Some(digits), _) => u64::from_str_radix(digits, 16).ok(),
        (None, Some(digits)) if !digits.is_empty() => u64::from_str_radix(digits, 8).ok(),
        _ => digits.parse().ok(),
    };
    if let Some(whole) = whole {
        return if whole == 0 { "0".to_owned() } else { format!("{sign}{whole}") };
    }
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return word.to_owned();
    }
    match digits.trim_end_matches(['f', 'F']).parse::<f64>() {
        Ok(value) if value.is_finite() => format!("{sign}{}", float(value)),
        _ => word.to_owned(),
    }
}

/// Up to this many, every whole number is a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn float(value: f64) -> String {
    let is_readable = value == 0.0 || (1e-6..EXACT).contains(&value);
    if is_readable { value.to_string() } else { format!("{value:e}") }
}

// === Names of options ===

impl Names<'_> {
    /// The extension that a name means here: looked for from the innermost scope outwards.
    fn extension(&self, scope: &str, name: &str) -> Option<ExtensionDescriptor> {
        if let Some(full) = name.strip_prefix('.') {
            return self.pool.get_extension_by_name(full);
        }
        scopes(scope).find_map(|scope| self.pool.get_extension_by_name(&joined(scope, name)))
    }

    /// How to say a full name here: with a dot before it only where something nearer has its first word.
    fn said(&self, scope: &str, full: &str) -> String {
        let first = full.split('.').next().unwrap_or_default();
        let is_hidden = scopes(scope).filter(|scope| !scope.is_empty()).any(|scope| self.knows(&joined(scope, first)));
        if is_hidden { format!(".{full}") } else { full.to_owned() }
    }

    fn knows(&self, name: &str) -> bool {
        let is_package =
            |package: &str| package.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.pool.get_message_by_name(name).is_some()
            || self.pool.get_enum_by_name(name).is_some()
            || self.pool.get_service_by_name(name).is_some()
            || self.pool.get_extension_by_name(name).is_some()
            || self.pool.files().any(|file| is_package(file.package_name()))
    }
}

/// The scope and all that it is in, the root last.
fn scopes(scope: &str) -> impl Iterator<Item = &str> {
    let outer = scope.rmatch_indices('.').map(|(end, _)| scope.get(..end).unwrap_or_default());
    std::iter::once(scope).chain(outer).chain(std::iter::once(""))
}
