//! Registering security questions: the whole set at once.

use super::{Decided, Outcome, Register};
use crate::account::questions::{Chosen, Reason, judge, offered};
use crate::account::{Account, RegisteredQuestions};
use crate::credentials::questions::{AskedQuestion, KeptAnswer, QuestionSet};
use crate::http::Problem;
use crate::policy::Policy;
use crate::policy::method::Method;
use crate::ports::idempotency::{Claim, Done, Facts, IdempotencyKey, Once, Refusal, once};
use crate::ports::store::{QuestionsChange, Store};
use crate::random::bytes;
use crate::records::audit::{Activity, ChangedProperty};
use crate::unavailable::Unavailable;

impl<S: Store, I> Register<S, I> {
    /// The questions that a person may choose from, in their language.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn catalogue(&self, account: &Account) -> Result<Vec<AskedQuestion>, Unavailable> {
        let policy = self.context.policy().await?;
        Ok(offered(&policy, policy.language(account.preferred_language())))
    }

    /// Registers pairs of a question's name and an answer in the place of every one there was.
    ///
    /// # Errors
    /// [`Unavailable`]; what was registered before stays then.
    pub async fn set_questions(
        &self,
        account: &Account,
        given: &[(&str, &str)],
        key: Option<(&IdempotencyKey, &[u8])>,
    ) -> Result<Outcome, Unavailable> {
        let policy = self.context.policy().await?;
        let claim = key.map(|(key, body)| self.claim("security-questions", account.id.as_str(), key, body));
        let work = async || match judge(given, &policy, account) {
            Ok(chosen) => self.replace_questions(account, chosen, &policy, claim.as_ref()).await,
            Err(reasons) => Ok(Done::Unkept(rejected(&reasons))),
        };
        Ok(match once(&self.context, claim.as_ref(), work).await? {
            Once::OtherBody => Outcome::Refused(Problem::IdempotencyKeyReused),
            Once::InUse => Outcome::Refused(Problem::IdempotencyKeyInUse),
            Once::Told(Facts::Refused { code: Refusal::AnswersRejected, reasons }) => {
                Outcome::Refused(Problem::AnswersRejected(reasons))
            }
            Once::Told(Facts::Refused { .. }) => Outcome::Refused(Problem::Conflict("the account changed meanwhile")),
            Once::Told(facts) => Outcome::Done(facts),
        })
    }

    async fn replace_questions(
        &self,
        account: &Account,
        chosen: Vec<Chosen>,
        policy: &Policy,
        claim: Option<&Claim>,
    ) -> Result<Done, Unavailable> {
        let set = self.hashed(chosen)?;
        let count = u8::try_from(set.answers.len()).unwrap_or(u8::MAX);
        let written = self.update(account, claim, |account, now| {
            // What was judged above may have changed since: who may not use questions now gets none.
            if !policy.offers_to(account.is_admin, Method::SecurityQuestions) {
                return None;
            }
            let former = account.questions;
            let mut changed = account.clone();
            changed.questions = Some(RegisteredQuestions { count, set_at: now });
            Some(Decided {
                account: changed,
                questions: QuestionsChange::Set(&set),
                activity: if former.is_some() { Activity::InfoChanged } else { Activity::InfoRegistered },
                changes: vec![ChangedProperty {
                    name: Method::SecurityQuestions.as_str().to_owned(),
                    old: former.map(|former| former.count.to_string()),
                    new: Some(count.to_string()),
                }],
                told: true,
                facts: Facts::Done,
            })
        });
        let conflict = Done::Unkept(Facts::refused(Refusal::Conflict));
        Ok(written.await?.map_or(conflict, |(_, facts)| Done::Kept(facts)))
    }

    /// Hashes every answer for its own question, each with a salt of its own.
    fn hashed(&self, chosen: Vec<Chosen>) -> Result<QuestionSet, Unavailable> {
        let mut answers = Vec::with_capacity(chosen.len());
        for Chosen { question, text, answer } in chosen {
            let hash = answer
                .hash(&question, self.peppers.current(), bytes(&*self.context.random))
                .map_err(|failed| Unavailable::new("an answer could not be hashed", failed))?;
            answers.push(KeptAnswer { question, text, hash });
        }
        Ok(QuestionSet { answers, draw: None, version: 0 })
    }
}

fn rejected(reasons: &[Reason]) -> Facts {
    let reasons = reasons.iter().map(|reason| reason.as_str().to_owned()).collect();
    Facts::Refused { code: Refusal::AnswersRejected, reasons }
}
