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
                "A guess is charged before it is compared: each code has few tries (five unless the policy says \
                 otherwise), and each account at most ten in 24 hours and 50 in 30 days over all of its resets. The \
                 long code of an email is never charged, lives 24 hours, works once, and is accepted at the same gate \
                 of any live reset of its account. What can be neither digits nor a long code is 400, and not \
                 charged.\n\nEvery 422 is one and the same, and leaves at a fixed time after the request arrived, one \
                 for digits and a later one for long codes and answers: for a wrong, expired, used or replaced code, \
                 one of another gate or reset, one of a method that the policy offers no longer, an unknown or expired \
                 reset (an id that cannot be one included), an account that does not exist, and a spent budget.",
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
            .answers::<VerifiedBody<'_>>(
                StatusCode::OK,
                "The code is right: either everything is proved, or a second method is needed.",
            )
            .refuses(Problem::CodeRejected, "the code is not accepted, for whatever reason."),
    ]
}
