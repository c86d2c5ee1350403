//! Registered methods.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::http::describe::{Operation, Section, graph_object, named, object};
use shared::http::graph::takes_no_options;
use shared::http::{MAX_BODY, Problem};

use super::NO_OPTIONS;

const WRITES_METHODS: &str = "Needs `UserAuthenticationMethod.ReadWrite.All`, and `RoleManagement.ReadWrite.Directory` \
    for a privileged user; nobody changes their own here. There is one method of each type at most. What is set here is \
    used for resets without further proof, before the values of the user resource; one that takes the place of a usable \
    value may have to wait, as the policy says. The user's other contacts are told, and whatever was under way is void; \
    another spelling of the same value is only stored.";
const ADDS_PHONES: &str = "Needs `UserAuthenticationMethod.ReadWrite.All`, and `RoleManagement.ReadWrite.Directory` \
    for a privileged user; nobody changes their own here. There is one phone of each type at most, and an alternate \
    mobile phone only beside a mobile one; it is kept and listed, and never used for a reset.";
const NO_METHOD: &str = "there is no such user, or no such method is registered.";

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::POST, "/graph/v1.0/users/{id}/authentication/phoneMethods", "addPhoneMethod", Section::Administering)
            .says("Registers a phone for a user", ADDS_PHONES)
            .refuses(takes_no_options(), NO_OPTIONS)
            .body(named("NewPhoneMethod"), vec![("a mobile phone", json!({"phoneNumber": "+1 4255550123", "phoneType": "mobile"}))], MAX_BODY)
            .refuses(Problem::NotFound, "there is no such user.")
            .answers(StatusCode::CREATED, "It is registered.", named("PhoneMethodCreated"), vec![("created", json!({
                "@odata.context": "https://rekey.contoso.example/graph/v1.0/$metadata#users('adele@contoso.example')/authentication/phoneMethods/$entity",
                "id": "3179e48a-750b-4051-897c-87b9720928f7",
                "phoneNumber": "+1 4255550123",
                "phoneType": "mobile",
                "smsSignInState": "notSupported",
            }))])
            .with_header("Location", json!({
                "description": "Where the method is.",
                "required": true,
                "schema": {"type": "string", "format": "uri"},
            })),
        Operation::new(Method::PATCH, "/graph/v1.0/users/{id}/authentication/phoneMethods/{methodId}", "changePhoneMethod", Section::Administering)
            .says("Changes a registered phone", WRITES_METHODS)
            .refuses(takes_no_options(), NO_OPTIONS)
            .body(named("PhoneMethodChanges"), vec![("another one", json!({"phoneNumber": "+1 4255550124"}))], MAX_BODY)
            .refuses(Problem::NotFound, NO_METHOD)
            .answers_nothing(StatusCode::NO_CONTENT, "It is changed, or was so before."),
        Operation::new(Method::DELETE, "/graph/v1.0/users/{id}/authentication/phoneMethods/{methodId}", "removePhoneMethod", Section::Administering)
            .says("Removes a registered phone", WRITES_METHODS)
            .refuses(takes_no_options(), NO_OPTIONS)
            .refuses(
                Problem::Malformed("a registered mobile phone cannot be removed before the alternate one"),
                "the method cannot be removed now.",
            )
            .refuses(Problem::NotFound, NO_METHOD)
            .answers_nothing(StatusCode::NO_CONTENT, "It is removed."),
        Operation::new(Method::POST, "/graph/v1.0/users/{id}/authentication/emailMethods", "addEmailMethod", Section::Administering)
            .says("Registers a mail address for a user", WRITES_METHODS)
            .refuses(takes_no_options(), NO_OPTIONS)
            .body(named("NewEmailMethod"), vec![("a mail address", json!({"emailAddress": "grace.okoro@example.org"}))], MAX_BODY)
            .refuses(Problem::NotFound, "there is no such user.")
            .answers(StatusCode::CREATED, "It is registered.", named("EmailMethodCreated"), vec![("created", json!({
                "@odata.context": "https://rekey.contoso.example/graph/v1.0/$metadata#users('adele@contoso.example')/authentication/emailMethods/$entity",
                "id": "3ddfcfc8-9383-446f-83cc-3ab9be4be18f",
                "emailAddress": "grace.okoro@example.org",
            }))])
            .with_header("Location", json!({
                "description": "Where the method is.",
                "required": true,
                "schema": {"type": "string", "format": "uri"},
            })),
        Operation::new(Method::PATCH, "/graph/v1.0/users/{id}/authentication/emailMethods/{methodId}", "changeEmailMethod", Section::Administering)
            .says("Changes a registered mail address", WRITES_METHODS)
            .refuses(takes_no_options(), NO_OPTIONS)
            .body(named("EmailMethodChanges"), vec![("another one", json!({"emailAddress": "grace.okoro@example.org"}))], MAX_BODY)
            .refuses(Problem::NotFound, NO_METHOD)
            .answers_nothing(StatusCode::NO_CONTENT, "It is changed, or was so before."),
        Operation::new(Method::DELETE, "/graph/v1.0/users/{id}/authentication/emailMethods/{methodId}", "removeEmailMethod", Section::Administering)
            .says("Removes a registered mail address", WRITES_METHODS)
            .refuses(takes_no_options(), NO_OPTIONS)
            .refuses(Problem::NotFound, NO_METHOD)
            .answers_nothing(StatusCode::NO_CONTENT, "It is removed."),
    ]
}

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        (
            "NewPhoneMethod",
            graph_object(
                json!({
                    "phoneNumber": named("Phone"),
                    "phoneType": {"type": "string", "enum": ["mobile", "alternateMobile", "office"]},
                }),
                &["phoneNumber", "phoneType"],
            ),
        ),
        (
            "PhoneMethodChanges",
            graph_object(
                json!({
                    "phoneNumber": named("Phone"),
                    "phoneType": {
                        "type": "string",
                        "enum": ["mobile", "alternateMobile", "office"],
                        "description": "As it is; a type cannot be changed.",
                    },
                }),
                &["phoneNumber"],
            ),
        ),
        ("NewEmailMethod", graph_object(json!({"emailAddress": named("MailAddress")}), &["emailAddress"])),
        ("EmailMethodChanges", graph_object(json!({"emailAddress": named("MailAddress")}), &["emailAddress"])),
        (
            "PhoneMethodCreated",
            object(
                json!({
                    "@odata.context": {"type": "string"},
                    "id": {"type": "string", "format": "uuid"},
                    "phoneNumber": {"type": "string"},
                    "phoneType": {"type": "string", "enum": ["mobile", "alternateMobile", "office"]},
                    "smsSignInState": {"const": "notSupported"},
                }),
                &["@odata.context", "id", "phoneNumber", "phoneType", "smsSignInState"],
            ),
        ),
        (
            "EmailMethodCreated",
            object(
                json!({
                    "@odata.context": {"type": "string"},
                    "id": {"type": "string", "format": "uuid"},
                    "emailAddress": {"type": "string"},
                }),
                &["@odata.context", "id", "emailAddress"],
            ),
        ),
    ]
}
