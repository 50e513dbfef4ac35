//! Searches on the wire: what does an answer of `GET /govern/v1/search` look like?

use serde::{Deserialize, Serialize};

use crate::overview::SubjectOverview;

/// A page of the subjects that a search found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SearchPage {
    /// How many subjects were found altogether.
    pub total: u64,
    pub subjects: Vec<SearchHit>,
    /// On the first page: which values what was found has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facets: Option<Facets>,
    /// When nothing was found: the parts of the query without any one of which something would be found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<String>,
    /// While the index is behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indexing: Option<Indexing>,
    /// What to send as `after` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A subject that was found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SearchHit {
    #[serde(flatten)]
    pub overview: SubjectOverview,
    /// The fields because of which it was found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// The values that found subjects have, those that most have first; at most 50 of each sort.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Facets {
    #[serde(rename = "type")]
    pub kind: Vec<FacetValue>,
    pub compatibility: Vec<FacetValue>,
    pub mode: Vec<FacetValue>,
    /// An empty value stands for those that name no owner.
    pub owner: Vec<FacetValue>,
    pub tag: Vec<FacetValue>,
    pub context: Vec<FacetValue>,
}

/// A value, and how many subjects have it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FacetValue {
    pub value: String,
    pub count: u64,
}

/// How far the index is: subjects or changes that it has taken in, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Indexing {
    pub done: u64,
    pub total: u64,
}
