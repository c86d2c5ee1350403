//! What a function is made from: its settings, its secrets, its clock and its randomness.

pub mod http_client;
pub mod secrets;
pub mod settings;
pub mod system;
