//! Verifies a code, or answers to security questions: charge, compare, consume, and only then a token.

mod answers;
mod long_code;
mod second_gate;

use std::time::Duration;

use zeroize::Zeroizing;

use crate::account::{Bound, Owner};
use crate::credentials::key::{CodeKeys, IdempotencyKeys};
use crate::credentials::password::Peppers;
use crate::credentials::questions::GivenAnswers;
use crate::limits::guesses::{Budget, Ring};
use crate::policy::Policy;
use crate::policy::method::{CodeMethod, Gate, Method};
use crate::ports::idempotency::{Answered, Claim, Done, Facts, IdempotencyKey, Once, Refusal, once};
use crate::ports::store::{Proof, Store};
use crate::random::{AccountId, ResetId, Seed};
use crate::records::audit::{Activity, AuditRecord, AuditedPerson, Initiator};
use crate::reset::code::{Binding, Code, TokenKind, same};
use crate::reset::{Grant, MAX_PASSWORD_TRIES, PassedGate, Reset, Stage};
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::attempt::{Attempt, charge};
use crate::use_cases::context::Context;

/// What verifying a code or answers needs.
pub struct VerifyCode<S> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The key of codes and tokens.
    pub codes: CodeKeys,
    /// The peppers of answers' hashes.
    pub peppers: Peppers,
    /// The key of idempotency keys.
    pub idempotency: IdempotencyKeys,
}

/// What somebody shows to prove who they are.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// A code that was sent to them.
    Code(&'a Code),
    /// Answers to their security questions.
    Answers(&'a GivenAnswers),
}

impl Shown<'_> {
    /// When it is answered, if it is refused.
    const fn rejected_after(self) -> Duration {
        match self {
            Self::Code(Code::Digits(_)) => CODE_REJECTED_AFTER,
            Self::Code(Code::Long(_)) => LONG_CODE_REJECTED_AFTER,
            Self::Answers(_) => ANSWERS_REJECTED_AFTER,
        }
    }
}

/// What became of a code or of answers.
pub enum Verification {
    /// Everything is proved.
    Verified {
        /// Sets the password.
        token: Zeroizing<String>,
        /// When it dies.
        expires_at: Moment,
    },
    /// The first gate is passed.
    AnotherMethodRequired {
        /// Opens the second gate.
        token: Zeroizing<String>,
        /// The methods that can open it: those that reach the account elsewhere, and questions where they can be asked.
        methods: Vec<String>,
    },
    /// It is not accepted, for whatever reason.
    Rejected,
    /// The idempotency key came with another body.
    OtherBody,
    /// The first request with the idempotency key still runs.
    InUse,
}

/// When every refused code is answered, counted from its beginning.
///
/// Long enough for three requests to the table in nearly every case, so that the time tells nothing.
const CODE_REJECTED_AFTER: Duration = Duration::from_millis(250);
/// When every refused long code is answered, counted from its beginning: its reset may have to be waited for.
const LONG_CODE_REJECTED_AFTER: Duration = Duration::from_secs(1);
/// When every refused set of answers is answered, counted from its beginning.
///
/// Long enough for four requests to the table and five hashes (30 milliseconds of a core each) in nearly every case.
const ANSWERS_REJECTED_AFTER: Duration = Duration::from_secs(1);

impl<S: Store> VerifyCode<S> {
    /// Verifies a code, or answers, at the open gate of a reset; every refusal takes the same time.
    ///
    /// An id that cannot be one belongs to no reset, as an unknown one does.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was accepted then.
    pub async fn verify(
        &self,
        id: &str,
        shown: Shown<'_>,
        gate_token: Option<&str>,
        key: Option<(&IdempotencyKey, &[u8])>,
    ) -> Result<Verification, Unavailable> {
        let began = self.context.now();
        let verification = match ResetId::parse(id) {
            Some(id) => self.decide(&id, shown, gate_token, key, began).await?,
            None => Verification::Rejected,
        };
        if matches!(verification, Verification::Rejected | Verification::OtherBody) {
            self.context.wait_out(began, shown.rejected_after()).await;
        }
        Ok(verification)
    }

    async fn decide(
        &self,
        id: &ResetId,
        shown: Shown<'_>,
        gate_token: Option<&str>,
        key: Option<(&IdempotencyKey, &[u8])>,
        began: Moment,
    ) -> Result<Verification, Unavailable> {
        let policy = self.context.policy().await?;
        if let Shown::Code(Code::Long(_)) = shown {
            // Before the key is claimed: how long a key is in use must not tell whether the reset is anybody's.
            self.until_bound(id, began).await?;
        }
        let random = &*self.context.random;
        let claim = key.map(|(key, body)| self.idempotency.claim("verify-code", id.as_str(), key, body, random));
        let mut fresh = None;
        let work = async || {
            let asked = Asked { gate_token, policy: &policy, claim: claim.as_ref(), now: self.context.now() };
            let proved = match shown {
                Shown::Code(Code::Digits(digits)) => self.digits(id, digits, asked).await?,
                Shown::Code(Code::Long(long)) => self.long(id, long, asked).await?,
                Shown::Answers(given) => self.answers(id, given, asked).await?,
            };
            let rejected = Done::Unkept(Facts::refused(Refusal::CodeRejected));
            let done = proved.as_ref().map_or(rejected, |proved| Done::Kept(proved.facts.clone()));
            fresh = proved;
            Ok(done)
        };
        let told = once(&self.context, claim.as_ref(), work).await?;
        match (told, fresh) {
            (Once::OtherBody, _) => Ok(Verification::OtherBody),
            (Once::InUse, _) => Ok(Verification::InUse),
            (Once::Told(facts), Some(proved)) => self.token(id, &proved.reset, &proved.next, facts),
            (Once::Told(facts), None) => self.tell_again(id, facts).await,
        }
    }

    async fn digits(&self, id: &ResetId, guess: &str, asked: Asked<'_>) -> Result<Option<Proved>, Unavailable> {
        let Asked { policy, now, .. } = asked;
        let Some(reset) = self.context.store.charge_reset(id, policy.tries_per_code, now).await? else {
            return Ok(None);
        };
        let ring = ring(&reset);
        let Some(attempt) = charge(&self.context.store, &ring, reset.began_at, Budget::from(policy), now).await? else {
            return Ok(None);
        };
        let is_last = attempt.is_last();
        let proved = self.compare_digits(&reset, attempt, guess, asked).await?;
        if is_last && proved.is_none() {
            self.note_blocked(&ring, &reset, policy, now).await?;
        }
        Ok(proved.map(|(next, facts)| Proved { reset, next, facts }))
    }

    async fn compare_digits(
        &self,
        reset: &Reset,
        attempt: Attempt,
        guess: &str,
        asked: Asked<'_>,
    ) -> Result<Option<(Stage, Facts)>, Unavailable> {
        let Asked { policy, now, .. } = asked;
        let issue = &reset.issue;
        let binding = Binding::Reset { id: reset.id.as_str(), gate: issue.gate, method: issue.method };
        let code = self.codes.digits(reset.code_key, binding, &issue.seed, issue.digits);
        let code = code.ok_or(Unavailable::plain("the key of a code is gone"))?;
        let matches = attempt.compare(guess, &code);
        let Some(destination) = issue.sent_to.clone() else {
            return Ok(None);
        };
        let offered = policy.offers(Method::Code(issue.method));
        let live = offered && issue.is_live(now) && self.may_try(reset, issue.gate, asked.gate_token);
        let Some(bound) = reset.bound.as_ref().filter(|_| matches && live) else {
            return Ok(None);
        };
        let record = self.record(reset, bound, Method::Code(issue.method), policy, now);
        let Some((next, facts)) = self.next(reset, bound, issue.method, destination, policy).await? else {
            return Ok(None);
        };
        let answered = asked.answered(&facts);
        let proof = Proof { reset, next: next.clone(), now, record: &record, answered };
        let proved = self.context.store.prove(&proof).await?;
        Ok(proved.then_some((next, facts)))
    }

    /// Whether what opens `gate` may be tried now: the gate is open, and the second one's token was shown.
    fn may_try(&self, reset: &Reset, gate: Gate, gate_token: Option<&str>) -> bool {
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

    /// The stage that follows the proof of a code, and what is told of it; `None` where both gates were passed and that is
    /// not enough, because gate one's method is offered no longer: the code stays good until it is, or until it dies.
    async fn next(
        &self,
        reset: &Reset,
        bound: &Bound,
        method: CodeMethod,
        destination: String,
        policy: &Policy,
    ) -> Result<Option<(Stage, Facts)>, Unavailable> {
        let granted = self.granted(reset, bound, Method::Code(method), Some(&destination), policy);
        if granted.is_some() || reset.open_gate() != Some(Gate::One) {
            return Ok(granted);
        }
        let questions = self.questions(bound, policy).await?;
        let methods = second_gate::methods(method, &destination, bound, policy, &questions);
        let facts = Facts::GatePassed { reset: reset.id.as_str().to_owned(), methods };
        let seed = Seed::draw(&*self.context.random);
        Ok(Some((Stage::Proving { passed: Some(PassedGate { method, destination, seed, questions }) }, facts)))
    }

    /// The stage in which the password may be set, where what is proved with `method`, at `destination` if it has one, is
    /// enough for that.
    fn granted(
        &self,
        reset: &Reset,
        bound: &Bound,
        method: Method,
        destination: Option<&str>,
        policy: &Policy,
    ) -> Option<(Stage, Facts)> {
        let first = reset.passed_gate();
        let proved = first.map(|first| Method::Code(first.method)).into_iter().chain([method]).collect();
        let destinations = first.map(|first| first.destination.as_str()).into_iter().chain(destination);
        let destinations = destinations.map(str::to_owned).collect();
        let grant = Grant { seed: Seed::draw(&*self.context.random), proved, destinations, password_tries: 0 };
        let facts = Facts::Verified { reset: reset.id.as_str().to_owned(), expires_at: reset.expires_at.millis() };
        grant.suffices(policy, bound.is_admin).then_some((Stage::Granted(grant), facts))
    }

    /// The audit's record that a method was proved.
    fn record(&self, reset: &Reset, bound: &Bound, method: Method, policy: &Policy, now: Moment) -> AuditRecord {
        let person = AuditedPerson::from(bound);
        let initiator = Initiator::Person(person.clone());
        AuditRecord::new(Activity::ResetProgress, initiator, policy, now, &*self.context.random)
            .about(person)
            .in_reset(&reset.id)
            .because(completed(method))
    }

    /// Has the audit keep that a ring's last guess was charged in vain.
    ///
    /// For a ring that is nobody's the same request is made, with a record about nobody.
    async fn note_blocked(&self, ring: &Ring, reset: &Reset, policy: &Policy, now: Moment) -> Result<(), Unavailable> {
        let random = &*self.context.random;
        let person = match (ring, &reset.bound) {
            (Ring::Account(_), Some(bound)) => AuditedPerson::from(bound),
            _ => AuditedPerson { account: AccountId::draw(random), user_name: String::new() },
        };
        let record = AuditRecord::new(Activity::Blocked, Initiator::Person(person.clone()), policy, now, random)
            .about(person)
            .in_reset(&reset.id)
            .failed("the guess budget is spent");
        self.context.store.note_blocked(ring, &record).await
    }

    /// Rebuilds an answer given before from its facts; a token that has died meanwhile is not told again.
    async fn tell_again(&self, id: &ResetId, facts: Facts) -> Result<Verification, Unavailable> {
        if !matches!(facts, Facts::Verified { .. } | Facts::GatePassed { .. }) {
            return Ok(Verification::Rejected);
        }
        let Some(reset) = self.context.store.reset(id).await? else {
            return Ok(Verification::Rejected);
        };
        let ring = self.context.store.ring(&Ring::Account(owner(&reset))).await?;
        let spent = matches!(&reset.stage, Stage::Granted(grant) if grant.password_tries >= MAX_PASSWORD_TRIES);
        if spent || ring.voids(reset.began_at) || !reset.is_live(self.context.now()) {
            return Ok(Verification::Rejected);
        }
        self.token(id, &reset, &reset.stage, facts)
    }

    fn token(&self, id: &ResetId, reset: &Reset, stage: &Stage, facts: Facts) -> Result<Verification, Unavailable> {
        let derive = |kind, seed| {
            let token = self.codes.token(reset.code_key, kind, id.as_str(), seed);
            token.ok_or(Unavailable::plain("the key of a token is gone"))
        };
        Ok(match (stage, facts) {
            (Stage::Granted(grant), Facts::Verified { .. }) => {
                Verification::Verified { token: derive(TokenKind::Reset, &grant.seed)?, expires_at: reset.expires_at }
            }
            (Stage::Proving { passed: Some(passed) }, Facts::GatePassed { methods, .. }) => {
                Verification::AnotherMethodRequired { token: derive(TokenKind::Gate, &passed.seed)?, methods }
            }
            _ => Verification::Rejected,
        })
    }
}

/// What a request shows beside its code or answers, and what it is judged by.
#[derive(Clone, Copy)]
struct Asked<'a> {
    gate_token: Option<&'a str>,
    policy: &'a Policy,
    claim: Option<&'a Claim>,
    now: Moment,
}

impl<'a> Asked<'a> {
    /// The answer to keep with a proof.
    fn answered(self, facts: &'a Facts) -> Option<Answered<'a>> {
        self.claim.map(|claim| Answered { claim, facts, now: self.now })
    }
}

/// A proof just written.
struct Proved {
    reset: Reset,
    next: Stage,
    facts: Facts,
}

/// A guess at a code is charged to the account only where one was sent; else to nobody's ring of that name, so
/// that a stranger who cannot cause a message cannot spend the owner's budget.
fn ring(reset: &Reset) -> Ring {
    match (&reset.bound, &reset.issue.sent_to) {
        (Some(bound), Some(_)) => Ring::Account(Owner::Account(bound.account.clone())),
        _ => Ring::Idle(reset.names.current().to_owned()),
    }
}

fn owner(reset: &Reset) -> Owner {
    match &reset.bound {
        Some(bound) => Owner::Account(bound.account.clone()),
        None => Owner::Nobody(reset.names.clone()),
    }
}

/// What the audit says of a method that was proved.
const fn completed(method: Method) -> &'static str {
    match method {
        Method::Code(CodeMethod::MobileSms) => "User completed the mobile SMS verification option",
        Method::Code(CodeMethod::MobileCall) => "User completed the mobile voice call verification option",
        Method::Code(CodeMethod::OfficeCall) => "User completed the office voice call verification option",
        Method::Code(CodeMethod::Email) => "User completed the email verification option",
        Method::SecurityQuestions => "User completed the security questions verification option",
    }
}
