//! What the edges of all functions share: requests, strict JSON, problems and fixed headers.
//!
//! There is no server here; a gateway (API Gateway, or the local one) turns what it speaks into
//! [`Request`] and [`Response`].

mod body;
#[cfg(feature = "describe")]
pub mod describe;
mod failure;
pub mod graph;
mod problem;
mod questions;
mod request;
pub mod response;

pub use body::{MAX_BODY, MAX_POLICY_BODY, body, json, object, optional_object, strict};
pub use failure::{Failure, GraphError, finish};
pub use problem::{ErrorFormat, Problem};
pub use questions::{GivenAnswer, Question};
pub use request::Request;
pub use response::Response;
