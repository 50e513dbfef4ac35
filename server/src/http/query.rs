//! What stands after the question mark?

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tidegate_api::ErrorCode;

use super::error::Failure;

/// The query parameters; of a repeated one the first counts unless all are asked for, unknown ones are passed over.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    written: String,
    pairs: Vec<(String, String)>,
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        Self { written: text.to_owned(), pairs: form_urlencoded::parse(text.as_bytes()).into_owned().collect() }
    }

    /// The whole as it was written.
    pub(super) fn written(&self) -> &str {
        &self.written
    }

    /// Names and values, in order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A text, if it is there and not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// A text that may be empty.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a repeated parameter, in order.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// `true` or `false` in any case; absent and empty are `false`.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Failure> {
        match self.text(name) {
            None => Ok(false),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(not_found(name, "true or false")),
        }
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Failure> {
        let number = |value: &str| value.trim().parse::<i64>().map_err(|_| not_found(name, "a whole number"));
        self.text(name).map(number).transpose()
    }
}

/// A value that does not parse is answered as a path that does not exist.
fn not_found(name: &str, expected: &str) -> Failure {
    Failure::new(ErrorCode::NotFound, format!("HTTP 404 Not Found: parameter '{name}' must be {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_numbers_and_texts_are_read_as_the_registry_does() {
        let query = Query::parse("deleted=True&limit=%205&subject=a%2Fb+c&x=&deleted=false&bad=yes");
        assert!(query.flag("deleted").unwrap());
        assert!(!query.flag("x").unwrap() && !query.flag("absent").unwrap());
        assert_eq!(query.number("limit").unwrap(), Some(5));
        assert_eq!(query.text("subject"), Some("a/b c"));
        assert_eq!((query.text("x"), query.raw("x")), (None, Some("")));
        assert_eq!(query.all("deleted").collect::<Vec<_>>(), ["True", "false"]);
        assert_eq!(query.flag("bad").unwrap_err().code, ErrorCode::NotFound);
        assert_eq!(query.number("bad").unwrap_err().code, ErrorCode::NotFound);
    }
}
