//! What this function's operations take and answer, for the API's description.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::http::describe::{Operation, Part, Section, code_methods, named, object, phone_methods};
use shared::http::{MAX_BODY, Problem};

/// The operations of this function.
#[must_use]
pub fn describe() -> Part {
    Part { operations: operations(), schemas: schemas() }
}

fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::POST, "/v1/resets", "beginReset", Section::Resetting)
            .says(
                "Begins a reset",
                "Orders a code for a user name, existing or not. The answer is the same in status, headers, shape and \
time whether the account exists, is disabled, has that method, matched the number or has spent its \
limits, and no later answer tells whether anything was sent: beginning reads no account. A message \
goes only to a value on file, never to the number that was typed. An account that lacks enough \
usable methods for its gates gets no message.\n\nA method that the policy does not offer, a missing \
phone number, or a user name or number that cannot be one is 400, whoever exists.",
            )
            .open()
            .idempotent()
            .body(
                json!({
                    "oneOf": [
                        {"$ref": "#/components/schemas/BeginByPhone"},
                        {"$ref": "#/components/schemas/BeginByEmail"},
                    ],
                }),
                vec![
                    (
                        "by text message",
                        json!({
                            "userName": "adele@contoso.example",
                            "method": "mobileSms",
                            "phoneNumber": "+1 4255550100",
                        }),
                    ),
                    (
                        "by call",
                        json!({
                            "userName": "omar@contoso.example",
                            "method": "officeCall",
                            "phoneNumber": "+1 425-555-0110",
                        }),
                    ),
                    ("by email", json!({"userName": "priya@contoso.example", "method": "email"})),
                ],
                MAX_BODY,
            )
            .answers(
                StatusCode::ACCEPTED,
                "A code is ordered, as far as anybody is told.",
                named("Ordered"),
                vec![(
                    "by text message",
                    json!({
                        "resetId": "jrXpqseZIFXvykL1LxyWnw",
                        "expiresAt": "2026-11-21T23:25:22.507Z",
                        "codeExpiresAt": "2026-11-21T23:15:22.507Z",
                        "resendAt": "2026-11-21T23:10:52.507Z",
                        "reference": "WR",
                        "method": "mobileSms",
                    }),
                )],
            )
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
            .body(
                json!({
                    "oneOf": [
                        {"$ref": "#/components/schemas/OrderByPhone"},
                        {"$ref": "#/components/schemas/OrderByEmail"},
                        {"$ref": "#/components/schemas/AskForQuestions"},
                    ],
                }),
                vec![
                    ("by email", json!({"method": "email"})),
                    ("by call", json!({"method": "mobileCall", "phoneNumber": "+1 4255550100"})),
                    (
                        "for the second gate",
                        json!({"method": "email", "gateToken": "Yk1h0vU9fxEVS49B45GTyuzeKp0y3yU2z_azkkXVV-I"}),
                    ),
                    (
                        "security questions",
                        json!({
                            "method": "securityQuestions",
                            "gateToken": "Yk1h0vU9fxEVS49B45GTyuzeKp0y3yU2z_azkkXVV-I",
                        }),
                    ),
                ],
                MAX_BODY,
            )
            .answers(
                StatusCode::OK,
                "The security questions of the second gate: the same ones for 24 hours, however often they are asked for.",
                object(json!({"questions": {"type": "array", "items": named("Question"), "minItems": 3, "maxItems": 5}}), &["questions"]),
                vec![(
                    "three questions",
                    json!({"questions": [
                        {"questionId": "first-concert", "text": "Who played at the first concert you went to?"},
                        {"questionId": "first-album", "text": "Which album was the first that you bought yourself?"},
                        {"questionId": "first-film", "text": "Which film was the first that you saw in a cinema?"},
                    ]}),
                )],
            )
            .answers(
                StatusCode::ACCEPTED,
                "The code that is on its way, as far as anybody is told.",
                named("Ordered"),
                vec![(
                    "by email",
                    json!({
                        "resetId": "jrXpqseZIFXvykL1LxyWnw",
                        "expiresAt": "2026-11-21T23:25:22.507Z",
                        "codeExpiresAt": "2026-11-21T23:15:22.507Z",
                        "resendAt": "2026-11-21T23:10:52.507Z",
                        "reference": "KT",
                        "method": "email",
                    }),
                )],
            ),
    ]
}

fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        (
            "AskForQuestions",
            object(
                json!({
                    "method": {"const": "securityQuestions"},
                    "phoneNumber": {"type": "string", "description": "Not needed for this method, and ignored."},
                    "gateToken": {
                        "$ref": "#/components/schemas/Token",
                        "description": "The token of the first gate. Without the right one, and where the account \
                            cannot use questions, the answer is 400.",
                    },
                }),
                &["method", "gateToken"],
            ),
        ),
        (
            "PhoneMethod",
            json!({
                "type": "string",
                "enum": phone_methods(),
                "description": "A method by which a code reaches a phone. A policy may offer fewer.",
            }),
        ),
        (
            "Ordered",
            json!({
                "type": "object",
                "properties": {
                    "resetId": {"$ref": "#/components/schemas/Id"},
                    "expiresAt": {
                        "type": "string",
                        "format": "date-time",
                        "description": "When the reset ends.",
                    },
                    "codeExpiresAt": {
                        "type": "string",
                        "format": "date-time",
                        "description": "When the code dies, unless it is ordered again.",
                    },
                    "resendAt": {
                        "type": "string",
                        "format": "date-time",
                        "description": "Before this moment another order changes nothing and sends nothing.",
                    },
                    "reference": {"$ref": "#/components/schemas/Reference"},
                    "method": {
                        "type": "string",
                        "enum": code_methods(),
                        "description": "The method of the code that is on its way; not the one asked for, where that was asked before \
            `resendAt`.",
                    },
                },
                "required": ["resetId", "expiresAt", "codeExpiresAt", "resendAt", "reference", "method"],
                "additionalProperties": false,
            }),
        ),
        (
            "BeginByPhone",
            json!({
                "type": "object",
                "properties": {
                    "userName": {"$ref": "#/components/schemas/UserName"},
                    "method": {"$ref": "#/components/schemas/PhoneMethod"},
                    "phoneNumber": {
                        "$ref": "#/components/schemas/Phone",
                        "description": "The number that the person claims to have on file. Required while the policy's `phoneProof` is on; \
            nothing is sent unless it is that number. Otherwise it is ignored.",
                    },
                },
                "required": ["userName", "method", "phoneNumber"],
                "additionalProperties": false,
            }),
        ),
        (
            "BeginByEmail",
            json!({
                "type": "object",
                "properties": {
                    "userName": {"$ref": "#/components/schemas/UserName"},
                    "method": {"const": "email"},
                    "phoneNumber": {"type": "string", "description": "Not needed for this method, and ignored."},
                },
                "required": ["userName", "method"],
                "additionalProperties": false,
            }),
        ),
        (
            "OrderByPhone",
            json!({
                "type": "object",
                "properties": {
                    "method": {"$ref": "#/components/schemas/PhoneMethod"},
                    "phoneNumber": {
                        "$ref": "#/components/schemas/Phone",
                        "description": "The number that the person claims to have on file. Required while the policy's `phoneProof` is on; \
            nothing is sent unless it is that number. Otherwise it is ignored.",
                    },
                    "gateToken": {
                        "type": "string",
                        "description": "The token of the first gate, once that is passed. With one that opens nothing, nothing is sent.",
                    },
                },
                "required": ["method", "phoneNumber"],
                "additionalProperties": false,
            }),
        ),
        (
            "OrderByEmail",
            json!({
                "type": "object",
                "properties": {
                    "method": {"const": "email"},
                    "phoneNumber": {"type": "string", "description": "Not needed for this method, and ignored."},
                    "gateToken": {
                        "type": "string",
                        "description": "The token of the first gate, once that is passed. With one that opens nothing, nothing is sent.",
                    },
                },
                "required": ["method"],
                "additionalProperties": false,
            }),
        ),
    ]
}
