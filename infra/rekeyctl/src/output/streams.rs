//! The streams that a command writes to, and its exit codes.

use std::io::{self, Write};

use crate::output::failure::Failure;

/// Everything was done.
pub const DONE: u8 = 0;
/// The command failed, or its arguments were invalid.
pub const FAILED: u8 = 1;
/// The import ran to its end, but part of the file was rejected.
pub const REJECTED: u8 = 2;
/// The import ran to its end, and loaded nobody.
pub const NOBODY: u8 = 3;

/// Shows a prompt at the terminal, and returns the line that is typed and not shown.
pub type Ask<'a> = &'a dyn Fn(&str) -> io::Result<String>;

/// The streams that a command writes to.
pub(crate) struct Streams<'a> {
    /// Standard output.
    pub(crate) out: &'a mut dyn Write,
    /// Standard error.
    pub(crate) err: &'a mut dyn Write,
    /// Whether a progress bar may be drawn on the process's own standard error.
    pub(crate) progress: bool,
}

impl Streams<'_> {
    /// Writes a result, which must already be escaped.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()).map_err(Failure::Print)
    }

    /// Writes a line for a person at the terminal; a closed standard error is not a failure.
    pub(crate) fn tell(&mut self, line: &str) {
        let _ = writeln!(self.err, "{line}");
    }
}
