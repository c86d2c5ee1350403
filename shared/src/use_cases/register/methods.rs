//! Removes registered methods, and confirms that they are still right.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::view::{ContactView, Registration, registration};
use super::{AccountUpdate, Register};
use crate::account::{Account, ContactType, Unusable};
use crate::policy::Policy;
use crate::policy::method::Method;
use crate::ports::idempotency::{IdempotencyKey, RunError};
use crate::ports::store::{QuestionsChange, Store};
use crate::records::audit::{Activity, ChangedProperty};
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::idempotent::{Done, Replay, run_idempotent};

/// A registered method that a person can remove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removable {
    /// The contact of this type.
    Contact(ContactType),
    /// All security questions.
    SecurityQuestions,
}

impl Removable {
    /// Reads the name of a type; `None` if it is unknown.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == Method::SecurityQuestions.as_str() {
            return Some(Self::SecurityQuestions);
        }
        ContactType::parse(text).map(Self::Contact)
    }
}

/// The outcome of a confirmation.
pub enum Confirmation {
    /// The confirmation is stored. Holds the registration that was confirmed.
    Registration(Registration),
    /// The registration changed since it was confirmed with this key.
    Changed,
    /// The account is gone, or no longer enabled.
    NoAccount,
}

/// The stored outcome of a confirmation: a digest of the registration that it returned, and no contact. So a repetition
/// can return the registration only while it is unchanged.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum StoredConfirmation {
    Registration {
        at: Moment,
        digest: String,
        #[serde(skip)]
        registration: Option<Registration>,
    },
    #[serde(skip)]
    NoAccount,
}

impl Replay for StoredConfirmation {
    fn is_stored(&self) -> bool {
        matches!(self, Self::Registration { .. })
    }
}

impl<S: Store, I> Register<S, I> {
    /// Removes a registered method, and revokes everything under way for the account. Returns `false` if nothing of its
    /// type is registered.
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

    /// Records that the person finds everything still right, and returns the registration. Nothing is revoked, and
    /// nobody is notified.
    ///
    /// # Errors
    /// [`RunError`]. Either nothing was recorded, or a repetition with the same idempotency key returns the outcome.
    pub async fn confirm(&self, account: &Account, key: Option<IdempotencyKey<'_>>) -> Result<Confirmation, RunError> {
        let policy = self.context.policy().await?;
        let reservation = key.map(|key| self.reserve("confirm", account.id.as_str(), &key.without_body()));
        let work = async || {
            let asked_at = self.context.now();
            let decide = |account: &Account, now| {
                confirmed(account, asked_at, now, |confirmed| self.registration_view(confirmed, &policy, now))
            };
            if let Some(confirmed) = self.update(account, reservation.as_ref(), decide).await? {
                return Ok(Done::Persisted(confirmed));
            }
            let current = self.context.store.account(&account.id).await?.filter(|account| account.enabled);
            let now = self.context.now();
            let confirmed = current.map(|current| self.registration_view(&current, &policy, now));
            Ok(Done::Unpersisted(confirmed.unwrap_or(StoredConfirmation::NoAccount)))
        };
        Ok(match run_idempotent(&self.context, reservation.as_ref(), work).await? {
            StoredConfirmation::Registration { registration: Some(registration), .. } => {
                Confirmation::Registration(registration)
            }
            StoredConfirmation::Registration { at, digest, registration: None } => {
                let registration_view = registration(account, &policy, at);
                if self.digest(&registration_view) == digest {
                    Confirmation::Registration(registration_view)
                } else {
                    Confirmation::Changed
                }
            }
            StoredConfirmation::NoAccount => Confirmation::NoAccount,
        })
    }

    /// The registration that a confirmation returns, with the digest that is stored.
    fn registration_view(&self, account: &Account, policy: &Policy, now: Moment) -> StoredConfirmation {
        let registration = registration(account, policy, now);
        StoredConfirmation::Registration {
            at: now,
            digest: self.digest(&registration),
            registration: Some(registration),
        }
    }

    /// A keyed digest of everything that a response shows of a registration.
    fn digest(&self, registration_view: &Registration) -> String {
        // Values in a fixed order and without field names, so that renaming a field changes nothing.
        let contact = |registration_view: &ContactView| {
            let (kind, source, reason) =
                (registration_view.kind.as_str(), registration_view.source.as_str(), registration_view.reason);
            json!([
                kind,
                registration_view.value,
                source,
                registration_view.set_at,
                registration_view.verified_at,
                reason.map(Unusable::as_str)
            ])
        };
        let contacts = |list: &[ContactView]| list.iter().map(contact).collect::<Vec<_>>();
        let text = json!([
            registration_view.user_name,
            registration_view.registered,
            registration_view.methods_required,
            registration_view.reconfirm_by,
            contacts(&registration_view.methods),
            contacts(&registration_view.suggested),
            registration_view.questions_registered,
            registration_view.questions_required,
        ]);
        self.idempotency.fingerprint(text.to_string().as_bytes())
    }
}

fn without<'a>(account: &Account, kind: ContactType, now: Moment) -> Option<AccountUpdate<'a, ()>> {
    let mut changed = account.clone();
    let removed = changed.remove_registered(kind, now)?;
    let change = ChangedProperty { name: kind.as_str().to_owned(), old: Some(removed.masked()), new: None };
    Some(AccountUpdate {
        account: changed,
        questions: QuestionsChange::Unchanged,
        activity: Activity::InfoDeleted,
        changes: vec![change],
        notify: true,
        outcome: (),
    })
}

fn without_questions<'a>(account: &Account) -> Option<AccountUpdate<'a, ()>> {
    let mut changed = account.clone();
    let removed = changed.questions.take()?;
    let name = Method::SecurityQuestions.as_str().to_owned();
    Some(AccountUpdate {
        account: changed,
        questions: QuestionsChange::Removed,
        activity: Activity::InfoDeleted,
        changes: vec![ChangedProperty { name, old: Some(removed.count.to_string()), new: None }],
        notify: true,
        outcome: (),
    })
}

/// Returns `None` if another request has confirmed the registration in the meantime: there is nothing left to record.
fn confirmed<'a>(
    account: &Account,
    asked_at: Moment,
    now: Moment,
    outcome: impl FnOnce(&Account) -> StoredConfirmation,
) -> Option<AccountUpdate<'a, StoredConfirmation>> {
    if account.confirmed_at.is_some_and(|at| at > asked_at) {
        return None;
    }
    let account = Account { confirmed_at: Some(now), ..account.clone() };
    Some(AccountUpdate {
        outcome: outcome(&account),
        account,
        questions: QuestionsChange::Unchanged,
        activity: Activity::InfoReviewed,
        changes: Vec::new(),
        notify: false,
    })
}
