//! Declared applications on the wire: which connections belong to which?

use serde::{Deserialize, Serialize};

use crate::marquez::NameId;

/// `PUT /govern/v1/applications/{application}`. Names are written in full, or how they begin with a `*` behind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApplicationWish {
    /// The team that answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    pub principals: Vec<String>,
    pub client_ids: Vec<String>,
    /// Consumer groups.
    pub groups: Vec<String>,
    /// The job that it is in OpenLineage events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<NameId>,
}

/// An application as it is declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    pub name: String,
    #[serde(flatten)]
    pub wish: ApplicationWish,
    pub changed_at: String,
    pub changed_by: String,
}

/// `GET /govern/v1/applications`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationList {
    pub applications: Vec<Application>,
}
