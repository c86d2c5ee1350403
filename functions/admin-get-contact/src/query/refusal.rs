//! Why a query is refused, in Graph's words.

use http::StatusCode;
use shared::http::{Failure, GraphError};

const UNSUPPORTED: &str = "a query option, operator or property is not supported";
const PROPERTY: &str = "$select names a property that a user does not have";

/// The refusal of what a list does not declare.
pub(crate) fn unsupported() -> Failure {
    unsupported_query(UNSUPPORTED)
}

/// The refusal of a property that cannot be selected.
pub(crate) fn unknown_property() -> Failure {
    unsupported_query(PROPERTY)
}

/// The refusal of a query, for this reason.
pub(super) fn unsupported_query(message: &'static str) -> Failure {
    Failure::Graph(StatusCode::BAD_REQUEST, GraphError { code: "Request_UnsupportedQuery", message })
}
