//! The contents of a message with a code, and how they are grouped for reading.

use std::fmt;

use super::kinds::Purpose;

/// Fewest digits of a code: the lower bound of the policy.
const MIN_DIGITS: usize = 6;
/// Most digits of a code: the upper bound of the policy. An SMS has room for them.
const MAX_DIGITS: usize = 10;
/// The length of a long code in characters: 130 bits at 5 bits each.
const LONG_CODE_CHARACTERS: usize = 26;
/// Characters of a long code between two hyphens.
const LONG_CODE_GROUP: usize = 5;
/// Crockford's base32 alphabet, which has no I, L, O or U.
const CROCKFORD_ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The length of a reference in letters.
const REFERENCE_LETTERS: usize = 2;
/// The longest lifetime that a text names, in minutes: an SMS has room for two digits.
const MAX_MINUTES: u32 = 60;

/// The variable parts of a message with a code, each one validated.
///
/// It holds secrets, so it cannot be printed.
pub struct CodeMessage<'a> {
    purpose: Purpose,
    digits: &'a str,
    long_code: Option<&'a str>,
    reference: &'a str,
    minutes: u32,
}

impl<'a> CodeMessage<'a> {
    /// Validates the parts of a message with a code.
    ///
    /// `digits` are 6 to 10 ASCII digits. `long_code` is 26 upper-case characters of Crockford's base32 without
    /// hyphens. `reference` is two upper-case ASCII letters. `minutes` is the lifetime of the digits.
    ///
    /// # Errors
    /// The first rule that is broken. The error does not hold the value.
    pub fn new(
        purpose: Purpose,
        digits: &'a str,
        long_code: Option<&'a str>,
        reference: &'a str,
        minutes: u32,
    ) -> Result<Self, CodeMessageError> {
        check_digits(digits)?;
        if let Some(long_code) = long_code {
            check_long_code(purpose, long_code)?;
        }
        let is_letter = |byte: u8| byte.is_ascii_uppercase();
        if reference.len() != REFERENCE_LETTERS || !reference.bytes().all(is_letter) {
            return Err(CodeMessageError::ReferenceForm);
        }
        if !(1..=MAX_MINUTES).contains(&minutes) {
            return Err(CodeMessageError::MinutesOutOfRange);
        }
        Ok(Self { purpose, digits, long_code, reference, minutes })
    }

    pub(super) fn purpose(&self) -> Purpose {
        self.purpose
    }

    pub(super) fn digits(&self) -> &str {
        self.digits
    }

    pub(crate) fn reference(&self) -> &str {
        self.reference
    }

    pub(super) fn minutes(&self) -> u32 {
        self.minutes
    }

    /// Groups the digits as people read them: nine digits in thirds, all others in halves.
    pub(super) fn grouped_digits(&self) -> String {
        if self.digits.len() == 9 {
            let (first, rest) = self.digits.split_at(3);
            let (second, third) = rest.split_at(3);
            return format!("{first} {second} {third}");
        }
        let (first, second) = self.digits.split_at(self.digits.len() / 2);
        format!("{first} {second}")
    }

    /// Groups the long code in fives, with hyphens between the groups.
    pub(super) fn grouped_long_code(&self) -> Option<String> {
        let mut grouped = String::new();
        for (position, character) in self.long_code?.chars().enumerate() {
            if position > 0 && position.is_multiple_of(LONG_CODE_GROUP) {
                grouped.push('-');
            }
            grouped.push(character);
        }
        Some(grouped)
    }
}

fn check_digits(digits: &str) -> Result<(), CodeMessageError> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(CodeMessageError::DigitsCharacter);
    }
    if !(MIN_DIGITS..=MAX_DIGITS).contains(&digits.len()) {
        return Err(CodeMessageError::DigitsLength);
    }
    Ok(())
}

fn check_long_code(purpose: Purpose, long_code: &str) -> Result<(), CodeMessageError> {
    if purpose != Purpose::Reset {
        return Err(CodeMessageError::LongCodeOutsideReset);
    }
    if !long_code.chars().all(|c| CROCKFORD_ALPHABET.contains(c)) {
        return Err(CodeMessageError::LongCodeCharacter);
    }
    if long_code.len() != LONG_CODE_CHARACTERS {
        return Err(CodeMessageError::LongCodeLength);
    }
    Ok(())
}

/// Why the parts of a message with a code are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeMessageError {
    /// The digits hold a character that is not a digit.
    DigitsCharacter,
    /// There are fewer than 6 or more than 10 digits.
    DigitsLength,
    /// There is a long code, although only a reset has one.
    LongCodeOutsideReset,
    /// The long code holds a character outside Crockford's base32 in upper case.
    LongCodeCharacter,
    /// The long code does not have 26 characters.
    LongCodeLength,
    /// The reference is not two upper-case ASCII letters.
    ReferenceForm,
    /// The lifetime is less than a minute or more than an hour.
    MinutesOutOfRange,
}

impl fmt::Display for CodeMessageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::DigitsCharacter => "the digits of a code hold something else",
            Self::DigitsLength => "a code has 6 to 10 digits",
            Self::LongCodeOutsideReset => "only the code of a reset has a long code",
            Self::LongCodeCharacter => "a long code is upper-case Crockford base32",
            Self::LongCodeLength => "a long code has 26 characters",
            Self::ReferenceForm => "a reference is two upper-case ASCII letters",
            Self::MinutesOutOfRange => "a lifetime is 1 to 60 minutes",
        })
    }
}

impl std::error::Error for CodeMessageError {}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "0123456789ABCDEFGHJKMNPQRS";

    fn of_reset(digits: &str) -> CodeMessage<'_> {
        CodeMessage::new(Purpose::Reset, digits, Some(LONG), "KT", 5).unwrap()
    }

    fn refusal(
        purpose: Purpose,
        digits: &str,
        long_code: Option<&str>,
        reference: &str,
        minutes: u32,
    ) -> Option<CodeMessageError> {
        CodeMessage::new(purpose, digits, long_code, reference, minutes).err()
    }

    #[test]
    fn digits_are_grouped_by_their_number() {
        let grouped = |digits| of_reset(digits).grouped_digits();
        assert_eq!(grouped("123456"), "123 456");
        assert_eq!(grouped("1234567"), "123 4567");
        assert_eq!(grouped("12345678"), "1234 5678");
        assert_eq!(grouped("123456789"), "123 456 789");
        assert_eq!(grouped("1234567890"), "12345 67890");
    }

    #[test]
    fn a_long_code_is_grouped_in_fives() {
        assert_eq!(of_reset("12345678").grouped_long_code().as_deref(), Some("01234-56789-ABCDE-FGHJK-MNPQR-S"));
        let without = CodeMessage::new(Purpose::Reset, "12345678", None, "KT", 5).unwrap();
        assert_eq!(without.grouped_long_code(), None);
    }

    #[test]
    fn each_rule_refuses_by_its_own_name() {
        use CodeMessageError as E;
        use Purpose::{Registration, Reset};
        let good = "12345678";
        for digits in ["", "12345", "12345678901"] {
            assert_eq!(refusal(Reset, digits, None, "KT", 5), Some(E::DigitsLength));
        }
        for digits in ["1234 5678", "1234567\n", "1234567a", "１２３４５６", "-123456"] {
            assert_eq!(refusal(Reset, digits, None, "KT", 5), Some(E::DigitsCharacter));
        }
        for long_code in ["", &LONG[1..], "0123456789ABCDEFGHJKMNPQRST"] {
            assert_eq!(refusal(Reset, good, Some(long_code), "KT", 5), Some(E::LongCodeLength));
        }
        for character in ['I', 'L', 'O', 'U', 'a', '-', '<', '\r', 'É'] {
            let long_code = LONG.replace('A', &character.to_string());
            assert_eq!(refusal(Reset, good, Some(&long_code), "KT", 5), Some(E::LongCodeCharacter));
        }
        assert_eq!(refusal(Registration, good, Some(LONG), "KT", 5), Some(E::LongCodeOutsideReset));
        for reference in ["", "K", "KTX", "kt", "K1", "K\n", "É"] {
            assert_eq!(refusal(Reset, good, None, reference, 5), Some(E::ReferenceForm));
        }
        for minutes in [0, 61, u32::MAX] {
            assert_eq!(refusal(Reset, good, None, "KT", minutes), Some(E::MinutesOutOfRange));
        }
        assert_eq!(refusal(Reset, good, Some(LONG), "KT", 1), None);
        assert_eq!(refusal(Registration, good, None, "KT", 60), None);
    }
}
