//! Creating, changing and deleting users and their contacts, for administrators.
//!
//! What an administrator's write entails is decided with it and kept in the same write: the audit's records, and the
//! orders to tell the person.

mod changes;
mod consequences;
mod methods;
mod policy;

use crate::account::{Account, Owner, revokes};
use crate::credentials::key::NameKeys;
use crate::credentials::password::{self, Peppers};
use crate::credentials::token::{Forbidden, Permission, TokenSettings};
use crate::identifiers::user_name::UserName;
use crate::message::Notice;
use crate::policy::Policy;
use crate::ports::store::{AccountChange, Store, Written};
use crate::random::{AccountId, bytes};
use crate::records::audit::{Activity, AuditRecord, AuditedPerson};
use crate::records::notice::NoticeOrder;
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::authorize::Actor;
use crate::use_cases::context::Context;

pub use changes::{Changes, MIN_ADMIN_PASSWORD, NewPassword, Refusal};
pub use methods::{MethodChange, may_write_methods};

use changes::source;

/// What changing users needs.
pub struct AdminSetContact<S, I> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The issuer's keys.
    pub issuer: I,
    /// Whose tokens are accepted.
    pub tokens: TokenSettings,
    /// The key of names and destinations.
    pub names: NameKeys,
    /// The peppers of password hashes.
    pub peppers: Peppers,
    /// Where the service is reached: links to what was created begin with it.
    pub public_url: String,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Set {
    /// It is done; the account as it is now.
    Done(Box<Account>),
    /// It is refused.
    Refused(Refusal),
}

/// How often a change is decided again when somebody else wrote in between.
const TRIES: usize = 12;

/// What is kept in the same write as a change.
struct Consequences {
    /// The orders to tell the person.
    notices: Vec<NoticeOrder>,
    /// What the audit keeps of it.
    records: Vec<AuditRecord>,
}

impl<S: Store, I> AdminSetContact<S, I> {
    /// Creates an account. Nobody is told of an account's first contacts.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was created then.
    pub async fn create(&self, actor: &Actor, name: UserName, changes: &Changes) -> Result<Set, Unavailable> {
        let now = self.context.now();
        let blank = Account::new(AccountId::draw(&*self.context.random), name, now);
        let mut account = blank.clone();
        if let Some(password) = &changes.password {
            account.password = Some(self.hash(password)?);
            account.force_change_password = password.force_change;
        }
        let policy = self.context.policy().await?;
        let owned = changes.on_premises_sync_enabled == Some(true);
        changes.apply(&mut account, source(actor, owned), &policy, now);
        let names = self.names.name(&account.user_name);
        let record = self.of_creation(actor, &blank, &account, &policy, now);
        Ok(match self.context.store.create_account(&account, &names, &[record]).await? {
            Written::Written => Set::Done(Box::new(account)),
            Written::Changed | Written::NameTaken => Set::Refused(Refusal::NameTaken),
        })
    }

    /// Changes an account; whatever was under way for it is void where the change is of a contact, the password, or
    /// whether it is enabled or privileged. Another spelling of a contact is stored and recorded, and changes nothing
    /// else; a change that leaves everything as it is writes nothing.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was changed then.
    pub async fn change(&self, actor: &Actor, mut account: Account, changes: &Changes) -> Result<Set, Unavailable> {
        let policy = self.context.policy().await?;
        let hash = changes.password.as_ref().map(|password| self.hash(password)).transpose()?;
        for _ in 0..TRIES {
            if let Err(refusal) = changes.permitted_on(actor, &account) {
                return Ok(Set::Refused(refusal));
            }
            let (now, from) = (self.context.now(), source(actor, account.on_premises_sync_enabled));
            let mut changed = account.clone();
            changes.apply(&mut changed, from, &policy, now);
            if let (Some(hash), Some(password)) = (&hash, &changes.password) {
                changed.password = Some(hash.clone());
                changed.force_change_password = password.force_change;
                changed.sign_in_sessions_valid_from = Some(now);
            }
            if changed.is_written_as(&account) {
                return Ok(Set::Done(Box::new(account)));
            }
            let consequences = self.of_change(actor, &account, &changed, from, &policy, now);
            match self.write(&account, &changed, &consequences, now).await? {
                Written::Written => return Ok(Set::Done(Box::new(changed))),
                Written::NameTaken => return Ok(Set::Refused(Refusal::NameTaken)),
                Written::Changed => {}
            }
            match self.context.store.account(&account.id).await? {
                Some(current) => account = current,
                None => return Ok(Set::Refused(Refusal::NotFound)),
            }
        }
        Err(Unavailable::plain("an account kept changing while it was changed"))
    }

    async fn write(
        &self,
        before: &Account,
        after: &Account,
        consequences: &Consequences,
        now: Moment,
    ) -> Result<Written, Unavailable> {
        let names = self.names.name(&after.user_name);
        let former = self.names.name(&before.user_name);
        let renamed = before.user_name != after.user_name;
        let change = AccountChange {
            former: renamed.then(|| (&former, before.user_name.canonical())),
            revoked_before: revokes(before, after).then_some(now),
            role_changed: before.is_admin != after.is_admin,
            notices: &consequences.notices,
            records: &consequences.records,
            ..AccountChange::new(after, &names)
        };
        self.context.store.change_account(&change).await
    }

    /// Deletes an account and voids its resets.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was deleted then.
    pub async fn delete(&self, actor: &Actor, mut account: Account) -> Result<Result<(), Forbidden>, Unavailable> {
        let policy = self.context.policy().await?;
        for _ in 0..TRIES {
            if actor.is(&account) || (account.is_admin && !actor.has(Permission::RoleManagement)) {
                return Ok(Err(Forbidden));
            }
            let names = self.names.name(&account.user_name);
            let now = self.context.now();
            let record = self.record(Activity::UserDeleted, actor, &account, &policy, now);
            match self.context.store.delete_account(&account, &names, &record, now).await? {
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
    pub async fn unblock(&self, actor: &Actor, account: &Account) -> Result<Result<(), Forbidden>, Unavailable> {
        if actor.is(account) || (account.is_admin && !actor.has(Permission::RoleManagement)) {
            return Ok(Err(Forbidden));
        }
        let (policy, now) = (self.context.policy().await?, self.context.now());
        let notice = self.order(&account.id, Notice::PasswordResetUnblocked, now);
        let record = self.record(Activity::Unblocked, actor, account, &policy, now);
        self.context.store.unblock(&Owner::Account(account.id.clone()), &notice, &record).await?;
        Ok(Ok(()))
    }

    fn order(&self, account: &AccountId, notice: Notice, now: Moment) -> NoticeOrder {
        NoticeOrder::new(account.clone(), notice, now, &*self.context.random)
    }

    fn record(
        &self,
        activity: Activity,
        actor: &Actor,
        account: &Account,
        policy: &Policy,
        now: Moment,
    ) -> AuditRecord {
        let target = AuditedPerson::from(account);
        AuditRecord::new(activity, actor.initiator(), policy, now, &*self.context.random).about(target)
    }

    fn hash(&self, new: &NewPassword) -> Result<password::PasswordHash, Unavailable> {
        password::hash(&new.password, self.peppers.current(), bytes(&*self.context.random))
            .map_err(|failed| Unavailable::new("a password could not be hashed", failed))
    }
}
