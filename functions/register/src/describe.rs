//! This function's operations, for the API's description.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::http::describe::{Operation, Section};
use shared::http::{MAX_BODY, Problem};

use super::questions::{CatalogueBody, Put};
use super::view::{MethodBody, RegistrationBody};
use super::{Challenge, ChallengeBody, Verify};

/// The operations of this function.
#[must_use]
pub fn operations() -> Vec<Operation> {
    methods().into_iter().chain(questions()).collect()
}

fn registering(method: Method, path: &'static str, name: &'static str) -> Operation {
    Operation::new(method, path, name, Section::Registering)
}

fn refuses_stale(operation: Operation) -> Operation {
    operation.refuses(
        Problem::StaleSignIn(600),
        "the person signed in too long ago to make a change; `WWW-Authenticate` contains the greatest age in seconds.",
    )
}

fn methods() -> [Operation; 5] {
    [
        registering(Method::GET, "/v1/registration", "getRegistration")
            .says(
                "Returns the registration and the values on file",
                "Needs the token of a person; a token that names no user, an unknown user or a disabled user is 403. \
                 `methods` are the registered values; `suggested` are the values on file, from an administrator or a \
                 directory, that are not registered.",
            )
            .responds::<RegistrationBody>(StatusCode::OK, "The registration."),
        refuses_stale(registering(Method::POST, "/v1/registration/challenges", "beginChallenge"))
            .says(
                "Sends a code to a contact, to prove that the person has it",
                "Needs the token of a person; a token that names no user, an unknown user or a disabled user is 403. \
                 The person must have signed in recently (within ten minutes unless the policy says otherwise). This \
                 registers nothing.",
            )
            .idempotent()
            .body::<Challenge>(
                MAX_BODY,
                [
                    ("by text message", json!({"type": "mobilePhone", "value": "+1 4255550100"})),
                    ("by call", json!({"type": "mobilePhone", "value": "+1 4255550100", "delivery": "call"})),
                    ("by email", json!({"type": "email", "value": "adele.vance@example.org"})),
                ],
            )
            .responds::<ChallengeBody>(StatusCode::ACCEPTED, "A code is ordered.")
            .refuses(
                Problem::ContactRejected("the email address must be local@domain"),
                "the value is not a valid contact, or belongs to a country or kind that does not receive codes.",
            )
            .refuses(
                Problem::RateLimited(30),
                "a person may request three codes an hour and five a day, to at most four destinations a day that are \
                 not on file.",
            ),
        refuses_stale(registering(
            Method::POST,
            "/v1/registration/challenges/{challengeId}/verifications",
            "verifyChallenge",
        ))
        .says(
            "Registers a contact with its code",
            "Needs the token of a person; a token that names no user, an unknown user or a disabled user is 403. The \
             person must have signed in recently. This registers the contact and replaces a registered one of the same \
             type. Values from an administrator or a directory remain unchanged. Resets in progress are revoked.",
        )
        .idempotent()
        .body::<Verify>(MAX_BODY, [("digits", json!({"code": "1234 5678"}))])
        .responds::<MethodBody>(StatusCode::OK, "The registered method.")
        .refuses(
            Problem::CodeRejected,
            "the code is not accepted, or the challenge is unknown, has ended or belongs to another person.",
        ),
        refuses_stale(registering(Method::DELETE, "/v1/registration/methods/{type}", "removeMethod"))
            .says(
                "Removes a registered method",
                "Needs the token of a person who signed in recently. The value does not come back by itself: a value \
                 of that type from an administrator or a directory counts again only if it is stored later and \
                 differs. All contacts are notified, including the removed one, and everything in progress for the \
                 account is revoked. The response is 404 if no method of that type is registered. A body is ignored.",
            )
            .responds_empty("The method is removed."),
        refuses_stale(registering(Method::POST, "/v1/registration/confirmation", "confirmRegistration"))
            .says(
                "Confirms that all registered methods are still right",
                "Needs the token of a person who signed in recently. Moves `reconfirmBy`. A body is ignored. A \
                 repetition with the same `Idempotency-Key` confirms nothing again. It returns the same registration \
                 as long as the registration is unchanged: no contact is stored with a key.",
            )
            .idempotent()
            .refuses(
                Problem::Conflict("the registration has changed since this key confirmed it"),
                "the registration has changed since this `Idempotency-Key` confirmed it. The confirmation remains; the \
                 new registration can be read, and confirmed with a new key.",
            )
            .responds::<RegistrationBody>(StatusCode::OK, "The registration."),
    ]
}

fn questions() -> [Operation; 2] {
    [
        refuses_stale(registering(Method::PUT, "/v1/registration/security-questions", "setSecurityQuestions"))
            .says(
                "Registers security questions and answers",
                "Needs the token of a person who signed in recently. The whole set is replaced. Answers are stored as \
                 Argon2id hashes, and nobody can read them. Case, width, accents and extra spaces of an answer do not \
                 matter. All contacts are notified. Questions can open only the second gate of a reset, and never for \
                 a privileged user. No administrator can read, set or change them.",
            )
            .idempotent()
            .body::<Put>(MAX_BODY, [("five answers", five_answers())])
            .refuses(
                Problem::AnswersRejected(vec!["too-short".to_owned()]),
                "the answers are not accepted, and the registered ones remain; `reasons` says why.",
            )
            .refuses(
                Problem::Conflict("the account changed in the meantime"),
                "the account changed in the meantime and can no longer use security questions.",
            )
            .responds_empty("The questions are registered."),
        registering(Method::GET, "/v1/registration/question-catalogue", "getQuestions")
            .says(
                "Lists the questions that can be answered",
                "Needs the token of a person. Returns the predefined questions, in the person's language, and the \
                 organisation's own questions.",
            )
            .responds::<CatalogueBody>(StatusCode::OK, "The questions."),
    ]
}

fn five_answers() -> Value {
    let answers = [
        ("first-concert", "The Walruses"),
        ("first-album", "Live at the Pier"),
        ("first-film", "The Paper Moon"),
        ("first-flight", "Reykjavik"),
        ("first-trip-alone", "By ferry to Cork"),
    ];
    let answers = answers.map(|(question, answer)| json!({"questionId": question, "answer": answer}));
    json!({"answers": answers})
}
