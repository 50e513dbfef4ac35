//! Can what people say in words be kept and shown?

/// What is wrong with a text of at most so many bytes that stands for something; `None` if nothing is.
pub(crate) fn fault_in(what: &str, text: &str, most: usize) -> Option<String> {
    if text.trim().is_empty() {
        Some(format!("{what} is empty"))
    } else if text.len() > most {
        Some(format!("{what} has more than {most} bytes"))
    } else if text.chars().any(char::is_control) {
        Some(format!("{what} has a control character"))
    } else {
        None
    }
}
