//! What this function's operations take and answer, for the API's description.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::http::describe::{Operation, Part, Section, named};
use shared::http::{MAX_BODY, Problem};

/// The operations of this function.
#[must_use]
pub fn describe() -> Part {
    Part { operations: operations(), schemas: schemas() }
}

fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::POST, "/v1/resets/{resetId}/password", "completeReset", Section::Resetting)
            .says(
                "Sets the new password",
                "The token is judged first, and the password only under a token that is accepted. A refused password \
leaves the token usable, ten times at most. Once the password is set, every other reset, code and \
token of the account is dead, its guess budget and its sign-in lock are cleared, its owner is told, \
and its sessions are to be ended; no session is opened. An account completes at most five resets in \
24 hours.",
            )
            .open()
            .idempotent()
            .body(
                named("NewPassword"),
                vec![(
                    "a phrase",
                    json!({
                        "resetToken": "7tVVc3U9fxEVS49B45GTyuzeKp0y3yU2z_azkkXVV-I",
                        "newPassword": "walrus plays the accordion",
                    }),
                )],
                MAX_BODY,
            )
            .answers_nothing(StatusCode::NO_CONTENT, "The password is set.")
            .refuses(
                Problem::TokenRejected,
                "the token is not accepted: it is wrong, used, too old or of another reset.",
            )
            .refuses(
                Problem::PasswordRejected(vec!["too-short".to_owned(), "common".to_owned()]),
                "`reasons` names every rule that the password broke.",
            ),
    ]
}

fn schemas() -> Vec<(&'static str, Value)> {
    vec![(
        "NewPassword",
        json!({
            "type": "object",
            "properties": {
                "resetToken": {"$ref": "#/components/schemas/Token"},
                "newPassword": {
                    "type": "string",
                    "minLength": 8,
                    "maxLength": 256,
                    "description": "Counted in code points, after normalisation to NFC. The policy says how long it must be, 15 unless \
        it was changed; every character is accepted, spaces included, and none is required.",
                },
            },
            "required": ["resetToken", "newPassword"],
            "additionalProperties": false,
        }),
    )]
}
