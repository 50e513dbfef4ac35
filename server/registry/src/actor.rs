//! Who asks? Every accepted change is written down with its actor.

/// Who makes a request, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The authenticated name; `anonymous` without authentication.
    pub name: String,
    /// Where the request came from: an IP address, or the name of a part of the product.
    pub origin: String,
}
