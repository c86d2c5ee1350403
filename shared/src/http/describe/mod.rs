//! The API's description (OpenAPI 3.1), made by the code that it describes.
//!
//! Each function describes its operations beside its wire types. What is the same everywhere is not written down but
//! asked of the code: a refusal's status, code, texts and headers are those of the [`Problem`] itself, limits and names
//! are the constants that the readers use. A function's program carries none of this.

mod document;
mod policy;
mod refusal;
mod schema;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http::{Failure, Problem, Surface};

pub use document::document;
pub use policy::{defaults, money, policy, policy_changes};
pub use schema::{
    code_methods, contact_types, every_method, graph_object, moment, named, object, optional_moment, optional_text,
    phone_methods, reasons, sources,
};

/// What one function describes.
#[derive(Debug, Default)]
pub struct Part {
    /// Its operations.
    pub operations: Vec<Operation>,
    /// The schemas that they refer to by name, beside the common ones.
    pub schemas: Vec<(&'static str, Value)>,
}

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
    parameters: Vec<Value>,
    body: Option<(Value, Vec<Example>)>,
    answers: Vec<Told>,
    refusals: Vec<Refusal>,
}

/// An answer that is none of the refusals.
#[derive(Debug)]
struct Told {
    status: StatusCode,
    description: &'static str,
    headers: Vec<(&'static str, Value)>,
    content: Option<(Value, Vec<Example>)>,
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
            answers: Vec::new(),
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
    pub fn idempotent(mut self) -> Self {
        self.parameters.push(json!({"$ref": "#/components/parameters/IdempotencyKey"}));
        self.refuses(
            Problem::IdempotencyKeyInUse,
            "the first request with this `Idempotency-Key` still runs, which is believed for 60 seconds at most.",
        )
        .refuses(Problem::IdempotencyKeyReused, "this `Idempotency-Key` came with another body before.")
        .refuses(
            Problem::Malformed("the idempotency key is not 16 to 255 visible ASCII characters"),
            "the `Idempotency-Key` cannot be one.",
        )
    }

    /// Takes a query option or a header, as OpenAPI writes it.
    #[must_use]
    pub fn takes(mut self, parameter: Value) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Takes a body of at most `most` bytes.
    #[must_use]
    pub fn body(mut self, schema: Value, examples: Vec<Example>, most: usize) -> Self {
        self.body = Some((schema, examples));
        let too_large = if most == crate::http::MAX_POLICY_BODY {
            "the body has more than 128 KiB (131072 bytes)."
        } else {
            "the body has more than 16 KiB (16384 bytes)."
        };
        self.refuses(
            Problem::Malformed("a member is missing, unknown or of the wrong type"),
            "the request cannot be read; the text names the rule that was broken and never repeats what was sent.",
        )
        .refuses(Problem::TooLarge, too_large)
        .refuses(
            Problem::UnsupportedMediaType,
            "the body is not declared as `application/json` (in UTF-8, if a charset is named).",
        )
    }

    /// Answers with a body.
    #[must_use]
    pub fn answers(
        mut self,
        status: StatusCode,
        description: &'static str,
        schema: Value,
        examples: Vec<Example>,
    ) -> Self {
        self.answers.push(Told { status, description, headers: Vec::new(), content: Some((schema, examples)) });
        self
    }

    /// Answers without a body.
    #[must_use]
    pub fn answers_nothing(mut self, status: StatusCode, description: &'static str) -> Self {
        self.answers.push(Told { status, description, headers: Vec::new(), content: None });
        self
    }

    /// The answer described last has a header of its own.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, header: Value) -> Self {
        if let Some(told) = self.answers.last_mut() {
            told.headers.push((name, header));
        }
        self
    }

    /// Refuses with what the code answers then.
    #[must_use]
    pub fn refuses(mut self, failure: impl Into<Failure>, why: &'static str) -> Self {
        self.refusals.push(Refusal { failure: failure.into(), why });
        self
    }

    fn surface(&self) -> Surface {
        Surface::of_path(self.path)
    }
}
