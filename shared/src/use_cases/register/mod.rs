//! A person's own registration: what is on file, proving to possess a contact, and everything that follows.

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
use crate::ports::store::{AccountChange, QuestionsChange, Store, Written};
use crate::records::audit::{Activity, AuditRecord, AuditedPerson, ChangedProperty, Initiator};
use crate::records::notice::NoticeOrder;
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::authorize::Actor;
use crate::use_cases::context::Context;
use crate::use_cases::idempotent::{Replay, answered};

pub use challenge::{ChallengeOutcome, ContactInput, ContactRefusal};
pub use methods::{Confirmation, Removable};
pub use questions::QuestionsOutcome;
pub use view::{ContactView, Registration, registration};

/// What registering needs.
pub struct Register<S, I> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The issuer's keys.
    pub issuer: I,
    /// Whose tokens are accepted.
    pub tokens: TokenSettings,
    /// The key of names and destinations.
    pub names: NameKeys,
    /// The key of codes.
    pub codes: CodeKeys,
    /// The peppers of answers' hashes.
    pub peppers: Peppers,
    /// The key of idempotency keys.
    pub idempotency: IdempotencyKeys,
}

/// How often a write is decided again when somebody else wrote in between.
const TRIES: usize = 4;

/// A change of a person's own account, as it is decided on what there is.
struct Decided<'a, T> {
    /// What the account becomes.
    account: Account,
    /// What becomes of its security questions.
    questions: QuestionsChange<'a>,
    /// What the audit calls it.
    activity: Activity,
    /// What changed, in values that may be shown.
    changes: Vec<ChangedProperty>,
    /// Whether the person's contacts are told.
    notify: bool,
    /// What became of it.
    outcome: T,
}

impl<S: Store, I> Register<S, I> {
    /// The person's account, and when they signed in: of a token that names a user known here and enabled.
    #[must_use]
    pub fn person(actor: Actor) -> Option<(Account, Option<Moment>)> {
        let signed_in_at = actor.caller.signed_in_at;
        actor.account.filter(|account| account.enabled).map(|account| (account, signed_in_at))
    }

    /// Whether the person signed in too long ago to change anything: within how many seconds it must have been, if so.
    ///
    /// # Errors
    /// [`Unavailable`] if the policy cannot be read.
    pub async fn is_stale(&self, signed_in_at: Option<Moment>) -> Result<Option<u64>, Unavailable> {
        let seconds = u64::from(self.context.policy().await?.fresh_sign_in_minutes) * 60;
        let fresh = signed_in_at.is_some_and(|at| at.plus(seconds) >= self.context.now());
        Ok((!fresh).then_some(seconds))
    }

    fn reserve(&self, route: &str, caller: &str, key: IdempotencyKey<'_>) -> KeyReservation {
        self.idempotency.reserve(route, caller, key, &*self.context.random)
    }

    /// Writes a change of the person's own account, decided again if somebody else wrote in between; `None` if
    /// there is nothing to change or nobody to change it for.
    async fn update<'a, T: Replay>(
        &self,
        account: &Account,
        reservation: Option<&KeyReservation>,
        decide: impl Fn(&Account, Moment) -> Option<Decided<'a, T>>,
    ) -> Result<Option<T>, Unavailable> {
        let policy = self.context.policy().await?;
        let random = &*self.context.random;
        let mut account = account.clone();
        for _ in 0..TRIES {
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
                revoked_before: revokes(&account, &decided.account).then_some(now),
                questions: decided.questions,
                notices: if decided.notify { std::slice::from_ref(&notice) } else { &[] },
                records: std::slice::from_ref(&record),
                answered: answered(reservation, &decided.outcome, now),
                ..AccountChange::new(&decided.account, &names)
            };
            match self.context.store.change_account(&change).await? {
                Written::Written => return Ok(Some(decided.outcome)),
                Written::NameTaken => return Ok(None),
                Written::Changed => {}
            }
            match self.context.store.account(&account.id).await? {
                Some(current) if current.enabled => account = current,
                Some(_) | None => return Ok(None),
            }
        }
        Err(Unavailable::plain("an account kept changing while its owner changed it"))
    }
}
