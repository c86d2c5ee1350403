//! What this function's operations take and answer, for the API's description.

mod methods;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::describe::{Operation, Part, Section, defaults, named, policy_changes};
use shared::http::{MAX_BODY, MAX_POLICY_BODY, Problem};

/// The operations of this function.
#[must_use]
pub fn describe() -> Part {
    Part {
        operations: operations().into_iter().chain(methods::operations()).collect(),
        schemas: schemas().into_iter().chain(methods::schemas()).collect(),
    }
}

fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::POST, "/graph/v1.0/users", "createUser", Section::Administering)
            .says("Creates a user", "Needs `User.ReadWrite.All`. `Idempotency-Key` is not looked at here: a name is taken once.")
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
                        "businessPhones": ["+1 4255550111"],
                        "displayName": "Adele Vance",
                        "givenName": "Adele",
                        "id": "wi9a2LJGH8wjifgECMffPQ",
                        "jobTitle": null,
                        "mail": "adele@contoso.example",
                        "mobilePhone": "+1 4255550100",
                        "officeLocation": null,
                        "preferredLanguage": "en",
                        "surname": "Vance",
                        "userPrincipalName": "adele@contoso.example",
                        "accountEnabled": true,
                        "mailNickname": null,
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
the password, privilege or enablement voids the resets under way; a value in the place of a usable \
one may have to wait before resets use it, as the policy says (a day at least for privileged users).")
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
                    ("a cleared phone", json!({"mobilePhone": null})),
                ],
                MAX_BODY,
            )
            .answers_nothing(StatusCode::NO_CONTENT, "The user is changed, or was so before.")
            .refuses(Problem::NotFound, "there is no such user."),
        Operation::new(Method::DELETE, "/graph/v1.0/users/{id}", "deleteUser", Section::Administering)
            .says("Deletes a user", "Needs `User.ReadWrite.All`, and `RoleManagement.ReadWrite.Directory` for a privileged user. Resets \
under way are void.")
            .answers_nothing(StatusCode::NO_CONTENT, "The user is deleted.")
            .refuses(Problem::NotFound, "there is no such user."),
        Operation::new(Method::POST, "/graph/v1.0/users/{id}/authentication/unblockPasswordReset", "unblockPasswordReset", Section::Administering)
            .says("Clears a spent guess budget and a sign-in lock", "Needs `UserAuthenticationMethod.ReadWrite.All` or `User.ReadWrite.All`, and \
`RoleManagement.ReadWrite.Directory` for a privileged user; nobody unblocks themselves. The user is \
told. Send limits stay as they are. A body is ignored. Microsoft Graph has no such action.")
            .answers_nothing(StatusCode::NO_CONTENT, "Both are cleared, or were.")
            .refuses(Problem::NotFound, "there is no such user."),
        Operation::new(Method::PATCH, "/graph/v1.0/policies/passwordReset", "changePolicy", Section::Administering)
            .says("Changes the policy", "Needs `Policy.ReadWrite.AuthenticationMethod`. The policy is judged as a whole, and refused as a \
whole; the message names the member and its rule. It takes effect everywhere within a minute.")
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

fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("PolicyChanges", policy_changes()),
        (
            "PasswordProfile",
            json!({
                "type": "object",
                "properties": {
                    "password": {
                        "type": "string",
                        "minLength": 8,
                        "maxLength": 256,
                        "description": "A temporary secret, judged by its length alone.",
                    },
                    "forceChangePasswordNextSignIn": {"type": "boolean"},
                    "forceChangePasswordNextSignInWithMfa": {"type": "boolean", "description": "Kept as `forceChangePasswordNextSignIn`."},
                },
                "required": ["password"],
                "patternProperties": {"^@odata\\.": {"description": "Ignored, at every depth."}},
                "additionalProperties": false,
                "description": "A new password. It voids every reset under way, ends the sessions, and its owner is told.",
            }),
        ),
        (
            "NewUser",
            json!({
                "type": "object",
                "properties": {
                    "userPrincipalName": {
                        "$ref": "#/components/schemas/UserName",
                        "description": "Must be nobody's. The former name of a renamed user is free at once.",
                    },
                    "accountEnabled": {
                        "type": "boolean",
                        "description": "A disabled user can neither reset nor check a password. Created users are enabled unless it says \
            otherwise.",
                    },
                    "displayName": {
                        "type": ["string", "null"],
                        "minLength": 1,
                        "maxLength": 256,
                        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                        "description": "The name to show. `null` clears it.",
                    },
                    "givenName": {
                        "type": ["string", "null"],
                        "minLength": 1,
                        "maxLength": 64,
                        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                        "description": "The given name. `null` clears it.",
                    },
                    "surname": {
                        "type": ["string", "null"],
                        "minLength": 1,
                        "maxLength": 64,
                        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                        "description": "The family name. `null` clears it.",
                    },
                    "mail": {
                        "anyOf": [named("MailAddress"), {"type": "null"}],
                        "description": "The person's own mailbox, which they may have locked themselves out of: it is told of what \
            happens to the account, and never used for a reset. `null` clears it.",
                    },
                    "mailNickname": {
                        "type": ["string", "null"],
                        "minLength": 1,
                        "maxLength": 64,
                        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                        "description": "The mail alias. `null` clears it.",
                    },
                    "jobTitle": {
                        "type": ["string", "null"],
                        "minLength": 1,
                        "maxLength": 128,
                        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                        "description": "The job title. `null` clears it.",
                    },
                    "preferredLanguage": {
                        "type": ["string", "null"],
                        "minLength": 1,
                        "maxLength": 64,
                        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                        "description": "The language of messages, such as `de` or `fr-CA`; English, French, German and Spanish are spoken, \
            and the policy's default language stands in for others. `null` clears it.",
                    },
                    "usageLocation": {
                        "type": ["string", "null"],
                        "minLength": 1,
                        "maxLength": 64,
                        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                        "description": "The country that the person works in. `null` clears it.",
                    },
                    "mobilePhone": {
                        "type": ["string", "null"],
                        "format": "phone-number",
                        "pattern": "^\\+[1-9][0-9 ().-]{5,24}(?:[xX][0-9]{1,7})?$",
                        "description": "Receives texts and calls. Returned as `+CountryCode Number`, whatever separators it came with. \
            `null` clears it.",
                    },
                    "businessPhones": {
                        "type": ["array", "null"],
                        "items": {"$ref": "#/components/schemas/Phone"},
                        "maxItems": 1,
                        "description": "The office phone, one at most; it receives calls. `null` or `[]` clears it.",
                    },
                    "otherMails": {
                        "type": ["array", "null"],
                        "items": {"$ref": "#/components/schemas/MailAddress"},
                        "maxItems": 250,
                        "description": "Alternate mail addresses; codes go to the first, notices to all. The list is replaced whole. `null` \
            or `[]` clears it.",
                    },
                    "passwordProfile": {"$ref": "#/components/schemas/PasswordProfile"},
                },
                "required": ["userPrincipalName"],
                "patternProperties": {"^@odata\\.": {"description": "Ignored, at every depth."}},
                "additionalProperties": false,
            }),
        ),
        (
            "UserChanges",
            json!({
                "type": "object",
                "description": "A property left out stays as it is.",
                "properties": {
                    "userPrincipalName": {
                        "$ref": "#/components/schemas/UserName",
                        "description": "Must be nobody's. The former name of a renamed user is free at once.",
                    },
                    "accountEnabled": {
                        "type": "boolean",
                        "description": "A disabled user can neither reset nor check a password.",
                    },
                    "displayName": {
                        "type": ["string", "null"],
                        "minLength": 1,
                        "maxLength": 256,
                        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                        "description": "The name to show. `null` clears it.",
                    },
                    "givenName": {
                        "type": ["string", "null"],
                        "minLength": 1,
                        "maxLength": 64,
                        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                        "description": "The given name. `null` clears it.",
                    },
                    "surname": {
                        "type": ["string", "null"],
                        "minLength": 1,
                        "maxLength": 64,
                        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                        "description": "The family name. `null` clears it.",
                    },
                    "mail": {
                        "anyOf": [named("MailAddress"), {"type": "null"}],
                        "description": "The person's own mailbox, which they may have locked themselves out of: it is told of what \
            happens to the account, and never used for a reset. `null` clears it.",
                    },
                    "mailNickname": {
                        "type": ["string", "null"],
                        "minLength": 1,
                        "maxLength": 64,
                        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                        "description": "The mail alias. `null` clears it.",
                    },
                    "jobTitle": {
                        "type": ["string", "null"],
                        "minLength": 1,
                        "maxLength": 128,
                        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                        "description": "The job title. `null` clears it.",
                    },
                    "preferredLanguage": {
                        "type": ["string", "null"],
                        "minLength": 1,
                        "maxLength": 64,
                        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                        "description": "The language of messages, such as `de` or `fr-CA`; English, French, German and Spanish are spoken, \
            and the policy's default language stands in for others. `null` clears it.",
                    },
                    "usageLocation": {
                        "type": ["string", "null"],
                        "minLength": 1,
                        "maxLength": 64,
                        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                        "description": "The country that the person works in. `null` clears it.",
                    },
                    "mobilePhone": {
                        "type": ["string", "null"],
                        "format": "phone-number",
                        "pattern": "^\\+[1-9][0-9 ().-]{5,24}(?:[xX][0-9]{1,7})?$",
                        "description": "Receives texts and calls. Returned as `+CountryCode Number`, whatever separators it came with. \
            `null` clears it.",
                    },
                    "businessPhones": {
                        "type": ["array", "null"],
                        "items": {"$ref": "#/components/schemas/Phone"},
                        "maxItems": 1,
                        "description": "The office phone, one at most; it receives calls. `null` or `[]` clears it.",
                    },
                    "otherMails": {
                        "type": ["array", "null"],
                        "items": {"$ref": "#/components/schemas/MailAddress"},
                        "maxItems": 250,
                        "description": "Alternate mail addresses; codes go to the first, notices to all. The list is replaced whole. `null` \
            or `[]` clears it.",
                    },
                    "passwordProfile": {"$ref": "#/components/schemas/PasswordProfile"},
                    "isAdmin": {
                        "type": "boolean",
                        "description": "Needs `RoleManagement.ReadWrite.Directory`.",
                    },
                    "onPremisesSyncEnabled": {
                        "type": ["boolean", "null"],
                        "description": "Needs `OnPremDirectorySynchronization.ReadWrite.All`. While it is true, so do `mobilePhone` and \
            `businessPhones`. `null` is false.",
                    },
                },
                "patternProperties": {"^@odata\\.": {"description": "Ignored, at every depth."}},
                "additionalProperties": false,
            }),
        ),
    ]
}
