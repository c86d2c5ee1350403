//! Rekey, driven from outside: `routes` by route and function, `promises` by what must hold, `surface` by what strangers use.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[macro_use]
extern crate service_test;

mod promises;
mod routes;
mod support;
mod surface;
