//! An interceptor that pauses one request until it is released.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use local::{Interception, Interceptor, NetworkFault, Sent};
use tokio::sync::oneshot;

use crate::promises::faults::what;

/// Pauses one request of one function.
#[derive(Debug, Default)]
pub(super) struct PausePoint(Mutex<Option<Armed>>);

#[derive(Debug)]
struct Armed {
    function: &'static str,
    /// How many requests still pass before the one that is paused.
    left: usize,
    /// How many of each kind have passed.
    seen: BTreeMap<String, usize>,
    reached: oneshot::Sender<String>,
    released: oneshot::Receiver<()>,
}

impl PausePoint {
    /// Pauses the `at`-th request of a function from now on, counted from 0. The receiver gets the name of that request
    /// once it waits, and the sender releases it.
    pub(super) fn arm(&self, function: &'static str, at: usize) -> (oneshot::Receiver<String>, oneshot::Sender<()>) {
        let ((reached, reaches), (release, released)) = (oneshot::channel(), oneshot::channel());
        *self.armed() = Some(Armed { function, left: at, seen: BTreeMap::new(), reached, released });
        (reaches, release)
    }

    /// Pauses nothing any more.
    pub(super) fn disarm(&self) {
        *self.armed() = None;
    }

    fn armed(&self) -> MutexGuard<'_, Option<Armed>> {
        self.0.lock().unwrap()
    }
}

impl Interceptor for PausePoint {
    fn passes(&self, sent: Sent) -> Interception {
        let mut guard = self.armed();
        let Some(armed) = guard.as_mut().filter(|armed| armed.function == sent.function) else {
            return Box::pin(async { NetworkFault::Through });
        };
        let what = what(&sent);
        let nth = armed.seen.entry(what.clone()).or_default();
        let place = format!("{what} {nth}");
        *nth += 1;
        if armed.left > 0 {
            armed.left -= 1;
            return Box::pin(async { NetworkFault::Through });
        }
        let armed = guard.take().expect("it is armed");
        drop(guard);
        Box::pin(async move {
            armed.reached.send(place).expect("somebody waits for it");
            // If the test gave up and dropped the sender, the request goes on, too.
            armed.released.await.ok();
            NetworkFault::Through
        })
    }
}
