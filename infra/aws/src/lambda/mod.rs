//! How Lambda runs a function: its cold start, its requests, the table's stream, and its log.

pub mod cold_start;
pub mod gateway;
pub mod logging;
pub mod report;
pub(crate) mod request_line;
pub mod stream;
