//! The API's description (OpenAPI 3.1), made by the code that it describes.
//!
//! Each function lists its operations beside its wire types. The schemas are derived from those types and their doc
//! comments; a refusal's status, code, texts and headers are those of the [`Problem`] itself. A function's program
//! carries none of this.

mod components;
mod document;
mod graph;
mod policy;
mod refusal;
mod schemas;

use http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::http::request::KEY_RULE;
use crate::http::{ErrorFormat, Failure, Problem};

pub use document::document;
pub use graph::{Profile, Typed};
pub use policy::PolicyChanges;
pub use schemas::{BrokenRule, CodeText, Delivery, Id, QuestionId, ReferenceText, Time, Token, as_selected, reasons};

/// The sections of the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Resetting a password, without a token.
    Resetting,
    /// A person's own methods.
    Registering,
    /// Checking a password.
    Checking,
    /// Administration.
    Administering,
    /// The description itself.
    Describing,
}

/// A name and a value, as examples are written.
pub type Example = (&'static str, Value);

/// Adds a type to the components and refers to it.
type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// One operation: a method of a path.
#[derive(Debug)]
pub struct Operation {
    method: Method,
    path: &'static str,
    name: &'static str,
    section: Section,
    summary: &'static str,
    description: &'static str,
    is_open: bool,
    parameters: Vec<(&'static str, Value)>,
    body: Option<(SchemaOf, Vec<Example>)>,
    responses: Vec<Described>,
    refusals: Vec<Refusal>,
}

/// A response that is not a refusal.
#[derive(Debug)]
struct Described {
    status: StatusCode,
    description: &'static str,
    is_located: bool,
    is_kept: bool,
    schema: Option<SchemaOf>,
}

/// A refusal, told by the very failure that the code answers with.
#[derive(Debug)]
struct Refusal {
    failure: Failure,
    why: &'static str,
}

impl Operation {
    /// An operation that takes a token, if nothing else is said.
    #[must_use]
    pub fn new(method: Method, path: &'static str, name: &'static str, section: Section) -> Self {
        Self {
            method,
            path,
            name,
            section,
            summary: "",
            description: "",
            is_open: false,
            parameters: Vec::new(),
            body: None,
            responses: Vec::new(),
            refusals: Vec::new(),
        }
    }

    /// What it does, in a line and at length.
    #[must_use]
    pub fn says(self, summary: &'static str, description: &'static str) -> Self {
        Self { summary, description, ..self }
    }

    /// Takes no token.
    #[must_use]
    pub fn open(self) -> Self {
        Self { is_open: true, ..self }
    }

    /// Takes an `Idempotency-Key`.
    #[must_use]
    pub fn idempotent(self) -> Self {
        self.takes("IdempotencyKey", components::idempotency_key())
            .refuses(
                Problem::IdempotencyKeyInUse,
                "the first request with this `Idempotency-Key` is still running; after 60 seconds it no longer counts.",
            )
            .refuses(Problem::IdempotencyKeyReused, "this `Idempotency-Key` was used with another body.")
            .refuses(Problem::malformed(KEY_RULE), "the `Idempotency-Key` is not valid.")
    }

    /// Takes a query option or a header, as OpenAPI writes it, under its name among the components.
    #[must_use]
    pub fn takes(mut self, name: &'static str, parameter: Value) -> Self {
        self.parameters.push((name, parameter));
        self
    }

    /// Takes a body of at most `most` bytes.
    #[must_use]
    pub fn body<T: JsonSchema>(mut self, most: usize, examples: impl IntoIterator<Item = Example>) -> Self {
        self.body = Some((SchemaGenerator::subschema_for::<T>, examples.into_iter().collect()));
        let too_large = if most == crate::http::MAX_POLICY_BODY {
            "the body has more than 128 KiB (131072 bytes)."
        } else {
            "the body has more than 16 KiB (16384 bytes)."
        };
        self.refuses(
            Problem::malformed("the body has a member that is not known"),
            "the request is not valid; the text names the member and its rule, and never repeats what was sent.",
        )
        .refuses(Problem::TooLarge, too_large)
        .refuses(
            Problem::UnsupportedMediaType,
            "the body is not declared as `application/json` (in UTF-8, if a charset is named).",
        )
    }

    /// Responds with a body.
    #[must_use]
    pub fn responds<T: JsonSchema>(self, status: StatusCode, description: &'static str) -> Self {
        self.response(status, description, Some(SchemaGenerator::subschema_for::<T>))
    }

    /// Responds without a body.
    #[must_use]
    pub fn responds_empty(self, description: &'static str) -> Self {
        self.response(StatusCode::NO_CONTENT, description, None)
    }

    fn response(mut self, status: StatusCode, description: &'static str, schema: Option<SchemaOf>) -> Self {
        let is_located = status == StatusCode::CREATED;
        self.responses.push(Described { status, description, is_located, is_kept: false, schema });
        self
    }

    /// Lets anybody keep the responses so far for a minute.
    #[must_use]
    pub fn kept(mut self) -> Self {
        self.responses.iter_mut().for_each(|response| response.is_kept = true);
        self
    }

    /// Belongs to one reset, whose requests are counted.
    #[must_use]
    pub fn counted(self) -> Self {
        const WHY: &str = "more than 60 requests came to this reset within a minute, whether or not the user exists.";
        self.refuses(Problem::RateLimited(60), WHY)
    }

    /// Refuses with what the code answers then.
    #[must_use]
    pub fn refuses(mut self, failure: impl Into<Failure>, why: &'static str) -> Self {
        self.refusals.push(Refusal { failure: failure.into(), why });
        self
    }

    /// Whether the operation changes an account or the policy.
    fn changes(&self) -> bool {
        self.method != Method::GET && matches!(self.section, Section::Registering | Section::Administering)
    }

    fn error_format(&self) -> ErrorFormat {
        ErrorFormat::of_path(self.path)
    }
}

/// A query option, as OpenAPI writes it.
#[must_use]
pub fn query_option(name: &str, description: &str, schema: &Value, example: &Value) -> Value {
    json!({
        "name": name, "in": "query", "required": false, "description": description, "schema": schema,
        "example": example,
    })
}
