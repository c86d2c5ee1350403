//! What the tests share: a service of their own, a plain HTTP client, and the words of the contract.

pub(crate) mod client;
pub(crate) mod folder;
pub(crate) mod service;

pub(crate) use client::{Reply, Request};
pub(crate) use service::Service;
