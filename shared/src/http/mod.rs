//! What all functions share at their HTTP edge: requests, strict JSON, problems and fixed headers.
//!
//! There is no server here. A gateway (API Gateway, or the local one) translates between HTTP and [`Request`] and
//! [`Response`].

mod body;
#[cfg(feature = "describe")]
pub mod describe;
mod failure;
pub mod graph;
mod problem;
mod questions;
mod request;
pub mod response;

pub use body::{MAX_BODY, MAX_POLICY_BODY, body, is_word, json, repetition, strict};
pub use failure::{Failure, RequestId, finish};
pub use problem::{ErrorFormat, Problem};
pub use questions::{GivenAnswer, QuestionBody};
pub use request::Request;
pub use response::Response;
