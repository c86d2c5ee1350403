//! Creates, changes and deletes users and their contacts, for administrators.
//!
//! The consequences of an administrator's write are decided with it and stored in the same write: the audit records,
//! and the notices to the person.

mod changes;
mod consequences;
mod methods;
mod policy;

use crate::account::{Account, Owner, revokes};
use crate::credentials::key::NameKeys;
use crate::credentials::password::{self, Peppers};
use crate::credentials::token::{Forbidden, TokenSettings};
use crate::identifiers::user_name::UserName;
use crate::message::Notice;
use crate::policy::Policy;
use crate::ports::store::{AccountChange, Accounts, NewAccount, Settings, WriteOutcome};
use crate::random::{AccountId, bytes};
use crate::records::audit::{Activity, AuditRecord, AuditedPerson};
use crate::records::notice::NoticeOrder;
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::authorize::Actor;
use crate::use_cases::context::Context;
use crate::use_cases::new_password;
use crate::use_cases::retries::MAX_DECISIONS;

pub use changes::{Changes, NewPassword, Refusal};
pub use methods::{MethodChange, may_write_methods};

use changes::source;

/// The use case in which administrators change users and the policy.
pub struct AdminSetContact<S, I> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The keys of the token issuer.
    pub issuer: I,
    /// The issuer and audience that a token must have, and the claim that names its user.
    pub tokens: TokenSettings,
    /// The key for digests of user names and destinations.
    pub names: NameKeys,
    /// The peppers of password hashes.
    pub peppers: Peppers,
    /// The base URL of the service. Links to created resources begin with it.
    pub public_url: String,
}

/// The outcome of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeOutcome {
    /// The change is done. Holds the account as it is now.
    Done(Box<Account>),
    /// The change is refused.
    Refused(Refusal),
}

/// The consequences of a change, stored in the same write.
struct Consequences {
    /// The notices to the person.
    notices: Vec<NoticeOrder>,
    /// The audit records of the change.
    records: Vec<AuditRecord>,
}

impl<S: Accounts + Settings, I> AdminSetContact<S, I> {
    /// Creates an account. Nobody is notified of an account's first contacts.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was created then.
    pub async fn create(&self, actor: &Actor, name: UserName, changes: &Changes) -> Result<ChangeOutcome, Unavailable> {
        let NewAccount { account, names, record } = self.new_account(actor, name, changes).await?;
        if let Err(refusal) = self.judge(changes, &account).await? {
            return Ok(ChangeOutcome::Refused(refusal));
        }
        Ok(match self.context.store.create_account(&account, &names, &[record]).await? {
            WriteOutcome::Written => ChangeOutcome::Done(Box::new(account)),
            WriteOutcome::Changed | WriteOutcome::NameTaken => ChangeOutcome::Refused(Refusal::NameTaken),
        })
    }

    /// An account with its first values, which is not stored yet.
    ///
    /// # Errors
    /// [`Unavailable`] if the policy cannot be read or the password cannot be hashed.
    pub(super) async fn new_account(
        &self,
        actor: &Actor,
        name: UserName,
        changes: &Changes,
    ) -> Result<NewAccount, Unavailable> {
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
        Ok(NewAccount { account, names, record })
    }

    /// Changes an account. Everything under way for it is revoked if the change affects a contact, the password or the
    /// privilege, or disables the account. Another spelling of a contact is stored and recorded, and has no other
    /// effect. A change that leaves everything as it is writes nothing.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was changed then.
    pub async fn change(
        &self,
        actor: &Actor,
        mut account: Account,
        changes: &Changes,
    ) -> Result<ChangeOutcome, Unavailable> {
        let policy = self.context.policy().await?;
        let hash = changes.password.as_ref().map(|password| self.hash(password)).transpose()?;
        for _ in 0..MAX_DECISIONS {
            if let Err(refusal) = changes.permitted_on(actor, &account) {
                return Ok(ChangeOutcome::Refused(refusal));
            }
            let now = self.context.now();
            // What is written together with the mark of a directory is the directory's.
            let owned = changes.on_premises_sync_enabled.unwrap_or(account.on_premises_sync_enabled);
            let from = source(actor, owned);
            let mut changed = account.clone();
            changes.apply(&mut changed, from, &policy, now);
            if let Err(refusal) = self.judge(changes, &changed).await? {
                return Ok(ChangeOutcome::Refused(refusal));
            }
            if let (Some(hash), Some(password)) = (&hash, &changes.password) {
                changed.password = Some(hash.clone());
                changed.force_change_password = password.force_change;
                changed.sign_in_sessions_valid_from = Some(now);
            }
            if changed.is_written_as(&account) {
                return Ok(ChangeOutcome::Done(Box::new(account)));
            }
            let consequences = self.of_change(actor, &account, &changed, from, &policy, now);
            match self.write(&account, &changed, &consequences, now).await? {
                WriteOutcome::Written => return Ok(ChangeOutcome::Done(Box::new(changed))),
                WriteOutcome::NameTaken => return Ok(ChangeOutcome::Refused(Refusal::NameTaken)),
                WriteOutcome::Changed => {}
            }
            match self.context.store.account(&account.id).await? {
                Some(current) => account = current,
                None => return Ok(ChangeOutcome::Refused(Refusal::NoUser)),
            }
        }
        Err(Unavailable::conflict("an account kept changing while it was changed"))
    }

    async fn write(
        &self,
        before: &Account,
        after: &Account,
        consequences: &Consequences,
        now: Moment,
    ) -> Result<WriteOutcome, Unavailable> {
        let names = self.names.name(&after.user_name);
        let former = self.names.name(&before.user_name);
        let renamed = before.user_name != after.user_name;
        let change = AccountChange {
            before: Some(before),
            former: renamed.then(|| (&former, before.user_name.canonical())),
            revoked_before: revokes(before, after).then_some(now),
            notices: &consequences.notices,
            records: &consequences.records,
            ..AccountChange::new(after, &names)
        };
        self.context.store.change_account(&change).await
    }

    /// Deletes an account and revokes its resets.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was deleted then.
    pub async fn delete(&self, actor: &Actor, mut account: Account) -> Result<Result<(), Forbidden>, Unavailable> {
        let policy = self.context.policy().await?;
        for _ in 0..MAX_DECISIONS {
            if let Err(forbidden) = actor.demand_over(&account) {
                return Ok(Err(forbidden));
            }
            let names = self.names.name(&account.user_name);
            let now = self.context.now();
            let record = self.record(Activity::UserDeleted, actor, &account, &policy, now);
            match self.context.store.delete_account(&account, &names, &record, now).await? {
                WriteOutcome::Written => return Ok(Ok(())),
                WriteOutcome::Changed | WriteOutcome::NameTaken => {}
            }
            match self.context.store.account(&account.id).await? {
                Some(current) => account = current,
                None => return Ok(Ok(())),
            }
        }
        Err(Unavailable::conflict("an account kept changing while it was deleted"))
    }

    /// Clears an account's guess budgets, sign-in lock and count of challenges, and notifies its owner.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was cleared then.
    pub async fn unblock(&self, actor: &Actor, account: &Account) -> Result<Result<(), Forbidden>, Unavailable> {
        if let Err(forbidden) = actor.demand_over(account) {
            return Ok(Err(forbidden));
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
        let record = AuditRecord::new(activity, actor.initiator(), policy, now, &*self.context.random);
        record.about(target).sent_from(actor.address)
    }

    /// Checks a new password against the policy and what is known of the person, by the rules for anybody's.
    async fn judge(&self, changes: &Changes, account: &Account) -> Result<Result<(), Refusal>, Unavailable> {
        let Some(new) = changes.password.as_ref().filter(|new| new.is_new) else { return Ok(Ok(())) };
        let (policy, facts) = (self.context.policy().await?, account.known(self.context.now()).context);
        let judged = new_password::judge(new.password.as_str(), &policy, &facts)?;
        Ok(judged.map(|_| ()).map_err(|reasons| Refusal::Password(reasons[0])))
    }

    fn hash(&self, new: &NewPassword) -> Result<password::PasswordHash, Unavailable> {
        password::hash(&new.password, self.peppers.current(), bytes(&*self.context.random))
            .map_err(|failed| Unavailable::new("a password could not be hashed", failed))
    }
}
