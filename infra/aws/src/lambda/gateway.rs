//! API Gateway's payload format 2.0 on one side, the domain's requests and responses on the other.
//!
//! `lambda_http` builds the request and the response, and it trusts its events. It unwraps a URL built from `Host` and
//! `X-Forwarded-Proto`, a URI built from path and query, and the decoding of a body. With `panic = "abort"`, a
//! malformed event would end the instance. So a guard ([`event_of`]) runs first: it reads the event member by member,
//! drops those headers, and refuses whatever cannot be built. An odd event gets a 400 at worst.
//! Nothing is built from `Host` or `X-Forwarded-*`: the source is the address that API Gateway itself saw.
//! Source: AWS, Working with AWS Lambda proxy integrations for HTTP APIs, payload format version 2.0.

use std::cell::Cell;
use std::convert::Infallible;
use std::fmt;
use std::future::ready;
use std::net::IpAddr;
use std::time::Duration;

use data_encoding::BASE64;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::request::{LambdaRequest, RequestContext};
use lambda_http::{Adapter, Body, BoxFuture, Context, LambdaEvent, RequestExt, Service, service_fn};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Value, json};
use shared::http::{ErrorFormat, Failure, Problem, Request, Response, response};
use shared::time::{Clock, Moment};
use shared::unavailable::Unavailable;
use tokio::time::timeout;
use url::Url;

use crate::config::system::{SystemClock, SystemRandom};
use crate::lambda::cold_start::{ColdStart, INIT_LIMIT};
use crate::lambda::request_line::RequestLine;

/// The host of every request, whatever `Host` says. Nothing is built from it.
const DOMAIN: &str = "gateway.invalid";
/// The header by which a caller could choose the scheme of the URL that `lambda_http` builds.
const FORWARDED_SCHEME: &str = "x-forwarded-proto";
/// Characters that would end a path inside a URL, and the sign that encodes them. API Gateway has decoded the path, so
/// they are ordinary characters in it; `lambda_http` would see a query or a fragment there.
const PATH_DELIMITERS: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#');
/// Milliseconds reserved at the end of an invocation for writing the response. If Lambda ends the invocation itself,
/// API Gateway responds in its own words.
const MARGIN_MILLIS: u64 = 1000;
/// The operation that fails when the time of an invocation runs out.
const LATE: &str = "the response was not ready within the time of the invocation";

/// Why an event is not a valid request; the caller gets a 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadEvent {
    /// It is not an event of this format, or lacks a member that every event has.
    Shape,
    /// Its path does not begin with a slash, makes no URI, or is not UTF-8 once decoded.
    Path,
    /// Its query makes no URI, or is not UTF-8 once decoded.
    Query,
    /// Its source is not an IP address.
    Source,
    /// Its body is marked as base64 but is not base64.
    Body,
}

impl BadEvent {
    const fn text(self) -> &'static str {
        match self {
            Self::Shape => "the request is not valid",
            Self::Path => "the path is not valid",
            Self::Query => "the query is not valid UTF-8",
            Self::Source => "the source is not an IP address",
            Self::Body => "the body is not valid base64",
        }
    }
}

impl fmt::Display for BadEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for BadEvent {}

/// Reads a request from an event's JSON text.
///
/// # Errors
/// [`BadEvent`] if the event is not a valid request.
pub fn handle_event(json: &[u8]) -> Result<Request, BadEvent> {
    let event = event_of(serde_json::from_slice(json).map_err(|_| BadEvent::Shape)?)?;
    request_of(LambdaRequest::ApiGatewayV2(event).into())
}

/// The guard: keeps only the members that make up a request, and refuses whatever `lambda_http` would panic on.
///
/// It never looks at the other members (authorizer, stage, cookies, …), so their form cannot matter. It drops headers
/// that HTTP does not allow.
///
/// # Errors
/// [`BadEvent`] for the first member that is missing, has the wrong type or cannot be read.
pub fn event_of(mut value: Value) -> Result<ApiGatewayV2httpRequest, BadEvent> {
    let http = &value["requestContext"]["http"];
    let path = value["rawPath"].as_str().ok_or(BadEvent::Shape)?;
    let query = value["rawQueryString"].as_str().unwrap_or_default();
    let encoded = value["isBase64Encoded"].as_bool().unwrap_or_default();
    let method = http["method"].as_str().filter(|method| !method.is_empty()).ok_or(BadEvent::Shape)?;
    let source = http["sourceIp"].as_str().filter(|text| text.parse::<IpAddr>().is_ok()).ok_or(BadEvent::Source)?;
    let path = utf8_percent_encode(path, PATH_DELIMITERS).to_string();
    let query = query.replace('#', "%23");
    check_uri(&path, &query)?;
    let stored = json!({
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "isBase64Encoded": encoded,
        "requestContext": {"domainName": DOMAIN, "http": {
            "method": method,
            "sourceIp": source,
        }},
    });
    let headers = match value["headers"].take() {
        Value::Object(entries) => {
            entries.into_iter().filter_map(|(name, value)| header(&name, value.as_str()?)).collect()
        }
        _ => HeaderMap::new(),
    };
    let mut event: ApiGatewayV2httpRequest = serde_json::from_value(stored).map_err(|_| BadEvent::Shape)?;
    event.headers = headers;
    event.body = match value["body"].take() {
        Value::String(body) if encoded && !is_base64(&body) => return Err(BadEvent::Body),
        Value::String(body) => Some(body),
        _ => None,
    };
    Ok(event)
}

/// Checks that path and query make a URI in the way that `lambda_http` will build one.
fn check_uri(path: &str, query: &str) -> Result<(), BadEvent> {
    if !path.starts_with('/') {
        return Err(BadEvent::Path);
    }
    let url = Url::parse(&format!("https://{DOMAIN}{path}")).map_err(|_| BadEvent::Path)?;
    Uri::try_from(url.as_str()).map_err(|_| BadEvent::Path)?;
    Uri::try_from(format!("{url}?{query}")).map_err(|_| BadEvent::Query)?;
    Ok(())
}

/// Whether a text is the base64 of some bytes (RFC 4648). Our decoder also takes several encodings in a row, which
/// `lambda_http` would panic on.
fn is_base64(text: &str) -> bool {
    BASE64.decode(text.as_bytes()).is_ok_and(|bytes| BASE64.encode(&bytes) == text)
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    // Bytes, not text: a value outside ASCII is passed on, and the route refuses it.
    let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    (name != HOST && name != FORWARDED_SCHEME).then_some((name, value))
}

/// Makes the domain's request from one of `lambda_http`.
///
/// The path is the event's own, which API Gateway decoded and the guard encoded. The URI's path has lost its dot
/// segments, and decoding it would let one path stand for another.
///
/// # Errors
/// [`BadEvent::Path`] or [`BadEvent::Query`] if one is not UTF-8 once decoded.
pub fn request_of(request: lambda_http::Request) -> Result<Request, BadEvent> {
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
        return Err(BadEvent::Shape);
    };
    let source = context.http.source_ip.as_deref().and_then(|text| text.parse().ok()).ok_or(BadEvent::Source)?;
    let query = query(request.uri().query().unwrap_or_default()).ok_or(BadEvent::Query)?;
    let path = percent_decode_str(request.raw_http_path()).decode_utf8().map_err(|_| BadEvent::Path)?.into_owned();
    let (parts, body) = request.into_parts();
    Ok(Request { method: parts.method, path, query, headers: parts.headers, body: body.to_vec(), source })
}

/// The query's pairs, decoded (WHATWG URL, urlencoded parsing); `None` if one is not UTF-8.
fn query(raw: &str) -> Option<Vec<(String, String)>> {
    let decoded = |text: &str| Some(percent_decode_str(&text.replace('+', " ")).decode_utf8().ok()?.into_owned());
    let pairs = raw.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decoded(name)?, decoded(value)?))
        })
        .collect()
}

/// The response to an event that is not a valid request.
#[must_use]
pub fn bad_event(error: BadEvent, error_format: ErrorFormat) -> Response {
    failed(&Problem::malformed(error.text()).into(), error_format)
}

fn failed(failure: &Failure, error_format: ErrorFormat) -> Response {
    failure.response(error_format, &SystemRandom, SystemClock.now())
}

/// The response to a CORS-preflight request (Fetch, CORS-preflight request); `None` for any other request.
///
/// API Gateway passes preflight requests to a route of any method. This response allows nothing: API Gateway adds its
/// own headers for the origins that the deployment allows, and takes none from a function.
#[must_use]
pub fn preflight(method: &Method, headers: &HeaderMap) -> Option<Response> {
    let asks = method == Method::OPTIONS
        && [ORIGIN, ACCESS_CONTROL_REQUEST_METHOD].iter().all(|name| headers.contains_key(name));
    asks.then(|| response::empty(StatusCode::NO_CONTENT))
}

/// How long handling may take so that the response still leaves before the invocation ends.
fn left(deadline: Moment, now: Moment) -> Duration {
    Duration::from_millis(deadline.millis().saturating_sub(now.millis()).saturating_sub(MARGIN_MILLIS))
}

/// Responds to one event, and logs one line about it. Handling that takes too long is dropped midway, as if Lambda had ended the function, and the
/// response is a 503.
pub async fn respond<'a>(
    event: Value,
    context: Context,
    handle: impl Fn(Request) -> BoxFuture<'a, Response>,
    is_cold: bool,
) -> impl Serialize {
    let line = &RequestLine::begin(&event, is_cold);
    let error_format = ErrorFormat::of_path(event["rawPath"].as_str().unwrap_or_default());
    let limit = left(Moment::from_millis(context.deadline), SystemClock.now());
    let (event, refused) = match event_of(event) {
        Ok(event) => (event, None),
        Err(error) => (ApiGatewayV2httpRequest::default(), Some(error)),
    };
    let service = service_fn(|request: lambda_http::Request| {
        let request = refused.map_or_else(|| request_of(request), Err);
        let answering = request.map(|request| match preflight(&request.method, &request.headers) {
            Some(answer) => Box::pin(ready(answer)),
            None => handle(request),
        });
        async move {
            let answer = match answering {
                Ok(answering) => match timeout(limit, answering).await {
                    Ok(answer) => answer,
                    Err(_) => failed(&Unavailable::plain(LATE).into(), error_format),
                },
                Err(error) => bad_event(error, error_format),
            };
            line.end(&answer);
            Ok::<_, Infallible>(answer.map(Body::from))
        }
    });
    let Ok(response) = Adapter::from(service).call(LambdaEvent::new(LambdaRequest::ApiGatewayV2(event), context)).await;
    response
}

/// Composes a function at cold start, then serves events with it for as long as the instance lives.
///
/// While the composition fails, each event tries it again and gets a 503: a secret store that is down must not end the
/// instance, and no function runs half composed.
///
/// # Errors
/// A failure that the Lambda runtime cannot recover from; never one about a request.
pub async fn serve_composed<T: Sync>(
    compose: impl AsyncFn() -> Result<T, Unavailable>,
    handle: impl for<'a> Fn(&'a T, Request) -> BoxFuture<'a, Response>,
) -> Result<(), lambda_runtime::Error> {
    let cold_start = ColdStart::new(compose);
    cold_start.prepare(INIT_LIMIT).await;
    let (cold_start, handle) = (&cold_start, &handle);
    let is_cold = &Cell::new(true);
    // The event is taken as plain JSON, which never fails: the runtime would log an event that it cannot read.
    let service = service_fn(move |event: LambdaEvent<Value>| async move {
        let LambdaEvent { payload, context } = event;
        let answer = answering(cold_start.composed().await, handle);
        Ok::<_, Infallible>(respond(payload, context, answer, is_cold.replace(false)).await)
    });
    lambda_runtime::run(service).await
}

/// The handler of an event: the function, or the failure of its composition.
fn answering<'a, T: Sync>(
    composed: Result<&'a T, Unavailable>,
    handle: &'a impl Fn(&'a T, Request) -> BoxFuture<'a, Response>,
) -> Box<dyn Fn(Request) -> BoxFuture<'a, Response> + 'a> {
    match composed.map_err(Failure::from) {
        Ok(function) => Box::new(|request| handle(function, request)),
        Err(failure) => Box::new(move |request| Box::pin(ready(failed(&failure, ErrorFormat::of_path(&request.path))))),
    }
}

#[cfg(test)]
mod tests;
