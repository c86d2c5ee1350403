//! A user's properties as Graph's JSON writes them, read one by one: what is unknown is refused.

use serde_json::{Map, Value};
use shared::account::{MAX_OTHER_MAILS, ProfileField, read_phone};
use shared::http::Problem;
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;
use shared::identifiers::user_name::UserName;
use shared::use_cases::admin_set_contact::{Changes, NewPassword};

/// Whether the user is being created; some properties can only be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WrittenUser {
    New,
    Existing,
}

const TYPE: Problem = Problem::Malformed("a property has the wrong type");
const UNKNOWN: Problem = Problem::Malformed("a property is unknown or cannot be written here");

/// Reads the properties of a user's JSON object.
pub(crate) fn read(body: &Value, written: WrittenUser) -> Result<Changes, Problem> {
    let mut changes = Changes::default();
    for (name, value) in body.as_object().ok_or(TYPE)? {
        property(&mut changes, name, value, written)?;
    }
    Ok(changes)
}

fn property(changes: &mut Changes, name: &str, value: &Value, written: WrittenUser) -> Result<(), Problem> {
    match (name, written) {
        ("userPrincipalName", _) => {
            let name = UserName::parse(value.as_str().ok_or(TYPE)?);
            changes.user_name = Some(name.map_err(|_| Problem::Malformed("userPrincipalName cannot be a user name"))?);
        }
        ("accountEnabled", _) => changes.enabled = Some(value.as_bool().ok_or(TYPE)?),
        ("isAdmin", WrittenUser::Existing) => changes.is_admin = Some(value.as_bool().ok_or(TYPE)?),
        ("onPremisesSyncEnabled", WrittenUser::Existing) => {
            changes.on_premises_sync_enabled = Some(optional_bool(value)?)
        }
        ("mobilePhone", _) => changes.mobile_phone = Some(optional_phone(value)?),
        ("businessPhones", _) => changes.business_phone = Some(one_phone(value)?),
        ("otherMails", _) => changes.other_mails = Some(mails(value)?),
        ("passwordProfile", _) => password(changes, value, written)?,
        (name, _) => {
            let field = ProfileField::parse(name).ok_or(UNKNOWN)?;
            changes.profile.push((field, text(field, value)?));
        }
    }
    Ok(())
}

/// A descriptive property; `null` clears it.
fn text(field: ProfileField, value: &Value) -> Result<Option<String>, Problem> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => {
            field.validate(text).map_err(Problem::Malformed)?;
            Ok(Some(text.clone()))
        }
        _ => Err(TYPE),
    }
}

fn optional_bool(value: &Value) -> Result<bool, Problem> {
    match value {
        Value::Null => Ok(false),
        Value::Bool(value) => Ok(*value),
        _ => Err(TYPE),
    }
}

fn optional_phone(value: &Value) -> Result<Option<Phone>, Problem> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => read_phone(text).map(Some).map_err(Problem::Malformed),
        _ => Err(TYPE),
    }
}

fn one_phone(value: &Value) -> Result<Option<Phone>, Problem> {
    match value {
        Value::Null => Ok(None),
        Value::Array(list) => match list.as_slice() {
            [] => Ok(None),
            [Value::String(text)] => read_phone(text).map(Some).map_err(Problem::Malformed),
            [_] => Err(TYPE),
            _ => Err(Problem::Malformed("businessPhones holds at most one number")),
        },
        _ => Err(TYPE),
    }
}

fn mails(value: &Value) -> Result<Vec<EmailAddress>, Problem> {
    let list = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(list) if list.len() <= MAX_OTHER_MAILS => list,
        Value::Array(_) => return Err(Problem::Malformed("otherMails holds at most 250 addresses")),
        _ => return Err(TYPE),
    };
    let address = |value: &Value| {
        let text = value.as_str().ok_or(TYPE)?;
        EmailAddress::parse(text).map_err(|_| Problem::Malformed("otherMails holds what cannot be a mail address"))
    };
    list.iter().map(address).collect()
}

/// Reads a password profile. Of a known user, one without a password says only whether the one that there is, is to be
/// changed at the next sign-in, and an empty one changes nothing; a new user has none yet.
fn password(changes: &mut Changes, value: &Value, written: WrittenUser) -> Result<(), Problem> {
    let profile: &Map<String, Value> = value.as_object().ok_or(TYPE)?;
    let (mut force, mut password) = (None, None);
    for (name, value) in profile {
        match name.as_str() {
            "password" => password = Some(value.as_str().ok_or(TYPE)?),
            "forceChangePasswordNextSignIn" | "forceChangePasswordNextSignInWithMfa" => {
                force = Some(force.unwrap_or(false) | value.as_bool().ok_or(TYPE)?);
            }
            _ => return Err(UNKNOWN),
        }
    }
    match (password, written) {
        (Some(password), _) => {
            changes.password = Some(NewPassword::new(password, force.unwrap_or(false)).map_err(Problem::Malformed)?);
        }
        (None, WrittenUser::Existing) => changes.force_change_password = force,
        (None, WrittenUser::New) => return Err(Problem::Malformed("passwordProfile holds no password")),
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_property_is_read_and_null_clears() {
        let body = json!({
            "userPrincipalName": "Adele@contoso.example", "displayName": "Adele", "accountEnabled": false,
            "mobilePhone": "+1 4251234567X12345", "businessPhones": ["+1 4252345678"], "otherMails": ["a@example.org"],
            "passwordProfile": {"password": "long enough", "forceChangePasswordNextSignIn": true}, "jobTitle": null
        });
        let changes = read(&body, WrittenUser::New).unwrap();
        assert_eq!(changes.mobile_phone.unwrap().unwrap().written(), "+1 4251234567X12345");
        assert_eq!(changes.business_phone.unwrap().unwrap().written(), "+1 4252345678");
        assert_eq!(changes.other_mails.unwrap().len(), 1);
        assert!(changes.password.unwrap().force_change);
        assert_eq!(changes.profile.last().unwrap(), &(ProfileField::JobTitle, None));
        let cleared =
            read(&json!({"mobilePhone": null, "businessPhones": [], "otherMails": []}), WrittenUser::Existing).unwrap();
        assert_eq!(cleared.mobile_phone, Some(None));
        assert_eq!(cleared.business_phone, Some(None));
        assert_eq!(cleared.other_mails, Some(Vec::new()));
    }

    #[test]
    fn a_known_users_password_may_be_left_as_it_is() {
        const NOW: &str = "forceChangePasswordNextSignIn";
        const WITH_MFA: &str = "forceChangePasswordNextSignInWithMfa";
        for (profile, force) in [
            (json!({}), None),
            (json!({NOW: true}), Some(true)),
            (json!({NOW: false}), Some(false)),
            (json!({WITH_MFA: true}), Some(true)),
            (json!({NOW: true, WITH_MFA: false}), Some(true)),
            (json!({NOW: false, WITH_MFA: true}), Some(true)),
            (json!({NOW: false, WITH_MFA: false}), Some(false)),
        ] {
            let body = json!({"passwordProfile": profile});
            let changes = read(&body, WrittenUser::Existing).unwrap();
            assert!(changes.password.is_none(), "{body}");
            assert_eq!(changes.force_change_password, force, "{body}");
            assert!(matches!(read(&body, WrittenUser::New), Err(Problem::Malformed(_))), "{body}");
        }
        let body = json!({"passwordProfile": {"password": "long enough"}});
        let changes = read(&body, WrittenUser::Existing).unwrap();
        assert!(!changes.password.unwrap().force_change);
        assert_eq!(changes.force_change_password, None, "a new password says it itself");
        for profile in [json!(null), json!({NOW: "yes"}), json!({NOW: null}), json!({NOW: true, "x": 1})] {
            let read = read(&json!({"passwordProfile": profile}), WrittenUser::Existing);
            assert!(matches!(read, Err(Problem::Malformed(_))), "{profile}");
        }
    }

    #[test]
    fn what_does_not_belong_is_refused() {
        for body in [
            json!({"isAdmin": true}),
            json!({"onPremisesSyncEnabled": true}),
            json!({"securityQuestions": []}),
            json!({"businessPhones": ["+1 4252345678", "+1 4252345679"]}),
            json!({"businessPhones": "+1 4252345678"}),
            json!({"mobilePhone": "425 234 5678"}),
            json!({"mobilePhone": ["+1 4252345678"]}),
            json!({"otherMails": "a@example.org"}),
            json!({"otherMails": ["a@example.org, b@example.org"]}),
            json!({"passwordProfile": {"password": "short"}}),
            json!({"passwordProfile": {}}),
            json!({"passwordProfile": {"password": "long enough", "x": 1}}),
            json!({"accountEnabled": "yes"}),
            json!({"displayName": "a\r\nb"}),
        ] {
            assert!(matches!(read(&body, WrittenUser::New), Err(Problem::Malformed(_))), "{body}");
        }
    }
}
