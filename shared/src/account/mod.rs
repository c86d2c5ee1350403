//! Accounts and the contacts by which their people are reached.
//!
//! Two sets stay apart. The *profile contact* is what an administrator or the directory wrote down; the
//! *registered methods* are what the person proved to possess, or an administrator registered for them.

mod change;
mod contact;
mod diff;
mod eligibility;
mod on_file;
mod profile;
pub mod questions;
mod registered;
mod registration;
mod snapshot;
#[cfg(all(test, feature = "testing"))]
#[allow(clippy::unwrap_used)]
mod tests;

pub use contact::{
    Contact, ContactType, Contacts, Destination, MAX_PAST_CONTACTS, PAST_CONTACT_DAYS, PastContact,
    RegisteredQuestions, Removed, Slot, Source, destination_digest,
};
pub(crate) use diff::revokes;
pub use eligibility::Unusable;
pub use on_file::{MAX_OTHER_MAILS, read_phone};
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
    /// Its name for good.
    pub id: AccountId,
    /// Its userPrincipalName.
    pub user_name: UserName,
    /// Descriptive properties; one that the person does not have is left out.
    pub profile: BTreeMap<ProfileField, String>,
    /// Whether it may sign in and be reset.
    pub enabled: bool,
    /// Whether it is privileged: two gates always, and its contacts need a higher permission.
    pub is_admin: bool,
    /// Whether a directory owns `mobilePhone` and `businessPhones`.
    pub on_premises_sync_enabled: bool,
    /// The password's verifier.
    pub password: Option<PasswordHash>,
    /// Whether the password is to be changed at the next sign-in.
    pub force_change_password: bool,
    /// Every contact, in the profile or registered.
    pub contacts: Contacts,
    /// That security questions are registered.
    pub questions: Option<RegisteredQuestions>,
    /// Registered values that were removed.
    pub removed: Vec<Removed>,
    /// Contacts of the past.
    pub past: Vec<PastContact>,
    /// When the person last confirmed their registered contacts.
    pub confirmed_at: Option<Moment>,
    /// Sessions begun before this moment are to be ended.
    pub sign_in_sessions_valid_from: Option<Moment>,
    /// When it was created.
    pub created_at: Moment,
    /// Counts changes; every write demands the version that it read.
    pub version: u64,
}

impl Account {
    /// An enabled account with nothing but a name.
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

    /// The registered contact of a type.
    #[must_use]
    pub fn registered(&self, kind: ContactType) -> Option<&Contact> {
        self.contacts.get(kind.registered_slot())
    }

    /// The profile's contact of a type; of several mail addresses the first.
    #[must_use]
    pub fn on_file(&self, kind: ContactType) -> Option<&Contact> {
        self.contacts.get(kind.profile_slot())
    }

    /// The primary address (`mail`), where it is one that can be told.
    #[must_use]
    pub fn primary_mail(&self) -> Option<EmailAddress> {
        self.profile.get(&ProfileField::Mail).and_then(|mail| EmailAddress::parse(mail).ok())
    }

    /// The language that the person prefers.
    #[must_use]
    pub fn preferred_language(&self) -> Option<&str> {
        self.profile.get(&ProfileField::PreferredLanguage).map(String::as_str)
    }

    /// Every contact that is to be told of a change: the present ones and those of the last 30 days.
    #[must_use]
    pub fn to_notify(&self, now: Moment) -> Vec<Destination> {
        let usable = self.contacts.iter().filter(|(slot, _)| *slot != Slot::AlternatePhone);
        let present = usable.map(|(_, contact)| contact.value.clone());
        // The primary address is told, too, and is never where a code goes.
        let present = present.chain(self.primary_mail().map(Destination::Email));
        let past = self.past.iter().filter(|past| past.until.plus(PAST_CONTACT_DAYS * 24 * HOUR) > now);
        let mut notified: Vec<Destination> = Vec::new();
        for destination in present.chain(past.map(|past| past.value.clone())) {
            if notified.iter().all(|known| known.identity() != destination.identity()) {
                notified.push(destination);
            }
        }
        notified
    }
}
