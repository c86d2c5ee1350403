//! A provider for tests: takes one request per connection, records it and gives the configured reply.
use std::sync::{Arc, Mutex};

use aws_sdk_sns::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::config::http_client::{Roots, https_client};

/// What the provider does with a request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// It responds with a status, a media type and a body.
    Answer(u16, &'static str, String),
    /// It takes the request and closes the connection.
    Cut,
    /// It takes the request and never responds.
    Silence,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::Answer(status, "application/x-amz-json-1.0", body.to_owned())
    }

    pub(crate) fn xml(status: u16, body: &str) -> Self {
        Self::Answer(status, "text/xml", body.to_owned())
    }
}

/// A request that the provider took.
#[derive(Clone)]
pub(crate) struct Taken {
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Taken {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The fields of a form, decoded.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        let event = serde_json::json!({
            "rawPath": "/",
            "rawQueryString": self.body,
            "requestContext": {"http": {"method": "POST", "sourceIp": "127.0.0.1"}},
        });
        crate::lambda::gateway::handle_event(event.to_string().as_bytes()).unwrap().query
    }
}

pub(crate) struct Stub {
    port: u16,
    reply: Arc<Mutex<Reply>>,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl Stub {
    pub(crate) async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let stub = Self { port, reply: Arc::new(Mutex::new(reply)), taken: Arc::default() };
        let (reply, taken) = (Arc::clone(&stub.reply), Arc::clone(&stub.taken));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let reply = reply.lock().unwrap().clone();
                tokio::spawn(serve(stream, reply, Arc::clone(&taken)));
            }
        });
        stub
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn answer(&self, reply: Reply) {
        *self.reply.lock().unwrap() = reply;
    }

    pub(crate) fn requests(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// A configuration that points every service at this provider.
    pub(crate) fn config(&self) -> SdkConfig {
        config(&self.url())
    }
}

pub(crate) fn config(url: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("id", "secret", None, None, "test")))
        .http_client(https_client(Roots::System))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(url)
        .build()
}

async fn serve(mut stream: TcpStream, reply: Reply, taken: Arc<Mutex<Vec<Taken>>>) {
    let Some(request) = read(&mut stream).await else { return };
    taken.lock().unwrap().push(request);
    match reply {
        Reply::Cut => {}
        Reply::Silence => std::future::pending().await,
        Reply::Answer(status, media_type, body) => {
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Taken> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_ascii_lowercase();
        let length =
            head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok()).unwrap_or(0);
        if body.len() >= length {
            let path = text.split(' ').nth(1)?.to_owned();
            return Some(Taken { path, head, body: body.to_owned() });
        }
    }
}
