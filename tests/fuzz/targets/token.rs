//! `Authorization` headers: a token that the issuer did not sign is never accepted.
#![no_main]

#[allow(dead_code, reason = "this target signs nothing")]
mod issuer;

use libfuzzer_sys::fuzz_target;

// No seed has a valid signature, so an accepted header would be forged.
fuzz_target!(|authorization: &str| assert_eq!(issuer::caller(authorization), None));
