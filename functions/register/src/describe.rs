//! What this function's operations take and answer, for the API's description.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::http::describe::{Operation, Part, Section, contact_types, named, object, reasons, sources};
use shared::http::{MAX_BODY, Problem};

/// The operations of this function.
#[must_use]
pub fn describe() -> Part {
    Part { operations: operations(), schemas: schemas() }
}

/// Why a sign-in is too old for a change.
const STALE: &str = "the person signed in too long ago for a change; `WWW-Authenticate` says so, and names the greatest \
    age in seconds.";

fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::GET, "/v1/registration", "getRegistration", Section::Registering)
            .says("Shows what is registered and what is on file", "Needs a token of a person; one that names a user who is unknown here or disabled, or none, is 403. \
`methods` are registered; `suggested` are the values on file that are not, the ones of an \
administrator or a directory.")
            .answers(
                StatusCode::OK,
                "The registration.",
                named("Registration"),
                vec![
                    ("one method", json!({
                        "userName": "adele@contoso.example",
                        "registered": true,
                        "methodsRequired": 1,
                        "reconfirmBy": "2027-05-20T23:10:22.507Z",
                        "methods": [
                            {
                                "type": "mobilePhone",
                                "value": "+1 4255550100",
                                "source": "user",
                                "setAt": "2026-11-21T23:10:22.507Z",
                                "verifiedAt": "2026-11-21T23:10:22.507Z",
                                "usable": true,
                                "reason": null,
                            },
                        ],
                        "suggested": [
                            {
                                "type": "email",
                                "value": "adele.vance@example.org",
                                "source": "directory",
                                "setAt": "2026-11-20T08:00:00.000Z",
                                "verifiedAt": null,
                                "usable": true,
                                "reason": null,
                            },
                        ],
                        "securityQuestions": {"registered": 0, "required": 5},
                    })),
                ],
            ),
        Operation::new(Method::POST, "/v1/registration/challenges", "beginChallenge", Section::Registering)
            .says("Sends a code to a contact, to prove its possession", "Needs a token of a person; one that names a user who is unknown here or disabled, or none, is 403. \
The person must have signed in lately (ten minutes unless the policy says otherwise). Nothing is \
registered by this.")
            .idempotent()
            .body(
                json!({
                    "oneOf": [
                        {"$ref": "#/components/schemas/ProvePhone"},
                        {"$ref": "#/components/schemas/ProveEmail"},
                    ],
                }),
                vec![
                    ("by text message", json!({"type": "mobilePhone", "value": "+1 4255550100"})),
                    ("by call", json!({"type": "mobilePhone", "value": "+1 4255550100", "delivery": "call"})),
                    ("by email", json!({"type": "email", "value": "adele.vance@example.org"})),
                ],
                MAX_BODY,
            )
            .answers(
                StatusCode::ACCEPTED,
                "A code is ordered.",
                json!({
                    "type": "object",
                    "properties": {
                        "challengeId": {"$ref": "#/components/schemas/Id"},
                        "expiresAt": {"type": "string", "format": "date-time", "description": "When the code dies."},
                        "reference": {"$ref": "#/components/schemas/Reference"},
                    },
                    "required": ["challengeId", "expiresAt", "reference"],
                    "additionalProperties": false,
                }),
                vec![
                    ("ordered", json!({
                        "challengeId": "0rXh0vU9fxEVS49B45GTyg",
                        "expiresAt": "2026-11-21T23:15:22.507Z",
                        "reference": "KT",
                    })),
                ],
            )
            .refuses(Problem::StaleSignIn(600), STALE)
            .refuses(
                Problem::ContactRejected("a mail address is local@domain"),
                "the value cannot be a contact, or is of a country or kind that is not sent to.",
            )
            .refuses(Problem::RateLimited(30), "a person proves contacts three times an hour and five times a day, at most two \
destinations that are not on file among them."),
        Operation::new(Method::POST, "/v1/registration/challenges/{challengeId}/verifications", "verifyChallenge", Section::Registering)
            .says("Registers a contact by its code", "Needs a token of a person; one that names a user who is unknown here or disabled, or none, is 403. \
The person must have signed in lately. This registers the contact, in the place of a registered one \
of its type; what an administrator or a directory wrote down stays as it was. Resets under way are \
void.")
            .idempotent()
            .body(
                named("VerifyChallenge"),
                vec![
                    ("digits", json!({"code": "1234 5678"})),
                ],
                MAX_BODY,
            )
            .answers(
                StatusCode::OK,
                "The method, as it is registered now.",
                named("RegisteredMethod"),
                vec![
                    ("registered", json!({
                        "type": "mobilePhone",
                        "value": "+1 4255550100",
                        "source": "user",
                        "setAt": "2026-11-21T23:10:22.507Z",
                        "verifiedAt": "2026-11-21T23:10:22.507Z",
                        "usable": true,
                        "reason": null,
                    })),
                ],
            )
            .refuses(Problem::StaleSignIn(600), STALE)
            .refuses(Problem::CodeRejected, "the code is not accepted, or the challenge is unknown, over or another person's."),
        Operation::new(Method::DELETE, "/v1/registration/methods/{type}", "removeMethod", Section::Registering)
            .says(
                "Removes a registered method",
                "Needs a token of a person who signed in lately. The value does not come back by itself: the value of \
                 that type that an administrator or a directory wrote down counts again only if it was written later \
                 and differs. Every contact is told, the removed one included, and whatever was under way for the account is void. 404 \
                 where nothing of that type is registered. A body is ignored.",
            )
            .refuses(Problem::StaleSignIn(600), STALE)
            .answers_nothing(StatusCode::NO_CONTENT, "The method is removed."),
        Operation::new(Method::PUT, "/v1/registration/security-questions", "setSecurityQuestions", Section::Registering)
            .says(
                "Registers security questions and answers",
                "Needs a token of a person who signed in lately. The whole set is replaced. Answers are kept as \
                 Argon2id hashes and can be read by nobody. Case, width, accents and superfluous spaces of an answer do \
                 not matter. Every contact is told. Questions only ever open the second gate of a reset, and never an \
                 administrator's; no administrator can read, set or change them.",
            )
            .idempotent()
            .body(
                object(
                    json!({"answers": {"type": "array", "items": named("Answer"), "minItems": 1, "maxItems": 10}}),
                    &["answers"],
                ),
                vec![(
                    "five answers",
                    json!({"answers": [
                        {"questionId": "first-concert", "answer": "The Walruses"},
                        {"questionId": "first-album", "answer": "Live at the Pier"},
                        {"questionId": "first-film", "answer": "The Paper Moon"},
                        {"questionId": "first-flight", "answer": "Reykjavik"},
                        {"questionId": "first-trip-alone", "answer": "By ferry to Cork"},
                    ]}),
                )],
                MAX_BODY,
            )
            .refuses(
                Problem::AnswersRejected(vec!["too-short".to_owned()]),
                "the set is not accepted, and what was registered before stays; `reasons` says why.",
            )
            .refuses(
                Problem::Conflict("the account changed meanwhile"),
                "the account changed meanwhile, and has no use of security questions any more.",
            )
            .refuses(Problem::StaleSignIn(600), STALE)
            .answers_nothing(StatusCode::NO_CONTENT, "The questions are registered."),
        Operation::new(Method::GET, "/v1/registration/question-catalogue", "getQuestions", Section::Registering)
            .says(
                "Lists the questions that can be answered",
                "Needs a token of a person. The predefined questions, in the person's language, and the organisation's \
                 own.",
            )
            .answers(
                StatusCode::OK,
                "The questions.",
                object(json!({"questions": {"type": "array", "items": named("Question")}}), &["questions"]),
                vec![(
                    "the first two",
                    json!({"questions": [
                        {"questionId": "first-concert", "text": "Who played at the first concert you went to?"},
                        {"questionId": "first-film", "text": "Which film was the first that you saw in a cinema?"},
                    ]}),
                )],
            ),
        Operation::new(Method::POST, "/v1/registration/confirmation", "confirmRegistration", Section::Registering)
            .says(
                "Says that all registered methods are still right",
                "Needs a token of a person who signed in lately. Moves `reconfirmBy`. A body is ignored. Repeated with one \
                 `Idempotency-Key`, it confirms nothing again, and shows the same registration, while there is nothing \
                 else to show: no contact is kept with a key.",
            )
            .idempotent()
            .refuses(
                Problem::Conflict("the registration changed since it was confirmed with this key"),
                "the registration changed since it was confirmed with this `Idempotency-Key`. What was confirmed stays \
                 so; what there is now can be read, and confirmed with a new key.",
            )
            .refuses(Problem::StaleSignIn(600), STALE)
            .answers(
                StatusCode::OK,
                "The registration.",
                named("Registration"),
                vec![(
                    "nothing registered",
                    json!({
                        "userName": "adele@contoso.example",
                        "registered": false,
                        "methodsRequired": 1,
                        "reconfirmBy": "2027-05-20T23:10:22.507Z",
                        "methods": [],
                        "suggested": [],
                        "securityQuestions": {"registered": 0, "required": 5},
                    }),
                )],
            ),
    ]
}

fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        (
            "RegisteredMethod",
            json!({
                "type": "object",
                "properties": {
                    "type": {"type": "string", "enum": contact_types()},
                    "value": {
                        "type": "string",
                        "description": "The phone, as `+CountryCode Number`, or the mail address; whole, because it is the person's own.",
                    },
                    "source": {"type": "string", "enum": sources(), "description": "Who wrote it down."},
                    "setAt": {
                        "type": "string",
                        "format": "date-time",
                        "description": "When it was written down.",
                    },
                    "verifiedAt": {
                        "type": ["string", "null"],
                        "format": "date-time",
                        "description": "When the person proved to possess it; `null` where they did not.",
                    },
                    "usable": {"type": "boolean", "description": "Whether a reset would use it now."},
                    "reason": {
                        "type": ["string", "null"],
                        "enum": reasons(),
                        "description": "Why a reset would not use it: the policy offers no method that reaches it; it was never registered, \
            and the policy wants that; a registered value takes its place; only the first address is used; its \
            owner removed it; it replaced a usable value and its waiting time is not over; its country is not \
            sent to; it is a fixed line, which takes no texts. `null` where it is usable.",
                    },
                },
                "required": ["type", "value", "source", "setAt", "verifiedAt", "usable", "reason"],
                "additionalProperties": false,
            }),
        ),
        (
            "Registration",
            json!({
                "type": "object",
                "properties": {
                    "userName": {"type": "string", "description": "The userPrincipalName, in small letters."},
                    "registered": {
                        "type": "boolean",
                        "description": "Whether the registered methods alone, by their different destinations, suffice for a reset.",
                    },
                    "methodsRequired": {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 2,
                        "description": "How many methods a reset needs; always 2 for privileged users.",
                    },
                    "reconfirmBy": {
                        "type": ["string", "null"],
                        "format": "date-time",
                        "description": "By when the person should look at their methods again; `null` where nothing is registered or confirmed, and \
            where the policy does not ask for it.",
                    },
                    "methods": {
                        "type": "array",
                        "items": {"$ref": "#/components/schemas/RegisteredMethod"},
                        "description": "What is registered.",
                    },
                    "suggested": {
                        "type": "array",
                        "items": {"$ref": "#/components/schemas/RegisteredMethod"},
                        "description": "What else is on file, and may be registered.",
                    },
                    "securityQuestions": {
                        "type": "object",
                        "properties": {
                            "registered": {"type": "integer", "minimum": 0, "maximum": 255},
                            "required": {"type": "integer", "minimum": 0, "maximum": 255},
                        },
                        "required": ["registered", "required"],
                        "additionalProperties": false,
                        "description": "How many questions have an answer, and how many the policy wants.",
                    },
                },
                "required": [
                    "userName",
                    "registered",
                    "methodsRequired",
                    "reconfirmBy",
                    "methods",
                    "suggested",
                    "securityQuestions",
                ],
                "additionalProperties": false,
            }),
        ),
        (
            "ProvePhone",
            json!({
                "type": "object",
                "properties": {
                    "type": {"const": "mobilePhone"},
                    "value": {"$ref": "#/components/schemas/Phone"},
                    "delivery": {
                        "type": "string",
                        "enum": ["sms", "call"],
                        "default": "sms",
                        "description": "How the code is delivered. A fixed line takes calls only.",
                    },
                },
                "required": ["type", "value"],
                "additionalProperties": false,
            }),
        ),
        (
            "ProveEmail",
            json!({
                "type": "object",
                "properties": {
                    "type": {"const": "email"},
                    "value": {"$ref": "#/components/schemas/MailAddress"},
                },
                "required": ["type", "value"],
                "additionalProperties": false,
            }),
        ),
        (
            "VerifyChallenge",
            json!({
                "type": "object",
                "properties": {
                    "code": {
                        "$ref": "#/components/schemas/Code",
                        "description": "The digits of the message. A long code belongs to resets, and is refused.",
                    },
                },
                "required": ["code"],
                "additionalProperties": false,
            }),
        ),
    ]
}
