//! A person's own registration: contacts on file, proofs of possession, and everything that follows from them.

mod challenge;
mod methods;
mod questions;
mod view;

use crate::account::{Account, revokes};
use crate::credentials::key::{CodeKeys, IdempotencyKeys, NameKeys};
use crate::credentials::password::Peppers;
use crate::credentials::token::TokenSettings;
use crate::message::Notice;
use crate::ports::idempotency::{IdempotencyKey, KeyReservation};
use crate::ports::store::{AccountChange, QuestionsChange, Store, WriteOutcome};
use crate::records::audit::{Activity, AuditRecord, AuditedPerson, ChangedProperty, Initiator};
use crate::records::notice::NoticeOrder;
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::authorize::Actor;
use crate::use_cases::context::Context;
use crate::use_cases::idempotent::{Replay, answered};
use crate::use_cases::retries::MAX_DECISIONS;

pub use challenge::{ChallengeOutcome, ContactInput, ContactRefusal};
pub use methods::{Confirmation, Removable};
pub use questions::QuestionsOutcome;
pub use view::{ContactView, Registration, registration};

/// The use case in which people manage their own registration.
pub struct Register<S, I> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The keys of the token issuer.
    pub issuer: I,
    /// The issuer and audience that a token must have, and the claim that names its user.
    pub tokens: TokenSettings,
    /// The key for digests of user names and destinations.
    pub names: NameKeys,
    /// The key from which codes are derived.
    pub codes: CodeKeys,
    /// The peppers of the hashes of answers.
    pub peppers: Peppers,
    /// The key for digests of idempotency keys.
    pub idempotency: IdempotencyKeys,
}

/// A change to a person's own account, decided on its current state.
struct AccountUpdate<'a, T> {
    /// The account after the change.
    account: Account,
    /// The change to its security questions.
    questions: QuestionsChange<'a>,
    /// What the audit calls it.
    activity: Activity,
    /// The changed properties, in values that the audit may show.
    changes: Vec<ChangedProperty>,
    /// Whether the person's contacts are notified.
    notify: bool,
    /// The outcome once the change is written.
    outcome: T,
}

impl<S: Store, I> Register<S, I> {
    /// Returns the person's account and the time of their sign-in, if the token names a known and enabled user.
    #[must_use]
    pub fn person(actor: Actor) -> Option<(Account, Option<Moment>)> {
        let signed_in_at = actor.caller.signed_in_at;
        actor.account.filter(|account| account.enabled).map(|account| (account, signed_in_at))
    }

    /// Whether the person signed in too long ago to change anything. If so, returns how many seconds old a sign-in may
    /// be; otherwise `None`.
    ///
    /// # Errors
    /// [`Unavailable`] if the policy cannot be read.
    pub async fn is_stale(&self, signed_in_at: Option<Moment>) -> Result<Option<u64>, Unavailable> {
        let seconds = self.context.policy().await?.fresh_sign_in_seconds();
        let fresh = signed_in_at.is_some_and(|at| at.plus(seconds) >= self.context.now());
        Ok((!fresh).then_some(seconds))
    }

    fn reserve(&self, route: &str, caller: &str, key: &IdempotencyKey<'_>) -> KeyReservation {
        self.idempotency.reserve(route, caller, key, &*self.context.random)
    }

    /// Writes a change to the person's own account, and decides it again if another write came in between. Returns
    /// `None` if there is nothing to change, or if the account is gone or disabled.
    async fn update<'a, T: Replay>(
        &self,
        account: &Account,
        reservation: Option<&KeyReservation>,
        decide: impl Fn(&Account, Moment) -> Option<AccountUpdate<'a, T>>,
    ) -> Result<Option<T>, Unavailable> {
        let policy = self.context.policy().await?;
        let random = &*self.context.random;
        let mut account = account.clone();
        for _ in 0..MAX_DECISIONS {
            let now = self.context.now();
            let Some(decided) = decide(&account, now) else { return Ok(None) };
            let person = AuditedPerson::from(&account);
            let mut record =
                AuditRecord::new(decided.activity, Initiator::Person(person.clone()), &policy, now, random)
                    .about(person);
            record.changes = decided.changes;
            let notice = NoticeOrder::new(account.id.clone(), Notice::ContactChanged, now, random);
            let names = self.names.name(&account.user_name);
            let change = AccountChange {
                before: Some(&account),
                revoked_before: revokes(&account, &decided.account).then_some(now),
                questions: decided.questions,
                notices: if decided.notify { std::slice::from_ref(&notice) } else { &[] },
                records: std::slice::from_ref(&record),
                answered: answered(reservation, &decided.outcome, now),
                ..AccountChange::new(&decided.account, &names)
            };
            match self.context.store.change_account(&change).await? {
                WriteOutcome::Written => return Ok(Some(decided.outcome)),
                WriteOutcome::NameTaken => return Ok(None),
                WriteOutcome::Changed => {}
            }
            match self.context.store.account(&account.id).await? {
                Some(current) if same_sessions(&account, &current) => account = current,
                Some(_) | None => return Ok(None),
            }
        }
        Err(Unavailable::conflict("an account kept changing while its owner changed it"))
    }
}

/// Whether a request may go on with an account that changed while it ran: the account is enabled, and no change ended
/// the session that the request's token belongs to.
fn same_sessions(before: &Account, current: &Account) -> bool {
    current.enabled && current.sign_in_sessions_valid_from == before.sign_in_sessions_valid_from
}
