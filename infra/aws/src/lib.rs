//! Placeholder.

pub mod compose;
pub mod gateway;
pub mod issuer;
pub mod logging;
pub mod messenger;
pub mod secrets;
pub mod settings;
pub mod store;
pub mod stream;
pub mod system;
pub mod table;
