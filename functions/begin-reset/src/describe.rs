//! This function's operations, for the API's description.

use http::{Method, StatusCode};
use serde_json::json;
use shared::http::describe::{Operation, Section};
use shared::http::{MAX_BODY, Problem};

use super::settings::SettingsBody;
use super::{Again, AskedBody, Begin, OrderedBody};

/// The operations of this function.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let gate_token = "Yk1h0vU9fxEVS49B45GTyuzeKp0y3yU2z_azkkXVV-I";
    vec![
        Operation::new(Method::GET, "/v1/settings", "getSettings", Section::Resetting)
            .says(
                "Says what a page needs",
                "The organisation, the languages, and what the policy asks of a reset: the same for everybody, and not \
                 more than anybody sees who resets a password. The response may be kept for 60 seconds.",
            )
            .open()
            .responds::<SettingsBody<'_>>(StatusCode::OK, "The settings.")
            .kept(),
        Operation::new(Method::POST, "/v1/resets", "beginReset", Section::Resetting)
            .says(
                "Begins a reset",
                "Orders a code for a user name, whether or not the user exists. The response has the same status, \
                 headers, shape and time whether the account exists, is disabled, has that method, matches the phone \
                 number or has spent its limits, and no later response reveals whether a message was sent: this route \
                 reads no account. A message goes only to a value on file, never to the number that was typed. An \
                 account with too few usable methods for its gates gets no message.\n\nA method that the policy does \
                 not offer, a missing phone number, or a malformed user name or number is 400, whether or not the user \
                 exists.",
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
            .responds::<OrderedBody>(
                StatusCode::ACCEPTED,
                "The code is ordered; the response does not reveal whether a \
                message is sent.",
            )
            .refuses(
                Problem::RateLimited(30),
                "the source network (an IPv4 /24 or IPv6 /48) has begun too many resets, in all or for this name, \
                 whether or not the user exists. No other limit is revealed.",
            ),
        Operation::new(Method::POST, "/v1/resets/{resetId}/codes", "orderCode", Section::Resetting)
            .says(
                "Orders another code",
                "The same method sends the same code with the same reference while the code is valid, at most ten \
                 minutes from its first order. Another method before the first gate is passed makes a new code with a \
                 new reference and revokes the former code. Before `resendAt` nothing changes, whatever the method. A \
                 reset allows at most five orders; the response to a further one is that of the fifth, and nothing is \
                 sent. Once the first gate is passed, `gateToken` orders the codes of the second gate. The method and \
                 the destination must differ from those of the first gate; otherwise nothing is sent.",
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
            .responds::<AskedBody>(
                StatusCode::OK,
                "The security questions of the second gate. They remain the same for 24 hours.",
            )
            .responds::<OrderedBody>(
                StatusCode::ACCEPTED,
                "The code that is on its way; the response does not reveal \
                whether a message is sent.",
            )
            .counted(),
    ]
}
