//! Adapters to AWS: the store on DynamoDB, the message providers, secrets, the issuer's keys, and Lambda's events.

pub mod compose;
pub mod config;
pub mod issuer;
pub mod lambda;
pub mod messenger;
pub mod store;
pub mod table;
