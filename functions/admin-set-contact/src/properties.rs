//! The properties of a user in a Graph body, read one by one. An unknown property is refused.

use serde_json::Value;
use shared::account::{MAX_OTHER_MAILS, ProfileField};
use shared::http::Problem;
use shared::http::graph::is_property;
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;
use shared::identifiers::user_name::UserName;
use shared::use_cases::admin_set_contact::{Changes, NewPassword};

use crate::member::{BODY, boolean, email_address, malformed, phone, text, unknown};

/// Whether the user is being created. Some properties exist only for an existing user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WrittenUser {
    New,
    Existing,
}

/// Reads the properties of a user's JSON object.
pub(crate) fn read(body: &Value, written: WrittenUser) -> Result<Changes, Problem> {
    let mut changes = Changes::default();
    for (name, value) in body.as_object().into_iter().flatten() {
        property(&mut changes, name, value, written)?;
    }
    Ok(changes)
}

fn property(changes: &mut Changes, name: &str, value: &Value, written: WrittenUser) -> Result<(), Problem> {
    match (name, written) {
        ("userPrincipalName", _) => {
            let parsed = UserName::parse(text(name, value)?);
            changes.user_name = Some(parsed.map_err(|_| malformed(name, "is not a valid user name"))?);
        }
        ("accountEnabled", _) => changes.enabled = Some(boolean(name, value)?),
        ("isAdmin", WrittenUser::Existing) => changes.is_admin = Some(boolean(name, value)?),
        ("onPremisesSyncEnabled", WrittenUser::Existing) => {
            changes.on_premises_sync_enabled = Some(!value.is_null() && boolean(name, value)?);
        }
        ("mobilePhone", _) => changes.mobile_phone = Some(optional(value, |value| phone(name, value))?),
        ("businessPhones", _) => changes.business_phone = Some(one_phone(value)?),
        ("otherMails", _) => changes.other_mails = Some(mails(value)?),
        ("passwordProfile", _) => password(changes, value, written)?,
        (name, _) => {
            let field = ProfileField::parse(name).ok_or_else(|| refused(name))?;
            if field == ProfileField::DisplayName && value.is_null() {
                return Err(malformed(name, "cannot be emptied"));
            }
            changes.profile.push((field, optional(value, |value| profile_text(field, value))?));
        }
    }
    Ok(())
}

/// The refusal of a property that this request does not set, though another may.
fn refused(name: &str) -> Problem {
    if is_property(name) { malformed(name, "cannot be set by this request") } else { unknown(BODY, name) }
}

/// Reads a value; `null` clears the property.
fn optional<T>(value: &Value, read: impl FnOnce(&Value) -> Result<T, Problem>) -> Result<Option<T>, Problem> {
    if value.is_null() { Ok(None) } else { read(value).map(Some) }
}

fn profile_text(field: ProfileField, value: &Value) -> Result<String, Problem> {
    let text = text(field.as_str(), value)?;
    field.validate(text).map_err(|rule| malformed(field.as_str(), rule))?;
    Ok(text.to_owned())
}

fn one_phone(value: &Value) -> Result<Option<Phone>, Problem> {
    match list("businessPhones", value)? {
        [] => Ok(None),
        [one] => phone("businessPhones[0]", one).map(Some),
        _ => Err(malformed("businessPhones", "must have at most one number")),
    }
}

fn mails(value: &Value) -> Result<Vec<EmailAddress>, Problem> {
    let list = list("otherMails", value)?;
    if list.len() > MAX_OTHER_MAILS {
        return Err(malformed("otherMails", &format!("must have at most {MAX_OTHER_MAILS} addresses")));
    }
    list.iter().enumerate().map(|(at, value)| email_address(&format!("otherMails[{at}]"), value)).collect()
}

/// The elements of a list; `null` is an empty one.
fn list<'a>(path: &str, value: &'a Value) -> Result<&'a [Value], Problem> {
    match value {
        Value::Null => Ok(&[]),
        Value::Array(list) => Ok(list),
        _ => Err(malformed(path, "must be a list")),
    }
}

/// Reads a password profile. Without a password it only says whether an existing user must change the present password at
/// the next sign-in; an empty profile changes nothing. A new user needs a password.
fn password(changes: &mut Changes, value: &Value, written: WrittenUser) -> Result<(), Problem> {
    const PASSWORD: &str = "passwordProfile.password";
    let profile = value.as_object().ok_or_else(|| malformed("passwordProfile", "must be an object"))?;
    let (mut force, mut password) = (None, None);
    for (name, value) in profile {
        match name.as_str() {
            "password" => password = Some(text(PASSWORD, value)?),
            "forceChangePasswordNextSignIn" | "forceChangePasswordNextSignInWithMfa" => {
                let is_forced = boolean(&format!("passwordProfile.{name}"), value)?;
                force = Some(force.unwrap_or(false) | is_forced);
            }
            _ => return Err(unknown("passwordProfile", name)),
        }
    }
    match (password, written) {
        (Some(password), _) => {
            let new = NewPassword::new(password, force.unwrap_or(false));
            changes.password = Some(new.map_err(|rule| malformed(PASSWORD, rule))?);
        }
        (None, WrittenUser::Existing) => changes.force_change_password = force,
        (None, WrittenUser::New) => return Err(malformed(PASSWORD, "is missing")),
    }
    Ok(())
}

#[cfg(test)]
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
    fn a_refusal_names_the_property_and_its_rule() {
        let many = vec!["a@example.org"; MAX_OTHER_MAILS + 1];
        for (body, rule) in [
            (json!({"isAdmin": true}), "isAdmin cannot be set by this request"),
            (json!({"onPremisesSyncEnabled": true}), "onPremisesSyncEnabled cannot be set by this request"),
            (json!({"id": "x"}), "id cannot be set by this request"),
            (json!({"securityQuestions": []}), "securityQuestions is not a known property"),
            (json!({"no word": []}), "the body has a property that is not known"),
            (json!({"userPrincipalName": 1}), "userPrincipalName must be a string"),
            (json!({"userPrincipalName": "x"}), "userPrincipalName is not a valid user name"),
            (
                json!({"businessPhones": ["+1 4252345678", "+1 4252345679"]}),
                "businessPhones must have at most one number",
            ),
            (json!({"businessPhones": "+1 4252345678"}), "businessPhones must be a list"),
            (json!({"businessPhones": [null]}), "businessPhones[0] must be a string"),
            (
                json!({"mobilePhone": "425 234 5678"}),
                "mobilePhone must be +CountryCode PhoneNumber, with an optional extension xNNNN",
            ),
            (json!({"mobilePhone": ["+1 4252345678"]}), "mobilePhone must be a string"),
            (json!({"otherMails": "a@example.org"}), "otherMails must be a list"),
            (json!({"otherMails": many}), "otherMails must have at most 250 addresses"),
            (json!({"otherMails": ["a@example.org", 1]}), "otherMails[1] must be a string"),
            (json!({"otherMails": ["a@example.org, b@example.org"]}), "otherMails[0] is not a valid email address"),
            (json!({"passwordProfile": []}), "passwordProfile must be an object"),
            (json!({"passwordProfile": {"password": 1}}), "passwordProfile.password must be a string"),
            (
                json!({"passwordProfile": {"password": "x".repeat(257)}}),
                "passwordProfile.password must have at most 256 characters",
            ),
            (json!({"passwordProfile": {}}), "passwordProfile.password is missing"),
            (
                json!({"passwordProfile": {"password": "long enough", "x": 1}}),
                "passwordProfile.x is not a known property",
            ),
            (json!({"accountEnabled": "yes"}), "accountEnabled must be true or false"),
            (json!({"displayName": "a\r\nb"}), "displayName is empty, is too long or contains control characters"),
            (json!({"displayName": " \u{3164}"}), "displayName is empty, is too long or contains control characters"),
            (json!({"displayName": null}), "displayName cannot be emptied"),
            (json!({"displayName": 1}), "displayName must be a string"),
            (json!({"mail": "x"}), "mail is not a valid email address"),
        ] {
            assert_eq!(read(&body, WrittenUser::New).err(), Some(Problem::malformed(rule)), "{body}");
        }
        let existing = |body| read(&body, WrittenUser::Existing).err();
        let rule = "onPremisesSyncEnabled must be true or false";
        assert_eq!(existing(json!({"onPremisesSyncEnabled": "yes"})), Some(Problem::malformed(rule)));
        assert_eq!(existing(json!({"isAdmin": null})), Some(Problem::malformed("isAdmin must be true or false")));
    }
}
