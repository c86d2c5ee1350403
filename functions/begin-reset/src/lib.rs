//! `POST /v1/resets` and `POST /v1/resets/{resetId}/codes`: begins a reset, orders its codes again, asks its questions.
//! `GET /v1/settings`: tells a page what it needs in order to draw itself.

#[cfg(feature = "describe")]
pub mod describe;
mod settings;

use http::{Method, StatusCode};
#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
#[cfg(feature = "describe")]
use shared::http::describe::{Id, ReferenceText, Time};
use shared::http::{ErrorFormat, Failure, Problem, QuestionBody, Request, Response, body, finish, response};
#[cfg(feature = "describe")]
use shared::identifiers::phone::Phone;
use shared::identifiers::user_name::UserName;
#[cfg(feature = "describe")]
use shared::policy::method::CodeMethod;
use shared::ports::store::Store;
use shared::random::ResetId;
use shared::use_cases::begin_reset::{BeginReset, CodeInput, CodeInputError, CodeOutcome, OrderedCode};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "BeginReset"))]
struct Begin {
    #[cfg_attr(feature = "describe", schemars(with = "UserName"))]
    user_name: String,
    #[cfg_attr(feature = "describe", schemars(with = "CodeMethod"))]
    method: String,
    /// The phone number that the person claims to have on file. A phone method needs it while the policy's `phoneProof`
    /// is on, and nothing is sent unless it is the number on file. Otherwise it is ignored.
    #[cfg_attr(feature = "describe", schemars(with = "Option<Phone>"))]
    phone_number: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "OrderCode"))]
struct Again {
    #[cfg_attr(feature = "describe", schemars(with = "shared::policy::method::Method"))]
    method: String,
    /// The phone number that the person claims to have on file. A phone method needs it while the policy's `phoneProof`
    /// is on, and nothing is sent unless it is the number on file. Otherwise it is ignored.
    #[cfg_attr(feature = "describe", schemars(with = "Option<Phone>"))]
    phone_number: Option<String>,
    /// The token of the first gate, once that gate is passed. No code is sent if it is not valid. Security questions
    /// need it: the response is 400 if it is not valid, or if the account cannot use questions.
    gate_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "CodeOrdered"))]
struct OrderedBody {
    #[cfg_attr(feature = "describe", schemars(with = "Id"))]
    reset_id: String,
    /// When the reset ends.
    #[cfg_attr(feature = "describe", schemars(with = "Time"))]
    expires_at: String,
    /// When the code expires, unless it is ordered again.
    #[cfg_attr(feature = "describe", schemars(with = "Time"))]
    code_expires_at: String,
    /// An order before this time changes nothing and sends nothing.
    #[cfg_attr(feature = "describe", schemars(with = "Time"))]
    resend_at: String,
    #[cfg_attr(feature = "describe", schemars(with = "ReferenceText"))]
    reference: String,
    /// The method of the code that is on its way. It differs from the requested method if the request came before
    /// `resendAt`.
    #[cfg_attr(feature = "describe", schemars(with = "CodeMethod"))]
    method: String,
}

#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "AskedQuestions"))]
struct AskedBody {
    #[cfg_attr(feature = "describe", schemars(length(min = 3, max = 5)))]
    questions: Vec<QuestionBody>,
}

/// Handles a request to begin a reset or to order another code.
pub async fn handle<S: Store>(app: &BeginReset<S>, request: Request) -> Response {
    finish(ErrorFormat::Rekey, &request, route(app, &request).await, &*app.context.random, app.context.now())
}

async fn route<S: Store>(app: &BeginReset<S>, request: &Request) -> Result<Response, Failure> {
    match request.segments().as_slice() {
        ["v1", "settings"] => settings::respond(app, request).await,
        ["v1", "resets"] => begin(app, request).await,
        ["v1", "resets", id, "codes"] => again(app, request, id).await,
        _ => Err(Problem::NO_ROUTE.into()),
    }
}

async fn begin<S: Store>(app: &BeginReset<S>, request: &Request) -> Result<Response, Failure> {
    request.allow(&[Method::POST])?;
    let wire: Begin = body(request)?;
    let key = request.idempotency_key()?;
    let name =
        UserName::parse_typed(&wire.user_name).map_err(|_| Problem::malformed("userName is not a valid user name"))?;
    let input = CodeInput { method: &wire.method, phone_number: wire.phone_number.as_deref() };
    respond(app.begin(&name, input, &request.network(), key).await?)
}

async fn again<S: Store>(app: &BeginReset<S>, request: &Request, id: &str) -> Result<Response, Failure> {
    request.allow(&[Method::POST])?;
    let wire: Again = body(request)?;
    let key = request.idempotency_key()?;
    // A malformed id gets the same response as an unknown one, whatever the request asks for.
    let id = ResetId::parse(id).unwrap_or_else(|| ResetId::draw(&*app.context.random));
    let input = CodeInput { method: &wire.method, phone_number: wire.phone_number.as_deref() };
    respond(app.order(&id, input, wire.gate_token.as_deref(), key).await?)
}

fn respond(ordered: CodeOutcome) -> Result<Response, Failure> {
    match ordered {
        CodeOutcome::Accepted(ordered) => Ok(accepted(ordered)),
        CodeOutcome::Questions(questions) => {
            let questions = questions.into_iter().map(QuestionBody::from).collect();
            Ok(response::json(StatusCode::OK, &AskedBody { questions }))
        }
        CodeOutcome::Wrong(error) => Err(Problem::malformed(rule(error)).into()),
        CodeOutcome::NotFound => Err(Problem::NO_RESET.into()),
    }
}

const fn rule(error: CodeInputError) -> &'static str {
    match error {
        CodeInputError::Method => "the policy does not offer this method",
        CodeInputError::PhoneMissing => "phoneNumber is missing; this method needs it",
        CodeInputError::Phone => "phoneNumber is not a valid phone number",
        CodeInputError::Questions => "security questions need a gateToken that opens them",
    }
}

fn accepted(ordered: OrderedCode) -> Response {
    let body = OrderedBody {
        reset_id: ordered.reset,
        expires_at: ordered.expires_at.to_string(),
        code_expires_at: ordered.code_expires_at.to_string(),
        resend_at: ordered.resend_at.to_string(),
        reference: ordered.reference,
        method: ordered.method,
    };
    response::json(StatusCode::ACCEPTED, &body)
}
