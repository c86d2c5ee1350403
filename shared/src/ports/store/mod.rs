//! The store port: verbs of the domain, each one request to the table.
//!
//! A read may inform a write; the write's own condition decides. No method is built from another, so a
//! caller can count requests by counting calls. Every method is atomic and fails as a whole.

mod accounts;
mod change;
mod deliveries;
mod idempotency;
mod limits;
mod registration;
mod resets;
mod settings;

pub use crate::unavailable::Stored;
pub use accounts::{AccountPage, Accounts};
pub use change::{AccountChange, PasswordChange, PasswordSet, Proof, QuestionsChange, Written};
pub use deliveries::{Deliveries, DeliveryJob, Lease};
pub use idempotency::Idempotency;
pub use limits::Limits;
pub use registration::Registrations;
pub use resets::{Begun, IssuedLongCodes, Resets};
pub use settings::{Settings, StoredPolicy};

/// Where everything is kept: all that the store can do, for those who need more than a part of it.
pub trait Store: Resets + Deliveries + Limits + Accounts + Registrations + Settings + Idempotency {}

impl<S: Resets + Deliveries + Limits + Accounts + Registrations + Settings + Idempotency> Store for S {}
