//! The authorization endpoint and the page on which people sign in.

use http::Method;
use shared::account::ProfileField;
use shared::http::{Failure, Request, Response};
use shared::identifiers::user_name::UserName;
use shared::time::Clock;
use shared::unavailable::Unavailable;
use shared::use_cases::check_password::CheckOutcome;

use super::form;
use super::page::{self, Notice};
use super::request::{Asked, CLIENT, Prompt, Refusal, asked};
use super::{Grant, Provider, SESSION_SECONDS, Session, bad, cookie, redirect, with_cookie};

impl Provider {
    pub(super) async fn authorize(&self, request: &Request) -> Result<Response, Failure> {
        request.allow(&[Method::GET])?;
        let parameters = form::query(request);
        let of = |name: &str| parameters.get(name).map(String::as_str);
        if of("client_id") != Some(CLIENT) {
            return Err(bad("client_id is not that of the pages"));
        }
        // Nobody is sent anywhere before this is certain.
        let Some(redirect_uri) = of("redirect_uri").filter(|uri| self.is_own(uri)) else {
            return Err(bad("redirect_uri is no page of this service"));
        };
        let asked = match asked(&parameters, redirect_uri) {
            Ok(asked) => asked,
            Err(refusal) => return Ok(self.send_back(redirect_uri, of("state"), &refusal)),
        };
        let session = match asked.prompt {
            Prompt::Login => None,
            Prompt::IfNeeded | Prompt::None => self.session(request, asked.max_age).await?,
        };
        if let Some(session) = session {
            return Ok(self.grant(asked, session));
        }
        if asked.prompt == Prompt::None {
            let refusal = Refusal("login_required", "nobody has signed in, or not lately enough");
            return Ok(self.send_back(redirect_uri, of("state"), &refusal));
        }
        Ok(self.ask(asked, None))
    }

    /// Takes the form of the page.
    pub(super) async fn sign_in(&self, request: &Request) -> Result<Response, Failure> {
        request.allow(&[Method::POST])?;
        let parameters = form::body(request)?;
        let of = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
        let Some(mut asked) = self.transactions.take(of("transaction"), self.clock.now()) else {
            return Ok(page::expired(&self.pages, &self.origins));
        };
        of("userName").clone_into(&mut asked.hint);
        let Ok(name) = UserName::parse_typed(of("userName")) else {
            return Ok(self.ask(asked, Some(Notice::Refused)));
        };
        match self.functions.check_password(&name, of("password")).await? {
            CheckOutcome::Accepted(account) if account.force_change_password => {
                Ok(self.ask(asked, Some(Notice::MustChange)))
            }
            CheckOutcome::Accepted(account) => {
                let now = self.clock.now();
                let display_name = account.profile.get(&ProfileField::DisplayName).cloned();
                let session = Session { user: account.user_name, display_name, signed_in_at: now };
                let id = self.sessions.add(session.clone(), now);
                Ok(with_cookie(self.grant(asked, session), &id, SESSION_SECONDS))
            }
            CheckOutcome::Refused => Ok(self.ask(asked, Some(Notice::Refused))),
            CheckOutcome::Busy => {
                Err(Unavailable::plain("too many passwords of one account are being checked at once").into())
            }
        }
    }

    /// The session of the request, unless it is too old or its account has ended it.
    async fn session(&self, request: &Request, max_age: Option<u64>) -> Result<Option<Session>, Failure> {
        let now = self.clock.now();
        let Some(session) = cookie(request).and_then(|id| self.sessions.get(id, now)) else {
            return Ok(None);
        };
        let is_fresh = max_age.is_none_or(|seconds| now < session.signed_in_at.plus(seconds));
        let account = self.functions.account(&session.user).await?;
        let lives = account.is_some_and(|account| {
            account.enabled && !account.force_change_password && !account.has_ended(Some(session.signed_in_at))
        });
        Ok((is_fresh && lives).then_some(session))
    }

    /// The page, with a new transaction.
    fn ask(&self, asked: Asked, notice: Option<Notice>) -> Response {
        let hint = asked.hint.clone();
        let transaction = self.transactions.add(asked, self.clock.now());
        page::sign_in(&self.pages, &self.origins, &transaction, &hint, notice)
    }

    /// Sends the person back with a code.
    fn grant(&self, asked: Asked, session: Session) -> Response {
        let (uri, state) = (asked.redirect_uri.clone(), asked.state.clone());
        let code = self.codes.add(Grant { asked, session }, self.clock.now());
        self.back(&uri, state.as_deref(), &[("code", &code)])
    }

    /// Sends the person back with an error.
    fn send_back(&self, uri: &str, state: Option<&str>, Refusal(error, description): &Refusal) -> Response {
        self.back(uri, state, &[("error", error), ("error_description", description)])
    }

    fn back(&self, uri: &str, state: Option<&str>, parameters: &[(&str, &str)]) -> Response {
        let state = state.map(|state| ("state", state));
        // So that a page that knows several issuers cannot confuse them (RFC 9207).
        let issuer = ("iss", self.address.as_str());
        redirect(&form::with_query(uri, parameters.iter().copied().chain(state).chain([issuer])))
    }
}
