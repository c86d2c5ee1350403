//! Verifies a code, or answers to security questions: charge, compare, consume, and only then return a token.

mod answers;
mod digits;
mod long_code;
mod proof;
mod second_gate;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::account::Owner;
use crate::credentials::key::{CodeKeys, IdempotencyKeys};
use crate::credentials::password::Peppers;
use crate::credentials::questions::GivenAnswers;
use crate::limits::guesses::GuessLog;
use crate::policy::Policy;
use crate::ports::idempotency::{IdempotencyKey, KeyReservation, RunError};
use crate::ports::store::Store;
use crate::random::ResetId;
use crate::reset::code::{Code, TokenKind};
use crate::reset::{MAX_PASSWORD_TRIES, Reset, Stage};
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::context::{Context, RESPONSE_AFTER};
use crate::use_cases::idempotent::{Done, run_idempotent};

/// The use case that verifies codes and answers.
pub struct VerifyCode<S> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The key from which codes and tokens are derived.
    pub codes: CodeKeys,
    /// The peppers of the hashes of answers.
    pub peppers: Peppers,
    /// The key for digests of idempotency keys.
    pub idempotency: IdempotencyKeys,
}

/// What a person submits to prove who they are.
#[derive(Clone, Copy)]
pub enum Submission<'a> {
    /// A code that was sent to them.
    Code(&'a Code),
    /// Answers to their security questions.
    Answers(&'a GivenAnswers),
}

impl Submission<'_> {
    /// Time from the start of the request until a refusal is sent.
    const fn rejected_after(self) -> Duration {
        match self {
            Self::Code(Code::Digits(_)) => RESPONSE_AFTER,
            Self::Code(Code::Long(_)) => LONG_CODE_REJECTED_AFTER,
            Self::Answers(_) => ANSWERS_REJECTED_AFTER,
        }
    }
}

/// The outcome of a verification.
pub enum Verification {
    /// Every required gate is passed.
    Verified {
        /// The token that sets the password.
        token: Zeroizing<String>,
        /// When the token expires.
        expires_at: Moment,
    },
    /// The first gate is passed, and a second one is required.
    AnotherMethodRequired {
        /// The token that opens the second gate.
        token: Zeroizing<String>,
        /// The methods that can open it: other methods that reach another destination of the account, and security
        /// questions if they can be asked.
        methods: Vec<String>,
    },
    /// The code or the answers are not accepted. The reason is never returned.
    Rejected,
}

/// The rest of a request, beside its code or answers, and the policy and the time under which it is verified.
#[derive(Clone, Copy)]
struct VerifyRequest<'a> {
    gate_token: Option<&'a str>,
    policy: &'a Policy,
    reservation: Option<&'a KeyReservation>,
    now: Moment,
}

/// A proof that was accepted.
#[derive(Serialize, Deserialize)]
struct ProofOutcome {
    /// The methods that may open the second gate; `None` if everything is proved.
    methods: Option<Vec<String>>,
    /// The reset, and the stage that it moved to. Not stored: a repetition reads the reset again and derives the token
    /// from it.
    #[serde(skip)]
    moved: Option<(Reset, Stage)>,
}

/// Time from the start of a request with a long code until a refusal is sent. The request may have to wait for its
/// reset to be linked.
const LONG_CODE_REJECTED_AFTER: Duration = Duration::from_secs(1);
/// Time from the start of a request with answers until a refusal is sent.
///
/// Long enough for four requests to the table and five hashes (30 milliseconds of a core each) in nearly every case.
const ANSWERS_REJECTED_AFTER: Duration = Duration::from_secs(1);

impl<S: Store> VerifyCode<S> {
    /// Verifies a code, or answers, at the open gate of a reset. Every refusal takes the same time.
    ///
    /// A malformed id is refused like an unknown one.
    ///
    /// # Errors
    /// [`RunError`]. Either nothing was accepted, or a repetition with the same idempotency key returns the outcome.
    pub async fn verify(
        &self,
        id: &str,
        shown: Submission<'_>,
        gate_token: Option<&str>,
        key: Option<IdempotencyKey<'_>>,
    ) -> Result<Verification, RunError> {
        let due = self.context.clock.sleep(shown.rejected_after());
        let decided = match ResetId::parse(id) {
            Some(id) => self.decide(&id, shown, gate_token, key).await,
            None => Ok(Verification::Rejected),
        };
        if matches!(decided, Ok(Verification::Rejected) | Err(_)) {
            due.await;
        }
        decided
    }

    async fn decide(
        &self,
        id: &ResetId,
        shown: Submission<'_>,
        gate_token: Option<&str>,
        key: Option<IdempotencyKey<'_>>,
    ) -> Result<Verification, RunError> {
        let policy = self.context.policy().await?;
        if let Submission::Code(Code::Long(_)) = shown {
            // Wait before the key is reserved: how long a key is in use must not reveal whether the reset belongs to an
            // account.
            self.until_linked(id).await?;
        }
        let random = &*self.context.random;
        let reservation = key.map(|key| self.idempotency.reserve("verify-code", id.as_str(), &key, random));
        let work = async || {
            let now = self.context.now();
            let request = VerifyRequest { gate_token, policy: &policy, reservation: reservation.as_ref(), now };
            let proved = match shown {
                Submission::Code(Code::Digits(digits)) => self.digits(id, digits, request).await?,
                Submission::Code(Code::Long(long)) => self.long(id, long, request).await?,
                Submission::Answers(given) => self.answers(id, given, request).await?,
            };
            Ok(if proved.is_some() { Done::Persisted(proved) } else { Done::Unpersisted(proved) })
        };
        let Some(proved) = run_idempotent(&self.context, reservation.as_ref(), work).await? else {
            return Ok(Verification::Rejected);
        };
        let Some((reset, stage)) = proved.moved else {
            return Ok(self.tell_again(id, proved.methods).await?);
        };
        Ok(self.token(&reset, &stage, proved.methods)?)
    }

    /// Counts a request, charges a guess, and returns the reset if a gate is open and the guess is within `tries`.
    /// Answers have no tries of a code: digits that are charged to the code must not use up the answers.
    async fn charged(&self, id: &ResetId, tries: Option<u32>, now: Moment) -> Result<Option<Reset>, RunError> {
        let charged = self.context.store.charge_reset(id, now).await?.reset(now)?;
        let within = |reset: &Reset| tries.is_none_or(|tries| reset.issued.tries <= tries);
        Ok(charged.filter(|reset| within(reset) && reset.open_gate().is_some()))
    }

    /// Builds an earlier response again. A token that is no longer valid is not returned again.
    async fn tell_again(&self, id: &ResetId, methods: Option<Vec<String>>) -> Result<Verification, Unavailable> {
        let Some(reset) = self.context.store.reset(id).await? else {
            return Ok(Verification::Rejected);
        };
        let guess_log = self.context.store.guess_log(&GuessLog::Account(owner(&reset))).await?;
        let spent = matches!(&reset.stage, Stage::Granted(grant) if grant.password_tries >= MAX_PASSWORD_TRIES);
        if spent || guess_log.revokes(reset.began_at) || !reset.is_live(self.context.now()) {
            return Ok(Verification::Rejected);
        }
        self.token(&reset, &reset.stage, methods)
    }

    fn token(&self, reset: &Reset, stage: &Stage, methods: Option<Vec<String>>) -> Result<Verification, Unavailable> {
        let derive = |kind, seed| {
            let token = self.codes.token(reset.code_key, kind, reset.id.as_str(), seed);
            token.ok_or(Unavailable::plain("the key of a token is gone"))
        };
        Ok(match (stage, methods) {
            (Stage::Granted(grant), None) => {
                Verification::Verified { token: derive(TokenKind::Reset, &grant.seed)?, expires_at: reset.expires_at }
            }
            (Stage::Proving { passed: Some(passed) }, Some(methods)) => {
                Verification::AnotherMethodRequired { token: derive(TokenKind::Gate, &passed.seed)?, methods }
            }
            _ => Verification::Rejected,
        })
    }
}

fn owner(reset: &Reset) -> Owner {
    match &reset.snapshot {
        Some(snapshot) => Owner::Account(snapshot.account.clone()),
        None => Owner::UnknownName(reset.names.clone()),
    }
}

#[cfg(test)]
mod tests;
