//! Is the printed text the canonical one, does it mean the same, and is it its own canonical text?

mod descriptors;
mod identity;
mod meaning;
mod normal;

use super::super::corpus::proto;

/// Prints both forms, and reads them again: each is its own canonical text.
#[track_caller]
fn printed(text: &str) -> (String, String) {
    let schema = proto(text);
    let (identity, normalized) = (schema.identity(), schema.normalized());
    assert_eq!(proto(&identity).identity(), identity);
    assert_eq!(proto(&identity).normalized(), normalized);
    assert_eq!(proto(&normalized).normalized(), normalized);
    (identity, normalized)
}

#[track_caller]
fn assert_identity(text: &str, identity: &str) {
    assert_eq!(printed(text).0, identity);
}

#[track_caller]
fn assert_normalized(text: &str, normalized: &str) {
    assert_eq!(printed(text).1, normalized);
}
