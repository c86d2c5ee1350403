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
        Operation::new(Method::POST, "/v1/credentials/verifications", "checkPassword", Section::Checking)
            .says(
                "Checks a user name and a password",
                "Needs `Credentials.Check`. Ten wrong passwords in a row lock sign-in for a minute, then two, four, \
eight and at most fifteen; nothing is evaluated or counted meanwhile. The last three different \
passwords that were refused are not counted again. While ten of one account are being compared, \
others wait for their turn, and are 503 after ten seconds. A completed reset ends the lock; guesses \
at codes never touch it.",
            )
            .body(
                named("Credentials"),
                vec![(
                    "a password",
                    json!({"userName": "adele@contoso.example", "password": "adele-old-password-2026"}),
                )],
                MAX_BODY,
            )
            .answers(
                StatusCode::OK,
                "The password is right.",
                json!({
                    "type": "object",
                    "properties": {
                        "userId": {"$ref": "#/components/schemas/Id"},
                        "userName": {"type": "string", "description": "The userPrincipalName, in small letters."},
                    },
                    "required": ["userId", "userName"],
                    "additionalProperties": false,
                }),
                vec![("accepted", json!({"userId": "wi9a2LJGH8wjifgECMffPQ", "userName": "adele@contoso.example"}))],
            )
            .refuses(
                Problem::CredentialsRejected,
                "one answer, at one time, for an unknown or disabled user, a locked sign-in and a wrong password.",
            ),
    ]
}

fn schemas() -> Vec<(&'static str, Value)> {
    vec![(
        "Credentials",
        json!({
            "type": "object",
            "properties": {
                "userName": {"$ref": "#/components/schemas/UserName"},
                "password": {
                    "type": "string",
                    "maxLength": 256,
                    "description": "A longer one is refused as a wrong one is.",
                },
            },
            "required": ["userName", "password"],
            "additionalProperties": false,
        }),
    )]
}
