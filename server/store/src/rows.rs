//! How does one statement take many rows, and stay prepared?
//!
//! Lists come in pieces of a few fixed sizes, so that each connection knows its statements soon. A piece is filled up to
//! its size with rows of blanks, which the statement passes over.

use std::sync::LazyLock;

/// A piece has at most so many rows. What is sent is the next of these.
const SIZES: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
const LARGEST: usize = 64;

/// The texts of one statement, by the number of its rows.
#[derive(Debug)]
pub(crate) struct Texts([String; SIZES.len()]);

/// A statement that is made of its parts when it is first needed.
pub(crate) type Statement = LazyLock<Texts>;

impl Texts {
    /// One row of values for each row: `head (VALUES (…), (…)) AS given tail`. In PostgreSQL and in SQLite alike the columns
    /// of `given` are called `column1`, `column2` and so on.
    pub(crate) fn values(head: &str, columns: usize, tail: &str) -> Self {
        let slots: Vec<_> = (1..=columns).map(|number| format!("${number}")).collect();
        Self::of(
            &format!("{head} (VALUES "),
            &format!("({})", slots.join(", ")),
            columns,
            ", ",
            &format!(") AS given {tail}"),
        )
    }

    /// One query for each row, all in one. So each is planned by itself, as a search by key: a join with a list of keys may
    /// become a scan, and stay one when the table has grown.
    pub(crate) fn union(query: &str, columns: usize, tail: &str) -> Self {
        Self::of("", query, columns, " UNION ALL ", tail)
    }

    fn of(head: &str, row: &str, columns: usize, between: &str, tail: &str) -> Self {
        Self(SIZES.map(|size| {
            let rows: Vec<_> = (0..size).map(|number| renumbered(row, number * columns)).collect();
            format!("{head}{}{tail}", rows.join(between))
        }))
    }

    /// The text that takes at least so many rows, and how many it takes.
    fn fitting(&self, rows: usize) -> (&str, usize) {
        let place = SIZES.iter().position(|size| *size >= rows).unwrap_or(SIZES.len() - 1);
        (&self.0[place], SIZES[place])
    }
}

/// The pieces of a list, each with the text for it and the number of blank rows to add.
pub(crate) fn pieces<'a, T>(
    statement: &'static Statement,
    rows: &'a [T],
) -> impl Iterator<Item = (&'static str, &'a [T], usize)> {
    rows.chunks(LARGEST).map(|piece| {
        let (text, size) = LazyLock::force(statement).fitting(piece.len());
        (text, piece, size - piece.len())
    })
}

/// The row with its slots moved up.
fn renumbered(row: &str, by: usize) -> String {
    let mut text = String::with_capacity(row.len() + 16);
    let mut parts = row.split('$');
    text.extend(parts.next());
    for part in parts {
        let digits = part.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(part.len());
        let (digits, rest) = part.split_at(digits);
        let number = digits.parse::<usize>().map_or(0, |number| number + by);
        text.push_str(&format!("${number}{rest}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    static PAIRS: Statement = Statement::new(|| Texts::values("SELECT * FROM", 2, "WHERE column1 <> ''"));
    static KEYS: Statement = Statement::new(|| Texts::union("SELECT a FROM t WHERE a = $1 OR b = $2 OR c = $1", 2, ""));

    #[test]
    fn texts_have_the_slots_of_all_rows() {
        let (text, size) = PAIRS.fitting(2);
        assert_eq!((text, size), ("SELECT * FROM (VALUES ($1, $2), ($3, $4)) AS given WHERE column1 <> ''", 2));
        let (text, _) = KEYS.fitting(2);
        assert_eq!(
            text,
            "SELECT a FROM t WHERE a = $1 OR b = $2 OR c = $1 UNION ALL SELECT a FROM t WHERE a = $3 OR b = $4 OR c = $3"
        );
        assert!(PAIRS.fitting(64).0.contains("($127, $128)"));
        assert_eq!(renumbered("($1, $9, $10, $12)", 12), "($13, $21, $22, $24)");
    }

    #[test]
    fn lists_of_any_length_are_sent_whole() {
        for length in [0, 1, 2, 3, 5, 16, 17, 63, 64, 65, 200] {
            let rows: Vec<_> = (0..length).collect();
            let pieces: Vec<_> = pieces(&PAIRS, &rows).collect();
            let sent: Vec<_> = pieces.iter().flat_map(|(_, piece, _)| piece.iter().copied()).collect();
            assert_eq!(sent, rows);
            assert!(pieces.iter().all(|(_, piece, blanks)| SIZES.contains(&(piece.len() + blanks))));
            assert!(pieces.iter().all(|(_, piece, blanks)| *blanks < piece.len() || piece.len() == 1));
        }
    }
}
