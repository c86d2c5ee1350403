//! A clock that only moves when it is told to.

use std::future::ready;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::time::{Clock, Moment, Pause};

/// A clock that only moves when it is set, advanced or slept on. Everybody who shares it sees the same time.
#[derive(Debug)]
pub struct FixedClock {
    millis: AtomicU64,
}

impl FixedClock {
    /// A clock that shows `now`.
    #[must_use]
    pub const fn new(now: Moment) -> Self {
        Self { millis: AtomicU64::new(now.millis()) }
    }

    /// Sets the clock, forwards or back.
    pub fn set(&self, now: Moment) {
        self.millis.store(now.millis(), Ordering::SeqCst);
    }

    /// Moves the clock forwards by whole seconds.
    pub fn advance(&self, seconds: u64) {
        self.advance_millis(seconds.saturating_mul(1000));
    }

    /// Moves the clock forwards by milliseconds.
    pub fn advance_millis(&self, milliseconds: u64) {
        self.millis.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Moment {
        Moment::from_millis(self.millis.load(Ordering::SeqCst))
    }

    /// Moves the clock at once, as if the time had passed.
    fn sleep(&self, duration: Duration) -> Pause {
        self.advance_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
        Box::pin(ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::block_on;

    #[test]
    fn sleeping_takes_no_time_and_moves_the_clock() {
        let clock = FixedClock::new(Moment::from_millis(1_500));
        block_on(clock.sleep(Duration::from_millis(250)));
        assert_eq!(clock.now(), Moment::from_millis(1_750));
    }

    #[test]
    fn the_clock_moves_by_hand() {
        let clock = FixedClock::new(Moment::from_millis(1_500));
        assert_eq!(clock.now(), Moment::from_millis(1_500));
        clock.advance(2);
        clock.advance_millis(1);
        assert_eq!(clock.now(), Moment::from_millis(3_501));
        clock.set(Moment::from_seconds(1));
        assert_eq!(clock.now(), Moment::from_millis(1_000));
    }
}
