//! The edge: events of API Gateway become requests, and raw HTTP of every kind gets a response.

mod events;
mod http;
mod huge;
mod origins;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::client::Request;
use crate::support::service::{Service, begin};

/// How long a response may take to begin, even on a slow machine.
const BEGINS_WITHIN: Duration = Duration::from_secs(20);
/// How long an open connection is silent before its responses count as complete.
const SILENCE: Duration = Duration::from_millis(300);

/// Sends bytes as they are, and returns everything that came back until the service closed the connection or fell
/// silent.
async fn raw(to: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(to).await.unwrap();
    // A service that refuses early may close the connection while the rest is still being sent.
    stream.write_all(bytes).await.ok();
    let mut answer = Vec::new();
    let mut patience = BEGINS_WITHIN;
    while let Ok(Ok(read)) = timeout(patience, stream.read_buf(&mut answer)).await
        && read > 0
    {
        patience = SILENCE;
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends bytes as they are and closes the connection without reading.
async fn toss(to: SocketAddr, bytes: &[u8]) {
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.write_all(bytes).await.ok();
    stream.shutdown().await.ok();
}

/// The status of a raw response.
fn status(answer: &str) -> Option<u16> {
    answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

/// The body of a raw response, as JSON.
fn body(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    serde_json::from_str(body).unwrap_or_else(|_| panic!("not JSON: {body}"))
}

/// Asserts that the service still works.
async fn lives(service: &Service) {
    let reply = service.send(begin("nobody@contoso.example", "email", None)).await;
    reply.clone().expect(202);
    reply.fixed_headers();
}

async fn started() -> Service {
    Service::start(json!({})).await
}

/// A valid begin with one more header.
fn with_header(name: &str, value: &str) -> Request {
    begin("nobody@contoso.example", "email", None).header(name, value)
}
