//! `Authorization` headers: a token that the issuer did not sign is never accepted.

use crate::{issuer, text_of};

// No seed has a valid signature, so an accepted header would be forged.
pub(super) fn run(bytes: &[u8]) {
    assert_eq!(issuer::caller(text_of(bytes)), None);
}
