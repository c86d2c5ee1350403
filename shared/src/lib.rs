#![doc = include_str!("../DESIGN.md")]

pub mod account;
pub mod credentials;
pub mod directory;
pub mod http;
pub mod identifiers;
pub mod limits;
pub mod message;
pub mod money;
pub mod policy;
pub mod ports;
pub mod random;
pub mod records;
pub mod reset;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod time;
pub mod unavailable;
pub mod use_cases;
