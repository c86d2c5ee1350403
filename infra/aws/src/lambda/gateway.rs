//! API Gateway's payload format 2.0 on one side, the domain's requests and answers on the other.
//!
//! Nothing is built from `Host` or `X-Forwarded-*`: the source is what API Gateway itself saw. Events are
//! read member by member, so that no event, however odd, does more than make a 400.
//! Source: AWS, Working with AWS Lambda proxy integrations for HTTP APIs, payload format version 2.0.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use data_encoding::BASE64;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::{Value, json};
use shared::http::{Answer, Failure, Problem, Request, Surface};
use shared::time::{Clock, Moment};
use shared::unavailable::Unavailable;
use tokio::time::timeout;

use crate::compose::{ColdStart, INIT_LIMIT};
use crate::config::system::{SystemClock, SystemRandom};

/// Milliseconds between the end of a request's handling and that of the invocation, in which the answer is written:
/// what Lambda ends by itself is answered by API Gateway, in its own words.
const MARGIN_MILLIS: u64 = 1000;
/// What has failed when the time of an invocation is nearly over.
const LATE: &str = "answer within the time of the invocation";

/// Why an event is no request; the caller is answered 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadEvent {
    /// It is not an event of this format, or lacks what every one has.
    Shape,
    /// Its path does not begin with a slash.
    Path,
    /// Its query is not UTF-8 once decoded.
    Query,
    /// Its source is not an address.
    Source,
    /// Its body is marked as base64 and is not.
    Body,
}

impl BadEvent {
    const fn text(self) -> &'static str {
        match self {
            Self::Shape => "the request cannot be read",
            Self::Path => "the path cannot be read",
            Self::Query => "the query is not UTF-8",
            Self::Source => "the source is not an address",
            Self::Body => "the body is not base64",
        }
    }
}

impl fmt::Display for BadEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for BadEvent {}

/// Reads an event from JSON text.
///
/// # Errors
/// [`BadEvent`] for anything that is no request.
pub fn handle_event(json: &[u8]) -> Result<Request, BadEvent> {
    request_of(event_of(serde_json::from_slice(json).map_err(|_| BadEvent::Shape)?)?)
}

/// Reads an event, keeping only the members that a request is made of.
///
/// The others (authorizer, stage, cookies, …) are never looked at, so their form cannot matter. A header
/// that HTTP does not allow is left out.
///
/// # Errors
/// [`BadEvent::Shape`] where a member that every event has is missing or of the wrong type.
pub fn event_of(mut value: Value) -> Result<ApiGatewayV2httpRequest, BadEvent> {
    let http = &value["requestContext"]["http"];
    let kept = json!({
        "version": "2.0",
        "rawPath": value["rawPath"].as_str().ok_or(BadEvent::Shape)?,
        "rawQueryString": value["rawQueryString"].as_str().unwrap_or_default(),
        "isBase64Encoded": value["isBase64Encoded"].as_bool().unwrap_or_default(),
        "requestContext": {"http": {
            "method": http["method"].as_str().filter(|method| !method.is_empty()).ok_or(BadEvent::Shape)?,
            "sourceIp": http["sourceIp"].as_str().ok_or(BadEvent::Source)?,
        }},
    });
    let headers = match value["headers"].take() {
        Value::Object(entries) => {
            entries.into_iter().filter_map(|(name, value)| header(&name, value.as_str()?)).collect()
        }
        _ => HeaderMap::new(),
    };
    let mut event: ApiGatewayV2httpRequest = serde_json::from_value(kept).map_err(|_| BadEvent::Shape)?;
    event.headers = headers;
    event.body = match value["body"].take() {
        Value::String(body) => Some(body),
        _ => None,
    };
    Ok(event)
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    // Bytes, not text: a value outside ASCII is kept, for the route to refuse.
    Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
}

/// Makes a request of an event.
///
/// # Errors
/// [`BadEvent`] for the first part that cannot be read.
pub fn request_of(event: ApiGatewayV2httpRequest) -> Result<Request, BadEvent> {
    let http = event.request_context.http;
    let source: IpAddr = http.source_ip.as_deref().and_then(|text| text.parse().ok()).ok_or(BadEvent::Source)?;
    // Decoded already; decoding it again would let one path stand for another.
    let path = event.raw_path.unwrap_or_default();
    if !path.starts_with('/') {
        return Err(BadEvent::Path);
    }
    let body = match event.body {
        None => Vec::new(),
        Some(text) if event.is_base64_encoded => BASE64.decode(text.as_bytes()).map_err(|_| BadEvent::Body)?,
        Some(text) => text.into_bytes(),
    };
    Ok(Request {
        method: http.method,
        path,
        query: query(event.raw_query_string.as_deref().unwrap_or_default()).ok_or(BadEvent::Query)?,
        headers: event.headers,
        body,
        source,
    })
}

/// Decodes a query's part: `%XX` and `+` for a space (WHATWG URL, urlencoded parsing); a percent sign that starts no
/// such triplet stands for itself.
fn percent_decoded(text: &str) -> Option<String> {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'%'
            && let Some(value) = hexadecimal(tail)
        {
            decoded.push(value);
            rest = &tail[2..];
        } else {
            decoded.push(if byte == b'+' { b' ' } else { byte });
            rest = tail;
        }
    }
    String::from_utf8(decoded).ok()
}

/// The value of the two hexadecimal digits that the bytes begin with.
fn hexadecimal(bytes: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

fn query(raw: &str) -> Option<Vec<(String, String)>> {
    let pairs = raw.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((percent_decoded(name)?, percent_decoded(value)?))
        })
        .collect()
}

/// Makes the event's response of an answer.
#[must_use]
pub fn response_of(answer: Answer) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(answer.status.as_u16());
    response.headers = joined(&answer.headers);
    match String::from_utf8(answer.body) {
        Ok(text) if text.is_empty() => {}
        Ok(text) => response.body = Some(Body::Text(text)),
        Err(error) => {
            response.is_base64_encoded = true;
            response.body = Some(Body::Binary(error.into_bytes()));
        }
    }
    response
}

/// One value per name, several joined by commas (RFC 9110, section 5.3); one that is not text is left out.
fn joined(headers: &HeaderMap) -> HeaderMap {
    let join = |name: &HeaderName| {
        let values: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        if values.is_empty() { None } else { HeaderValue::from_str(&values.join(", ")).ok() }
    };
    headers.keys().filter_map(|name| Some((name.clone(), join(name)?))).collect()
}

/// The answer to an event that is no request.
#[must_use]
pub fn bad_event(error: BadEvent, surface: Surface) -> Answer {
    failed(&Problem::Malformed(error.text()).into(), surface)
}

fn failed(failure: &Failure, surface: Surface) -> Answer {
    failure.answer(surface, &SystemRandom, SystemClock.now())
}

/// The answer to a browser that asks before it sends (Fetch, CORS-preflight request), if the request is that.
///
/// API Gateway hands such a request to a route of any method. Nothing is allowed here: it adds its own headers for the
/// origins that the deployment allows, and takes none from a function.
#[must_use]
pub fn preflight(method: &Method, headers: &HeaderMap) -> Option<Answer> {
    let asks = method == Method::OPTIONS
        && [ORIGIN, ACCESS_CONTROL_REQUEST_METHOD].iter().all(|name| headers.contains_key(name));
    asks.then(|| Answer::empty(StatusCode::NO_CONTENT))
}

/// How long a request may be handled so that the answer still leaves before the invocation ends.
fn left(deadline: Moment, now: Moment) -> Duration {
    Duration::from_millis(deadline.millis().saturating_sub(now.millis()).saturating_sub(MARGIN_MILLIS))
}

/// Answers one event. What is not handled in time is dropped where it stands, as when Lambda ends the function, and
/// answered 503.
async fn answer<Fut>(event: Value, limit: Duration, handle: impl FnOnce(Request) -> Fut) -> Answer
where
    Fut: Future<Output = Answer>,
{
    let surface = Surface::of_path(event["rawPath"].as_str().unwrap_or_default());
    let request = match event_of(event).and_then(request_of) {
        Ok(request) => request,
        Err(error) => return bad_event(error, surface),
    };
    if let Some(answer) = preflight(&request.method, &request.headers) {
        return answer;
    }
    match timeout(limit, handle(request)).await {
        Ok(answer) => answer,
        Err(_) => failed(&Unavailable::plain(LATE).into(), surface),
    }
}

/// Answers events for as long as the instance lives.
///
/// # Errors
/// What the Lambda runtime cannot recover from; never anything about a request.
pub async fn serve<F, Fut>(handle: F) -> Result<(), lambda_runtime::Error>
where
    F: Fn(Request) -> Fut,
    Fut: Future<Output = Answer>,
{
    let handle = &handle;
    // The event is taken as plain JSON, which never fails: the runtime would log what it cannot read.
    let service = service_fn(move |event: LambdaEvent<Value>| async move {
        let limit = left(Moment::from_millis(event.context.deadline), SystemClock.now());
        Ok::<_, lambda_runtime::Error>(response_of(answer(event.payload, limit, handle).await))
    });
    lambda_runtime::run(service).await
}

/// Composes a function at its cold start, then answers events with it.
///
/// While the composition fails, each event tries it again and is answered 503: a secret store that is
/// down must not end the instance, and no function runs half composed.
///
/// # Errors
/// As [`serve`].
pub async fn serve_composed<T>(
    compose: impl AsyncFn() -> Result<T, Unavailable>,
    handle: impl AsyncFn(&T, Request) -> Answer,
) -> Result<(), lambda_runtime::Error> {
    let cold_start = ColdStart::new(compose);
    cold_start.prepare(INIT_LIMIT).await;
    let (cold_start, handle) = (&cold_start, &handle);
    serve(move |request| async move {
        match cold_start.composed().await {
            Ok(function) => handle(function, request).await,
            Err(error) => failed(&error.into(), Surface::of_path(&request.path)),
        }
    })
    .await
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
