//! `PUT /v1/registration/security-questions` and `GET /v1/registration/question-catalogue`: a person's security
//! questions.

use http::{Method, StatusCode};
#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::account::Account;
use shared::credentials::token::IssuerKeys;
use shared::http::{Answer, Failure, GivenAnswer, MAX_BODY, Problem, Question, Request, Surface, body};
use shared::ports::store::Store;
use shared::time::Moment;
use shared::use_cases::authorize::actor;
use shared::use_cases::register::{Outcome, Register};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "SecurityQuestions"))]
pub(crate) struct Put {
    #[cfg_attr(feature = "describe", schemars(length(min = 1, max = 10)))]
    answers: Vec<GivenAnswer>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "QuestionCatalogue"))]
pub(crate) struct CatalogueBody {
    questions: Vec<Question>,
}

/// Replaces a person's security questions.
pub(crate) async fn put<S: Store, I: IssuerKeys>(app: &Register<S, I>, request: &Request) -> Result<Answer, Failure> {
    request.allow(&[Method::PUT])?;
    let (account, signed_in_at) = person(app, request).await?;
    app.demand_fresh(signed_in_at).await?;
    let wire: Put = body(request, Surface::Rekey, MAX_BODY)?;
    let key = request.idempotency_key()?;
    if wire.answers.is_empty() {
        return Err(Problem::Malformed("answers is an empty list").into());
    }
    let given: Vec<(&str, &str)> = wire.answers.iter().map(GivenAnswer::pair).collect();
    let key = key.as_ref().map(|key| (key, request.body.as_slice()));
    match app.set_questions(&account, &given, key).await? {
        Outcome::Done(_) => Ok(Answer::empty(StatusCode::NO_CONTENT)),
        Outcome::Refused(problem) => Err(problem.into()),
    }
}

/// Lists the questions that a person may choose from.
pub(crate) async fn catalogue<S: Store, I: IssuerKeys>(
    app: &Register<S, I>,
    request: &Request,
) -> Result<Answer, Failure> {
    request.allow(&[Method::GET])?;
    let (account, _) = person(app, request).await?;
    let questions = app.catalogue(&account).await?.into_iter().map(Question::from).collect();
    Ok(Answer::json(StatusCode::OK, &CatalogueBody { questions }))
}

async fn person<S: Store, I: IssuerKeys>(
    app: &Register<S, I>,
    request: &Request,
) -> Result<(Account, Option<Moment>), Failure> {
    let actor = actor(request, &app.issuer, &app.tokens, &app.context, &app.names).await?;
    Ok(Register::<S, I>::person(actor)?)
}
