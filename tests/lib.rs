//! Rekey's proof lives in one test binary, `all.rs`; see `README.md` beside it.
