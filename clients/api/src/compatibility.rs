//! The answer to "may this schema follow those?".

use serde::{Deserialize, Serialize};

/// What `/compatibility/...` answers. `messages` is there exactly when the request was verbose, even if empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompatibilityAnswer {
    pub is_compatible: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<String>>,
}
