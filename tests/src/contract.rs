//! Does an answer keep what openapi.yaml promises? Held against it: status, error code, media type, and every member.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::registry::Answer;

/// The methods that a path can have.
pub const METHODS: [&str; 5] = ["get", "post", "put", "delete", "patch"];
/// What the contract calls every answer of the Confluent paths, and what such an answer may be called instead.
const NEGOTIATED: &str = "application/vnd.schemaregistry.v1+json";
const ALSO: [&str; 2] = ["application/vnd.schemaregistry+json", "application/json"];
/// Where there is nothing to negotiate.
const OURS: [&str; 4] = ["/govern", "/health", "/metrics", "/api"];
/// Codes that any path may answer: the description at the head of the contract says so.
const ANYWHERE: [u64; 14] = [400, 401, 404, 405, 406, 408, 413, 415, 422, 429, 500, 503, 50001, 50002];
/// What any path with a subject in it may answer besides.
const BAD_NAME: u64 = 42208;

/// openapi.yaml, read once.
pub fn contract() -> &'static Value {
    static CONTRACT: OnceLock<Value> = OnceLock::new();
    CONTRACT.get_or_init(|| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.yaml");
        let text = std::fs::read_to_string(&file).expect("openapi.yaml");
        serde_saphyr::from_str(&text).expect("YAML")
    })
}

/// What a `$ref` leads to, or the value itself.
pub fn resolved(value: &'static Value) -> &'static Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => contract().pointer(reference.trim_start_matches('#')).expect("a reference leads somewhere"),
        None => value,
    }
}

/// Panics unless the contract foresees this answer to a request. Paths that the contract does not know may answer only
/// what every path may.
#[track_caller]
pub fn hold(method: &str, target: &str, answer: &Answer) {
    if let Err(broken) = judge(method, target, answer) {
        panic!("{method} {target} breaks openapi.yaml: {broken}\n{answer}");
    }
}

fn judge(method: &str, target: &str, answer: &Answer) -> Result<(), String> {
    let code = answer.body["error_code"].as_u64();
    let Some((path, operation)) = operation(method, target) else {
        let is_foreseen = code.is_some_and(|code| ANYWHERE.contains(&code));
        return if is_foreseen { Ok(()) } else { Err("there is no such operation".to_owned()) };
    };
    let status = answer.status.to_string();
    let responses = &operation["responses"];
    let own = responses.get(&status);
    let is_everywhere = |code: &u64| ANYWHERE.contains(code) || (*code == BAD_NAME && path.contains("{subject}"));
    if let Some(code) = code.filter(|code| !is_everywhere(code)) {
        let told = own.map(|response| resolved(response)["description"].as_str().unwrap_or_default());
        if !told.is_some_and(|told| told.contains(&format!("{code}:"))) {
            return Err(format!("{path}: code {code} is not told under {status}"));
        }
    }
    let response = match own {
        Some(response) => response,
        // What every path may answer is not repeated at each.
        None if answer.status >= 400 => responses.get("default").ok_or(format!("{path}: no default"))?,
        None => return Err(format!("{path}: status {status} is not documented")),
    };
    let Some(content) = resolved(response).get("content") else {
        return if answer.text.is_empty() { Ok(()) } else { Err(format!("{path}: a body for {status}")) };
    };
    let media = answer.content_type().split(';').next().unwrap_or_default();
    let is_negotiated = ALSO.contains(&media) && !OURS.iter().any(|ours| path.starts_with(ours));
    let documented = content.get(media).or_else(|| content.get(NEGOTIATED).filter(|_| is_negotiated));
    let documented = documented.ok_or_else(|| format!("{path}: {status} is called '{media}'"))?;
    match documented.get("schema") {
        Some(schema) => {
            let body = if media.ends_with("json") { answer.body.clone() } else { json!(answer.text) };
            conforms(&format!("{method} {path} {status} {media}"), schema, &body)
        }
        None => Ok(()),
    }
}

/// The operation that a request is for, by the path as the contract writes it.
fn operation(method: &str, target: &str) -> Option<(&'static str, &'static Value)> {
    let path = target.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let segments: Vec<&str> = path.split('/').collect();
    // A context before a path only qualifies the names in it.
    let inner = match segments.as_slice() {
        ["", "contexts", _, rest @ ..] if !rest.is_empty() => [&[""], rest].concat(),
        _ => segments,
    };
    let paths = contract()["paths"].as_object()?;
    let literal = |pattern: &str| pattern.split('/').filter(|segment| !segment.starts_with('{')).count();
    let matching = paths.iter().filter(|(pattern, _)| fits(pattern, &inner));
    let (pattern, item) = matching.max_by_key(|(pattern, _)| literal(pattern))?;
    let known = METHODS.into_iter().find(|known| known.eq_ignore_ascii_case(method))?;
    Some((pattern.as_str(), item.get(known)?))
}

fn fits(pattern: &str, segments: &[&str]) -> bool {
    let pattern: Vec<&str> = pattern.trim_end_matches('/').split('/').collect();
    pattern.len() == segments.len()
        && pattern.iter().zip(segments).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
}

fn conforms(key: &str, schema: &'static Value, body: &Value) -> Result<(), String> {
    let validator = validator(key, schema);
    let errors = validator.iter_errors(body).map(|error| format!("{} at '{}'", error, error.instance_path()));
    let errors: Vec<String> = errors.take(5).collect();
    if errors.is_empty() { Ok(()) } else { Err(format!("{key}: {}", errors.join("; "))) }
}

fn validator(key: &str, schema: &'static Value) -> Arc<Validator> {
    static KNOWN: OnceLock<Mutex<HashMap<String, Arc<Validator>>>> = OnceLock::new();
    let mut known = KNOWN.get_or_init(Mutex::default).lock().expect("nobody panicked while holding it");
    let compile = || Arc::new(jsonschema::draft202012::new(&closed(schema, false, &mut Vec::new())).expect("a schema"));
    Arc::clone(known.entry(key.to_owned()).or_insert_with(compile))
}

/// How often a schema that refers to itself is written out within itself. Deeper, anything goes.
const MOST_WITHIN: usize = 4;

/// The schema with its references written out, and closed: for readers the contract is open, so that members can be
/// added to it, but the server says nothing that is not in it. `within` is the references that are being written out.
fn closed(schema: &'static Value, is_part: bool, within: &mut Vec<&'static str>) -> Value {
    let Some(members) = schema.as_object() else { return schema.clone() };
    let mut written = Map::new();
    if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
        if within.iter().filter(|known| **known == reference).count() >= MOST_WITHIN {
            return Value::Bool(true);
        }
        within.push(reference);
        let target = closed(resolved(schema), is_part, within);
        within.pop();
        let Value::Object(target) = target else { return Value::Bool(true) };
        written = target;
    }
    for (name, value) in members.iter().filter(|(name, _)| *name != "$ref") {
        let value = match (name.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                let inner = properties.iter().map(|(name, schema)| (name.clone(), closed(schema, false, within)));
                Value::Object(inner.collect())
            }
            ("items" | "additionalProperties", schema) => closed(schema, false, within),
            ("allOf", Value::Array(parts)) => parts.iter().map(|part| closed(part, true, within)).collect(),
            ("oneOf" | "anyOf", Value::Array(parts)) => {
                parts.iter().map(|part| closed(part, is_part, within)).collect()
            }
            _ => value.clone(),
        };
        written.insert(name.clone(), value);
    }
    let has_members = written.contains_key("properties") || written.contains_key("allOf");
    if has_members && !is_part && !written.contains_key("additionalProperties") {
        written.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
    }
    Value::Object(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_find_their_operation() {
        let path = |target| operation("GET", target).map(|(path, _)| path);
        assert_eq!(path("/subjects/a%2Fb/versions/?deleted=true"), Some("/subjects/{subject}/versions"));
        assert_eq!(path("/contexts/.ctx/subjects"), Some("/subjects"));
        assert_eq!(path("/contexts"), Some("/contexts"));
        assert_eq!(path("/schemas/types"), Some("/schemas/types"));
        assert_eq!(path("/"), Some("/"));
        assert_eq!(path("/nowhere"), None);
    }

    #[test]
    fn what_is_not_promised_is_told() {
        let answer = |status, body: Value| Answer {
            status,
            headers: [(reqwest::header::CONTENT_TYPE, NEGOTIATED.parse().expect("a value"))].into_iter().collect(),
            text: body.to_string(),
            body,
        };
        let error = |code| json!({"error_code": code, "message": "no"});
        let judged = |target, answer| judge("GET", target, &answer);
        assert_eq!(judged("/subjects", answer(200, json!(["a"]))), Ok(()));
        assert_eq!(judged("/subjects/a/versions/1", answer(404, error(40402))), Ok(()));
        assert_eq!(judged("/subjects", answer(503, error(503))), Ok(()));
        for (target, broken) in [
            ("/subjects", answer(200, json!([1]))),
            ("/subjects", answer(204, Value::Null)),
            ("/subjects", answer(404, error(40401))),
            ("/subjects/a/versions/1", answer(404, error(40403))),
            ("/mode", answer(200, json!({"mode": "READWRITE", "surprise": 1}))),
            ("/mode", answer(200, json!({"mode": "SLEEPY"}))),
            ("/schemas", answer(200, json!([{"subject": "a", "version": 1, "id": 1, "schema": "", "surprise": 1}]))),
        ] {
            assert!(judged(target, broken.clone()).is_err(), "{target} {broken}");
        }
    }
}
