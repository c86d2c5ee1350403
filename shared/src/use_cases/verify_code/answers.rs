//! Proving the second gate by answers to security questions.

use super::{ProofOutcome, VerifyCode, VerifyRequest, owner};
use crate::account::AccountSnapshot;
use crate::credentials::questions::{AskedQuestion, ExpectedAnswer, GivenAnswers, QuestionSet};
use crate::limits::guesses::{Budget, GuessLog};
use crate::policy::Policy;
use crate::policy::method::{Gate, Method};
use crate::ports::idempotency::RunError;
use crate::ports::store::Store;
use crate::random::{AccountId, ResetId};
use crate::reset::{Reset, Stage};
use crate::unavailable::Unavailable;
use crate::use_cases::attempt::{Attempt, charge};

impl<S: Store> VerifyCode<S> {
    /// Verifies a whole set of answers: one guess, right or wrong as a whole.
    ///
    /// The requests to the table and the hashing are the same for every reset at which a guess could be charged.
    pub(super) async fn answers(
        &self,
        id: &ResetId,
        given: &GivenAnswers,
        request: VerifyRequest<'_>,
    ) -> Result<Option<ProofOutcome>, RunError> {
        let VerifyRequest { gate_token, policy, now, .. } = request;
        let Some(reset) = self.charged(id, None, now).await? else {
            return Ok(None);
        };
        let opened = self.opened(&reset, gate_token, policy);
        let guess_log = match opened {
            Some(_) => GuessLog::Account(owner(&reset)),
            None => GuessLog::Decoy(reset.names.current().to_owned()),
        };
        let Some(attempt) = charge(&self.context.store, &guess_log, reset.began_at, Budget::from(policy), now).await?
        else {
            return Ok(None);
        };
        let is_last = attempt.is_last();
        let proved = self.compare(&reset, opened, attempt, given, request).await?;
        if is_last && proved.is_none() {
            self.note_blocked(&guess_log, &reset, policy, now).await?;
        }
        Ok(proved)
    }

    /// The account and its questions, if the gate token opens the second gate and questions may be answered there.
    fn opened<'a>(
        &self,
        reset: &'a Reset,
        gate_token: Option<&str>,
        policy: &Policy,
    ) -> Option<(&'a AccountSnapshot, &'a [AskedQuestion])> {
        let Stage::Proving { passed: Some(passed) } = &reset.stage else {
            return None;
        };
        let snapshot = reset.snapshot.as_ref()?;
        // The policy may have changed: fewer questions than it requires now prove nothing.
        let enough = passed.questions.len() >= usize::from(policy.security_questions.required_to_reset);
        let offered = policy.offers_to(snapshot.is_admin, Method::SecurityQuestions) && enough;
        (offered && self.may_try(reset, Gate::Two, gate_token)).then_some((snapshot, &passed.questions))
    }

    async fn compare(
        &self,
        reset: &Reset,
        opened: Option<(&AccountSnapshot, &[AskedQuestion])>,
        attempt: Attempt,
        given: &GivenAnswers,
        request: VerifyRequest<'_>,
    ) -> Result<Option<ProofOutcome>, Unavailable> {
        let VerifyRequest { policy, now, .. } = request;
        // Without an account, read the questions of a random id, so that the table gets the same request.
        let account = reset.snapshot.as_ref().map(|snapshot| snapshot.account.clone());
        let account = account.unwrap_or_else(|| AccountId::draw(&*self.context.random));
        let set = self.context.store.questions(&account).await?;
        let questions = opened.map(|(_, questions)| questions).unwrap_or_default();
        let right = attempt
            .compare_answers(given, &compared(questions, set.as_ref(), policy), &self.peppers)
            .map_err(|failed| Unavailable::new("answers could not be compared", failed))?;
        let Some((snapshot, _)) = opened.filter(|_| right) else {
            return Ok(None);
        };
        let record = self.record(reset, snapshot, Method::SecurityQuestions, policy, now);
        let Some(next) = self.granted(reset, snapshot, Method::SecurityQuestions, None, policy) else {
            return Ok(None);
        };
        let (proof, proved) = next.proof(reset, &record, request);
        Ok(self.context.store.prove_answers(&proof).await?.then_some(proved))
    }
}

/// The stored answers to compare with. If no questions were drawn, as many empty ones as the policy requires.
fn compared<'a>(
    request: &'a [AskedQuestion],
    set: Option<&'a QuestionSet>,
    policy: &Policy,
) -> Vec<ExpectedAnswer<'a>> {
    if request.is_empty() {
        let count = usize::from(policy.security_questions.required_to_reset);
        return vec![ExpectedAnswer { question: "", stored: None }; count];
    }
    let stored = |question: &'a AskedQuestion| set.and_then(|set| set.answer(&question.id));
    request.iter().map(|question| ExpectedAnswer { question: &question.id, stored: stored(question) }).collect()
}
