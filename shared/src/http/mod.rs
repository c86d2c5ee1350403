//! What the edges of all functions share: requests, strict JSON, problems and fixed headers.
//!
//! There is no server here; a gateway (API Gateway, or the local one) turns what it speaks into
//! [`Request`] and [`Answer`].

mod answer;
mod body;
#[cfg(feature = "describe")]
pub mod describe;
pub mod graph;
mod problem;
mod questions;
mod request;

pub use answer::Answer;
pub use body::{MAX_BODY, MAX_POLICY_BODY, body, json, object, optional_object, strict};
pub use problem::{Failure, GraphError, Problem, Surface, finish};
pub use questions::{GivenAnswer, Question};
pub use request::Request;
