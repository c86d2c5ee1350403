//! Delivers the codes and notices that the table's stream and the schedule hand over.

use futures_util::stream::{self, StreamExt};
use shared::ports::messenger::Messenger;
use shared::ports::store::{DeliveryJob, Store};
use shared::use_cases::deliver_code::{DeliverCode, JobOutcome};

/// How many notices a sweep works on at once: enough that one slow provider does not delay the rest, and few compared
/// with the codes that people wait for.
const SWEPT_AT_ONCE: usize = 8;
/// Seconds after which a sweep begins no further notice. With three tries of five seconds for the last ones it stays
/// within the 30 seconds of an invocation. The next sweep begins at another place.
const SWEEP_SECONDS: u64 = 10;

/// Works on all jobs at once, and returns those that the stream must retry because the table failed or another worker
/// leases them. A message that a provider does not accept is marked and skipped, so that it does not delay others.
pub async fn handle<S: Store, M: Messenger>(app: &DeliverCode<S, M>, jobs: Vec<DeliveryJob>) -> Vec<DeliveryJob> {
    let work = jobs.into_iter().map(|job| work_on(app, job));
    futures_util::future::join_all(work).await.into_iter().flatten().collect()
}

/// Works on one job, and returns it if the stream must retry it.
async fn work_on<S: Store, M: Messenger>(app: &DeliverCode<S, M>, job: DeliveryJob) -> Option<DeliveryJob> {
    match app.deliver(&job).await {
        Ok(JobOutcome::Completed | JobOutcome::TryAgain | JobOutcome::Later) => None,
        Ok(JobOutcome::Leased) => Some(job),
        Err(failed) => {
            let cause = std::error::Error::source(&failed).map(ToString::to_string);
            tracing::error!(order = %job.trace(), what = failed.what, cause, "a job was not delivered");
            Some(job)
        }
    }
}

/// Orders the notices that are due, and sends those that could not be sent before, a few at a time.
pub async fn sweep<S: Store, M: Messenger>(app: &DeliverCode<S, M>) {
    let until = app.context.now().plus(SWEEP_SECONDS);
    if let Err(failed) = app.ask_for_confirmation().await {
        tracing::error!(what = failed.what, "people could not be asked to confirm their methods");
    }
    match app.pending().await {
        Ok(jobs) => {
            let waiting = jobs.len();
            let jobs = jobs.into_iter().take_while(|_| app.context.now() < until);
            // The next sweep finds the notices that fail again.
            let tried = stream::iter(jobs.map(|job| work_on(app, job))).buffer_unordered(SWEPT_AT_ONCE).count().await;
            tracing::info!(waiting, tried, "swept");
        }
        Err(failed) => tracing::error!(what = failed.what, "notices could not be read"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use shared::account::Owner;
    use shared::credentials::key::{CodeKeys, Keyring, PhoneKeys};
    use shared::message::{Domain, Organisation, Sender};
    use shared::ports::messenger::{Dispatch, Outgoing, SessionsRevoked};
    use shared::ports::store::Accounts;
    use shared::testing::samples::{START, name_keys, names};
    use shared::testing::{CountingRandom, FixedClock, MemoryStore, Samples};
    use shared::time::DAY;
    use shared::use_cases::context::Context;

    use super::*;

    /// Counts the events that are published at the same time.
    #[derive(Default)]
    struct Counting {
        now: AtomicUsize,
        most: AtomicUsize,
        all: AtomicUsize,
        clock: Option<Arc<FixedClock>>,
    }

    impl Messenger for Counting {
        async fn send(&self, _: &Outgoing) -> Dispatch {
            Dispatch::Sent
        }

        async fn publish(&self, _: &SessionsRevoked) -> Dispatch {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            self.all.fetch_add(1, Ordering::SeqCst);
            // Long enough for as many others to begin as are allowed.
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            if let Some(clock) = &self.clock {
                clock.advance(1);
            }
            self.now.fetch_sub(1, Ordering::SeqCst);
            Dispatch::Sent
        }
    }

    /// A worker, and 90 notices from two days that wait for its sweep.
    async fn waiting(slow: bool) -> DeliverCode<MemoryStore, Counting> {
        let keyring = || Keyring::new([(1, (0..32).collect::<Vec<u8>>())]).unwrap();
        let clock = Arc::new(FixedClock::new(START.plus(DAY)));
        let messenger = Counting { clock: slow.then(|| clock.clone()), ..Counting::default() };
        let app = DeliverCode {
            context: Context::new(MemoryStore::new(), clock, Arc::new(CountingRandom::new(1))),
            messenger,
            names: name_keys(&[1]),
            phones: PhoneKeys(keyring()),
            codes: CodeKeys(keyring()),
            sender: Sender::new(Organisation::parse("Contoso").unwrap(), Domain::parse("contoso.example").unwrap()),
        };
        let samples = Samples::default();
        let account = samples.account("adele@contoso.example");
        app.context.store.create_account(&account, &names("adele@contoso.example"), &[]).await.unwrap();
        for at in [START, START.plus(DAY)] {
            for _ in 0..45 {
                let (notice, record) = (samples.notice(&account.id, at), samples.record(at));
                app.context.store.unblock(&Owner::Account(account.id.clone()), &notice, &record).await.unwrap();
            }
        }
        app
    }

    #[tokio::test]
    async fn a_sweep_takes_up_every_notice_and_eight_at_once() {
        let app = waiting(false).await;
        sweep(&app).await;
        assert_eq!(app.messenger.all.load(Ordering::SeqCst), 90);
        assert_eq!(app.messenger.most.load(Ordering::SeqCst), SWEPT_AT_ONCE);
        assert_eq!(app.pending().await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_sweep_ends_in_time_and_the_next_goes_on() {
        let app = waiting(true).await;
        sweep(&app).await;
        let first = app.messenger.all.load(Ordering::SeqCst);
        assert!((8..40).contains(&first), "{first}");
        for _ in 0..20 {
            sweep(&app).await;
        }
        assert_eq!(app.messenger.all.load(Ordering::SeqCst), 90);
        assert_eq!(app.pending().await.unwrap(), []);
    }
}
