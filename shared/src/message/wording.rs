//! What a language has to word.

use super::kinds::{Notice, Purpose};
use super::letter::Letter;

/// The changing parts of a text about a code, written as its channel needs them.
pub(super) struct CodeWords<'a> {
    pub(super) organisation: &'a str,
    pub(super) purpose: Purpose,
    /// Grouped for reading, or spelled for a voice.
    pub(super) digits: String,
    /// As it is, or spelled for a voice.
    pub(super) reference: String,
    pub(super) minutes: u32,
}

/// The five kinds of text, in one language.
///
/// What goes into an SMS is limited to the GSM 7-bit alphabet and, with the longest parameters, to one
/// segment; the tests hold every language to it.
pub(super) trait Wording: Sync {
    /// An SMS with a code, without its last line.
    fn code_sms(&self, words: &CodeWords<'_>) -> String;
    /// What a voice says: the code twice, and nothing to press.
    fn code_call(&self, words: &CodeWords<'_>) -> String;
    /// An email with a code, and with the long code where there is one.
    fn code_letter(&self, words: &CodeWords<'_>, long_code: Option<&str>) -> Letter;
    /// An SMS about something that has happened, with how to object.
    fn notice_sms(&self, organisation: &str, notice: Notice) -> String;
    /// An email about something that has happened, at a time and with a help desk where known.
    fn notice_letter(&self, organisation: &str, notice: Notice, at: Option<&str>, helpdesk: Option<&str>) -> Letter;
}

/// Writes a number with its noun, such as `1 minute` or `5 minutes`.
pub(super) fn counted(number: u32, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{number} {noun}")
}
