//! The gateway: HTTP on one side, API Gateway's payload format 2.0 on the other.
//!
//! Every request becomes the JSON text that would invoke a function in the cloud, and the same code reads it. Nothing
//! is built from `Host` or `X-Forwarded-*`; the source is the TCP peer.

pub(crate) mod body;
pub(crate) mod control;
pub(crate) mod cors;
mod event;
mod heads;
mod local_page;
pub mod routes;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use aws::config::system::SystemRandom;
use aws::lambda::gateway::{bad_event, handle_event};
use http::header::{CONNECTION, COOKIE, HOST, ORIGIN};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderValue, Method};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use shared::http::response::{Response, with_header};
use shared::http::{ErrorFormat, Failure, Problem, Request};
use shared::time::Clock;
use shared::unavailable::Unavailable;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

use crate::functions::Functions;
use crate::gateway::body::{Taken, take};
use crate::gateway::control::Control;
use crate::gateway::cors::{Origins, allow, preflight};
use crate::gateway::event::{Event, decoded};
use crate::gateway::heads::StrictHeads;
use crate::stand_ins::clock::OffsetClock;
use crate::stand_ins::worker::Worker;

/// Most concurrent connections: more than a browser and a load test on one machine open.
const MAX_CONNECTIONS: usize = 1024;
/// How long a client may take for its headers, or stay idle: API Gateway's longest integration timeout.
const HEADERS_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait if no connection can be accepted, for example because the process is out of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The prefix of the routes that belong to no function.
const LOCAL_ROUTES: &str = "/_local";
/// The route of the assets, whose names are no secret.
const ASSETS: &str = "/assets/{file}";
/// How a request without a route is logged; its path may hold anything.
const NO_ROUTE: &str = "(no route)";

/// Handles every request.
pub(crate) struct Gateway {
    /// The port that the gateway listens on.
    pub(crate) port: u16,
    /// The origins that may call from a browser.
    pub(crate) origins: Origins,
    pub(crate) functions: Arc<Functions>,
    /// The routes that belong to no function.
    pub(crate) control: Arc<Control>,
    /// Is woken after every request, which may have created a job.
    pub(crate) worker: Worker,
    pub(crate) clock: Arc<OffsetClock>,
}

/// A response, and the request's route for the log.
struct RoutedResponse {
    route: &'static str,
    response: Response,
}

/// Serves until `stop` changes, then lets running requests finish.
pub(crate) async fn serve(listener: TcpListener, gateway: Arc<Gateway>, mut stop: watch::Receiver<bool>) {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let connections = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS_TIMEOUT);
    loop {
        let accepted = tokio::select! {
            _ = stop.changed() => break,
            accepted = accept(&listener, &permits) => accepted,
        };
        let Some((stream, peer, permit)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Small responses must not wait for more data to be sent with them.
        let _ = stream.set_nodelay(true);
        let gateway = gateway.clone();
        let service = service_fn(move |request: http::Request<Incoming>| {
            let gateway = gateway.clone();
            async move { Ok::<_, Infallible>(gateway.serve(peer.ip(), request).await) }
        });
        let (reader, writer) = stream.into_split();
        let io = TokioIo::new(tokio::io::join(StrictHeads::new(reader), writer));
        let connection = connections.watch(http.serve_connection(io, service));
        tokio::spawn(async move {
            // How a connection ends is up to its client.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    connections.shutdown().await;
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = permits.clone().acquire_owned().await.ok()?;
    let (stream, peer) = listener.accept().await.ok()?;
    Some((stream, peer, permit))
}

impl Gateway {
    async fn serve(&self, source: IpAddr, request: http::Request<Incoming>) -> http::Response<Full<Bytes>> {
        let begun = Instant::now();
        let (head, body) = request.into_parts();
        let RoutedResponse { route, mut response } = self.respond(&head, body, source).await;
        if let Some(origin) = self.origins.allowed(&head.headers)
            && !is_local(head.uri.path())
        {
            allow(response.headers_mut(), origin.clone());
        }
        let took = begun.elapsed().as_millis();
        tracing::info!("{} {} {} {took} ms", known(&head.method), shown(route, &head), response.status().as_u16());
        hyper_response(response)
    }

    async fn respond(&self, head: &Parts, body: Incoming, source: IpAddr) -> RoutedResponse {
        let refused =
            |error_format, problem| RoutedResponse { route: NO_ROUTE, response: self.refuse(error_format, problem) };
        let Some(host) = host(head) else {
            return refused(ErrorFormat::Rekey, Problem::malformed("the Host header is missing or is not a host"));
        };
        let Some(path) = decoded(head.uri.path()) else {
            return refused(ErrorFormat::of_path(head.uri.path()), Problem::malformed("the path is not valid UTF-8"));
        };
        if is_local(&path) {
            return match self.is_own(head, &host) {
                true => self.local(head, path, body, source).await,
                false => refused(
                    ErrorFormat::Rekey,
                    Problem::forbidden("needs a request from this machine, without a foreign Host or Origin header"),
                ),
            };
        }
        if self.origins.allowed(&head.headers).is_some()
            && let Some(response) = preflight(&head.method, &head.headers)
        {
            return RoutedResponse { route: "(preflight)", response };
        }
        let Some(route) = routes::choose(&head.method, &path) else {
            return refused(ErrorFormat::of_path(&path), Problem::NO_ROUTE);
        };
        let response = match self.read(head, route.path, path, body, source).await {
            Err(response) => response,
            Ok(request) => self.invoke(route.function, request).await,
        };
        self.worker.wake();
        RoutedResponse { route: route.path, response }
    }

    /// Whether a request comes from this machine's own tools or from this service's own pages: its host must be this
    /// machine's own name, not a name that was made to resolve here, and if it has an `Origin`, that of its host.
    fn is_own(&self, head: &Parts, host: &Authority) -> bool {
        let own = |authority: &Authority| {
            ["127.0.0.1", "localhost"]
                .iter()
                .any(|name| authority.as_str().eq_ignore_ascii_case(&format!("{name}:{}", self.port)))
        };
        let origin = format!("http://{host}");
        let is_origin = |value: &HeaderValue| value.as_bytes() == origin.as_bytes();
        own(host) && head.uri.authority().is_none_or(own) && head.headers.get_all(ORIGIN).iter().all(is_origin)
    }

    async fn local(&self, head: &Parts, path: String, body: Incoming, source: IpAddr) -> RoutedResponse {
        match self.read(head, LOCAL_ROUTES, path, body, source).await {
            Err(response) => RoutedResponse { route: LOCAL_ROUTES, response },
            Ok(mut request) => {
                // No function gets cookies, so the event's reader leaves them out.
                request.headers.extend(head.headers.get(COOKIE).map(|cookie| (COOKIE, cookie.clone())));
                let (route, response) = self.control.respond(&request).await;
                RoutedResponse { route, response }
            }
        }
    }

    /// Reads the body, builds the event, and reads the request from the event's text.
    async fn read(
        &self,
        head: &Parts,
        route: &str,
        path: String,
        body: Incoming,
        source: IpAddr,
    ) -> Result<Request, Response> {
        let error_format = ErrorFormat::of_path(&path);
        let body = match take(body, &head.headers).await {
            Taken::Whole(body) => body,
            Taken::Broken => return Err(self.refuse(error_format, Problem::malformed("the body is incomplete"))),
            Taken::TooLarge => {
                let response = self.refuse(error_format, Problem::TooLarge);
                return Err(with_header(response, CONNECTION, HeaderValue::from_static("close")));
            }
        };
        let event = Event { head, route, path, body, source, now: self.clock.now() };
        handle_event(&event.text()).map_err(|error| bad_event(error, error_format))
    }

    /// Runs the function to its end, whatever happens to the client.
    async fn invoke(&self, function: routes::Function, request: Request) -> Response {
        let error_format = ErrorFormat::of_path(&request.path);
        let functions = self.functions.clone();
        let running = tokio::spawn(async move { functions.respond(function, request).await });
        match running.await {
            Ok(response) => response,
            Err(error) => {
                let failure = Failure::Unavailable(Unavailable::new("answer the request", error));
                failure.response(error_format, &SystemRandom, self.clock.now())
            }
        }
    }

    fn refuse(&self, error_format: ErrorFormat, problem: Problem) -> Response {
        Failure::Problem(problem).response(error_format, &SystemRandom, self.clock.now())
    }
}

/// The host that the request names, exactly once and in valid form (RFC 9112, section 3.2).
fn host(head: &Parts) -> Option<Authority> {
    let mut named = head.headers.get_all(HOST).iter();
    let (host, None) = (named.next()?, named.next()) else {
        return None;
    };
    let host: Authority = host.to_str().ok()?.parse().ok()?;
    let port = host.as_str().strip_prefix(host.host())?;
    let valid = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    valid.then_some(host)
}

fn is_local(path: &str) -> bool {
    path.strip_prefix(LOCAL_ROUTES).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A request's path for the log: as it was asked for if it names a page or an asset, else as the route has it, because
/// other paths hold ids and names of people.
fn shown<'a>(route: &'static str, head: &'a Parts) -> &'a str {
    let names_asset =
        route == ASSETS && head.uri.path().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/.-_".contains(&byte));
    if names_asset { head.uri.path() } else { route }
}

/// A method's name for the log; a client may invent any other.
fn known(method: &Method) -> &str {
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
        Method::CONNECT,
    ];
    if known.contains(method) { method.as_str() } else { "(other)" }
}

fn hyper_response(response: Response) -> http::Response<Full<Bytes>> {
    response.map(|body| Full::new(Bytes::from(body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(hosts: &[&str]) -> Parts {
        let mut builder = http::Request::builder().uri("/v1/resets");
        for host in hosts {
            builder = builder.header(HOST, *host);
        }
        builder.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_host_is_named_once_and_can_be_one() {
        for good in ["localhost", "127.0.0.1:8080", "[::1]:8080", "a.example:1"] {
            assert_eq!(host(&parts(&[good])).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a:99999", "a:", "a:b", "[", "a@b", "http://a", "a/b"] {
            assert_eq!(host(&parts(&[bad])), None, "{bad}");
        }
        assert_eq!(host(&parts(&[])), None);
        assert_eq!(host(&parts(&["a", "a"])), None);
    }

    #[test]
    fn local_routes_are_recognised_by_their_first_segment() {
        assert!(is_local("/_local") && is_local("/_local/outbox"));
        assert!(!is_local("/_locally") && !is_local("/v1/_local/outbox"));
    }
}
