//! `PUT /v1/registration/security-questions` and `GET /v1/registration/question-catalogue`: a person's security
//! questions.

use http::{Method, StatusCode};
#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::credentials::token::IssuerKeys;
use shared::http::{Failure, GivenAnswer, Problem, QuestionBody, Request, Response, body, response};
use shared::ports::store::Store;
use shared::use_cases::register::{QuestionsOutcome, Register};

use crate::person::{fresh_person, person};

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
    questions: Vec<QuestionBody>,
}

/// Replaces a person's security questions.
pub(crate) async fn put<S: Store, I: IssuerKeys>(app: &Register<S, I>, request: &Request) -> Result<Response, Failure> {
    request.allow(&[Method::PUT])?;
    let account = fresh_person(app, request).await?;
    let wire: Put = body(request)?;
    let key = request.idempotency_key()?;
    if wire.answers.is_empty() {
        return Err(Problem::malformed("answers must not be empty").into());
    }
    let given: Vec<(&str, &str)> = wire.answers.iter().map(GivenAnswer::pair).collect();
    match app.set_questions(&account, &given, key).await? {
        QuestionsOutcome::Set => Ok(response::empty(StatusCode::NO_CONTENT)),
        QuestionsOutcome::Rejected(reasons) => Err(Problem::AnswersRejected(reasons).into()),
        QuestionsOutcome::Changed => Err(Problem::Conflict("the account changed in the meantime").into()),
    }
}

/// Lists the questions that a person may choose from.
pub(crate) async fn catalogue<S: Store, I: IssuerKeys>(
    app: &Register<S, I>,
    request: &Request,
) -> Result<Response, Failure> {
    request.allow(&[Method::GET])?;
    let (account, _) = person(app, request).await?;
    let questions = app.catalogue(&account).await?.into_iter().map(QuestionBody::from).collect();
    Ok(response::json(StatusCode::OK, &CatalogueBody { questions }))
}
