//! What a search says about itself, in and around the entries that it has written: whether all are there.
//!
//! `ldapsearch` ends with a block `search: 2`, `result: 0 Success`. With `-LLL` it writes nothing there, but an error
//! goes to standard error, which often ends up in the same file: `ldap_search_ext: Size limit exceeded (4)`, or without
//! the name of the call. An administrator who does not see it would take half a directory for a whole one.

use super::line::Line;
use crate::directory::rule::Rule;

/// How blocks begin that are no entries: a reference to another server, and the result.
const AROUND_ENTRIES: [&str; 3] = ["ref", "search", "result"];
/// The line of a result: the number, and what it means.
const RESULT: &str = "result:";
/// What may stand before it in the same line.
const BEFORE_RESULT: &str = "search ";
/// The title of a result, which is a comment in most files.
const TITLE: &str = "search result";
/// How the messages of the calls begin that have failed.
const CALLS: [&str; 2] = ["ldap_", "ldapsearch:"];
/// How the lines behind a message begin that say more about it.
const DETAILS: [&str; 2] = ["Additional information:", "Matched DN:"];
/// The control of a search in pages. A page whose cookie is not empty is not the last one.
const PAGES: &str = "pagedresults";
const COOKIE: &str = "cookie=";
/// The longest line that is looked at, in bytes: far above every line of a result.
const LONGEST: usize = 1024;

/// What is known about the search that wrote a file.
#[derive(Default)]
pub(super) struct Search {
    /// The first failure: its line and the result's number.
    failed: Option<(u64, i32)>,
    /// The line of the last page so far, if another one follows.
    more_pages: Option<u64>,
}

impl Search {
    /// Reads a comment.
    pub(super) fn comment(&mut self, number: u64, comment: &[u8]) {
        if let Some(text) = short(comment) {
            self.fail(number, result(text).or_else(|| call(text)));
            self.page(number, text);
        }
    }

    /// Reads a line that may be a message about a failure. Returns whether it is one. Without the name of a call, it is
    /// one only at the beginning of a block: an entry would begin with its `dn`.
    pub(super) fn message(&mut self, number: u64, line: &[u8], is_first: bool) -> bool {
        let Some(text) = short(line) else { return false };
        let code = call(text).or_else(|| error(text).filter(|_| is_first));
        self.fail(number, code);
        code.is_some()
            || (is_first && self.failed.is_some() && DETAILS.iter().any(|begin| without(text, begin).is_some()))
    }

    /// Reads a block that may stand around the entries. Returns whether it does.
    pub(super) fn block(&mut self, lines: &[Line<'_>]) -> bool {
        let Some(first) = lines.first() else { return false };
        let text = short(&first.bytes).unwrap_or_default();
        let is_title = text.eq_ignore_ascii_case(TITLE) || result(text).is_some();
        if !is_title && !AROUND_ENTRIES.iter().any(|name| first.is(name)) {
            return false;
        }
        for line in lines {
            if let Some(text) = short(&line.bytes) {
                self.fail(line.number, result(text));
                self.page(line.number, text);
            }
        }
        true
    }

    /// Why entries may be missing, and the line that says so.
    pub(super) fn fault(&self) -> Option<(u64, Rule)> {
        let failed = self.failed.map(|(line, code)| (line, Rule::SearchFailed(code)));
        failed.or(self.more_pages.map(|line| (line, Rule::MorePages)))
    }

    fn fail(&mut self, number: u64, code: Option<i32>) {
        let code = code.filter(|code| *code != 0);
        self.failed = self.failed.or(code.map(|code| (number, code)));
    }

    fn page(&mut self, number: u64, text: &str) {
        if let Some(cookie) =
            text.strip_prefix(PAGES).and_then(|rest| rest.split_once(COOKIE)).map(|(_, cookie)| cookie)
        {
            self.more_pages = (!cookie.trim().is_empty()).then_some(number);
        }
    }
}

/// The text of a line without white space around it, unless it is too long to say anything about a search.
fn short(line: &[u8]) -> Option<&str> {
    let line = if line.len() <= LONGEST { line } else { return None };
    std::str::from_utf8(line).ok().map(str::trim)
}

/// The number of a result such as `result: 4 Size limit exceeded`.
fn result(text: &str) -> Option<i32> {
    let text = without(text, BEFORE_RESULT).unwrap_or(text);
    without(text, RESULT)?.split_whitespace().next()?.parse().ok()
}

/// The number of a failed call such as `ldap_search_ext: Size limit exceeded (4)`.
fn call(text: &str) -> Option<i32> {
    CALLS.iter().find_map(|begin| without(text, begin)).and_then(error)
}

/// The number of an error such as `Size limit exceeded (4)`.
fn error(text: &str) -> Option<i32> {
    let (words, code) = text.strip_suffix(')')?.rsplit_once(" (")?;
    let is_word = |c: char| c.is_ascii_alphabetic() || "_:()'/- ".contains(c);
    if words.chars().all(is_word) { code.parse().ok() } else { None }
}

/// What follows behind these words, in any letter case.
fn without<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    let (begin, rest) = text.split_at_checked(words.len())?;
    begin.eq_ignore_ascii_case(words).then_some(rest)
}

#[cfg(test)]
mod tests;
