//! One use case per function, and the code that only use cases share.

pub mod admin_get_contact;
pub mod admin_set_contact;
pub mod attempt;
pub mod authorize;
pub mod begin_reset;
pub mod change_password;
pub mod check_password;
pub mod complete_reset;
pub mod context;
mod counters;
pub mod deliver_code;
pub mod idempotent;
pub mod load_directory;
mod new_password;
pub mod record_delivery;
pub mod register;
mod retries;
mod undeliverable;
pub mod verify_code;
