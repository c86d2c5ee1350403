//! The audit.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::http::describe::{Operation, Section, moment, named, object, optional_text};
use shared::records::audit::Activity;

use super::{PAGE, QUERY, VALUE, page, top};
use crate::audit::NEWEST_FIRST;
use crate::query::Top;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::GET, "/graph/v1.0/auditLogs/directoryAudits", "listAudits", Section::Administering)
            .says(
                "Tells what happened, the newest first",
                "Needs `AuditLog.Read.All`. Contacts are masked; codes, answers, tokens and passwords are in no record. \
                 Everything of one reset has one `correlationId`. Records are kept for as many days as the policy says. \
                 A page may hold fewer records than `$top`, or none, and still have a next one: how much is looked at \
                 for one page is bounded.",
            )
            .takes(top(Top::RECORDS.most))
            .takes(filter())
            .takes(order())
            .refuses(crate::query::unsupported(), QUERY)
            .refuses(Top::RECORDS.too_many(), PAGE)
            .refuses(Top::RECORDS.malformed(), VALUE)
            .answers(StatusCode::OK, "A page of records.", page(&named("DirectoryAudit"), Top::RECORDS.most), vec![(
                "one record",
                json!({
                    "@odata.context": "https://rekey.contoso.example/graph/v1.0/$metadata#auditLogs/directoryAudits",
                    "value": [{
                        "id": "q8Wm0vU9fxEVS49B45GTyg",
                        "category": Activity::UserChanged.category(),
                        "correlationId": "q8Wm0vU9fxEVS49B45GTyg",
                        "result": "success",
                        "resultReason": "",
                        "activityDisplayName": Activity::UserChanged.as_str(),
                        "activityDateTime": "2026-11-21T23:10:22.507Z",
                        "loggedByService": Activity::UserChanged.service(),
                        "operationType": Activity::UserChanged.operation(),
                        "initiatedBy": {
                            "user": null,
                            "app": {
                                "appId": "directory-sync",
                                "displayName": null,
                                "servicePrincipalId": null,
                                "servicePrincipalName": null,
                            },
                        },
                        "targetResources": [{
                            "id": "wi9a2LJGH8wjifgECMffPQ",
                            "displayName": null,
                            "type": "User",
                            "userPrincipalName": "adele@contoso.example",
                            "groupType": null,
                            "modifiedProperties": [
                                {"displayName": "mobilePhone", "oldValue": "+1 ********00", "newValue": "+1 ********23"},
                            ],
                        }],
                        "additionalDetails": [],
                    }],
                }),
            )]),
    ]
}

/// The option that chooses records.
fn filter() -> Value {
    json!({
        "name": "$filter",
        "in": "query",
        "required": false,
        "description": "Comparisons joined by `and`, with or without parentheses: `activityDateTime` with `ge`, `gt`, `le`, \
            `lt` or `eq` and a time without quotes; with `eq` and a text: `id`, `activityDisplayName`, `category`, \
            `loggedByService`, `correlationId`, `result`, `initiatedBy/user/id`, `initiatedBy/user/userPrincipalName`, \
            `initiatedBy/app/appId`, `targetResources/any(t:t/id eq '…')` and \
            `targetResources/any(t:t/userPrincipalName eq '…')`; `startswith(activityDisplayName,'…')`, \
            `startswith(initiatedBy/user/userPrincipalName,'…')` and \
            `targetResources/any(t:startswith(t/userPrincipalName,'…'))`. Results are `success` and `failure`; `timeout` and \
            `unknownFutureValue`, which Graph knows, are none's here. Everything else is refused, never ignored.",
        "schema": {
            "type": "string",
            "format": "audit-filter",
            "pattern": "^(?:activityDateTime (?:ge|gt|le|lt|eq) [0-9T:.Z-]+|\
                (?:id|activityDisplayName|category|loggedByService|correlationId|initiatedBy/user/id|\
                initiatedBy/user/userPrincipalName|initiatedBy/app/appId) eq '[^']*'|\
                result eq '(?:success|failure|timeout|unknownFutureValue)'|\
                startswith\\((?:activityDisplayName|initiatedBy/user/userPrincipalName),'[^']*'\\)|\
                targetResources/any\\(t:t/(?:id|userPrincipalName) eq '[^']*'\\)|\
                targetResources/any\\(t:startswith\\(t/userPrincipalName,'[^']*'\\)\\)| and )+$",
        },
        "example": "activityDateTime ge 2026-11-01T00:00:00Z",
    })
}

/// The option that names the one order there is.
fn order() -> Value {
    json!({
        "name": "$orderby",
        "in": "query",
        "required": false,
        "description": "The one order there is.",
        "schema": {"const": NEWEST_FIRST},
        "example": NEWEST_FIRST,
    })
}

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let activities = Activity::ALL.map(Activity::as_str);
    let text = || json!({"type": "string"});
    vec![
        (
            "ModifiedProperty",
            object(
                json!({"displayName": text(), "oldValue": optional_text(), "newValue": optional_text()}),
                &["displayName", "oldValue", "newValue"],
            ),
        ),
        (
            "TargetResource",
            object(
                json!({
                    "id": optional_text(),
                    "displayName": optional_text(),
                    "type": {"type": "string", "enum": ["User", "Policy"]},
                    "userPrincipalName": optional_text(),
                    "groupType": {"type": "null"},
                    "modifiedProperties": {"type": "array", "items": named("ModifiedProperty")},
                }),
                &["id", "displayName", "type", "userPrincipalName", "groupType", "modifiedProperties"],
            ),
        ),
        (
            "AuditedUser",
            object(
                json!({
                    "id": text(),
                    "displayName": {"type": "null"},
                    "userPrincipalName": text(),
                    "ipAddress": {"type": "null"},
                }),
                &["id", "displayName", "userPrincipalName", "ipAddress"],
            ),
        ),
        (
            "AuditedApplication",
            object(
                json!({
                    "appId": text(),
                    "displayName": {"type": "null"},
                    "servicePrincipalId": {"type": "null"},
                    "servicePrincipalName": {"type": "null"},
                }),
                &["appId", "displayName", "servicePrincipalId", "servicePrincipalName"],
            ),
        ),
        (
            "Initiator",
            object(
                json!({
                    "user": {"oneOf": [named("AuditedUser"), {"type": "null"}]},
                    "app": {"oneOf": [named("AuditedApplication"), {"type": "null"}]},
                }),
                &["user", "app"],
            ),
        ),
        (
            "DirectoryAudit",
            object(
                json!({
                    "id": named("Id"),
                    "category": text(),
                    "correlationId": text(),
                    "result": {"type": "string", "enum": ["success", "failure"]},
                    "resultReason": {"type": "string", "description": "What exactly, or why not; a constant text."},
                    "activityDisplayName": {"type": "string", "enum": activities},
                    "activityDateTime": moment("When it happened."),
                    "loggedByService": text(),
                    "operationType": text(),
                    "initiatedBy": named("Initiator"),
                    "targetResources": {"type": "array", "items": named("TargetResource"), "minItems": 1, "maxItems": 1},
                    "additionalDetails": {"type": "array", "maxItems": 0},
                }),
                &[
                    "id",
                    "category",
                    "correlationId",
                    "result",
                    "resultReason",
                    "activityDisplayName",
                    "activityDateTime",
                    "loggedByService",
                    "operationType",
                    "initiatedBy",
                    "targetResources",
                    "additionalDetails",
                ],
            ),
        ),
    ]
}
