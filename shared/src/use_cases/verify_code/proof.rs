//! What surrounds a proof: whether it may be tried, the stage that follows, and its audit record.

use super::{ProofOutcome, VerifyCode, VerifyRequest, second_gate};
use crate::account::AccountSnapshot;
use crate::limits::guesses::GuessLog;
use crate::policy::Policy;
use crate::policy::method::{CodeMethod, Gate, Method};
use crate::ports::store::{Proof, Store};
use crate::random::{AccountId, Seed};
use crate::records::audit::{Activity, AuditRecord, AuditedPerson, Initiator};
use crate::reset::code::{TokenKind, same};
use crate::reset::{Grant, PassedGate, Reset, Stage};
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::idempotent::{Replay, answered};

impl Replay for ProofOutcome {}

/// The stage that follows a proof.
pub(super) struct Next {
    stage: Stage,
    /// The methods that may open the second gate; `None` if everything is proved.
    methods: Option<Vec<String>>,
}

impl Next {
    /// Returns the proof to write, and the outcome to return once it is written.
    pub(super) fn proof<'a>(
        self,
        reset: &'a Reset,
        record: &'a AuditRecord,
        request: VerifyRequest<'a>,
    ) -> (Proof<'a>, ProofOutcome) {
        let proved = ProofOutcome { methods: self.methods, moved: Some((reset.clone(), self.stage.clone())) };
        let answered = answered(request.reservation, &proved, request.now);
        (Proof { reset, next: self.stage, now: request.now, record, answered }, proved)
    }
}

impl<S: Store> VerifyCode<S> {
    /// Whether a proof at `gate` may be tried now: the gate is open, and gate two also needs its token.
    pub(super) fn may_try(&self, reset: &Reset, gate: Gate, gate_token: Option<&str>) -> bool {
        match &reset.stage {
            Stage::Proving { passed: None } => gate == Gate::One,
            Stage::Proving { passed: Some(passed) } => {
                let derived = self.codes.token(reset.code_key, TokenKind::Gate, reset.id.as_str(), &passed.seed);
                let shown = derived.zip(gate_token).is_some_and(|(derived, shown)| same(shown, &derived));
                gate == Gate::Two && shown
            }
            Stage::Granted(_) | Stage::Completed => false,
        }
    }

    /// The stage that follows the proof of a code, and the methods that may open the second gate. `None` if both gates
    /// are passed but do not suffice, because the policy no longer offers gate one's method. The code stays valid until
    /// the policy offers the method again or the code expires.
    pub(super) async fn next(
        &self,
        reset: &Reset,
        snapshot: &AccountSnapshot,
        method: CodeMethod,
        destination: String,
        policy: &Policy,
    ) -> Result<Option<Next>, Unavailable> {
        let granted = self.granted(reset, snapshot, Method::Code(method), Some(&destination), policy);
        if granted.is_some() || reset.open_gate() != Some(Gate::One) {
            return Ok(granted);
        }
        let questions = self.questions(snapshot, policy).await?;
        let methods = second_gate::methods(method, &destination, snapshot, policy, &questions);
        let seed = Seed::draw(&*self.context.random);
        let passed = PassedGate { method, destination, seed, questions };
        Ok(Some(Next { stage: Stage::Proving { passed: Some(passed) }, methods: Some(methods) }))
    }

    /// The stage in which the password may be set, if the proof with `method`, at `destination` if it has one, is
    /// enough for that.
    pub(super) fn granted(
        &self,
        reset: &Reset,
        snapshot: &AccountSnapshot,
        method: Method,
        destination: Option<&str>,
        policy: &Policy,
    ) -> Option<Next> {
        let first = reset.passed_gate();
        let proved = first.map(|first| Method::Code(first.method)).into_iter().chain([method]).collect();
        let destinations = first.map(|first| first.destination.as_str()).into_iter().chain(destination);
        let destinations = destinations.map(str::to_owned).collect();
        let grant = Grant { seed: Seed::draw(&*self.context.random), proved, destinations, password_tries: 0 };
        let suffices = grant.suffices(policy, snapshot.is_admin);
        suffices.then_some(Next { stage: Stage::Granted(grant), methods: None })
    }

    /// The audit record of a proved method.
    pub(super) fn record(
        &self,
        reset: &Reset,
        snapshot: &AccountSnapshot,
        method: Method,
        policy: &Policy,
        now: Moment,
    ) -> AuditRecord {
        let person = AuditedPerson::from(snapshot);
        let initiator = Initiator::Person(person.clone());
        AuditRecord::new(Activity::ResetProgress, initiator, policy, now, &*self.context.random)
            .about(person)
            .in_reset(&reset.id)
            .because(completed(method))
    }

    /// Records in the audit that the last guess of a guess log was charged and proved nothing.
    ///
    /// For a decoy the same request is made, with a record about nobody.
    pub(super) async fn note_blocked(
        &self,
        guess_log: &GuessLog,
        reset: &Reset,
        policy: &Policy,
        now: Moment,
    ) -> Result<(), Unavailable> {
        let random = &*self.context.random;
        let person = match (guess_log, &reset.snapshot) {
            (GuessLog::Account(_), Some(snapshot)) => AuditedPerson::from(snapshot),
            _ => AuditedPerson { account: AccountId::draw(random), user_name: String::new() },
        };
        let record = AuditRecord::new(Activity::Blocked, Initiator::Person(person.clone()), policy, now, random)
            .about(person)
            .in_reset(&reset.id)
            .failed("the guess budget is spent");
        tracing::info!(correlation = record.correlation, "the guesses at an account are spent");
        self.context.store.note_blocked(guess_log, &record).await
    }
}

/// The audit's text for a proved method.
pub(super) const fn completed(method: Method) -> &'static str {
    match method {
        Method::Code(CodeMethod::MobileSms) => "User completed the mobile SMS verification option",
        Method::Code(CodeMethod::MobileCall) => "User completed the mobile voice call verification option",
        Method::Code(CodeMethod::OfficeCall) => "User completed the office voice call verification option",
        Method::Code(CodeMethod::Email) => "User completed the email verification option",
        Method::SecurityQuestions => "User completed the security questions verification option",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::idempotency::StoredResponse;
    use crate::testing::Samples;
    use crate::testing::samples::START;

    #[test]
    fn a_proof_is_stored_without_what_a_token_is_derived_from() {
        let samples = Samples::default();
        let moved = (samples.reset("adele@contoso.example", START), Stage::Granted(samples.grant()));
        for methods in [None, Some(vec!["email".to_owned(), "securityQuestions".to_owned()])] {
            let proved = Some(ProofOutcome { methods: methods.clone(), moved: Some(moved.clone()) });
            let stored = StoredResponse::of(&proved);
            assert_eq!(stored, StoredResponse::of(&proved.as_ref().unwrap()), "as the transaction stores it");
            assert_eq!(stored, StoredResponse::of(&serde_json::json!({ "methods": methods.clone() })));
            let again = stored.read::<Option<ProofOutcome>>().unwrap().unwrap();
            assert!(again.moved.is_none() && again.methods == methods);
        }
        assert!(StoredResponse::of(&None::<ProofOutcome>).read::<Option<ProofOutcome>>().unwrap().is_none());
    }
}
