//! The failure of a dependency, which is never an outcome of a use case.

use std::error::Error;
use std::fmt;

/// The result of every method of the store.
pub type Stored<T> = Result<T, Unavailable>;

/// A dependency failed. Nothing was left half done, and the caller may retry.
///
/// It is logged once, where it is handled. Its text never holds values from a request.
pub struct Unavailable {
    /// The operation that failed, as a constant text.
    pub what: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
    is_conflict: bool,
}

impl Unavailable {
    /// A failure of `what`, with its cause.
    pub fn new(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { what, source: Some(source.into()), is_conflict: false }
    }

    /// A failure of `what` that has no further cause.
    #[must_use]
    pub const fn plain(what: &'static str) -> Self {
        Self { what, source: None, is_conflict: false }
    }

    /// Other requests kept changing what `what` would have changed.
    #[must_use]
    pub const fn conflict(what: &'static str) -> Self {
        Self { what, source: None, is_conflict: true }
    }

    /// The same failure, caused by other requests that changed the same thing at the same time.
    #[must_use]
    pub fn by_conflict(self) -> Self {
        Self { is_conflict: true, ..self }
    }

    /// Whether only other requests were in the way, and no dependency failed.
    #[must_use]
    pub const fn is_conflict(&self) -> bool {
        self.is_conflict
    }
}

impl fmt::Debug for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unavailable({})", self.what)
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl Error for Unavailable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn Error + 'static))
    }
}
