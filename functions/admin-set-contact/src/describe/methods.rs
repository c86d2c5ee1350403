//! Registered methods.

use http::{Method, StatusCode};
use serde_json::json;
use shared::http::describe::{Operation, Section};
use shared::http::graph::methods::{EmailMethod, PhoneMethod};
use shared::http::{MAX_BODY, Problem};

use super::bodies::{EmailMethodValue, NewPhoneMethod, PhoneMethodChanges};

const WRITES_METHODS: &str = "Needs `UserAuthenticationMethod.ReadWrite.All`, and `RoleManagement.ReadWrite.Directory` \
    for a privileged user; nobody changes their own here. There is one method of each type at most. What is set here is \
    used for resets without further proof, before the values of the user resource; one that takes the place of a usable \
    value may have to wait, as the policy says. The user's other contacts are told, and whatever was under way is void; \
    another spelling of the same value is only stored.";
const ADDS_PHONES: &str = "Needs `UserAuthenticationMethod.ReadWrite.All`, and `RoleManagement.ReadWrite.Directory` \
    for a privileged user; nobody changes their own here. There is one phone of each type at most, and an alternate \
    mobile phone only beside a mobile one; it is kept and listed, and never used for a reset.";
const PHONES: &str = "/graph/v1.0/users/{id}/authentication/phoneMethods";
const PHONE: &str = "/graph/v1.0/users/{id}/authentication/phoneMethods/{methodId}";
const EMAILS: &str = "/graph/v1.0/users/{id}/authentication/emailMethods";
const EMAIL: &str = "/graph/v1.0/users/{id}/authentication/emailMethods/{methodId}";

pub(super) fn operations() -> [Operation; 6] {
    let a_phone = json!({"phoneNumber": "+1 4255550123", "phoneType": "mobile"});
    let an_address = json!({"emailAddress": "grace.okoro@example.org"});
    [
        Operation::new(Method::POST, PHONES, "addPhoneMethod", Section::Administering)
            .says("Registers a phone for a user", ADDS_PHONES)
            .body::<NewPhoneMethod>(MAX_BODY, [("a mobile phone", a_phone)])
            .refuses(Problem::NotFound, "there is no such user.")
            .answers::<PhoneMethod>(StatusCode::CREATED, "It is registered."),
        of_method(Method::PATCH, PHONE, "changePhoneMethod")
            .says("Changes a registered phone", WRITES_METHODS)
            .body::<PhoneMethodChanges>(MAX_BODY, [("another one", json!({"phoneNumber": "+1 4255550124"}))])
            .answers_nothing("It is changed, or was so before."),
        of_method(Method::DELETE, PHONE, "removePhoneMethod")
            .says("Removes a registered phone", WRITES_METHODS)
            .refuses(
                Problem::Malformed("a registered mobile phone cannot be removed before the alternate one"),
                "the method cannot be removed now.",
            )
            .answers_nothing("It is removed."),
        Operation::new(Method::POST, EMAILS, "addEmailMethod", Section::Administering)
            .says("Registers a mail address for a user", WRITES_METHODS)
            .body::<EmailMethodValue>(MAX_BODY, [("a mail address", an_address.clone())])
            .refuses(Problem::NotFound, "there is no such user.")
            .answers::<EmailMethod>(StatusCode::CREATED, "It is registered."),
        of_method(Method::PATCH, EMAIL, "changeEmailMethod")
            .says("Changes a registered mail address", WRITES_METHODS)
            .body::<EmailMethodValue>(MAX_BODY, [("another one", an_address)])
            .answers_nothing("It is changed, or was so before."),
        of_method(Method::DELETE, EMAIL, "removeEmailMethod")
            .says("Removes a registered mail address", WRITES_METHODS)
            .answers_nothing("It is removed."),
    ]
}

fn of_method(method: Method, path: &'static str, name: &'static str) -> Operation {
    Operation::new(method, path, name, Section::Administering)
        .refuses(Problem::NotFound, "there is no such user, or no such method is registered.")
}
