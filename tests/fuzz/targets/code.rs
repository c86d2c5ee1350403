//! Codes: digits or a long code, however they are grouped.

use shared::reset::code::{Code, LONG_LENGTH, MAX_DIGITS, MIN_DIGITS};

use crate::text_of;

pub(super) fn run(bytes: &[u8]) {
    let text = text_of(bytes);
    match Code::parse(text) {
        Ok(Code::Digits(digits)) => {
            assert!((usize::from(MIN_DIGITS)..=usize::from(MAX_DIGITS)).contains(&digits.len()));
            assert_eq!(letters_of(text), *digits);
            assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
        }
        Ok(Code::Long(long)) => {
            assert_eq!(long.len(), LONG_LENGTH);
            assert!(long.bytes().all(|byte| byte.is_ascii_alphanumeric() && !b"ILOU".contains(&byte)));
            let Ok(Code::Long(again)) = Code::parse(&long.to_lowercase()) else { panic!("it does not read back") };
            assert_eq!(again, long);
            assert_eq!(letters_of(text).len(), LONG_LENGTH);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// The letters and digits of a text, without what may group them.
fn letters_of(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).collect()
}
