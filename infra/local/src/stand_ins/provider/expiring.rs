//! Values that are remembered for a while, each under an id that nobody can guess.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws::config::system::SystemRandom;
use data_encoding::BASE64URL_NOPAD;
use shared::random::bytes;
use shared::time::Moment;

/// Most values at once; the oldest one goes first. One person at one machine needs a few.
const MOST: usize = 1000;

/// Bytes of an id.
const ID_BYTES: usize = 24;

/// Values that expire some seconds after they were added.
pub(super) struct Expiring<T> {
    seconds: u64,
    entries: Mutex<VecDeque<Entry<T>>>,
}

struct Entry<T> {
    id: String,
    expires_at: Moment,
    value: T,
}

impl<T: Clone> Expiring<T> {
    pub(super) fn new(seconds: u64) -> Self {
        Self { seconds, entries: Mutex::default() }
    }

    /// Remembers a value, and returns its id.
    pub(super) fn add(&self, value: T, now: Moment) -> String {
        let id = id();
        let mut entries = self.entries();
        if entries.len() == MOST {
            entries.pop_front();
        }
        entries.push_back(Entry { id: id.clone(), expires_at: now.plus(self.seconds), value });
        id
    }

    /// The value of an id, unless it has expired.
    pub(super) fn get(&self, id: &str, now: Moment) -> Option<T> {
        self.entries().iter().find(|entry| entry.id == id && now < entry.expires_at).map(|entry| entry.value.clone())
    }

    /// Takes out the value of an id: nobody else gets it.
    pub(super) fn take(&self, id: &str, now: Moment) -> Option<T> {
        let mut entries = self.entries();
        entries.retain(|entry| now < entry.expires_at);
        let at = entries.iter().position(|entry| entry.id == id)?;
        entries.remove(at).map(|entry| entry.value)
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<Entry<T>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An unguessable id: of a transaction, a code or a session.
fn id() -> String {
    BASE64URL_NOPAD.encode(&bytes::<ID_BYTES>(&SystemRandom))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_taken_once_and_expires() {
        let values = Expiring::new(60);
        let start = Moment::from_seconds(1_800_000_000);
        let (one, two) = (values.add(1, start), values.add(2, start));
        assert_eq!(values.get(&one, start.plus(59)), Some(1));
        assert_eq!((values.take(&one, start.plus(59)), values.take(&one, start.plus(59))), (Some(1), None));
        assert_eq!((values.get(&two, start.plus(60)), values.take(&two, start.plus(60))), (None, None));
        let first = values.add(0, start);
        for number in 1..=MOST {
            values.add(number, start);
        }
        assert_eq!(values.get(&first, start), None);
    }
}
