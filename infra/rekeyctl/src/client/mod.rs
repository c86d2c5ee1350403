//! Graph's routes: requests, pages, refusals and retries.

pub(crate) mod endpoint;
pub(crate) mod token;
pub(crate) mod transport;

use std::time::Duration;

use serde_json::{Map, Value};
use ureq::http::Method;

use crate::client::endpoint::Endpoint;
use crate::client::token::Token;
use crate::client::transport::{Incoming, Outgoing, Transport};
use crate::output::failure::{Failure, Refusal};

/// How often a request is sent before the command gives up.
const TRIES: u32 = 5;
/// Longest wait before a retry, in seconds, whatever the service asks for: somebody is waiting.
const MAX_PAUSE: u64 = 60;
/// Longest error code that is shown, in characters; Graph's codes have up to 40.
const MAX_CODE: usize = 64;

/// A client of one deployment.
pub(crate) struct Client<'a> {
    pub(crate) endpoint: Endpoint,
    /// The caller's token.
    pub(crate) token: Token,
    pub(crate) transport: Box<dyn Transport + 'a>,
    /// Waits before a retry.
    pub(crate) pause: &'a (dyn Fn(Duration) + Sync),
}

impl Client<'_> {
    /// Reads a JSON object.
    pub(crate) fn get(&self, target: &str) -> Result<Map<String, Value>, Failure> {
        let answer = self.send(Method::GET, target, None)?;
        serde_json::from_slice(&answer.body).map_err(|_| Failure::NotRekey)
    }

    /// Writes a JSON object; the response's body is ignored.
    pub(crate) fn write(&self, method: Method, target: &str, body: Map<String, Value>) -> Result<(), Failure> {
        self.send(method, target, Some(Value::Object(body).to_string())).map(|_| ())
    }

    /// Writes a JSON object, and reads the one in the response.
    pub(crate) fn post(&self, target: &str, body: Map<String, Value>) -> Result<Map<String, Value>, Failure> {
        let answer = self.send(Method::POST, target, Some(Value::Object(body).to_string()))?;
        serde_json::from_slice(&answer.body).map_err(|_| Failure::NotRekey)
    }

    /// Deletes what a route names.
    pub(crate) fn delete(&self, target: &str) -> Result<(), Failure> {
        self.send(Method::DELETE, target, None).map(|_| ())
    }

    /// Reads a list to its end, page by page; `each` returns whether to go on.
    pub(crate) fn pages(
        &self,
        first: String,
        mut each: impl FnMut(Vec<Value>) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let mut target = first;
        loop {
            let mut page = self.get(&target)?;
            let Some(Value::Array(rows)) = page.remove("value") else {
                return Err(Failure::NotRekey);
            };
            // If no more is wanted, the next link does not matter.
            if !each(rows)? {
                return Ok(());
            }
            let next = match page.get("@odata.nextLink") {
                None | Some(Value::Null) => return Ok(()),
                Some(link) => link.as_str().and_then(|link| self.endpoint.target_of(link)).ok_or(Failure::Elsewhere)?,
            };
            if next == target {
                return Err(Failure::NotRekey);
            }
            target = next;
        }
    }

    /// Sends a request, and retries it if the service is busy or unavailable (429 or 503): it did nothing then.
    fn send(&self, method: Method, target: &str, body: Option<String>) -> Result<Incoming, Failure> {
        let request = Outgoing { method, url: self.endpoint.url(target), body };
        let mut tried = 0;
        loop {
            tried += 1;
            let answer = self.transport.send(&request, &self.token).map_err(Failure::Unreachable)?;
            match answer.status {
                200..=299 => return Ok(answer),
                429 | 503 if tried < TRIES => {
                    let wait = answer.retry_after.unwrap_or(1 << (tried - 1));
                    (self.pause)(Duration::from_secs(wait.min(MAX_PAUSE)));
                }
                429 | 500.. => return Err(Failure::Unreachable(refusal(&answer).to_string())),
                _ => return Err(Failure::Refused(refusal(&answer))),
            }
        }
    }
}

/// The refusal that a response describes.
fn refusal(answer: &Incoming) -> Refusal {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |member: &str| body["error"][member].as_str().unwrap_or_default().to_owned();
    let code = text("code");
    let is_code = |code: &str| {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_.".contains(&byte);
        (1..=MAX_CODE).contains(&code.len()) && code.bytes().all(word)
    };
    let code = if is_code(&code) { code } else { "without a code of Graph".to_owned() };
    Refusal { status: answer.status, code, message: text("message") }
}

#[cfg(test)]
mod tests;
