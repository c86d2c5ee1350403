//! A registration and its methods, as responses.

use http::StatusCode;
#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::Serialize;
use shared::account::Unusable;
#[cfg(feature = "describe")]
use shared::account::{ContactType, Source};
#[cfg(feature = "describe")]
use shared::http::describe::{Time, reasons};
use shared::http::response::{self, Response};
use shared::use_cases::register::{ContactView, Registration};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "Registration"))]
pub(crate) struct RegistrationBody {
    /// The userPrincipalName, in lower case.
    user_name: String,
    /// Whether the registered methods alone, with different destinations, are enough for a reset.
    registered: bool,
    /// How many methods a reset needs; always 2 for privileged users.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 2)))]
    methods_required: u8,
    /// The time by which the person should confirm their methods again; `null` if nothing is registered or confirmed,
    /// or if the policy does not ask for it.
    #[cfg_attr(feature = "describe", schemars(with = "Option<Time>"))]
    reconfirm_by: Option<String>,
    /// The registered methods.
    methods: Vec<MethodBody>,
    /// The other values on file, which the person may register.
    suggested: Vec<MethodBody>,
    security_questions: Questions,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "RegisteredMethod"))]
pub(crate) struct MethodBody {
    #[cfg_attr(feature = "describe", schemars(with = "ContactType"))]
    r#type: &'static str,
    /// The phone number, written `+CountryCode Number`, or the email address. It is never masked, because it is the
    /// person's own.
    value: String,
    #[cfg_attr(feature = "describe", schemars(with = "Source"))]
    source: &'static str,
    /// When the value was stored.
    #[cfg_attr(feature = "describe", schemars(with = "Time"))]
    set_at: String,
    /// When the person proved that the contact is theirs; `null` if they did not.
    #[cfg_attr(feature = "describe", schemars(with = "Option<Time>"))]
    verified_at: Option<String>,
    /// Whether a reset would use the value now.
    usable: bool,
    /// Why a reset would not use the value: the policy offers no method that reaches it; it was never registered, and
    /// the policy requires that; a registered value takes its place; only the first address is used; its owner removed
    /// it; it replaced a usable value and its waiting time is not over; its country does not receive messages; it is a
    /// fixed line, which receives no text messages. `null` if the value is usable.
    #[cfg_attr(feature = "describe", schemars(extend("enum" = reasons())))]
    reason: Option<&'static str>,
}

/// How many questions the person has answered, and how many the policy requires.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "QuestionCount"))]
struct Questions {
    registered: u8,
    required: u8,
}

/// A registration, as its owner sees it.
pub(crate) fn registration(shown: Registration) -> Response {
    let body = RegistrationBody {
        user_name: shown.user_name,
        registered: shown.registered,
        methods_required: shown.methods_required,
        reconfirm_by: shown.reconfirm_by.map(|at| at.to_string()),
        methods: shown.methods.into_iter().map(method_body).collect(),
        suggested: shown.suggested.into_iter().map(method_body).collect(),
        security_questions: Questions { registered: shown.questions_registered, required: shown.questions_required },
    };
    response::json(StatusCode::OK, &body)
}

/// One method.
pub(crate) fn method(shown: ContactView) -> Response {
    response::json(StatusCode::OK, &method_body(shown))
}

fn method_body(shown: ContactView) -> MethodBody {
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
