//! A planned user in the JSON of the Graph routes, and how it differs from the service's user.

use serde_json::{Map, Value, json};
use shared::directory::PlannedUser;
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;

/// The properties that belong to the directory if it owns the user.
const PHONES: [&str; 2] = ["mobilePhone", "businessPhones"];

/// The JSON of a new user: only properties with a value, and no phones yet. The phones follow once the user belongs to
/// the directory, so that they are recorded as the directory's, too.
pub(crate) fn new_user(user: &PlannedUser) -> Map<String, Value> {
    let mut body = planned(user);
    body.retain(|name, value| !PHONES.contains(&name.as_str()) && !is_none(value));
    body.insert("userPrincipalName".to_owned(), json!(user.name.canonical()));
    body.insert("accountEnabled".to_owned(), json!(true));
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
    let mobile = user.mobile_phone.iter().map(|phone| ("mobilePhone", json!(written(phone))));
    let office = user.business_phone.iter().map(|phone| ("businessPhones", json!(written(phone).as_slice())));
    let texts_of = |mails: &Vec<EmailAddress>| mails.iter().map(|mail| json!(mail.as_str())).collect();
    let mails = user.other_mails.iter().map(|mails| ("otherMails", texts_of(mails)));
    texts.chain(mobile).chain(office).chain(mails).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn is_none(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use shared::directory::{Format, Plan, read};

    use super::*;

    fn planned(csv: &str) -> PlannedUser {
        Plan::of(read(csv.as_bytes(), Format::Csv)).users.remove(0)
    }

    fn user(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    const ADELE: &str = "userPrincipalName,displayName,mobile,telephoneNumber,otherMailbox,otherMailbox\n\
                         Adele@Contoso.example,Adele,+14255550100,+1 425-555-0111x7,a@X.example,A@x.example\n";

    #[test]
    fn a_new_user_has_what_the_file_has_and_then_the_phones() {
        let adele = planned(ADELE);
        let body = json!({
            "userPrincipalName": "adele@contoso.example", "accountEnabled": true, "displayName": "Adele",
            "otherMails": ["a@x.example"]
        });
        assert_eq!(Value::Object(new_user(&adele)), body);
        let phones = json!({"mobilePhone": "+1 4255550100", "businessPhones": ["+1 4255550111x7"]});
        assert_eq!(Value::Object(differing(&adele, &user(&body))), phones);
        let empty = planned("userPrincipalName,mobile,telephoneNumber,otherMailbox\na@b.example,,,\n");
        let body = json!({"userPrincipalName": "a@b.example", "accountEnabled": true});
        assert_eq!(Value::Object(new_user(&empty)), body);
        assert!(differing(&empty, &user(&body)).is_empty());
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
    fn an_empty_cell_clears_and_a_missing_column_leaves() {
        let known = user(&json!({
            "displayName": "Adele", "mobilePhone": "+1 4255550100", "businessPhones": ["+1 4255550111"],
            "otherMails": ["a@x.example"]
        }));
        let empty = planned("userPrincipalName,displayName,mobile,telephoneNumber,otherMailbox\na@b.example,,,,\n");
        let cleared = json!({"mobilePhone": null, "businessPhones": [], "otherMails": []});
        assert_eq!(Value::Object(differing(&empty, &known)), cleared);
        assert!(differing(&planned("userPrincipalName\na@b.example\n"), &known).is_empty());
    }
}
