//! Codes and tokens: derived from a seed under a key, never stored.
//!
//! A row stores only a random seed. Digits, long codes and tokens are HMAC-SHA-256 values over a label, their purpose
//! and that seed. Testing a guess against a copy of the table needs the key, which is not in the table. A delivery that
//! is tried again sends the same code.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::credentials::key::CodeKeys;
use crate::identifiers::is_invisible;
use crate::policy::method::{CodeMethod, Gate};
use crate::random::Seed;

/// Fewest digits that a policy may set for codes.
pub const MIN_DIGITS: u8 = 6;
/// Most digits that a policy may set for codes.
pub const MAX_DIGITS: u8 = 10;
/// Characters of a long code: 26 of Crockford's base32 carry 130 bits.
pub const LONG_LENGTH: usize = 26;
/// Longest text that is parsed as a code, in bytes: 26 characters with a separator of four bytes after each fit in.
const MAX_TEXT: usize = 130;

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code as it was typed: digits, or a long code.
pub enum Code {
    /// Six to ten digits.
    Digits(Zeroizing<String>),
    /// The 26 characters that an email carries.
    Long(Zeroizing<String>),
}

/// The text is not a valid code of either kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotACode;

impl fmt::Display for NotACode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a code is 6 to 10 digits, or a long code of 26 letters and digits")
    }
}

impl std::error::Error for NotACode {}

impl Code {
    /// Parses a typed or pasted code. White space and dashes of any kind, full stops and invisible characters are ignored,
    /// and so is the case of a long code.
    ///
    /// # Errors
    /// [`NotACode`] if the text is neither digits nor a long code.
    pub fn parse(text: &str) -> Result<Self, NotACode> {
        if text.len() > MAX_TEXT {
            return Err(NotACode);
        }
        // Compatibility forms, such as digits of full width, become the plain ones.
        let bare: Zeroizing<String> = Zeroizing::new(text.nfkc().filter(|char| !is_separator(*char)).collect());
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

/// Whether a character may stand between, before or behind those of a code.
fn is_separator(char: char) -> bool {
    let is_dash = || get_general_category(char) == GeneralCategory::DashPunctuation;
    char.is_whitespace() || matches!(char, '.' | '。' | '-' | '\u{2212}') || is_dash() || is_invisible(char)
}

/// Normalises one character of Crockford's base32: `o` becomes 0, `i` and `l` become 1.
fn crockford(char: char) -> Option<char> {
    let upper = match char.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    CROCKFORD.contains(&u8::try_from(upper).ok()?).then_some(upper)
}

/// What a code is for. Codes of different bindings are derived independently.
#[derive(Debug, Clone, Copy)]
pub enum Binding<'a> {
    /// A code issued in a reset.
    Reset {
        /// The reset's id.
        id: &'a str,
        /// The gate it opens.
        gate: Gate,
        /// The method by which it was ordered.
        method: CodeMethod,
    },
    /// The code of a registration's challenge.
    Registration {
        /// The challenge's id.
        id: &'a str,
    },
}

/// The kinds of token: one for the first gate, one for the complete proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Opens gate two.
    Gate,
    /// Sets the password.
    Reset,
}

/// How many codes of `length` digits there are; all are equally likely. A length out of bounds counts as the nearest one.
#[must_use]
pub fn code_count(length: u8) -> u64 {
    10_u64.pow(u32::from(length.clamp(MIN_DIGITS, MAX_DIGITS)))
}

impl CodeKeys {
    /// The digits of an issued code, uniform over all numbers of that length.
    ///
    /// `None` if the keyring no longer holds `version`.
    #[must_use]
    pub fn digits(&self, version: u32, binding: Binding<'_>, seed: &Seed, length: u8) -> Option<Zeroizing<String>> {
        let count = code_count(length);
        // Values past the last whole multiple of the count would favour small codes: draw again.
        let limit = u64::MAX - u64::MAX % count;
        for counter in 0_u32.. {
            let block = self.block(version, b"digits", binding, seed, counter)?;
            for chunk in block.chunks_exact(8) {
                let drawn = u64::from_be_bytes(chunk.try_into().ok()?);
                if drawn < limit {
                    let width = usize::from(length);
                    return Some(Zeroizing::new(format!("{:0width$}", drawn % count)));
                }
            }
        }
        None
    }

    /// The long code of an issued code, 26 characters; `None` if the keyring no longer holds `version`.
    #[must_use]
    pub fn long(&self, version: u32, binding: Binding<'_>, seed: &Seed) -> Option<Zeroizing<String>> {
        let block = self.block(version, b"long", binding, seed, 0)?;
        let mut bits = block.iter().flat_map(|byte| (0..8).rev().map(move |shift| byte >> shift & 1));
        let mut text = Zeroizing::new(String::with_capacity(LONG_LENGTH));
        for _ in 0..LONG_LENGTH {
            let index = bits.by_ref().take(5).fold(0_usize, |index, bit| index * 2 + usize::from(bit));
            text.push(CROCKFORD[index] as char);
        }
        Some(text)
    }

    /// A token of a reset, 256 bits as 43 characters; `None` if the keyring no longer holds `version`.
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

/// Compares two secrets in a time that does not reveal where they differ.
#[must_use]
pub fn same(one: &str, two: &str) -> bool {
    one.as_bytes().ct_eq(two.as_bytes()).into()
}

#[cfg(test)]
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
        for text in [
            "12345678",
            "1234 5678",
            "1234-5678",
            " 1 2 3 4 5 6 ",
            "1234567\n",
            "1234\u{a0}5678",
            "1234\u{2013}5678",
            "1234\u{2212}5678",
            "\u{feff}1234\u{200b}5678\t",
            "1234 5678.",
            "１２３４５６７８",
            "1234．5678。",
        ] {
            assert!(matches!(Code::parse(text), Ok(Code::Digits(_))), "{text}");
        }
        for text in ["", "abc", "12345", "12345678901", "+1234567", "1234567\u{0661}", "12_345_678", "1234/5678"] {
            assert!(Code::parse(text).is_err(), "{text}");
        }
        let long = "0I1L-OABCD-EFGHJ-KMNPQ-RSTVW-XY".replace("0I1L-O", "0I1LO-");
        let Ok(Code::Long(read)) = Code::parse(&long.to_lowercase()) else { panic!("not long") };
        assert_eq!(*read, "01110ABCDEFGHJKMNPQRSTVWXY");
        assert!(Code::parse("U1110ABCDEFGHJKMNPQRSTVWXY").is_err());
    }

    #[test]
    fn a_text_of_130_bytes_may_be_a_code_and_a_longer_one_may_not() {
        let padded = |length: usize| format!("{:length$}", "12345678");
        assert!(matches!(Code::parse(&padded(MAX_TEXT)), Ok(Code::Digits(digits)) if *digits == "12345678"));
        assert_eq!(Code::parse(&padded(MAX_TEXT + 1)).err(), Some(NotACode));
        assert!(NotACode.to_string().contains("6 to 10 digits"));
    }

    /// Computed in another way: the first eight bytes as a decimal number, and the bits as base32 in another alphabet.
    #[test]
    fn codes_are_read_from_the_start_of_their_block() {
        const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let keys = keys();
        for number in 0..50 {
            let seed = seed(number);
            let block = keys.block(1, b"digits", BINDING, &seed, 0).unwrap();
            let drawn = block[..8].iter().fold(0_u64, |sum, byte| sum.wrapping_mul(256).wrapping_add((*byte).into()));
            let decimal = format!("{drawn:020}");
            for length in [6_u8, 8, 10] {
                let digits = keys.digits(1, BINDING, &seed, length).unwrap();
                assert_eq!(*digits, decimal[20 - usize::from(length)..], "the last digits of the number");
            }
            let block = keys.block(1, b"long", BINDING, &seed, 0).unwrap();
            let base32 = data_encoding::BASE32_NOPAD.encode(&*block);
            let place = |char: u8| BASE32.iter().position(|other| *other == char).unwrap();
            let expected: String =
                base32.bytes().take(LONG_LENGTH).map(|char| CROCKFORD[place(char)] as char).collect();
            assert_eq!(*keys.long(1, BINDING, &seed).unwrap(), expected);
        }
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

    /// The seeds are fixed, so the figures are, too.
    #[test]
    fn a_hundred_thousand_codes_show_no_pattern() {
        const CODES: u32 = 100_000;
        let keys = keys();
        let code = |number| keys.digits(1, BINDING, &seed(number), 8).unwrap().as_str().to_owned();
        let codes: Vec<String> = (0..CODES).map(code).collect();
        let zeros = codes.iter().filter(|code| code.starts_with('0')).count();
        assert!((9_700..=10_300).contains(&zeros), "{zeros} begin with a zero");
        // Two digits beside each other have 99 degrees of freedom: 160.2 is the 0.9999 quantile.
        let expected = f64::from(CODES) / 100.0;
        for at in 0..7 {
            let mut counts = [0_u32; 100];
            for code in &codes {
                counts[code[at..at + 2].parse::<usize>().unwrap()] += 1;
            }
            let chi: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
            assert!(chi < 160.2, "chi squared {chi} at {at}");
        }
        // Of all pairs, 50 are expected to be equal, with a standard deviation of 7.
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        let repeats = sorted.windows(2).filter(|pair| pair[0] == pair[1]).count();
        assert!((22..=78).contains(&repeats), "{repeats} codes repeat one");
        // The correlation of a code with the one before has a standard deviation of 0.0032.
        let values: Vec<f64> = codes.iter().map(|code| f64::from(code.parse::<u32>().unwrap())).collect();
        let mean = values.iter().sum::<f64>() / f64::from(CODES);
        let spread: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let common: f64 = values.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
        assert!((common / spread).abs() < 0.0127, "correlation {}", common / spread);
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
