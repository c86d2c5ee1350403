//! The store port: operations of the domain. Each is one request to the table, unless its comment says otherwise.
//!
//! A read may inform a write, but the write's own condition decides. No method calls another, so callers can count
//! requests by counting calls. Every method is atomic and fails as a whole.

mod accounts;
mod change;
mod deliveries;
mod idempotency;
mod limits;
mod registration;
mod resets;
mod settings;

pub use crate::unavailable::Stored;
pub use accounts::{AccountPage, Accounts, NewAccount};
pub use change::{AccountChange, PasswordChange, PasswordSet, Proof, QuestionsChange, WriteOutcome};
pub use deliveries::{Deliveries, DeliveryJob, Lease, Leased, Link};
pub use idempotency::Idempotency;
pub use limits::Limits;
pub use registration::Registrations;
pub use resets::{BeginOutcome, IssuedLongCodes, RequestCount, Resets};
pub use settings::{Settings, StoredPolicy};

/// The whole store, for code that needs more than a part of it.
pub trait Store: Resets + Deliveries + Limits + Accounts + Registrations + Settings + Idempotency {}

impl<S: Resets + Deliveries + Limits + Accounts + Registrations + Settings + Idempotency> Store for S {}
