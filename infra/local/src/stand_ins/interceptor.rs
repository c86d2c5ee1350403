//! Faults of requests to the table, as a test or a file of rules decides.
//!
//! An interceptor is asked about every attempt: a retry by the client or by the store is a request like any other, with
//! the same body. So a fault may strike one attempt, or every attempt at one request.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use serde_json::{Value, json};

/// The prefix of the operation's name in the header by which DynamoDB's protocol names it.
const TARGET_PREFIX: &str = "DynamoDB_20120810.";

/// A request on its way to the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The client that sends it, by the name of its function.
    pub function: &'static str,
    /// The operation, such as `GetItem`.
    pub operation: String,
    /// The body: JSON.
    pub body: Vec<u8>,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkFault {
    /// It arrives, and so does its response.
    Through,
    /// It is refused because of too many requests.
    Throttled,
    /// It is refused with an internal error of the table.
    Failed,
    /// The connection breaks before it arrives.
    Lost,
    /// It is applied, but the connection breaks before its response arrives.
    AnswerLost,
    /// It arrives twice, one after the other; the second response arrives.
    Duplicated,
    /// It conflicts with another transaction and is refused; for writes only.
    Conflict,
}

/// A future that resolves to what happens to one request.
pub type Interception = Pin<Box<dyn Future<Output = NetworkFault> + Send>>;

/// Decides what happens to each request, at any time: until then the request waits.
pub trait Interceptor: fmt::Debug + Send + Sync {
    /// Decides about one request.
    fn passes(&self, sent: Sent) -> Interception;
}

/// An HTTP client that asks an interceptor about each request.
#[derive(Debug, Clone)]
pub(crate) struct FaultyConnector {
    pub(crate) function: &'static str,
    pub(crate) interceptor: Arc<dyn Interceptor>,
    pub(crate) inner: SharedHttpClient,
}

#[derive(Debug)]
struct Connector {
    connector: FaultyConnector,
    inner: SharedHttpConnector,
}

impl HttpClient for FaultyConnector {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { connector: self.clone(), inner })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation(&request).to_owned();
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let sent = Sent { function: self.connector.function, operation, body };
        let passing = self.connector.interceptor.passes(sent.clone());
        let inner = self.inner.clone();
        HttpConnectorFuture::new(async move {
            match passing.await {
                NetworkFault::Through => inner.call(request).await,
                NetworkFault::Throttled => {
                    refusal(400, &json!({"__type": kind("ProvisionedThroughputExceededException")}))
                }
                NetworkFault::Failed => refusal(500, &json!({"__type": kind("InternalServerError")})),
                NetworkFault::Conflict => refusal(400, &conflict(&sent)),
                NetworkFault::Lost => Err(broken()),
                NetworkFault::AnswerLost => {
                    inner.call(request).await?;
                    Err(broken())
                }
                NetworkFault::Duplicated => {
                    inner.call(copy(&request)?).await?;
                    inner.call(request).await
                }
            }
        })
    }
}

/// The name of a request's operation.
pub(crate) fn operation(request: &HttpRequest) -> &str {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    target.strip_prefix(TARGET_PREFIX).unwrap_or(target)
}

fn kind(name: &str) -> String {
    format!("com.amazonaws.dynamodb.v20120810#{name}")
}

/// The body of a conflict: for a transaction it says which write conflicted, for a single write only that it did.
fn conflict(sent: &Sent) -> Value {
    if sent.operation != "TransactWriteItems" {
        return json!({"__type": kind("TransactionConflictException")});
    }
    let body: Value = serde_json::from_slice(&sent.body).unwrap_or_default();
    let writes = body["TransactItems"].as_array().map_or(1, Vec::len);
    let met = |at| json!({"Code": if at == 0 { "TransactionConflict" } else { "None" }});
    let reasons: Vec<Value> = (0..writes).map(met).collect();
    json!({"__type": kind("TransactionCanceledException"), "CancellationReasons": reasons})
}

fn refusal(status: u16, body: &Value) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
    Ok(HttpResponse::new(status, body.to_string().into()))
}

fn copy(request: &HttpRequest) -> Result<HttpRequest, ConnectorError> {
    request.try_clone().ok_or_else(|| ConnectorError::other("a streamed request cannot be sent twice".into(), None))
}

fn broken() -> ConnectorError {
    ConnectorError::io("the connection broke".into())
}

#[cfg(test)]
mod tests;
