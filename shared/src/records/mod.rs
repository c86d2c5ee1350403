//! What is written with every change: the audit's records and the notices to the owner.

pub mod audit;
pub mod notice;
