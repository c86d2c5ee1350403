//! What the service starts with: its options, its keys, its policy, its faults, its people and its data.

pub(crate) mod data;
pub(crate) mod faults_file;
pub(crate) mod keys;
pub(crate) mod options;
pub(crate) mod policy_file;
pub(crate) mod sample;
pub(crate) mod start_error;
pub(crate) mod users;
