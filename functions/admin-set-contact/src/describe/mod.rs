//! This function's operations, for the API's description.

mod bodies;
mod methods;

use http::{Method, StatusCode};
use serde_json::json;
use shared::http::describe::{Operation, PolicyChanges, Section};
use shared::http::graph::{CreatedUser, takes_no_options};
use shared::http::{MAX_BODY, MAX_POLICY_BODY, Problem};
use shared::policy::Policy;

use bodies::{NewUser, UserChanges};

/// Why a query option is refused.
const NO_OPTIONS: &str = "a query option was given, and none is taken here.";

/// The operations of this function.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let others = [create(), change(), delete(), unblock(), policy()].into_iter();
    let operations = others.chain(methods::operations());
    operations.map(|operation| operation.refuses(takes_no_options(), NO_OPTIONS)).collect()
}

fn create() -> Operation {
    Operation::new(Method::POST, "/graph/v1.0/users", "createUser", Section::Administering)
        .says(
            "Creates a user",
            "Needs `User.ReadWrite.All`. `Idempotency-Key` is not looked at here: a name is taken once.",
        )
        .body::<NewUser>(
            MAX_BODY,
            [(
                "a person",
                json!({
                    "userPrincipalName": "grace@contoso.example",
                    "displayName": "Grace Okoro",
                    "accountEnabled": true,
                    "mailNickname": "grace",
                    "passwordProfile": {"password": "correct horse battery", "forceChangePasswordNextSignIn": true},
                    "mobilePhone": "+1 4255550123",
                    "businessPhones": ["+1 4255550124"],
                    "otherMails": ["grace.okoro@example.org"],
                    "preferredLanguage": "en",
                    "usageLocation": "US",
                }),
            )],
        )
        .answers::<CreatedUser>(StatusCode::CREATED, "The user is created.")
}

fn change() -> Operation {
    Operation::new(Method::PATCH, "/graph/v1.0/users/{id}", "changeUser", Section::Administering)
        .says(
            "Changes a user",
            "Needs `User.ReadWrite.All`; `OnPremDirectorySynchronization.ReadWrite.All` suffices for the phones and \
             `onPremisesSyncEnabled`. Contacts, passwords, names and enablement of a privileged user need \
             `RoleManagement.ReadWrite.Directory` besides; nobody changes their own here. Phones of a user whom a \
             directory owns are refused with 400 to everybody but the directory. A change of a contact, the password, \
             privilege or enablement voids the resets under way; another spelling of the same contact does not, nor \
             does `forceChangePasswordNextSignIn` alone. A value in the place of a usable one may have to wait before \
             resets use it, as the policy says (a day at least for privileged users).",
        )
        .body::<UserChanges>(
            MAX_BODY,
            [
                (
                    "contacts",
                    json!({
                        "mobilePhone": "+1 4251234567", "businessPhones": [], "otherMails": ["adele@example.org"],
                    }),
                ),
                (
                    "a temporary password",
                    json!({
                        "passwordProfile": {"password": "correct horse battery", "forceChangePasswordNextSignIn": true},
                    }),
                ),
                (
                    "the same password, to be changed",
                    json!({"passwordProfile": {"forceChangePasswordNextSignIn": true}}),
                ),
                ("a cleared phone", json!({"mobilePhone": null})),
            ],
        )
        .answers_nothing("The user is changed, or was so before.")
        .refuses(Problem::NotFound, "there is no such user.")
}

fn delete() -> Operation {
    Operation::new(Method::DELETE, "/graph/v1.0/users/{id}", "deleteUser", Section::Administering)
        .says(
            "Deletes a user",
            "Needs `User.ReadWrite.All`, and `RoleManagement.ReadWrite.Directory` for a privileged user. Resets under \
             way are void.",
        )
        .answers_nothing("The user is deleted.")
        .refuses(Problem::NotFound, "there is no such user.")
}

fn unblock() -> Operation {
    let path = "/graph/v1.0/users/{id}/authentication/unblockPasswordReset";
    Operation::new(Method::POST, path, "unblockPasswordReset", Section::Administering)
        .says(
            "Clears a spent guess budget and a sign-in lock",
            "Clears spent guesses, at resets and at registrations, and a lock of sign-in. Needs \
             `UserAuthenticationMethod.ReadWrite.All` or `User.ReadWrite.All`, and \
             `RoleManagement.ReadWrite.Directory` for a privileged user; nobody unblocks themselves. The user is told. \
             Send limits stay as they are. A body is ignored. Microsoft Graph has no such action.",
        )
        .answers_nothing("Both are cleared, or were.")
        .refuses(Problem::NotFound, "there is no such user.")
}

fn policy() -> Operation {
    Operation::new(Method::PATCH, "/graph/v1.0/policies/passwordReset", "changePolicy", Section::Administering)
        .says(
            "Changes the policy",
            "Needs `Policy.ReadWrite.AuthenticationMethod`. The policy is judged as a whole, and refused as a whole; the \
             message names the member and its rule. It takes effect everywhere within a minute.",
        )
        .body::<PolicyChanges>(
            MAX_POLICY_BODY,
            [
                ("two gates", json!({"methodsRequired": 2, "password": {"minLength": 12}})),
                ("the defaults", json!(Policy::default())),
            ],
        )
        .answers_nothing("The policy is changed.")
}
