//! A function's settings, secrets, clock and randomness.

pub mod http_client;
pub mod sdk;
pub mod secrets;
pub mod settings;
pub mod system;
