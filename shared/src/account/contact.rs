//! Contacts: values, who wrote them down, and where they lead.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::credentials::key::NameKeys;
use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::phone::Phone;
use crate::policy::method::CodeMethod;
use crate::time::Moment;

/// Who wrote a contact down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// A directory export or synchronisation.
    Directory,
    /// An administrator, through the Graph routes.
    Administrator,
    /// The person, who proved to possess it.
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

    /// Whether one of the two is this one.
    pub(super) fn is_either(self, one: Self, other: Self) -> bool {
        self == one || self == other
    }
}

/// A place where a contact may lie. The *profile* holds what an administrator or the directory wrote down; the
/// *registered* methods are what the person proved to possess, or an administrator registered for them. Contacts are
/// listed in the order of the slots.
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
    /// Those of registered methods.
    pub const REGISTERED: [Self; 4] =
        [Self::AuthenticationPhone, Self::AlternatePhone, Self::AuthenticationOfficePhone, Self::AuthenticationEmail];

    /// The slot's name in the table; of one of the profile, its name in Graph.
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

    /// The name of the kind of contact, as reports and the audit give it.
    #[must_use]
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::AuthenticationPhone | Self::MobilePhone => ContactType::MobilePhone.as_str(),
            Self::AlternatePhone => "alternateMobilePhone",
            Self::AuthenticationOfficePhone | Self::BusinessPhones => ContactType::OfficePhone.as_str(),
            Self::AuthenticationEmail | Self::OtherMails => ContactType::Email.as_str(),
        }
    }

    /// The kind of contact that a reset may use; an alternate phone is none.
    #[must_use]
    pub const fn contact_type(self) -> Option<ContactType> {
        match self {
            Self::AuthenticationPhone | Self::MobilePhone => Some(ContactType::MobilePhone),
            Self::AuthenticationOfficePhone | Self::BusinessPhones => Some(ContactType::OfficePhone),
            Self::AuthenticationEmail | Self::OtherMails => Some(ContactType::Email),
            Self::AlternatePhone => None,
        }
    }

    /// Whether it is among the registered methods, and not in the profile.
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

    /// Reads a value that may lie here.
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

/// A value, who wrote it down and when, and whether its possession was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The phone number or mail address.
    pub value: Destination,
    /// Who wrote it down.
    pub source: Source,
    /// When.
    pub set_at: Moment,
    /// When the person proved to possess it, if they did.
    pub verified_at: Option<Moment>,
    /// Whether an administrator put it in the place of a value that was usable then: it waits, by the policy's delay.
    pub replaced_usable: bool,
}

/// Every contact of an account, by the slot where it lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contacts(BTreeMap<Slot, Vec<Contact>>);

impl Contacts {
    /// Every contact with its slot: the one list of them, in the order of [`Slot`].
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &Contact)> {
        self.0.iter().flat_map(|(slot, contacts)| contacts.iter().map(|contact| (*slot, contact)))
    }

    /// The contact in a slot; of several mail addresses the first.
    #[must_use]
    pub fn get(&self, slot: Slot) -> Option<&Contact> {
        self.all(slot).first()
    }

    /// The contacts in a slot, in their order: one at most, but for mail addresses of the profile.
    #[must_use]
    pub fn all(&self, slot: Slot) -> &[Contact] {
        self.0.get(&slot).map(Vec::as_slice).unwrap_or_default()
    }

    /// Replaces what is in a slot.
    pub fn set(&mut self, slot: Slot, contacts: impl IntoIterator<Item = Contact>) {
        let contacts: Vec<Contact> = contacts.into_iter().collect();
        if contacts.is_empty() {
            self.0.remove(&slot);
        } else {
            self.0.insert(slot, contacts);
        }
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

/// What an account knows of its owner's security questions; the questions and answers themselves are kept apart,
/// where no administrator's function reaches them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredQuestions {
    /// How many there are.
    pub count: u8,
    /// When they were registered.
    pub set_at: Moment,
}

/// The three kinds of contact that a reset can use.
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
    /// All of them.
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

    /// Reads the name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The contact that a method reaches.
    #[must_use]
    pub const fn of(method: CodeMethod) -> Self {
        match method {
            CodeMethod::MobileSms | CodeMethod::MobileCall => Self::MobilePhone,
            CodeMethod::OfficeCall => Self::OfficePhone,
            CodeMethod::Email => Self::Email,
        }
    }

    /// Where the registered value lies.
    #[must_use]
    pub const fn registered_slot(self) -> Slot {
        match self {
            Self::MobilePhone => Slot::AuthenticationPhone,
            Self::OfficePhone => Slot::AuthenticationOfficePhone,
            Self::Email => Slot::AuthenticationEmail,
        }
    }

    /// Where the profile value lies.
    #[must_use]
    pub const fn profile_slot(self) -> Slot {
        match self {
            Self::MobilePhone => Slot::MobilePhone,
            Self::OfficePhone => Slot::BusinessPhones,
            Self::Email => Slot::OtherMails,
        }
    }

    /// The methods that reach a contact of this type.
    #[must_use]
    pub const fn methods(self) -> &'static [CodeMethod] {
        match self {
            Self::MobilePhone => &[CodeMethod::MobileSms, CodeMethod::MobileCall],
            Self::OfficePhone => &[CodeMethod::OfficeCall],
            Self::Email => &[CodeMethod::Email],
        }
    }
}

/// Where a message goes: always a value on file, never one that a caller typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A phone; its extension is never dialled.
    Phone(Phone),
    /// A mail address.
    Email(EmailAddress),
}

impl Destination {
    /// The one spelling by which two destinations are the same: E.164, or the canonical address.
    #[must_use]
    pub fn identity(&self) -> String {
        match self {
            Self::Phone(phone) => phone.e164(),
            Self::Email(address) => address.canonical().to_owned(),
        }
    }

    /// A value as it is kept and shown to those who may read it: a phone with its space and extension.
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::Phone(phone) => phone.written(),
            Self::Email(address) => address.as_str().to_owned(),
        }
    }

    /// A form that shows no more than two digits or one letter.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(phone) => phone.masked(),
            Self::Email(address) => address.masked(),
        }
    }
}

/// A destination under the key of names, by which two are compared without being kept.
#[must_use]
pub fn destination_digest(keys: &NameKeys, destination: &Destination) -> String {
    keys.destination(&destination.identity()).current().to_owned()
}

/// A value that was removed from the registered methods; it must not come back by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Which method it was.
    pub kind: ContactType,
    /// What it was.
    pub value: Destination,
    /// When it was removed.
    pub at: Moment,
}

/// A contact that is no longer one, kept so that its holder is still told of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastContact {
    /// What it was; `None` for the primary address, where no code ever goes.
    pub kind: Option<ContactType>,
    /// The value.
    pub value: Destination,
    /// Whether codes could go there until then, and go there no longer.
    pub usable: bool,
    /// Until when it counted.
    pub until: Moment,
}

/// How long a contact that was removed or replaced is still told of changes, in days.
pub const PAST_CONTACT_DAYS: u64 = 30;
/// Most past contacts kept; those where codes never went go first, and of equal ones the oldest.
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
