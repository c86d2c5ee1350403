//! `Idempotency-Key`: the same request again has the same answer and no second effect.
//!
//! A row stores keyed digests and the facts from which the answer is rebuilt, never a body or a token.

use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::credentials::key::IdempotencyKeys;
use crate::random::{Randomness, bytes};
use crate::time::{DAY, Moment};
use crate::unavailable::Unavailable;

/// Fewest characters of a key.
pub const MIN_KEY: usize = 16;
/// Most characters of a key.
pub const MAX_KEY: usize = 255;
/// How long an answer is stored, in seconds.
pub const STORED_SECONDS: u64 = DAY;
/// How long a request that never ended keeps its key, in seconds.
pub const IN_USE_SECONDS: u64 = 60;
/// Random bytes that name one request among those with its key.
const NONCE_BYTES: usize = 16;

/// A key as a client sent it, with the body that it came with.
#[derive(Clone, Copy)]
pub struct IdempotencyKey<'a> {
    key: &'a str,
    body: &'a [u8],
}

impl<'a> IdempotencyKey<'a> {
    /// Reads the header's value; `None` for anything but 16 to 255 visible ASCII characters.
    #[must_use]
    pub fn parse(key: &'a str, body: &'a [u8]) -> Option<Self> {
        let valid = (MIN_KEY..=MAX_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        valid.then_some(Self { key, body })
    }

    /// The key of a request whose body is ignored, so that no body makes another request of it.
    #[must_use]
    pub const fn without_body(self) -> Self {
        Self { body: b"", ..self }
    }
}

/// One request's reservation of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyReservation {
    /// The row: a keyed digest of route, caller and key.
    pub row: String,
    /// A keyed digest of the body, which tells it from another.
    pub fingerprint: String,
    /// Names this request alone: one that outlived its reservation must not end that of the same request sent again.
    pub nonce: String,
}

impl IdempotencyKeys {
    /// The reservation of one request, drawn anew each time it is sent.
    pub fn reserve(
        &self,
        route: &str,
        caller: &str,
        key: IdempotencyKey<'_>,
        random: &dyn Randomness,
    ) -> KeyReservation {
        KeyReservation {
            row: self.row(route, caller, key.key),
            fingerprint: self.fingerprint(key.body),
            nonce: BASE64URL_NOPAD.encode(&bytes::<NONCE_BYTES>(random)),
        }
    }
}

/// What the store found under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reservation {
    /// The key is new: do the work, then store the answer.
    New,
    /// The work was done; give its answer again.
    Replay(StoredResponse),
    /// The first request still runs.
    InProgress {
        /// When it will be given up, at the latest.
        until: Moment,
    },
    /// The key came with another body.
    Mismatch,
}

/// The facts of an answer, as JSON that only their own use case reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredResponse(String);

impl StoredResponse {
    /// Writes a use case's outcome down.
    #[must_use]
    pub fn of(outcome: &impl Serialize) -> Self {
        // Outcomes are plain types with text keys, which always serialize.
        Self(serde_json::to_string(outcome).unwrap_or_default())
    }

    /// Rebuilds the outcome.
    ///
    /// # Errors
    /// [`Unavailable`] if the row is damaged.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Unavailable> {
        // The reader's error could quote the row.
        serde_json::from_str(&self.0).map_err(|_| Unavailable::plain("a stored response cannot be read"))
    }
}

/// An answer to store in the transaction that does the work: if the caller never hears that the transaction was done, a
/// repetition still finds the answer.
#[derive(Debug, Clone)]
pub struct Answered<'a> {
    /// The key.
    pub reservation: &'a KeyReservation,
    /// The answer.
    pub response: StoredResponse,
    /// Now.
    pub now: Moment,
}

/// Why a request that may be a repetition has no outcome.
#[derive(Debug)]
pub enum RunError {
    /// The key came with another body before.
    KeyReused,
    /// The first request with the key still runs.
    KeyInUse,
    /// The work failed.
    Unavailable(Unavailable),
}

impl From<Unavailable> for RunError {
    fn from(failed: Unavailable) -> Self {
        Self::Unavailable(failed)
    }
}

#[cfg(all(test, feature = "testing"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::credentials::key::{KEY_LENGTH, Keyring};
    use crate::testing::Samples;

    #[test]
    fn a_request_sent_again_reserves_the_same_key_as_another() {
        let random = Samples::default().random;
        let keys = IdempotencyKeys(Keyring::new([(1, bytes::<KEY_LENGTH>(&random))]).unwrap());
        let key = IdempotencyKey::parse("0123456789abcdef", b"body").unwrap();
        let [first, again] = [(); 2].map(|()| keys.reserve("route", "caller", key, &random));
        assert_ne!(first.nonce, again.nonce);
        assert_eq!(first, KeyReservation { nonce: first.nonce.clone(), ..again });
        let bodiless = keys.reserve("route", "caller", key.without_body(), &random);
        assert_eq!(first.row, bodiless.row);
        assert_ne!(first.fingerprint, bodiless.fingerprint);
    }

    #[test]
    fn a_damaged_row_is_no_answer() {
        let stored = StoredResponse::of(&Some(1));
        assert_eq!(stored.read::<Option<u8>>().unwrap(), Some(1));
        assert!(StoredResponse(format!("{}x", stored.0)).read::<Option<u8>>().is_err());
    }
}
