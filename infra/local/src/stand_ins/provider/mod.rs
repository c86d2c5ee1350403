//! A small OpenID provider: the organisation's issuer on one machine, so that the pages can sign people in.
//!
//! ```text
//! page ──► authorize ──► sign-in page ──► check-password ──► code ──► token
//! ```
//!
//! The password is checked by the function that checks passwords, so its locks count. What a person gets is the token
//! that `POST /_local/tokens` makes; the issuer that it names is a name and not this address, so that it survives a restart
//! on another port. The ID token names this address, as OpenID Connect demands.
//!
//! Sources: OpenID Connect Core 1.0 and Discovery 1.0; RP-Initiated Logout 1.0; RFC 6749, RFC 7636, RFC 9207.

mod authorize;
mod expiring;
mod form;
mod page;
mod request;
mod token;

use std::sync::Arc;

use http::header::{COOKIE, LOCATION, REFERRER_POLICY, SET_COOKIE};
use http::{HeaderValue, Method, StatusCode};
use pages::Pages;
use serde_json::json;
use shared::credentials::token::{IssuerKeys, Permission, SignIn};
use shared::http::response::with_header;
use shared::http::{Failure, Problem, Request, Response, response};
use shared::identifiers::user_name::UserName;
use shared::time::{Clock, HOUR, Moment};

use crate::functions::{Functions, origin};
use crate::stand_ins::clock::OffsetClock;
use crate::stand_ins::issuer::Issuer;

use expiring::Expiring;
use page::PATH;
use request::{Asked, CLIENT, PLAIN_SCOPES};

/// The permissions that the pages ask for. They count only for administrators.
const PERMISSIONS: [Permission; 5] = [
    Permission::UserReadWrite,
    Permission::MethodReadWrite,
    Permission::AuditLogRead,
    Permission::PolicyReadWrite,
    Permission::RoleManagement,
];
/// The cookie of a session at the provider.
const COOKIE_NAME: &str = "rekey-issuer-session";
/// How long a person may take to sign in, in seconds.
const SIGN_IN_SECONDS: u64 = 600;
/// How long a code is valid, in seconds (RFC 6749, section 4.1.2, allows ten minutes).
const CODE_SECONDS: u64 = 60;
/// How long a session lasts, in seconds: a working day.
const SESSION_SECONDS: u64 = 8 * HOUR;

/// A person who has signed in.
#[derive(Debug, Clone)]
struct Session {
    user: UserName,
    display_name: Option<String>,
    signed_in_at: Moment,
}

/// A code that was not redeemed yet: what was asked for, and by whom.
#[derive(Debug, Clone)]
struct Grant {
    asked: Asked,
    session: Session,
}

/// The provider. Everything it remembers is in memory: a restart signs everybody out here.
pub(crate) struct Provider {
    /// Its address, which is the `iss` of ID tokens.
    address: String,
    /// The origins that it sends people back to.
    origins: Vec<String>,
    /// Signs tokens.
    issuer: Issuer,
    functions: Arc<Functions>,
    /// The look of its page.
    pages: Arc<Pages>,
    clock: Arc<OffsetClock>,
    /// Sign-ins under way, by the id in the form.
    transactions: Expiring<Asked>,
    codes: Expiring<Grant>,
    sessions: Expiring<Session>,
}

/// Where people sign in to the pages of the local service.
pub(crate) fn sign_in(public_url: &str) -> SignIn {
    let scopes = PLAIN_SCOPES.into_iter().chain(PERMISSIONS.map(Permission::as_str));
    SignIn {
        issuer: format!("{public_url}{PATH}"),
        client_id: CLIENT.to_owned(),
        scopes: scopes.map(str::to_owned).collect(),
    }
}

impl Provider {
    pub(crate) fn new(
        public_url: &str,
        issuer: Issuer,
        functions: Arc<Functions>,
        pages: Arc<Pages>,
        clock: Arc<OffsetClock>,
    ) -> Self {
        Self {
            address: format!("{public_url}{PATH}"),
            origins: vec![origin(public_url)],
            issuer,
            functions,
            pages,
            clock,
            transactions: Expiring::new(SIGN_IN_SECONDS),
            codes: Expiring::new(CODE_SECONDS),
            sessions: Expiring::new(SESSION_SECONDS),
        }
    }

    /// Handles one request; also returns the route's name for the log. `None` if the path is none of the provider's.
    pub(crate) async fn respond(&self, request: &Request) -> Option<(&'static str, Result<Response, Failure>)> {
        Some(match request.path.strip_prefix(PATH)? {
            "/.well-known/openid-configuration" => ("/_local/issuer/.well-known", self.configuration(request)),
            "/jwks" => ("/_local/issuer/jwks", self.keys(request).await),
            "/authorize" => ("/_local/issuer/authorize", self.authorize(request).await),
            "/sign-in" => ("/_local/issuer/sign-in", self.sign_in(request).await),
            "/token" => ("/_local/issuer/token", self.token(request)),
            "/end-session" => ("/_local/issuer/end-session", self.end_session(request)),
            _ => return None,
        })
    }

    fn configuration(&self, request: &Request) -> Result<Response, Failure> {
        request.allow(&[Method::GET])?;
        let at = |path: &str| format!("{}{path}", self.address);
        let scopes = PLAIN_SCOPES.into_iter().chain(Permission::ALL.map(Permission::as_str));
        Ok(response::json(
            StatusCode::OK,
            &json!({
                "issuer": self.address,
                "authorization_endpoint": at("/authorize"),
                "token_endpoint": at("/token"),
                "jwks_uri": at("/jwks"),
                "end_session_endpoint": at("/end-session"),
                "scopes_supported": scopes.collect::<Vec<_>>(),
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["EdDSA"],
                "token_endpoint_auth_methods_supported": ["none"],
                "code_challenge_methods_supported": ["S256"],
                "prompt_values_supported": ["none", "login"],
                "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "preferred_username", "name"],
                "authorization_response_iss_parameter_supported": true,
            }),
        ))
    }

    async fn keys(&self, request: &Request) -> Result<Response, Failure> {
        request.allow(&[Method::GET])?;
        let keys = self.issuer.keys(false).await?;
        Ok(response::json(StatusCode::OK, &*keys))
    }

    /// Ends the session, and sends the person back if they came from a page of this service.
    fn end_session(&self, request: &Request) -> Result<Response, Failure> {
        request.allow(&[Method::GET])?;
        if let Some(id) = cookie(request) {
            self.sessions.take(id, self.clock.now());
        }
        let parameters = form::query(request);
        let back = parameters.get("post_logout_redirect_uri").filter(|uri| self.is_own(uri));
        let state = parameters.get("state").map(|state| [("state", state.as_str())]);
        let response = match back {
            Some(uri) => redirect(&form::with_query(uri, state.iter().flatten().copied())),
            None => page::signed_out(&self.pages, &self.origins),
        };
        Ok(with_cookie(response, "", 0))
    }

    /// Whether an address is one of this service's own pages, to which a code may be sent.
    fn is_own(&self, address: &str) -> bool {
        let path = self.origins.iter().find_map(|origin| address.strip_prefix(origin.as_str()));
        // Not even a page of the provider itself.
        path.is_some_and(|path| path.starts_with('/') && !path.starts_with("/_local/") && !path.contains(['#', '\\']))
    }
}

/// The value of the session's cookie.
fn cookie(request: &Request) -> Option<&str> {
    let pairs = request.header(COOKIE.as_str())?.split("; ");
    pairs.filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value)
}

/// The response with the session's cookie, for the provider's routes only.
fn with_cookie(response: Response, value: &str, seconds: u64) -> Response {
    let text = format!("{COOKIE_NAME}={value}; Path={PATH}; Max-Age={seconds}; HttpOnly; SameSite=Lax");
    match HeaderValue::from_str(&text) {
        Ok(cookie) => with_header(response, SET_COOKIE, cookie),
        Err(_) => response,
    }
}

/// Sends a browser to an address of this service, by GET.
fn redirect(address: &str) -> Response {
    let response = response::empty(StatusCode::SEE_OTHER);
    let response = with_header(response, REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    match HeaderValue::from_str(address) {
        Ok(address) => with_header(response, LOCATION, address),
        Err(_) => response,
    }
}

fn bad(rule: &'static str) -> Failure {
    Problem::malformed(rule).into()
}
