//! What do editors know of `tidegate.yaml`? Its JSON Schema.

use serde_json::{Value, json};
use tidegate_compat::CompatibilityLevel;

use super::asked::{LEVELS, REQUIRED, SETS};

/// The schema of the project file.
pub(crate) fn schema() -> Value {
    let level = json!({
        "description": "The compatibility level that new versions must keep.",
        "enum": CompatibilityLevel::ALL.map(CompatibilityLevel::as_str),
    });
    let rule_level = json!({"enum": LEVELS});
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://tidegate.dev/project/v1",
        "title": "tidegate.yaml",
        "type": "object",
        "additionalProperties": false,
        "required": ["version"],
        "properties": {
            "version": {"const": 1},
            "project": text("By this name `apply` marks subjects as this project's; only those are ever deleted."),
            "registries": {
                "type": "object",
                "description": "Registries by name. ${NAME} stands for a variable of the environment.",
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["url"],
                    "properties": {
                        "url": text("Where it is."),
                        "token": text("A bearer token, best as ${NAME}."),
                        "user": text("A user name."),
                        "password": text("A password, best as ${NAME}."),
                        "ca": text("A PEM file of the authorities that are trusted instead of the system's."),
                    },
                },
            },
            "default_registry": text("The registry that is meant where none is named."),
            "compat": level,
            "subjects": {
                "type": "array",
                "description": "Which files are which subjects. The first rule that matches counts.",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["match", "subject"],
                    "properties": {
                        "match": text("A glob from the folder of this file; {name} captures within one segment."),
                        "subject": text("The subject's name: captures, {record.fullname}, {record.name}, {record.namespace}, {topic_option} (Protobuf's option (tidegate.topic))."),
                        "exclude": {"type": "array", "items": {"type": "string"}, "description": "Globs of files that are not meant."},
                        "compat": level,
                        "type": {"enum": ["AVRO", "PROTOBUF", "JSON"], "description": "The language, where the file's ending does not tell."},
                        "owner": text("Who owns the subject; may use what `subject` may."),
                        "message": {"type": "string", "minLength": 1, "description": "The name, without package, that the file's first message or record has; * stands for anything. A file with another one falls to the rules below."},
                        "kind": {"enum": ["topic", "shared"], "description": "topic unless it is said; shared: others refer to it, and no record is written with it alone."},
                    },
                },
            },
            "references": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "names": {
                        "type": "object",
                        "description": "Subjects, by the names that schemas use for them and that no file here defines.",
                        "additionalProperties": {"type": "string"},
                    },
                    "resolve": {"enum": [["repo"], ["repo", "registry"]], "description": "Where names are looked up; both unless it is said."},
                    "remote_urls": {"enum": ["deny"], "description": "URLs are never fetched."},
                },
            },
            "accept": {
                "type": "array",
                "description": "Findings that were accepted for a time. Written by `tidegate accept`.",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["id", "reason", "until"],
                    "properties": {
                        "id": {"type": "string", "pattern": "^[0-9a-fA-F]{6,}$", "description": "The first digits of the finding's fingerprint."},
                        "rule": text("The rule that was violated."),
                        "subject": text("The subject it was about."),
                        "path": text("Where it was."),
                        "reason": {"type": "string", "minLength": 1, "description": "Why it is accepted."},
                        "by": text("Who accepted it."),
                        "approved_by": text("Who agreed to it, where `approvals` asks for that. Written by `tidegate accept --approve`."),
                        "until": {"type": "string", "format": "date", "description": "The last day on which it holds."},
                    },
                },
            },
            "extends": {
                "type": "string",
                "pattern": "\\.ya?ml$",
                "description": "Another project file, by its path from here: its registries, levels, lint, governance, references and ci hold where this file has none.",
            },
            "lint": {
                "type": "object",
                "description": "Rules of style.",
                "additionalProperties": false,
                "properties": {
                    "use": {"type": "array", "items": {"enum": SETS}, "description": "Sets of rules."},
                    "rules": {
                        "type": "object",
                        "description": "Levels of single rules, by code, slug, or both with a dash between.",
                        "additionalProperties": {
                            "oneOf": [
                                rule_level,
                                {
                                    "type": "object",
                                    "additionalProperties": false,
                                    "required": ["level"],
                                    "properties": {
                                        "level": rule_level,
                                        "paths": {"type": "array", "items": {"type": "string"}, "description": "Globs of the files where it holds."},
                                    },
                                },
                            ],
                        },
                    },
                },
            },
            "governance": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "require": {"type": "array", "items": {"enum": REQUIRED}, "description": "What every subject must have."},
                    "pii": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["require_encryption"],
                        "properties": {
                            "require_encryption": {"type": "boolean", "description": "Whether a rule of the contract must encrypt every field that is tagged as personal."},
                            "tags": {"type": "array", "items": {"type": "string"}, "description": "The tags that say so; PII unless it is said."},
                        },
                    },
                },
            },
            "usage": usage(),
            "approvals": approvals(),
            "consumes": consumes(),
            "ci": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "fail_on": {"enum": ["error", "warning", "never"], "description": "From which weight on findings make the run fail."},
                    "changed_only": {"enum": ["never", "auto", "always"], "description": "Whether `check` looks only at what changed and what stands on it; auto: on pull and merge requests; never unless it is said."},
                    "comment": {"enum": ["update", "never"], "description": "Whether a pipeline that may write comments tells the report as one, which it writes anew each time; what the pipeline says unless it is said."},
                },
            },
        },
    })
}

fn usage() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "type": "object",
        "description": "What counts as use of a subject, as the registry's proxies saw it, and what follows from there being none.",
        "additionalProperties": false,
        "properties": {
            "window": {"type": "string", "pattern": "^[0-9]+[hdw]$", "description": "How far back use counts; 7d unless it is said."},
            "min_records": {"type": "integer", "minimum": 0, "description": "Fewer records of a version are none; 1 unless it is said."},
            "ignore_clients": {"type": "array", "items": {"type": "string"}, "description": "Clients and groups who don't count, by name; * stands for anything."},
            "environments": {"type": "array", "items": {"type": "string"}, "description": "The registries whose evidence counts; all unless it is said."},
            "downgrade": {"type": "boolean", "description": "Whether what breaks something that nobody uses is a warning; false unless it is said."},
            "min_coverage": {"type": "number", "minimum": 0, "maximum": 1, "description": "How much of the use must be seen for that; 0.95 unless it is said."},
            "marks": {
                "type": "array",
                "description": "Consumers that don't count for one subject, for a time.",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["consumer", "subject", "as", "reason", "until"],
                    "properties": {
                        "consumer": {"type": "string", "minLength": 1, "description": "A group, or an application without one."},
                        "subject": {"type": "string", "minLength": 1, "description": "The subject."},
                        "as": {"enum": ["safe", "ignored"], "description": "safe: it can take the change; ignored: whether it can is of no concern."},
                        "reason": {"type": "string", "minLength": 1, "description": "Why."},
                        "by": text("Who says so."),
                        "until": {"type": "string", "format": "date", "description": "The last day on which it holds, at most 180 days away."},
                    },
                },
            },
            "provider": {
                "description": "Who else knows of the use of subjects. Asked with --allow-provider only.",
                "oneOf": [
                    {"type": "object", "additionalProperties": false, "required": ["exec"], "properties": {"exec": {"type": "string", "minLength": 1, "description": "A program that prints the use of the subject that it is given."}}},
                    {"type": "object", "additionalProperties": false, "required": ["url"], "properties": {"url": {"type": "string", "pattern": "^https?://", "description": "An address that answers ?subject=."}}},
                ],
            },
            "on_unknown": {"enum": ["error", "warning"], "description": "What breaks something of whose use nothing is known; error unless it is said."},
        },
    })
}

fn approvals() -> Value {
    json!({
        "type": "object",
        "description": "What takes a second person. Who may change this file is for its code owners to say.",
        "additionalProperties": false,
        "properties": {
            "acceptances": {"type": "boolean", "description": "Whether a finding is only let pass when it is approved; false unless it is said."},
            "weaker_compatibility": {"type": "boolean", "description": "Whether `apply` only weakens a level when that is approved; false unless it is said."},
            "by": {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": true, "description": "Names or addresses of those who may approve."},
        },
    })
}

fn consumes() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "type": "object",
        "description": "What the application of this repository reads. Published by `tidegate consumers publish`.",
        "additionalProperties": false,
        "required": ["application", "reads"],
        "properties": {
            "application": {"type": "string", "minLength": 1, "description": "Its name."},
            "owner": text("Who answers for it."),
            "reads": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["subject"],
                    "properties": {
                        "subject": {"type": "string", "minLength": 1, "description": "The subject."},
                        "group": text("The consumer group."),
                        "fields": {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": "string", "minLength": 1}, "description": "The fields that are read, as in customer_id and lines.sku; all of them unless it is said."},
                        "reader_schema": {"type": "string", "minLength": 1, "description": "In place of fields, the file of the schema that it reads with: the fields in it are those that are read."},
                        "purpose": text("What for."),
                    },
                },
            },
        },
    })
}
