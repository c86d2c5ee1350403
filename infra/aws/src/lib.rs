//! Outbound adapters: the store on DynamoDB, the providers of messages, secrets, the issuer's keys, and API Gateway's events.

pub mod compose;
pub mod config;
pub mod issuer;
pub mod lambda;
pub mod messenger;
pub mod store;
pub mod table;
