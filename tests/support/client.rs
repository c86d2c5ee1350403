//! A plain HTTP/1.1 client, which sends exactly what a test specifies and returns exactly what comes back.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A request, byte for byte as it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    /// The loopback address of the sender. Each one is a source network of its own.
    from: [u8; 4],
}

/// A response.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in lower case, in the order in which they arrived.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self { method: method.into(), target: target.into(), headers: Vec::new(), body: None, from: [127, 0, 0, 1] }
    }

    pub(crate) fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    pub(crate) fn post(target: &str, body: &Value) -> Self {
        Self::new("POST", target).json(body)
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").bytes(body.to_string().as_bytes())
    }

    pub(crate) fn bytes(mut self, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    /// Sets the sender's address to 127.0.0.`last`, a source network of its own.
    pub(crate) fn from(mut self, last: u8) -> Self {
        self.from = [127, 0, 0, last];
        self
    }

    /// Sets the sender's address to 127.0.x.y by a number of 16 bits, a source network of its own.
    pub(crate) fn of_network(mut self, number: u16) -> Self {
        let [high, low] = number.to_be_bytes();
        self.from = [127, 0, high, low];
        self
    }

    fn head_and_body(&self, to: SocketAddr) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            text += &format!("Host: {to}\r\n");
        }
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &self.body {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        text += "Connection: close\r\n\r\n";
        let mut bytes = text.into_bytes();
        bytes.extend(self.body.iter().flatten());
        bytes
    }

    async fn connect(&self, to: SocketAddr) -> TcpStream {
        self.try_connect(to).await.unwrap()
    }

    async fn try_connect(&self, to: SocketAddr) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((self.from, 0))).unwrap();
        socket.connect(to).await
    }

    /// Sends the request and reads the response.
    pub(crate) async fn send(&self, to: SocketAddr) -> Reply {
        let mut stream = self.connect(to).await;
        // A server that refuses a large body may close the connection while it is still being sent.
        stream.write_all(&self.head_and_body(to)).await.ok();
        read(stream).await
    }
}

/// Sends a request to a service that may be killed meanwhile. Returns its response, if that arrived in full.
pub(crate) async fn try_send(request: &Request, to: SocketAddr) -> Option<Reply> {
    let mut stream = request.try_connect(to).await.ok()?;
    stream.write_all(&request.head_and_body(to)).await.ok();
    let reply = try_read(stream).await?;
    let declared = reply.header("content-length").and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
    (reply.body.len() == declared).then_some(reply)
}

/// Sends many requests whose last bytes are all sent together.
pub(crate) async fn together(requests: Vec<Request>, to: SocketAddr) -> Vec<Reply> {
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(requests.len()));
    let tasks: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let barrier = barrier.clone();
            tokio::spawn(async move {
                let mut stream = request.connect(to).await;
                let bytes = request.head_and_body(to);
                let (most, last) = bytes.split_at(bytes.len() - 1);
                stream.write_all(most).await.unwrap();
                barrier.wait().await;
                stream.write_all(last).await.unwrap();
                read(stream).await
            })
        })
        .collect();
    let mut replies = Vec::new();
    for task in tasks {
        replies.push(task.await.unwrap());
    }
    replies
}

async fn read(stream: TcpStream) -> Reply {
    try_read(stream).await.expect("an HTTP answer")
}

/// Reads a response; `None` if the connection ends before its headers do.
async fn try_read(mut stream: TcpStream) -> Option<Reply> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers =
        lines.map(|line| line.split_once(": ").unwrap_or((line, ""))).map(|(n, v)| (n.to_lowercase(), v.into()));
    Some(Reply { status, headers: headers.collect(), body: bytes[end + 4..].to_vec() })
}

/// A response's status, headers and members.
pub(crate) type Shape = (u16, Vec<(String, String)>, Vec<(String, String)>);

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("not JSON: {:?}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_else(|| panic!("no text {member} in {}", self.json())).to_owned()
    }

    /// Asserts a status, with the whole response in the message.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?} {}", self.headers, String::from_utf8_lossy(&self.body));
        self
    }

    /// Asserts a problem of Rekey's own routes: its code, its status, and that it has all its members and no others.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) {
        let body = self.json();
        assert_eq!((self.status, body["code"].as_str()), (status, Some(code)), "{body}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(body["type"], format!("urn:rekey:problem:{code}"));
        assert_eq!(body["status"], status);
        assert!(body["title"].is_string() && body["detail"].is_string());
        assert_eq!(body["requestId"].as_str().map(str::len), Some(22));
        let members = body.as_object().unwrap().len();
        assert_eq!(members, if ["password-rejected", "answers-rejected"].contains(&code) { 7 } else { 6 }, "{body}");
        self.fixed_headers();
    }

    /// Asserts an error of the Graph routes.
    #[track_caller]
    pub(crate) fn graph_error(&self, status: u16, code: &str) {
        let body = self.json();
        assert_eq!((self.status, body["error"]["code"].as_str()), (status, Some(code)), "{body}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert!(body["error"]["message"].is_string());
        assert!(body["error"]["innerError"]["date"].is_string());
        assert!(body["error"]["innerError"]["request-id"].is_string());
        self.fixed_headers();
    }

    /// Asserts the headers that every response carries.
    #[track_caller]
    pub(crate) fn fixed_headers(&self) {
        assert_eq!(self.header("cache-control"), Some("no-store"), "{:?}", self.headers);
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"), "{:?}", self.headers);
    }

    /// Everything that does not differ from request to request: status, headers, and members with their values. Ids,
    /// times and references are represented by their lengths.
    pub(crate) fn shape(&self) -> Shape {
        const DIFFERS: [&str; 7] =
            ["resetId", "challengeId", "expiresAt", "codeExpiresAt", "resendAt", "reference", "requestId"];
        let headers = self.headers.iter().filter(|(name, _)| name != "date").cloned().collect();
        let body = if self.body.is_empty() { Value::Null } else { self.json() };
        let comparable = |(name, value): (&String, &Value)| match DIFFERS.contains(&name.as_str()) {
            true => (name.clone(), format!("{} bytes", value.to_string().len())),
            false => (name.clone(), value.to_string()),
        };
        (self.status, headers, body.as_object().into_iter().flatten().map(comparable).collect())
    }
}
