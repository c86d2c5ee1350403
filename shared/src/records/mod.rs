//! Records written with every change: audit records and notices to the owner.

pub mod audit;
pub mod notice;
pub mod report;
