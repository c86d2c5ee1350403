//! What a function is made of, composed once per instance.

use std::time::Duration;

use shared::unavailable::Unavailable;
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// How long a function may compose itself before its first event: Lambda starts an instance anew that takes ten seconds
/// to begin. The secrets are read at the same time, so one slow request (`OPERATION_TIMEOUT`) fits.
pub const INIT_LIMIT: Duration = Duration::from_secs(9);

/// What a function is made of: composed once, and again only while that fails.
pub struct ColdStart<T, C> {
    composed: OnceCell<T>,
    compose: C,
}

impl<T, C: AsyncFn() -> Result<T, Unavailable>> ColdStart<T, C> {
    /// A function that is not composed yet.
    pub fn new(compose: C) -> Self {
        Self { composed: OnceCell::new(), compose }
    }

    /// Composes the parts before the first event, so that nobody waits for it. What fails, or is not done within the
    /// limit, is tried again with the first event, and logged then.
    pub async fn prepare(&self, limit: Duration) {
        let _ = timeout(limit, self.composed()).await;
    }

    /// The function's parts, composed now if they were not yet.
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
    async fn a_composition_that_failed_is_tried_again_and_one_that_worked_is_kept() {
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
