//! Do two JSON Schemas say the same?

use super::canonical;
use super::tree::Schema;

/// Whether both print equally: here the order of members counts, as it does for their identity.
pub(super) fn is_equivalent(one: &Schema, other: &Schema) -> bool {
    canonical::identity(one) == canonical::identity(other)
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;
    use crate::format::Strictness;

    #[test]
    fn blanks_do_not_count_and_order_does() {
        let read = |text: &str| parse(text, &[], Strictness::Lenient).unwrap();
        let schema = read(r#"{"type":"object","title":"A"}"#);
        assert!(is_equivalent(&schema, &read(" {\"type\": \"object\", \"title\": \"\\u0041\"}")));
        assert!(!is_equivalent(&schema, &read(r#"{"title":"A","type":"object"}"#)));
    }
}
