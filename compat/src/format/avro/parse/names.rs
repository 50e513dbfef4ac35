//! Is this a name?

/// New schemas stay with ASCII; stored ones may have any letters, as older registries took them.
pub(super) fn check(name: &str, strict: bool) -> Result<(), &'static str> {
    let is_letter = |letter: char| if strict { letter.is_ascii_alphabetic() } else { is_wide_letter(letter) };
    let is_digit = |letter: char| if strict { letter.is_ascii_digit() } else { letter.is_numeric() };
    let mut letters = name.chars();
    let Some(first) = letters.next() else { return Err("it is empty") };
    if !(is_letter(first) || first == '_') {
        return Err("it must begin with a letter or '_'");
    }
    if !letters.all(|letter| is_letter(letter) || is_digit(letter) || letter == '_') {
        return Err("it may have only letters, digits and '_'");
    }
    Ok(())
}

/// Java looks at 16 bits at a time, so that letters beyond them are none.
fn is_wide_letter(letter: char) -> bool {
    letter.is_alphabetic() && letter <= '\u{ffff}'
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn new_names_are_ascii_and_stored_ones_may_be_wider() {
        for name in ["a", "_", "A1_b"] {
            assert!(check(name, true).is_ok() && check(name, false).is_ok(), "{name}");
        }
        assert!(check("größe", true).is_err());
        assert!(check("größe", false).is_ok());
        for name in ["", "1a", "a-b", "a.b", "a b", "😀"] {
            assert!(check(name, true).is_err() && check(name, false).is_err(), "{name:?}");
        }
    }
}
