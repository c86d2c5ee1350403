//! The sample people: a fictional company, loaded if no file is named.

use serde::Serialize;
use shared::account::ProfileField;
use shared::directory::{Format, Options, Plan, PlannedUser};
use shared::identifiers::email_address::EmailAddress;

/// The export that they are loaded from.
pub(crate) const SAMPLE: &[u8] = include_bytes!("../../sample.ldif");
/// The one of them who administers the others. No export says who does.
pub(crate) const ADMINISTRATOR: &str = "ida@contoso.example";

/// One of the sample people, as they were created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SamplePerson {
    /// The name that the person signs in with.
    pub user_principal_name: String,
    /// The person's name.
    pub display_name: String,
    /// Whether the person is an administrator.
    pub is_admin: bool,
    /// The mobile phone, if there is one.
    pub mobile_phone: Option<String>,
    /// The office phone, if there is one.
    pub business_phones: Vec<String>,
    /// The mail addresses that codes are sent to.
    pub other_mails: Vec<String>,
    /// The password that the person was created with.
    pub password: String,
}

/// The plan that loads them.
pub(crate) fn plan() -> Plan {
    Plan::read(SAMPLE, Format::Ldif, &Options::default())
}

/// All sample people, in the order of the export.
pub(crate) fn people() -> Vec<SamplePerson> {
    plan().users.iter().map(person).collect()
}

fn person(user: &PlannedUser) -> SamplePerson {
    let display_name = user.profile.iter().find(|(field, _)| *field == ProfileField::DisplayName);
    let written = |phone: &Option<Option<_>>| phone.as_ref().and_then(Option::as_ref).map(phone_text);
    let mails = user.other_mails.iter().flatten().map(EmailAddress::as_str);
    SamplePerson {
        user_principal_name: user.name.canonical().to_owned(),
        display_name: display_name.and_then(|(_, name)| name.clone()).unwrap_or_default(),
        is_admin: user.name.canonical() == ADMINISTRATOR,
        mobile_phone: written(&user.mobile_phone),
        business_phones: written(&user.business_phone).into_iter().collect(),
        other_mails: mails.map(str::to_owned).collect(),
        password: user.password.as_ref().map(|password| password.expose().to_owned()).unwrap_or_default(),
    }
}

fn phone_text(phone: &shared::identifiers::phone::Phone) -> String {
    phone.written()
}

#[cfg(test)]
mod tests {
    use shared::directory::Verdict;

    use super::*;

    #[test]
    fn the_sample_is_clean_and_has_an_administrator() {
        assert!(plan().findings.iter().all(|finding| finding.verdict == Verdict::Skipped));
        let people = people();
        assert_eq!(people.iter().filter(|person| person.is_admin).count(), 1);
        assert!(people.iter().all(|person| !person.password.is_empty() && !person.display_name.is_empty()));
        assert_eq!(people[0].mobile_phone.as_deref(), Some("+1 4255550100"));
    }
}
