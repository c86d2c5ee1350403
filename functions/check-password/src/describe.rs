//! This function's operations, for the API's description.

use http::{Method, StatusCode};
use serde_json::json;
use shared::http::describe::{Operation, Section};
use shared::http::{MAX_BODY, Problem};

use super::{Check, CheckedBody};

/// The operations of this function.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::POST, "/v1/credentials/verifications", "checkPassword", Section::Checking)
            .says(
                "Checks a user name and a password",
                "Needs `Credentials.Check`. Ten wrong passwords in a row lock sign-in for one minute, then for two, \
                 four, eight and at most fifteen. During a lock, passwords are neither compared nor counted. The last \
                 three different refused passwords are not counted again. At most ten passwords of one account are \
                 compared at once; further requests wait, and are 503 after ten seconds. A completed reset ends the \
                 lock; guesses at codes do not affect it.",
            )
            .body::<Check>(
                MAX_BODY,
                [("a password", json!({"userName": "adele@contoso.example", "password": "adele-old-password-2026"}))],
            )
            .responds::<CheckedBody<'_>>(StatusCode::OK, "The password is right.")
            .refuses(
                Problem::CredentialsRejected,
                "an unknown or disabled user, a locked sign-in and a wrong password get the same response after the \
                 same time.",
            ),
    ]
}
