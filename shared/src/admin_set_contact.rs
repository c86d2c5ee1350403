//! Creating, changing and deleting users and their contacts, for administrators.

use serde_json::Value;

use crate::account::{Account, ContactType, Owner, Source};
use crate::authorize::Actor;
use crate::context::Context;
use crate::email_address::EmailAddress;
use crate::http::Problem;
use crate::key::NameKeys;
use crate::message::Notice;
use crate::notice::NoticeOrder;
use crate::password::{self, MAX_LENGTH, Password, Peppers};
use crate::phone::{Phone, PhoneError};
use crate::policy::Policy;
use crate::random::{AccountId, NoticeId, bytes};
use crate::store::{AccountChange, Store, Written};
use crate::time::Moment;
use crate::token::{Permission, TokenSettings};
use crate::unavailable::Unavailable;
use crate::user_name::UserName;

/// What changing users needs.
pub struct AdminSetContact<S, I> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The issuer's keys.
    pub issuer: I,
    /// Whose tokens are accepted.
    pub tokens: TokenSettings,
    /// The key of names.
    pub names: NameKeys,
    /// The peppers of password hashes.
    pub peppers: Peppers,
}

/// A password that an administrator sets.
pub struct NewPassword {
    password: Password,
    /// Whether it is to be changed at the next sign-in.
    pub force_change: bool,
}

/// Fewest characters of a password that an administrator sets.
///
/// It is a temporary secret, handed over and changed at once, so it is held to Entra's bounds on length and not to
/// the rules for a password that a person chooses.
pub const MIN_ADMIN_PASSWORD: usize = 8;
/// Most characters of a phone with its extension, as Graph documents it.
pub const MAX_PHONE_TEXT: usize = 64;
/// Most alternate mail addresses, as Graph documents it.
pub const MAX_OTHER_MAILS: usize = 250;
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
    /// `mobilePhone`.
    pub mobile_phone: Option<Option<Phone>>,
    /// The one element of `businessPhones`.
    pub business_phone: Option<Option<Phone>>,
    /// `otherMails`, whole.
    pub other_mails: Option<Vec<EmailAddress>>,
}

/// A descriptive property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileField {
    /// `displayName`.
    DisplayName,
    /// `givenName`.
    GivenName,
    /// `surname`.
    Surname,
    /// `mail`.
    Mail,
    /// `mailNickname`.
    MailNickname,
    /// `jobTitle`.
    JobTitle,
    /// `preferredLanguage`.
    PreferredLanguage,
    /// `usageLocation`.
    UsageLocation,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Set {
    /// It is done; the account as it is now.
    Done(Box<Account>),
    /// It is refused.
    Refused(Problem),
}

/// How often a change is decided again when somebody else wrote in between.
const TRIES: usize = 4;
/// What every refused phone is told, by its rule.
const fn phone_rule(error: PhoneError) -> &'static str {
    match error {
        PhoneError::Grammar => "a phone is +CountryCode PhoneNumber, with an optional extension xNNNN",
        PhoneError::CountryCode => "the phone's country code is unknown",
        PhoneError::Length => "the phone's length is not possible in its country",
        PhoneError::Ambiguous => "the phone can be read in two ways",
        PhoneError::Type(_) => "numbers of this kind cannot be sent to",
    }
}

/// Reads a phone that an administrator or a directory writes down.
///
/// # Errors
/// [`Problem::Malformed`], which names the rule and never the value.
pub fn phone(text: &str) -> Result<Phone, Problem> {
    if text.chars().count() > MAX_PHONE_TEXT {
        return Err(Problem::Malformed("a phone has at most 64 characters"));
    }
    Phone::parse(text).map_err(|error| Problem::Malformed(phone_rule(error)))
}

impl NewPassword {
    /// Reads a password that an administrator sets.
    ///
    /// # Errors
    /// [`Problem::Malformed`] outside 8 to 256 code points.
    pub fn new(text: &str, force_change: bool) -> Result<Self, Problem> {
        const LENGTH: Problem = Problem::Malformed("a password has 8 to 256 characters");
        let length = text.chars().count();
        if !(MIN_ADMIN_PASSWORD..=MAX_LENGTH as usize).contains(&length) {
            return Err(LENGTH);
        }
        Ok(Self { password: Password::parse(text).map_err(|_| LENGTH)?, force_change })
    }
}

impl Changes {
    fn touches_contacts(&self) -> bool {
        self.mobile_phone.is_some() || self.business_phone.is_some() || self.other_mails.is_some()
    }

    fn only_directory_fields(&self) -> bool {
        self.user_name.is_none()
            && self.profile.is_empty()
            && self.enabled.is_none()
            && self.is_admin.is_none()
            && self.password.is_none()
            && self.other_mails.is_none()
    }

    /// Whether the actor may make these changes at all, whomever they are of.
    ///
    /// # Errors
    /// [`Problem::Forbidden`].
    pub fn permitted(&self, actor: &Actor) -> Result<(), Problem> {
        if self.is_admin.is_some() {
            actor.demand(Permission::RoleManagement)?;
        }
        if self.on_premises_sync_enabled.is_some() {
            actor.demand(Permission::DirectorySynchronization)?;
        }
        let is_directory = self.only_directory_fields() && actor.has(Permission::DirectorySynchronization);
        if is_directory { Ok(()) } else { actor.demand(Permission::UserReadWrite) }
    }

    /// Whether the actor may make them to this account.
    fn permitted_on(&self, actor: &Actor, account: &Account) -> Result<(), Problem> {
        let sensitive =
            self.touches_contacts() || self.password.is_some() || self.user_name.is_some() || self.enabled.is_some();
        if account.is_admin && sensitive {
            actor.demand(Permission::RoleManagement)?;
        }
        if actor.is(account) && (sensitive || self.is_admin.is_some() || self.on_premises_sync_enabled.is_some()) {
            return Err(Problem::Forbidden);
        }
        let owned = account.on_premises_sync_enabled && (self.mobile_phone.is_some() || self.business_phone.is_some());
        if owned && !actor.has(Permission::DirectorySynchronization) {
            return Err(Problem::Malformed(
                "mobilePhone and businessPhones belong to the directory that this user is synchronised from",
            ));
        }
        Ok(())
    }
}

impl<S: Store, I> AdminSetContact<S, I> {
    /// Creates an account.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was created then.
    pub async fn create(&self, actor: &Actor, name: UserName, changes: &Changes) -> Result<Set, Unavailable> {
        let now = self.context.now();
        let mut account = Account::new(AccountId::draw(&*self.context.random), name, now);
        if let Some(password) = &changes.password {
            account.password = Some(self.hash(password)?);
            account.force_change_password = password.force_change;
        }
        let policy = self.context.policy().await?;
        let from = source(actor, &account);
        apply(&mut account, changes, from, &policy, now);
        let names = self.names.name(&account.user_name);
        Ok(match self.context.store.create_account(&account, &names).await? {
            Written::Written => Set::Done(Box::new(account)),
            Written::Changed | Written::NameTaken => {
                // Graph tells of a name in use as a bad request.
                Set::Refused(Problem::Malformed(
                    "another object with the same value for property userPrincipalName already exists",
                ))
            }
        })
    }

    /// Changes an account; whatever was under way for it is void where the change is of a contact, the password, or
    /// whether it is enabled or privileged.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was changed then.
    pub async fn change(&self, actor: &Actor, mut account: Account, changes: &Changes) -> Result<Set, Unavailable> {
        let policy = self.context.policy().await?;
        let hash = changes.password.as_ref().map(|password| self.hash(password)).transpose()?;
        for _ in 0..TRIES {
            if let Err(problem) = changes.permitted_on(actor, &account) {
                return Ok(Set::Refused(problem));
            }
            let now = self.context.now();
            let mut changed = account.clone();
            apply(&mut changed, changes, source(actor, &account), &policy, now);
            if let (Some(hash), Some(password)) = (&hash, &changes.password) {
                changed.password = Some(hash.clone());
                changed.force_change_password = password.force_change;
                changed.sign_in_sessions_valid_from = Some(now);
            }
            if changed == account {
                return Ok(Set::Done(Box::new(account)));
            }
            match self.write(&account, &changed, now).await? {
                Written::Written => return Ok(Set::Done(Box::new(changed))),
                Written::NameTaken => {
                    return Ok(Set::Refused(Problem::Malformed(
                        "another object with the same value for property userPrincipalName already exists",
                    )));
                }
                Written::Changed => {}
            }
            match self.context.store.account(&account.id).await? {
                Some(current) => account = current,
                None => return Ok(Set::Refused(Problem::NotFound)),
            }
        }
        Err(Unavailable::plain("an account kept changing while it was changed"))
    }

    async fn write(&self, before: &Account, after: &Account, now: Moment) -> Result<Written, Unavailable> {
        let names = self.names.name(&after.user_name);
        let former = self.names.name(&before.user_name);
        let renamed = before.user_name != after.user_name;
        let password_set = before.password != after.password;
        let notice = password_set.then(|| self.order(&after.id, Notice::PasswordChangedByAdministrator, true, now));
        let change = AccountChange {
            account: after,
            names: &names,
            former: renamed.then(|| (&former, before.user_name.canonical())),
            void_before: voids(before, after).then_some(now),
            challenge: None,
            notice: notice.as_ref(),
        };
        self.context.store.change_account(&change).await
    }

    /// Deletes an account and voids its resets.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was deleted then.
    pub async fn delete(&self, actor: &Actor, mut account: Account) -> Result<Result<(), Problem>, Unavailable> {
        for _ in 0..TRIES {
            if actor.is(&account) || (account.is_admin && !actor.has(Permission::RoleManagement)) {
                return Ok(Err(Problem::Forbidden));
            }
            let names = self.names.name(&account.user_name);
            match self.context.store.delete_account(&account, &names, self.context.now()).await? {
                Written::Written => return Ok(Ok(())),
                Written::Changed | Written::NameTaken => {}
            }
            match self.context.store.account(&account.id).await? {
                Some(current) => account = current,
                None => return Ok(Ok(())),
            }
        }
        Err(Unavailable::plain("an account kept changing while it was deleted"))
    }

    /// Clears an account's guess budget and sign-in lock, and tells its owner.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was cleared then.
    pub async fn unblock(&self, actor: &Actor, account: &Account) -> Result<Result<(), Problem>, Unavailable> {
        if actor.is(account) || (account.is_admin && !actor.has(Permission::RoleManagement)) {
            return Ok(Err(Problem::Forbidden));
        }
        let notice = self.order(&account.id, Notice::PasswordResetUnblocked, false, self.context.now());
        self.context.store.unblock(&Owner::Account(account.id.clone()), Some(&notice)).await?;
        Ok(Ok(()))
    }

    /// Changes the policy as a whole; it takes effect everywhere within a minute.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was changed then.
    pub async fn change_policy(&self, patch: &Value) -> Result<Result<(), Problem>, Unavailable> {
        let kept = self.context.store.policy().await?.unwrap_or_default();
        let changed = match kept.patched(patch) {
            Ok(changed) => changed,
            Err(error) => return Ok(Err(Problem::PolicyRejected(error))),
        };
        self.context.store.put_policy(&changed).await?;
        Ok(Ok(()))
    }

    fn order(&self, account: &AccountId, notice: Notice, revoke_sessions: bool, now: Moment) -> NoticeOrder {
        NoticeOrder {
            id: NoticeId::draw(&*self.context.random),
            account: account.clone(),
            notice,
            at: now,
            tell: true,
            revoke_sessions,
            done: Vec::new(),
            finished: false,
        }
    }

    fn hash(&self, new: &NewPassword) -> Result<password::PasswordHash, Unavailable> {
        password::hash(&new.password, self.peppers.current(), bytes(&*self.context.random))
            .map_err(|failed| Unavailable::new("a password could not be hashed", failed))
    }
}

/// Who a contact is from: the directory, where its own client writes to a user that it owns.
fn source(actor: &Actor, account: &Account) -> Source {
    let directory = account.on_premises_sync_enabled && actor.has(Permission::DirectorySynchronization);
    if directory { Source::Directory } else { Source::Administrator }
}

/// Whether a change voids what is under way for the account.
#[must_use]
pub(crate) fn voids(before: &Account, after: &Account) -> bool {
    before.contacts != after.contacts
        || before.registered != after.registered
        || before.password != after.password
        || before.is_admin != after.is_admin
        || (before.enabled && !after.enabled)
}

fn apply(account: &mut Account, changes: &Changes, from: Source, policy: &Policy, now: Moment) {
    if let Some(name) = &changes.user_name {
        account.user_name = name.clone();
    }
    for (field, value) in &changes.profile {
        *account.profile.field(*field) = value.clone();
    }
    account.enabled = changes.enabled.unwrap_or(account.enabled);
    account.is_admin = changes.is_admin.unwrap_or(account.is_admin);
    account.on_premises_sync_enabled = changes.on_premises_sync_enabled.unwrap_or(account.on_premises_sync_enabled);
    if let Some(phone) = &changes.mobile_phone {
        account.set_phone(ContactType::MobilePhone, phone.clone(), from, policy, now);
    }
    if let Some(phone) = &changes.business_phone {
        account.set_phone(ContactType::OfficePhone, phone.clone(), from, policy, now);
    }
    if let Some(mails) = &changes.other_mails {
        // A directory owns the two phones and nothing else.
        account.set_mails(mails, Source::Administrator, policy, now);
    }
}

impl crate::account::Profile {
    fn field(&mut self, field: ProfileField) -> &mut Option<String> {
        match field {
            ProfileField::DisplayName => &mut self.display_name,
            ProfileField::GivenName => &mut self.given_name,
            ProfileField::Surname => &mut self.surname,
            ProfileField::Mail => &mut self.mail,
            ProfileField::MailNickname => &mut self.mail_nickname,
            ProfileField::JobTitle => &mut self.job_title,
            ProfileField::PreferredLanguage => &mut self.preferred_language,
            ProfileField::UsageLocation => &mut self.usage_location,
        }
    }
}
