//! Contacts: their values, who set them, and where they are stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::credentials::key::NameKeys;
use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::phone::Phone;
use crate::policy::method::CodeMethod;
use crate::time::Moment;

/// Who set a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// A directory export or synchronisation.
    Directory,
    /// An administrator, through the Graph routes.
    Administrator,
    /// The person, after proving possession.
    User,
}

impl Source {
    /// The source's name on the wire and in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Administrator => "administrator",
            Self::User => "user",
        }
    }

    /// Whether this is one of the two.
    pub(super) fn is_either(self, one: Self, other: Self) -> bool {
        self == one || self == other
    }
}

/// Where an account stores a contact. The *profile* holds the contacts that an administrator or the directory set. The
/// *registered* methods were proved by the person or registered for them by an administrator. Contacts are listed in
/// the order of these variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Slot {
    /// Authentication Phone, registered.
    AuthenticationPhone,
    /// A second mobile phone, registered: stored and listed, never used for a reset.
    AlternatePhone,
    /// `mobilePhone` of the profile.
    MobilePhone,
    /// The office phone, registered.
    AuthenticationOfficePhone,
    /// The one element of `businessPhones` of the profile.
    BusinessPhones,
    /// Authentication Email, registered.
    AuthenticationEmail,
    /// `otherMails` of the profile; only the first is used for a reset.
    OtherMails,
}

impl Slot {
    /// The slots of the registered methods.
    pub const REGISTERED: [Self; 4] =
        [Self::AuthenticationPhone, Self::AlternatePhone, Self::AuthenticationOfficePhone, Self::AuthenticationEmail];

    /// The slot's name in the table; for a profile slot, also its name in Graph.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthenticationPhone => "authenticationPhone",
            Self::AlternatePhone => "alternatePhone",
            Self::MobilePhone => "mobilePhone",
            Self::AuthenticationOfficePhone => "authenticationOfficePhone",
            Self::BusinessPhones => "businessPhones",
            Self::AuthenticationEmail => "authenticationEmail",
            Self::OtherMails => "otherMails",
        }
    }

    /// The name of the contact type in reports and in the audit.
    #[must_use]
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::AuthenticationPhone | Self::MobilePhone => ContactType::MobilePhone.as_str(),
            Self::AlternatePhone => "alternateMobilePhone",
            Self::AuthenticationOfficePhone | Self::BusinessPhones => ContactType::OfficePhone.as_str(),
            Self::AuthenticationEmail | Self::OtherMails => ContactType::Email.as_str(),
        }
    }

    /// The contact type for which a reset may use this slot; `None` for the alternate phone.
    #[must_use]
    pub const fn contact_type(self) -> Option<ContactType> {
        match self {
            Self::AuthenticationPhone | Self::MobilePhone => Some(ContactType::MobilePhone),
            Self::AuthenticationOfficePhone | Self::BusinessPhones => Some(ContactType::OfficePhone),
            Self::AuthenticationEmail | Self::OtherMails => Some(ContactType::Email),
            Self::AlternatePhone => None,
        }
    }

    /// Whether the slot holds a registered method rather than a profile contact.
    #[must_use]
    pub const fn is_registered(self) -> bool {
        match self {
            Self::AuthenticationPhone
            | Self::AlternatePhone
            | Self::AuthenticationOfficePhone
            | Self::AuthenticationEmail => true,
            Self::MobilePhone | Self::BusinessPhones | Self::OtherMails => false,
        }
    }

    /// Parses a value for this slot: a mail address or a phone.
    #[must_use]
    pub fn parse_value(self, text: &str) -> Option<Destination> {
        match self {
            Self::AuthenticationEmail | Self::OtherMails => EmailAddress::parse(text).ok().map(Destination::Email),
            Self::AuthenticationPhone
            | Self::AlternatePhone
            | Self::MobilePhone
            | Self::AuthenticationOfficePhone
            | Self::BusinessPhones => Phone::parse(text).ok().map(Destination::Phone),
        }
    }
}

/// Why messages no longer reach a contact, as its provider reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Undeliverable {
    /// The address or number does not exist, or its provider refuses every message to it.
    Bounced,
    /// The recipient reported a message as spam.
    Complained,
    /// The recipient asked for no more messages.
    OptedOut,
}

impl Undeliverable {
    /// The reason's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::OptedOut => "optedOut",
        }
    }
}

/// A phone or mail address with who set it, when, and whether possession was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The phone number or mail address.
    pub value: Destination,
    /// Who set it.
    pub source: Source,
    /// When it was set, or for a profile mail address, when it became the first.
    pub set_at: Moment,
    /// When the person proved possession, if they did.
    pub verified_at: Option<Moment>,
    /// Whether an administrator replaced a usable value with it. It then waits for the policy's delay.
    pub replaced_usable: bool,
    /// Why messages no longer reach it. It is then not used until its owner proves it, or until another value was set.
    pub undeliverable: Option<Undeliverable>,
}

/// All contacts of an account, by slot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contacts(BTreeMap<Slot, Vec<Contact>>);

impl Contacts {
    /// Every contact with its slot, in the order of [`Slot`].
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &Contact)> {
        self.0.iter().flat_map(|(slot, contacts)| contacts.iter().map(|contact| (*slot, contact)))
    }

    /// The contact in a slot; if there are several mail addresses, the first.
    #[must_use]
    pub fn get(&self, slot: Slot) -> Option<&Contact> {
        self.all(slot).first()
    }

    /// The contacts in a slot, in order: at most one, except for the profile's mail addresses.
    #[must_use]
    pub fn all(&self, slot: Slot) -> &[Contact] {
        self.0.get(&slot).map(Vec::as_slice).unwrap_or_default()
    }

    /// Replaces the contacts in a slot; an empty list clears it.
    pub fn set(&mut self, slot: Slot, contacts: impl IntoIterator<Item = Contact>) {
        let contacts: Vec<Contact> = contacts.into_iter().collect();
        if contacts.is_empty() {
            self.0.remove(&slot);
        } else {
            self.0.insert(slot, contacts);
        }
    }
}

impl Contacts {
    /// Sets whether messages reached a destination at a moment, in every slot that has had it since before. Returns
    /// whether anything changed.
    pub(super) fn set_undeliverable(&mut self, value: &Destination, why: Option<Undeliverable>, at: Moment) -> bool {
        let identity = value.identity();
        let is_it = |contact: &&mut Contact| {
            contact.value.identity() == identity && contact.verified_at.unwrap_or(contact.set_at) <= at
        };
        let mut changed = false;
        for contact in self.0.values_mut().flatten().filter(is_it) {
            changed |= contact.undeliverable != why;
            contact.undeliverable = why;
        }
        changed
    }
}

impl FromIterator<(Slot, Contact)> for Contacts {
    fn from_iter<I: IntoIterator<Item = (Slot, Contact)>>(contacts: I) -> Self {
        let mut by_slot = BTreeMap::<Slot, Vec<Contact>>::new();
        for (slot, contact) in contacts {
            by_slot.entry(slot).or_default().push(contact);
        }
        Self(by_slot)
    }
}

/// What an account stores about its owner's security questions. The questions and answers are stored separately, out of
/// reach of the administrators' functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredQuestions {
    /// How many questions are registered.
    pub count: u8,
    /// When they were registered.
    pub set_at: Moment,
}

/// The three contact types that a reset can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ContactType {
    /// The mobile phone, by SMS or call.
    MobilePhone,
    /// The office phone, by call.
    OfficePhone,
    /// The alternate email address.
    Email,
}

impl ContactType {
    /// All contact types.
    pub const ALL: [Self; 3] = [Self::MobilePhone, Self::OfficePhone, Self::Email];

    /// The type's name on the wire and in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MobilePhone => "mobilePhone",
            Self::OfficePhone => "officePhone",
            Self::Email => "email",
        }
    }

    /// Parses the type's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The contact type that a method reaches.
    #[must_use]
    pub const fn of(method: CodeMethod) -> Self {
        match method {
            CodeMethod::MobileSms | CodeMethod::MobileCall => Self::MobilePhone,
            CodeMethod::OfficeCall => Self::OfficePhone,
            CodeMethod::Email => Self::Email,
        }
    }

    /// The slot of the registered value.
    #[must_use]
    pub const fn registered_slot(self) -> Slot {
        match self {
            Self::MobilePhone => Slot::AuthenticationPhone,
            Self::OfficePhone => Slot::AuthenticationOfficePhone,
            Self::Email => Slot::AuthenticationEmail,
        }
    }

    /// The slot of the profile value.
    #[must_use]
    pub const fn profile_slot(self) -> Slot {
        match self {
            Self::MobilePhone => Slot::MobilePhone,
            Self::OfficePhone => Slot::BusinessPhones,
            Self::Email => Slot::OtherMails,
        }
    }

    /// The methods that reach a contact of this type.
    pub fn methods(self) -> impl Iterator<Item = CodeMethod> {
        CodeMethod::ALL.into_iter().filter(move |method| Self::of(*method) == self)
    }
}

/// Where a message goes. A reset only uses values on file, never one that a caller typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A phone; its extension is never dialled.
    Phone(Phone),
    /// A mail address.
    Email(EmailAddress),
}

impl Destination {
    /// The canonical form: two destinations are the same if it is equal. E.164 for a phone, else the canonical address.
    #[must_use]
    pub fn identity(&self) -> String {
        match self {
            Self::Phone(phone) => phone.e164(),
            Self::Email(address) => address.canonical().to_owned(),
        }
    }

    /// The value as it is stored, and shown to those who may read it. A phone keeps its space and extension.
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::Phone(phone) => phone.written(),
            Self::Email(address) => address.as_str().to_owned(),
        }
    }

    /// A masked form: the country code and the last two digits of a phone, or the first character of an address.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(phone) => phone.masked(),
            Self::Email(address) => address.masked(),
        }
    }
}

/// The keyed digest of a destination, under the current key of names. Destinations can be compared by it without being
/// stored.
#[must_use]
pub fn destination_digest(keys: &NameKeys, destination: &Destination) -> String {
    keys.destination(&destination.identity()).current().to_owned()
}

/// A value that was removed from the registered methods; it must not come back by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedContact {
    /// The contact type that it was registered as.
    pub kind: ContactType,
    /// The removed phone number or mail address.
    pub value: Destination,
    /// When it was removed.
    pub at: Moment,
}

/// A former contact, stored so that its holder is still notified of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastContact {
    /// Its contact type; `None` for a former primary address or alternate phone, where no code ever went.
    pub kind: Option<ContactType>,
    /// The former phone number or mail address.
    pub value: Destination,
    /// Whether codes could go there until then and can no longer.
    pub usable: bool,
    /// When it stopped being a contact.
    pub until: Moment,
}

/// Days for which a removed or replaced contact is still notified of changes.
pub const PAST_CONTACT_DAYS: u64 = 30;
/// Most past contacts that are stored. Those that codes never went to are dropped first; among equals, the oldest goes
/// first.
pub const MAX_PAST_CONTACTS: usize = 50;

impl From<Phone> for Destination {
    fn from(phone: Phone) -> Self {
        Self::Phone(phone)
    }
}

impl From<EmailAddress> for Destination {
    fn from(address: EmailAddress) -> Self {
        Self::Email(address)
    }
}
