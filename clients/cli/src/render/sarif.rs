//! How does a report look to code scanning? SARIF 2.1.0, one run, with our fingerprints so that findings are known again.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::frame::{Frame, Role};
use crate::report::{Finding, Fix, Report, Weight};
use crate::rules;

/// How many results of a run GitHub takes.
const MAX_RESULTS: usize = 25_000;

pub(super) fn log(report: &Report) -> Value {
    let mut used: BTreeMap<&str, usize> = BTreeMap::new();
    report.findings.iter().for_each(|finding| {
        used.entry(&finding.code).or_default();
    });
    used.values_mut().zip(0..).for_each(|(place, at)| *place = at);
    let results: Vec<Value> = report.findings.iter().take(MAX_RESULTS).map(|finding| result(finding, &used)).collect();
    let away: Vec<Value> = report
        .against
        .iter()
        .filter(|ground| !ground.judged)
        .map(|ground| {
            let why = ground.trouble.as_deref().unwrap_or("it gave no answer");
            json!({"level": "error", "message": {"text": format!("Nothing was judged against {}: {why}", ground.name)}})
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Tidegate",
                "version": report.tool.version,
                "semanticVersion": report.tool.version,
                "informationUri": "https://github.com/tidegate/tidegate",
                "rules": used.keys().map(|code| rule(code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {"ROOT": {"description": {"text": "The folder of tidegate.yaml."}}},
            "invocations": [{
                "executionSuccessful": away.is_empty(),
                "exitCode": report.summary.exit_code,
                "toolExecutionNotifications": away,
            }],
            "results": results,
        }],
    })
}

fn rule(code: &str) -> Value {
    let Some(rule) = rules::find(code) else { return json!({"id": code}) };
    let mut told = json!({
        "id": rule.code,
        "name": rule.slug,
        "shortDescription": {"text": rule.purpose},
        "helpUri": rules::url(rule.code),
        "defaultConfiguration": {"level": level(rule.weight)},
    });
    if let (Some(page), Some(members)) = (rules::page(&rule), told.as_object_mut()) {
        members.insert("help".to_owned(), json!({"text": rule.purpose, "markdown": page}));
    }
    told
}

fn result(finding: &Finding, places: &BTreeMap<&str, usize>) -> Value {
    let mut text = finding.message.clone();
    finding.notes.iter().for_each(|note| text.push_str(&format!("\n{note}.")));
    let mut result = Map::new();
    result.insert("ruleId".to_owned(), json!(finding.code));
    if let Some(at) = places.get(finding.code.as_str()) {
        result.insert("ruleIndex".to_owned(), json!(at));
    }
    result.insert("level".to_owned(), json!(level(finding.severity)));
    result.insert("message".to_owned(), json!({"text": text}));
    let here = finding.frames.iter().find(|frame| frame.role == Role::Here);
    result.insert("locations".to_owned(), json!([location(&finding.file, here, finding.subject.as_deref())]));
    let related: Vec<Value> =
        finding.frames.iter().filter(|frame| Some(*frame) != here).zip(1..).map(related).collect();
    if !related.is_empty() {
        result.insert("relatedLocations".to_owned(), json!(related));
    }
    result.insert("partialFingerprints".to_owned(), json!({"tidegate/v1": finding.fingerprint}));
    if let Some(fix) = finding.fix.as_ref().filter(|fix| !fix.edits.is_empty()) {
        result.insert("fixes".to_owned(), json!([change(fix, &finding.file)]));
    }
    if let Some(accepted) = &finding.accepted {
        let told = format!("{} (until {})", accepted.reason, accepted.until);
        let suppression = json!({"kind": "external", "status": "accepted", "justification": told});
        result.insert("suppressions".to_owned(), json!([suppression]));
    } else if let Some(waiting) = &finding.waiting {
        let told = format!("{} (until {})", waiting.reason, waiting.until);
        let suppression = json!({"kind": "external", "status": "underReview", "justification": told});
        result.insert("suppressions".to_owned(), json!([suppression]));
    }
    Value::Object(result)
}

fn location(file: &str, frame: Option<&Frame>, subject: Option<&str>) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(file), "uriBaseId": "ROOT"}});
    if let (Some(frame), Some(members)) = (frame, physical.as_object_mut()) {
        members.insert("region".to_owned(), region(frame));
    }
    let mut location = json!({"physicalLocation": physical});
    if let (Some(subject), Some(members)) = (subject, location.as_object_mut()) {
        members.insert("logicalLocations".to_owned(), json!([{"name": subject, "kind": "resource"}]));
    }
    location
}

/// A place in another text. A version in a registry is no file, so its name and the words that are meant must do.
fn related((frame, id): (&Frame, usize)) -> Value {
    let label = frame.label.clone().unwrap_or_else(|| "before".to_owned());
    let message = format!("{label} ({}:{})", frame.file, frame.start.line);
    json!({
        "id": id,
        "message": {"text": message},
        "logicalLocations": [{"fullyQualifiedName": frame.file, "kind": "resource"}],
    })
}

fn region(frame: &Frame) -> Value {
    let mut region = json!({"startLine": frame.start.line, "startColumn": frame.start.column});
    if let Some(members) = region.as_object_mut().filter(|_| frame.end.byte > frame.start.byte) {
        members.insert("endLine".to_owned(), json!(frame.end.line));
        members.insert("endColumn".to_owned(), json!(frame.end.column));
    }
    region
}

fn change(fix: &Fix, file: &str) -> Value {
    let replacement = |edit: &crate::report::Edit| {
        json!({
            "deletedRegion": {"byteOffset": edit.start, "byteLength": edit.end - edit.start.min(edit.end)},
            "insertedContent": {"text": edit.replacement},
        })
    };
    let replacements: Vec<Value> = fix.edits.iter().map(replacement).collect();
    let artifact = json!({"uri": uri(file), "uriBaseId": "ROOT"});
    json!({
        "description": {"text": fix.message},
        "artifactChanges": [{"artifactLocation": artifact, "replacements": replacements}],
    })
}

fn level(weight: Weight) -> &'static str {
    match weight {
        Weight::Error => "error",
        Weight::Warning => "warning",
        Weight::Info => "note",
    }
}

/// A path as a relative reference.
fn uri(path: &str) -> String {
    let mut escaped = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/@+=,".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
