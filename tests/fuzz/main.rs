//! The program that `tests/fuzz/run` builds: libFuzzer with the target that the variable `FUZZ_TARGET` names.
#![no_main]

mod issuer;
mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

#[expect(clippy::disallowed_methods, reason = "libFuzzer reads the command line itself")]
static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    targets::named(&name).expect("targets/mod.rs knows every target")
});

fuzz_target!(|bytes: &[u8]| TARGET(bytes));

/// The longest start of the input that is text.
fn text_of(bytes: &[u8]) -> &str {
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}
