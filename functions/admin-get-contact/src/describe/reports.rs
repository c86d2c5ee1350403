//! Reports.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::http::Problem;
use shared::http::describe::{
    Operation, Section, moment, named, object, optional_moment, optional_text, reasons, sources,
};
use shared::http::graph::takes_no_options;

use super::{NO_OPTIONS, PAGE, QUERY, VALUE, page, top};
use crate::query::Top;
use crate::reports::{BY_NAME, NOBODYS};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(
            Method::GET,
            "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails",
            "listRegistrations",
            Section::Administering,
        )
        .says(
            "Tells who is registered, who can reset, and by what",
            "Needs `AuditLog.Read.All`. Users come in the order of their names; disabled ones are left out. `contacts`, \
             which Microsoft Graph has not, tells of every value on file whether a reset would use it, and why not, \
             without the value; of security questions it tells the same where some are registered, without what they \
             are and how many. A page may hold fewer users than `$top`, or none, and still have a next one: how many \
             users are looked at for one page is bounded.",
        )
        .takes(top(Top::USERS.most))
        .takes(filter())
        .takes(order())
        .refuses(crate::query::unsupported(), QUERY)
        .refuses(Top::USERS.too_many(), PAGE)
        .refuses(Top::USERS.malformed(), VALUE)
        .answers(StatusCode::OK, "A page of users.", page(&named("UserRegistrationDetails"), Top::USERS.most), vec![(
            "one user",
            json!({
                "@odata.context": "https://rekey.contoso.example/graph/v1.0/$metadata#reports/authenticationMethods/userRegistrationDetails",
                "value": [example()],
            }),
        )]),
        Operation::new(
            Method::GET,
            "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails/{id}",
            "getRegistration",
            Section::Administering,
        )
        .says(
            "Tells whether one user is registered, can reset, and by what",
            "Needs `AuditLog.Read.All`. A user as the report has it; a disabled one is not in it.",
        )
        .refuses(takes_no_options(), NO_OPTIONS)
        .refuses(Problem::NotFound, "there is no such user in the report.")
        .answers(StatusCode::OK, "The user.", alone(details()), vec![("one user", with_context(example()))]),
    ]
}

/// The schema of what stands in no list, and says itself what it is.
fn alone(mut schema: Value) -> Value {
    schema["properties"]["@odata.context"] = json!({"type": "string"});
    schema
}

fn with_context(mut user: Value) -> Value {
    user["@odata.context"] = json!(
        "https://rekey.contoso.example/graph/v1.0/$metadata#reports/authenticationMethods/userRegistrationDetails/$entity"
    );
    user
}

/// One user of the report.
fn example() -> Value {
    json!({
        "id": "wi9a2LJGH8wjifgECMffPQ",
        "userPrincipalName": "adele@contoso.example",
        "userDisplayName": "Adele Vance",
        "userType": "member",
        "isAdmin": false,
        "isSsprRegistered": true,
        "isSsprEnabled": true,
        "isSsprCapable": true,
        "isMfaRegistered": false,
        "isMfaCapable": false,
        "isPasswordlessCapable": false,
        "methodsRegistered": ["mobilePhone"],
        "isSystemPreferredAuthenticationMethodEnabled": false,
        "systemPreferredAuthenticationMethods": [],
        "userPreferredMethodForSecondaryAuthentication": "none",
        "lastUpdatedDateTime": "2026-11-21T23:10:22.507Z",
        "contacts": [
            {
                "type": "mobilePhone",
                "origin": "registered",
                "source": "user",
                "setDateTime": "2026-11-20T08:00:00.000Z",
                "verifiedDateTime": "2026-11-20T08:00:00.000Z",
                "usable": true,
                "reason": null,
            },
            {
                "type": "mobilePhone",
                "origin": "profile",
                "source": "directory",
                "setDateTime": "2026-11-01T08:00:00.000Z",
                "verifiedDateTime": null,
                "usable": false,
                "reason": "superseded",
            },
        ],
    })
}

/// The option that chooses users of the report.
fn filter() -> Value {
    json!({
        "name": "$filter",
        "in": "query",
        "required": false,
        "description": "Comparisons joined by `and`, with or without parentheses: `eq '…'` of `id`, `userPrincipalName`, \
            `userDisplayName` and `userType`; `startswith(userPrincipalName,'…')` and `startswith(userDisplayName,'…')`; \
            `eq true` or `eq false` of every property that is one of both; `methodsRegistered/any(t:t eq 'email')`. \
            Everything else is refused, never ignored.",
        "schema": {
            "type": "string",
            "format": "registration-filter",
            "pattern": format!(
                "^(?:(?:isAdmin|isSsprRegistered|isSsprEnabled|isSsprCapable|{}) eq (?:true|false)|\
                (?:id|userPrincipalName|userDisplayName|userType) eq '[^']*'|\
                startswith\\((?:userPrincipalName|userDisplayName),'[^']*'\\)|\
                methodsRegistered/any\\(t:t eq '[^']*'\\)| and )+$",
                NOBODYS.join("|")
            ),
        },
        "example": "isSsprRegistered eq false",
    })
}

/// The option that names the one order there is.
fn order() -> Value {
    json!({
        "name": "$orderby",
        "in": "query",
        "required": false,
        "description": "The one order there is.",
        "schema": {"enum": BY_NAME},
        "example": BY_NAME[0],
    })
}

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let remarks: Vec<Option<&str>> = reasons()
        .into_iter()
        .flatten()
        .chain(["alternateMobile", "numberNotAssigned", "notForAdministrators", "tooFew"])
        .map(Some)
        .chain([None])
        .collect();
    vec![
        (
            "ReportedContact",
            object(
                json!({
                    "type": {
                        "type": "string",
                        "enum": ["mobilePhone", "alternateMobilePhone", "officePhone", "email", "securityQuestions"],
                    },
                    "origin": {
                        "type": "string",
                        "enum": ["registered", "profile"],
                        "description": "Whether it is a registered method or stands in the user resource.",
                    },
                    "source": {"type": "string", "enum": sources(), "description": "Who wrote it down."},
                    "setDateTime": moment("When it was written down."),
                    "verifiedDateTime": optional_moment("When the person proved to possess it; `null` for security questions."),
                    "usable": {"type": "boolean", "description": "Whether a reset would use it now."},
                    "reason": {
                        "type": ["string", "null"],
                        "enum": remarks,
                        "description": "Why a reset would not use it; `numberNotAssigned` is a remark on a number that \
                            its plan does not assign, and which is used all the same. Of security questions: \
                            `methodNotOffered`, `notForAdministrators`, or `tooFew` where a reset asks more.",
                    },
                }),
                &["type", "origin", "source", "setDateTime", "verifiedDateTime", "usable", "reason"],
            ),
        ),
        ("UserRegistrationDetails", details()),
    ]
}

/// The schema of one user of the report.
fn details() -> Value {
    let fixed = |value: Value| json!({"const": value, "description": "Not known here."});
    object(
        json!({
            "id": named("Id"),
            "userPrincipalName": {"type": "string"},
            "userDisplayName": optional_text(),
            "userType": {"const": "member"},
            "isAdmin": {"type": "boolean"},
            "isSsprRegistered": {
                "type": "boolean",
                "description": "The registered methods alone, with different destinations, suffice for a reset.",
            },
            "isSsprEnabled": {"type": "boolean", "description": "The policy lets this user reset."},
            "isSsprCapable": {"type": "boolean", "description": "A reset is possible now."},
            "isMfaRegistered": fixed(json!(false)),
            "isMfaCapable": fixed(json!(false)),
            "isPasswordlessCapable": fixed(json!(false)),
            "methodsRegistered": {
                "type": "array",
                "items": {
                    "type": "string",
                    "enum": ["mobilePhone", "alternateMobilePhone", "officePhone", "email", "securityQuestion"],
                },
            },
            "isSystemPreferredAuthenticationMethodEnabled": fixed(json!(false)),
            "systemPreferredAuthenticationMethods": {"type": "array", "maxItems": 0},
            "userPreferredMethodForSecondaryAuthentication": fixed(json!("none")),
            "lastUpdatedDateTime": moment("When this was found."),
            "contacts": {"type": "array", "items": named("ReportedContact")},
        }),
        &[
            "id",
            "userPrincipalName",
            "userDisplayName",
            "userType",
            "isAdmin",
            "isSsprRegistered",
            "isSsprEnabled",
            "isSsprCapable",
            "methodsRegistered",
            "lastUpdatedDateTime",
            "contacts",
        ],
    )
}
