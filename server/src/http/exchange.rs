//! What happens around every handler? In this order: the request gets its id and span, its answer's media type is agreed
//! on, it is seen who asks, its body arrives within limits, the handler runs within its time, and what came of it is
//! counted.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request as HttpRequest, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use opentelemetry::propagation::Extractor;
use tidegate_api::ErrorCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::auth::Guard;
use super::error::{self, Failure};
use super::fast;
use super::instruments::Instruments;
use super::kafka::records::STREAMED;
use super::media::Media;
use super::request_id::RequestId;
use crate::config::HttpConfig;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// How much of a body that is too large is read on, so that its sender gets to see the answer.
const PATIENCE_FACTOR: usize = 4;
/// Bodies up to this size need no room of their own: what they take is little beside the connection.
const SMALL_BODY: usize = 8 << 10;
/// From how many KiB on a schema is large, and how many of those are looked at at once: each holds a connection to the database meanwhile, of which others need some.
const HEAVY_BODY: usize = 64;
const HEAVY: usize = 2;
/// Where schemas are looked at.
const HEAVY_ROUTES: [&str; 6] =
    ["/subjects/", "/compatibility/", "/associations", "/govern/v1/explain", "/govern/v1/check", "/govern/v1/rules"];
/// For so many of the largest bodies there is room at once, those that arrive slowly included.
const LARGE_BODIES: usize = 64;

/// What one request may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub max_body: usize,
    pub request_timeout: Duration,
}

impl From<&HttpConfig> for Limits {
    fn from(config: &HttpConfig) -> Self {
        Self { max_body: config.max_body.0, request_timeout: config.request_timeout }
    }
}

/// What the exchange works with.
#[derive(Clone)]
pub(super) struct Exchange {
    limits: Limits,
    /// Room for bodies that are large, in KiB.
    room: Arc<Semaphore>,
    /// Whose turn it is to have a large schema looked at.
    heavy: Arc<Semaphore>,
    guard: Guard,
    instruments: Instruments,
}

/// A request that is being answered.
pub(super) struct Opened<'a> {
    started: Instant,
    route: &'a str,
    method: Method,
    request_id: RequestId,
    /// `None` when the caller takes nothing that we speak.
    media: Option<Media>,
    span: Span,
}

impl Exchange {
    /// For requests to these routes.
    pub(super) fn new(limits: Limits, guard: Guard, routes: impl IntoIterator<Item = &'static str>) -> Self {
        let room = limits.max_body.saturating_mul(LARGE_BODIES) >> 10;
        let room = Arc::new(Semaphore::new(room.min(Semaphore::MAX_PERMITS)));
        Self {
            limits,
            room,
            heavy: Arc::new(Semaphore::new(HEAVY)),
            guard,
            instruments: Instruments::new(routes, fast::ROUTE),
        }
    }

    /// Who stands at the door.
    pub(super) fn guard(&self) -> &Guard {
        &self.guard
    }

    pub(super) fn open<'a, B>(&self, route: &'a str, request: &HttpRequest<B>) -> Opened<'a> {
        let request_id = RequestId::of(request.headers());
        Opened {
            started: Instant::now(),
            route,
            method: request.method().clone(),
            media: Media::negotiate(route, request.headers()),
            span: span(request, route, &request_id),
            request_id,
        }
    }

    /// What every answer gets before it leaves.
    pub(super) fn close(&self, opened: Opened<'_>, mut response: Response) -> Response {
        let Opened { started, route, method, request_id, media, span } = opened;
        error::log(&response, &method, route, request_id.as_str());
        name_media(&mut response, media.unwrap_or_default());
        response.headers_mut().insert(X_REQUEST_ID, request_id.into_header());
        span.record("http.response.status_code", response.status().as_u16());
        if response.status().is_server_error() {
            span.record("otel.status_code", "ERROR");
        }
        self.instruments.count(route, &method, response.status(), started.elapsed());
        response
    }
}

impl Opened<'_> {
    /// Whether the caller takes what we speak.
    pub(super) fn is_acceptable(&self) -> bool {
        self.media.is_some()
    }
}

pub(super) async fn exchange(State(exchange): State<Exchange>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("", MatchedPath::as_str);
    let opened = exchange.open(route, &request);
    // Where nothing is, it does not matter in what form it would be told.
    let answering = if opened.is_acceptable() || route.is_empty() {
        answer(&exchange, route, request, next).left_future()
    } else {
        async { Failure::new(ErrorCode::NotAcceptable, "HTTP 406 Not Acceptable").into_response() }.right_future()
    };
    let response = answering.instrument(opened.span.clone()).await;
    exchange.close(opened, response)
}

/// Sees who asks, lets the body arrive, then lets the handler answer.
async fn answer(exchange: &Exchange, route: &str, request: Request, next: Next) -> Response {
    let limits = exchange.limits;
    let request = match admitted(exchange, route, request).await {
        Ok(request) => request,
        Err(failure) => return failure.into_response(),
    };
    let arriving = async {
        // Its handler reads the body as it comes, and answers while it does.
        if route == STREAMED { Ok((request, None)) } else { arrive(limits.max_body, &exchange.room, request).await }
    };
    // Taken until it is answered.
    let (request, room) = match timeout(limits.request_timeout, arriving).await {
        Ok(Ok(request)) => request,
        Ok(Err(failure)) => return failure.into_response(),
        Err(_) => return Failure::new(ErrorCode::RequestTimeout, "the request did not arrive in time").into_response(),
    };
    let size = room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
    let is_heavy = size >= HEAVY_BODY && HEAVY_ROUTES.iter().any(|heavy| route.starts_with(heavy));
    let handling = async {
        // Never closed.
        let _turn = if is_heavy { exchange.heavy.acquire().await.ok() } else { None };
        next.run(request).await
    };
    let handling = AssertUnwindSafe(handling).catch_unwind();
    match timeout(limits.request_timeout, handling).await {
        Ok(Ok(response)) => response,
        // What panicked has been told by the panic hook already.
        Ok(Err(_)) => Failure::new(ErrorCode::Internal, "a defect of the server; please report it").into_response(),
        Err(_) => {
            let seconds = limits.request_timeout.as_secs_f64();
            Failure::new(ErrorCode::Unavailable, format!("no answer within {seconds} s; try again")).into_response()
        }
    }
}

/// The request, once it is known that the caller may make it.
async fn admitted(exchange: &Exchange, route: &str, request: Request) -> Result<Request, Failure> {
    let (mut parts, body) = request.into_parts();
    match exchange.guard.admit(route, &mut parts).await {
        Ok(()) => Ok(Request::from_parts(parts, body)),
        Err(failure) => {
            let limits = exchange.limits;
            let bound = limits.max_body.saturating_mul(PATIENCE_FACTOR);
            let _ = timeout(limits.request_timeout, passed_over(body, bound)).await;
            Err(failure)
        }
    }
}

/// Reads a body that nobody wants, up to a bound, so that its sender gets to see the answer.
async fn passed_over(mut body: Body, bound: usize) {
    let mut length = 0;
    while length <= bound
        && let Some(Ok(frame)) = body.frame().await
    {
        length += frame.data_ref().map_or(0, Bytes::len);
    }
}

/// The request with its whole body in memory, and the room that this takes until it is answered.
async fn arrive(
    max_body: usize,
    room: &Arc<Semaphore>,
    request: Request,
) -> Result<(Request, Option<OwnedSemaphorePermit>), Failure> {
    if request.body().is_end_stream() {
        return Ok((request, None));
    }
    let mut taken: Option<OwnedSemaphorePermit> = None;
    let too_large = || Failure::new(ErrorCode::PayloadTooLarge, format!("the body is larger than {max_body} bytes"));
    let (parts, mut body) = request.into_parts();
    let bound = max_body.saturating_mul(PATIENCE_FACTOR);
    if announced_length(&parts.headers).is_some_and(|length| length > bound) {
        return Err(too_large());
    }
    let mut whole = BytesMut::new();
    let (mut length, mut has_room) = (0, true);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Failure::new(ErrorCode::BadRequest, "the body broke off"))?;
        let data = frame.into_data().unwrap_or_else(|_| Bytes::new());
        length += data.len();
        if length > bound {
            return Err(too_large());
        }
        if length <= max_body {
            if length > SMALL_BODY && has_room {
                let more = (length >> 10) - taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
                let more = Arc::clone(room).try_acquire_many_owned(u32::try_from(more).unwrap_or(u32::MAX));
                match (more, &mut taken) {
                    (Ok(more), Some(taken)) => taken.merge(more),
                    (Ok(more), None) => taken = Some(more),
                    (Err(_), _) => has_room = false,
                }
            }
            if has_room {
                whole.extend_from_slice(&data);
            } else {
                (whole, taken) = (BytesMut::new(), None);
            }
        } else {
            (whole, taken) = (BytesMut::new(), None);
        }
    }
    if length > max_body {
        return Err(too_large());
    }
    if !has_room {
        return Err(Failure::new(ErrorCode::Unavailable, "too many large bodies are under way; try again"));
    }
    Ok((Request::from_parts(parts, Body::from(whole.freeze())), taken))
}

fn announced_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Handlers answer JSON without naming it; here it gets the name that the caller asked for.
fn name_media(response: &mut Response, media: Media) {
    let has_body = !matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if has_body && !response.headers().contains_key(CONTENT_TYPE) {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media.as_str()));
    }
}

/// One span for the request, below the caller's. It exists only while someone exports traces.
fn span<B>(request: &HttpRequest<B>, route: &str, request_id: &RequestId) -> Span {
    let method = request.method();
    let span = tracing::debug_span!(
        "http.request",
        otel.name = tracing::field::Empty,
        otel.kind = "server",
        otel.status_code = tracing::field::Empty,
        http.request.method = %method,
        http.route = route,
        url.path = request.uri().path(),
        http.response.status_code = tracing::field::Empty,
        http.request.id = tracing::field::Empty,
    );
    if !span.is_disabled() {
        span.record("otel.name", span_name(method, route));
        span.record("http.request.id", request_id.as_str());
        let context = opentelemetry::global::get_text_map_propagator(|propagator| {
            propagator.extract(&TraceHeaders(request.headers()))
        });
        // It fails only for a span that is not exported.
        let _ = span.set_parent(context);
    }
    span
}

fn span_name(method: &Method, route: &str) -> String {
    if route.is_empty() { method.to_string() } else { format!("{method} {route}") }
}

struct TraceHeaders<'a>(&'a HeaderMap);

impl Extractor for TraceHeaders<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;
    use crate::config::AuthConfig;

    async fn ask(path: &str) -> (StatusCode, String) {
        async fn slow() {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        async fn defective() {
            panic!("a defect");
        }
        let limits = Limits { max_body: 10, request_timeout: Duration::from_millis(50) };
        let router = Router::new().route("/slow", get(slow)).route("/defective", get(defective));
        let guard = Guard::new(&AuthConfig::default(), None, true, []);
        let router = router.layer(from_fn_with_state(Exchange::new(limits, guard, []), exchange));
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        assert_eq!(response.headers().get(CONTENT_TYPE).unwrap(), Media::default().as_str());
        let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn an_answer_that_takes_too_long_is_given_up() {
        let (status, body) = ask("/slow").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.starts_with(r#"{"error_code":503,"#), "{body}");
    }

    #[tokio::test]
    async fn a_defect_is_an_answer_too() {
        let (status, body) = ask("/defective").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.starts_with(r#"{"error_code":500,"#), "{body}");
    }

    #[tokio::test]
    async fn large_bodies_have_room_together_for_as_long_as_they_are_under_way() {
        let room = Arc::new(Semaphore::new(100));
        let ask = async |size: usize| {
            let request = Request::builder().body(Body::from(vec![b'x'; size])).unwrap();
            arrive(1 << 20, &room, request).await
        };
        let (_, first) = ask(90 << 10).await.unwrap();
        assert_eq!(ask(90 << 10).await.unwrap_err().code, ErrorCode::Unavailable);
        assert!(ask(SMALL_BODY).await.unwrap().1.is_none());
        drop(first);
        assert!(ask(90 << 10).await.is_ok());
        assert_eq!(ask(2 << 20).await.unwrap_err().code, ErrorCode::PayloadTooLarge);
        assert_eq!(room.available_permits(), 100);
    }
}
