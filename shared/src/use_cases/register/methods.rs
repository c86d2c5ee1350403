//! Removing registered methods, and saying that they are still right.

use super::{Decided, Register, Registration, registration};
use crate::account::{Account, ContactType};
use crate::http::Problem;
use crate::policy::Policy;
use crate::policy::method::Method;
use crate::ports::idempotency::{Done, Facts, IdempotencyKey, Once, Refusal, once};
use crate::ports::store::{QuestionsChange, Store};
use crate::records::audit::{Activity, ChangedProperty};
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// What a person can remove from their registered methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removable {
    /// A contact.
    Contact(ContactType),
    /// All security questions.
    SecurityQuestions,
}

impl Removable {
    /// Reads the name of a type.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == Method::SecurityQuestions.as_str() {
            return Some(Self::SecurityQuestions);
        }
        ContactType::parse(text).map(Self::Contact)
    }
}

/// Why a confirmation is not told again.
const CHANGED: &str = "the registration changed since it was confirmed with this key";

impl<S: Store, I> Register<S, I> {
    /// Removes a registered method, and voids what is under way; `false` where nothing of its type is registered.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was removed then.
    pub async fn remove(&self, account: &Account, what: Removable) -> Result<bool, Unavailable> {
        let removed = match what {
            Removable::Contact(kind) => self.update(account, None, |account, now| without(account, kind, now)).await?,
            Removable::SecurityQuestions => self.update(account, None, |account, _| without_questions(account)).await?,
        };
        Ok(removed.is_some())
    }

    /// Notes that the person finds everything still right, and shows it; nothing is voided and nobody is told.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was noted then.
    pub async fn confirm(
        &self,
        account: &Account,
        key: Option<&IdempotencyKey>,
    ) -> Result<Result<Registration, Problem>, Unavailable> {
        let policy = self.context.policy().await?;
        // A body is ignored, so that none makes another request of it.
        let claim = key.map(|key| self.claim("confirm", account.id.as_str(), key, b""));
        let mut fresh = None;
        let work = async || {
            let asked_at = self.context.now();
            let decide = |account: &Account, now| {
                confirmed(account, asked_at, now, |confirmed| self.shown_as(confirmed, &policy, now))
            };
            if let Some((confirmed, facts)) = self.update(account, claim.as_ref(), decide).await? {
                if let Facts::Confirmed { at, .. } = facts {
                    fresh = Some(registration(&confirmed, &policy, Moment::from_millis(at)));
                }
                return Ok(Done::Kept(facts));
            }
            let current = self.context.store.account(&account.id).await?.filter(|account| account.enabled);
            let Some(current) = current else { return Ok(Done::Unkept(Facts::refused(Refusal::Conflict))) };
            let now = self.context.now();
            fresh = Some(registration(&current, &policy, now));
            Ok(Done::Unkept(self.shown_as(&current, &policy, now)))
        };
        let told = once(&self.context, claim.as_ref(), work).await?;
        Ok(match (told, fresh) {
            (_, Some(shown)) => Ok(shown),
            (Once::Told(Facts::Confirmed { at, shown }), None) => self.shown_again(account, &policy, at, &shown),
            (Once::Told(_), None) => Err(Problem::Forbidden),
            (Once::OtherBody, None) => Err(Problem::IdempotencyKeyReused),
            (Once::InUse, None) => Err(Problem::IdempotencyKeyInUse),
        })
    }

    /// The registration that a confirmation showed: a digest of it is kept, and no contact, so that it can be told again
    /// only while there is nothing else to tell.
    fn shown_again(&self, account: &Account, policy: &Policy, at: u64, digest: &str) -> Result<Registration, Problem> {
        let shown = registration(account, policy, Moment::from_millis(at));
        if self.digest(&shown) == digest { Ok(shown) } else { Err(Problem::Conflict(CHANGED)) }
    }

    /// What is kept of a confirmation, from which its answer is told again.
    fn shown_as(&self, account: &Account, policy: &Policy, now: Moment) -> Facts {
        Facts::Confirmed { at: now.millis(), shown: self.digest(&registration(account, policy, now)) }
    }

    /// A keyed digest of all that is shown of a registration.
    fn digest(&self, shown: &Registration) -> String {
        self.idempotency.fingerprint(format!("{shown:?}").as_bytes())
    }
}

fn without<'a>(account: &Account, kind: ContactType, now: Moment) -> Option<Decided<'a>> {
    let mut changed = account.clone();
    let removed = changed.remove_registered(kind, now)?;
    let change = ChangedProperty { name: kind.as_str().to_owned(), old: Some(removed.masked()), new: None };
    Some(Decided {
        account: changed,
        questions: QuestionsChange::Kept,
        activity: Activity::InfoDeleted,
        changes: vec![change],
        told: true,
        facts: Facts::Done,
    })
}

fn without_questions<'a>(account: &Account) -> Option<Decided<'a>> {
    let mut changed = account.clone();
    let removed = changed.questions.take()?;
    let name = Method::SecurityQuestions.as_str().to_owned();
    Some(Decided {
        account: changed,
        questions: QuestionsChange::Removed,
        activity: Activity::InfoDeleted,
        changes: vec![ChangedProperty { name, old: Some(removed.count.to_string()), new: None }],
        told: true,
        facts: Facts::Done,
    })
}

/// Where another request confirmed it meanwhile, there is nothing left to note.
fn confirmed<'a>(
    account: &Account,
    asked_at: Moment,
    now: Moment,
    facts: impl FnOnce(&Account) -> Facts,
) -> Option<Decided<'a>> {
    if account.confirmed_at.is_some_and(|at| at > asked_at) {
        return None;
    }
    let account = Account { confirmed_at: Some(now), ..account.clone() };
    Some(Decided {
        facts: facts(&account),
        account,
        questions: QuestionsChange::Kept,
        activity: Activity::InfoReviewed,
        changes: Vec::new(),
        told: false,
    })
}
