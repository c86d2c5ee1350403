//! A challenge: the code by which a person proves to possess a contact of their own.

use crate::account::{ContactType, Destination};
use crate::message::Channel;
use crate::random::{AccountId, ChallengeId, Reference, Seed};
use crate::time::Moment;

/// What the keys begin with under which people's challenges are counted.
pub const CHALLENGE_LOG: &str = "challenges.";

/// One challenge.
#[derive(Debug, Clone, PartialEq)]
pub struct Challenge {
    /// Its name.
    pub id: ChallengeId,
    /// Whose it is.
    pub account: AccountId,
    /// What the value will be registered as.
    pub kind: ContactType,
    /// The value to prove.
    pub value: Destination,
    /// How the code travels.
    pub channel: Channel,
    /// From which the code is derived.
    pub seed: Seed,
    /// The version of the key.
    pub code_key: u32,
    /// Digits of the code.
    pub digits: u8,
    /// Printed in the message and on the page.
    pub reference: Reference,
    /// When it was made.
    pub made_at: Moment,
    /// When it dies.
    pub expires_at: Moment,
    /// Guesses charged to it.
    pub tries: u32,
    /// The keyed digest of the source network that asked.
    pub source: String,
    /// Whether it was proved.
    pub used: bool,
}

impl Challenge {
    /// The key under which a person's challenges are counted.
    #[must_use]
    pub fn log_key(account: &AccountId) -> String {
        format!("{CHALLENGE_LOG}{}", account.as_str())
    }
}
