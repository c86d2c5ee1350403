//! Registered methods.

use http::{Method, StatusCode};
use serde_json::json;
use shared::http::describe::{Operation, Section};
use shared::http::graph::methods::{EmailMethod, PhoneMethod};
use shared::http::{MAX_BODY, Problem};
use shared::use_cases::admin_set_contact::Refusal;

use super::bodies::{EmailMethodValue, NewPhoneMethod, PhoneMethodChanges};

const WRITES_METHODS: &str = "Needs `UserAuthenticationMethod.ReadWrite.All`, and `RoleManagement.ReadWrite.Directory` \
    for a privileged user; nobody may change their own here. A user has at most one method of each type. Resets use a \
    registered method without further proof, in preference to the values of the user resource. A value that replaces a \
    usable one may have to wait, as the policy says. The user's other contacts are notified, and resets in progress \
    are revoked; another spelling of the same value is only stored.";
const ADDS_PHONES: &str = "Needs `UserAuthenticationMethod.ReadWrite.All`, and `RoleManagement.ReadWrite.Directory` \
    for a privileged user; nobody may change their own here. A user has at most one phone of each type, and an \
    alternate mobile phone only beside a mobile one. An alternate mobile phone is stored and listed, and never used \
    for a reset.";
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
            .refuses(Problem::NO_USER, "there is no such user.")
            .responds::<PhoneMethod>(StatusCode::CREATED, "The method is registered."),
        of_method(Method::PATCH, PHONE, "changePhoneMethod")
            .says("Changes a registered phone", WRITES_METHODS)
            .body::<PhoneMethodChanges>(MAX_BODY, [("another one", json!({"phoneNumber": "+1 4255550124"}))])
            .responds_empty("The method is changed, or needed no change."),
        of_method(Method::DELETE, PHONE, "removePhoneMethod")
            .says("Removes a registered phone", WRITES_METHODS)
            .refuses(
                Problem::malformed(Refusal::AlternateMobileRemains.to_string()),
                "a mobile phone cannot be removed before the alternate one.",
            )
            .responds_empty("The method is removed."),
        Operation::new(Method::POST, EMAILS, "addEmailMethod", Section::Administering)
            .says("Registers an email address for a user", WRITES_METHODS)
            .body::<EmailMethodValue>(MAX_BODY, [("an email address", an_address.clone())])
            .refuses(Problem::NO_USER, "there is no such user.")
            .responds::<EmailMethod>(StatusCode::CREATED, "The method is registered."),
        of_method(Method::PATCH, EMAIL, "changeEmailMethod")
            .says("Changes a registered email address", WRITES_METHODS)
            .body::<EmailMethodValue>(MAX_BODY, [("another one", an_address)])
            .responds_empty("The method is changed, or needed no change."),
        of_method(Method::DELETE, EMAIL, "removeEmailMethod")
            .says("Removes a registered email address", WRITES_METHODS)
            .responds_empty("The method is removed."),
    ]
}

fn of_method(method: Method, path: &'static str, name: &'static str) -> Operation {
    Operation::new(method, path, name, Section::Administering)
        .refuses(Problem::NO_METHOD, "there is no such user, or the user has no such method.")
}
