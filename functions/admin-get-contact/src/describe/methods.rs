//! Registered methods.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::http::Problem;
use shared::http::describe::{Operation, Section, named, object};
use shared::http::graph::takes_no_options;

use super::{NO_OPTIONS, collection};

const READS_METHODS: &str = "Needs `UserAuthenticationMethod.Read.All`, which sees values masked, or \
    `UserAuthenticationMethod.ReadWrite.All`. Who may not write this user's methods (a privileged user's without \
    `RoleManagement.ReadWrite.Directory`, one's own) sees them masked, too.";
const NO_METHOD: &str = "there is no such user, or no such method is registered.";

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(
            Method::GET,
            "/graph/v1.0/users/{id}/authentication/methods",
            "listMethods",
            Section::Administering,
        )
        .says(
            "Lists a user's registered methods",
            "Needs `UserAuthenticationMethod.Read.All`, which sees values masked, or \
             `UserAuthenticationMethod.ReadWrite.All`. Each entry says in `@odata.type` what it is. Values of the user \
             resource that were never registered are not methods. Security questions are nobody's but their owner's: \
             they are never listed.",
        )
        .refuses(takes_no_options(), NO_OPTIONS)
        .refuses(Problem::NotFound, "there is no such user.")
        .answers(
            StatusCode::OK,
            "The methods.",
            collection(&named("Method")),
            vec![(
                "a phone and a password",
                json!({
                    "@odata.context": "https://rekey.contoso.example/graph/v1.0/$metadata#users('adele@contoso.example')/authentication/methods",
                    "value": [
                        {
                            "@odata.type": "#microsoft.graph.phoneAuthenticationMethod",
                            "id": "3179e48a-750b-4051-897c-87b9720928f7",
                            "phoneNumber": "+1 ********00",
                            "phoneType": "mobile",
                            "smsSignInState": "notSupported",
                        },
                        {
                            "@odata.type": "#microsoft.graph.passwordAuthenticationMethod",
                            "id": "28c10230-6103-485e-b985-444c60001490",
                            "password": null,
                            "createdDateTime": null,
                        },
                    ],
                }),
            )],
        ),
        Operation::new(
            Method::GET,
            "/graph/v1.0/users/{id}/authentication/methods/{methodId}",
            "getMethod",
            Section::Administering,
        )
        .says("Shows a registered method", READS_METHODS)
        .refuses(takes_no_options(), NO_OPTIONS)
        .refuses(Problem::NotFound, NO_METHOD)
        .answers(StatusCode::OK, "The method.", named("Method"), vec![("a phone", a_phone())]),
        Operation::new(
            Method::GET,
            "/graph/v1.0/users/{id}/authentication/phoneMethods",
            "listPhoneMethods",
            Section::Administering,
        )
        .says("Lists a user's registered phones", READS_METHODS)
        .refuses(takes_no_options(), NO_OPTIONS)
        .refuses(Problem::NotFound, "there is no such user.")
        .answers(
            StatusCode::OK,
            "The phones: three at most, one of each type.",
            collection(&named("PhoneMethodResource")),
            vec![("none", json!({
                "@odata.context": "https://rekey.contoso.example/graph/v1.0/$metadata#users('adele@contoso.example')/authentication/phoneMethods",
                "value": [],
            }))],
        ),
        Operation::new(
            Method::GET,
            "/graph/v1.0/users/{id}/authentication/phoneMethods/{methodId}",
            "getPhoneMethod",
            Section::Administering,
        )
        .says("Shows a registered phone", READS_METHODS)
        .refuses(takes_no_options(), NO_OPTIONS)
        .refuses(Problem::NotFound, NO_METHOD)
        .answers(StatusCode::OK, "The phone.", named("PhoneMethodResource"), vec![("a mobile phone", a_phone())]),
        Operation::new(
            Method::GET,
            "/graph/v1.0/users/{id}/authentication/emailMethods",
            "listEmailMethods",
            Section::Administering,
        )
        .says("Lists a user's registered mail address", READS_METHODS)
        .refuses(takes_no_options(), NO_OPTIONS)
        .refuses(Problem::NotFound, "there is no such user.")
        .answers(
            StatusCode::OK,
            "The address: one at most.",
            collection(&named("EmailMethodResource")),
            vec![("one", json!({
                "@odata.context": "https://rekey.contoso.example/graph/v1.0/$metadata#users('adele@contoso.example')/authentication/emailMethods",
                "value": [{"id": "3ddfcfc8-9383-446f-83cc-3ab9be4be18f", "emailAddress": "adele.vance@example.org"}],
            }))],
        ),
        Operation::new(
            Method::GET,
            "/graph/v1.0/users/{id}/authentication/emailMethods/{methodId}",
            "getEmailMethod",
            Section::Administering,
        )
        .says("Shows a registered mail address", READS_METHODS)
        .refuses(takes_no_options(), NO_OPTIONS)
        .refuses(Problem::NotFound, NO_METHOD)
        .answers(
            StatusCode::OK,
            "The address.",
            named("EmailMethodResource"),
            vec![("masked", json!({
                "@odata.context": "https://rekey.contoso.example/graph/v1.0/$metadata#users('adele@contoso.example')/authentication/emailMethods/$entity",
                "id": "3ddfcfc8-9383-446f-83cc-3ab9be4be18f",
                "emailAddress": "a***@***",
            }))],
        ),
    ]
}

fn a_phone() -> Value {
    json!({
        "@odata.context": "https://rekey.contoso.example/graph/v1.0/$metadata#users('adele@contoso.example')/authentication/phoneMethods/$entity",
        "id": "3179e48a-750b-4051-897c-87b9720928f7",
        "phoneNumber": "+1 4255550100",
        "phoneType": "mobile",
        "smsSignInState": "notSupported",
    })
}

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        (
            "PhoneMethodResource",
            object(
                json!({
                    "@odata.context": {"type": "string"},
                    "@odata.type": {"type": "string"},
                    "id": {"type": "string", "format": "uuid"},
                    "phoneNumber": {"type": "string", "description": "As `+CountryCode Number`, or masked."},
                    "phoneType": {"type": "string", "enum": ["mobile", "alternateMobile", "office"]},
                    "smsSignInState": {"const": "notSupported"},
                }),
                &["id", "phoneNumber", "phoneType", "smsSignInState"],
            ),
        ),
        (
            "EmailMethodResource",
            object(
                json!({
                    "@odata.context": {"type": "string"},
                    "@odata.type": {"type": "string"},
                    "id": {"type": "string", "format": "uuid"},
                    "emailAddress": {"type": "string", "description": "The address, or masked."},
                }),
                &["id", "emailAddress"],
            ),
        ),
        (
            "PasswordMethodResource",
            object(
                json!({
                    "@odata.context": {"type": "string"},
                    "@odata.type": {"type": "string"},
                    "id": {"type": "string", "format": "uuid"},
                    "password": {"type": "null"},
                    "createdDateTime": {"type": "null"},
                }),
                &["id", "password", "createdDateTime"],
            ),
        ),
        (
            "Method",
            json!({"oneOf": [
                named("PhoneMethodResource"), named("EmailMethodResource"), named("PasswordMethodResource"),
            ]}),
        ),
    ]
}
