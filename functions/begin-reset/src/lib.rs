//! `POST /v1/resets` and `POST /v1/resets/{resetId}/codes`: begins a reset, orders its codes again, asks its questions.

#[cfg(feature = "describe")]
pub mod describe;

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use shared::http::{Answer, Failure, MAX_BODY, Problem, Request, Surface, body, finish};
use shared::identifiers::user_name::UserName;
use shared::ports::idempotency::Facts;
use shared::ports::store::Store;
use shared::random::ResetId;
use shared::time::Moment;
use shared::use_cases::begin_reset::{Asked, AskedWrongly, BeginReset, Ordered};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Begin {
    user_name: String,
    method: String,
    phone_number: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Again {
    method: String,
    phone_number: Option<String>,
    gate_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderedBody {
    reset_id: String,
    expires_at: String,
    code_expires_at: String,
    resend_at: String,
    reference: String,
    method: String,
}

#[derive(Serialize)]
struct AskedBody {
    questions: Vec<QuestionBody>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QuestionBody {
    question_id: String,
    text: String,
}

/// Answers a request to begin a reset or to order a code again.
pub async fn handle<S: Store>(app: &BeginReset<S>, request: Request) -> Answer {
    finish(Surface::Rekey, route(app, &request).await, &app.context)
}

async fn route<S: Store>(app: &BeginReset<S>, request: &Request) -> Result<Answer, Failure> {
    match request.segments().as_slice() {
        ["v1", "resets"] => begin(app, request).await,
        ["v1", "resets", id, "codes"] => again(app, request, id).await,
        _ => Err(Problem::NotFound.into()),
    }
}

async fn begin<S: Store>(app: &BeginReset<S>, request: &Request) -> Result<Answer, Failure> {
    request.allow(&[Method::POST])?;
    let wire: Begin = body(request, Surface::Rekey, MAX_BODY)?;
    let key = request.idempotency_key()?;
    let name = UserName::parse(&wire.user_name).map_err(|_| Problem::Malformed("userName cannot be a user name"))?;
    let asked = Asked { method: &wire.method, phone_number: wire.phone_number.as_deref() };
    let key = key.as_ref().map(|key| (key, request.body.as_slice()));
    answer(app, app.begin(&name, asked, &request.network(), key).await?)
}

async fn again<S: Store>(app: &BeginReset<S>, request: &Request, id: &str) -> Result<Answer, Failure> {
    request.allow(&[Method::POST])?;
    let wire: Again = body(request, Surface::Rekey, MAX_BODY)?;
    let key = request.idempotency_key()?;
    // An id that cannot be one is answered like an unknown one, whatever is asked for.
    let id = ResetId::parse(id).unwrap_or_else(|| ResetId::draw(&*app.context.random));
    let asked = Asked { method: &wire.method, phone_number: wire.phone_number.as_deref() };
    let key = key.as_ref().map(|key| (key, request.body.as_slice()));
    answer(app, app.order(&id, asked, wire.gate_token.as_deref(), key).await?)
}

fn answer<S: Store>(app: &BeginReset<S>, ordered: Ordered) -> Result<Answer, Failure> {
    match ordered {
        Ordered::Accepted(facts) => accepted(facts),
        Ordered::Asked(questions) => {
            let questions = questions.into_iter().map(|asked| QuestionBody { question_id: asked.id, text: asked.text });
            Ok(Answer::json(StatusCode::OK, &AskedBody { questions: questions.collect() }))
        }
        Ordered::Wrong(AskedWrongly::Method) => Err(Problem::Malformed("method is none that is offered").into()),
        Ordered::Wrong(AskedWrongly::PhoneMissing) => {
            Err(Problem::Malformed("phoneNumber is required for this method").into())
        }
        Ordered::Wrong(AskedWrongly::Phone) => Err(Problem::Malformed("phoneNumber cannot be a phone number").into()),
        Ordered::Wrong(AskedWrongly::Questions) => {
            Err(Problem::Malformed("security questions are asked only with a gateToken that opens them").into())
        }
        Ordered::Limited { until } => Err(Problem::RateLimited(until.seconds_from(app.context.now())).into()),
        Ordered::NotFound => Err(Problem::NotFound.into()),
        Ordered::OtherBody => Err(Problem::IdempotencyKeyReused.into()),
        Ordered::InUse => Err(Problem::IdempotencyKeyInUse.into()),
    }
}

fn accepted(facts: Facts) -> Result<Answer, Failure> {
    let time = |millis| Moment::from_millis(millis).to_string();
    match facts {
        Facts::Ordered { reset, expires_at, code_expires_at, resend_at, reference, method } => {
            let body = OrderedBody {
                reset_id: reset,
                expires_at: time(expires_at),
                code_expires_at: time(code_expires_at),
                resend_at: time(resend_at),
                reference,
                method,
            };
            Ok(Answer::json(StatusCode::ACCEPTED, &body))
        }
        // A key belongs to its route, so another route's facts cannot stand under it.
        _ => Err(Problem::IdempotencyKeyReused.into()),
    }
}
