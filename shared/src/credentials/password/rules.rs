//! The rules for a new password (NIST SP 800-63B-4 section 3.1.1.2).
//!
//! There is a length, and a blocklist: common passwords, data of the account, and terms that the organisation bans.
//! There is no rule about kinds of characters, because such rules make passwords more alike, not stronger.

use core::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::case_folding::{fold, fold_lower, lower_case};
use super::common::is_common;
use super::pattern::{is_pattern, visible};
use super::{MAX_LENGTH, Password};

/// The shortest password if nothing else is configured, in code points.
///
/// NIST SP 800-63B-4 section 3.1.1.2 requires this length for a password that is the only factor.
pub const DEFAULT_MIN_LENGTH: u32 = 15;

/// The lowest value that the minimum length can be set to, in code points.
///
/// The same section requires this length for a password that is used only together with a second factor.
pub const LEAST_MIN_LENGTH: u32 = 8;

/// The highest value that the minimum length can be set to, in code points.
///
/// The same section wants passwords of up to at least this length to be allowed.
pub const MOST_MIN_LENGTH: u32 = 64;

/// The most banned terms, so that validating one password stays within milliseconds.
pub const MAX_BANNED_TERMS: usize = 1000;

/// The shortest banned term, in code points: shorter ones occur in ordinary phrases by chance.
pub const MIN_BANNED_TERM_LENGTH: usize = 4;

/// The longest banned term, in code points: longer than the names of companies and products that it is meant for.
pub const MAX_BANNED_TERM_LENGTH: usize = 16;

/// The shortest local part that a password may not contain, in code points: shorter ones occur by chance.
const MIN_LOCAL_PART_LENGTH: usize = 4;

/// How many digits at the end of a phone number a password may not contain.
///
/// Seven is a subscriber's number without country and area code, as people know it by heart.
const PHONE_DIGITS: usize = 7;

/// An organisation's rules for new passwords.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordRules {
    min_length: u32,
    banned_terms: Vec<String>,
}

impl PasswordRules {
    /// Makes rules from a minimum length in code points and from terms that no password may contain.
    ///
    /// # Errors
    /// The variant of [`PasswordRulesError`] for the first bound that is broken.
    pub fn new(min_length: u32, banned_terms: Vec<String>) -> Result<Self, PasswordRulesError> {
        if !(LEAST_MIN_LENGTH..=MOST_MIN_LENGTH).contains(&min_length) {
            return Err(PasswordRulesError::MinLength);
        }
        if banned_terms.len() > MAX_BANNED_TERMS {
            return Err(PasswordRulesError::TooManyBannedTerms);
        }
        let allowed = MIN_BANNED_TERM_LENGTH..=MAX_BANNED_TERM_LENGTH;
        if !banned_terms.iter().all(|term| allowed.contains(&term.nfkc().take(MAX_BANNED_TERM_LENGTH + 1).count())) {
            return Err(PasswordRulesError::BannedTermLength);
        }
        Ok(Self { min_length, banned_terms })
    }

    /// The minimum length, in code points.
    #[must_use]
    pub fn min_length(&self) -> u32 {
        self.min_length
    }

    /// The terms that no password may contain, as they were written.
    #[must_use]
    pub fn banned_terms(&self) -> &[String] {
        &self.banned_terms
    }
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self { min_length: DEFAULT_MIN_LENGTH, banned_terms: Vec::new() }
    }
}

/// Why rules for passwords are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordRulesError {
    /// The minimum length is outside [`LEAST_MIN_LENGTH`] to [`MOST_MIN_LENGTH`].
    MinLength,
    /// There are more than [`MAX_BANNED_TERMS`] banned terms.
    TooManyBannedTerms,
    /// A banned term is shorter than [`MIN_BANNED_TERM_LENGTH`] or longer than [`MAX_BANNED_TERM_LENGTH`].
    BannedTermLength,
}

impl fmt::Display for PasswordRulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MinLength => write!(f, "the shortest password is {LEAST_MIN_LENGTH} to {MOST_MIN_LENGTH} characters"),
            Self::TooManyBannedTerms => write!(f, "at most {MAX_BANNED_TERMS} terms can be banned"),
            Self::BannedTermLength => {
                write!(f, "a banned term has {MIN_BANNED_TERM_LENGTH} to {MAX_BANNED_TERM_LENGTH} characters")
            }
        }
    }
}

impl core::error::Error for PasswordRulesError {}

/// What the service knows about the account whose password is validated.
#[derive(Clone, Copy, Default)]
pub struct PasswordContext<'a> {
    /// The part of the user name before the `@`.
    pub user_name_local_part: &'a str,
    /// The phones and mail addresses of the account.
    pub contacts: &'a [ContactText<'a>],
}

/// The part of a contact that a password may not contain.
#[derive(Clone, Copy)]
pub enum ContactText<'a> {
    /// A phone number in E.164, with or without its `+`.
    Phone(&'a str),
    /// The part of a mail address before the `@`.
    EmailLocalPart(&'a str),
}

/// Why a new password is refused, in the order in which the reasons are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// It has fewer code points than the rules require.
    TooShort,
    /// It has more than [`MAX_LENGTH`] code points.
    TooLong,
    /// It is listed as commonly used, consists only of the most common ones, repeats a listed one, or follows a pattern.
    Common,
    /// It contains the local part of the user name.
    ContainsUserName,
    /// It contains a phone number, or the local part of a mail address, of the account.
    ContainsContact,
    /// It contains a term that the organisation banned.
    BannedTerm,
}

impl Reason {
    /// All reasons, in order.
    pub const ALL: [Self; 6] =
        [Self::TooShort, Self::TooLong, Self::Common, Self::ContainsUserName, Self::ContainsContact, Self::BannedTerm];

    /// The name of the reason on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooShort => "too-short",
            Self::TooLong => "too-long",
            Self::Common => "common",
            Self::ContainsUserName => "contains-user-name",
            Self::ContainsContact => "contains-contact",
            Self::BannedTerm => "banned-term",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Validates a new password against the rules and against its account.
///
/// # Errors
/// Every [`Reason`] that applies, in order and at least one. Over [`super::MAX_BYTES`] bytes it is [`Reason::TooLong`]
/// alone, because nothing else is checked.
pub fn validate(
    candidate: &str,
    rules: &PasswordRules,
    context: &PasswordContext<'_>,
) -> Result<Password, Vec<Reason>> {
    let Some(password) = Password::normalize(candidate) else {
        return Err(vec![Reason::TooLong]);
    };
    let lower = lower_case(candidate);
    let folded = fold_lower(&lower);
    let visible = visible(&lower);
    let compact = compact(&lower);
    let is_in = |contact: &ContactText<'_>| match *contact {
        ContactText::Phone(e164) => contains_phone(&compact, e164),
        ContactText::EmailLocalPart(local) => contains_local_part(&folded, local),
    };
    let findings = [
        (Reason::TooShort, password.length() < rules.min_length),
        (Reason::TooLong, password.length() > MAX_LENGTH),
        (Reason::Common, is_common(&fold_lower(&visible)) || is_pattern(&visible) || is_hidden(&lower, &visible)),
        (Reason::ContainsUserName, contains_local_part(&folded, context.user_name_local_part)),
        (Reason::ContainsContact, context.contacts.iter().any(is_in)),
        (Reason::BannedTerm, rules.banned_terms.iter().any(|term| folded.contains(fold(term).as_str()))),
    ];
    let reasons: Vec<Reason> = findings.into_iter().filter_map(|(reason, found)| found.then_some(reason)).collect();
    if reasons.is_empty() { Ok(password) } else { Err(reasons) }
}

/// Whether invisible characters make up for a length that the visible ones do not have.
fn is_hidden(lower: &str, visible: &str) -> bool {
    let count = visible.chars().count();
    count < LEAST_MIN_LENGTH as usize && count < lower.chars().count()
}

/// Removes the separators that people put between the digits of a phone number: everything except letters and digits.
fn compact(lower: &str) -> Zeroizing<String> {
    let mut compact = Zeroizing::new(String::with_capacity(lower.len()));
    compact.extend(lower.chars().filter(|character| character.is_alphanumeric()));
    compact
}

fn contains_local_part(folded: &str, local_part: &str) -> bool {
    let local_part = fold(local_part);
    local_part.chars().count() >= MIN_LOCAL_PART_LENGTH && folded.contains(local_part.as_str())
}

/// Looks only for the last digits, so that it does not matter how much of the country and area code is left out.
fn contains_phone(compact: &str, e164: &str) -> bool {
    let digits: Zeroizing<String> = Zeroizing::new(e164.chars().filter(char::is_ascii_digit).collect());
    digits.len().checked_sub(PHONE_DIGITS).is_some_and(|start| compact.contains(&digits[start..]))
}

#[cfg(test)]
mod tests;
