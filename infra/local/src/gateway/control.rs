//! The routes under `/_local`, which belong to no function: a page, the people, the outbox, the events, tokens and the
//! clock.

use std::sync::Arc;

use aws::config::system::SystemRandom;
use http::{Method, StatusCode};
use pages::Pages;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::credentials::token::Permission;
use shared::http::{ErrorFormat, Failure, Problem, Request, Response, body, response};
use shared::identifiers::user_name::UserName;
use shared::time::{Clock, Moment};
use shared::unavailable::Unavailable;

use crate::gateway::local_page;
use crate::setup::sample::SamplePerson;
use crate::stand_ins::clock::{AdvanceError, OffsetClock};
use crate::stand_ins::expiry::Expiry;
use crate::stand_ins::issuer::Issuer;
use crate::stand_ins::outbox::Outbox;
use crate::stand_ins::provider::Provider;
use crate::stand_ins::worker::Worker;

/// Most permissions in one token: several times as many as there are.
const MAX_PERMISSIONS: usize = 64;

/// Handles the routes that belong to no function.
pub(crate) struct Control {
    /// The messages and events that would have been sent.
    pub(crate) outbox: Outbox,
    pub(crate) issuer: Issuer,
    /// The clock that a request can advance.
    pub(crate) clock: Arc<OffsetClock>,
    /// Delivers pending jobs before the outbox is read and the clock advanced.
    pub(crate) worker: Worker,
    /// Deletes expired rows.
    pub(crate) expiry: Expiry,
    /// Signs people in to the pages.
    pub(crate) provider: Provider,
    /// The page that shows all this.
    pub(crate) pages: Arc<Pages>,
    /// The sample people, if they were loaded.
    pub(crate) people: Vec<SamplePerson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TokenBody {
    user_name: Option<String>,
    permissions: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenResponse {
    access_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClockBody {
    advance_seconds: u64,
}

impl Control {
    /// Handles one request; also returns the route's name for the log.
    pub(crate) async fn respond(&self, request: &Request) -> (&'static str, Response) {
        let (route, result) = match request.path.as_str() {
            "/_local" | "/_local/" => ("/_local/", self.page(request).await),
            "/_local/people" => ("/_local/people", self.people(request)),
            "/_local/outbox" => ("/_local/outbox", self.outbox(request).await),
            "/_local/events" => ("/_local/events", self.events(request).await),
            "/_local/tokens" => ("/_local/tokens", self.token(request)),
            "/_local/clock" => ("/_local/clock", self.clock(request).await),
            _ => match self.provider.respond(request).await {
                Some(responded) => responded,
                None => ("/_local", Err(Problem::NO_ROUTE.into())),
            },
        };
        let failed = |failure: Failure| failure.response(ErrorFormat::Rekey, &SystemRandom, self.clock.now());
        (route, result.unwrap_or_else(failed))
    }

    /// The local page, once every earlier job is delivered.
    async fn page(&self, request: &Request) -> Result<Response, Failure> {
        request.allow(&[Method::GET])?;
        self.worker.settle().await;
        Ok(local_page::page(&self.pages, &self.people, &self.outbox.messages(None)))
    }

    fn people(&self, request: &Request) -> Result<Response, Failure> {
        request.allow(&[Method::GET])?;
        Ok(response::json(StatusCode::OK, &self.people))
    }

    async fn outbox(&self, request: &Request) -> Result<Response, Failure> {
        request.allow(&[Method::GET, Method::DELETE])?;
        // Every earlier job is delivered first, so that the caller need not poll.
        self.worker.settle().await;
        if request.method == Method::DELETE {
            let emptied = self.outbox.empty();
            return match emptied {
                true => Ok(response::empty(StatusCode::NO_CONTENT)),
                false => Err(Unavailable::plain("the outbox cannot be emptied").into()),
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
        let wanted: TokenBody = body(request)?;
        let is_known = |name: &String| Permission::ALL.iter().any(|known| known.as_str() == name);
        let permissions = wanted.permissions.as_deref().unwrap_or_default();
        if let Some(at) = permissions.iter().position(|name| !is_known(name)) {
            return Err(Problem::malformed(format!("permissions[{at}] is no permission")).into());
        }
        if permissions.len() > MAX_PERMISSIONS {
            return Err(Problem::malformed(format!("permissions must have at most {MAX_PERMISSIONS} names")).into());
        }
        let access_token = match (wanted.user_name, &wanted.permissions) {
            (Some(name), _) => {
                let name =
                    UserName::parse(&name).map_err(|_| Problem::malformed("userName is not a valid user name"))?;
                self.issuer.user_token(&name, permissions)?
            }
            (None, Some(_)) => self.issuer.application_token(permissions)?,
            (None, None) => return Err(Problem::malformed("userName or permissions is needed").into()),
        };
        Ok(response::json(StatusCode::OK, &TokenResponse { access_token }))
    }

    async fn clock(&self, request: &Request) -> Result<Response, Failure> {
        request.allow(&[Method::GET, Method::POST])?;
        let now = if request.method == Method::GET {
            self.clock.now()
        } else {
            let wanted: ClockBody = body(request)?;
            self.advance(wanted.advance_seconds).await?
        };
        Ok(response::json(StatusCode::OK, &json!({ "now": now.to_string() })))
    }

    /// Advances the clock. When it returns, expired rows are deleted and waiting jobs have been tried again.
    pub(crate) async fn advance(&self, seconds: u64) -> Result<Moment, Failure> {
        // Earlier jobs are delivered at the earlier time.
        self.worker.settle().await;
        let now = self.clock.advance(seconds).map_err(|error| match error {
            AdvanceError::TooFar => {
                Failure::from(Problem::malformed("advanceSeconds would put the clock more than a century ahead"))
            }
            AdvanceError::NotStored(cause) => Unavailable::new("the clock cannot be stored", cause).into(),
        })?;
        self.expiry.sweep(now).await?;
        self.worker.settle_again().await;
        Ok(now)
    }
}
