//! Accounts and the contacts by which their people are reached.
//!
//! Two sets stay apart. The *profile contact* is what an administrator or the directory wrote down; the
//! *registered methods* are what the person proved to possess, or an administrator registered for them.

mod change;
mod contact;

pub use contact::{
    Contact, ContactType, Destination, Facts, MAX_PAST_CONTACTS, PAST_CONTACT_DAYS, PastContact, ProfileContacts,
    RegisteredMethods, Removed, Source,
};

use contact::{email, phone};

use crate::email_address::EmailAddress;
use crate::key::Digests;
use crate::method::CodeMethod;
use crate::password::PasswordHash;
use crate::policy::Policy;
use crate::random::AccountId;
use crate::time::{HOUR, Moment};
use crate::user_name::UserName;

/// The properties that are stored and returned, and mean nothing here but the language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// `displayName`.
    pub display_name: Option<String>,
    /// `givenName`.
    pub given_name: Option<String>,
    /// `surname`.
    pub surname: Option<String>,
    /// `mail`.
    pub mail: Option<String>,
    /// `mailNickname`.
    pub mail_nickname: Option<String>,
    /// `jobTitle`.
    pub job_title: Option<String>,
    /// `preferredLanguage`.
    pub preferred_language: Option<String>,
    /// `usageLocation`.
    pub usage_location: Option<String>,
}

/// One person's account.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Its name for good.
    pub id: AccountId,
    /// Its userPrincipalName.
    pub user_name: UserName,
    /// Descriptive properties.
    pub profile: Profile,
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
    /// Contacts written down by others.
    pub contacts: ProfileContacts,
    /// Contacts registered.
    pub registered: RegisteredMethods,
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

/// Why a contact cannot be used for a reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// The policy offers no method that reaches it.
    MethodNotOffered,
    /// It was never registered, and the policy accepts only what was.
    NotRegistered,
    /// A registered value takes its place.
    Superseded,
    /// Only the first of several is used.
    NotFirst,
    /// Its owner removed it from their methods.
    Removed,
    /// It replaced a usable value, and the waiting time is not over.
    Waiting,
    /// The policy does not send to its country.
    CountryNotAllowed,
    /// It is a fixed line, which takes calls and no texts.
    FixedLine,
}

impl Unusable {
    /// The reason's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MethodNotOffered => "methodNotOffered",
            Self::NotRegistered => "notRegistered",
            Self::Superseded => "superseded",
            Self::NotFirst => "notFirst",
            Self::Removed => "removed",
            Self::Waiting => "waiting",
            Self::CountryNotAllowed => "countryNotAllowed",
            Self::FixedLine => "fixedLine",
        }
    }
}

/// Fewest hours that a privileged user's replaced contact waits, whatever the policy says.
const ADMIN_REPLACEMENT_HOURS: u64 = 24;

impl Account {
    /// An enabled account with nothing but a name.
    #[must_use]
    pub fn new(id: AccountId, user_name: UserName, now: Moment) -> Self {
        Self {
            id,
            user_name,
            profile: Profile::default(),
            enabled: true,
            is_admin: false,
            on_premises_sync_enabled: false,
            password: None,
            force_change_password: false,
            contacts: ProfileContacts::default(),
            registered: RegisteredMethods::default(),
            removed: Vec::new(),
            past: Vec::new(),
            confirmed_at: None,
            sign_in_sessions_valid_from: None,
            created_at: now,
            version: 1,
        }
    }

    /// Where a method's code would go now, by the policy.
    ///
    /// The registered value if there is one, else (while the policy accepts it) the profile value.
    ///
    /// # Errors
    /// [`Unusable`], or `None` inside the error where there is no value at all.
    pub fn destination(
        &self,
        method: CodeMethod,
        policy: &Policy,
        now: Moment,
    ) -> Result<Destination, Option<Unusable>> {
        if !policy.offers(crate::method::Method::Code(method)) {
            return Err(Some(Unusable::MethodNotOffered));
        }
        let kind = ContactType::of(method);
        if let Some((value, contact)) = self.registered(kind) {
            self.judge(method, &value, contact, policy, now)?;
            return Ok(value);
        }
        let (value, contact) = self.on_file(kind).ok_or(None)?;
        if !policy.accept_directory_contacts {
            return Err(Some(Unusable::NotRegistered));
        }
        self.judge(method, &value, contact, policy, now)?;
        if self.is_removed(kind, &value, contact.set_at) {
            return Err(Some(Unusable::Removed));
        }
        Ok(value)
    }

    /// Whether the account can pass as many gates as it needs, by different methods and destinations.
    #[must_use]
    pub fn can_reset(&self, policy: &Policy, now: Moment) -> bool {
        self.ways(policy, now).len() >= usize::from(policy.gates(self.is_admin))
    }

    /// The distinct destinations by which a code can reach the person now, with a method for each.
    #[must_use]
    pub fn ways(&self, policy: &Policy, now: Moment) -> Vec<(CodeMethod, Destination)> {
        let mut ways: Vec<(CodeMethod, Destination)> = Vec::new();
        for method in CodeMethod::ALL {
            if let Ok(destination) = self.destination(method, policy, now)
                && ways.iter().all(|(_, known)| known.identity() != destination.identity())
            {
                ways.push((method, destination));
            }
        }
        ways
    }

    /// Whether the registered methods alone, with different destinations, suffice for a reset.
    #[must_use]
    pub fn is_registered(&self, policy: &Policy, now: Moment) -> bool {
        let usable =
            |kind: &ContactType| kind.methods().iter().any(|method| self.destination(*method, policy, now).is_ok());
        let mut identities: Vec<String> = ContactType::ALL
            .into_iter()
            .filter(usable)
            .filter_map(|kind| Some(self.registered(kind)?.0.identity()))
            .collect();
        identities.sort();
        identities.dedup();
        identities.len() >= usize::from(policy.gates(self.is_admin))
    }

    /// The registered value of a type.
    #[must_use]
    pub fn registered(&self, kind: ContactType) -> Option<(Destination, Facts)> {
        match kind {
            ContactType::MobilePhone => self.registered.phone.as_ref().map(phone),
            ContactType::OfficePhone => self.registered.office_phone.as_ref().map(phone),
            ContactType::Email => self.registered.email.as_ref().map(email),
        }
    }

    /// The profile value of a type; of several mail addresses the first.
    #[must_use]
    pub fn on_file(&self, kind: ContactType) -> Option<(Destination, Facts)> {
        match kind {
            ContactType::MobilePhone => self.contacts.mobile_phone.as_ref().map(phone),
            ContactType::OfficePhone => self.contacts.business_phone.as_ref().map(phone),
            ContactType::Email => self.contacts.other_mails.first().map(email),
        }
    }

    /// Why a profile value cannot be used; `None` where it can.
    #[must_use]
    pub fn reason(&self, kind: ContactType, policy: &Policy, now: Moment) -> Option<Unusable> {
        let mut reason = None;
        for method in kind.methods() {
            match self.destination(*method, policy, now) {
                Ok(_) => return None,
                Err(why) => reason = reason.or(why),
            }
        }
        reason
    }

    /// Every contact that is to be told of a change: the present ones and those of the last 30 days.
    #[must_use]
    pub fn told(&self, now: Moment) -> Vec<Destination> {
        let present = [self.registered.phone.as_ref(), self.registered.office_phone.as_ref()]
            .into_iter()
            .chain([self.contacts.mobile_phone.as_ref(), self.contacts.business_phone.as_ref()])
            .flatten()
            .map(|contact| Destination::Phone(contact.value.clone()));
        let mails = self.registered.email.iter().chain(&self.contacts.other_mails);
        // The primary address is told, too, and is never where a code goes.
        let primary = self.profile.mail.as_deref().and_then(|mail| EmailAddress::parse(mail).ok());
        let mails = mails.map(|contact| contact.value.clone()).chain(primary).map(Destination::Email);
        let past = self.past.iter().filter(|past| past.until.plus(PAST_CONTACT_DAYS * 24 * HOUR) > now);
        let mut told: Vec<Destination> = Vec::new();
        for destination in present.chain(mails).chain(past.map(|past| past.value.clone())) {
            if told.iter().all(|known| known.identity() != destination.identity()) {
                told.push(destination);
            }
        }
        told
    }

    fn judge(
        &self,
        method: CodeMethod,
        value: &Destination,
        facts: Facts,
        policy: &Policy,
        now: Moment,
    ) -> Result<(), Option<Unusable>> {
        if let Destination::Phone(phone) = value {
            if !policy.allows(phone.country()) {
                return Err(Some(Unusable::CountryNotAllowed));
            }
            if method == CodeMethod::MobileSms && !phone.texts() {
                return Err(Some(Unusable::FixedLine));
            }
        }
        let hours = u64::from(policy.replaced_contact_delay_hours);
        let hours = if self.is_admin { hours.max(ADMIN_REPLACEMENT_HOURS) } else { hours };
        let waits = facts.replaced_usable && facts.verified_at.is_none();
        if waits && facts.set_at.plus(hours * HOUR) > now {
            return Err(Some(Unusable::Waiting));
        }
        Ok(())
    }

    /// A removed value counts again only where it was set later *and* differs from what was removed.
    fn is_removed(&self, kind: ContactType, value: &Destination, set_at: Moment) -> bool {
        self.removed
            .iter()
            .filter(|removed| removed.kind == kind)
            .any(|removed| set_at <= removed.at || removed.value.identity() == value.identity())
    }
}

/// What a reset remembers of the account that it was bound to, so that setting the password needs no
/// second read: the write's condition on `version` tells when it is stale.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The account.
    pub account: AccountId,
    /// Its version then.
    pub version: u64,
    /// Whether it was privileged then.
    pub is_admin: bool,
    /// What a password must not contain.
    pub context: PasswordFacts,
}

/// What a new password is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordFacts {
    /// The local part of the user name.
    pub local_part: String,
    /// Phones in E.164 and mail addresses.
    pub contacts: Vec<Destination>,
}

impl Account {
    /// What a reset remembers of this account.
    #[must_use]
    pub fn bound(&self, now: Moment) -> Bound {
        Bound {
            account: self.id.clone(),
            version: self.version,
            is_admin: self.is_admin,
            context: PasswordFacts { local_part: self.user_name.local_part().to_owned(), contacts: self.told(now) },
        }
    }
}

/// The rows that budgets of one owner are kept under: an account for good, or a name that is nobody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A known account, whatever its user name becomes.
    Account(AccountId),
    /// A name that no account bears.
    Nobody(Digests),
}

impl Owner {
    /// The row key.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Account(id) => format!("account.{}", id.as_str()),
            Self::Nobody(names) => format!("nobody.{}", names.current()),
        }
    }
}
