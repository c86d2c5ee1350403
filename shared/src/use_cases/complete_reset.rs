//! Completes a reset: checks the token, then the password rules, then writes everything in one transaction.

use serde::{Deserialize, Serialize};

use crate::account::{AccountSnapshot, Owner};
use crate::credentials::key::{CodeKeys, IdempotencyKeys};
use crate::credentials::password::{self, Password, Peppers};
use crate::limits::guesses::GuessLog;
use crate::message::Notice;
use crate::policy::Policy;
use crate::ports::idempotency::{IdempotencyKey, KeyReservation, RunError};
use crate::ports::store::{Accounts, Idempotency, Limits, PasswordChange, PasswordSet, Resets, Settings};
use crate::random::{ResetId, bytes};
use crate::records::audit::{Activity, AuditRecord, AuditedPerson, Initiator};
use crate::reset::code::{TokenKind, same};
use crate::reset::{Grant, MAX_PASSWORD_TRIES, Reset, Stage};
use crate::unavailable::Unavailable;
use crate::use_cases::context::{Context, RESPONSE_AFTER};
use crate::use_cases::idempotent::{Done, Replay, answered, run_idempotent};
use crate::use_cases::new_password::{judge, notices, words};
use crate::use_cases::retries::MAX_DECISIONS;

/// The use case that completes resets.
pub struct CompleteReset<S> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The key from which codes and tokens are derived.
    pub codes: CodeKeys,
    /// The peppers of password hashes.
    pub peppers: Peppers,
    /// The key for digests of idempotency keys.
    pub idempotency: IdempotencyKeys,
}

/// The outcome of a completion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Completion {
    /// The password is set, and every other reset of the account is revoked.
    Completed,
    /// The token is not accepted.
    TokenRejected,
    /// The password is not accepted, for these reasons. The token stays valid until its password tries are used up.
    PasswordRejected(Vec<String>),
}

impl Replay for Completion {}

impl<S: Resets + Accounts + Limits + Settings + Idempotency> CompleteReset<S> {
    /// Sets a new password with the token of a proved reset. Every request without that token takes the same time.
    ///
    /// A malformed id is refused like an unknown one.
    ///
    /// # Errors
    /// [`RunError`]. Either the password was not changed, or a repetition with the same idempotency key returns the
    /// outcome.
    pub async fn complete(
        &self,
        id: &str,
        token: &str,
        new_password: &str,
        key: Option<IdempotencyKey<'_>>,
    ) -> Result<Completion, RunError> {
        let due = self.context.clock.sleep(RESPONSE_AFTER);
        let completed = match ResetId::parse(id) {
            Some(id) => self.run(&id, token, new_password, key).await,
            None => Ok(Completion::TokenRejected),
        };
        if matches!(completed, Ok(Completion::TokenRejected) | Err(_)) {
            due.await;
        }
        completed
    }

    async fn run(
        &self,
        id: &ResetId,
        token: &str,
        new_password: &str,
        key: Option<IdempotencyKey<'_>>,
    ) -> Result<Completion, RunError> {
        let random = &*self.context.random;
        let reservation = key.map(|key| self.idempotency.reserve("complete-reset", id.as_str(), &key, random));
        let work = async || {
            Ok(match self.decide(id, token, new_password, reservation.as_ref()).await? {
                Completion::Completed => Done::Persisted(Completion::Completed),
                Completion::TokenRejected => {
                    // Requests with the token are few, since a refused password is charged to it. All others count.
                    let now = self.context.now();
                    self.context.store.count_request(id, now).await?.reset(now)?;
                    Done::Unpersisted(Completion::TokenRejected)
                }
                refused @ Completion::PasswordRejected(_) => Done::Unpersisted(refused),
            })
        };
        run_idempotent(&self.context, reservation.as_ref(), work).await
    }

    async fn decide(
        &self,
        id: &ResetId,
        token: &str,
        new_password: &str,
        reservation: Option<&KeyReservation>,
    ) -> Result<Completion, Unavailable> {
        // The policy is read anew: what it requires now must be fulfilled, whatever it required a minute ago.
        let (reset, policy) = self.context.store.reset_and_policy(id).await?;
        let policy = policy.policy;
        let Some(reset) = reset else {
            return Ok(Completion::TokenRejected);
        };
        let Some((grant, mut snapshot)) = self.granted(&reset, token) else {
            return Ok(Completion::TokenRejected);
        };
        for _ in 0..MAX_DECISIONS {
            if !grant.suffices(&policy, snapshot.is_admin) {
                return Ok(Completion::TokenRejected);
            }
            let password = match judge(new_password, &policy, &snapshot.context)? {
                Ok(password) => password,
                Err(reasons) => return self.refuse(&reset, &grant, &snapshot, words(&reasons)).await,
            };
            match self.set(&reset, &grant, &snapshot, &password, &policy, reservation).await? {
                PasswordSet::Set => return Ok(Completion::Completed),
                PasswordSet::TokenDead | PasswordSet::Revoked => return Ok(Completion::TokenRejected),
                PasswordSet::AccountChanged => {}
            }
            match self.context.store.account(&snapshot.account).await? {
                Some(account) if account.enabled => snapshot = account.known(self.context.now()),
                Some(_) | None => return Ok(Completion::TokenRejected),
            }
        }
        Err(Unavailable::plain("an account kept changing while its password was set"))
    }

    /// The grant and the account snapshot of a reset, if the reset is live, `token` is its token and password tries are
    /// left.
    fn granted(&self, reset: &Reset, token: &str) -> Option<(Grant, AccountSnapshot)> {
        let Stage::Granted(grant) = &reset.stage else {
            return None;
        };
        let derived = self.codes.token(reset.code_key, TokenKind::Reset, reset.id.as_str(), &grant.seed)?;
        let valid =
            same(token, &derived) && reset.is_live(self.context.now()) && grant.password_tries < MAX_PASSWORD_TRIES;
        valid.then(|| Some((grant.clone(), reset.snapshot.clone()?))).flatten()
    }

    /// Refuses a password and charges the try. The token is checked again first: if it has been revoked, the response
    /// says nothing about the password.
    async fn refuse(
        &self,
        reset: &Reset,
        grant: &Grant,
        snapshot: &AccountSnapshot,
        reasons: Vec<String>,
    ) -> Result<Completion, Unavailable> {
        let guess_log = GuessLog::Account(Owner::Account(snapshot.account.clone()));
        if self.context.store.guess_log(&guess_log).await?.revokes(reset.began_at) {
            return Ok(Completion::TokenRejected);
        }
        let charged = self.context.store.charge_password(reset, &grant.seed, self.context.now()).await?;
        Ok(if charged { Completion::PasswordRejected(reasons) } else { Completion::TokenRejected })
    }

    async fn set(
        &self,
        reset: &Reset,
        grant: &Grant,
        snapshot: &AccountSnapshot,
        password: &Password,
        policy: &Policy,
        reservation: Option<&KeyReservation>,
    ) -> Result<PasswordSet, Unavailable> {
        let salt = bytes(&*self.context.random);
        let hash = password::hash(password, self.peppers.current(), salt)
            .map_err(|failed| Unavailable::new("a password could not be hashed", failed))?;
        let now = self.context.now();
        let random = &*self.context.random;
        let notices = notices(Notice::PasswordReset, snapshot, &grant.destinations, policy, now, random);
        let person = AuditedPerson::from(snapshot);
        let record = AuditRecord::new(Activity::PasswordReset, Initiator::Person(person.clone()), policy, now, random)
            .about(person)
            .in_reset(&reset.id)
            .because("User successfully reset password");
        let change = PasswordChange {
            reset,
            grant: &grant.seed,
            account: &snapshot.account,
            version: snapshot.version,
            password: &hash,
            notices: &notices,
            record: &record,
            now,
            answered: answered(reservation, &Completion::Completed, now),
        };
        self.context.store.set_password(&change).await
    }
}

#[cfg(test)]
mod tests;
