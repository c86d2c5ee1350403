//! The service's clock: the machine's, which can be advanced by hand.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws::config::system::SystemClock;
use shared::time::{Clock, DAY, Moment, Pause};

use crate::setup::data::Data;
use crate::setup::start_error::StartError;

/// The most that the clock can be advanced in total, in seconds: a century, which keeps years at four digits.
const MAX_OFFSET_SECONDS: u64 = 100 * 365 * DAY;
/// The file that stores the offset.
const FILE: &str = "clock";

/// The machine's clock plus an offset; a restart does not turn it back.
#[derive(Debug)]
pub struct OffsetClock {
    seconds: AtomicU64,
    advancing: Mutex<Option<Data>>,
}

/// Why the clock was not advanced.
#[derive(Debug)]
pub(crate) enum AdvanceError {
    /// It would be more than a century ahead.
    TooFar,
    /// The offset cannot be stored.
    NotStored(io::Error),
}

impl OffsetClock {
    /// The clock with the directory's stored offset, or the machine's.
    pub(crate) fn open(data: Option<Data>) -> Result<Self, StartError> {
        let stored = match &data {
            Some(data) => data.read(FILE).map_err(|error| StartError::Data(FILE, error))?,
            None => None,
        };
        let seconds = match stored {
            None => 0,
            Some(bytes) => offset(&bytes).ok_or(StartError::DataDamaged(FILE))?,
        };
        Ok(Self { seconds: AtomicU64::new(seconds), advancing: Mutex::new(data) })
    }

    /// Advances the clock, and returns the new time.
    ///
    /// # Errors
    /// [`AdvanceError`]; the clock then stays as it was.
    pub(crate) fn advance(&self, seconds: u64) -> Result<Moment, AdvanceError> {
        let data = self.advancing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let total = self.seconds.load(Ordering::SeqCst).saturating_add(seconds);
        if total > MAX_OFFSET_SECONDS {
            return Err(AdvanceError::TooFar);
        }
        if let Some(data) = &*data {
            // Stored first: a time that was returned must still be past after a restart.
            data.replace(FILE, total.to_string().as_bytes()).map_err(AdvanceError::NotStored)?;
        }
        self.seconds.store(total, Ordering::SeqCst);
        Ok(self.now())
    }
}

impl Clock for OffsetClock {
    fn now(&self) -> Moment {
        SystemClock.now().plus(self.seconds.load(Ordering::SeqCst))
    }

    fn sleep(&self, duration: Duration) -> Pause {
        SystemClock.sleep(duration)
    }
}

fn offset(bytes: &[u8]) -> Option<u64> {
    let seconds = std::str::from_utf8(bytes).ok()?.trim().parse().ok()?;
    (seconds <= MAX_OFFSET_SECONDS).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_on_from_where_it_was_put() {
        let clock = OffsetClock::open(None).unwrap();
        let before = SystemClock.now();
        let now = clock.advance(3_600).unwrap();
        assert!(now >= before.plus(3_600) && now < before.plus(3_660));
        assert!(clock.advance(60).unwrap() >= before.plus(3_660));
        assert!(matches!(clock.advance(u64::MAX), Err(AdvanceError::TooFar)));
        assert!(clock.now() < before.plus(3_720));
    }

    #[test]
    fn only_an_offset_is_read() {
        assert_eq!(offset(b"3600"), Some(3_600));
        for bad in [&b""[..], b"-1", b"1.5", b"x", b"99999999999999", b"\xff"] {
            assert_eq!(offset(bad), None);
        }
    }
}
