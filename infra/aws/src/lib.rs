//! Outbound adapters: the store on DynamoDB, the providers of messages, secrets, the issuer's keys, and API Gateway's events.

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
