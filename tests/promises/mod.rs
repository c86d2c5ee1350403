//! What must hold in all circumstances: faults, races, restarts, secrecy, permissions.

pub(crate) mod durability;
pub(crate) mod faults;
mod faults_by_hand;
mod flows;
mod interleaving;
mod model;
mod permissions;
mod requests;
mod secrecy;
mod security_questions_privacy;
mod timing;
