//! How deep would the tree of an expression be? Told from its text, before a parser that calls itself sees it.
//!
//! An upper bound: brackets count with everything that is chained before them. What is joined by `&&` and `||` makes no
//! depth, so that a rule may have as many conditions as it likes.

/// Whether the tree stays within `most` levels.
pub(super) fn is_within(text: &str, most: usize) -> bool {
    // For each open bracket how long the chain is that it stands in, and how many choices.
    let mut open = vec![Chain::default()];
    let mut letters = text.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, letter)) = letters.next() {
        let rest = text.get(at..).unwrap_or_default();
        match letter {
            '"' | '\'' => {
                let is_raw = matches!(before, 'r' | 'R');
                let end = at + literal(rest, letter, is_raw);
                while letters.next_if(|(next, _)| *next < end).is_some() {}
            }
            '/' if rest.starts_with("//") => while letters.next_if(|(_, next)| *next != '\n').is_some() {},
            '(' | '[' | '{' => {
                if let Some(chain) = open.last_mut() {
                    chain.links += 1;
                }
                open.push(Chain::default());
            }
            ')' | ']' | '}' if open.len() > 1 => drop(open.pop()),
            _ => {
                if let Some(chain) = open.last_mut() {
                    match letter {
                        '&' | '|' | ',' | ':' => chain.links = 0,
                        '?' => (chain.links, chain.choices) = (0, chain.choices + 1),
                        '.' | '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' | '!' => chain.links += 1,
                        // `in`, and whatever else is a word between words.
                        ' ' if before.is_alphanumeric() => chain.links += 1,
                        _ => {}
                    }
                }
            }
        }
        before = letter;
        if open.iter().map(|chain| chain.links + chain.choices).sum::<usize>() > most {
            return false;
        }
    }
    true
}

#[derive(Debug, Clone, Copy, Default)]
struct Chain {
    links: usize,
    choices: usize,
}

/// How many bytes a literal takes that begins with this quote.
fn literal(text: &str, quote: char, is_raw: bool) -> usize {
    let triple = quote.to_string().repeat(3);
    let end = if text.starts_with(&triple) { triple } else { quote.to_string() };
    let mut at = end.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(&end) {
            return at + end.len();
        }
        let mut letters = rest.chars();
        let first = letters.next().map_or(1, char::len_utf8);
        let escaped = if rest.starts_with('\\') && !is_raw { letters.next().map_or(0, char::len_utf8) } else { 0 };
        at += first + escaped;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_and_brackets_are_deep_and_lists_of_conditions_are_not() {
        let many = |part: &str, joint: &str| vec![part; 500].join(joint);
        for shallow in [
            many("message.a.b == 'x'", " && "),
            many("a(b)", " || "),
            format!("[{}]", many("1", ",")),
            format!("'{}'", many("(", "")),
            format!("'\\'{}'", many("(", "")),
            format!("r'\\' + '{}'", many("(", "")),
            format!("\"\"\"a\"b{}\"\"\"", many("(", "")),
            format!("1 // {}", many("(", "")),
        ] {
            assert!(is_within(&shallow, 20), "{shallow}");
        }
        for deep in [
            many("(", ""),
            many("!", ""),
            many("a", "."),
            many("1", "+"),
            many("a", " in "),
            many("a", "[0]"),
            many("a ? b", " : "),
            many("f(1 && ", ""),
            many("[", ""),
        ] {
            assert!(!is_within(&deep, 200), "{deep}");
        }
    }
}
