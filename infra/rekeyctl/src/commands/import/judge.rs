//! What an export says of a person, judged as the service's own loader judges it, and how it differs from what the
//! service has.

use serde_json::{Map, Value, json};
use shared::directory::{Export, MAIL, MOBILE, OFFICE, OTHER_MAILBOX, Person, Reject, Value as Given};
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::user_name::UserName;
use shared::use_cases::admin_set_contact::phone;

/// Longest display name and mail address, in characters: what the service takes, as Graph documents it.
const MAX_TEXT: usize = 256;
/// Longest given name, surname and language, in characters, for the same reason.
const MAX_SHORT_TEXT: usize = 64;

/// The properties that belong to the directory, where a user does.
const PHONES: [&str; 2] = ["mobilePhone", "businessPhones"];

/// Which contacts the file tells of, for those who have them and those who do not.
pub(crate) struct Told {
    mobile: bool,
    office: bool,
    mails: bool,
}

impl Told {
    /// Reads it off the export.
    pub(crate) fn by(export: &Export) -> Self {
        Self {
            mobile: export.tells_of(MOBILE),
            office: export.tells_of(OFFICE),
            mails: export.tells_of(OTHER_MAILBOX) || export.tells_of(MAIL),
        }
    }
}

/// A person as the export wants them.
pub(crate) struct Wanted {
    /// The account's name.
    pub(crate) name: UserName,
    /// Where the person stands in the file.
    pub(crate) line: u64,
    /// Properties by their names in Graph. What was refused, or is not told of, is not among them and stays as it is.
    properties: Map<String, Value>,
}

impl Wanted {
    /// Judges a person's values; what is refused is added to the rejects. `None` where the name is refused.
    pub(crate) fn judge(person: &Person, told: &Told, rejects: &mut Vec<Reject>) -> Option<Self> {
        let name = UserName::parse(&person.user_name.text);
        let name = name.map_err(|rule| rejects.push(reject(&person.user_name, rule))).ok()?;
        let mut properties = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                properties.insert(name.to_owned(), value);
            }
        };
        put("displayName", text(person.display_name.as_ref(), MAX_TEXT, rejects));
        put("givenName", text(person.given_name.as_ref(), MAX_SHORT_TEXT, rejects));
        put("surname", text(person.surname.as_ref(), MAX_SHORT_TEXT, rejects));
        put("mail", text(person.mail.as_ref(), MAX_TEXT, rejects));
        put("preferredLanguage", text(person.preferred_language.as_ref(), MAX_SHORT_TEXT, rejects));
        let mobile = written(person.mobile.as_ref(), told.mobile, rejects);
        put("mobilePhone", mobile.map(|phone| json!(phone)));
        let office = written(person.office.as_ref(), told.office, rejects);
        put("businessPhones", office.map(|phone| json!(phone.as_slice())));
        put("otherMails", mails(&person.other_mails, told.mails, rejects).map(|mails| json!(mails)));
        Some(Self { name, line: person.line, properties })
    }

    /// The person as a new user: only what there is, and the phones not yet. They follow when the user is the
    /// directory's, so that they are recorded as the directory's, too.
    pub(crate) fn new_user(&self) -> Map<String, Value> {
        let mut body = self.properties.clone();
        body.retain(|name, value| !PHONES.contains(&name.as_str()) && !is_none(value));
        body.insert("userPrincipalName".to_owned(), json!(self.name.canonical()));
        body.insert("accountEnabled".to_owned(), json!(true));
        body
    }

    /// The properties that the user has otherwise.
    pub(crate) fn differing(&self, user: &Map<String, Value>) -> Map<String, Value> {
        let differs = |name: &str, value: &Value| user.get(name).map_or(!is_none(value), |known| known != value);
        let differing = self.properties.iter().filter(|(name, value)| differs(name, value));
        differing.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

fn is_none(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// A descriptive value; one that the file does not have leaves what is there.
fn text(value: Option<&Given>, most: usize, rejects: &mut Vec<Reject>) -> Option<Value> {
    let value = value?;
    let fits = value.text.chars().count() <= most && !value.text.chars().any(char::is_control);
    if !fits {
        rejects.push(reject(value, format_args!("at most {most} characters without control characters")));
    }
    fits.then(|| json!(value.text))
}

/// A phone as the service writes it; `Some(None)` clears, `None` leaves what is there.
fn written(value: Option<&Given>, told: bool, rejects: &mut Vec<Reject>) -> Option<Option<String>> {
    let Some(value) = value else {
        return told.then_some(None);
    };
    match phone(&value.text) {
        Ok(phone) => Some(Some(phone.written())),
        Err(problem) => {
            rejects.push(reject(value, problem.detail()));
            None
        }
    }
}

/// The addresses, each once; `None` leaves what is there, as it does where every one was refused.
fn mails(values: &[Given], told: bool, rejects: &mut Vec<Reject>) -> Option<Vec<String>> {
    let before = rejects.len();
    let mut mails: Vec<EmailAddress> = Vec::new();
    for value in values {
        match EmailAddress::parse(&value.text) {
            Ok(address) if mails.contains(&address) => {}
            Ok(address) => mails.push(address),
            Err(rule) => rejects.push(reject(value, rule)),
        }
    }
    let refused = rejects.len() > before;
    let taken = told && !(mails.is_empty() && refused);
    taken.then(|| mails.iter().map(|mail| mail.as_str().to_owned()).collect())
}

/// A reject of one value.
pub(crate) fn reject(value: &Given, rule: impl std::fmt::Display) -> Reject {
    Reject { line: value.line, attribute: value.attribute.to_owned(), rule: rule.to_string() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use shared::directory::{Format, read};

    use super::*;

    fn judged(csv: &str) -> (Option<Wanted>, Vec<String>) {
        let export = read(csv.as_bytes(), Format::Csv);
        let mut rejects = Vec::new();
        let wanted = Wanted::judge(&export.people[0], &Told::by(&export), &mut rejects);
        (wanted, rejects.iter().map(ToString::to_string).collect())
    }

    fn user(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    const ADELE: &str = "userPrincipalName,displayName,mobile,telephoneNumber,otherMailbox,otherMailbox\n\
                         Adele@Contoso.example,Adele,+14255550100,+1 425-555-0111x7,a@X.example,A@x.example\n";

    #[test]
    fn a_new_user_has_what_the_file_has_and_then_the_phones() {
        let (wanted, rejects) = judged(ADELE);
        let (wanted, body) = (
            wanted.unwrap(),
            json!({
                "userPrincipalName": "adele@contoso.example", "accountEnabled": true, "displayName": "Adele",
                "otherMails": ["a@x.example"]
            }),
        );
        assert_eq!((Value::Object(wanted.new_user()), rejects), (body.clone(), vec![]));
        let phones = json!({"mobilePhone": "+1 4255550100", "businessPhones": ["+1 4255550111x7"]});
        assert_eq!(Value::Object(wanted.differing(&user(&body))), phones);
        let (wanted, _) = judged("userPrincipalName,mobile,telephoneNumber,otherMailbox\na@b.example,,,\n");
        let (wanted, body) = (wanted.unwrap(), json!({"userPrincipalName": "a@b.example", "accountEnabled": true}));
        assert_eq!(Value::Object(wanted.new_user()), body);
        assert!(wanted.differing(&user(&body)).is_empty());
    }

    #[test]
    fn only_what_differs_is_sent() {
        let (wanted, _) = judged(ADELE);
        let wanted = wanted.unwrap();
        let same = json!({
            "displayName": "Adele", "mobilePhone": "+1 4255550100", "businessPhones": ["+1 4255550111x7"],
            "otherMails": ["a@x.example"], "jobTitle": "Architect", "surname": "Vance"
        });
        assert!(wanted.differing(&user(&same)).is_empty());
        let mut other = user(&same);
        other.insert("businessPhones".to_owned(), json!(["+1 4255550111"]));
        other.insert("otherMails".to_owned(), json!([]));
        let differing = json!({"businessPhones": ["+1 4255550111x7"], "otherMails": ["a@x.example"]});
        assert_eq!(Value::Object(wanted.differing(&other)), differing);
    }

    #[test]
    fn an_empty_cell_clears_and_a_missing_column_leaves() {
        let known = json!({
            "displayName": "Adele", "mobilePhone": "+1 4255550100", "businessPhones": ["+1 4255550111"],
            "otherMails": ["a@x.example"]
        });
        let (wanted, _) =
            judged("userPrincipalName,displayName,mobile,telephoneNumber,otherMailbox\na@b.example,,,,\n");
        let cleared = json!({"mobilePhone": null, "businessPhones": [], "otherMails": []});
        assert_eq!(Value::Object(wanted.unwrap().differing(&user(&known))), cleared);
        let (wanted, _) = judged("userPrincipalName\na@b.example\n");
        assert!(wanted.unwrap().differing(&user(&known)).is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_named_and_leaves_what_is_there() {
        let long = "x".repeat(65);
        let csv = format!(
            "userPrincipalName,givenName,sn,mobile,telephoneNumber,otherMailbox\n\
             a@b.example,{long},{},555 0100,+1 900 555 0100,nobody\n",
            "x".repeat(64)
        );
        let (wanted, rejects) = judged(&csv);
        assert_eq!(
            rejects,
            [
                "line 2: givenName: at most 64 characters without control characters",
                "line 2: mobile: a phone is +CountryCode PhoneNumber, with an optional extension xNNNN",
                "line 2: telephoneNumber: numbers of this kind cannot be sent to",
                "line 2: otherMailbox: a mail address has exactly one @",
            ]
        );
        let wanted = wanted.unwrap();
        assert_eq!(wanted.properties.keys().collect::<Vec<_>>(), ["surname"]);
        let (wanted, rejects) = judged("userPrincipalName,mobile\nnobody,+1 4255550100\n");
        assert!(wanted.is_none());
        assert_eq!(rejects, ["line 2: userPrincipalName: a user name has exactly one @"]);
    }
}
