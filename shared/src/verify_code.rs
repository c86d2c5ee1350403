//! Verifies a code: charge, compare, consume, and only then a token.

use zeroize::Zeroizing;

use crate::account::Owner;
use crate::budget::{Budget, Ring, charge};
use crate::code::{Binding, Code, TokenKind, same};
use crate::context::Context;
use crate::idempotency::{Facts, IdempotencyKey, Once, once};
use crate::key::{CodeKeys, IdempotencyKeys, NameKeys};
use crate::method::{CodeMethod, Gate, Method};
use crate::policy::Policy;
use crate::random::{ResetId, Seed};
use crate::reset::{Grant, LongIssue, MAX_PASSWORD_TRIES, PassedGate, Reset, Stage};
use crate::store::{Proof, Store};
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// What verifying a code needs.
pub struct VerifyCode<S> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The key of names.
    pub names: NameKeys,
    /// The key of codes and tokens.
    pub codes: CodeKeys,
    /// The key of idempotency keys.
    pub idempotency: IdempotencyKeys,
}

/// What became of a code.
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
        /// The methods that the policy offers for it.
        methods: Vec<String>,
    },
    /// The code is not accepted, for whatever reason.
    Rejected,
    /// The idempotency key came with another body.
    OtherBody,
    /// The first request with the idempotency key still runs.
    InUse,
}

/// The problem code of a refused code, kept for repetitions.
const REJECTED: &str = "code-rejected";

impl<S: Store> VerifyCode<S> {
    /// Verifies a code at the reset's open gate.
    ///
    /// # Errors
    /// [`Unavailable`]; the code was not accepted then.
    pub async fn verify(
        &self,
        id: &ResetId,
        code: &Code,
        gate_token: Option<&str>,
        key: Option<(&IdempotencyKey, &[u8])>,
    ) -> Result<Verification, Unavailable> {
        let policy = self.context.policy().await?;
        let claim = key.map(|(key, body)| self.idempotency.claim("verify-code", id.as_str(), key, body));
        let mut fresh = None;
        let work = async || {
            let proved = match code {
                Code::Digits(digits) => self.digits(id, digits, gate_token, &policy).await?,
                Code::Long(long) => self.long(id, long, gate_token, &policy).await?,
            };
            let facts = proved.as_ref().map_or_else(rejected, |proved| proved.facts.clone());
            fresh = proved;
            Ok(facts)
        };
        let told = once(&self.context, claim.as_ref(), work).await?;
        match (told, fresh) {
            (Once::OtherBody, _) => Ok(Verification::OtherBody),
            (Once::InUse, _) => Ok(Verification::InUse),
            (Once::Told(facts), Some(proved)) => self.token(id, &proved.reset, &proved.next, facts),
            (Once::Told(facts), None) => self.tell_again(id, facts).await,
        }
    }

    async fn digits(
        &self,
        id: &ResetId,
        guess: &str,
        gate_token: Option<&str>,
        policy: &Policy,
    ) -> Result<Option<Proved>, Unavailable> {
        let now = self.context.now();
        let Some(reset) = self.context.store.charge_reset(id, policy.tries_per_code, now).await? else {
            return Ok(None);
        };
        let ring = ring(&reset);
        let Some(attempt) = charge(&self.context.store, &ring, reset.began_at, Budget::from(policy), now).await? else {
            return Ok(None);
        };
        let issue = &reset.issue;
        let binding = Binding::Reset { id: id.as_str(), gate: issue.gate, method: issue.method };
        let code = self.codes.digits(reset.code_key, binding, &issue.seed, issue.digits);
        let code = code.ok_or(Unavailable::plain("the key of a code is gone"))?;
        let matches = attempt.compare(guess, &code);
        let Some(destination) = issue.sent_to.clone() else {
            return Ok(None);
        };
        let live = issue.is_live(now) && self.may_try(&reset, issue.gate, gate_token);
        if !matches || !live {
            return Ok(None);
        }
        let (next, facts) = self.next(&reset, issue.method, destination, policy);
        let proved = self.context.store.prove(&Proof { reset: &reset, next: next.clone(), now }).await?;
        Ok(proved.then_some(Proved { reset, next, facts }))
    }

    async fn long(
        &self,
        id: &ResetId,
        guess: &str,
        gate_token: Option<&str>,
        policy: &Policy,
    ) -> Result<Option<Proved>, Unavailable> {
        let now = self.context.now();
        let Some(reset) = self.context.store.reset(id).await? else {
            return Ok(None);
        };
        let owner = owner(&reset);
        let kept = self.context.store.long_issues(&owner).await?;
        // Every one is derived and compared, so that the time tells nothing about which.
        let mut found: Option<&LongIssue> = None;
        for issue in &kept.issues {
            let Some(code) = self.codes.long(issue.code_key, issue.binding(), &issue.seed) else { continue };
            if same(guess, &code) {
                found = Some(issue);
            }
        }
        let Some(issue) = found.filter(|issue| issue.is_live(kept.void_before, now)) else {
            return Ok(None);
        };
        let void = kept.void_before.is_some_and(|void| reset.began_at <= void);
        let usable = reset.bound.is_some()
            && reset.is_live(now)
            && !void
            && self.may_try(&reset, issue.gate, gate_token)
            && reset.may_use(CodeMethod::Email, &issue.destination);
        if !usable {
            return Ok(None);
        }
        let (next, facts) = self.next(&reset, CodeMethod::Email, issue.destination.clone(), policy);
        let proof = Proof { reset: &reset, next: next.clone(), now };
        let proved = self.context.store.prove_long(&proof, &owner, issue).await?;
        Ok(proved.then_some(Proved { reset, next, facts }))
    }

    /// Whether a code of `gate` may be tried now: the gate is open, and the second one's token was shown.
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

    /// The stage that follows a proof, and what is told of it.
    fn next(&self, reset: &Reset, method: CodeMethod, destination: String, policy: &Policy) -> (Stage, Facts) {
        let seed = Seed::draw(&*self.context.random);
        let is_admin = reset.bound.as_ref().is_some_and(|bound| bound.is_admin);
        let passed = if reset.open_gate() == Some(Gate::Two) { 2 } else { 1 };
        if passed < policy.gates(is_admin) {
            let methods = second_methods(method, policy);
            let facts = Facts::GatePassed { reset: reset.id.as_str().to_owned(), methods };
            return (Stage::Proving { passed: Some(PassedGate { method, destination, seed }) }, facts);
        }
        let facts = Facts::Verified { reset: reset.id.as_str().to_owned(), expires_at: reset.expires_at.millis() };
        (Stage::Granted(Grant { seed, gates: passed, password_tries: 0 }), facts)
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

/// A proof just written.
struct Proved {
    reset: Reset,
    next: Stage,
    facts: Facts,
}

/// A guess is charged to the account only where a code was sent; else to nobody's ring of that name, so
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

fn second_methods(first: CodeMethod, policy: &Policy) -> Vec<String> {
    // Questions join this list with their own routes.
    CodeMethod::ALL
        .into_iter()
        .filter(|method| *method != first && policy.offers(Method::Code(*method)))
        .map(|method| method.as_str().to_owned())
        .collect()
}

fn rejected() -> Facts {
    Facts::Refused { code: REJECTED.to_owned(), reasons: Vec::new() }
}
