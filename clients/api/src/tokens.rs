//! Tokens: how are they asked for, and what is told of them?

use serde::{Deserialize, Serialize};

/// A token that somebody wants to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewToken {
    pub name: String,
    /// What may be done with it, as in `read`, `write orders-` or `admin :.staging:`.
    pub grants: Vec<String>,
    /// Absent: until it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_seconds: Option<u64>,
}

/// What is known of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    pub name: String,
    pub grants: Vec<String>,
    /// RFC 3339, as all times here.
    pub created_at: String,
    pub created_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// When it was last used, give or take some minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<String>,
}

/// A token just made, with the token itself, which is told only here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedToken {
    #[serde(flatten)]
    pub about: Token,
    pub token: String,
}

/// `GET /govern/v1/whoami`: who asks, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoAmI {
    /// The user, or the name of the token. Absent for somebody who brought no credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// As in `read`, `write orders-` or `admin :.staging:`.
    pub grants: Vec<String>,
}
