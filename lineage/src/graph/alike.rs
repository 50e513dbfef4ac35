//! Which fields of two datasets seem to hold the same values, going by their names and types alone?
//!
//! That is a guess. It is made only where something is known to read the one and write the other, and it is told as one.

use std::collections::BTreeMap;

/// The types of fields by their paths, in the words of their schema.
pub type Fields = BTreeMap<String, String>;

/// What different schema languages and databases call the same. The first of each is what the others are taken for.
const SYNONYMS: [&[&str]; 8] = [
    &["string", "text", "varchar", "char", "utf8"],
    &["int", "int32", "integer", "sint32", "sfixed32", "fixed32", "uint32"],
    &["long", "int64", "bigint", "sint64", "sfixed64", "fixed64", "uint64"],
    &["float", "float32", "real"],
    &["double", "float64", "double precision"],
    &["boolean", "bool"],
    &["bytes", "binary", "varbinary", "blob"],
    &["timestamp", "timestamptz", "timestamp with time zone"],
];

/// The paths that both have, with types that are the same but for what they are called, and for whether they may be null.
pub fn alike<'f>(one: &'f Fields, other: &Fields) -> impl Iterator<Item = &'f str> {
    let both = one.iter().filter(|(path, kind)| {
        let kind = plain(kind);
        !kind.is_empty() && other.get(*path).is_some_and(|other| plain(other) == kind)
    });
    both.map(|(path, _)| path.as_str())
}

/// A type without what is not told apart.
fn plain(kind: &str) -> String {
    let kind = kind.to_lowercase();
    let mut branches: Vec<&str> = kind.split('|').map(str::trim).filter(|branch| *branch != "null").collect();
    for branch in &mut branches {
        // Lengths say nothing of where a value comes from.
        let bare = branch.split_once('(').map_or(*branch, |(bare, _)| bare.trim_end());
        let known = SYNONYMS.iter().find(|words| words.contains(&bare));
        *branch = known.map_or(*branch, |words| words[0]);
    }
    branches.sort_unstable();
    branches.join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(fields: &[(&str, &str)]) -> Fields {
        fields.iter().map(|(path, kind)| ((*path).to_owned(), (*kind).to_owned())).collect()
    }

    #[test]
    fn the_same_name_and_type_are_alike_whatever_the_type_is_called() {
        let avro = fields(&[
            ("id", "long"),
            ("buyer.email", "string | null"),
            ("price", "decimal(10, 2)"),
            ("at", "long"),
            ("note", "string"),
            ("open", "null"),
        ]);
        let table = fields(&[
            ("id", "BIGINT"),
            ("buyer.email", "VARCHAR(40)"),
            ("price", "DECIMAL(10, 2)"),
            ("at", "TIMESTAMP"),
            ("Note", "string"),
            ("open", "null"),
        ]);
        assert_eq!(alike(&avro, &table).collect::<Vec<_>>(), ["buyer.email", "id", "price"]);
    }

    #[test]
    fn unions_are_alike_in_any_order() {
        assert_eq!(plain("null | string | int32"), plain("integer | text"));
        assert_ne!(plain("string | int"), plain("string"));
        assert_eq!(plain("array<Line>"), "array<line>");
    }
}
