//! Keyrings, which hold versions of a key, and the irreversible digests computed under them.

use std::collections::BTreeMap;
use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::identifiers::phone::{Country, Phone};
use crate::identifiers::user_name::UserName;

/// Length of the digest of a user name, in bytes. It is the key of rows that stay.
const NAME_BYTES: usize = 32;
/// Length of the digests of keys, bodies and refused passwords, in bytes.
const FINGERPRINT_BYTES: usize = 32;
/// Length of every other digest that rows hold, in bytes: no two values share 128 bits, and a reset's row, which holds
/// up to ten of these, stays small.
const SHORT_BYTES: usize = 16;

/// Length of every key, in bytes: the output size of SHA-256, at which HMAC-SHA-256 has its full strength.
pub const KEY_LENGTH: usize = 32;

/// The versions of one key. New values are made under the newest; older versions stay readable.
#[derive(Clone)]
pub struct Keyring {
    keys: BTreeMap<u32, Zeroizing<[u8; KEY_LENGTH]>>,
}

/// Why a set of keys cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// There is no key at all. There is no default to fall back to.
    Empty,
    /// A key does not have [`KEY_LENGTH`] bytes.
    Length,
    /// A key consists of one repeated byte, as an unset secret would.
    Constant,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the keyring holds no key",
            Self::Length => "a key must be 32 bytes long",
            Self::Constant => "a key is one repeated byte",
        })
    }
}

impl std::error::Error for KeyError {}

impl Keyring {
    /// Makes a keyring from `version → key`. The highest version is current.
    ///
    /// # Errors
    /// [`KeyError`] if there is no key, or one that cannot have been drawn at random.
    pub fn new<K: AsRef<[u8]>>(keys: impl IntoIterator<Item = (u32, K)>) -> Result<Self, KeyError> {
        let mut keyring = BTreeMap::new();
        for (version, key) in keys {
            let key: [u8; KEY_LENGTH] = key.as_ref().try_into().map_err(|_| KeyError::Length)?;
            if key.iter().all(|byte| *byte == key[0]) {
                return Err(KeyError::Constant);
            }
            keyring.insert(version, Zeroizing::new(key));
        }
        if keyring.is_empty() { Err(KeyError::Empty) } else { Ok(Self { keys: keyring }) }
    }

    /// The version under which new values are made.
    #[must_use]
    pub fn current(&self) -> u32 {
        self.keys.keys().next_back().copied().unwrap_or_default()
    }

    /// All versions, newest first.
    pub fn versions(&self) -> impl Iterator<Item = u32> + '_ {
        self.keys.keys().rev().copied()
    }

    /// The key of a version, if the keyring still holds it.
    #[must_use]
    pub fn key(&self, version: u32) -> Option<&[u8; KEY_LENGTH]> {
        self.keys.get(&version).map(|key| &**key)
    }

    /// HMAC-SHA-256 over length-prefixed parts, so that no two lists of parts give the same bytes. `None` if the
    /// keyring does not hold the version.
    #[must_use]
    pub fn digest(&self, version: u32, parts: &[&[u8]]) -> Option<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key(version)?).ok()?;
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Some(mac.finalize().into_bytes().into())
    }

    fn digests(&self, parts: &[&[u8]], length: usize) -> Digests {
        let digests = self.versions().filter_map(|version| {
            let digest = self.digest(version, parts)?;
            Some(format!("{version}.{}", BASE64URL_NOPAD.encode(&digest[..length])))
        });
        Digests(digests.collect())
    }
}

/// The digests of one value under every version of a key, newest first. The first is written; a lookup may find any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Digests(Vec<String>);

impl Digests {
    /// The digest under the newest version.
    #[must_use]
    pub fn current(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// All digests, newest first.
    #[must_use]
    pub fn all(&self) -> &[String] {
        &self.0
    }

    /// Whether both come from the same value: they share a version and its digest.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.iter().any(|one| {
            other.0.iter().any(|two| bool::from(subtle::ConstantTimeEq::ct_eq(one.as_bytes(), two.as_bytes())))
        })
    }
}

impl TryFrom<Vec<String>> for Digests {
    type Error = &'static str;

    fn try_from(stored: Vec<String>) -> Result<Self, Self::Error> {
        if stored.is_empty() { Err("no digest") } else { Ok(Self(stored)) }
    }
}

/// Whether `digests` and `other` certainly come from different values. That is certain only if `digests` has a digest
/// under the key version of `other`, and the two differ.
#[must_use]
pub fn is_another(digests: &[String], other: &str) -> bool {
    let Some(version) = version_of(other) else { return false };
    digests.iter().find(|digest| version_of(digest) == Some(version)).is_some_and(|digest| digest != other)
}

fn version_of(digest: &str) -> Option<&str> {
    digest.split_once('.').map(|(version, _)| version)
}

/// The keyring that turns user names, source networks and destinations into row keys.
#[derive(Clone)]
pub struct NameKeys(pub Keyring);

impl NameKeys {
    /// The row keys of a user name, whether or not an account has it.
    #[must_use]
    pub fn name(&self, name: &UserName) -> Digests {
        self.0.digests(&[b"name", name.canonical().as_bytes()], NAME_BYTES)
    }

    /// The row keys of a source network.
    #[must_use]
    pub fn source(&self, network: &str) -> Digests {
        self.0.digests(&[b"source", network.as_bytes()], SHORT_BYTES)
    }

    /// The row keys of a destination, independent of the account that it belongs to.
    #[must_use]
    pub fn destination(&self, destination: &str) -> Digests {
        self.0.digests(&[b"destination", destination.as_bytes()], SHORT_BYTES)
    }

    /// The row keys under which an account is found by a contact.
    #[must_use]
    pub fn index(&self, contact: &str) -> Digests {
        self.0.digests(&[b"index", contact.as_bytes()], SHORT_BYTES)
    }

    /// The row key of the range that a phone's number is in, under the newest version: its country by numbering plan, and
    /// the number without its last four digits.
    ///
    /// A rotation loses the ranges' logs of the last day: each range then starts anew.
    #[must_use]
    pub fn phone_range(&self, phone: &Phone) -> String {
        let (country, range) = (phone.country(), phone.range());
        let country = country.as_ref().map_or("", Country::as_str);
        self.0.digests(&[b"range", country.as_bytes(), range.as_bytes()], SHORT_BYTES).current().to_owned()
    }
}

/// The keyring for the digest under which a typed phone number is stored until it is compared.
#[derive(Clone)]
pub struct PhoneKeys(pub Keyring);

impl PhoneKeys {
    /// The digests of the number in E.164, without its extension.
    #[must_use]
    pub fn phone(&self, phone: &Phone) -> Digests {
        self.0.digests(&[b"phone", phone.e164().as_bytes()], SHORT_BYTES)
    }
}

/// The keyring for the digests of `Idempotency-Key`s, of request bodies, and of refused passwords.
#[derive(Clone)]
pub struct IdempotencyKeys(pub Keyring);

impl IdempotencyKeys {
    /// The row key of a client's key within its scope (route and caller), under the newest version.
    ///
    /// A rotation loses the replays of the last day: a repeated request then counts as a new one.
    #[must_use]
    pub fn row(&self, route: &str, caller: &str, key: &str) -> String {
        self.digest(&[b"row", route.as_bytes(), caller.as_bytes(), key.as_bytes()])
    }

    /// The digest that distinguishes one body from another.
    #[must_use]
    pub fn fingerprint(&self, body: &[u8]) -> String {
        self.digest(&[b"body", body])
    }

    /// The digest that recognises a password that was already refused in an account's current run of wrong ones.
    #[must_use]
    pub fn password(&self, owner: &str, password: &str) -> String {
        self.digest(&[b"password", owner.as_bytes(), password.as_bytes()])
    }

    fn digest(&self, parts: &[&[u8]]) -> String {
        self.0.digests(parts, FINGERPRINT_BYTES).current().to_owned()
    }
}

/// The keyring from which codes and tokens are derived.
#[derive(Clone)]
pub struct CodeKeys(pub Keyring);

#[cfg(test)]
mod tests {
    use super::*;

    fn key(fill: u8) -> [u8; 32] {
        let mut key = [fill; 32];
        key[0] = fill.wrapping_add(1);
        key
    }

    #[test]
    fn a_keyring_refuses_missing_short_and_constant_keys() {
        assert_eq!(Keyring::new(Vec::<(u32, Vec<u8>)>::new()).err(), Some(KeyError::Empty));
        assert_eq!(Keyring::new([(1, vec![])]).err(), Some(KeyError::Length));
        assert_eq!(Keyring::new([(1, vec![7; 32])]).err(), Some(KeyError::Constant));
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let keyring = Keyring::new([(1, key(3))]).unwrap();
        assert_ne!(keyring.digest(1, &[b"ab", b"c"]), keyring.digest(1, &[b"a", b"bc"]));
    }

    #[test]
    fn the_highest_version_is_current() {
        let keyring = Keyring::new([(7, key(3)), (2, key(9)), (5, key(4))]).unwrap();
        assert_eq!((keyring.current(), keyring.versions().collect::<Vec<_>>()), (7, vec![7, 5, 2]));
    }

    #[test]
    fn numbers_share_a_range_if_they_differ_in_their_last_four_digits_only() {
        let names = NameKeys(Keyring::new([(1, key(3))]).unwrap());
        let range = |phone: &str| names.phone_range(&Phone::parse(phone).unwrap());
        assert_eq!(range("+1 4255550100"), range("+1 4255559999"));
        assert_ne!(range("+1 4255550100"), range("+1 4255560100"));
    }

    #[test]
    fn every_part_of_a_request_changes_its_row() {
        let keys = IdempotencyKeys(Keyring::new([(1, key(3))]).unwrap());
        let row = keys.row("begin-reset", "203.0.113.0/24", "a-key");
        assert_eq!(row, keys.row("begin-reset", "203.0.113.0/24", "a-key"));
        let others = [
            keys.row("verify-code", "203.0.113.0/24", "a-key"),
            keys.row("begin-reset", "198.51.100.0/24", "a-key"),
            keys.row("begin-reset", "203.0.113.0/24", "b-key"),
        ];
        assert!(!others.contains(&row), "{others:?}");
    }

    #[test]
    fn one_password_has_another_digest_for_another_account() {
        let keys = IdempotencyKeys(Keyring::new([(1, key(3))]).unwrap());
        let digest = keys.password("adele", "a password");
        assert_eq!(digest, keys.password("adele", "a password"));
        assert!(![keys.password("bob", "a password"), keys.password("adele", "b password")].contains(&digest));
    }

    #[test]
    fn a_digest_survives_rotation_while_the_old_version_is_held() {
        let name = UserName::parse("adele@contoso.example").unwrap();
        let old = NameKeys(Keyring::new([(1, key(3))]).unwrap()).name(&name);
        let both = NameKeys(Keyring::new([(1, key(3)), (2, key(9))]).unwrap()).name(&name);
        let new = NameKeys(Keyring::new([(2, key(9))]).unwrap()).name(&name);
        assert!(old.matches(&both) && both.matches(&new));
        assert!(!old.matches(&new));
        assert_eq!(both.current(), new.current());
    }
}
