//! This function's operations, for the API's description.

use http::{Method, StatusCode};
use serde_json::json;
use shared::http::describe::{Operation, Section};
use shared::http::{MAX_BODY, Problem};

use super::{Again, AskedBody, Begin, OrderedBody};

/// The operations of this function.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let gate_token = "Yk1h0vU9fxEVS49B45GTyuzeKp0y3yU2z_azkkXVV-I";
    vec![
        Operation::new(Method::POST, "/v1/resets", "beginReset", Section::Resetting)
            .says(
                "Begins a reset",
                "Orders a code for a user name, existing or not. The answer is the same in status, headers, shape and \
                 time whether the account exists, is disabled, has that method, matched the number or has spent its \
                 limits, and no later answer tells whether anything was sent: beginning reads no account. A message \
                 goes only to a value on file, never to the number that was typed. An account that lacks enough usable \
                 methods for its gates gets no message.\n\nA method that the policy does not offer, a missing phone \
                 number, or a user name or number that cannot be one is 400, whoever exists.",
            )
            .open()
            .idempotent()
            .body::<Begin>(
                MAX_BODY,
                [
                    (
                        "by text message",
                        json!({
                            "userName": "adele@contoso.example", "method": "mobileSms",
                            "phoneNumber": "+1 4255550100",
                        }),
                    ),
                    (
                        "by call",
                        json!({
                            "userName": "omar@contoso.example", "method": "officeCall",
                            "phoneNumber": "+1 425-555-0110",
                        }),
                    ),
                    ("by email", json!({"userName": "priya@contoso.example", "method": "email"})),
                ],
            )
            .answers::<OrderedBody>(StatusCode::ACCEPTED, "A code is ordered, as far as anybody is told.")
            .refuses(
                Problem::RateLimited(30),
                "the source network (an IPv4 /24 or IPv6 /48) began too many resets, alone or of this name, existing \
                 or not. There is no other limit that is told.",
            ),
        Operation::new(Method::POST, "/v1/resets/{resetId}/codes", "orderCode", Section::Resetting)
            .says(
                "Orders a code again, or by another method",
                "The same method within the code's life sends the same code with the same reference, and a code lives \
                 ten minutes at most from its first order. Another method before the first gate is passed makes a new \
                 code with a new reference, and the former one is dead. Before `resendAt` nothing changes, whatever \
                 method is asked for. A reset has five orders at most; further ones are answered like the fifth and \
                 send nothing. Once the first gate is passed, `gateToken` orders the codes of the second; its method \
                 and destination must differ from those of the first, else nothing is sent.",
            )
            .open()
            .idempotent()
            .body::<Again>(
                MAX_BODY,
                [
                    ("by email", json!({"method": "email"})),
                    ("by call", json!({"method": "mobileCall", "phoneNumber": "+1 4255550100"})),
                    ("for the second gate", json!({"method": "email", "gateToken": gate_token})),
                    ("security questions", json!({"method": "securityQuestions", "gateToken": gate_token})),
                ],
            )
            .answers::<AskedBody>(
                StatusCode::OK,
                "The security questions of the second gate: the same ones for 24 hours, however often they are asked \
                 for.",
            )
            .answers::<OrderedBody>(StatusCode::ACCEPTED, "The code that is on its way, as far as anybody is told."),
    ]
}
