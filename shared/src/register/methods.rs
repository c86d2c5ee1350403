//! Removing registered methods, and saying that they are still right.

use super::{Decided, Outcome, Register, outcome};
use crate::account::{Account, ContactType};
use crate::audit::{Activity, ChangedProperty};
use crate::idempotency::{Facts, IdempotencyKey, once};
use crate::method::Method;
use crate::store::{QuestionsChange, Store};
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

impl<S: Store, I> Register<S, I> {
    /// Removes a registered method, and voids what is under way; `false` where nothing of its type is registered.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was removed then.
    pub async fn remove(&self, account: &Account, what: Removable) -> Result<bool, Unavailable> {
        let removed = match what {
            Removable::Contact(kind) => self.update(account, |account, now| without(account, kind, now)).await?,
            Removable::SecurityQuestions => self.update(account, |account, _| without_questions(account)).await?,
        };
        Ok(removed.is_some())
    }

    /// Notes that the person finds everything still right; nothing is voided and nobody is told.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was noted then.
    pub async fn confirm(
        &self,
        account: &Account,
        key: Option<(&IdempotencyKey, &[u8])>,
    ) -> Result<Outcome, Unavailable> {
        let claim = key.map(|(key, body)| self.idempotency.claim("confirm", account.id.as_str(), key, body));
        let asked_at = self.context.now();
        let work = async || {
            self.update(account, |account, now| confirmed(account, asked_at, now)).await?;
            Ok(Facts::Done)
        };
        Ok(outcome(once(&self.context, claim.as_ref(), work).await?))
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
    })
}

fn without_questions<'a>(account: &Account) -> Option<Decided<'a>> {
    let mut changed = account.clone();
    let removed = changed.registered.questions.take()?;
    let name = Method::SecurityQuestions.as_str().to_owned();
    Some(Decided {
        account: changed,
        questions: QuestionsChange::Removed,
        activity: Activity::InfoDeleted,
        changes: vec![ChangedProperty { name, old: Some(removed.count.to_string()), new: None }],
        told: true,
    })
}

/// Where another request confirmed it meanwhile, there is nothing left to note.
fn confirmed<'a>(account: &Account, asked_at: Moment, now: Moment) -> Option<Decided<'a>> {
    if account.confirmed_at.is_some_and(|at| at > asked_at) {
        return None;
    }
    Some(Decided {
        account: Account { confirmed_at: Some(now), ..account.clone() },
        questions: QuestionsChange::Kept,
        activity: Activity::InfoReviewed,
        changes: Vec::new(),
        told: false,
    })
}
