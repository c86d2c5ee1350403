//! Just enough of an executor for the tests of a crate that has none.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future to its end on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

enum Slot<F: Future> {
    Running(Pin<Box<F>>),
    Done(Option<F::Output>),
}

/// Runs futures concurrently and returns their outputs in the order of the futures.
///
/// All of them are polled whenever one of them wakes. That is simple and, for a few dozen, fast enough.
pub async fn join_all<F: Future<Output: Unpin>>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut slots: Vec<Slot<F>> = futures.into_iter().map(|future| Slot::Running(Box::pin(future))).collect();
    poll_fn(|context| {
        for slot in &mut slots {
            if let Slot::Running(future) = slot
                && let Poll::Ready(output) = future.as_mut().poll(context)
            {
                *slot = Slot::Done(Some(output));
            }
        }
        if slots.iter().any(|slot| matches!(slot, Slot::Running(_))) {
            return Poll::Pending;
        }
        let taken = slots.iter_mut().filter_map(|slot| match slot {
            Slot::Done(output) => output.take(),
            Slot::Running(_) => None,
        });
        Poll::Ready(taken.collect())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Is ready at the `times`-th poll after this one, and wakes itself until then.
    fn after(mut times: u32) -> impl Future<Output = u32> {
        let all = times;
        poll_fn(move |context| {
            if times == 0 {
                return Poll::Ready(all);
            }
            times -= 1;
            context.waker().wake_by_ref();
            Poll::Pending
        })
    }

    #[test]
    fn outputs_come_in_the_order_of_the_futures() {
        assert_eq!(block_on(join_all([3, 0, 2].map(after))), [3, 0, 2]);
        assert!(block_on(join_all(Vec::<std::future::Ready<u8>>::new())).is_empty());
    }

    #[test]
    fn a_wake_from_another_thread_is_heard() {
        let (tell, woken) = std::sync::mpsc::channel::<Waker>();
        let other = std::thread::spawn(move || woken.recv().map(Waker::wake));
        let mut polled = false;
        block_on(poll_fn(|context| {
            if std::mem::replace(&mut polled, true) {
                return Poll::Ready(());
            }
            tell.send(context.waker().clone()).unwrap();
            Poll::Pending
        }));
        assert!(other.join().unwrap().is_ok());
    }
}
