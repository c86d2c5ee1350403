//! The changes that an export requests for each person, validated by the rules of the administrators' routes for users.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::export::{Export, Reject};
use super::person::{MAIL, MOBILE, OFFICE, OTHER_MAILBOX, Person, SecretValue, Value};
use crate::account::{ProfileField, read_phone};
use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::phone::Phone;
use crate::identifiers::user_name::UserName;

/// The users that an export asks for, and everything in it that is not used.
pub struct Plan {
    /// The users, in the order of the file. No two have the same name.
    pub users: Vec<PlannedUser>,
    /// How many entries are not people.
    pub skipped: usize,
    /// The values and people that were refused, in no particular order.
    pub rejects: Vec<Reject>,
}

/// One user as the export describes them, to be created or changed.
///
/// `None` leaves a value as it is: the file does not cover it, or its value was refused.
pub struct PlannedUser {
    /// The physical line on which the person begins, counted from 1.
    pub line: u64,
    /// The account's name.
    pub name: UserName,
    /// The descriptive values in the file. The others stay as they are.
    pub profile: Vec<(ProfileField, String)>,
    /// The mobile phone; `Some(None)` clears it.
    pub mobile_phone: Option<Option<Phone>>,
    /// The office phone; `Some(None)` clears it.
    pub business_phone: Option<Option<Phone>>,
    /// The alternate mail addresses, each once; an empty list clears them.
    pub other_mails: Option<Vec<EmailAddress>>,
    /// The password in clear text, not validated yet. It is used only if the account is created.
    pub password: Option<SecretValue>,
}

impl Plan {
    /// Validates every value of an export. Refused values join the rejects, and the rest is planned.
    #[must_use]
    pub fn of(export: Export) -> Self {
        let columns = Columns {
            mobile: export.tells_of(MOBILE),
            office: export.tells_of(OFFICE),
            mails: export.tells_of(OTHER_MAILBOX) || export.tells_of(MAIL),
        };
        let Export { people, skipped, mut rejects, .. } = export;
        let mut seen = BTreeSet::new();
        let mut users = Vec::with_capacity(people.len());
        for person in people {
            match UserName::parse(&person.user_name.text) {
                Err(rule) => rejects.push(reject(&person.user_name, rule)),
                // A second entry with the same name would put its values on the first one's account.
                Ok(name) if !seen.insert(name.canonical().to_owned()) => {
                    rejects.push(reject(&person.user_name, "another entry of this file has the same name"));
                }
                Ok(name) => users.push(PlannedUser::validate(name, person, &columns, &mut rejects)),
            }
        }
        Self { users, skipped, rejects }
    }
}

/// Which contacts the file covers: a person without a value for one of them does not have it.
struct Columns {
    mobile: bool,
    office: bool,
    mails: bool,
}

impl PlannedUser {
    fn validate(name: UserName, person: Person, columns: &Columns, rejects: &mut Vec<Reject>) -> Self {
        let texts = [
            (ProfileField::DisplayName, person.display_name),
            (ProfileField::GivenName, person.given_name),
            (ProfileField::Surname, person.surname),
            (ProfileField::Mail, person.mail),
            (ProfileField::PreferredLanguage, person.preferred_language),
        ];
        let mut profile = Vec::new();
        for (field, value) in texts.into_iter().filter_map(|(field, value)| Some((field, value?))) {
            match field.validate(&value.text) {
                Ok(()) => profile.push((field, value.text)),
                Err(rule) => rejects.push(reject(&value, rule)),
            }
        }
        Self {
            line: person.line,
            name,
            profile,
            mobile_phone: phone(person.mobile.as_ref(), columns.mobile, rejects),
            business_phone: phone(person.office.as_ref(), columns.office, rejects),
            other_mails: mails(&person.other_mails, columns.mails, rejects),
            password: person.password,
        }
    }
}

fn phone(value: Option<&Value>, columns: bool, rejects: &mut Vec<Reject>) -> Option<Option<Phone>> {
    let Some(value) = value else {
        return columns.then_some(None);
    };
    read_phone(&value.text).map(Some).map_err(|rule| rejects.push(reject(value, rule))).ok()
}

/// The addresses, each once. If all of them are refused, the stored addresses stay, as with a phone.
fn mails(values: &[Value], columns: bool, rejects: &mut Vec<Reject>) -> Option<Vec<EmailAddress>> {
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
    (columns && !(mails.is_empty() && refused)).then_some(mails)
}

fn reject(value: &Value, rule: impl Display) -> Reject {
    Reject { line: value.line, attribute: value.attribute.to_owned(), rule: rule.to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, read};
    use super::*;

    fn plan(csv: &str) -> (Vec<PlannedUser>, Vec<String>) {
        let plan = Plan::of(read(csv.as_bytes(), Format::Csv));
        (plan.users, plan.rejects.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn an_empty_cell_clears_a_contact_and_a_missing_column_leaves_it() {
        let (users, _) = plan("userPrincipalName,displayName,mobile,telephoneNumber,otherMailbox\na@b.example,,,,\n");
        let user = &users[0];
        assert_eq!((&user.mobile_phone, &user.business_phone), (&Some(None), &Some(None)));
        assert_eq!((&user.other_mails, &user.profile), (&Some(Vec::new()), &Vec::new()));
        let (users, _) = plan("userPrincipalName\na@b.example\n");
        let user = &users[0];
        assert_eq!((&user.mobile_phone, &user.business_phone, &user.other_mails), (&None, &None, &None));
    }

    #[test]
    fn each_address_counts_once() {
        let (users, rejects) =
            plan("userPrincipalName,otherMailbox,otherMailbox\nAdele@Contoso.example,a@X.example,A@x.example\n");
        assert_eq!((users[0].name.canonical(), rejects.len()), ("adele@contoso.example", 0));
        let mails = users[0].other_mails.as_ref().unwrap();
        assert_eq!(mails.iter().map(EmailAddress::as_str).collect::<Vec<_>>(), ["a@x.example"]);
    }

    #[test]
    fn an_unreadable_value_is_named_and_leaves_the_stored_one() {
        let csv = format!(
            "userPrincipalName,givenName,sn,mail,mobile,telephoneNumber,otherMailbox\n\
             a@b.example,{},{},nobody,555 0100,+1 900 555 0100,nobody\n",
            "x".repeat(65),
            "x".repeat(64)
        );
        let (users, rejects) = plan(&csv);
        assert_eq!(
            rejects,
            [
                "line 2: givenName: is empty, is too long or contains control characters",
                "line 2: mail: is not a valid email address",
                "line 2: mobile: must be +CountryCode PhoneNumber, with an optional extension xNNNN",
                "line 2: telephoneNumber: is a kind of number that cannot receive codes",
                "line 2: otherMailbox: a mail address has exactly one @",
            ]
        );
        let user = &users[0];
        assert_eq!(user.profile, [(ProfileField::Surname, "x".repeat(64))]);
        assert_eq!((&user.mobile_phone, &user.business_phone, &user.other_mails), (&None, &None, &None));
    }

    #[test]
    fn a_name_that_is_none_or_stands_twice_plans_nobody() {
        let (users, rejects) = plan("userPrincipalName,mobile\nnobody,+1 4255550100\na@b.example,\nA@b.example,1\n");
        assert_eq!(users.len(), 1);
        assert_eq!(
            rejects,
            [
                "line 2: userPrincipalName: a user name has exactly one @",
                "line 4: userPrincipalName: another entry of this file has the same name",
            ]
        );
    }
}
