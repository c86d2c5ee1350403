//! The user resource, as it is written.

use serde_json::{Map, Value, json};
use shared::account::ProfileField;
use shared::credentials::password::MAX_LENGTH;
use shared::http::describe::{graph_object, named};
use shared::use_cases::admin_set_contact::{MAX_OTHER_MAILS, MIN_ADMIN_PASSWORD};

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let mut first = password(&["password"]);
    first["description"] = json!("The first password.");
    let mut next = password(&[]);
    next["description"] = json!(
        "A new `password` voids every reset under way, ends the sessions, and its owner is told. Without one, nothing is \
         set but whether the password that there is, is to be changed at the next sign-in, and nobody is told."
    );
    let mut changes = graph_object(Value::Object(changed()), &[]);
    changes["description"] = json!("A property left out stays as it is.");
    vec![
        ("NewPasswordProfile", first),
        ("PasswordProfile", next),
        ("NewUser", graph_object(Value::Object(created()), &["userPrincipalName"])),
        ("UserChanges", changes),
    ]
}

fn password(required: &[&str]) -> Value {
    graph_object(
        json!({
            "password": {
                "type": "string",
                "minLength": MIN_ADMIN_PASSWORD,
                "maxLength": MAX_LENGTH,
                "description": "A temporary secret, judged by its length alone.",
            },
            "forceChangePasswordNextSignIn": {"type": "boolean"},
            "forceChangePasswordNextSignInWithMfa": {
                "type": "boolean",
                "description": "Kept as `forceChangePasswordNextSignIn`.",
            },
        }),
        required,
    )
}

fn created() -> Map<String, Value> {
    let mut properties = common();
    properties.insert("passwordProfile".to_owned(), named("NewPasswordProfile"));
    if let Some(enabled) = properties.get_mut("accountEnabled") {
        enabled["description"] = json!(
            "A disabled user can neither reset nor check a password. Created users are enabled unless it says otherwise."
        );
    }
    properties
}

fn changed() -> Map<String, Value> {
    let mut properties = common();
    properties.insert("passwordProfile".to_owned(), named("PasswordProfile"));
    properties.insert(
        "isAdmin".to_owned(),
        json!({"type": "boolean", "description": "Needs `RoleManagement.ReadWrite.Directory`."}),
    );
    properties.insert(
        "onPremisesSyncEnabled".to_owned(),
        json!({
            "type": ["boolean", "null"],
            "description": "Needs `OnPremDirectorySynchronization.ReadWrite.All`. While it is true, so do `mobilePhone` \
                and `businessPhones`. `null` is false.",
        }),
    );
    properties
}

/// What can be written of a user whether they are new or known.
fn common() -> Map<String, Value> {
    let mut properties: Map<String, Value> =
        ProfileField::ALL.iter().map(|field| (field.as_str().to_owned(), descriptive(*field))).collect();
    let mut add = |name: &str, schema: Value| properties.insert(name.to_owned(), schema);
    add(
        "userPrincipalName",
        json!({
            "$ref": "#/components/schemas/UserName",
            "description": "Must be nobody's. The former name of a renamed user is free at once.",
        }),
    );
    add(
        "accountEnabled",
        json!({"type": "boolean", "description": "A disabled user can neither reset nor check a password."}),
    );
    add(
        "mobilePhone",
        json!({
            "anyOf": [named("Phone"), {"type": "null"}],
            "description": "Receives texts and calls. Returned as `+CountryCode Number`, whatever separators it came \
                with. `null` clears it.",
        }),
    );
    add(
        "businessPhones",
        json!({
            "type": ["array", "null"],
            "items": named("Phone"),
            "maxItems": 1,
            "description": "The office phone, one at most; it receives calls. `null` or `[]` clears it.",
        }),
    );
    add(
        "otherMails",
        json!({
            "type": ["array", "null"],
            "items": named("MailAddress"),
            "maxItems": MAX_OTHER_MAILS,
            "description": "Alternate mail addresses; codes go to the first, notices to all. The list is replaced \
                whole. `null` or `[]` clears it.",
        }),
    );
    properties
}

/// A property that is stored and shown.
fn descriptive(field: ProfileField) -> Value {
    let description = format!("{} `null` clears it.", field.description());
    if field == ProfileField::Mail {
        return json!({"anyOf": [named("MailAddress"), {"type": "null"}], "description": description});
    }
    json!({
        "type": ["string", "null"],
        "minLength": 1,
        "maxLength": field.max_length(),
        "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
        "description": description,
    })
}
