//! A planned user in the JSON of the Graph routes, and how it differs from the service's user.

use serde_json::{Map, Value, json};
use shared::account::ProfileField;
use shared::directory::PlannedUser;
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;

/// The property that marks a user's phones as owned by a directory.
pub(crate) const OWNED: &str = "onPremisesSyncEnabled";
const ENABLED: &str = "accountEnabled";
const MOBILE: &str = "mobilePhone";
const OFFICE: &str = "businessPhones";
const MAILS: &str = "otherMails";

/// The properties that a known user is compared by, for `$select`.
pub(crate) fn select() -> String {
    let fixed = [MOBILE, OFFICE, MAILS, ENABLED, OWNED, "isAdmin"];
    let texts = ProfileField::ALL.iter().map(|field| field.as_str());
    texts.chain(fixed).collect::<Vec<_>>().join(",")
}

/// The JSON of a new user: only properties with a value, and no phones yet if the directory will own them. Those follow
/// together with its mark, so that they are recorded as the directory's.
pub(crate) fn new_user(user: &PlannedUser) -> Map<String, Value> {
    let mut body = planned(user);
    let waits = |name: &str| user.is_owned_by_directory && [MOBILE, OFFICE].contains(&name);
    body.retain(|name, value| !waits(name) && !is_none(value));
    body.insert("userPrincipalName".to_owned(), json!(user.name.written()));
    body.entry(ENABLED).or_insert(json!(true));
    body
}

/// The planned properties that differ from the user's current ones.
pub(crate) fn differing(user: &PlannedUser, known: &Map<String, Value>) -> Map<String, Value> {
    let mut properties = planned(user);
    properties.retain(|name, value| known.get(name).map_or(!is_none(value), |known| known != value));
    properties
}

/// Properties by their names in Graph, without those that the plan leaves as they are.
fn planned(user: &PlannedUser) -> Map<String, Value> {
    let texts = user.profile.iter().map(|(field, text)| (field.as_str(), json!(text)));
    let written = |phone: &Option<Phone>| phone.as_ref().map(Phone::written);
    let mobile = user.mobile_phone.iter().map(|phone| (MOBILE, json!(written(phone))));
    let office = user.business_phone.iter().map(|phone| (OFFICE, json!(written(phone).as_slice())));
    let texts_of = |mails: &Vec<EmailAddress>| mails.iter().map(|mail| json!(mail.as_str())).collect();
    let mails = user.other_mails.iter().map(|mails| (MAILS, texts_of(mails)));
    let enabled = user.account_enabled.iter().map(|enabled| (ENABLED, json!(enabled)));
    let all = texts.chain(mobile).chain(office).chain(mails).chain(enabled);
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn is_none(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use shared::directory::{Format, Options, Plan, Source};

    use super::*;

    fn planned_by(options: &Options, csv: &str) -> PlannedUser {
        Plan::read(csv.as_bytes(), Format::Csv, options).users.remove(0)
    }

    fn planned(csv: &str) -> PlannedUser {
        planned_by(&Options { no_contacts: true, ..Options::default() }, csv)
    }

    fn user(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    const ADELE: &str = "userPrincipalName,displayName,mobile,telephoneNumber,otherMailbox,otherMailbox\n\
                         Adele@Contoso.example,Adele,+14255550100,+1 425-555-0111x7,a@X.example,A@x.example\n";

    #[test]
    fn a_new_user_has_what_the_file_has_and_a_directorys_phones_follow() {
        let phones = json!({"mobilePhone": "+1 4255550100", "businessPhones": ["+1 4255550111x7"]});
        let mut body = json!({
            "userPrincipalName": "Adele@Contoso.example", "accountEnabled": true, "displayName": "Adele",
            "otherMails": ["a@x.example"]
        });
        let owned = planned_by(&Options { source: Some(Source::Directory), ..Options::default() }, ADELE);
        assert_eq!(Value::Object(new_user(&owned)), body);
        assert_eq!(Value::Object(differing(&owned, &user(&body))), phones);
        let adele = planned(ADELE);
        body.as_object_mut().unwrap().extend(user(&phones));
        assert_eq!(Value::Object(new_user(&adele)), body);
        assert!(differing(&adele, &user(&body)).is_empty());
        let empty = planned("userPrincipalName,mobile,telephoneNumber,otherMailbox\na@b.example,,,\n");
        let body = json!({"userPrincipalName": "a@b.example", "accountEnabled": true});
        assert_eq!(Value::Object(new_user(&empty)), body);
        assert!(differing(&empty, &user(&body)).is_empty());
    }

    #[test]
    fn who_is_switched_off_in_the_file_is_switched_off() {
        let gone = planned("mail,mobile,accountEnabled\na@b.example,,False\n");
        assert_eq!(new_user(&gone)["accountEnabled"], false);
        let change = differing(&gone, &user(&json!({"accountEnabled": true, "mail": "a@b.example"})));
        assert_eq!(Value::Object(change), json!({"accountEnabled": false}));
        let here = planned("mail,mobile,accountEnabled\na@b.example,,True\n");
        assert!(differing(&here, &user(&json!({"accountEnabled": false, "mail": "a@b.example"}))).is_empty());
    }

    #[test]
    fn only_what_differs_is_sent() {
        let adele = planned(ADELE);
        let same = json!({
            "displayName": "Adele", "mobilePhone": "+1 4255550100", "businessPhones": ["+1 4255550111x7"],
            "otherMails": ["a@x.example"], "jobTitle": "Architect", "surname": "Vance"
        });
        assert!(differing(&adele, &user(&same)).is_empty());
        let mut other = user(&same);
        other.insert("businessPhones".to_owned(), json!(["+1 4255550111"]));
        other.insert("otherMails".to_owned(), json!([]));
        let expected = json!({"businessPhones": ["+1 4255550111x7"], "otherMails": ["a@x.example"]});
        assert_eq!(Value::Object(differing(&adele, &other)), expected);
    }

    #[test]
    fn an_empty_cell_clears_only_if_that_is_wanted() {
        let known = user(&json!({
            "displayName": "Adele", "mobilePhone": "+1 4255550100", "businessPhones": ["+1 4255550111"],
            "otherMails": ["a@x.example"], "surname": "Vance"
        }));
        let csv = "userPrincipalName,displayName,surname,mobile,telephoneNumber,otherMailbox\na@b.example,,,,,\n";
        assert!(differing(&planned(csv), &known).is_empty());
        let empty = planned_by(&Options { empty_clears: true, ..Options::default() }, csv);
        let cleared = json!({"mobilePhone": null, "businessPhones": [], "otherMails": [], "surname": null});
        assert_eq!(Value::Object(differing(&empty, &known)), cleared);
    }
}
