//! A person's own registration: what is on file, proving to possess a contact, and everything that follows.

mod challenge;
mod methods;
mod questions;
mod view;

use crate::account::{Account, voids};
use crate::credentials::key::{CodeKeys, IdempotencyKeys, NameKeys};
use crate::credentials::password::Peppers;
use crate::credentials::token::TokenSettings;
use crate::http::Problem;
use crate::message::Notice;
use crate::ports::idempotency::{Answered, Claim, Facts, IdempotencyKey, Once};
use crate::ports::store::{AccountChange, QuestionsChange, Store, Written};
use crate::records::audit::{Activity, AuditRecord, AuditedPerson, ChangedProperty, Initiator};
use crate::records::notice::NoticeOrder;
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::authorize::Actor;
use crate::use_cases::context::Context;

pub use challenge::Wish;
pub use methods::Removable;
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

/// What became of a challenge, or of its verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done; the facts say what.
    Done(Facts),
    /// It is refused.
    Refused(Problem),
}

/// How often a write is decided again when somebody else wrote in between.
const TRIES: usize = 4;

/// A change of a person's own account, as it is decided on what there is.
struct Decided<'a> {
    /// What the account becomes.
    account: Account,
    /// What becomes of its security questions.
    questions: QuestionsChange<'a>,
    /// What the audit calls it.
    activity: Activity,
    /// What changed, in values that may be shown.
    changes: Vec<ChangedProperty>,
    /// Whether the person's contacts are told.
    told: bool,
    /// What the answer is told from.
    facts: Facts,
}

impl<S: Store, I> Register<S, I> {
    /// The person's account: of a token that names a user known here and enabled.
    ///
    /// # Errors
    /// [`Problem::Forbidden`] for everybody else.
    pub fn person(actor: Actor) -> Result<(Account, Option<Moment>), Problem> {
        let signed_in_at = actor.caller.signed_in_at;
        let account = actor.account.filter(|account| account.enabled).ok_or(Problem::Forbidden)?;
        Ok((account, signed_in_at))
    }

    /// Demands that the person signed in lately.
    ///
    /// # Errors
    /// [`Problem::StaleSignIn`], or [`Failure::Unavailable`](crate::http::Failure) where the policy cannot be read.
    pub async fn demand_fresh(&self, signed_in_at: Option<Moment>) -> Result<(), crate::http::Failure> {
        let seconds = u64::from(self.context.policy().await?.fresh_sign_in_minutes) * 60;
        let fresh = signed_in_at.is_some_and(|at| at.plus(seconds) >= self.context.now());
        if fresh { Ok(()) } else { Err(Problem::StaleSignIn(seconds).into()) }
    }

    fn claim(&self, route: &str, caller: &str, key: &IdempotencyKey, body: &[u8]) -> Claim {
        self.idempotency.claim(route, caller, key, body, &*self.context.random)
    }

    /// Writes a change of the person's own account, decided again where somebody else wrote in between: the account
    /// as it is now and what is told of it, or `None` where there is nothing to change or nobody to change it for.
    async fn update<'a>(
        &self,
        account: &Account,
        claim: Option<&Claim>,
        decide: impl Fn(&Account, Moment) -> Option<Decided<'a>>,
    ) -> Result<Option<(Account, Facts)>, Unavailable> {
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
                void_before: voids(&account, &decided.account).then_some(now),
                questions: decided.questions,
                notices: if decided.told { std::slice::from_ref(&notice) } else { &[] },
                records: std::slice::from_ref(&record),
                answered: claim.map(|claim| Answered { claim, facts: &decided.facts, now }),
                ..AccountChange::new(&decided.account, &names)
            };
            match self.context.store.change_account(&change).await? {
                Written::Written => return Ok(Some((decided.account, decided.facts))),
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

fn outcome(told: Once) -> Outcome {
    match told {
        Once::OtherBody => Outcome::Refused(Problem::IdempotencyKeyReused),
        Once::InUse => Outcome::Refused(Problem::IdempotencyKeyInUse),
        Once::Told(Facts::Refused { .. }) => Outcome::Refused(Problem::CodeRejected),
        Once::Told(facts) => Outcome::Done(facts),
    }
}
