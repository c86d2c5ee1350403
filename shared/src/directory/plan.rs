//! The changes that an export requests for each person, validated by the rules of the administrators' routes for users.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::export::Export;
use super::findings::{Finding, Findings};
use super::ldif;
use super::options::{Format, Options, Source};
use super::person::{Person, SecretValue, Value};
use crate::account::{ProfileField, phone_on_file};
use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::phone::Phone;
use crate::identifiers::user_name::UserName;

/// The users that an export asks for, and everything in it that is not used.
pub struct Plan {
    /// The users, in the order of the file. No two have the same name.
    pub users: Vec<PlannedUser>,
    /// What was refused, skipped or noted.
    pub findings: Findings,
}

/// One user as the export describes them, to be created or changed.
///
/// `None` leaves a value as it is: the file does not speak of it, or its value was refused.
pub struct PlannedUser {
    /// The physical line on which the person begins, counted from 1.
    pub line: u64,
    /// The account's name.
    pub name: UserName,
    /// The descriptive values in the file; `None` clears one. The others stay as they are.
    pub profile: Vec<(ProfileField, Option<String>)>,
    /// The mobile phone; `Some(None)` clears it.
    pub mobile_phone: Option<Option<Phone>>,
    /// The office phone; `Some(None)` clears it.
    pub business_phone: Option<Option<Phone>>,
    /// The alternate mail addresses, each once; an empty list clears them.
    pub other_mails: Option<Vec<EmailAddress>>,
    /// Whether the account may be used. A new one may, if nothing is said.
    pub account_enabled: Option<bool>,
    /// Whether the directory owns the person from now on.
    pub is_owned_by_directory: bool,
    /// The password in clear text, not validated yet. It is used only if the account is created.
    pub password: Option<SecretValue>,
}

impl Plan {
    /// Reads an export and validates every value. What is refused joins the findings, and the rest is planned. Content
    /// that begins like LDIF is read as such, whatever format the file's name says.
    #[must_use]
    pub fn read(bytes: &[u8], format: Format, options: &Options) -> Self {
        let format = if ldif::begins(bytes) { Format::Ldif } else { format };
        Self::of(super::read(bytes, format, options), format, options)
    }

    /// Validates every value of an export.
    #[must_use]
    pub fn of(export: Export, format: Format, options: &Options) -> Self {
        let Export { people, mut findings } = export;
        let mut seen = BTreeMap::new();
        let mut users: Vec<PlannedUser> = Vec::with_capacity(people.len());
        for person in people {
            let name = match UserName::parse(&person.user_name.text) {
                Ok(name) => name,
                Err(rule) => {
                    findings.add(refused(&person.user_name, rule.to_string()));
                    continue;
                }
            };
            match seen.entry(name.canonical().to_owned()) {
                Entry::Vacant(first) => {
                    first.insert(users.len());
                    users.push(PlannedUser::validate(name, person, format, options, &mut findings));
                }
                // A second entry with the same name would put its values on the first one's account. But whom one of
                // them switches off is off.
                Entry::Occupied(first) => {
                    if person.is_off == Some(true) {
                        users[*first.get()].account_enabled = Some(false);
                    }
                    findings.add(refused(&person.user_name, "another entry of this file has the same name"));
                }
            }
        }
        Self { users, findings }
    }
}

impl PlannedUser {
    fn validate(name: UserName, person: Person, format: Format, options: &Options, findings: &mut Findings) -> Self {
        let mut profile = Vec::new();
        for (field, value) in person.profile {
            match value {
                Some(value) => {
                    let text = in_one_line(field, &value.text);
                    match field.validate(&text) {
                        Ok(()) => profile.push((field, Some(text.into_owned()))),
                        Err(rule) => findings.add(refused(&value, rule)),
                    }
                }
                // A person always has a name to be shown by.
                None if options.empty_clears && field != ProfileField::DisplayName => profile.push((field, None)),
                None => {}
            }
        }
        let is_said_to_be_owned = person.is_synchronized.unwrap_or(format == Format::Ldif);
        Self {
            line: person.line,
            name,
            profile,
            mobile_phone: phone(person.mobile, options, findings),
            business_phone: phone(person.office, options, findings),
            other_mails: mails(person.other_mails, options, findings),
            account_enabled: match person.is_off {
                Some(true) => Some(false),
                Some(false) if options.enable => Some(true),
                _ => None,
            },
            is_owned_by_directory: options.source.map_or(is_said_to_be_owned, |source| source == Source::Directory),
            password: person.password,
        }
    }
}

/// A descriptive text in one line, without line breaks and tabs. Directories store addresses over several lines, as
/// people write them on letters.
fn in_one_line(field: ProfileField, text: &str) -> Cow<'_, str> {
    let is_end = |c: char| matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    // In a mailbox they are a fault.
    if field == ProfileField::Mail || !text.contains(|c| is_end(c) || c == '\t') {
        return text.into();
    }
    let text = text.replace('\t', " ");
    let mut line = String::with_capacity(text.len());
    for part in text.split(is_end).map(str::trim).filter(|part| !part.is_empty()) {
        if !line.is_empty() {
            let is_listed = field == ProfileField::StreetAddress && !line.ends_with(',');
            line += if is_listed { ", " } else { " " };
        }
        line += part;
    }
    line.into()
}

fn phone(value: Option<Option<Value>>, options: &Options, findings: &mut Findings) -> Option<Option<Phone>> {
    let Some(value) = value? else {
        return options.empty_clears.then_some(None);
    };
    if has_idle_plus(&value.text) {
        findings.add(refused(&value, "contains “+” more than once; write it only before the country code"));
        return None;
    }
    let read = phone_on_file(&value.text, options.default_country);
    read.map(Some).map_err(|rule| findings.add(refused(&value, rule))).ok()
}

/// Whether a text has a further plus sign that begins no number of its own, as in `++1 4255550100`.
fn has_idle_plus(text: &str) -> bool {
    let digits = |part: &str| part.chars().filter(char::is_ascii_digit).count();
    text.matches('+').count() > 1 && text.split('+').filter(|part| digits(part) >= WHOLE_NUMBER_DIGITS).count() < 2
}

/// Fewest digits of a whole number, which tell two numbers from a single one with a further plus sign.
const WHOLE_NUMBER_DIGITS: usize = 7;

/// The addresses, each once. If all of them are refused, the stored addresses stay, as with a phone.
fn mails(values: Option<Vec<Value>>, options: &Options, findings: &mut Findings) -> Option<Vec<EmailAddress>> {
    let values = values?;
    let mut mails: Vec<EmailAddress> = Vec::new();
    for value in &values {
        match EmailAddress::parse(&value.text) {
            Ok(address) if mails.contains(&address) => {}
            Ok(address) => mails.push(address),
            Err(rule) => findings.add(refused(value, rule.to_string())),
        }
    }
    if values.is_empty() { options.empty_clears.then_some(mails) } else { (!mails.is_empty()).then_some(mails) }
}

fn refused(value: &Value, rule: impl Into<Cow<'static, str>>) -> Finding {
    Finding::refused(value.line, value.attribute, rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Verdict;
    use crate::identifiers::phone::Country;

    fn plan_by(options: &Options, csv: &str) -> (Vec<PlannedUser>, Vec<String>) {
        let plan = Plan::read(csv.as_bytes(), Format::Csv, options);
        let refused = plan.findings.iter().filter(|finding| finding.verdict == Verdict::Refused);
        (plan.users, refused.map(ToString::to_string).collect())
    }

    fn plan(csv: &str) -> (Vec<PlannedUser>, Vec<String>) {
        plan_by(&Options { no_contacts: true, ..Options::default() }, csv)
    }

    #[test]
    fn an_empty_cell_clears_only_if_that_is_wanted_and_a_missing_column_never_does() {
        let csv = "userPrincipalName,displayName,surname,mobile,telephoneNumber,otherMailbox\na@b.example,,,,,\n";
        let (users, _) = plan(csv);
        let user = &users[0];
        assert_eq!((&user.mobile_phone, &user.business_phone, &user.other_mails), (&None, &None, &None));
        assert_eq!(user.profile, []);
        let clearing = Options { empty_clears: true, no_contacts: true, ..Options::default() };
        let (users, _) = plan_by(&clearing, csv);
        let user = &users[0];
        assert_eq!((&user.mobile_phone, &user.business_phone), (&Some(None), &Some(None)));
        assert_eq!((&user.other_mails, &user.profile[..]), (&Some(Vec::new()), &[(ProfileField::Surname, None)][..]));
        let (users, _) = plan_by(&clearing, "userPrincipalName\na@b.example\n");
        let user = &users[0];
        assert_eq!((&user.mobile_phone, &user.business_phone, &user.other_mails), (&None, &None, &None));
    }

    #[test]
    fn nobody_is_enabled_unless_that_is_wanted() {
        let csv = "mail,mobile,accountEnabled\na@b.example,,False\nb@b.example,,True\nc@b.example,,\n";
        let enabled = |users: Vec<PlannedUser>| users.iter().map(|user| user.account_enabled).collect::<Vec<_>>();
        assert_eq!(enabled(plan(csv).0), [Some(false), None, None]);
        let enabling = Options { enable: true, ..Options::default() };
        assert_eq!(enabled(plan_by(&enabling, csv).0), [Some(false), Some(true), None]);
    }

    #[test]
    fn whom_a_second_entry_switches_off_is_off() {
        let (users, refused) = plan("mail,mobile,accountEnabled\na@b.example,,True\na@b.example,,False\n");
        assert_eq!((users[0].account_enabled, refused.len()), (Some(false), 1));
    }

    #[test]
    fn the_source_follows_from_the_format_the_column_or_the_choice() {
        let csv = "mail,mobile,onPremisesSyncEnabled\na@b.example,,True\nb@b.example,,False\nc@b.example,,\n";
        let owned = |users: Vec<PlannedUser>| users.iter().map(|user| user.is_owned_by_directory).collect::<Vec<_>>();
        assert_eq!(owned(plan(csv).0), [true, false, false]);
        let by = |source| Options { source: Some(source), ..Options::default() };
        assert_eq!(owned(plan_by(&by(Source::Directory), csv).0), [true; 3]);
        assert_eq!(owned(plan_by(&by(Source::Administrator), csv).0), [false; 3]);
        let ldif = b"dn: a\nmail: a@b.example\nmobile: +1 4255550100\n";
        assert_eq!(owned(Plan::read(ldif, Format::Ldif, &Options::default()).users), [true]);
        let administrators = by(Source::Administrator);
        assert_eq!(owned(Plan::read(ldif, Format::Ldif, &administrators).users), [false]);
    }

    #[test]
    fn national_numbers_are_read_only_with_a_country() {
        let csv = "mail,mobile,telephoneNumber\na@b.example,0151 12345678,+1 425 555 0100\nb@b.example,00491511234,\n";
        let (users, refused) = plan(csv);
        assert_eq!(users[0].mobile_phone, None);
        assert!(refused[0].contains("line 2: mobile: has no country code") && refused[0].contains("--default-country"));
        let germany = Options { default_country: Country::parse("DE").ok(), ..Options::default() };
        let (users, refused) = plan_by(&germany, csv);
        let lost_plus = "mail,mobile\na@b.example,4915112345678\nb@b.example,12\n";
        let (_, lost) = plan_by(&germany, lost_plus);
        assert!(lost[0].starts_with("line 2: mobile: may lack its +"), "{lost:?}");
        assert!(lost[1].starts_with("line 3: mobile: is too short or too long"), "{lost:?}");
        let written = |phone: &Option<Option<Phone>>| phone.as_ref().unwrap().as_ref().unwrap().written();
        assert_eq!(written(&users[0].mobile_phone), "+49 15112345678");
        assert_eq!(written(&users[0].business_phone), "+1 4255550100");
        assert_eq!(refused, ["line 3: mobile: begins with 00; write + in its place"]);
    }

    #[test]
    fn a_further_plus_sign_is_named() {
        let (users, refused) = plan(
            "mail,mobile\na@b.example,++14255550101\nb@b.example,+1+4255550101\nc@b.example,+14255550100+14255550101\n",
        );
        assert!(users.iter().all(|user| user.mobile_phone.is_none()));
        let rule = "mobile: contains “+” more than once; write it only before the country code";
        assert_eq!(
            refused,
            [
                format!("line 2: {rule}"),
                format!("line 3: {rule}"),
                "line 4: mobile: holds more than one number; keep one".to_owned()
            ]
        );
    }

    #[test]
    fn text_over_several_lines_becomes_one_line() {
        let csv = "mail,streetAddress,department,mobile\n\
                   a@b.example,\"1 Main St.\r\nBuilding 4,\r\n\r\nFloor 2\",\"Care\nand\tNursing\",\n";
        let (users, refused) = plan(csv);
        assert_eq!(refused.len(), 0, "{refused:?}");
        let text = |field| users[0].profile.iter().find(|(one, _)| *one == field).unwrap().1.as_deref().unwrap();
        assert_eq!(text(ProfileField::StreetAddress), "1 Main St., Building 4, Floor 2");
        assert_eq!(text(ProfileField::Department), "Care and Nursing");
        let base64 = data_encoding::BASE64.encode("1 Main St.\nFloor 2".as_bytes());
        let ldif = format!("dn: a\nmail: a@b.example\nmobile: +1 4255550100\nstreet:: {base64}\n");
        let users = Plan::read(ldif.as_bytes(), Format::Ldif, &Options::default()).users;
        let street = (ProfileField::StreetAddress, Some("1 Main St., Floor 2".to_owned()));
        assert!(users[0].profile.contains(&street), "{:?}", users[0].profile);
        let (users, refused) = plan("userPrincipalName,mail,city,mobile\na@b.example,\"a@b\n.example\",\"A\u{1}B\",\n");
        assert!(users[0].profile.is_empty());
        assert_eq!(refused.len(), 2, "a mailbox in two lines, and another control character: {refused:?}");
    }

    #[test]
    fn content_that_begins_like_ldif_is_ldif() {
        let ldif = "# a comment\n  folded\n\nDN: a\nmail: a@b.example\nmobile: +1 4255550100\n";
        let utf16: Vec<u8> = ldif.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let version = b"version: 1\ndn: a\nmail: a@b.example\nmobile: +1 4255550100\n";
        for bytes in [ldif.as_bytes(), &utf16, version] {
            let plan = Plan::read(bytes, Format::Csv, &Options::default());
            assert_eq!((plan.users.len(), plan.findings.refused()), (1, 0));
            assert!(plan.users[0].is_owned_by_directory, "as with any LDIF file");
        }
        for csv in
            ["version:v1.0,\nDN,mail,mobile\na,a@b.example,+1 4255550100\n", "#TYPE x\nmail,mobile\na@b.example,\n"]
        {
            let plan = Plan::read(csv.as_bytes(), Format::Csv, &Options::default());
            assert_eq!(plan.users.len(), 1, "{csv}");
            assert!(!plan.users[0].is_owned_by_directory);
        }
    }

    #[test]
    fn each_address_counts_once() {
        let (users, refused) =
            plan("userPrincipalName,otherMailbox,otherMailbox\nAdele@Contoso.example,a@X.example,A@x.example\n");
        assert_eq!((users[0].name.canonical(), refused.len()), ("adele@contoso.example", 0));
        let mails = users[0].other_mails.as_ref().unwrap();
        assert_eq!(mails.iter().map(EmailAddress::as_str).collect::<Vec<_>>(), ["a@x.example"]);
    }

    #[test]
    fn an_unreadable_value_is_named_and_leaves_the_stored_one() {
        let csv = format!(
            "userPrincipalName,givenName,sn,mail,mobile,telephoneNumber,otherMailbox\n\
             a@b.example,{},{},nobody,+49 30/123456,+1 900 555 0100,nobody\n",
            "x".repeat(65),
            "x".repeat(64)
        );
        let (users, refused) = plan(&csv);
        assert_eq!(
            refused,
            [
                "line 2: givenName: is empty, is too long or contains control characters",
                "line 2: mail: is not a valid email address",
                "line 2: mobile: contains “/”; use only digits, spaces, hyphens, dots and round brackets",
                "line 2: telephoneNumber: is a kind of number that cannot receive codes",
                "line 2: otherMailbox: a mail address has exactly one @",
            ]
        );
        let user = &users[0];
        assert_eq!(user.profile, [(ProfileField::Surname, Some("x".repeat(64)))]);
        assert_eq!((&user.mobile_phone, &user.business_phone, &user.other_mails), (&None, &None, &None));
    }

    #[test]
    fn a_name_that_is_none_or_stands_twice_plans_nobody() {
        let (users, refused) = plan("userPrincipalName,mobile\nnobody,+1 4255550100\na@b.example,\nA@b.example,1\n");
        assert_eq!(users.len(), 1);
        assert_eq!(
            refused,
            [
                "line 2: userPrincipalName: a user name has exactly one @",
                "line 4: userPrincipalName: another entry of this file has the same name",
            ]
        );
    }
}
