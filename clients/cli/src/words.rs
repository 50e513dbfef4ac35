//! How are small things said? Plurals, likenesses, lists, and names that come from outside.

/// `1 error`, `2 errors`.
pub(crate) fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{} {word}s", grouped(count)) }
}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn one_of(names: &[String]) -> String {
    match names {
        [] => "nobody".to_owned(),
        [one] => one.clone(),
        [some @ .., last] => format!("{} or {last}", some.join(", ")),
    }
}

/// `12,345`
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut told = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// `1,240 rec/s`, `2.1 rec/s`, and of what comes more rarely how much an hour or a day brings; nothing where nothing comes.
pub(crate) fn rate(per_second: f64) -> Option<String> {
    const HOUR: f64 = 3_600.0;
    let (count, unit) = match per_second {
        rate if rate >= 1.0 => (rate, "s"),
        rate if rate * HOUR >= 1.0 => (rate * HOUR, "h"),
        rate if rate > 0.0 => (rate * 24.0 * HOUR, "day"),
        _ => return None,
    };
    let tenths = (count * 10.0).round();
    let told = match count {
        count if count >= 10.0 => grouped(whole(count)),
        _ if tenths < 1.0 => "<0.1".to_owned(),
        _ if tenths % 10.0 == 0.0 => grouped(whole(count)),
        _ => format!("{:.1}", tenths / 10.0),
    };
    Some(format!("{told} rec/{unit}"))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is not negative, and casts saturate")]
fn whole(count: f64) -> usize {
    count.round() as usize
}

/// The word that was most likely meant, if one is near enough.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().map(|candidate| (distance(word, candidate), candidate));
    let (distance, candidate) = near.min_by_key(|(distance, _)| *distance)?;
    // Two letters that changed places are two slips.
    let length = word.chars().count();
    let limit = if length < 4 { 1 } else { (length / 3).max(2) };
    (distance <= limit).then_some(candidate)
}

/// Levenshtein's, over at most as many letters as names have.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().take(64).enumerate() {
        let mut diagonal = at;
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
        for (column, expected) in other.iter().enumerate() {
            let left = row.get(column).copied().unwrap_or_default();
            let Some(cell) = row.get_mut(column + 1) else { break };
            let above = *cell;
            *cell = (diagonal + usize::from(letter != *expected)).min(above + 1).min(left + 1);
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// A name from outside as it can be shown: without control characters, which could write over the screen.
pub(crate) fn shown(name: &str) -> String {
    let is_unsafe = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !name.chars().any(is_unsafe) {
        return name.to_owned();
    }
    name.chars()
        .flat_map(|letter| if is_unsafe(letter) { letter.escape_unicode().collect() } else { vec![letter] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(counted(1, "error"), "1 error");
        assert_eq!(counted(1_234_567, "record"), "1,234,567 records");
        assert_eq!(grouped(999), "999");
    }

    #[test]
    fn rates_are_told_by_the_time_that_a_few_records_take() {
        for (per_second, told) in [
            (1_239.6, Some("1,240 rec/s")),
            (12.34, Some("12 rec/s")),
            (2.0, Some("2 rec/s")),
            (1.25, Some("1.3 rec/s")),
            (0.25, Some("900 rec/h")),
            (0.0021, Some("7.6 rec/h")),
            (0.0001, Some("8.6 rec/day")),
            (0.000_000_1, Some("<0.1 rec/day")),
            (0.0, None),
            (f64::NAN, None),
            (f64::INFINITY, Some("18,446,744,073,709,551,615 rec/s")),
        ] {
            assert_eq!(rate(per_second).as_deref(), told, "{per_second}");
        }
    }

    #[test]
    fn a_slip_of_the_finger_is_understood_and_a_guess_is_not_made() {
        let known = ["subjects", "registries", "references"];
        assert_eq!(nearest("subject", known), Some("subjects"));
        assert_eq!(nearest("regsitries", known), Some("registries"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn names_cannot_write_over_the_screen() {
        assert_eq!(shown("orders.avsc"), "orders.avsc");
        assert_eq!(shown("a\u{1b}[2Jb\u{202e}"), "a\\u{1b}[2Jb\\u{202e}");
    }
}
