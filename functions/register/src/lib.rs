//! `/v1/registration…`: a person's own recovery contacts.

#[cfg(feature = "describe")]
pub mod describe;
mod methods;
mod questions;

use http::{Method, StatusCode};
#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::account::{Account, Unusable};
#[cfg(feature = "describe")]
use shared::account::{ContactType, Source};
use shared::credentials::token::IssuerKeys;
#[cfg(feature = "describe")]
use shared::http::describe::{Delivery, Id, Reference, Time, reasons};
use shared::http::{Answer, Failure, MAX_BODY, Problem, Request, Surface, body, finish};
use shared::ports::idempotency::Facts;
use shared::ports::store::Store;
use shared::random::ChallengeId;
use shared::reset::code::Code;
use shared::time::Moment;
use shared::use_cases::authorize::actor;
use shared::use_cases::register::{ContactView, Outcome, Register, Registration, Wish, registration};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "BeginChallenge"))]
struct Challenge {
    #[cfg_attr(feature = "describe", schemars(extend("enum" = ["mobilePhone", "email"])))]
    r#type: String,
    /// The phone or the mail address.
    value: String,
    /// How the code reaches a phone, `sms` if nothing is said. A fixed line takes calls only.
    #[cfg_attr(feature = "describe", schemars(with = "Option<Delivery>"))]
    delivery: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "VerifyChallenge"))]
struct Verify {
    /// The digits of the message. A long code belongs to resets, and is refused.
    #[cfg_attr(feature = "describe", schemars(with = "shared::http::describe::Code"))]
    code: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "Registration"))]
struct RegistrationBody {
    /// The userPrincipalName, in small letters.
    user_name: String,
    /// Whether the registered methods alone, by their different destinations, suffice for a reset.
    registered: bool,
    /// How many methods a reset needs; always 2 for privileged users.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 2)))]
    methods_required: u8,
    /// By when the person should look at their methods again; `null` if nothing is registered or confirmed, and if the
    /// policy does not ask for it.
    #[cfg_attr(feature = "describe", schemars(with = "Option<Time>"))]
    reconfirm_by: Option<String>,
    /// What is registered.
    methods: Vec<MethodBody>,
    /// What else is on file, and may be registered.
    suggested: Vec<MethodBody>,
    security_questions: Questions,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "RegisteredMethod"))]
struct MethodBody {
    #[cfg_attr(feature = "describe", schemars(with = "ContactType"))]
    r#type: &'static str,
    /// The phone, as `+CountryCode Number`, or the mail address; whole, because it is the person's own.
    value: String,
    #[cfg_attr(feature = "describe", schemars(with = "Source"))]
    source: &'static str,
    /// When it was written down.
    #[cfg_attr(feature = "describe", schemars(with = "Time"))]
    set_at: String,
    /// When the person proved to possess it; `null` if they did not.
    #[cfg_attr(feature = "describe", schemars(with = "Option<Time>"))]
    verified_at: Option<String>,
    /// Whether a reset would use it now.
    usable: bool,
    /// Why a reset would not use it: the policy offers no method that reaches it; it was never registered, and the policy
    /// wants that; a registered value takes its place; only the first address is used; its owner removed it; it replaced a
    /// usable value and its waiting time is not over; its country is not sent to; it is a fixed line, which takes no texts.
    /// `null` if it is usable.
    #[cfg_attr(feature = "describe", schemars(extend("enum" = reasons())))]
    reason: Option<&'static str>,
}

/// How many questions have an answer, and how many the policy wants.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "QuestionCount"))]
struct Questions {
    registered: u8,
    required: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "ChallengeBegun"))]
struct ChallengeBody {
    #[cfg_attr(feature = "describe", schemars(with = "Id"))]
    challenge_id: String,
    /// When the code dies.
    #[cfg_attr(feature = "describe", schemars(with = "Time"))]
    expires_at: String,
    #[cfg_attr(feature = "describe", schemars(with = "Reference"))]
    reference: String,
}

/// Answers a person's request about their own registration.
pub async fn handle<S: Store, I: IssuerKeys>(app: &Register<S, I>, request: Request) -> Answer {
    finish(Surface::Rekey, route(app, &request).await, &app.context)
}

async fn route<S: Store, I: IssuerKeys>(app: &Register<S, I>, request: &Request) -> Result<Answer, Failure> {
    match request.segments().as_slice() {
        ["v1", "registration"] => read(app, request).await,
        ["v1", "registration", "challenges"] => challenge(app, request).await,
        ["v1", "registration", "challenges", id, "verifications"] => verify(app, request, id).await,
        ["v1", "registration", "security-questions"] => questions::put(app, request).await,
        ["v1", "registration", "question-catalogue"] => questions::catalogue(app, request).await,
        ["v1", "registration", "methods", name] => methods::remove(app, request, name).await,
        ["v1", "registration", "confirmation"] => methods::confirm(app, request).await,
        _ => Err(Problem::NotFound.into()),
    }
}

async fn person<S: Store, I: IssuerKeys>(
    app: &Register<S, I>,
    request: &Request,
) -> Result<(Account, Option<Moment>), Failure> {
    let actor = actor(request, &app.issuer, &app.tokens, &app.context, &app.names).await?;
    Ok(Register::<S, I>::person(actor)?)
}

async fn read<S: Store, I: IssuerKeys>(app: &Register<S, I>, request: &Request) -> Result<Answer, Failure> {
    request.allow(&[Method::GET])?;
    let (account, _) = person(app, request).await?;
    let policy = app.context.policy().await?;
    Ok(shown(registration(&account, &policy, app.context.now())))
}

fn shown(shown: Registration) -> Answer {
    let body = RegistrationBody {
        user_name: shown.user_name,
        registered: shown.registered,
        methods_required: shown.methods_required,
        reconfirm_by: shown.reconfirm_by.map(|at| at.to_string()),
        methods: shown.methods.into_iter().map(method).collect(),
        suggested: shown.suggested.into_iter().map(method).collect(),
        security_questions: Questions { registered: shown.questions_registered, required: shown.questions_required },
    };
    Answer::json(StatusCode::OK, &body)
}

async fn challenge<S: Store, I: IssuerKeys>(app: &Register<S, I>, request: &Request) -> Result<Answer, Failure> {
    request.allow(&[Method::POST])?;
    let (account, signed_in_at) = person(app, request).await?;
    app.demand_fresh(signed_in_at).await?;
    let wire: Challenge = body(request, Surface::Rekey, MAX_BODY)?;
    let key = request.idempotency_key()?;
    let wish = Wish { kind: &wire.r#type, value: &wire.value, delivery: wire.delivery.as_deref() };
    let key = key.as_ref().map(|key| (key, request.body.as_slice()));
    match app.challenge(&account, wish, &request.network(), key).await? {
        Outcome::Done(Facts::Challenged { challenge, expires_at, reference }) => {
            let expires_at = Moment::from_millis(expires_at).to_string();
            Ok(Answer::json(StatusCode::ACCEPTED, &ChallengeBody { challenge_id: challenge, expires_at, reference }))
        }
        Outcome::Done(_) => Err(Problem::IdempotencyKeyReused.into()),
        Outcome::Refused(problem) => Err(problem.into()),
    }
}

async fn verify<S: Store, I: IssuerKeys>(app: &Register<S, I>, request: &Request, id: &str) -> Result<Answer, Failure> {
    request.allow(&[Method::POST])?;
    let (account, signed_in_at) = person(app, request).await?;
    app.demand_fresh(signed_in_at).await?;
    let wire: Verify = body(request, Surface::Rekey, MAX_BODY)?;
    let key = request.idempotency_key()?;
    let code = Code::parse(&wire.code).map_err(|_| Problem::Malformed("code is not 6 to 10 digits"))?;
    let id = ChallengeId::parse(id).ok_or(Problem::CodeRejected)?;
    let key = key.as_ref().map(|key| (key, request.body.as_slice()));
    match app.verify(&account, &id, &code, key).await? {
        Outcome::Done(facts @ Facts::Registered { .. }) => {
            let shown = app.registered(&account, &facts).await?.ok_or(Problem::CodeRejected)?;
            Ok(Answer::json(StatusCode::OK, &method(shown)))
        }
        Outcome::Done(_) => Err(Problem::IdempotencyKeyReused.into()),
        Outcome::Refused(problem) => Err(problem.into()),
    }
}

fn method(shown: ContactView) -> MethodBody {
    MethodBody {
        r#type: shown.kind.as_str(),
        value: shown.value,
        source: shown.source.as_str(),
        set_at: shown.set_at.to_string(),
        verified_at: shown.verified_at.map(|at| at.to_string()),
        usable: shown.reason.is_none(),
        reason: shown.reason.map(Unusable::as_str),
    }
}
