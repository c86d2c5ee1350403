//! How a password is stored: Argon2id with a secret of the service mixed in (RFC 9106).
//!
//! The text form is the PHC string of the reference implementation. The version of the [`Pepper`] is stored beside it,
//! not in it. A thief of the stored hashes who lacks the pepper cannot test a single guess.

use core::cell::RefCell;
use core::fmt;
use core::hint::black_box;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::Password;

mod phc;

pub use phc::{MalformedHash, PasswordHash};

use phc::Cost;

/// The bytes of a salt for a new hash, as RFC 9106 section 3.1 recommends for passwords.
pub const SALT_BYTES: usize = 16;

/// The bytes of a pepper: a key of 256 bits, as strong as any other key of the service.
pub const PEPPER_BYTES: usize = 32;

/// The bytes of a new hash: a tag of 256 bits, as in both recommendations of RFC 9106 section 4.
const OUTPUT_BYTES: usize = 32;

/// The cost of a new hash.
///
/// 19 MiB, two passes, one lane: the minimum of the OWASP Password Storage Cheat Sheet, at about 30 milliseconds of one
/// core. Raise it here, and each account follows at its owner's next sign-in.
const CURRENT: Cost = Cost { memory_kib: 19_456, passes: 2, lanes: 1 };

/// The salt of a comparison that is made only for the time it takes.
const NO_SALT: [u8; SALT_BYTES] = [0; SALT_BYTES];

thread_local! {
    /// The memory that this thread reuses for all its hashes. If every hash allocated new memory, an allocator might
    /// place each block after the latest allocations, and the process would grow by a whole block each time.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// A secret of the service that goes into every hash, and its version.
///
/// It cannot be printed, serialized or copied, and its memory is wiped when it is dropped.
pub struct Pepper {
    version: u32,
    key: Zeroizing<Vec<u8>>,
}

impl Pepper {
    /// Takes a key of [`PEPPER_BYTES`] bytes under its version.
    ///
    /// # Errors
    /// [`PepperError::Length`] for a key of another length.
    pub fn parse(version: u32, key: &[u8]) -> Result<Self, PepperError> {
        if key.len() != PEPPER_BYTES {
            return Err(PepperError::Length);
        }
        Ok(Self { version, key: Zeroizing::new(key.to_vec()) })
    }

    /// The version that is stored beside every hash made with this pepper.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }
}

/// The pepper of new hashes, and the older ones that stored hashes may still need.
pub struct Peppers {
    current: Pepper,
    others: Vec<Pepper>,
}

impl Peppers {
    /// Combines the current pepper with any others.
    ///
    /// # Errors
    /// [`PepperError::RepeatedVersion`] if two have the same version.
    pub fn new(current: Pepper, others: Vec<Pepper>) -> Result<Self, PepperError> {
        let mut versions: Vec<u32> = others.iter().map(Pepper::version).chain([current.version]).collect();
        versions.sort_unstable();
        if versions.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(PepperError::RepeatedVersion);
        }
        Ok(Self { current, others })
    }

    /// The pepper of new hashes.
    #[must_use]
    pub fn current(&self) -> &Pepper {
        &self.current
    }

    /// The pepper of a version, if the service still has it.
    #[must_use]
    pub fn get(&self, version: u32) -> Option<&Pepper> {
        core::iter::once(&self.current).chain(&self.others).find(|pepper| pepper.version == version)
    }
}

/// Why a pepper, or a set of peppers, is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PepperError {
    /// The key does not have [`PEPPER_BYTES`] bytes.
    Length,
    /// Two peppers have the same version.
    RepeatedVersion,
}

impl fmt::Display for PepperError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length => write!(f, "a pepper has {PEPPER_BYTES} bytes"),
            Self::RepeatedVersion => f.write_str("two peppers have the same version"),
        }
    }
}

impl core::error::Error for PepperError {}

/// A password could not be hashed, because there was no memory for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingFailed;

impl fmt::Display for HashingFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the password could not be hashed")
    }
}

impl core::error::Error for HashingFailed {}

/// The result of comparing a password with a stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Verdict {
    /// Whether the password is the one that was hashed.
    pub matches: bool,
    /// Whether the hash has another cost, size or pepper than a new one would. If it also matches, store a new one.
    pub outdated: bool,
}

/// Hashes a password for storage, at the current cost. The salt must be random and used only once.
///
/// # Errors
/// [`HashingFailed`] if there is no memory for it.
pub fn hash(password: &Password, pepper: &Pepper, salt: [u8; SALT_BYTES]) -> Result<PasswordHash, HashingFailed> {
    hash_at(CURRENT, OUTPUT_BYTES, password, pepper, &salt)
}

/// Compares a password with a stored hash, in a time that does not depend on how much of it is right.
///
/// If the pepper of that hash is missing, nothing matches, and the call takes as long as a comparison.
///
/// # Errors
/// [`HashingFailed`] if there is no memory for it.
pub fn verify(password: &Password, stored: &PasswordHash, peppers: &Peppers) -> Result<Verdict, HashingFailed> {
    let Some(pepper) = peppers.get(stored.pepper_version()) else {
        return dummy_verify(password, peppers);
    };
    let output = derive(stored.cost, stored.output.len(), password, pepper, &stored.salt)?;
    let is_current = stored.cost == CURRENT
        && stored.salt.len() == SALT_BYTES
        && stored.output.len() == OUTPUT_BYTES
        && pepper.version == peppers.current.version;
    Ok(Verdict { matches: output.ct_eq(&stored.output).into(), outdated: !is_current })
}

/// Does the work of [`verify`] if there is no hash to compare with, and never matches.
///
/// This way a refusal takes as long for an unknown account as for a known one.
///
/// # Errors
/// [`HashingFailed`] if there is no memory for it.
pub fn dummy_verify(password: &Password, peppers: &Peppers) -> Result<Verdict, HashingFailed> {
    let output = derive(CURRENT, OUTPUT_BYTES, password, &peppers.current, &NO_SALT)?;
    // Nothing uses the outcome. Without this the compiler could remove the work.
    black_box(output.ct_eq(&[0; OUTPUT_BYTES]));
    Ok(Verdict { matches: false, outdated: false })
}

fn hash_at(
    cost: Cost,
    output_bytes: usize,
    password: &Password,
    pepper: &Pepper,
    salt: &[u8],
) -> Result<PasswordHash, HashingFailed> {
    let output = derive(cost, output_bytes, password, pepper, salt)?;
    Ok(PasswordHash::encode(cost, salt, &output, pepper.version))
}

fn derive(
    cost: Cost,
    output_bytes: usize,
    password: &Password,
    pepper: &Pepper,
    salt: &[u8],
) -> Result<Zeroizing<Vec<u8>>, HashingFailed> {
    let mut output = Zeroizing::new(vec![0; output_bytes]);
    let params =
        Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(output_bytes)).map_err(|_| HashingFailed)?;
    let blocks = params.block_count();
    let argon2 = Argon2::new_with_secret(&pepper.key, Algorithm::Argon2id, Version::V0x13, params);
    let argon2 = argon2.map_err(|_| HashingFailed)?;
    MEMORY.with_borrow_mut(|memory| {
        memory.try_reserve_exact(blocks.saturating_sub(memory.len())).map_err(|_| HashingFailed)?;
        memory.resize(blocks, Block::new());
        argon2
            .hash_password_into_with_memory(password.as_bytes(), salt, &mut output, memory.as_mut_slice())
            .map_err(|_| HashingFailed)
    })?;
    Ok(output)
}

#[cfg(test)]
mod tests;
