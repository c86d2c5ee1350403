//! This function's operations, for the API's description.

use http::Method;
use serde_json::json;
use shared::http::describe::{Operation, Section};
use shared::http::{MAX_BODY, Problem};

use super::Complete;

/// The operations of this function.
#[must_use]
pub fn operations() -> Vec<Operation> {
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
            .body::<Complete>(
                MAX_BODY,
                [(
                    "a phrase",
                    json!({
                        "resetToken": "7tVVc3U9fxEVS49B45GTyuzeKp0y3yU2z_azkkXVV-I",
                        "newPassword": "walrus plays the accordion",
                    }),
                )],
            )
            .answers_nothing("The password is set.")
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
