//! `Idempotency-Key`: a repeated request gets the same response and has no second effect.
//!
//! A row stores keyed digests and the facts from which the response is rebuilt, never a body or a token.

use std::borrow::Cow;

use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::credentials::key::IdempotencyKeys;
use crate::random::{Randomness, bytes};
use crate::time::{DAY, Moment};
use crate::unavailable::Unavailable;

/// Minimum length of a key, in characters.
pub const MIN_KEY: usize = 16;
/// Maximum length of a key, in characters.
pub const MAX_KEY: usize = 255;
/// How long a response is stored, in seconds.
pub const STORED_SECONDS: u64 = DAY;
/// How long a request that never ended reserves its key, in seconds.
pub const IN_USE_SECONDS: u64 = 60;
/// Random bytes that distinguish a request from others with the same key.
const NONCE_BYTES: usize = 16;

/// A key as a client sent it, with the body of its request.
#[derive(Clone)]
pub struct IdempotencyKey<'a> {
    key: &'a str,
    body: Cow<'a, [u8]>,
}

impl<'a> IdempotencyKey<'a> {
    /// Whether a header's value is a key: 16 to 255 visible ASCII characters without a comma. Gateways join two headers
    /// of one name with a comma, and two keys are not one.
    #[must_use]
    pub fn is_valid(key: &str) -> bool {
        let fits = |byte: u8| byte.is_ascii_graphic() && byte != b',';
        (MIN_KEY..=MAX_KEY).contains(&key.len()) && key.bytes().all(fits)
    }

    /// A valid key with the body of its request.
    #[must_use]
    pub fn new(key: &'a str, body: &'a [u8]) -> Self {
        Self { key, body: canonical(body) }
    }

    /// The key of a request whose body is ignored. Another body then does not make it another request.
    #[must_use]
    pub fn without_body(self) -> Self {
        Self { body: Cow::Borrowed(b""), ..self }
    }
}

/// A body in which neither the order of an object's members nor white space makes a difference; anything but JSON as it
/// is.
fn canonical(body: &[u8]) -> Cow<'_, [u8]> {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            value.sort_all_objects();
            Cow::Owned(value.to_string().into_bytes())
        }
        Err(_) => Cow::Borrowed(body),
    }
}

/// One request's reservation of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyReservation {
    /// The row: a keyed digest of route, caller and key.
    pub row: String,
    /// A keyed digest of the body, to recognise a different one.
    pub fingerprint: String,
    /// Identifies this request alone. A request that outlives its reservation must not end the reservation of the same
    /// request sent again.
    pub nonce: String,
}

impl IdempotencyKeys {
    /// A reservation for one request; its nonce is drawn anew each time the request is sent.
    pub fn reserve(
        &self,
        route: &str,
        caller: &str,
        key: &IdempotencyKey<'_>,
        random: &dyn Randomness,
    ) -> KeyReservation {
        KeyReservation {
            row: self.row(route, caller, key.key),
            fingerprint: self.fingerprint(&key.body),
            nonce: BASE64URL_NOPAD.encode(&bytes::<NONCE_BYTES>(random)),
        }
    }
}

/// The result of reserving a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reservation {
    /// The key is new: do the work, then store the response.
    New,
    /// The work was done: return its response again.
    Replay(StoredResponse),
    /// The first request is still running.
    InProgress {
        /// When its reservation ends, at the latest.
        until: Moment,
    },
    /// The key was used with another body.
    Mismatch,
}

/// The facts from which a response is rebuilt, as JSON that only its own use case reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredResponse(String);

impl StoredResponse {
    /// Serialises a use case's outcome.
    #[must_use]
    pub fn of(outcome: &impl Serialize) -> Self {
        // Outcomes are plain types with text keys, which always serialise.
        Self(serde_json::to_string(outcome).unwrap_or_default())
    }

    /// Rebuilds the outcome.
    ///
    /// # Errors
    /// [`Unavailable`] if the row is damaged.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Unavailable> {
        // The parser's error is dropped, because it could quote the row.
        serde_json::from_str(&self.0).map_err(|_| Unavailable::plain("a stored response cannot be read"))
    }
}

/// A response to store in the transaction that does the work. Even if the caller never learns that the transaction
/// succeeded, a repetition finds the response.
#[derive(Debug, Clone)]
pub struct KeyedResponse<'a> {
    /// The reservation of the key.
    pub reservation: &'a KeyReservation,
    /// The response to store.
    pub response: StoredResponse,
    /// The current time.
    pub now: Moment,
}

/// Why a request that may carry an idempotency key has no outcome.
#[derive(Debug)]
pub enum RunError {
    /// The key was used before with another body.
    KeyReused,
    /// The first request with the key is still running.
    KeyInUse,
    /// Too many requests came; nothing was done.
    Limited {
        /// Seconds until the window of the limit ends.
        seconds: u64,
    },
    /// The work failed.
    Unavailable(Unavailable),
}

impl From<Unavailable> for RunError {
    fn from(failed: Unavailable) -> Self {
        Self::Unavailable(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::key::{KEY_LENGTH, Keyring};
    use crate::testing::Samples;

    #[test]
    fn a_request_sent_again_reserves_the_same_key_as_another() {
        let random = Samples::default().random;
        let keys = IdempotencyKeys(Keyring::new([(1, bytes::<KEY_LENGTH>(&random))]).unwrap());
        let key = IdempotencyKey::new("0123456789abcdef", b"body");
        let [first, again] = [(); 2].map(|()| keys.reserve("route", "caller", &key, &random));
        assert_ne!(first.nonce, again.nonce);
        assert_eq!(first, KeyReservation { nonce: first.nonce.clone(), ..again });
        let bodiless = keys.reserve("route", "caller", &key.without_body(), &random);
        assert_eq!(first.row, bodiless.row);
        assert_ne!(first.fingerprint, bodiless.fingerprint);
    }

    #[test]
    fn the_order_of_members_makes_no_other_body() {
        let body = |text: &str| IdempotencyKey::new("0123456789abcdef", text.as_bytes()).body.into_owned();
        let same = body(r#"{"a":1,"b":[{"c":"x","d":null}],"e":""}"#);
        for text in [
            r#"{"e":"","b":[{"d":null,"c":"x"}],"a":1}"#,
            " {\"a\" : 1,\n\"b\":[{\"c\":\"\\u0078\",\"d\":null}],\"e\":\"\"}",
        ] {
            assert_eq!(body(text), same, "{text}");
        }
        for text in [r#"{"a":1,"b":[{"c":"y","d":null}],"e":""}"#, r#"{"a":1,"b":[{"c":"x"}],"e":""}"#, "", "{"] {
            assert_ne!(body(text), same, "{text}");
        }
        assert_ne!(body("[1,2]"), body("[2,1]"));
    }

    #[test]
    fn a_key_has_no_comma() {
        for key in ["0123456789abcdef,0123456789abcdef", "0123456789abcde,", "0123456789abcde", "0123456789abcde\u{e9}"]
        {
            assert!(!IdempotencyKey::is_valid(key), "{key}");
        }
        assert!(IdempotencyKey::is_valid("!#$%&'()*+-./:;<=>?@[]^_`{|}~\"\\"));
    }

    #[test]
    fn a_damaged_row_is_no_answer() {
        let stored = StoredResponse::of(&Some(1));
        assert_eq!(stored.read::<Option<u8>>().unwrap(), Some(1));
        assert!(StoredResponse(format!("{}x", stored.0)).read::<Option<u8>>().is_err());
    }
}
