//! This function's operations, for the API's description.

mod bodies;
mod methods;

use http::{Method, StatusCode};
use serde_json::json;
use shared::http::describe::{Operation, PolicyChanges, Section};
use shared::http::graph::{CreatedUser, takes_no_options};
use shared::http::{MAX_BODY, MAX_POLICY_BODY, Problem};
use shared::policy::Policy;

use bodies::{NewUser, ResetPassword, UserChanges};

use crate::passwords::{PasswordReset, SessionsRevoked};

/// Why a query option is refused.
const NO_OPTIONS: &str = "the request has a query option, and this route takes none.";

/// The operations of this function.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let others = [create(), change(), delete(), reset_password(), revoke_sessions(), unblock(), policy()].into_iter();
    let operations = others.chain(methods::operations());
    operations.map(|operation| operation.refuses(takes_no_options(), NO_OPTIONS)).collect()
}

fn create() -> Operation {
    Operation::new(Method::POST, "/graph/v1.0/users", "createUser", Section::Administering)
        .says(
            "Creates a user",
            "Needs `User.ReadWrite.All`. `Idempotency-Key` is ignored: a name can be taken only once.",
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
        .responds::<CreatedUser>(StatusCode::CREATED, "The user is created.")
}

fn change() -> Operation {
    Operation::new(Method::PATCH, "/graph/v1.0/users/{id}", "changeUser", Section::Administering)
        .says(
            "Changes a user",
            "Needs `User.ReadWrite.All`; `OnPremDirectorySynchronization.ReadWrite.All` is enough for the phones and \
             `onPremisesSyncEnabled`. Contacts, password, name and enablement of a privileged user need \
             `RoleManagement.ReadWrite.Directory` as well; nobody may change their own here. If a directory owns the \
             user, only the directory may change the phones; the response to others is 400. A change of a contact, the \
             password, privilege or enablement revokes the resets in progress; another spelling of the same contact \
             does not, nor does `forceChangePasswordNextSignIn` alone. A value that replaces a usable one may have to \
             wait before resets use it, as the policy says (at least a day for privileged users).",
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
        .responds_empty("The user is changed, or needed no change.")
        .refuses(Problem::NO_USER, "there is no such user.")
}

fn delete() -> Operation {
    Operation::new(Method::DELETE, "/graph/v1.0/users/{id}", "deleteUser", Section::Administering)
        .says(
            "Deletes a user",
            "Needs `User.ReadWrite.All`, and `RoleManagement.ReadWrite.Directory` for a privileged user. Resets in \
             progress are revoked.",
        )
        .responds_empty("The user is deleted.")
        .refuses(Problem::NO_USER, "there is no such user.")
}

fn reset_password() -> Operation {
    let path = "/graph/v1.0/users/{id}/authentication/methods/{methodId}/resetPassword";
    Operation::new(Method::POST, path, "resetPassword", Section::Administering)
        .says(
            "Sets a password that the user must change",
            "Needs `UserAuthenticationMethod.ReadWrite.All`, and `RoleManagement.ReadWrite.Directory` for a privileged \
             user; nobody may reset their own here. The method is the password's, whose id is the same for every user. \
             Without `newPassword`, one is drawn and returned, this once. The policy's rules for passwords hold. Resets \
             in progress are revoked, sessions end, and the user is notified.",
        )
        .body::<ResetPassword>(
            MAX_BODY,
            [("a drawn password", json!({})), ("this password", json!({"newPassword": "purple quilts on monday"}))],
        )
        .responds::<PasswordReset<'_>>(StatusCode::ACCEPTED, "The password is set.")
        .refuses(Problem::NO_METHOD, "there is no such user, or the id is not the password's.")
}

fn revoke_sessions() -> Operation {
    let path = "/graph/v1.0/users/{id}/revokeSignInSessions";
    Operation::new(Method::POST, path, "revokeSignInSessions", Section::Administering)
        .says(
            "Ends the sessions of a user",
            "Needs `User.ReadWrite.All`, and `RoleManagement.ReadWrite.Directory` for a privileged user; nobody may end \
             their own here. The event of a reset's end is published. A body is ignored.",
        )
        .responds::<SessionsRevoked>(StatusCode::OK, "The sessions have ended.")
        .refuses(Problem::NO_USER, "there is no such user.")
}

fn unblock() -> Operation {
    let path = "/graph/v1.0/users/{id}/authentication/unblockPasswordReset";
    Operation::new(Method::POST, path, "unblockPasswordReset", Section::Administering)
        .says(
            "Clears a spent guess budget and a sign-in lock",
            "Clears spent guesses, at resets and registrations, a sign-in lock, and the count of challenges. Needs \
             `UserAuthenticationMethod.ReadWrite.All` or `User.ReadWrite.All`, and \
             `RoleManagement.ReadWrite.Directory` for a privileged user; nobody may unblock themselves. The user is \
             notified. Send limits remain. A body is ignored. Microsoft Graph has no such action.",
        )
        .responds_empty("Both are cleared, or were clear before.")
        .refuses(Problem::NO_USER, "there is no such user.")
}

fn policy() -> Operation {
    Operation::new(Method::PATCH, "/graph/v1.0/policies/passwordReset", "changePolicy", Section::Administering)
        .says(
            "Changes the policy",
            "Needs `Policy.ReadWrite.AuthenticationMethod`. The policy is validated and refused as a whole; the \
             message names the member and its rule. `bound` is computed and cannot be set. The change takes effect \
             everywhere within a minute.",
        )
        .body::<PolicyChanges>(
            MAX_POLICY_BODY,
            [
                ("two gates", json!({"methodsRequired": 2, "password": {"minLength": 12}})),
                ("the defaults", json!(Policy::default())),
            ],
        )
        .responds_empty("The policy is changed.")
}
