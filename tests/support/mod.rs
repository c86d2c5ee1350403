//! What the tests share: a service, a plain HTTP client, and folders.

pub(crate) mod client;
pub(crate) mod folder;
pub(crate) mod service;

pub(crate) use client::{Reply, Request};
pub(crate) use service::Service;
