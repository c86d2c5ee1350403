//! A kept-alive HTTP connection whose requests are timed, and work that is spread over several of them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a response may take before the program gives up.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The size of one read: more than any response that is measured.
const READ: usize = 16 * 1024;

/// A request as it is sent: a POST of JSON.
#[derive(Debug, Clone)]
pub(crate) struct Post(Vec<u8>);

/// A response, and the time from the request's first byte until the response was read.
#[derive(Debug, Clone)]
pub(crate) struct Timed {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) took: Duration,
}

/// A connection. It blocks its thread, so that nothing but the operating system stands between it and the service.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Post {
    pub(crate) fn new(target: &str, body: &Value, bearer: Option<&str>) -> Self {
        let body = body.to_string();
        let token = bearer.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let head = format!("POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{token}");
        Self(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
    }

    /// The same request with an idempotency key.
    pub(crate) fn with_key(self, key: &str) -> Self {
        let header = format!("\r\nIdempotency-Key: {key}");
        let line = self.0.windows(2).position(|two| two == b"\r\n").unwrap();
        Self([&self.0[..line], header.as_bytes(), &self.0[line..]].concat())
    }
}

impl Timed {
    /// Asserts the status, with the whole response in the message.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// A text member of the body.
    #[track_caller]
    pub(crate) fn text(&self, member: &str) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        body[member].as_str().unwrap().to_owned()
    }

    /// The time in nanoseconds.
    pub(crate) fn nanos(&self) -> u64 {
        u64::try_from(self.took.as_nanos()).unwrap_or(u64::MAX)
    }
}

impl Connection {
    pub(crate) fn open(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        Self { stream, buffer: vec![0; READ] }
    }

    /// Sends a request, and times it until the whole response is read.
    pub(crate) fn send(&mut self, request: &Post) -> Timed {
        let start = Instant::now();
        self.stream.write_all(&request.0).unwrap();
        let mut filled = 0;
        let (body, end) = loop {
            let read = self.stream.read(&mut self.buffer[filled..]).unwrap();
            assert!(read > 0, "the service closed the connection, or the response is too large");
            filled += read;
            if let Some((body, end)) = extent(&self.buffer[..filled])
                && filled >= end
            {
                break (body, end);
            }
        };
        let took = start.elapsed();
        let status = std::str::from_utf8(&self.buffer[9..12]).unwrap().parse().unwrap();
        Timed { status, body: self.buffer[body..end].to_vec(), took }
    }
}

/// Where a response's body begins and ends, once its headers are complete.
fn extent(bytes: &[u8]) -> Option<(usize, usize)> {
    let body = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&bytes[..body]).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    Some((body, body + length.map_or(0, |length| length.trim().parse::<usize>().unwrap())))
}

/// Does work for each item, on several connections at once. The results have the order of the items.
///
/// Each connection takes every `connections`-th item, in order, so that all of them see the same mix.
pub(crate) async fn spread<T, R>(
    to: SocketAddr,
    connections: usize,
    items: Vec<T>,
    work: impl Fn(&mut Connection, T) -> R + Send + Sync + 'static,
) -> Vec<R>
where
    T: Send + 'static,
    R: Send + 'static,
{
    let count = items.len();
    let mut shares: Vec<Vec<T>> = (0..connections).map(|_| Vec::new()).collect();
    for (at, item) in items.into_iter().enumerate() {
        shares[at % connections].push(item);
    }
    let work = Arc::new(work);
    let tasks: Vec<_> = shares
        .into_iter()
        .filter(|share| !share.is_empty())
        .map(|share| {
            let work = work.clone();
            tokio::task::spawn_blocking(move || {
                let mut connection = Connection::open(to);
                share.into_iter().map(|item| work(&mut connection, item)).collect::<Vec<R>>()
            })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap().into_iter());
    }
    (0..count).map(|at| results[at % connections].next().unwrap()).collect()
}
