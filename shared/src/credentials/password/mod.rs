//! Passwords: which ones may be chosen, and how they are stored.
//!
//! A password is held in Unicode normalization form C, so that one typed on two keyboards is one password. Nothing is
//! trimmed and nothing is cut off: every code point up to the limit counts, in the rules and in the hash (NIST SP
//! 800-63B-4 section 3.1.1.2).
//!
//! - [`validate`] decides whether a new password is acceptable.
//! - [`hash()`] and [`verify`] hash and compare it, with Argon2id and a [`Pepper`].

mod case_folding;
mod common;
mod hash;
mod pattern;
mod rules;
mod sorted_list;

use core::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

pub use hash::{
    HashingFailed, MalformedHash, PEPPER_BYTES, PasswordHash, Pepper, PepperError, Peppers, SALT_BYTES, Verdict,
    dummy_verify, hash, verify,
};
pub use rules::{
    ContactText, DEFAULT_MIN_LENGTH, LEAST_MIN_LENGTH, MAX_BANNED_TERM_LENGTH, MAX_BANNED_TERMS,
    MIN_BANNED_TERM_LENGTH, MOST_MIN_LENGTH, PasswordContext, PasswordRules, PasswordRulesError, Reason, validate,
};

/// The longest password, in code points of its normalized form.
///
/// NIST SP 800-63B-4 section 3.1.1.2 asks for at least 64; this leaves room for long phrases and bounds the work.
pub const MAX_LENGTH: u32 = 256;

/// The most bytes of UTF-8 that are read before normalizing.
///
/// Sixteen for each allowed code point: a composed one takes at most four, and the longest decompositions of letters
/// stay below sixteen. Anything larger is refused at once, so that a body of a megabyte costs nothing.
pub const MAX_BYTES: usize = 16 * MAX_LENGTH as usize;

/// The most that normalization form C can lengthen UTF-8 text, as a factor in bytes (Unicode Standard Annex 15).
const NFC_GROWTH: usize = 3;

/// A password as its owner typed it, in normalization form C.
///
/// It cannot be printed, serialized or copied, and its memory is wiped when it is dropped.
///
/// ```compile_fail,E0277
/// let password = shared::credentials::password::Password::parse("purple quilts").ok();
/// println!("{password:?}");
/// ```
/// ```compile_fail,E0277
/// fn copied<T: Clone>(_: T) {}
/// copied(shared::credentials::password::Password::parse("purple quilts").ok());
/// ```
pub struct Password(Zeroizing<String>);

impl Password {
    /// Reads a password for comparison with a stored one.
    ///
    /// Every character is accepted, including spaces at the ends. The rules for new passwords are those of
    /// [`validate`].
    ///
    /// # Errors
    /// [`PasswordError::TooLong`] over [`MAX_BYTES`] bytes, or over [`MAX_LENGTH`] code points once normalized.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        let password = Self::normalize(text).ok_or(PasswordError::TooLong)?;
        if password.length() > MAX_LENGTH {
            return Err(PasswordError::TooLong);
        }
        Ok(password)
    }

    /// The bytes that go into the hash or a keyed digest. They must never reach a log or a response.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Its text, for the rules. It must never reach a log or a response.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Normalizes a text, unless it has more than [`MAX_BYTES`] bytes.
    fn normalize(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        // Reserves room for the worst case at once, because a growing buffer leaves unwiped copies behind.
        let mut normalized = Zeroizing::new(String::with_capacity(NFC_GROWTH * text.len()));
        normalized.extend(text.nfc());
        Some(Self(normalized))
    }

    /// Its length in code points.
    fn length(&self) -> u32 {
        u32::try_from(self.0.chars().count()).unwrap_or(u32::MAX)
    }
}

/// Why a text cannot be a password at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordError {
    /// It has more than [`MAX_LENGTH`] code points, or more than [`MAX_BYTES`] bytes.
    TooLong,
}

impl fmt::Display for PasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "a password has at most {MAX_LENGTH} characters"),
        }
    }
}

impl core::error::Error for PasswordError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(text: &str) -> Vec<u8> {
        Password::parse(text).ok().unwrap().as_bytes().to_vec()
    }

    #[test]
    fn the_composed_and_the_decomposed_form_are_one_password() {
        assert_eq!(bytes_of("Cafe\u{301} \u{1112}\u{1161}\u{11ab}"), "Café 한".as_bytes());
        assert_eq!(bytes_of("Café 한"), "Café 한".as_bytes());
    }

    #[test]
    fn compatibility_characters_and_case_stay_apart() {
        assert_eq!(bytes_of("Ａﬁ"), "Ａﬁ".as_bytes());
        assert_eq!(bytes_of("aB"), b"aB");
    }

    #[test]
    fn nothing_is_trimmed_and_no_character_is_refused() {
        assert_eq!(bytes_of("  two  \t"), b"  two  \t");
        assert_eq!(bytes_of("\0\u{7f}"), b"\0\x7f");
        assert_eq!(bytes_of(""), b"");
    }

    #[test]
    fn the_limit_is_256_code_points_of_the_composed_form() {
        assert_eq!(bytes_of(&"😀".repeat(256)).len(), 1024);
        assert_eq!(bytes_of(&"\u{1112}\u{1161}\u{11ab}".repeat(256)), "한".repeat(256).into_bytes());
        assert_eq!(Password::parse(&"a".repeat(257)).err(), Some(PasswordError::TooLong));
        assert_eq!(Password::parse(&"e\u{301}".repeat(257)).err(), Some(PasswordError::TooLong));
    }

    #[test]
    fn too_many_bytes_are_refused_before_they_are_normalized() {
        assert!(Password::normalize(&"a".repeat(4096)).is_some());
        assert!(Password::normalize(&"a".repeat(4097)).is_none());
        assert_eq!(Password::parse(&"a".repeat(1_000_000)).err(), Some(PasswordError::TooLong));
    }

    #[test]
    fn normalizing_never_outgrows_the_room_made_for_it() {
        // U+1D160 grows the most in bytes: four become twelve.
        let longest = "\u{1d160}".repeat(1024);
        let password = Password::normalize(&longest).unwrap();
        assert_eq!(password.as_bytes().len(), NFC_GROWTH * longest.len());
    }
}
