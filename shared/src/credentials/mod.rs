//! Secrets and proofs of identity: keys, tokens, passwords, security questions.

pub mod key;
pub mod password;
pub mod questions;
pub mod token;
