//! Limits against abuse: guess budgets, send limits, the conversion floor, shares of the money, source limits and the sign-in lock.

pub mod bound;
pub mod challenges;
pub mod conversion;
pub mod guesses;
pub mod lockout;
pub mod messages;
pub mod source;
