//! Accounts and the contacts that reach their owners.
//!
//! An account has two separate sets of contacts. The *profile contacts* were set by an administrator or a directory.
//! The *registered methods* were proved by the person or registered for them by an administrator.

mod change;
mod contact;
mod diff;
mod eligibility;
mod on_file;
mod profile;
pub mod questions;
mod registered;
mod registration;
pub mod search;
mod snapshot;
#[cfg(test)]
mod tests;

pub use contact::{
    Contact, ContactType, Contacts, Destination, MAX_PAST_CONTACTS, PAST_CONTACT_DAYS, PastContact,
    RegisteredQuestions, RemovedContact, Slot, Source, Undeliverable, destination_digest,
};
pub(crate) use diff::revokes;
pub use eligibility::Unusable;
pub use on_file::{MAX_OTHER_MAILS, phone_on_file, read_phone};
pub use profile::ProfileField;
pub use snapshot::{AccountSnapshot, Owner, PasswordFacts, ReachableMethod};

use std::collections::BTreeMap;

use crate::credentials::password::PasswordHash;
use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::user_name::UserName;
use crate::random::AccountId;
use crate::time::{HOUR, Moment};

/// One person's account.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Permanent id; it survives a change of the user name.
    pub id: AccountId,
    /// The userPrincipalName.
    pub user_name: UserName,
    /// Descriptive properties; a property that the person lacks has no entry.
    pub profile: BTreeMap<ProfileField, String>,
    /// Whether the account may sign in and be reset.
    pub enabled: bool,
    /// Whether the account is privileged. It then always needs two gates, and changing its contacts needs a higher
    /// permission.
    pub is_admin: bool,
    /// Whether a directory owns `mobilePhone` and `businessPhones`.
    pub on_premises_sync_enabled: bool,
    /// The password's verifier, if a password is set.
    pub password: Option<PasswordHash>,
    /// Whether the password must be changed at the next sign-in.
    pub force_change_password: bool,
    /// All profile contacts and registered methods.
    pub contacts: Contacts,
    /// How many security questions are registered and since when; `None` if there are none.
    pub questions: Option<RegisteredQuestions>,
    /// Values that were removed from the registered methods. They must not come back by themselves.
    pub removed: Vec<RemovedContact>,
    /// Former contacts that are still notified of changes.
    pub past: Vec<PastContact>,
    /// When the person last confirmed their registered methods.
    pub confirmed_at: Option<Moment>,
    /// Sessions that began before this moment must be ended.
    pub sign_in_sessions_valid_from: Option<Moment>,
    /// When the account was created.
    pub created_at: Moment,
    /// Incremented by every change, except when the same password is only hashed again. A write succeeds only if the
    /// version is still the one that was read.
    pub version: u64,
}

impl Account {
    /// An enabled account that has only an id and a user name.
    #[must_use]
    pub fn new(id: AccountId, user_name: UserName, now: Moment) -> Self {
        Self {
            id,
            user_name,
            profile: BTreeMap::new(),
            enabled: true,
            is_admin: false,
            on_premises_sync_enabled: false,
            password: None,
            force_change_password: false,
            contacts: Contacts::default(),
            questions: None,
            removed: Vec::new(),
            past: Vec::new(),
            confirmed_at: None,
            sign_in_sessions_valid_from: None,
            created_at: now,
            version: 1,
        }
    }

    /// Whether a session that began with a sign-in at this moment has ended: sessions were ended since, or the account
    /// is younger. A token that does not say when its user signed in belongs to no session that lasts.
    #[must_use]
    pub fn has_ended(&self, signed_in_at: Option<Moment>) -> bool {
        let valid_from = self.sign_in_sessions_valid_from.map_or(self.created_at, |at| at.max(self.created_at));
        signed_in_at.is_none_or(|at| at < valid_from)
    }

    /// The registered contact of a type.
    #[must_use]
    pub fn registered(&self, kind: ContactType) -> Option<&Contact> {
        self.contacts.get(kind.registered_slot())
    }

    /// The profile contact of a type; if there are several mail addresses, the first.
    #[must_use]
    pub fn on_file(&self, kind: ContactType) -> Option<&Contact> {
        self.contacts.get(kind.profile_slot())
    }

    /// The primary address (`mail`), if it is a valid mail address.
    #[must_use]
    pub fn primary_mail(&self) -> Option<EmailAddress> {
        self.profile.get(&ProfileField::Mail).and_then(|mail| EmailAddress::parse(mail).ok())
    }

    /// The `preferredLanguage` property.
    #[must_use]
    pub fn preferred_language(&self) -> Option<&str> {
        self.profile.get(&ProfileField::PreferredLanguage).map(String::as_str)
    }

    /// Marks every contact with this destination as one that a message did not reach at this moment. Returns `false` if
    /// there is nothing to write: no contact has it, or each is marked so or was set or proved later.
    pub(crate) fn mark_undeliverable(&mut self, destination: &Destination, why: Undeliverable, at: Moment) -> bool {
        self.contacts.set_undeliverable(destination, Some(why), at)
    }

    /// Whether messages reach a destination, as far as is known.
    pub(crate) fn is_reached(&self, destination: &Destination) -> bool {
        let mut unreached = self.contacts.iter().filter(|(_, contact)| contact.undeliverable.is_some());
        unreached.all(|(_, contact)| contact.value.identity() != destination.identity())
    }

    /// Every destination to notify of a change: the current contacts, the primary address, and the contacts of the last
    /// 30 days. Each destination is listed once, and those that messages no longer reach are left out.
    #[must_use]
    pub fn to_notify(&self, now: Moment) -> Vec<Destination> {
        let present = self.contacts.iter().map(|(_, contact)| contact.value.clone());
        // The alternate phone and the primary address are notified too, although no code ever goes there.
        let present = present.chain(self.primary_mail().map(Destination::Email));
        let past = self.past.iter().filter(|past| past.until.plus(PAST_CONTACT_DAYS * 24 * HOUR) > now);
        let mut notified: Vec<Destination> = Vec::new();
        for destination in present.chain(past.map(|past| past.value.clone())) {
            let is_known = notified.iter().any(|known| known.identity() == destination.identity());
            if !is_known && self.is_reached(&destination) {
                notified.push(destination);
            }
        }
        notified
    }
}
