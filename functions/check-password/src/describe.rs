//! This function's operations, for the API's description.

use http::{Method, StatusCode};
use serde_json::json;
use shared::http::describe::{Operation, Section};
use shared::http::{MAX_BODY, Problem};

use super::{Change, Check, CheckedBody};

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
        Operation::new(Method::POST, "/v1/password", "changePassword", Section::Checking)
            .says(
                "Changes a password that its owner knows",
                "Needs no token. It is how a password that an administrator has set is changed at the next sign-in, and \
                 how anybody changes theirs. The current password counts like any other that is checked: the same lock, \
                 the same times. Afterwards all is as after a reset: the owner is notified, sessions end, and resets in \
                 progress are revoked.",
            )
            .open()
            .body::<Change>(
                MAX_BODY,
                [(
                    "a new password",
                    json!({
                        "userName": "adele@contoso.example", "currentPassword": "adele-old-password-2026",
                        "newPassword": "purple quilts on monday",
                    }),
                )],
            )
            .responds_empty("The password is changed.")
            .refuses(
                Problem::CredentialsRejected,
                "an unknown or disabled user, a locked sign-in and a wrong password get the same response after the \
                 same time.",
            )
            .refuses(
                Problem::PasswordRejected(vec!["too-short".to_owned(), "common".to_owned()]),
                "`reasons` lists all rules that the new password breaks; the current password is `common`.",
            )
            .refuses(
                Problem::RateLimited(30),
                "the source network has sent too many requests, in all or for this name, whether or not the user exists.",
            ),
    ]
}
