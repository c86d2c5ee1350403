//! A challenge: a code by which a person proves that they possess a contact.

use crate::account::{ContactType, Destination};
use crate::message::Channel;
use crate::random::{AccountId, ChallengeId, Reference, Seed};
use crate::time::Moment;

/// Prefix of the keys under which people's challenges are counted.
pub const CHALLENGE_LOG: &str = "challenges.";

/// A challenge to prove one contact.
#[derive(Debug, Clone, PartialEq)]
pub struct Challenge {
    /// The challenge's id.
    pub id: ChallengeId,
    /// The account of the person who asked for it.
    pub account: AccountId,
    /// The contact type that the value will be registered as.
    pub kind: ContactType,
    /// The value to prove.
    pub value: Destination,
    /// How the code travels.
    pub channel: Channel,
    /// The seed that the code is derived from.
    pub seed: Seed,
    /// The version of the key that the code is derived from.
    pub code_key: u32,
    /// How many digits the code has.
    pub digits: u8,
    /// The reference printed in the message and on the page.
    pub reference: Reference,
    /// When it was issued.
    pub made_at: Moment,
    /// When it expires.
    pub expires_at: Moment,
    /// Guesses charged to it.
    pub tries: u32,
    /// Keyed digest of the source network that asked for it.
    pub source: String,
    /// Whether it was proved; it cannot be used again then.
    pub used: bool,
}

impl Challenge {
    /// The key under which a person's challenges are counted.
    #[must_use]
    pub fn log_key(account: &AccountId) -> String {
        format!("{CHALLENGE_LOG}{}", account.as_str())
    }
}
