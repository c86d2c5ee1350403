//! The routes under `/_local`, which no function has: the outbox, tokens and the clock.

use std::sync::Arc;

use aws::config::system::SystemRandom;
use aws_sdk_dynamodb::Client;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::http::{ErrorFormat, Failure, MAX_BODY, Problem, Request, Response, body, response};
use shared::identifiers::user_name::UserName;
use shared::time::{Clock, Moment};
use shared::unavailable::Unavailable;

use crate::stand_ins::clock::{AdvanceError, OffsetClock};
use crate::stand_ins::engine;
use crate::stand_ins::issuer::Issuer;
use crate::stand_ins::outbox::Outbox;
use crate::stand_ins::worker::Worker;

/// Most permissions in one token, counted: several times as many as there are.
const MAX_PERMISSIONS: usize = 64;
/// Longest name of a permission, in characters.
const MAX_PERMISSION: usize = 128;

/// Answers the routes that are in no function.
pub(crate) struct Control {
    /// What would have been sent.
    pub(crate) outbox: Outbox,
    /// Signs tokens.
    pub(crate) issuer: Issuer,
    /// The clock to advance.
    pub(crate) clock: Arc<OffsetClock>,
    /// Delivers what was ordered.
    pub(crate) worker: Worker,
    /// Deletes what has expired.
    pub(crate) client: Client,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TokenBody {
    user_name: Option<String>,
    permissions: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenAnswer {
    access_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClockBody {
    advance_seconds: u64,
}

impl Control {
    /// Answers one request; the path's name is for the log.
    pub(crate) async fn answer(&self, request: &Request) -> (&'static str, Response) {
        let (route, result) = match request.path.as_str() {
            "/_local/outbox" => ("/_local/outbox", self.outbox(request).await),
            "/_local/events" => ("/_local/events", self.events(request).await),
            "/_local/tokens" => ("/_local/tokens", self.token(request)),
            "/_local/clock" => ("/_local/clock", self.clock(request).await),
            _ => ("/_local", Err(Problem::NotFound.into())),
        };
        let failed = |failure: Failure| failure.response(ErrorFormat::Rekey, &SystemRandom, self.clock.now());
        (route, result.unwrap_or_else(failed))
    }

    async fn outbox(&self, request: &Request) -> Result<Response, Failure> {
        request.allow(&[Method::GET, Method::DELETE])?;
        // What was ordered before this request is in it, without asking again and again.
        self.worker.settle().await;
        if request.method == Method::DELETE {
            let emptied = self.outbox.empty();
            return match emptied {
                true => Ok(response::empty(StatusCode::NO_CONTENT)),
                false => Err(Unavailable::plain("empty the outbox").into()),
            };
        }
        let to = request.query.iter().find(|(name, _)| name == "to").map(|(_, value)| value.as_str());
        Ok(response::json(StatusCode::OK, &self.outbox.messages(to)))
    }

    async fn events(&self, request: &Request) -> Result<Response, Failure> {
        request.allow(&[Method::GET])?;
        self.worker.settle().await;
        Ok(response::json(StatusCode::OK, &self.outbox.events()))
    }

    fn token(&self, request: &Request) -> Result<Response, Failure> {
        request.allow(&[Method::POST])?;
        let wanted: TokenBody = body(request, ErrorFormat::Rekey, MAX_BODY)?;
        let access_token = match (wanted.user_name, wanted.permissions) {
            (Some(name), None) => {
                let name = UserName::parse(&name).map_err(|_| Problem::Malformed("the user name cannot be one"))?;
                self.issuer.user_token(&name)?
            }
            (None, Some(permissions)) => {
                let fits = |name: &String| !name.is_empty() && name.len() <= MAX_PERMISSION;
                if permissions.len() > MAX_PERMISSIONS || !permissions.iter().all(fits) {
                    return Err(Problem::Malformed("the permissions are too many or too long").into());
                }
                self.issuer.application_token(&permissions)?
            }
            _ => return Err(Problem::Malformed("either userName or permissions is required").into()),
        };
        Ok(response::json(StatusCode::OK, &TokenAnswer { access_token }))
    }

    async fn clock(&self, request: &Request) -> Result<Response, Failure> {
        request.allow(&[Method::POST])?;
        let wanted: ClockBody = body(request, ErrorFormat::Rekey, MAX_BODY)?;
        let now = self.advance(wanted.advance_seconds).await?;
        Ok(response::json(StatusCode::OK, &json!({ "now": now.to_string() })))
    }

    /// Advances the clock; when it returns, expired rows are gone and what had waited was tried again.
    pub(crate) async fn advance(&self, seconds: u64) -> Result<Moment, Failure> {
        // What was ordered earlier is delivered at the earlier time.
        self.worker.settle().await;
        let now = self.clock.advance(seconds).map_err(|error| match error {
            AdvanceError::TooFar => Failure::from(Problem::Malformed("the clock would be more than a century ahead")),
            AdvanceError::NotStored(cause) => Unavailable::new("keep the clock", cause).into(),
        })?;
        engine::sweep(&self.client, now).await?;
        self.worker.settle_again().await;
        Ok(now)
    }
}
