//! The commands, one file each.

pub(crate) mod audit;
pub(crate) mod desk;
pub(crate) mod doctor;
pub(crate) mod import;
pub(crate) mod methods;
pub(crate) mod policy;
pub(crate) mod report;
pub(crate) mod set;
pub(crate) mod show;
pub(crate) mod users;
