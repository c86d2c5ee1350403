//! The row of an account, with its contacts as maps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::account::{
    Account, Contact, ContactType, Destination, PastContact, ProfileContacts, ProfileField, RegisteredMethods,
    RegisteredQuestions, Removed, Source,
};
use shared::credentials::password::PasswordHash;
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;
use shared::identifiers::user_name::UserName;
use shared::random::AccountId;
use shared::time::Moment;

use super::row::{BadRow, DestinationRow, left_out};

/// The item's kind.
pub(super) const KIND: &str = "account";

#[derive(Serialize, Deserialize)]
pub(super) struct AccountRow {
    id: String,
    user_name: String,
    profile: BTreeMap<ProfileField, String>,
    enabled: bool,
    is_admin: bool,
    on_premises_sync_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<PasswordRow>,
    force_change_password: bool,
    contacts: ContactsRow,
    registered: RegisteredRow,
    removed: Vec<RemovedRow>,
    past: Vec<PastRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in_sessions_valid_from: Option<u64>,
    created_at: u64,
    version: u64,
}

/// A password's verifier as a row keeps it.
#[derive(Serialize, Deserialize)]
pub(super) struct PasswordRow {
    hash: String,
    pepper: u32,
}

#[derive(Serialize, Deserialize)]
struct ContactsRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_phone: Option<ContactRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    business_phone: Option<ContactRow>,
    other_mails: Vec<ContactRow>,
}

#[derive(Serialize, Deserialize)]
struct RegisteredRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<ContactRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alternate_phone: Option<ContactRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    office_phone: Option<ContactRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<ContactRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    questions: Option<RegisteredQuestionsRow>,
}

#[derive(Serialize, Deserialize)]
struct RegisteredQuestionsRow {
    count: u8,
    set_at: u64,
}

#[derive(Serialize, Deserialize)]
struct ContactRow {
    value: String,
    source: String,
    set_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_at: Option<u64>,
    replaced_usable: bool,
}

#[derive(Serialize, Deserialize)]
struct RemovedRow {
    contact: String,
    value: DestinationRow,
    at: u64,
}

#[derive(Serialize, Deserialize)]
struct PastRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    value: DestinationRow,
    usable: bool,
    until: u64,
}

/// What a kept contact's value is written as and read from.
trait Value: Sized {
    fn written(&self) -> String;
    fn read(text: &str) -> Option<Self>;
}

impl Value for Phone {
    fn written(&self) -> String {
        Phone::written(self)
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Value for EmailAddress {
    fn written(&self) -> String {
        self.as_str().to_owned()
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl<V: Value> From<&Contact<V>> for ContactRow {
    fn from(contact: &Contact<V>) -> Self {
        Self {
            value: contact.value.written(),
            source: contact.source.as_str().to_owned(),
            set_at: contact.set_at.millis(),
            verified_at: contact.verified_at.map(Moment::millis),
            replaced_usable: contact.replaced_usable,
        }
    }
}

impl ContactRow {
    /// Reads a contact; one whose value a newer numbering plan no longer reads is left out, so that it
    /// costs its owner that contact and not the account.
    fn contact<V: Value>(self, field: &'static str) -> Result<Option<Contact<V>>, BadRow> {
        let source = Source::parse(&self.source).ok_or(BadRow)?;
        let Some(value) = V::read(&self.value) else {
            left_out(field);
            return Ok(None);
        };
        Ok(Some(Contact {
            value,
            source,
            set_at: Moment::from_millis(self.set_at),
            verified_at: self.verified_at.map(Moment::from_millis),
            replaced_usable: self.replaced_usable,
        }))
    }
}

fn contact<V: Value>(row: Option<ContactRow>, field: &'static str) -> Result<Option<Contact<V>>, BadRow> {
    Ok(row.map(|row| row.contact(field)).transpose()?.flatten())
}

impl From<&PasswordHash> for PasswordRow {
    fn from(password: &PasswordHash) -> Self {
        Self { hash: password.as_str().to_owned(), pepper: password.pepper_version() }
    }
}

impl TryFrom<PasswordRow> for PasswordHash {
    type Error = BadRow;

    fn try_from(row: PasswordRow) -> Result<Self, BadRow> {
        Self::parse(&row.hash, row.pepper).map_err(|_| BadRow)
    }
}

impl AccountRow {
    /// The row of an account as of a version.
    pub(super) fn new(account: &Account, version: u64) -> Self {
        let (contacts, registered) = (&account.contacts, &account.registered);
        Self {
            id: account.id.as_str().to_owned(),
            user_name: account.user_name.canonical().to_owned(),
            profile: account.profile.clone(),
            enabled: account.enabled,
            is_admin: account.is_admin,
            on_premises_sync_enabled: account.on_premises_sync_enabled,
            password: account.password.as_ref().map(PasswordRow::from),
            force_change_password: account.force_change_password,
            contacts: ContactsRow {
                mobile_phone: contacts.mobile_phone.as_ref().map(ContactRow::from),
                business_phone: contacts.business_phone.as_ref().map(ContactRow::from),
                other_mails: contacts.other_mails.iter().map(ContactRow::from).collect(),
            },
            registered: RegisteredRow {
                phone: registered.phone.as_ref().map(ContactRow::from),
                alternate_phone: registered.alternate_phone.as_ref().map(ContactRow::from),
                office_phone: registered.office_phone.as_ref().map(ContactRow::from),
                email: registered.email.as_ref().map(ContactRow::from),
                questions: registered.questions.as_ref().map(RegisteredQuestionsRow::from),
            },
            removed: account.removed.iter().map(RemovedRow::from).collect(),
            past: account.past.iter().map(PastRow::from).collect(),
            confirmed_at: account.confirmed_at.map(Moment::millis),
            sign_in_sessions_valid_from: account.sign_in_sessions_valid_from.map(Moment::millis),
            created_at: account.created_at.millis(),
            version,
        }
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = BadRow;

    fn try_from(row: AccountRow) -> Result<Self, BadRow> {
        let past: Vec<Option<PastContact>> = row.past.into_iter().map(PastRow::contact).collect::<Result<_, _>>()?;
        Ok(Self {
            id: AccountId::parse(&row.id).ok_or(BadRow)?,
            user_name: UserName::parse(&row.user_name).map_err(|_| BadRow)?,
            profile: row.profile,
            enabled: row.enabled,
            is_admin: row.is_admin,
            on_premises_sync_enabled: row.on_premises_sync_enabled,
            password: row.password.map(PasswordHash::try_from).transpose()?,
            force_change_password: row.force_change_password,
            contacts: row.contacts.try_into()?,
            registered: row.registered.try_into()?,
            removed: row.removed.into_iter().map(Removed::try_from).collect::<Result<_, _>>()?,
            past: past.into_iter().flatten().collect(),
            confirmed_at: row.confirmed_at.map(Moment::from_millis),
            sign_in_sessions_valid_from: row.sign_in_sessions_valid_from.map(Moment::from_millis),
            created_at: Moment::from_millis(row.created_at),
            version: row.version,
        })
    }
}

impl TryFrom<ContactsRow> for ProfileContacts {
    type Error = BadRow;

    fn try_from(row: ContactsRow) -> Result<Self, BadRow> {
        let mails = row.other_mails.into_iter().map(|mail| mail.contact("contacts.other_mails"));
        let mails: Vec<Option<Contact<EmailAddress>>> = mails.collect::<Result<_, _>>()?;
        Ok(Self {
            mobile_phone: contact(row.mobile_phone, "contacts.mobile_phone")?,
            business_phone: contact(row.business_phone, "contacts.business_phone")?,
            other_mails: mails.into_iter().flatten().collect(),
        })
    }
}

impl TryFrom<RegisteredRow> for RegisteredMethods {
    type Error = BadRow;

    fn try_from(row: RegisteredRow) -> Result<Self, BadRow> {
        Ok(Self {
            phone: contact(row.phone, "registered.phone")?,
            alternate_phone: contact(row.alternate_phone, "registered.alternate_phone")?,
            office_phone: contact(row.office_phone, "registered.office_phone")?,
            email: contact(row.email, "registered.email")?,
            questions: row.questions.map(RegisteredQuestions::from),
        })
    }
}

impl From<&RegisteredQuestions> for RegisteredQuestionsRow {
    fn from(questions: &RegisteredQuestions) -> Self {
        Self { count: questions.count, set_at: questions.set_at.millis() }
    }
}

impl From<RegisteredQuestionsRow> for RegisteredQuestions {
    fn from(row: RegisteredQuestionsRow) -> Self {
        Self { count: row.count, set_at: Moment::from_millis(row.set_at) }
    }
}

impl From<&Removed> for RemovedRow {
    fn from(removed: &Removed) -> Self {
        Self {
            contact: removed.kind.as_str().to_owned(),
            value: DestinationRow::from(&removed.value),
            at: removed.at.millis(),
        }
    }
}

impl TryFrom<RemovedRow> for Removed {
    type Error = BadRow;

    /// Never left out: what was removed would come back by itself.
    fn try_from(row: RemovedRow) -> Result<Self, BadRow> {
        Ok(Self {
            kind: ContactType::parse(&row.contact).ok_or(BadRow)?,
            value: Destination::try_from(row.value)?,
            at: Moment::from_millis(row.at),
        })
    }
}

impl From<&PastContact> for PastRow {
    fn from(past: &PastContact) -> Self {
        Self {
            contact: past.kind.map(|kind| kind.as_str().to_owned()),
            value: DestinationRow::from(&past.value),
            usable: past.usable,
            until: past.until.millis(),
        }
    }
}

impl PastRow {
    /// Reads a past contact; one whose value a newer numbering plan no longer reads is left out.
    fn contact(self) -> Result<Option<PastContact>, BadRow> {
        let kind = self.contact.map(|name| ContactType::parse(&name).ok_or(BadRow)).transpose()?;
        let Ok(value) = Destination::try_from(self.value) else {
            left_out("past");
            return Ok(None);
        };
        let until = Moment::from_millis(self.until);
        Ok(Some(PastContact { kind, value, usable: self.usable, until }))
    }
}
