//! The changes that an administrator can make to a user, and whether the actor may make them.

use std::fmt;

use zeroize::Zeroizing;

use crate::account::{Account, ContactType, ProfileField, Source};
use crate::credentials::password::{Password, PasswordError, Reason};
use crate::credentials::token::{Forbidden, Permission};
use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::phone::Phone;
use crate::identifiers::user_name::UserName;
use crate::policy::Policy;
use crate::random::{Randomness, below};
use crate::time::Moment;
use crate::use_cases::authorize::Actor;

/// Why a change of a user is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The actor may not do this to this user.
    Forbidden(Forbidden),
    /// The user does not exist.
    NoUser,
    /// The user has no such method.
    NoMethod,
    /// Another user has the name.
    NameTaken,
    /// The directory that the user is synchronised from owns the phones.
    OwnedByDirectory,
    /// A method of the type is already registered.
    MethodExists,
    /// An alternate mobile phone needs a mobile phone.
    NoMobilePhone,
    /// The mobile phone cannot be removed while an alternate one is registered.
    AlternateMobileRemains,
    /// The password breaks a rule of the policy.
    Password(Reason),
}

/// The rule that the change breaks, without any value.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forbidden(forbidden) => return forbidden.fmt(f),
            Self::NoUser => "there is no such user",
            Self::NoMethod => "this user has no such method",
            Self::NameTaken => "another object with the same value for property userPrincipalName already exists",
            Self::OwnedByDirectory => {
                "mobilePhone and businessPhones belong to the directory that this user is synchronised from"
            }
            Self::MethodExists => "a method of this type is already registered; change it with PATCH",
            Self::NoMobilePhone => "an alternateMobile phone needs a registered mobile phone",
            Self::AlternateMobileRemains => {
                "the mobile phone cannot be removed while an alternateMobile phone is registered"
            }
            Self::Password(reason) => return write!(f, "the password is refused: {reason}"),
        })
    }
}

impl From<Forbidden> for Refusal {
    fn from(forbidden: Forbidden) -> Self {
        Self::Forbidden(forbidden)
    }
}

/// A password that an administrator sets.
pub struct NewPassword {
    pub(super) password: Password,
    /// Whether the policy's rules apply.
    pub(super) is_new: bool,
    /// Whether the user must change it at the next sign-in.
    pub force_change: bool,
}

/// Fewest characters of a generated password.
const GENERATED_LENGTH: u32 = 15;
/// The characters of a generated password: none looks like another one.
const GENERATED_FROM: &[u8; 56] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Changes to an account; `None` leaves a property as it is.
#[derive(Default)]
pub struct Changes {
    /// A new userPrincipalName.
    pub user_name: Option<UserName>,
    /// New descriptive properties, each cleared by `None`.
    pub profile: Vec<(ProfileField, Option<String>)>,
    /// Whether it is enabled.
    pub enabled: Option<bool>,
    /// Whether it is privileged.
    pub is_admin: Option<bool>,
    /// Whether a directory owns its phones.
    pub on_premises_sync_enabled: Option<bool>,
    /// A new password.
    pub password: Option<NewPassword>,
    /// Whether all sessions must end.
    pub revokes_sessions: bool,
    /// Whether the user must change the current password at the next sign-in.
    pub force_change_password: Option<bool>,
    /// `mobilePhone`.
    pub mobile_phone: Option<Option<Phone>>,
    /// The one element of `businessPhones`.
    pub business_phone: Option<Option<Phone>>,
    /// All of `otherMails`.
    pub other_mails: Option<Vec<EmailAddress>>,
    /// The directory's own entries in `otherMails`. Entries from others stay.
    pub directory_mails: Option<Vec<EmailAddress>>,
}

impl NewPassword {
    /// Reads a password that an administrator sets. Whether the policy accepts it depends on the user.
    ///
    /// # Errors
    /// The rule that it breaks, if it has more than 256 code points.
    pub fn new(text: &str, force_change: bool) -> Result<Self, &'static str> {
        let password = Password::parse(text).map_err(|_| "must have at most 256 characters")?;
        Ok(Self { password, is_new: true, force_change })
    }

    /// Draws the text of a password that is long enough for the policy.
    #[must_use]
    pub fn draw(policy: &Policy, random: &dyn Randomness) -> Zeroizing<String> {
        let length = policy.password.min_length.max(GENERATED_LENGTH);
        let draw = |_| char::from(GENERATED_FROM[usize::from(below(random, GENERATED_FROM.len() as u8))]);
        Zeroizing::new((0..length).map(draw).collect())
    }

    /// Accepts the password that a person had in a directory, however short: it is neither new nor temporary.
    ///
    /// # Errors
    /// [`PasswordError`] for a password that nobody could sign in with.
    pub fn of_directory(text: &str) -> Result<Self, PasswordError> {
        Ok(Self { password: Password::parse(text)?, is_new: false, force_change: false })
    }
}

impl Changes {
    fn touches_contacts(&self) -> bool {
        self.mobile_phone.is_some()
            || self.business_phone.is_some()
            || self.other_mails.is_some()
            || self.directory_mails.is_some()
    }

    fn touches_password(&self) -> bool {
        self.password.is_some() || self.force_change_password.is_some()
    }

    fn only_directory_fields(&self) -> bool {
        self.user_name.is_none()
            && self.profile.is_empty()
            && self.enabled.is_none()
            && self.is_admin.is_none()
            && !self.touches_password()
            && !self.revokes_sessions
            && self.other_mails.is_none()
    }

    /// Checks whether the actor may make these changes at all, to any user.
    ///
    /// # Errors
    /// [`Forbidden`].
    pub fn permitted(&self, actor: &Actor) -> Result<(), Forbidden> {
        if self.is_admin.is_some() {
            actor.demand(&[Permission::RoleManagement])?;
        }
        if self.on_premises_sync_enabled.is_some() {
            actor.demand(&[Permission::DirectorySynchronization])?;
        }
        let is_directory = self.only_directory_fields() && actor.has(Permission::DirectorySynchronization);
        if is_directory { Ok(()) } else { actor.demand(&[Permission::UserReadWrite]) }
    }

    /// Checks whether the actor may make these changes to this account.
    pub(super) fn permitted_on(&self, actor: &Actor, account: &Account) -> Result<(), Refusal> {
        // Only notices are sent to `mail`. An actor who could redirect them would act unseen.
        let mail = self.profile.iter().any(|(field, _)| *field == ProfileField::Mail);
        let identity = self.user_name.is_some() || self.enabled.is_some();
        let sensitive = self.touches_contacts() || self.touches_password() || self.revokes_sessions || identity || mail;
        if sensitive {
            actor.demand_over(account)?;
        }
        if actor.is(account) && (self.is_admin.is_some() || self.on_premises_sync_enabled.is_some()) {
            return Err(Forbidden::OwnUser.into());
        }
        let owned = account.on_premises_sync_enabled && (self.mobile_phone.is_some() || self.business_phone.is_some());
        if owned && !actor.has(Permission::DirectorySynchronization) {
            return Err(Refusal::OwnedByDirectory);
        }
        Ok(())
    }

    /// Applies all changes except a new password.
    pub(super) fn apply(&self, account: &mut Account, from: Source, policy: &Policy, now: Moment) {
        if let Some(name) = &self.user_name {
            account.user_name = name.clone();
        }
        for (field, value) in &self.profile {
            account.set_profile(*field, value.clone(), now);
        }
        if self.revokes_sessions {
            account.sign_in_sessions_valid_from = Some(now);
        }
        account.enabled = self.enabled.unwrap_or(account.enabled);
        account.is_admin = self.is_admin.unwrap_or(account.is_admin);
        account.force_change_password = self.force_change_password.unwrap_or(account.force_change_password);
        account.on_premises_sync_enabled = self.on_premises_sync_enabled.unwrap_or(account.on_premises_sync_enabled);
        if let Some(phone) = &self.mobile_phone {
            account.set_phone(ContactType::MobilePhone, phone.clone(), from, policy, now);
        }
        if let Some(phone) = &self.business_phone {
            account.set_phone(ContactType::OfficePhone, phone.clone(), from, policy, now);
        }
        if let Some(mails) = &self.other_mails {
            // A directory owns only the two phones.
            account.set_mails(mails, Source::Administrator, policy, now);
        }
        if let Some(mails) = &self.directory_mails {
            account.set_directory_mails(mails, policy, now);
        }
    }
}

/// The source of a contact: the directory, if its own client writes to a user that it owns; otherwise an administrator.
pub(super) fn source(actor: &Actor, owned: bool) -> Source {
    let directory = owned && actor.has(Permission::DirectorySynchronization);
    if directory { Source::Directory } else { Source::Administrator }
}
