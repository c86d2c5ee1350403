//! Stand-ins for AWS and the issuer on one machine.

pub(crate) mod access;
pub(crate) mod clock;
pub(crate) mod engine;
pub(crate) mod expiry;
pub(crate) mod fault_rules;
pub(crate) mod interceptor;
pub(crate) mod issuer;
pub(crate) mod meter;
pub(crate) mod outbox;
pub(crate) mod provider;
mod simulator;
pub(crate) mod worker;
