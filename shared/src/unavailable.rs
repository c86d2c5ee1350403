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
}

impl Unavailable {
    /// A failure of `what`, with its cause.
    pub fn new(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { what, source: Some(source.into()) }
    }

    /// A failure of `what` that has no further cause.
    #[must_use]
    pub const fn plain(what: &'static str) -> Self {
        Self { what, source: None }
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
