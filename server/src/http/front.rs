//! Which path is meant? Slashes at the end are cut, and `/contexts/{context}/…` becomes the same path with qualified
//! names, so that a client can be pointed at one context by its base URL alone. Then it is answered from memory, or routed.

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use futures_util::future::{BoxFuture, Either, Ready, ready};
use hyper::body::Incoming;
use hyper::{Method, Request, Uri};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use tidegate_api::ErrorCode;
use tidegate_compat::ContextName;
use tower::Service;

use super::actor::Peer;
use super::added::AddedHeaders;
use super::error::Failure;
use super::fast::Fast;
use super::pulse::Answering;
use super::ui;
use super::visitor::Visitor;

/// What a path segment can't hold as it is.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// An answer that is there already, or will be.
pub(super) type Answer = Either<Ready<Result<Response, Infallible>>, BoxFuture<'static, Result<Response, Infallible>>>;

/// Where every request enters, and what goes out with every answer. Cheap to clone.
#[derive(Clone)]
pub struct Front(Arc<Ways>);

struct Ways {
    fast: Option<Fast>,
    router: Router,
    headers: AddedHeaders,
}

impl Front {
    pub(super) fn new(router: Router, fast: Option<Fast>, headers: AddedHeaders) -> Self {
        Self(Arc::new(Ways { fast, router, headers }))
    }

    /// The answer: at once, where it is in memory, and else in a future of its own, so that what is asked all day need not
    /// carry room for all that might be asked. `until_done` is kept until the answer is there.
    pub(super) fn answer(self, visitor: Visitor, mut request: Request<Incoming>, until_done: Answering) -> Answer {
        // A proxy alone has nothing that the UI could show.
        if self.0.fast.is_some()
            && let Some(page) = ui::answer(request.method(), request.uri().path(), request.headers())
        {
            return self.at_once(page);
        }
        match put_in_order(request.method(), request.uri()) {
            Err(failure) => return self.at_once(failure.alone()),
            Ok(None) => {}
            Ok(Some(uri)) => *request.uri_mut() = uri,
        }
        if let Some(response) = self.0.known_answer(&request, &visitor) {
            return self.at_once(response);
        }
        let answering = async move {
            let mut response = self.0.answer_in_order(visitor, request).await?;
            self.0.headers.add_to(&mut response);
            drop(until_done);
            Ok(response)
        };
        Either::Right(Box::pin(answering))
    }

    fn at_once(&self, mut response: Response) -> Answer {
        self.0.headers.add_to(&mut response);
        Either::Left(ready(Ok(response)))
    }
}

impl Ways {
    /// What can be told without waiting for anybody.
    fn known_answer<B: hyper::body::Body>(&self, request: &Request<B>, visitor: &Visitor) -> Option<Response> {
        let fast = self.fast.as_ref()?;
        let id = Fast::asked(request)?;
        fast.answer(fast.now_at_once()?, id, request, visitor)
    }

    async fn answer_in_order(&self, visitor: Visitor, mut request: Request<Incoming>) -> Result<Response, Infallible> {
        if let Some(fast) = &self.fast
            && let Some(id) = Fast::asked(&request)
        {
            match fast.now().await.map(|now| fast.answer(now, id, &request, &visitor)) {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {}
                // The ordinary way would wait for the same database once more.
                Err(failure) => return Ok(fast.refuse(failure, &request)),
            }
        }
        request.extensions_mut().insert(Peer(visitor.peer()));
        request.extensions_mut().insert(visitor);
        self.router.clone().call(request.map(Body::new)).await
    }
}

/// The URI to route by, when it is not the one that came.
fn put_in_order(method: &Method, uri: &Uri) -> Result<Option<Uri>, Failure> {
    let path = uri.path();
    let trimmed = path.trim_end_matches('/');
    let rest = trimmed.strip_prefix("/contexts/").and_then(|rest| rest.split_once('/'));
    if let Some((context, rest)) = rest {
        return in_context(method, context, rest, uri.query()).map(Some);
    }
    if trimmed.len() == path.len() || path == "/" {
        return Ok(None);
    }
    let path = if trimmed.is_empty() { "/" } else { trimmed };
    parse(path, uri.query().unwrap_or_default()).map(Some)
}

/// `contexts/{context}/{rest}` without its prefix.
fn in_context(method: &Method, context: &str, rest: &str, query: Option<&str>) -> Result<Uri, Failure> {
    let context = decoded(context);
    let context =
        ContextName::parse(&context).map_err(|error| Failure::new(ErrorCode::BadRequest, error.to_string()))?;
    let qualifier = format!(":{context}:");
    let mut path = String::new();
    let mut qualify_next = false;
    let segments: Vec<&str> = rest.split('/').collect();
    for (index, segment) in segments.iter().copied().enumerate() {
        path.push('/');
        if qualify_next {
            path.push_str(&qualified(&qualifier, segment));
        } else {
            path.push_str(segment);
        }
        qualify_next = segment == "subjects" || (index == 0 && matches!(segment, "config" | "mode"));
    }
    if matches!(segments.as_slice(), ["config" | "mode"]) {
        path = format!("{path}/{qualifier}");
    }
    let query = query.unwrap_or_default();
    let query = match segments.as_slice() {
        ["schemas", "ids", ..] => with_qualified(query, "subject", &qualifier),
        ["schemas"] | ["subjects"] => with_qualified(query, "subjectPrefix", &qualifier),
        ["associations" | "associations:batchMutate", ..] if matches!(*method, Method::POST | Method::PUT) => {
            with_context(query, &qualifier)
        }
        _ => query.to_owned(),
    };
    parse(&path, &query)
}

fn qualified(qualifier: &str, segment: &str) -> String {
    let name = decoded(segment);
    if name.starts_with(":.") || name.starts_with(":*:") {
        return segment.to_owned();
    }
    format!("{}{segment}", utf8_percent_encode(qualifier, SEGMENT))
}

/// The query with the parameter `name` qualified, or added.
fn with_qualified(query: &str, name: &str, qualifier: &str) -> String {
    let given = form_urlencoded::parse(query.as_bytes());
    let value = given.clone().find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default();
    let is_qualified = value.starts_with(":.") || value.starts_with(":*:");
    let value = if is_qualified { value.into_owned() } else { format!("{qualifier}{value}") };
    let others = given.filter(|(key, _)| key != name);
    form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).extend_pairs(others).finish()
}

/// The query with the context in which the subjects of the body are meant, unless it names one.
fn with_context(query: &str, qualifier: &str) -> String {
    let given = form_urlencoded::parse(query.as_bytes());
    if given.clone().any(|(key, value)| key == "context" && !value.is_empty()) {
        return query.to_owned();
    }
    form_urlencoded::Serializer::new(String::new()).append_pair("context", qualifier).extend_pairs(given).finish()
}

fn decoded(segment: &str) -> Cow<'_, str> {
    percent_decode_str(segment).decode_utf8_lossy()
}

fn parse(path: &str, query: &str) -> Result<Uri, Failure> {
    let text = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    text.parse().map_err(|_| Failure::new(ErrorCode::BadRequest, "the path is not valid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(uri: &str) -> String {
        ordered_for(&Method::GET, uri)
    }

    fn ordered_for(method: &Method, uri: &str) -> String {
        let uri: Uri = uri.parse().unwrap();
        put_in_order(method, &uri).unwrap().unwrap_or(uri).to_string()
    }

    #[test]
    fn slashes_at_the_end_do_not_matter() {
        for (given, expected) in [
            ("/", "/"),
            ("/subjects/", "/subjects"),
            ("/compatibility/subjects/a/versions/?verbose=true", "/compatibility/subjects/a/versions?verbose=true"),
            ("//", "/"),
            ("/subjects/a%2F/versions", "/subjects/a%2F/versions"),
        ] {
            assert_eq!(ordered(given), expected);
        }
    }

    #[test]
    fn a_context_prefix_qualifies_what_it_is_put_before() {
        for (given, expected) in [
            ("/contexts/ctx/subjects/a%2Fb/versions/1", "/subjects/:.ctx:a%2Fb/versions/1"),
            ("/contexts/.ctx/subjects/:.other:a", "/subjects/:.other:a"),
            ("/contexts/:.ctx:/compatibility/subjects/a/versions/", "/compatibility/subjects/:.ctx:a/versions"),
            ("/contexts/ctx/config", "/config/:.ctx:"),
            ("/contexts/ctx/mode/a", "/mode/:.ctx:a"),
            ("/contexts/ctx/subjects", "/subjects?subjectPrefix=%3A.ctx%3A"),
            ("/contexts/ctx/subjects?deleted=true&subjectPrefix=x", "/subjects?subjectPrefix=%3A.ctx%3Ax&deleted=true"),
            ("/contexts/ctx/schemas/ids/1", "/schemas/ids/1?subject=%3A.ctx%3A"),
            ("/contexts/ctx/schemas/ids/1/versions?subject=a", "/schemas/ids/1/versions?subject=%3A.ctx%3Aa"),
            ("/contexts/ctx/schemas/types", "/schemas/types"),
            ("/contexts/ctx/associations/subjects/a", "/associations/subjects/:.ctx:a"),
            ("/contexts/ctx/associations/resources/-/a?limit=1", "/associations/resources/-/a?limit=1"),
            ("/contexts", "/contexts"),
            ("/contexts/ctx", "/contexts/ctx"),
        ] {
            assert_eq!(ordered(given), expected);
        }
    }

    #[test]
    fn new_associations_are_told_their_context() {
        for (given, expected) in [
            ("/contexts/ctx/associations", "/associations?context=%3A.ctx%3A"),
            ("/contexts/ctx/associations:batchMutate", "/associations:batchMutate?context=%3A.ctx%3A"),
            ("/contexts/ctx/associations:batchGet", "/associations:batchGet"),
            ("/contexts/ctx/associations?dryRun=true&context=x", "/associations?dryRun=true&context=x"),
            ("/contexts/ctx/subjects/a/versions", "/subjects/:.ctx:a/versions"),
        ] {
            assert_eq!(ordered_for(&Method::POST, given), expected);
        }
        let upsert = ordered_for(&Method::PUT, "/contexts/ctx/associations/resources/1?dryRun=true");
        assert_eq!(upsert, "/associations/resources/1?context=%3A.ctx%3A&dryRun=true");
        let delete = ordered_for(&Method::DELETE, "/contexts/ctx/associations/resources/1");
        assert_eq!(delete, "/associations/resources/1");
    }

    #[test]
    fn a_context_name_with_a_colon_inside_is_refused() {
        let failure = put_in_order(&Method::GET, &"/contexts/a:b/subjects".parse().unwrap()).unwrap_err();
        assert_eq!(failure.code, ErrorCode::BadRequest);
    }
}
