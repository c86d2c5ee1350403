//! Names of people and destinations, parsed once: user names, email addresses, phone numbers.

mod domain_name;
pub mod email_address;
pub(crate) mod folding;
mod invisible;
pub mod phone;
pub mod user_name;

pub use domain_name::DomainNameError;
pub use invisible::{is_invisible, is_variation_selector};
