//! `GET /v1/settings`: what a page needs in order to draw itself, the same for everybody.

use http::header::CACHE_CONTROL;
use http::{HeaderValue, Method, StatusCode};
#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::Serialize;
use shared::credentials::password::MAX_LENGTH;
use shared::credentials::token::SignIn;
use shared::http::{Failure, Request, Response, response};
use shared::message::Language;
use shared::policy::Policy;
use shared::ports::store::Store;
use shared::use_cases::begin_reset::BeginReset;

/// As long as an instance may use a policy that it has read.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// What a page needs in order to draw itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "Settings"))]
pub(crate) struct SettingsBody<'a> {
    organisation_name: &'a str,
    /// The domain that codes in text messages are bound to.
    domain: &'a str,
    /// How to reach the help desk; empty if nobody has said.
    helpdesk: &'a str,
    /// The languages of messages, as tags of RFC 5646.
    languages: Vec<&'static str>,
    /// The language of messages to a person who prefers none of them.
    default_language: &'a str,
    /// The methods that the policy offers.
    #[cfg_attr(feature = "describe", schemars(with = "Vec<shared::policy::method::Method>"))]
    methods: &'a [String],
    /// How many gates a user must pass; a privileged one always two.
    methods_required: u8,
    /// Whether a person must type the phone number on file.
    phone_proof: bool,
    /// The number of digits of a code.
    code_digits: u8,
    password: PasswordLength,
    /// Where a person signs in; `null` if the deployment does not say.
    sign_in: Option<SignInBody<'a>>,
}

/// How long a password may be, in code points.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
struct PasswordLength {
    min_length: u32,
    max_length: u32,
}

/// The deployment's issuer and its client for the pages, by OpenID Connect.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "SignIn"))]
struct SignInBody<'a> {
    issuer: &'a str,
    client_id: &'a str,
    scopes: &'a [String],
}

/// Handles a request for the settings.
pub(crate) async fn respond<S: Store>(app: &BeginReset<S>, request: &Request) -> Result<Response, Failure> {
    request.allow(&[Method::GET])?;
    let policy = app.context.policy().await?;
    Ok(response::with_header(response::json(StatusCode::OK, &body(app, &policy)), CACHE_CONTROL, KEPT))
}

fn body<'a, S>(app: &'a BeginReset<S>, policy: &'a Policy) -> SettingsBody<'a> {
    SettingsBody {
        organisation_name: app.sender.organisation().as_str(),
        domain: app.sender.domain().as_str(),
        helpdesk: &policy.helpdesk,
        languages: Language::ALL.map(Language::tag).into(),
        default_language: &policy.default_language,
        methods: &policy.methods,
        methods_required: policy.methods_required,
        phone_proof: policy.phone_proof,
        code_digits: policy.code_digits,
        password: PasswordLength { min_length: policy.password.min_length, max_length: MAX_LENGTH },
        sign_in: app.sign_in.as_ref().map(sign_in),
    }
}

fn sign_in(SignIn { issuer, client_id, scopes }: &SignIn) -> SignInBody<'_> {
    SignInBody { issuer, client_id, scopes }
}
