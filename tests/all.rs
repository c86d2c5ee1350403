//! Rekey, driven from outside: `routes` by route and function, `promises` by what must hold, `surface` by what strangers use.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod promises;
mod routes;
mod support;
mod surface;
