//! Query options, and why they are refused.

use serde_json::{Value, json};
use shared::http::describe::{Operation, query_option};
use shared::http::graph::{SELECTED_PROPERTIES, default_properties};

use crate::audit::PROPERTIES;
use crate::query::{Top, unsupported};

/// Why an unknown query option is refused.
pub(super) const QUERY: &str = "a query option, operator or property is not supported.";
/// Why a query option is refused where none is taken.
pub(super) const NONE: &str = "the request has a query option, and this route takes none.";
/// Why a property is refused.
pub(super) const PROPERTY: &str = "a user does not have a property that `$select` names.";

/// A list, whose pages are limited under this name.
pub(super) fn of_list(operation: Operation, name: &'static str, pages: &Top) -> Operation {
    let schema = json!({"type": "integer", "minimum": 1, "maximum": pages.most, "default": pages.default});
    operation
        .takes(name, query_option("$top", "The largest number of entries on a page.", &schema, &json!(50)))
        .refuses(unsupported(), QUERY)
        .refuses(pages.too_many(), "`$top` is too large.")
        .refuses(
            pages.malformed(),
            "a query option has an invalid value, or `$skiptoken` does not belong to this list.",
        )
}

/// The option that chooses properties of a user.
pub(super) fn select() -> Value {
    let properties: Vec<&str> = default_properties().into_iter().chain(SELECTED_PROPERTIES).collect();
    select_of(
        "The properties to return. `createdDateTime`, `isAdmin`, `onPremisesSyncEnabled` and `otherMails` are returned \
         only if selected.",
        &properties,
        &["mobilePhone", "otherMails"],
    )
}

/// The option that chooses properties of a record.
pub(super) fn audit_select() -> Value {
    select_of("The properties to return.", &PROPERTIES, &["activityDateTime", "resultReason"])
}

fn select_of(says: &str, properties: &[&str], example: &[&str]) -> Value {
    let schema = json!({"type": "array", "minItems": 1, "items": {"type": "string", "enum": properties}});
    let mut select = query_option("$select", says, &schema, &json!(example));
    select["style"] = json!("form");
    select["explode"] = json!(false);
    select
}

/// The option that names the one order there is, in any of these ways.
pub(super) fn order(names: &[&str]) -> Value {
    query_option("$orderby", "The only supported order.", &json!({"type": "string", "enum": names}), &json!(names[0]))
}

/// The option that chooses users.
pub(super) fn user_filter() -> Value {
    query_option(
        "$filter",
        "Comparisons joined by `and`, with or without parentheses: `eq '…'` and `startswith(…,'…')` of \
         `userPrincipalName`, `displayName`, `givenName`, `surname` and `mail`; `mobilePhone eq '…'` and \
         `businessPhones/any(p:p eq '…')` with a number in any spelling; `otherMails/any(m:m eq '…')`; \
         `accountEnabled eq true` or `false`. A quote in a text is doubled. Names are compared without case and accents, \
         and a text for a name must contain a letter or a digit. If a property cannot have the value, nobody is found. \
         Everything else is refused, never ignored.",
        &json!({"type": "string", "format": "user-filter"}),
        &json!("startswith(displayName,'a')"),
    )
}

/// The option that searches users.
pub(super) fn user_search() -> Value {
    query_option(
        "$search",
        "`\"displayName:ada lov\"`: users whose display name has words that begin with these, in any order, without \
         case and accents. `ConsistencyLevel` is not needed. `$filter` may narrow the result.",
        &json!({"type": "string", "format": "user-search"}),
        &json!("\"displayName:ada\""),
    )
}

/// The option that chooses users of the report.
pub(super) fn registration_filter() -> Value {
    query_option(
        "$filter",
        "Comparisons joined by `and`, with or without parentheses: `eq '…'` of `id`, `userPrincipalName`, \
         `userDisplayName` and `userType`; `startswith(userPrincipalName,'…')` and `startswith(userDisplayName,'…')`; \
         `eq true` or `eq false` of every Boolean property; `methodsRegistered/any(t:t eq 'email')`; `reconfirmBy` with `lt` \
         or `le` and a time without quotes. Everything else is refused, never ignored.",
        &json!({"type": "string", "format": "registration-filter"}),
        &json!("isSsprRegistered eq false"),
    )
}

/// The option that chooses records.
pub(super) fn audit_filter() -> Value {
    query_option(
        "$filter",
        "Comparisons joined by `and`, with or without parentheses: `activityDateTime` with `ge`, `gt`, `le`, `lt` or \
         `eq` and a time without quotes; with `eq` and a text: `id`, `activityDisplayName`, `category`, \
         `loggedByService`, `correlationId`, `result`, `initiatedBy/user/id`, `initiatedBy/user/userPrincipalName`, \
         `initiatedBy/app/appId`, `targetResources/any(t:t/id eq '…')` and `targetResources/any(t:t/userPrincipalName \
         eq '…')`; `startswith(activityDisplayName,'…')`, `startswith(initiatedBy/user/userPrincipalName,'…')` and \
         `targetResources/any(t:startswith(t/userPrincipalName,'…'))`. Results are `success` and `failure`; no record \
         has `timeout` or `unknownFutureValue`, which are Graph's. Everything else is refused, never ignored.",
        &json!({"type": "string", "format": "audit-filter"}),
        &json!("activityDateTime ge 2026-11-01T00:00:00Z"),
    )
}
