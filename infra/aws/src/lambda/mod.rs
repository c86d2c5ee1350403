//! How Lambda calls a function: requests of API Gateway, the table's stream, the log.

pub mod cold_start;
pub mod gateway;
pub mod logging;
pub mod stream;
