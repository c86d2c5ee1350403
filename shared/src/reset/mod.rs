//! A reset: its states and the transitions between them.

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

/// Most times that a code may be ordered in one reset.
pub const MAX_ORDERS: u32 = 5;
/// Seconds after its first order at which a code expires, however often it is ordered again.
pub const MAX_CODE_SECONDS: u64 = 600;
/// Most requests to one reset in a window of [`REQUEST_WINDOW_SECONDS`], guesses and orders together. A person needs a
/// handful. The limit keeps anybody from measuring one reset's response times over and over.
pub const MAX_REQUESTS: u32 = 60;
/// The length of a window in which requests to one reset are counted. The first window begins with the reset, each
/// later one with the first request after the last window ended.
pub const REQUEST_WINDOW_SECONDS: u64 = 60;
/// Passwords that may be refused under one reset token; it is dead after that.
pub const MAX_PASSWORD_TRIES: u32 = 10;
/// Most completed resets of one account in 24 hours.
pub const MAX_COMPLETIONS_PER_DAY: usize = 5;

/// A code issued in a reset: drawn once, possibly delivered several times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssuedCode {
    /// The number of the order that asked for it last, counted from 1 in each reset.
    pub order: u32,
    /// The gate that it opens.
    pub gate: Gate,
    /// The method by which it was ordered.
    pub method: CodeMethod,
    /// The seed that it is derived from.
    pub seed: Seed,
    /// The reference printed in the message and on the page.
    pub reference: Reference,
    /// Keyed digests of the phone number that the person claimed to have on file.
    pub claimed_phone: Option<Digests>,
    /// When it was first ordered.
    pub first_ordered_at: Moment,
    /// When it was last ordered.
    pub ordered_at: Moment,
    /// When it expires.
    pub expires_at: Moment,
    /// How many digits it has.
    pub digits: u8,
    /// Keyed digest of the destination that it goes to. Set just before the message is handed to the provider; while it
    /// is `None`, no code exists.
    pub sent_to: Option<String>,
    /// Guesses charged to it. Guesses beyond its tries are charged too, and never compared.
    pub tries: u32,
}

/// The first gate, once it is passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassedGate {
    /// The method that passed it.
    pub method: CodeMethod,
    /// Keyed digest of the destination that the code went to.
    pub destination: String,
    /// The seed that the gate token is derived from.
    pub seed: Seed,
    /// The security questions that may open the second gate, drawn when the first was passed. Empty if questions cannot
    /// open it.
    pub questions: Vec<AskedQuestion>,
}

/// The right to set a password.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// The seed that the reset token is derived from.
    pub seed: Seed,
    /// The proved methods, one for each gate that was passed.
    pub proved: Vec<Method>,
    /// Keyed digests of the destinations that the proved codes went to. They are not notified of the reset.
    pub destinations: Vec<String>,
    /// Passwords refused under it.
    pub password_tries: u32,
}

impl Grant {
    /// Whether the proved methods are enough under the current policy: at least as many as there are gates, each still
    /// offered.
    #[must_use]
    pub fn suffices(&self, policy: &Policy, is_admin: bool) -> bool {
        let counted = self.proved.iter().filter(|method| policy.offers_to(is_admin, **method)).count();
        counted >= usize::from(policy.gates(is_admin))
    }
}

/// How far a reset has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// A gate is open: gate one or, once that is passed, gate two.
    Proving {
        /// Gate one, once it is passed.
        passed: Option<PassedGate>,
    },
    /// Everything is proved; the password may be set.
    Granted(Grant),
    /// The password was set.
    Completed,
}

/// One self-service password reset.
#[derive(Debug, Clone, PartialEq)]
pub struct Reset {
    /// The reset's id.
    pub id: ResetId,
    /// Keyed digests of the user name that was typed.
    pub names: Digests,
    /// Keyed digest of the source network that began it.
    pub source: String,
    /// When it began. Revoking an account's resets ends those that began at or before the revocation.
    pub began_at: Moment,
    /// When it expires.
    pub expires_at: Moment,
    /// The version of the key that its codes and tokens are derived from.
    pub code_key: u32,
    /// The code that was issued last.
    pub issued: IssuedCode,
    /// The linked account, once the worker has found one.
    pub snapshot: Option<AccountSnapshot>,
    /// How far it has come.
    pub stage: Stage,
}

/// A request for a code.
#[derive(Debug, Clone)]
pub struct CodeRequest {
    /// The method by which the code is to travel.
    pub method: CodeMethod,
    /// Keyed digests of the phone that the person claims to have on file.
    pub claimed_phone: Option<Digests>,
}

/// The result of ordering a code again.
#[derive(Debug, Clone, PartialEq)]
pub enum Reorder {
    /// Nothing is sent: too early, too often, or not allowed now. The response repeats the same times.
    Nothing,
    /// The code to deliver: the same code again, or a new one that replaces it.
    IssuedCode(Box<IssuedCode>),
}

impl IssuedCode {
    /// Issues a new code, ordered at `now`; it expires at `ends` at the latest.
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

    /// Whether a code that went to this destination, given by its keyed digest, passed a gate. A completed reset no longer
    /// says which codes did, and counts for every destination.
    #[must_use]
    pub fn used_a_code_at(&self, destination: &str) -> bool {
        match &self.stage {
            Stage::Proving { passed } => passed.as_ref().is_some_and(|passed| passed.destination == destination),
            Stage::Granted(grant) => grant.destinations.iter().any(|proved| proved == destination),
            Stage::Completed => true,
        }
    }

    /// Decides what happens if a code is ordered at `gate` now. Nothing is changed.
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

    /// Whether a destination, given by its digests, may serve the open gate. Gate two must differ from gate one in
    /// method and destination.
    ///
    /// If no digest has the key version of gate one's digest, nothing proves that the destinations differ, and the
    /// result is `false`.
    #[must_use]
    pub fn may_use(&self, method: CodeMethod, destination: &[String]) -> bool {
        self.passed_gate().is_none_or(|passed| passed.method != method && is_another(destination, &passed.destination))
    }
}

#[cfg(test)]
mod tests;
