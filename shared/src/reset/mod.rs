//! A reset: its states, and what may follow what.

pub mod challenge;
pub mod code;
mod delivery;
mod long_code;

pub use delivery::{Delivered, DropReason};
pub use long_code::{IssuedLongCode, LONG_CODE_HOURS};

use serde::{Deserialize, Serialize};

use crate::account::AccountSnapshot;
use crate::credentials::key::{Digests, is_another};
use crate::credentials::questions::AskedQuestion;
use crate::policy::Policy;
use crate::policy::method::{CodeMethod, Gate, Method};
use crate::random::{Randomness, Reference, ResetId, Seed};
use crate::time::Moment;

/// Most orders of codes in one reset.
pub const MAX_ORDERS: u32 = 5;
/// Seconds from a code's first order after which it is dead however often it was ordered again.
pub const MAX_CODE_SECONDS: u64 = 600;
/// Tries at a password with one token.
pub const MAX_PASSWORD_TRIES: u32 = 10;
/// Completed resets of one account in 24 hours.
pub const MAX_COMPLETIONS_PER_DAY: usize = 5;

/// One issue of a code: drawn once, delivered perhaps several times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssuedCode {
    /// Which order of the reset asked for it last, from 1.
    pub order: u32,
    /// The gate that it opens.
    pub gate: Gate,
    /// The method by which it travels.
    pub method: CodeMethod,
    /// From which it is derived.
    pub seed: Seed,
    /// Printed in the message and on the page.
    pub reference: Reference,
    /// The phone number that the person claimed to have on file.
    pub claimed_phone: Option<Digests>,
    /// When it was first asked for.
    pub first_ordered_at: Moment,
    /// When it was last asked for.
    pub ordered_at: Moment,
    /// When it dies.
    pub expires_at: Moment,
    /// Digits it has.
    pub digits: u8,
    /// The keyed digest of the destination it went to: set where a message was sent, so that a code exists.
    pub sent_to: Option<String>,
    /// Guesses charged to it.
    pub tries: u32,
}

/// The first gate, passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassedGate {
    /// By which method.
    pub method: CodeMethod,
    /// The keyed digest of the destination that it reached.
    pub destination: String,
    /// From which the gate token is derived.
    pub seed: Seed,
    /// The security questions that may open the second gate, drawn when the first was passed; none where they cannot.
    pub questions: Vec<AskedQuestion>,
}

/// The right to set a password.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// From which the reset token is derived.
    pub seed: Seed,
    /// What was proved, a method for each gate that was passed.
    pub proved: Vec<Method>,
    /// Keyed digests of the destinations at which it was proved: they are not told of the reset.
    pub destinations: Vec<String>,
    /// Passwords refused under it.
    pub password_tries: u32,
}

impl Grant {
    /// Whether what was proved is enough by the policy of now: as many methods as there are gates, each still offered.
    #[must_use]
    pub fn suffices(&self, policy: &Policy, is_admin: bool) -> bool {
        let counted = self.proved.iter().filter(|method| policy.offers_to(is_admin, **method)).count();
        counted >= usize::from(policy.gates(is_admin))
    }
}

/// Where a reset stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// A code is awaited, at gate one or (with the first gate passed) at gate two.
    Proving {
        /// Gate one, once it is passed.
        passed: Option<PassedGate>,
    },
    /// Everything is proved; the password may be set.
    Granted(Grant),
    /// The password was set.
    Completed,
}

/// One reset.
#[derive(Debug, Clone, PartialEq)]
pub struct Reset {
    /// Its name.
    pub id: ResetId,
    /// The keyed digests of the name that was typed.
    pub names: Digests,
    /// The keyed digest of the source network that began it.
    pub source: String,
    /// When it began; whatever voids an account's resets does so for those begun before.
    pub began_at: Moment,
    /// When it ends.
    pub expires_at: Moment,
    /// The version of the key from which its codes and tokens are derived.
    pub code_key: u32,
    /// The code awaited, or last awaited.
    pub issued: IssuedCode,
    /// The account, once the worker has found one.
    pub snapshot: Option<AccountSnapshot>,
    /// Where it stands.
    pub stage: Stage,
}

/// What somebody asks for when a code is ordered.
#[derive(Debug, Clone)]
pub struct CodeRequest {
    /// By which method.
    pub method: CodeMethod,
    /// The phone that they claim to have on file.
    pub claimed_phone: Option<Digests>,
}

/// What follows from ordering a code once more.
#[derive(Debug, Clone, PartialEq)]
pub enum Reorder {
    /// Nothing is sent: too early, too often, or not allowed now; the same times are told again.
    Nothing,
    /// The issue to deliver: the same code again, or a new one in its place.
    IssuedCode(Box<IssuedCode>),
}

impl IssuedCode {
    /// A new issue, asked for now.
    pub fn new(
        request: CodeRequest,
        gate: Gate,
        order: u32,
        policy: &Policy,
        now: Moment,
        ends: Moment,
        random: &dyn Randomness,
    ) -> Self {
        Self {
            order,
            gate,
            method: request.method,
            seed: Seed::draw(random),
            reference: Reference::draw(random),
            claimed_phone: request.claimed_phone,
            first_ordered_at: now,
            ordered_at: now,
            expires_at: now.plus(policy.code_lifetime_seconds.min(MAX_CODE_SECONDS)).min(ends),
            digits: policy.code_digits,
            sent_to: None,
            tries: 0,
        }
    }

    /// Whether its digits may still be accepted.
    #[must_use]
    pub fn is_live(&self, now: Moment) -> bool {
        now < self.expires_at
    }
}

impl Reset {
    /// Begins a reset: gate one awaits its first code.
    pub fn begin(
        names: Digests,
        source: String,
        request: CodeRequest,
        policy: &Policy,
        code_key: u32,
        now: Moment,
        random: &dyn Randomness,
    ) -> Self {
        let expires_at = now.plus(policy.reset_lifetime_seconds);
        Self {
            id: ResetId::draw(random),
            names,
            source,
            began_at: now,
            expires_at,
            code_key,
            issued: IssuedCode::new(request, Gate::One, 1, policy, now, expires_at, random),
            snapshot: None,
            stage: Stage::Proving { passed: None },
        }
    }

    /// Whether the reset may still be used.
    #[must_use]
    pub fn is_live(&self, now: Moment) -> bool {
        now < self.expires_at
    }

    /// The gate that is open, or `None` once everything is proved.
    #[must_use]
    pub fn open_gate(&self) -> Option<Gate> {
        match &self.stage {
            Stage::Proving { passed: None } => Some(Gate::One),
            Stage::Proving { passed: Some(_) } => Some(Gate::Two),
            Stage::Granted(_) | Stage::Completed => None,
        }
    }

    /// Gate one, if it is passed and gate two is open.
    #[must_use]
    pub fn passed_gate(&self) -> Option<&PassedGate> {
        match &self.stage {
            Stage::Proving { passed } => passed.as_ref(),
            Stage::Granted(_) | Stage::Completed => None,
        }
    }

    /// Decides what ordering a code at `gate` means now; a pure function of the reset.
    pub fn reorder(
        &self,
        request: CodeRequest,
        gate: Gate,
        policy: &Policy,
        now: Moment,
        random: &dyn Randomness,
    ) -> Reorder {
        let open = self.open_gate() == Some(gate);
        let first_at_gate = self.issued.gate != gate;
        let early = !first_at_gate && now < self.issued.ordered_at.plus(policy.resend_seconds());
        if !open || early || self.issued.order >= MAX_ORDERS {
            return Reorder::Nothing;
        }
        let order = self.issued.order + 1;
        let same = !first_at_gate && request.method == self.issued.method && self.issued.is_live(now);
        if !same {
            let mut issued = IssuedCode::new(request, gate, order, policy, now, self.expires_at, random);
            while issued.reference == self.issued.reference {
                issued.reference = Reference::draw(random);
            }
            return Reorder::IssuedCode(Box::new(issued));
        }
        let dies = self.issued.first_ordered_at.plus(MAX_CODE_SECONDS).min(self.expires_at);
        Reorder::IssuedCode(Box::new(IssuedCode {
            order,
            claimed_phone: request.claimed_phone,
            ordered_at: now,
            expires_at: now.plus(policy.code_lifetime_seconds).min(dies),
            ..self.issued.clone()
        }))
    }

    /// Whether a destination, by its digests, may serve the open gate: gate two must differ in method and destination.
    ///
    /// Where no digest is of the version by which gate one's was made, nothing tells that it differs.
    #[must_use]
    pub fn may_use(&self, method: CodeMethod, destination: &[String]) -> bool {
        self.passed_gate().is_none_or(|passed| passed.method != method && is_another(destination, &passed.destination))
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
