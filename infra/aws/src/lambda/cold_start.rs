//! The parts of a function, composed once per instance.

use std::time::Duration;

use shared::unavailable::Unavailable;
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// Time limit for composing a function before its first event: Lambda restarts an instance whose initialisation takes
/// ten seconds. Everything is read at once, so one slow request (`OPERATION_TIMEOUT`) fits.
pub const INIT_LIMIT: Duration = Duration::from_secs(9);

/// A function's parts. They are composed once; a composition that failed is tried again.
pub struct ColdStart<T, C> {
    composed: OnceCell<T>,
    compose: C,
}

impl<T, C: AsyncFn() -> Result<T, Unavailable>> ColdStart<T, C> {
    /// A function whose parts are not composed yet.
    pub fn new(compose: C) -> Self {
        Self { composed: OnceCell::new(), compose }
    }

    /// Composes the parts before the first event, so that no caller waits for it. A composition that fails or exceeds
    /// `limit` is tried again, and its failure logged, at the first event.
    pub async fn prepare(&self, limit: Duration) {
        let _ = timeout(limit, self.composed()).await;
    }

    /// The function's parts, composed now unless they already were.
    ///
    /// # Errors
    /// [`Unavailable`] if the composition fails; the caller logs it.
    pub async fn composed(&self) -> Result<&T, Unavailable> {
        self.composed.get_or_try_init(|| (self.compose)()).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_failed_composition_is_retried_and_a_good_one_is_reused() {
        let tried = AtomicU32::new(0);
        let cold_start = ColdStart::new(async || match tried.fetch_add(1, Ordering::SeqCst) {
            0 => Err(Unavailable::plain("a test")),
            n => Ok(n),
        });
        assert_eq!(cold_start.composed().await.map_err(|error| error.what), Err("a test"));
        assert_eq!(cold_start.composed().await.ok(), Some(&1));
        assert_eq!(cold_start.composed().await.ok(), Some(&1));
        assert_eq!(tried.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_composition_that_takes_too_long_is_left_to_the_first_event() {
        let tried = AtomicU32::new(0);
        let cold_start = ColdStart::new(async || match tried.fetch_add(1, Ordering::SeqCst) {
            0 => std::future::pending().await,
            n => Ok(n),
        });
        cold_start.prepare(Duration::ZERO).await;
        assert_eq!(cold_start.composed().await.ok(), Some(&1));
    }
}
