//! Proving the second gate by answers to security questions.

use super::{Asked, Proved, VerifyCode, owner};
use crate::account::Bound;
use crate::credentials::questions::{AskedQuestion, Compared, GivenAnswers, QuestionSet};
use crate::limits::guesses::{Budget, Ring};
use crate::policy::Policy;
use crate::policy::method::{Gate, Method};
use crate::ports::store::Store;
use crate::random::{AccountId, ResetId};
use crate::reset::{Reset, Stage};
use crate::unavailable::Unavailable;
use crate::use_cases::attempt::{Attempt, charge};

impl<S: Store> VerifyCode<S> {
    /// Verifies a whole set of answers: one guess, right or wrong as a whole.
    ///
    /// Whatever the reset is, the requests and the hashing are the same.
    pub(super) async fn answers(
        &self,
        id: &ResetId,
        given: &GivenAnswers,
        asked: Asked<'_>,
    ) -> Result<Option<Proved>, Unavailable> {
        let Asked { gate_token, policy, now, .. } = asked;
        let Some(reset) = self.context.store.charge_reset(id, tries(policy), now).await? else {
            return Ok(None);
        };
        let opened = self.opened(&reset, gate_token, policy);
        let ring = match opened {
            Some(_) => Ring::Account(owner(&reset)),
            None => Ring::Idle(reset.names.current().to_owned()),
        };
        let Some(attempt) = charge(&self.context.store, &ring, reset.began_at, Budget::from(policy), now).await? else {
            return Ok(None);
        };
        let is_last = attempt.is_last();
        let proved = self.compare(&reset, opened, attempt, given, asked).await?;
        if is_last && proved.is_none() {
            self.note_blocked(&ring, &reset, policy, now).await?;
        }
        Ok(proved)
    }

    /// The account and its questions, where the token shown opens the second gate and questions may be answered there.
    fn opened<'a>(
        &self,
        reset: &'a Reset,
        gate_token: Option<&str>,
        policy: &Policy,
    ) -> Option<(&'a Bound, &'a [AskedQuestion])> {
        let Stage::Proving { passed: Some(passed) } = &reset.stage else {
            return None;
        };
        let bound = reset.bound.as_ref()?;
        // What is required is decided again: fewer than are asked now prove nothing.
        let enough = passed.questions.len() >= usize::from(policy.security_questions.required_to_reset);
        let offered = policy.offers_to(bound.is_admin, Method::SecurityQuestions) && enough;
        (offered && self.may_try(reset, Gate::Two, gate_token)).then_some((bound, &passed.questions))
    }

    async fn compare(
        &self,
        reset: &Reset,
        opened: Option<(&Bound, &[AskedQuestion])>,
        attempt: Attempt,
        given: &GivenAnswers,
        asked: Asked<'_>,
    ) -> Result<Option<Proved>, Unavailable> {
        let Asked { policy, now, .. } = asked;
        // Without an account the same is asked of the table about one that nobody has.
        let account = reset.bound.as_ref().map(|bound| bound.account.clone());
        let account = account.unwrap_or_else(|| AccountId::draw(&*self.context.random));
        let set = self.context.store.questions(&account).await?;
        let questions = opened.map(|(_, questions)| questions).unwrap_or_default();
        let right = attempt
            .compare_answers(given, &compared(questions, set.as_ref(), policy), &self.peppers)
            .map_err(|failed| Unavailable::new("answers could not be compared", failed))?;
        let Some((bound, _)) = opened.filter(|_| right) else {
            return Ok(None);
        };
        let record = self.record(reset, bound, Method::SecurityQuestions, policy, now);
        let Some(next) = self.granted(reset, bound, Method::SecurityQuestions, None, policy) else {
            return Ok(None);
        };
        let (proof, proved) = next.proof(reset, &record, asked);
        Ok(self.context.store.prove_answers(&proof).await?.then_some(proved))
    }
}

/// How many guesses a reset's issue may have had for one more by answers: as many as a code has, beside those that gate
/// one's code may have used up.
fn tries(policy: &Policy) -> u32 {
    policy.tries_per_code.saturating_mul(2)
}

/// What the answers are compared with; where nothing was asked, as much of nothing.
fn compared<'a>(asked: &'a [AskedQuestion], set: Option<&'a QuestionSet>, policy: &Policy) -> Vec<Compared<'a>> {
    if asked.is_empty() {
        let count = usize::from(policy.security_questions.required_to_reset);
        return vec![Compared { question: "", kept: None }; count];
    }
    let kept = |question: &'a AskedQuestion| set.and_then(|set| set.answer(&question.id));
    asked.iter().map(|question| Compared { question: &question.id, kept: kept(question) }).collect()
}
