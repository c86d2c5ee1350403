//! What this function's operations take and answer, for the API's description.

mod audit;
mod methods;
mod reports;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::http::Problem;
use shared::http::describe::{Operation, Part, Section, defaults, money, named, object, policy};
use shared::http::graph::{SELECTED_PROPERTIES, default_properties, takes_no_options};

use crate::query::{SELECT, Top};

/// The operations of this function.
#[must_use]
pub fn describe() -> Part {
    Part {
        operations: operations()
            .into_iter()
            .chain(methods::operations())
            .chain(reports::operations())
            .chain(audit::operations())
            .collect(),
        schemas: schemas()
            .into_iter()
            .chain(methods::schemas())
            .chain(reports::schemas())
            .chain(audit::schemas())
            .collect(),
    }
}

/// Why an unknown query option is refused.
const QUERY: &str = "a query option, operator or property is not supported.";
/// Why a query option is refused where none is taken.
const NO_OPTIONS: &str = "a query option was given, and none is taken here.";
/// Why a value of a query option is refused.
const VALUE: &str = "a query option has a value that it cannot have, or `$skiptoken` is not one of this list.";
/// Why a large page is refused.
const PAGE: &str = "the page would be larger than the largest.";
/// Why a property is refused.
const PROPERTY: &str = "a user does not have a property that `$select` names.";

/// A page of a list.
fn page(of: &Value, most: usize) -> Value {
    object(
        json!({
            "@odata.context": {"type": "string"},
            "value": {"type": "array", "items": of, "maxItems": most},
            "@odata.nextLink": {
                "type": "string",
                "format": "uri",
                "description": "The next page; absent on the last one. Absolute, from the deployment's public address, \
                    and to be followed as it is: its `$skiptoken` holds nothing to read, is of this list and this \
                    `$filter` only, and cannot be made up.",
            },
        }),
        &["@odata.context", "value"],
    )
}

/// A collection that is never paged.
fn collection(of: &Value) -> Value {
    object(
        json!({"@odata.context": {"type": "string"}, "value": {"type": "array", "items": of}}),
        &["@odata.context", "value"],
    )
}

fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::GET, "/graph/v1.0/users", "listUsers", Section::Administering)
            .says("Lists users", "Needs `User.Read.All` or `User.ReadWrite.All`. Users come in the order of their names. Query options \
that are not named here are refused.")
            .takes(select())
            .takes(top(Top::USERS.most))
            .takes(filter())
            .answers(
                StatusCode::OK,
                "A page of users.",
                page(&named("User"), Top::USERS.most),
                vec![
                    ("a page", json!({
                        "@odata.context": "https://rekey.contoso.example/graph/v1.0/$metadata#users",
                        "value": [
                            {
                                "accountEnabled": true,
                                "businessPhones": ["+1 4255550111"],
                                "displayName": "Adele Vance",
                                "givenName": "Adele",
                                "id": "wi9a2LJGH8wjifgECMffPQ",
                                "jobTitle": null,
                                "mail": "adele@contoso.example",
                                "mailNickname": "adele",
                                "mobilePhone": "+1 4255550100",
                                "officeLocation": null,
                                "preferredLanguage": "en",
                                "signInSessionsValidFromDateTime": "2026-11-21T23:10:22.507Z",
                                "surname": "Vance",
                                "usageLocation": "US",
                                "userPrincipalName": "adele@contoso.example",
                            },
                        ],
                        "@odata.nextLink": "https://rekey.contoso.example/graph/v1.0/users?$top=1&$skiptoken=ZpX1mQ4s0cNw7kD2hVf8uYb3tRgJ6aLeWqSoKi9nCxB5vTzMyPdHrUlGjFEA",
                    })),
                ],
            )
            .refuses(crate::query::unsupported(), QUERY)
            .refuses(crate::query::unknown_property(), PROPERTY)
            .refuses(Top::USERS.too_many(), PAGE)
            .refuses(Top::USERS.malformed(), VALUE),
        Operation::new(Method::GET, "/graph/v1.0/users/{id}", "getUser", Section::Administering)
            .says("Shows a user", "Needs `User.Read.All` or `User.ReadWrite.All`.")
            .takes(select())
            .answers(
                StatusCode::OK,
                "The user.",
                named("User"),
                vec![
                    ("selected", json!({
                        "mobilePhone": "+1 4255550100",
                        "otherMails": ["adele.vance@example.org"],
                        "@odata.context": "https://rekey.contoso.example/graph/v1.0/$metadata#users/$entity",
                    })),
                ],
            )
            .refuses(crate::query::unsupported(), QUERY)
            .refuses(crate::query::unknown_property(), PROPERTY)
            .refuses(Problem::Malformed(SELECT), "`$select` is no list of names.")
            .refuses(Problem::NotFound, "there is no such user."),
        Operation::new(Method::GET, "/graph/v1.0/policies/passwordReset", "getPolicy", Section::Administering)
            .says("Shows the policy", "Needs `Policy.ReadWrite.AuthenticationMethod`. Microsoft Graph has no such resource.")
            .refuses(takes_no_options(), NO_OPTIONS)
            .answers(
                StatusCode::OK,
                "The policy, every member of it.",
                named("Policy"),
                vec![
                    ("the defaults", defaults()),
                ],
            ),
        Operation::new(Method::GET, "/openapi.json", "getDescription", Section::Describing)
            .says("Describes every route", "Nobody needs a token for it.")
            .open()
            .answers(
                StatusCode::OK,
                "The OpenAPI 3.1 description.",
                json!({
                    "type": "object",
                    "required": ["openapi", "info", "paths"],
                    "properties": {
                        "openapi": {"type": "string", "pattern": "^3\\.1\\.[0-9]+$"},
                        "info": {"type": "object"},
                        "paths": {"type": "object"},
                    },
                }),
                vec![
                    ("its beginning", json!({
                        "openapi": "3.1.1",
                        "info": {"title": "Rekey", "version": "0.1.0"},
                        "paths": {},
                    })),
                ],
            ),
    ]
}

/// The option that chooses properties of a user.
fn select() -> Value {
    let properties: Vec<&str> = default_properties().into_iter().chain(SELECTED_PROPERTIES).collect();
    json!({
        "name": "$select",
        "in": "query",
        "required": false,
        "style": "form",
        "explode": false,
        "description": "The properties to return. `createdDateTime`, `isAdmin`, `onPremisesSyncEnabled` and `otherMails` \
            are returned only when they are selected.",
        "schema": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": properties}},
        "example": ["mobilePhone", "otherMails"],
    })
}

/// The option that limits a page.
fn top(most: usize) -> Value {
    json!({
        "name": "$top",
        "in": "query",
        "required": false,
        "description": "How many entries a page has at most.",
        "schema": {"type": "integer", "minimum": 1, "maximum": most, "default": Top::USERS.default},
        "example": 50,
    })
}

/// The option that chooses users.
fn filter() -> Value {
    json!({
        "name": "$filter",
        "in": "query",
        "required": false,
        "description": "`userPrincipalName eq '…'` or `startswith(userPrincipalName,'…')`; a quote within the text is \
            doubled. Case does not matter, and a text that cannot be a name is nobody's. Other properties and operators \
            are refused, never ignored.",
        "schema": {
            "type": "string",
            "format": "user-filter",
            "pattern": "^(?:userPrincipalName [eE][qQ] '(?:[^']|'')*'|\
                [sS][tT][aA][rR][tT][sS][wW][iI][tT][hH]\\(userPrincipalName, ?'(?:[^']|'')*'\\))$",
        },
        "example": "startswith(userPrincipalName,'a')",
    })
}

fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("Policy", policy()),
        ("Money", money()),
        (
            "User",
            json!({
                "type": "object",
                "description": "A user in Microsoft Graph's shape. Without `$select` it has every property but `createdDateTime`, \
            `isAdmin`, `onPremisesSyncEnabled` and `otherMails`: what Graph itself returns then, and besides \
            `accountEnabled`, `mailNickname`, `signInSessionsValidFromDateTime` and `usageLocation`, which Graph returns \
            only when they are selected. The answer to the user's creation has `otherMails`, too.",
                "properties": {
                    "@odata.context": {"type": "string"},
                    "id": {"$ref": "#/components/schemas/Id"},
                    "userPrincipalName": {"type": "string", "description": "In small letters, its domain in ASCII."},
                    "displayName": {"type": ["string", "null"]},
                    "givenName": {"type": ["string", "null"]},
                    "surname": {"type": ["string", "null"]},
                    "mail": {"type": ["string", "null"]},
                    "mailNickname": {"type": ["string", "null"]},
                    "jobTitle": {"type": ["string", "null"]},
                    "preferredLanguage": {"type": ["string", "null"]},
                    "usageLocation": {"type": ["string", "null"]},
                    "officeLocation": {
                        "type": "null",
                        "description": "Part of Graph's user, and kept for none here.",
                    },
                    "mobilePhone": {
                        "type": ["string", "null"],
                        "pattern": "^\\+[1-9][0-9]{0,2} [0-9]{4,14}(?:[xX][0-9]{1,7})?$",
                    },
                    "businessPhones": {
                        "type": "array",
                        "items": {
                            "type": "string",
                            "pattern": "^\\+[1-9][0-9]{0,2} [0-9]{4,14}(?:[xX][0-9]{1,7})?$",
                        },
                        "maxItems": 1,
                    },
                    "otherMails": {"type": "array", "items": {"type": "string"}, "maxItems": 250},
                    "accountEnabled": {"type": "boolean"},
                    "isAdmin": {
                        "type": "boolean",
                        "description": "Whether the user is privileged: needs two gates always, and may be changed with \
            `RoleManagement.ReadWrite.Directory` only.",
                    },
                    "onPremisesSyncEnabled": {"type": "boolean", "description": "Whether a directory owns the phones."},
                    "createdDateTime": {"type": "string", "format": "date-time"},
                    "signInSessionsValidFromDateTime": {
                        "type": "string",
                        "format": "date-time",
                        "description": "Sessions that began earlier are to be ended: the time of the last new password, else of creation.",
                    },
                },
                "additionalProperties": false,
            }),
        ),
    ]
}
