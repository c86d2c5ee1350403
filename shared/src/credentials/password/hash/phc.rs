//! The text form of a hash: `$argon2id$v=19$m=19456,t=2,p=1$salt$output`.
//!
//! It is read strictly and within bounds, because it decides how much memory and time a comparison takes: a stored hash
//! that was tampered with must not be able to stop the service.

use core::fmt;
use core::ops::RangeInclusive;

use data_encoding::BASE64_NOPAD;

/// The beginning of every hash: the algorithm, and version 1.3 of it.
const PREFIX: &str = "$argon2id$v=19$";

/// The memory that a stored hash may require, in KiB: from below every cost that was ever current here to the most that
/// still fits a small function.
const MEMORY_KIB: RangeInclusive<u32> = 8 * 1024..=256 * 1024;

/// The passes that a stored hash may require. Even with the most memory, a comparison stays within seconds.
const PASSES: RangeInclusive<u32> = 1..=16;

/// The lanes that a stored hash may require; RFC 9106 section 4 recommends four.
const LANES: RangeInclusive<u32> = 1..=4;

/// The bytes of a stored salt: RFC 9106 section 3.1 asks for at least eight.
const STORED_SALT_BYTES: RangeInclusive<usize> = 8..=64;

/// The bytes of a stored output: below 128 bits chance matches become conceivable, above 512 nothing is gained.
const STORED_OUTPUT_BYTES: RangeInclusive<usize> = 16..=64;

/// The longest text that is read, in bytes: more than these bounds allow.
const MAX_TEXT_BYTES: usize = 256;

/// The cost of one hash: the parameters m, t and p of RFC 9106 section 3.1.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

/// A stored password hash, and the version of the pepper that went into it.
///
/// It prints without its contents. They are useless without the pepper, but do not belong in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    text: String,
    pepper_version: u32,
    pub(super) cost: Cost,
    pub(super) salt: Vec<u8>,
    pub(super) output: Vec<u8>,
}

impl PasswordHash {
    /// Reads a stored hash in its text form, with the version of the pepper that is stored beside it.
    ///
    /// # Errors
    /// The variant of [`MalformedHash`] for the first part that is wrong or out of bounds.
    pub fn parse(text: &str, pepper_version: u32) -> Result<Self, MalformedHash> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(MalformedHash::Shape);
        }
        let rest = text.strip_prefix(PREFIX).ok_or(MalformedHash::Algorithm)?;
        let mut parts = rest.split('$');
        let (Some(cost), Some(salt), Some(output), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(MalformedHash::Shape);
        };
        Ok(Self {
            text: text.to_owned(),
            pepper_version,
            cost: parse_cost(cost).ok_or(MalformedHash::Cost)?,
            salt: parse_bytes(salt, &STORED_SALT_BYTES).ok_or(MalformedHash::Salt)?,
            output: parse_bytes(output, &STORED_OUTPUT_BYTES).ok_or(MalformedHash::Output)?,
        })
    }

    /// The text form, for storage.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The version of the pepper that went into the hash.
    #[must_use]
    pub fn pepper_version(&self) -> u32 {
        self.pepper_version
    }

    pub(super) fn encode(cost: Cost, salt: &[u8], output: &[u8], pepper_version: u32) -> Self {
        let Cost { memory_kib, passes, lanes } = cost;
        let (salt_text, output_text) = (BASE64_NOPAD.encode(salt), BASE64_NOPAD.encode(output));
        Self {
            text: format!("{PREFIX}m={memory_kib},t={passes},p={lanes}${salt_text}${output_text}"),
            pepper_version,
            cost,
            salt: salt.to_vec(),
            output: output.to_vec(),
        }
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHash").field("pepper_version", &self.pepper_version).finish_non_exhaustive()
    }
}

/// Why a stored hash is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MalformedHash {
    /// It does not have three parts after the algorithm, or it is far too long.
    Shape,
    /// It is not Argon2id, version 1.3.
    Algorithm,
    /// Its memory, passes or lanes are unreadable or out of bounds.
    Cost,
    /// Its salt is unreadable or out of bounds.
    Salt,
    /// Its output is unreadable or out of bounds.
    Output,
}

impl fmt::Display for MalformedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "a stored password hash has the wrong shape",
            Self::Algorithm => "a stored password hash is not of Argon2id version 1.3",
            Self::Cost => "a stored password hash has parameters out of bounds",
            Self::Salt => "a stored password hash has a bad salt",
            Self::Output => "a stored password hash has a bad output",
        })
    }
}

impl core::error::Error for MalformedHash {}

fn parse_cost(text: &str) -> Option<Cost> {
    let mut fields = text.split(',');
    let cost = Cost {
        memory_kib: parse_number(fields.next()?.strip_prefix("m=")?, &MEMORY_KIB)?,
        passes: parse_number(fields.next()?.strip_prefix("t=")?, &PASSES)?,
        lanes: parse_number(fields.next()?.strip_prefix("p=")?, &LANES)?,
    };
    fields.next().is_none().then_some(cost)
}

/// Reads a decimal in its one canonical spelling: no sign, no leading zero.
fn parse_number(text: &str, bounds: &RangeInclusive<u32>) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    let is_canonical = !text.starts_with(['+', '0']);
    (is_canonical && bounds.contains(&number)).then_some(number)
}

fn parse_bytes(text: &str, bounds: &RangeInclusive<usize>) -> Option<Vec<u8>> {
    let bytes = BASE64_NOPAD.decode(text.as_bytes()).ok()?;
    bounds.contains(&bytes.len()).then_some(bytes)
}
