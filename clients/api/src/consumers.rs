//! What applications say that they read, on the wire.

use serde::{Deserialize, Serialize};

/// `PUT /govern/v1/consumers/{application}`: all that it reads, instead of what it said before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerWish {
    /// The team that answers for the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where it is written, such as a file in a repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    pub consumes: Vec<Consumes>,
}

/// A subject that is read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consumes {
    pub subject: String,
    /// The consumer group that reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Paths of the fields that are used. Absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
    /// The schema that the reader reads with, in place of `fields`: those in it are the ones. Never in answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader_schema: Option<String>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
}

/// What an application has published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consumer {
    pub application: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    pub published_at: String,
    pub published_by: String,
    /// From when on it counts as stale.
    pub stale_at: String,
    pub consumes: Vec<Consumes>,
}

/// `GET /govern/v1/consumers`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerPage {
    pub items: Vec<Consumer>,
    /// What `after` has to be for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Somebody who says that it reads a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeclaredReader {
    pub application: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// `null`: all.
    pub fields: Option<Vec<String>>,
    pub published_at: String,
    /// Published so long ago that the application may have moved on.
    pub stale: bool,
    /// Whether it reads the field in question, a part of it, or what it is a part of; absent where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads: Option<bool>,
}
