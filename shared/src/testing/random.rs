//! Randomness that repeats, so that a failing test fails the same way again.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use crate::random::Randomness;

/// Bytes that look random, never repeat within one source and are the same in every run.
#[derive(Debug, Default)]
pub struct CountingRandom {
    stream: u64,
    drawn: AtomicU64,
}

impl CountingRandom {
    /// A source that differs for each `stream`; two sources with the same stream draw the same bytes.
    #[must_use]
    pub const fn new(stream: u64) -> Self {
        Self { stream, drawn: AtomicU64::new(0) }
    }
}

impl Randomness for CountingRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let count = self.drawn.fetch_add(1, Ordering::SeqCst);
            let block =
                Sha256::new().chain_update(self.stream.to_be_bytes()).chain_update(count.to_be_bytes()).finalize();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::bytes;

    #[test]
    fn draws_differ_and_runs_do_not() {
        let (one, two, other) = (CountingRandom::new(1), CountingRandom::new(1), CountingRandom::new(2));
        let first = bytes::<40>(&one);
        assert_eq!(first, bytes::<40>(&two));
        assert_ne!(first, bytes::<40>(&one));
        assert_ne!(first, bytes::<40>(&other));
        assert_ne!(first[..8], first[32..]);
    }
}
