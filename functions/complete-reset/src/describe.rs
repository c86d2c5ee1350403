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
                "The token is checked first, then the password. The token remains usable after a refused password, for \
                 ten tries in all. Once the password is set, all other resets, codes and tokens of the account are \
                 revoked, its guess budget and its sign-in lock are cleared, its owner is notified, and an event asks \
                 for its sessions to end. No session is opened. An account can complete at most five resets in 24 \
                 hours.",
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
            .responds_empty("The password is set.")
            .refuses(Problem::TokenRejected, "the token is wrong, used, too old or belongs to another reset.")
            .refuses(
                Problem::PasswordRejected(vec!["too-short".to_owned(), "common".to_owned()]),
                "`reasons` lists all rules that the password breaks.",
            )
            .counted(),
    ]
}
