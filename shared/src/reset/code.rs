//! Codes and tokens: derived from a seed under a key, never stored.
//!
//! A row keeps only a random seed. Digits, long codes and tokens are HMAC-SHA-256 over a label, the
//! purpose, what they are for and that seed, so testing a guess against a copy of the table needs the
//! key, which is not in it; and a delivery that is tried again sends the same code.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::credentials::key::CodeKeys;
use crate::policy::method::{CodeMethod, Gate};
use crate::random::Seed;

/// Fewest digits a code may have (policy bound).
pub const MIN_DIGITS: u8 = 6;
/// Most digits a code may have (policy bound).
pub const MAX_DIGITS: u8 = 10;
/// Characters of a long code: 26 of Crockford's base32 carry 130 bits.
pub const LONG_LENGTH: usize = 26;
/// Longest text read as a code: ten digits or 26 characters, each followed by a separator or two.
const MAX_TEXT: usize = 64;

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code as somebody typed it: digits, or a long code.
pub enum Code {
    /// Six to ten digits.
    Digits(Zeroizing<String>),
    /// The 26 characters that an email carries.
    Long(Zeroizing<String>),
}

/// The text cannot be a code of either kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotACode;

impl fmt::Display for NotACode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a code is 6 to 10 digits, or a long code of 26 letters and digits")
    }
}

impl std::error::Error for NotACode {}

impl Code {
    /// Reads what was typed; spaces and hyphens are ignored, and so is the case of a long code.
    ///
    /// # Errors
    /// [`NotACode`] for what can be neither.
    pub fn parse(text: &str) -> Result<Self, NotACode> {
        if text.len() > MAX_TEXT {
            return Err(NotACode);
        }
        let bare: Zeroizing<String> = Zeroizing::new(text.chars().filter(|char| !matches!(char, ' ' | '-')).collect());
        let digits = bare.bytes().all(|byte| byte.is_ascii_digit());
        if digits && (usize::from(MIN_DIGITS)..=usize::from(MAX_DIGITS)).contains(&bare.len()) {
            return Ok(Self::Digits(bare));
        }
        if bare.len() != LONG_LENGTH {
            return Err(NotACode);
        }
        let long: Option<String> = bare.chars().map(crockford).collect();
        long.map(|long| Self::Long(Zeroizing::new(long))).ok_or(NotACode)
    }
}

/// One character of Crockford's base32 in its one spelling: `o` is 0, `i` and `l` are 1.
fn crockford(char: char) -> Option<char> {
    let upper = match char.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    CROCKFORD.contains(&u8::try_from(upper).ok()?).then_some(upper)
}

/// What a code or token is for; two of them never share a value.
#[derive(Debug, Clone, Copy)]
pub enum Binding<'a> {
    /// One issue of a code in a reset.
    Reset {
        /// The reset.
        id: &'a str,
        /// The gate it opens.
        gate: Gate,
        /// The method it was asked for by.
        method: CodeMethod,
    },
    /// One challenge of a registration.
    Registration {
        /// The challenge.
        id: &'a str,
    },
}

/// The token that one gate or a whole proof yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Opens gate two.
    Gate,
    /// Sets the password.
    Reset,
}

impl CodeKeys {
    /// The digits of one issue, uniform over all numbers of that length.
    ///
    /// `None` where the ring no longer holds `version`.
    #[must_use]
    pub fn digits(&self, version: u32, binding: Binding<'_>, seed: &Seed, length: u8) -> Option<Zeroizing<String>> {
        let bound = 10_u64.pow(u32::from(length.clamp(MIN_DIGITS, MAX_DIGITS)));
        // Values past the last whole multiple of the bound would favour small codes: draw again.
        let limit = u64::MAX - u64::MAX % bound;
        for counter in 0_u32.. {
            let block = self.block(version, b"digits", binding, seed, counter)?;
            for chunk in block.chunks_exact(8) {
                let drawn = u64::from_be_bytes(chunk.try_into().ok()?);
                if drawn < limit {
                    let width = usize::from(length);
                    return Some(Zeroizing::new(format!("{:0width$}", drawn % bound)));
                }
            }
        }
        None
    }

    /// The long code of one issue, 26 characters.
    #[must_use]
    pub fn long(&self, version: u32, binding: Binding<'_>, seed: &Seed) -> Option<Zeroizing<String>> {
        let block = self.block(version, b"long", binding, seed, 0)?;
        let mut bits = block.iter().flat_map(|byte| (0..8).rev().map(move |shift| byte >> shift & 1));
        let mut text = Zeroizing::new(String::with_capacity(LONG_LENGTH));
        for _ in 0..LONG_LENGTH {
            let index = bits.by_ref().take(5).fold(0_usize, |index, bit| index << 1 | usize::from(bit));
            text.push(CROCKFORD[index] as char);
        }
        Some(text)
    }

    /// A token of one reset: 256 bits as 43 characters.
    #[must_use]
    pub fn token(&self, version: u32, kind: TokenKind, reset: &str, seed: &Seed) -> Option<Zeroizing<String>> {
        let label: &[u8] = match kind {
            TokenKind::Gate => b"gate-token",
            TokenKind::Reset => b"reset-token",
        };
        let block = self.0.digest(version, &[label, reset.as_bytes(), seed.as_bytes()])?;
        Some(Zeroizing::new(BASE64URL_NOPAD.encode(&block)))
    }

    fn block(
        &self,
        version: u32,
        kind: &[u8],
        binding: Binding<'_>,
        seed: &Seed,
        counter: u32,
    ) -> Option<Zeroizing<[u8; 32]>> {
        let counter = counter.to_be_bytes();
        let digest = match binding {
            Binding::Reset { id, gate, method } => self.0.digest(
                version,
                &[
                    b"code",
                    b"reset",
                    kind,
                    id.as_bytes(),
                    &[gate.number()],
                    method.as_str().as_bytes(),
                    seed.as_bytes(),
                    &counter,
                ],
            ),
            Binding::Registration { id } => {
                self.0.digest(version, &[b"code", b"registration", kind, id.as_bytes(), seed.as_bytes(), &counter])
            }
        };
        digest.map(Zeroizing::new)
    }
}

/// Compares two secrets without telling by time where they differ.
#[must_use]
pub fn same(one: &str, two: &str) -> bool {
    one.as_bytes().ct_eq(two.as_bytes()).into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::credentials::key::Keyring;

    fn keys() -> CodeKeys {
        CodeKeys(Keyring::new([(1, (0..32).collect::<Vec<u8>>())]).unwrap())
    }

    fn seed(number: u32) -> Seed {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        Seed::from_bytes(&bytes).unwrap()
    }

    const BINDING: Binding<'static> = Binding::Reset { id: "r", gate: Gate::One, method: CodeMethod::Email };

    #[test]
    fn text_is_read_with_separators_and_nothing_else() {
        for text in ["12345678", "1234 5678", "1234-5678", " 1 2 3 4 5 6 "] {
            assert!(matches!(Code::parse(text), Ok(Code::Digits(_))), "{text}");
        }
        for text in ["", "abc", "12345", "12345678901", "+1234567", "1234567\u{0661}", "12_345_678", "1234567\n"] {
            assert!(Code::parse(text).is_err(), "{text}");
        }
        let long = "0I1L-OABCD-EFGHJ-KMNPQ-RSTVW-XY".replace("0I1L-O", "0I1LO-");
        let Ok(Code::Long(read)) = Code::parse(&long.to_lowercase()) else { panic!("not long") };
        assert_eq!(*read, "01110ABCDEFGHJKMNPQRSTVWXY");
        assert!(Code::parse("U1110ABCDEFGHJKMNPQRSTVWXY").is_err());
    }

    #[test]
    fn every_part_of_the_binding_changes_the_code() {
        let keys = keys();
        let one = keys.digits(1, BINDING, &seed(1), 8).unwrap();
        let others = [
            keys.digits(1, Binding::Reset { id: "s", gate: Gate::One, method: CodeMethod::Email }, &seed(1), 8),
            keys.digits(1, Binding::Reset { id: "r", gate: Gate::Two, method: CodeMethod::Email }, &seed(1), 8),
            keys.digits(1, Binding::Reset { id: "r", gate: Gate::One, method: CodeMethod::MobileSms }, &seed(1), 8),
            keys.digits(1, Binding::Registration { id: "r" }, &seed(1), 8),
            keys.digits(1, BINDING, &seed(2), 8),
        ];
        for other in others {
            assert_ne!(*one, *other.unwrap());
        }
        assert_eq!(one, keys.digits(1, BINDING, &seed(1), 8).unwrap());
        assert!(keys.digits(2, BINDING, &seed(1), 8).is_none());
    }

    #[test]
    fn digits_are_uniform_at_every_position() {
        let keys = keys();
        for length in [6_u8, 8, 10] {
            let mut counts = vec![[0_u32; 10]; usize::from(length)];
            let rounds = 20_000_u32;
            for number in 0..rounds {
                let code = keys.digits(1, BINDING, &seed(number), length).unwrap();
                assert_eq!(code.len(), usize::from(length));
                for (position, digit) in code.bytes().enumerate() {
                    counts[position][usize::from(digit - b'0')] += 1;
                }
            }
            let expected = f64::from(rounds) / 10.0;
            for position in counts {
                let chi: f64 = position.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
                // Nine degrees of freedom: 33.7 is the 0.9999 quantile; the seeds are fixed.
                assert!(chi < 33.7, "chi squared {chi}");
            }
        }
    }

    #[test]
    fn tokens_differ_by_kind_and_long_codes_read_back() {
        let keys = keys();
        let gate = keys.token(1, TokenKind::Gate, "r", &seed(1)).unwrap();
        let reset = keys.token(1, TokenKind::Reset, "r", &seed(1)).unwrap();
        assert_ne!(*gate, *reset);
        assert_eq!(gate.len(), 43);
        let long = keys.long(1, BINDING, &seed(1)).unwrap();
        let Ok(Code::Long(read)) = Code::parse(&long) else { panic!("not long") };
        assert!(same(&read, &long));
        assert!(!same(&read, &gate));
    }
}
