//! Graph's routes: requests, pages, refusals, and when to ask again.

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

/// How often a request is sent before it is given up.
const TRIES: u32 = 5;
/// Longest wait before a request is sent again, in seconds, whatever the service asks for: somebody is waiting.
const MAX_PAUSE: u64 = 60;
/// Longest error code that is shown, in characters; Graph's have up to 40.
const MAX_CODE: usize = 64;

/// Talks to one deployment.
pub(crate) struct Client<'a> {
    /// Where it is.
    pub(crate) endpoint: Endpoint,
    /// Who asks.
    pub(crate) token: Token,
    /// How it is reached.
    pub(crate) transport: Box<dyn Transport + 'a>,
    /// How to wait.
    pub(crate) pause: &'a dyn Fn(Duration),
}

impl Client<'_> {
    /// Reads a JSON object.
    pub(crate) fn get(&self, target: &str) -> Result<Map<String, Value>, Failure> {
        let answer = self.send(Method::GET, target, None)?;
        serde_json::from_slice(&answer.body).map_err(|_| Failure::NotRekey)
    }

    /// Writes a JSON object; what comes back is not looked at.
    pub(crate) fn write(&self, method: Method, target: &str, body: Map<String, Value>) -> Result<(), Failure> {
        self.send(method, target, Some(Value::Object(body).to_string())).map(|_| ())
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
            // Where no more is wanted, it does not matter where more would be.
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

    /// Sends a request, and again where the service says that it is busy or unavailable: nothing was done then.
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

/// What an answer says about itself.
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
#[path = "client_tests.rs"]
mod tests;
