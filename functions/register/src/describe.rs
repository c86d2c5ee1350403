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
        "the person signed in too long ago for a change; `WWW-Authenticate` says so, and names the greatest age in \
         seconds.",
    )
}

fn methods() -> [Operation; 5] {
    [
        registering(Method::GET, "/v1/registration", "getRegistration")
            .says(
                "Shows what is registered and what is on file",
                "Needs a token of a person; one that names a user who is unknown here or disabled, or none, is 403. \
                 `methods` are registered; `suggested` are the values on file that are not, the ones of an \
                 administrator or a directory.",
            )
            .answers::<RegistrationBody>(StatusCode::OK, "The registration."),
        refuses_stale(registering(Method::POST, "/v1/registration/challenges", "beginChallenge"))
            .says(
                "Sends a code to a contact, to prove its possession",
                "Needs a token of a person; one that names a user who is unknown here or disabled, or none, is 403. \
                 The person must have signed in lately (ten minutes unless the policy says otherwise). Nothing is \
                 registered by this.",
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
            .answers::<ChallengeBody>(StatusCode::ACCEPTED, "A code is ordered.")
            .refuses(
                Problem::ContactRejected("a mail address is local@domain"),
                "the value cannot be a contact, or is of a country or kind that is not sent to.",
            )
            .refuses(
                Problem::RateLimited(30),
                "a person proves contacts three times an hour and five times a day, at most two destinations that are \
                 not on file among them.",
            ),
        refuses_stale(registering(
            Method::POST,
            "/v1/registration/challenges/{challengeId}/verifications",
            "verifyChallenge",
        ))
        .says(
            "Registers a contact by its code",
            "Needs a token of a person; one that names a user who is unknown here or disabled, or none, is 403. The \
             person must have signed in lately. This registers the contact, in the place of a registered one of its \
             type; what an administrator or a directory wrote down stays as it was. Resets under way are void.",
        )
        .idempotent()
        .body::<Verify>(MAX_BODY, [("digits", json!({"code": "1234 5678"}))])
        .answers::<MethodBody>(StatusCode::OK, "The method, as it is registered now.")
        .refuses(
            Problem::CodeRejected,
            "the code is not accepted, or the challenge is unknown, over or another person's.",
        ),
        refuses_stale(registering(Method::DELETE, "/v1/registration/methods/{type}", "removeMethod"))
            .says(
                "Removes a registered method",
                "Needs a token of a person who signed in lately. The value does not come back by itself: the value of \
                 that type that an administrator or a directory wrote down counts again only if it was written later \
                 and differs. Every contact is told, the removed one included, and whatever was under way for the \
                 account is void. 404 where nothing of that type is registered. A body is ignored.",
            )
            .answers_nothing("The method is removed."),
        refuses_stale(registering(Method::POST, "/v1/registration/confirmation", "confirmRegistration"))
            .says(
                "Says that all registered methods are still right",
                "Needs a token of a person who signed in lately. Moves `reconfirmBy`. A body is ignored. Repeated with \
                 one `Idempotency-Key`, it confirms nothing again, and shows the same registration, while there is \
                 nothing else to show: no contact is kept with a key.",
            )
            .idempotent()
            .refuses(
                Problem::Conflict("the registration changed since it was confirmed with this key"),
                "the registration changed since it was confirmed with this `Idempotency-Key`. What was confirmed \
                 stays so; what there is now can be read, and confirmed with a new key.",
            )
            .answers::<RegistrationBody>(StatusCode::OK, "The registration."),
    ]
}

fn questions() -> [Operation; 2] {
    [
        refuses_stale(registering(Method::PUT, "/v1/registration/security-questions", "setSecurityQuestions"))
            .says(
                "Registers security questions and answers",
                "Needs a token of a person who signed in lately. The whole set is replaced. Answers are kept as \
                 Argon2id hashes and can be read by nobody. Case, width, accents and superfluous spaces of an answer \
                 do not matter. Every contact is told. Questions only ever open the second gate of a reset, and never \
                 an administrator's; no administrator can read, set or change them.",
            )
            .idempotent()
            .body::<Put>(MAX_BODY, [("five answers", five_answers())])
            .refuses(
                Problem::AnswersRejected(vec!["too-short".to_owned()]),
                "the set is not accepted, and what was registered before stays; `reasons` says why.",
            )
            .refuses(
                Problem::Conflict("the account changed meanwhile"),
                "the account changed meanwhile, and has no use of security questions any more.",
            )
            .answers_nothing("The questions are registered."),
        registering(Method::GET, "/v1/registration/question-catalogue", "getQuestions")
            .says(
                "Lists the questions that can be answered",
                "Needs a token of a person. The predefined questions, in the person's language, and the organisation's \
                 own.",
            )
            .answers::<CatalogueBody>(StatusCode::OK, "The questions."),
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
