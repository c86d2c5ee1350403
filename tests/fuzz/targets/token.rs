//! `Authorization` headers: nothing that the issuer did not sign speaks for anyone.
#![no_main]

#[allow(dead_code, reason = "this target signs nothing")]
mod issuer;

use libfuzzer_sys::fuzz_target;

// No seed bears a valid signature, so an accepted header would be a forged one.
fuzz_target!(|authorization: &str| assert_eq!(issuer::caller(authorization), None));
