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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_at_a_multiple_of_its_length_and_ends_with_the_next() {
        let source = SourceLimit { key: "a".to_owned(), limit: Limit { count: 3, seconds: 600 } };
        for (now, begins, ends) in [(1_200, 1_200, 1_800), (1_799, 1_200, 1_800), (1_800, 1_800, 2_400)] {
            let now = Moment::from_seconds(now);
            assert_eq!(source.window(now), Moment::from_seconds(begins));
            assert_eq!(source.ends(now), Moment::from_seconds(ends));
        }
    }
}
