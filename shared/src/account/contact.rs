//! Contacts: values, who wrote them down, and where they lead.

use crate::credentials::key::NameKeys;
use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::phone::Phone;
use crate::policy::method::CodeMethod;
use crate::time::Moment;

/// Who wrote a contact down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    /// Reads the name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Directory, Self::Administrator, Self::User].into_iter().find(|source| source.as_str() == text)
    }
}

/// A value, who wrote it down and when, and whether its possession was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact<V> {
    /// The phone number or mail address.
    pub value: V,
    /// Who wrote it down.
    pub source: Source,
    /// When.
    pub set_at: Moment,
    /// When the person proved to possess it, if they did.
    pub verified_at: Option<Moment>,
    /// Whether an administrator put it in the place of a value that was usable then: it waits, by the policy's delay.
    pub replaced_usable: bool,
}

/// What the directory or an administrator wrote down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileContacts {
    /// `mobilePhone`.
    pub mobile_phone: Option<Contact<Phone>>,
    /// The one element of `businessPhones`.
    pub business_phone: Option<Contact<Phone>>,
    /// `otherMails`; only the first is used for a reset.
    pub other_mails: Vec<Contact<EmailAddress>>,
}

/// What was registered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegisteredMethods {
    /// Authentication Phone (`mobile`).
    pub phone: Option<Contact<Phone>>,
    /// `alternateMobile`: kept and listed, never used for a reset.
    pub alternate_phone: Option<Contact<Phone>>,
    /// `office`.
    pub office_phone: Option<Contact<Phone>>,
    /// Authentication Email.
    pub email: Option<Contact<EmailAddress>>,
    /// That security questions are registered; the questions and answers themselves are kept apart, where no
    /// administrator's function reaches them.
    pub questions: Option<RegisteredQuestions>,
}

/// What an account tells of its owner's security questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegisteredQuestions {
    /// How many there are.
    pub count: u8,
    /// When they were registered.
    pub set_at: Moment,
}

/// The three kinds of contact that a reset can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

/// What is known of a contact beside its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Who wrote it down.
    pub source: Source,
    /// When.
    pub set_at: Moment,
    /// When possession was proved.
    pub verified_at: Option<Moment>,
    /// Whether it took the place of a usable value.
    pub replaced_usable: bool,
}

fn facts<V>(contact: &Contact<V>) -> Facts {
    Facts {
        source: contact.source,
        set_at: contact.set_at,
        verified_at: contact.verified_at,
        replaced_usable: contact.replaced_usable,
    }
}

pub(super) fn phone(contact: &Contact<Phone>) -> (Destination, Facts) {
    (Destination::Phone(contact.value.clone()), facts(contact))
}

pub(crate) fn email(contact: &Contact<EmailAddress>) -> (Destination, Facts) {
    (Destination::Email(contact.value.clone()), facts(contact))
}
