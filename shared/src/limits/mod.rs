//! What stops abuse: budgets of guesses, counts of messages, the lock of sign-in.

pub mod challenges;
pub mod guesses;
pub mod lockout;
pub mod messages;
pub mod source;
