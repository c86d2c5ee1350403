//! How many resets one source network may begin.

use crate::policy::Limit;
use crate::time::Moment;

/// A limit on a source network, counted in fixed windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLimit {
    /// The row key: a keyed digest of the network, alone or with the name.
    pub key: String,
    /// The limit.
    pub limit: Limit,
}

impl SourceLimit {
    /// The start of the window that `now` falls into.
    #[must_use]
    pub fn window(&self, now: Moment) -> Moment {
        let seconds = self.limit.seconds.max(1);
        Moment::from_seconds(now.seconds() / seconds * seconds)
    }

    /// When that window ends.
    #[must_use]
    pub fn ends(&self, now: Moment) -> Moment {
        self.window(now).plus(self.limit.seconds)
    }
}
