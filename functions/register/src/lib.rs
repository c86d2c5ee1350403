//! `/v1/registration…`: a person's own recovery contacts.

#[cfg(feature = "describe")]
pub mod describe;
mod methods;
mod person;
mod questions;
mod view;

use http::{Method, StatusCode};
#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::credentials::token::IssuerKeys;
#[cfg(feature = "describe")]
use shared::http::describe::{Delivery, Id, ReferenceText, Time};
use shared::http::{ErrorFormat, Failure, Problem, Request, Response, body, finish, response};
use shared::ports::store::Store;
use shared::random::ChallengeId;
use shared::reset::code::Code;
use shared::use_cases::register::{ChallengeOutcome, ContactInput, ContactRefusal, Register, registration};

use crate::person::{fresh_person, person};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "BeginChallenge"))]
struct Challenge {
    #[cfg_attr(feature = "describe", schemars(extend("enum" = ["mobilePhone", "email"])))]
    r#type: String,
    /// The phone number or the email address.
    value: String,
    /// How the code reaches a phone; `sms` by default. A fixed line can only be called.
    #[cfg_attr(feature = "describe", schemars(with = "Option<Delivery>"))]
    delivery: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "VerifyChallenge"))]
struct Verify {
    /// The digits of the message. A long code is refused: it is for resets.
    #[cfg_attr(feature = "describe", schemars(with = "shared::http::describe::CodeText"))]
    code: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "ChallengeBegun"))]
struct ChallengeBody {
    #[cfg_attr(feature = "describe", schemars(with = "Id"))]
    challenge_id: String,
    /// When the code expires.
    #[cfg_attr(feature = "describe", schemars(with = "Time"))]
    expires_at: String,
    #[cfg_attr(feature = "describe", schemars(with = "ReferenceText"))]
    reference: String,
}

/// Handles a person's request about their own registration.
pub async fn handle<S: Store, I: IssuerKeys>(app: &Register<S, I>, request: Request) -> Response {
    let result = route(app, &request).await.map_err(Failure::or_conflict);
    finish(ErrorFormat::Rekey, &request, result, &*app.context.random, app.context.now())
}

async fn route<S: Store, I: IssuerKeys>(app: &Register<S, I>, request: &Request) -> Result<Response, Failure> {
    match request.segments().as_slice() {
        ["v1", "registration"] => read(app, request).await,
        ["v1", "registration", "challenges"] => challenge(app, request).await,
        ["v1", "registration", "challenges", id, "verifications"] => verify(app, request, id).await,
        ["v1", "registration", "security-questions"] => questions::put(app, request).await,
        ["v1", "registration", "question-catalogue"] => questions::catalogue(app, request).await,
        ["v1", "registration", "methods", name] => methods::remove(app, request, name).await,
        ["v1", "registration", "confirmation"] => methods::confirm(app, request).await,
        _ => Err(Problem::NO_ROUTE.into()),
    }
}

async fn read<S: Store, I: IssuerKeys>(app: &Register<S, I>, request: &Request) -> Result<Response, Failure> {
    request.allow(&[Method::GET])?;
    let (account, _) = person(app, request).await?;
    let policy = app.context.policy().await?;
    Ok(view::registration(registration(&account, &policy, app.context.now())))
}

async fn challenge<S: Store, I: IssuerKeys>(app: &Register<S, I>, request: &Request) -> Result<Response, Failure> {
    request.allow(&[Method::POST])?;
    let account = fresh_person(app, request).await?;
    let wire: Challenge = body(request)?;
    let key = request.idempotency_key()?;
    let contact = ContactInput { kind: &wire.r#type, value: &wire.value, delivery: wire.delivery.as_deref() };
    match app.challenge(&account, contact, &request.network(), key).await? {
        ChallengeOutcome::Made { challenge, expires_at, reference } => {
            let body = ChallengeBody { challenge_id: challenge, expires_at: expires_at.to_string(), reference };
            Ok(response::json(StatusCode::ACCEPTED, &body))
        }
        ChallengeOutcome::ContactRefusal(unfit) => Err(refused(unfit).into()),
    }
}

fn refused(unfit: ContactRefusal) -> Problem {
    match unfit {
        ContactRefusal::Type => Problem::malformed("type must be mobilePhone or email"),
        ContactRefusal::Delivery => Problem::malformed("delivery must be sms or call"),
        ContactRefusal::DeliveryOfEmail => Problem::malformed("delivery is only for phones"),
        ContactRefusal::Phone => Problem::ContactRejected(
            "the phone must be +CountryCode PhoneNumber, and a kind of number that can receive codes",
        ),
        ContactRefusal::Country => Problem::ContactRejected("phones of this country are not accepted"),
        ContactRefusal::FixedLine => Problem::ContactRejected("a fixed line receives calls but no text messages"),
        ContactRefusal::OwnMailbox => {
            Problem::ContactRejected("this is your own mailbox, which lies behind the password that a reset is for")
        }
        ContactRefusal::Address => Problem::ContactRejected("the email address must be local@domain"),
    }
}

async fn verify<S: Store, I: IssuerKeys>(
    app: &Register<S, I>,
    request: &Request,
    id: &str,
) -> Result<Response, Failure> {
    request.allow(&[Method::POST])?;
    let account = fresh_person(app, request).await?;
    let wire: Verify = body(request)?;
    let key = request.idempotency_key()?;
    let code = Code::parse(&wire.code).map_err(|_| Problem::malformed("code must be 6 to 10 digits"))?;
    let id = ChallengeId::parse(id).ok_or(Problem::CodeRejected)?;
    let registered = app.verify(&account, &id, &code, key).await?.ok_or(Problem::CodeRejected)?;
    Ok(view::method(registered))
}
