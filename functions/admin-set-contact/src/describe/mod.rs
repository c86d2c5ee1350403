//! What this function's operations take and answer, for the API's description.

mod methods;
mod users;

use http::{Method, StatusCode};
use serde_json::json;
use shared::http::describe::{Operation, Part, Section, defaults, named, policy_changes};
use shared::http::graph::takes_no_options;
use shared::http::{MAX_BODY, MAX_POLICY_BODY, Problem};

/// Why a query option is refused.
const NO_OPTIONS: &str = "a query option was given, and none is taken here.";

/// The operations of this function.
#[must_use]
pub fn describe() -> Part {
    Part {
        operations: operations().into_iter().chain(methods::operations()).collect(),
        schemas: [("PolicyChanges", policy_changes())]
            .into_iter()
            .chain(users::schemas())
            .chain(methods::schemas())
            .collect(),
    }
}

fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::POST, "/graph/v1.0/users", "createUser", Section::Administering)
            .says("Creates a user", "Needs `User.ReadWrite.All`. `Idempotency-Key` is not looked at here: a name is taken once.")
            .refuses(takes_no_options(), NO_OPTIONS)
            .body(
                named("NewUser"),
                vec![
                    ("a person", json!({
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
                    })),
                ],
                MAX_BODY,
            )
            .answers(
                StatusCode::CREATED,
                "The user is created.",
                json!({
                    "allOf": [
                        {"$ref": "#/components/schemas/User"},
                        {
                            "required": ["id", "userPrincipalName", "accountEnabled", "otherMails", "businessPhones"],
                        },
                    ],
                }),
                vec![
                    ("created", json!({
                        "accountEnabled": true,
                        "businessPhones": ["+1 4255550111"],
                        "displayName": "Adele Vance",
                        "givenName": "Adele",
                        "id": "wi9a2LJGH8wjifgECMffPQ",
                        "jobTitle": null,
                        "mail": "adele@contoso.example",
                        "mailNickname": null,
                        "mobilePhone": "+1 4255550100",
                        "officeLocation": null,
                        "preferredLanguage": "en",
                        "signInSessionsValidFromDateTime": "2026-11-21T23:10:22.507Z",
                        "surname": "Vance",
                        "usageLocation": "US",
                        "userPrincipalName": "adele@contoso.example",
                        "otherMails": [],
                        "@odata.context": "https://rekey.contoso.example/graph/v1.0/$metadata#users/$entity",
                    })),
                ],
            )
            .with_header(
                "Location",
                json!({
                    "description": "Where the new user is.",
                    "required": true,
                    "schema": {"type": "string", "format": "uri"},
                    "example": "https://rekey.contoso.example/graph/v1.0/users/wi9a2LJGH8wjifgECMffPQ",
                }),
            ),
        Operation::new(Method::PATCH, "/graph/v1.0/users/{id}", "changeUser", Section::Administering)
            .says("Changes a user", "Needs `User.ReadWrite.All`; `OnPremDirectorySynchronization.ReadWrite.All` suffices for the phones \
and `onPremisesSyncEnabled`. Contacts, passwords, names and enablement of a privileged user need \
`RoleManagement.ReadWrite.Directory` besides; nobody changes their own here. Phones of a user whom a \
directory owns are refused with 400 to everybody but the directory. A change of a contact, \
the password, privilege or enablement voids the resets under way; another spelling of the same contact \
does not, nor does `forceChangePasswordNextSignIn` alone. A value in the place of a usable \
one may have to wait before resets use it, as the policy says (a day at least for privileged users).")
            .refuses(takes_no_options(), NO_OPTIONS)
            .body(
                named("UserChanges"),
                vec![
                    ("contacts", json!({
                        "mobilePhone": "+1 4251234567",
                        "businessPhones": [],
                        "otherMails": ["adele@example.org"],
                    })),
                    ("a temporary password", json!({
                        "passwordProfile": {"password": "correct horse battery", "forceChangePasswordNextSignIn": true},
                    })),
                    ("the same password, to be changed", json!({"passwordProfile": {"forceChangePasswordNextSignIn": true}})),
                    ("a cleared phone", json!({"mobilePhone": null})),
                ],
                MAX_BODY,
            )
            .answers_nothing(StatusCode::NO_CONTENT, "The user is changed, or was so before.")
            .refuses(Problem::NotFound, "there is no such user."),
        Operation::new(Method::DELETE, "/graph/v1.0/users/{id}", "deleteUser", Section::Administering)
            .says("Deletes a user", "Needs `User.ReadWrite.All`, and `RoleManagement.ReadWrite.Directory` for a privileged user. Resets \
under way are void.")
            .refuses(takes_no_options(), NO_OPTIONS)
            .answers_nothing(StatusCode::NO_CONTENT, "The user is deleted.")
            .refuses(Problem::NotFound, "there is no such user."),
        Operation::new(Method::POST, "/graph/v1.0/users/{id}/authentication/unblockPasswordReset", "unblockPasswordReset", Section::Administering)
            .says("Clears a spent guess budget and a sign-in lock", "Clears spent guesses, at resets and at registrations, and a lock of \
sign-in. Needs `UserAuthenticationMethod.ReadWrite.All` or `User.ReadWrite.All`, and \
`RoleManagement.ReadWrite.Directory` for a privileged user; nobody unblocks themselves. The user is \
told. Send limits stay as they are. A body is ignored. Microsoft Graph has no such action.")
            .refuses(takes_no_options(), NO_OPTIONS)
            .answers_nothing(StatusCode::NO_CONTENT, "Both are cleared, or were.")
            .refuses(Problem::NotFound, "there is no such user."),
        Operation::new(Method::PATCH, "/graph/v1.0/policies/passwordReset", "changePolicy", Section::Administering)
            .says("Changes the policy", "Needs `Policy.ReadWrite.AuthenticationMethod`. The policy is judged as a whole, and refused as a \
whole; the message names the member and its rule. It takes effect everywhere within a minute.")
            .refuses(takes_no_options(), NO_OPTIONS)
            .body(
                named("PolicyChanges"),
                vec![
                    ("two gates", json!({"methodsRequired": 2, "password": {"minLength": 12}})),
                    ("the defaults", defaults()),
                ],
                MAX_POLICY_BODY,
            )
            .answers_nothing(StatusCode::NO_CONTENT, "The policy is changed."),
    ]
}
