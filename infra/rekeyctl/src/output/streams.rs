//! Where a command writes, and the code with which it ends.

use std::io::Write;

use crate::output::failure::Failure;

/// Everything was done.
pub const DONE: u8 = 0;
/// The command failed, or could not be understood.
pub const FAILED: u8 = 1;
/// An import went to its end, and something of the file was rejected.
pub const REJECTED: u8 = 2;

/// Where a command writes.
pub(crate) struct Streams<'a> {
    /// Standard output.
    pub(crate) out: &'a mut dyn Write,
    /// Standard error.
    pub(crate) err: &'a mut dyn Write,
    /// Whether a progress bar may be drawn on the process's own standard error.
    pub(crate) progress: bool,
}

impl Streams<'_> {
    /// Writes a result, which has been made harmless.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()).map_err(Failure::Print)
    }

    /// Writes a line for whoever watches; that nobody does is no failure.
    pub(crate) fn tell(&mut self, line: &str) {
        let _ = writeln!(self.err, "{line}");
    }
}
