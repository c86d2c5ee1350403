//! The machine's clock and its source of randomness.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use shared::random::Randomness;
use shared::time::{Clock, Moment, Pause};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn now(&self) -> Moment {
        // A machine clock before 1970 reads as 1970.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn sleep(&self, duration: Duration) -> Pause {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The operating system's source of unpredictable bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Randomness for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the one place where the system is asked for randomness")]
    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // Never continue with bytes that can be guessed.
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_of_this_century_and_draws_differ() {
        assert!(SystemClock.now() > Moment::from_seconds(1_700_000_000));
        assert!(SystemClock.now() < Moment::from_seconds(4_102_444_800));
        let draw = || shared::random::bytes::<32>(&SystemRandom);
        assert_ne!(draw(), draw());
    }
}
