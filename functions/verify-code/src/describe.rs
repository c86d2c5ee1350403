//! What this function's operations take and answer, for the API's description.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::http::describe::{Operation, Part, Section, every_method, named, object};
use shared::http::{MAX_BODY, Problem};

/// The operations of this function.
#[must_use]
pub fn describe() -> Part {
    Part { operations: operations(), schemas: schemas() }
}

fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::POST, "/v1/resets/{resetId}/verifications", "verifyCode", Section::Resetting)
            .says(
                "Verifies a code",
                "A guess is charged before it is compared: each code has few tries (five unless the policy says \
otherwise), and each account at most ten in 24 hours and 50 in 30 days over all of its resets. The \
long code of an email is never charged, lives 24 hours, works once, and is accepted at the same gate \
of any live reset of its account. What can be neither digits nor a long code is 400, and not \
charged.\n\nEvery 422 is one and the same, and leaves at a fixed time after the request arrived, one \
for digits and a later one for long codes and answers: for a wrong, expired, used or replaced code, one \
of another gate or reset, one of a method that the policy offers no longer, an unknown or expired reset \
(an id that cannot be one included), an account that does not exist, and a spent budget.",
            )
            .open()
            .idempotent()
            .body(
                json!({"oneOf": [named("VerifyCode"), named("VerifyAnswers")]}),
                vec![
                    ("digits", json!({"code": "1234 5678"})),
                    ("a long code", json!({"code": "7ZK3M-9QXWT-0R5VN-2HCJD-8YFBG-6"})),
                    (
                        "at the second gate",
                        json!({
                            "code": "12345678",
                            "gateToken": "Yk1h0vU9fxEVS49B45GTyuzeKp0y3yU2z_azkkXVV-I",
                        }),
                    ),
                    (
                        "answers",
                        json!({
                            "answers": [
                                {"questionId": "first-concert", "answer": "The Walruses"},
                                {"questionId": "first-album", "answer": "Live at the Pier"},
                                {"questionId": "first-film", "answer": "The Paper Moon"},
                            ],
                            "gateToken": "Yk1h0vU9fxEVS49B45GTyuzeKp0y3yU2z_azkkXVV-I",
                        }),
                    ),
                ],
                MAX_BODY,
            )
            .answers(
                StatusCode::OK,
                "The code is right: either everything is proved, or a second method is needed.",
                json!({
                    "oneOf": [
                        {"$ref": "#/components/schemas/Verified"},
                        {"$ref": "#/components/schemas/AnotherMethodRequired"},
                    ],
                }),
                vec![
                    (
                        "verified",
                        json!({
                            "status": "verified",
                            "resetToken": "7tVVc3U9fxEVS49B45GTyuzeKp0y3yU2z_azkkXVV-I",
                            "expiresAt": "2026-11-21T23:25:22.507Z",
                        }),
                    ),
                    (
                        "another method required",
                        json!({
                            "status": "anotherMethodRequired",
                            "gateToken": "Yk1h0vU9fxEVS49B45GTyuzeKp0y3yU2z_azkkXVV-I",
                            "methods": ["officeCall", "email"],
                        }),
                    ),
                ],
            )
            .refuses(Problem::CodeRejected, "the code is not accepted, for whatever reason."),
    ]
}

fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        (
            "VerifyAnswers",
            object(
                json!({
                    "answers": {
                        "type": "array",
                        "items": named("Answer"),
                        "minItems": 1,
                        "maxItems": 5,
                        "description": "An answer to each question that was asked. All must be right; nothing tells \
                            which was not. Case, width, accents and superfluous spaces do not matter.",
                    },
                    "gateToken": {"$ref": "#/components/schemas/Token", "description": "The token of the first gate."},
                }),
                &["answers"],
            ),
        ),
        (
            "Verified",
            json!({
                "type": "object",
                "properties": {
                    "status": {"const": "verified"},
                    "resetToken": {"$ref": "#/components/schemas/Token", "description": "Sets the password."},
                    "expiresAt": {
                        "type": "string",
                        "format": "date-time",
                        "description": "When the token dies.",
                    },
                },
                "required": ["status", "resetToken", "expiresAt"],
                "additionalProperties": false,
            }),
        ),
        (
            "AnotherMethodRequired",
            json!({
                "type": "object",
                "properties": {
                    "status": {"const": "anotherMethodRequired"},
                    "gateToken": {
                        "$ref": "#/components/schemas/Token",
                        "description": "Opens the second gate of this reset.",
                    },
                    "methods": {
                        "type": "array",
                        "items": {"type": "string", "enum": every_method()},
                        "uniqueItems": true,
                        "description": "What can open the second gate: methods that reach this account elsewhere than the first did, and security questions where it has some to ask.",
                    },
                },
                "required": ["status", "gateToken", "methods"],
                "additionalProperties": false,
            }),
        ),
        (
            "VerifyCode",
            json!({
                "type": "object",
                "properties": {
                    "code": {"$ref": "#/components/schemas/Code"},
                    "gateToken": {
                        "$ref": "#/components/schemas/Token",
                        "description": "The token of the first gate, for the code of the second.",
                    },
                },
                "required": ["code"],
                "additionalProperties": false,
            }),
        ),
    ]
}
