//! Each route and each function, driven from outside.

mod admin_get_contact;
mod admin_set_contact;
mod audit;
mod authentication_methods;
mod begin_reset;
mod change_password;
mod check_password;
mod complete_reset;
mod deliver_code;
mod finding;
mod graph_habits;
mod pages;
mod policy;
mod register;
mod reports;
mod security_questions;
mod settings;
mod two_gates;
mod verify_code;
