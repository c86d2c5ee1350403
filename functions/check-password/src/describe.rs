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
                "Needs `Credentials.Check`. Ten wrong passwords in a row lock sign-in for a minute, then two, four, \
                 eight and at most fifteen; nothing is evaluated or counted meanwhile. The last three different \
                 passwords that were refused are not counted again. While ten of one account are being compared, \
                 others wait for their turn, and are 503 after ten seconds. A completed reset ends the lock; guesses \
                 at codes never touch it.",
            )
            .body::<Check>(
                MAX_BODY,
                [("a password", json!({"userName": "adele@contoso.example", "password": "adele-old-password-2026"}))],
            )
            .answers::<CheckedBody<'_>>(StatusCode::OK, "The password is right.")
            .refuses(
                Problem::CredentialsRejected,
                "one answer, at one time, for an unknown or disabled user, a locked sign-in and a wrong password.",
            ),
    ]
}
