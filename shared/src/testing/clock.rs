//! A clock that only moves when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::time::{Clock, Moment, Pause};

/// A clock that only moves when it is set, advanced or slept on. Everybody who shares it sees the same time.
#[derive(Debug)]
pub struct FixedClock {
    millis: Arc<AtomicU64>,
}

impl FixedClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn new(now: Moment) -> Self {
        Self { millis: Arc::new(AtomicU64::new(now.millis())) }
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

    /// Takes no time: when it is awaited, the clock moves on to the end of the pause, unless it is past that.
    fn sleep(&self, duration: Duration) -> Pause {
        let end = self.now().millis().saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
        let millis = self.millis.clone();
        Box::pin(async move {
            millis.fetch_max(end, Ordering::SeqCst);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::block_on;

    #[test]
    fn sleeping_takes_no_time_and_moves_the_clock() {
        let clock = FixedClock::new(Moment::from_millis(1_500));
        let pause = clock.sleep(Duration::from_millis(250));
        assert_eq!(clock.now(), Moment::from_millis(1_500));
        clock.advance_millis(100);
        block_on(pause);
        assert_eq!(clock.now(), Moment::from_millis(1_750), "the time runs from the call");
        let pause = clock.sleep(Duration::from_millis(250));
        clock.advance(1);
        block_on(pause);
        assert_eq!(clock.now(), Moment::from_millis(2_750));
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
