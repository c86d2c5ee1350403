//! Security questions and answers on the wire, which several functions share.

use serde::{Deserialize, Serialize};

use super::body::object;
#[cfg(feature = "describe")]
use super::describe::QuestionId;
use crate::credentials::questions::AskedQuestion;

/// A security question.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(rename = "Question"))]
pub struct QuestionBody {
    /// The id of the question.
    #[cfg_attr(feature = "describe", schemars(with = "QuestionId"))]
    pub question_id: String,
    /// The text of the question, in the person's language.
    #[cfg_attr(feature = "describe", schemars(length(min = 3, max = 200)))]
    pub text: String,
}

impl From<AskedQuestion> for QuestionBody {
    fn from(asked: AskedQuestion) -> Self {
        Self { question_id: asked.id, text: asked.text }
    }
}

/// An answer to one question.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(inline))]
pub struct GivenAnswer(#[serde(deserialize_with = "object")] GivenBody);

/// An answer to a security question.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(rename = "Answer"))]
struct GivenBody {
    #[cfg_attr(feature = "describe", schemars(with = "QuestionId"))]
    question_id: String,
    #[cfg_attr(feature = "describe", schemars(length(max = 200)))]
    answer: String,
}

impl GivenAnswer {
    /// The question's id and the answer.
    #[must_use]
    pub fn pair(&self) -> (&str, &str) {
        (&self.0.question_id, &self.0.answer)
    }
}
