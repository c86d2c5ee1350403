//! The texts that each language provides.

use super::kinds::{Notice, Purpose};
use super::letter::Letter;

/// The variable parts of a text about a code, in the form that its channel needs.
pub(super) struct CodeWords<'a> {
    pub(super) organisation: &'a str,
    pub(super) purpose: Purpose,
    /// Grouped for reading, or spelled for a voice.
    pub(super) digits: String,
    /// Two letters, or spelled for a voice.
    pub(super) reference: String,
    pub(super) minutes: u32,
}

/// The five kinds of text, in one language.
///
/// Texts for SMS use only the GSM 7-bit alphabet and fit one segment even with the longest parameters. The tests check
/// every language for this.
pub(super) trait Wording: Sync {
    /// An SMS with a code, without its last line.
    fn code_sms(&self, words: &CodeWords<'_>) -> String;
    /// The words of a call: the code twice, and no key to press.
    fn code_call(&self, words: &CodeWords<'_>) -> String;
    /// An email with a code, and with the long code if there is one.
    fn code_letter(&self, words: &CodeWords<'_>, long_code: Option<&str>) -> Letter;
    /// An SMS about an event, which says what to do if it was unexpected.
    fn notice_sms(&self, organisation: &str, notice: Notice) -> String;
    /// An email about an event, with its time and the help desk if they are known.
    fn notice_letter(&self, organisation: &str, notice: Notice, at: Option<&str>, helpdesk: Option<&str>) -> Letter;
}

/// Writes a number with its noun, such as `1 minute` or `5 minutes`.
pub(super) fn counted(number: u32, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{number} {noun}")
}
