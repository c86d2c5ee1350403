//! Registering security questions: the whole set at once.

use serde::{Deserialize, Serialize};

use super::{AccountUpdate, Register};
use crate::account::questions::{Chosen, offered, validate};
use crate::account::{Account, RegisteredQuestions};
use crate::credentials::questions::{AskedQuestion, QuestionSet, StoredAnswer};
use crate::policy::Policy;
use crate::policy::method::Method;
use crate::ports::idempotency::{IdempotencyKey, KeyReservation, RunError};
use crate::ports::store::{QuestionsChange, Store};
use crate::random::bytes;
use crate::records::audit::{Activity, ChangedProperty};
use crate::unavailable::Unavailable;
use crate::use_cases::idempotent::{Done, Replay, run_idempotent};

/// The outcome of registering a set of questions.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum QuestionsOutcome {
    /// The set is registered.
    Set,
    /// The answers are not accepted, for these reasons.
    Rejected(Vec<String>),
    /// The account changed in the meantime: it may no longer use questions, or is gone or disabled.
    #[serde(skip)]
    Changed,
}

impl Replay for QuestionsOutcome {
    fn is_stored(&self) -> bool {
        !matches!(self, Self::Changed)
    }
}

impl<S: Store, I> Register<S, I> {
    /// The questions that a person may choose from, in their language.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn catalogue(&self, account: &Account) -> Result<Vec<AskedQuestion>, Unavailable> {
        let policy = self.context.policy().await?;
        Ok(offered(&policy, policy.language(account.preferred_language())))
    }

    /// Registers pairs of a question's name and an answer. They replace every pair that was registered before.
    ///
    /// # Errors
    /// [`RunError`]. Either the former questions stay, or a repetition with the same idempotency key returns the
    /// outcome.
    pub async fn set_questions(
        &self,
        account: &Account,
        given: &[(&str, &str)],
        key: Option<IdempotencyKey<'_>>,
    ) -> Result<QuestionsOutcome, RunError> {
        let policy = self.context.policy().await?;
        let reservation = key.map(|key| self.reserve("security-questions", account.id.as_str(), &key));
        let work = async || match validate(given, &policy, account) {
            Ok(chosen) => Ok(self.replace_questions(account, chosen, &policy, reservation.as_ref()).await?),
            Err(reasons) => {
                let reasons = reasons.iter().map(|reason| reason.as_str().to_owned()).collect();
                Ok(Done::Unpersisted(QuestionsOutcome::Rejected(reasons)))
            }
        };
        run_idempotent(&self.context, reservation.as_ref(), work).await
    }

    async fn replace_questions(
        &self,
        account: &Account,
        chosen: Vec<Chosen>,
        policy: &Policy,
        reservation: Option<&KeyReservation>,
    ) -> Result<Done<QuestionsOutcome>, Unavailable> {
        let set = self.hashed(chosen)?;
        let count = u8::try_from(set.answers.len()).unwrap_or(u8::MAX);
        let written = self.update(account, reservation, |account, now| {
            // The account may have changed since the validation above: an account that may no longer use questions gets
            // none.
            if !policy.offers_to(account.is_admin, Method::SecurityQuestions) {
                return None;
            }
            let former = account.questions;
            let mut changed = account.clone();
            changed.questions = Some(RegisteredQuestions { count, set_at: now });
            Some(AccountUpdate {
                account: changed,
                questions: QuestionsChange::Set(&set),
                activity: if former.is_some() { Activity::InfoChanged } else { Activity::InfoRegistered },
                changes: vec![ChangedProperty {
                    name: Method::SecurityQuestions.as_str().to_owned(),
                    old: former.map(|former| former.count.to_string()),
                    new: Some(count.to_string()),
                }],
                notify: true,
                outcome: QuestionsOutcome::Set,
            })
        });
        Ok(written.await?.map_or(Done::Unpersisted(QuestionsOutcome::Changed), Done::Persisted))
    }

    /// Hashes every answer together with its question, each with its own salt.
    fn hashed(&self, chosen: Vec<Chosen>) -> Result<QuestionSet, Unavailable> {
        let mut answers = Vec::with_capacity(chosen.len());
        for Chosen { question, text, answer } in chosen {
            let hash = answer
                .hash(&question, self.peppers.current(), bytes(&*self.context.random))
                .map_err(|failed| Unavailable::new("an answer could not be hashed", failed))?;
            answers.push(StoredAnswer { question, text, hash });
        }
        Ok(QuestionSet { answers, draw: None, version: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::idempotency::StoredResponse;

    #[test]
    fn a_set_is_stored_by_its_outcome_and_a_conflict_is_not() {
        for outcome in [QuestionsOutcome::Set, QuestionsOutcome::Rejected(vec!["too-few".to_owned()])] {
            assert!(outcome.is_stored());
            assert_eq!(StoredResponse::of(&outcome).read::<QuestionsOutcome>().unwrap(), outcome);
        }
        assert!(!QuestionsOutcome::Changed.is_stored());
    }
}
