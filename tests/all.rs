//! Rekey, driven from outside: one file for each route or part, named as it is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod admin_get_contact;
mod admin_set_contact;
mod audit;
mod authentication_methods;
mod begin_reset;
mod check_password;
mod complete_reset;
mod conventions;
mod deliver_code;
mod durability;
mod faults;
mod flows;
mod gateway;
mod interleaving;
mod load_directory;
mod openapi;
mod permissions;
mod policy;
mod readme;
mod register;
mod rekeyctl;
mod reports;
mod requests;
mod secrecy;
mod security_questions;
mod security_questions_privacy;
mod support;
mod two_gates;
mod verify_code;
