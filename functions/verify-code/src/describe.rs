//! This function's operations, for the API's description.

use http::{Method, StatusCode};
use serde_json::json;
use shared::http::describe::{Operation, Section};
use shared::http::{MAX_BODY, Problem};

use super::{VerifiedBody, Verify};

/// The operations of this function.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let gate_token = "Yk1h0vU9fxEVS49B45GTyuzeKp0y3yU2z_azkkXVV-I";
    let answer = |question: &str, answer: &str| json!({"questionId": question, "answer": answer});
    let answers = [
        answer("first-concert", "The Walruses"),
        answer("first-album", "Live at the Pier"),
        answer("first-film", "The Paper Moon"),
    ];
    vec![
        Operation::new(Method::POST, "/v1/resets/{resetId}/verifications", "verifyCode", Section::Resetting)
            .says(
                "Verifies a code",
                "A guess is charged before it is compared. Each code allows a few guesses (five unless the policy says \
                 otherwise), and each account at most ten in 24 hours and 50 in 30 days, over all its resets. The long \
                 code of an email is never charged, is valid for 24 hours, works once, and is accepted at the same \
                 gate of any live reset of its account. A text that is neither digits nor a long code is 400 and is \
                 not charged.\n\nAll 422 responses are alike, and are sent at a fixed time after the request: one time \
                 for digits, and a later one for long codes and answers. The reason may be a wrong, expired, used or \
                 replaced code, a code of another gate or reset, a method that the policy no longer offers, an \
                 unknown, malformed or expired reset id, an account that does not exist, or a spent budget.",
            )
            .open()
            .idempotent()
            .body::<Verify>(
                MAX_BODY,
                [
                    ("digits", json!({"code": "1234 5678"})),
                    ("a long code", json!({"code": "7ZK3M-9QXWT-0R5VN-2HCJD-8YFBG-6"})),
                    ("at the second gate", json!({"code": "12345678", "gateToken": gate_token})),
                    ("answers", json!({"answers": answers, "gateToken": gate_token})),
                ],
            )
            .responds::<VerifiedBody<'_>>(
                StatusCode::OK,
                "The code is right. Either the reset is verified, or it needs a second method.",
            )
            .refuses(Problem::CodeRejected, "the code is not accepted; the reason is not revealed.")
            .counted(),
    ]
}
