//! The row of an account; its contacts are maps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::account::{
    Account, Contact, ContactType, Destination, PastContact, ProfileField, RegisteredQuestions, RemovedContact, Slot,
    Source, Undeliverable,
};
use shared::credentials::password::PasswordHash;
use shared::identifiers::user_name::UserName;
use shared::random::AccountId;
use shared::time::Moment;

use super::row::{BadRow, DestinationRow, left_out};

/// The item's kind.
pub(super) const KIND: &str = "account";

#[derive(Serialize, Deserialize)]
pub(super) struct AccountRow {
    id: AccountId,
    user_name: String,
    profile: BTreeMap<ProfileField, String>,
    enabled: bool,
    is_admin: bool,
    on_premises_sync_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<PasswordRow>,
    force_change_password: bool,
    contacts: BTreeMap<Slot, Vec<ContactRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    questions: Option<RegisteredQuestions>,
    removed: Vec<RemovedRow>,
    past: Vec<PastRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in_sessions_valid_from: Option<Moment>,
    created_at: Moment,
    version: u64,
}

/// A password's verifier as a row stores it.
#[derive(Serialize, Deserialize)]
pub(super) struct PasswordRow {
    hash: String,
    pepper: u32,
}

#[derive(Serialize, Deserialize)]
struct ContactRow {
    value: String,
    source: Source,
    set_at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_at: Option<Moment>,
    replaced_usable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    undeliverable: Option<Undeliverable>,
}

#[derive(Serialize, Deserialize)]
struct RemovedRow {
    contact: ContactType,
    value: DestinationRow,
    at: Moment,
}

#[derive(Serialize, Deserialize)]
struct PastRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactType>,
    value: DestinationRow,
    usable: bool,
    until: Moment,
}

impl From<&Contact> for ContactRow {
    fn from(contact: &Contact) -> Self {
        Self {
            value: contact.value.written(),
            source: contact.source,
            set_at: contact.set_at,
            verified_at: contact.verified_at,
            replaced_usable: contact.replaced_usable,
            undeliverable: contact.undeliverable,
        }
    }
}

impl ContactRow {
    /// Reads a contact. If a newer numbering plan no longer accepts its value, the contact is left out: its owner loses
    /// that contact, not the account.
    fn contact(self, slot: Slot) -> Option<Contact> {
        let Some(value) = slot.parse_value(&self.value) else {
            left_out(slot.as_str());
            return None;
        };
        Some(Contact {
            value,
            source: self.source,
            set_at: self.set_at,
            verified_at: self.verified_at,
            replaced_usable: self.replaced_usable,
            undeliverable: self.undeliverable,
        })
    }
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
    /// The row of an account at a version.
    pub(super) fn new(account: &Account, version: u64) -> Self {
        let mut contacts = BTreeMap::<Slot, Vec<ContactRow>>::new();
        for (slot, contact) in account.contacts.iter() {
            contacts.entry(slot).or_default().push(contact.into());
        }
        Self {
            id: account.id.clone(),
            user_name: account.user_name.written().to_owned(),
            profile: account.profile.clone(),
            enabled: account.enabled,
            is_admin: account.is_admin,
            on_premises_sync_enabled: account.on_premises_sync_enabled,
            password: account.password.as_ref().map(PasswordRow::from),
            force_change_password: account.force_change_password,
            contacts,
            questions: account.questions,
            removed: account.removed.iter().map(RemovedRow::from).collect(),
            past: account.past.iter().map(PastRow::from).collect(),
            confirmed_at: account.confirmed_at,
            sign_in_sessions_valid_from: account.sign_in_sessions_valid_from,
            created_at: account.created_at,
            version,
        }
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = BadRow;

    fn try_from(row: AccountRow) -> Result<Self, BadRow> {
        let contacts = row.contacts.into_iter().flat_map(|(slot, contacts)| {
            contacts.into_iter().filter_map(move |contact| Some((slot, contact.contact(slot)?)))
        });
        Ok(Self {
            id: row.id,
            user_name: UserName::parse(&row.user_name).map_err(|_| BadRow)?,
            profile: row.profile,
            enabled: row.enabled,
            is_admin: row.is_admin,
            on_premises_sync_enabled: row.on_premises_sync_enabled,
            password: row.password.map(PasswordHash::try_from).transpose()?,
            force_change_password: row.force_change_password,
            contacts: contacts.collect(),
            questions: row.questions,
            removed: row.removed.into_iter().map(RemovedContact::try_from).collect::<Result<_, _>>()?,
            past: row.past.into_iter().filter_map(PastRow::contact).collect(),
            confirmed_at: row.confirmed_at,
            sign_in_sessions_valid_from: row.sign_in_sessions_valid_from,
            created_at: row.created_at,
            version: row.version,
        })
    }
}

impl From<&RemovedContact> for RemovedRow {
    fn from(removed: &RemovedContact) -> Self {
        Self { contact: removed.kind, value: DestinationRow::from(&removed.value), at: removed.at }
    }
}

impl TryFrom<RemovedRow> for RemovedContact {
    type Error = BadRow;

    /// Never left out: otherwise the removed contact would come back by itself.
    fn try_from(row: RemovedRow) -> Result<Self, BadRow> {
        Ok(Self { kind: row.contact, value: Destination::try_from(row.value)?, at: row.at })
    }
}

impl From<&PastContact> for PastRow {
    fn from(past: &PastContact) -> Self {
        Self { contact: past.kind, value: DestinationRow::from(&past.value), usable: past.usable, until: past.until }
    }
}

impl PastRow {
    /// Reads a past contact. It is left out if a newer numbering plan no longer accepts its value.
    fn contact(self) -> Option<PastContact> {
        let Ok(value) = Destination::try_from(self.value) else {
            left_out("past");
            return None;
        };
        Some(PastContact { kind: self.contact, value, usable: self.usable, until: self.until })
    }
}
