//! Why a query is refused.

use shared::http::Problem;

/// The refusal of a `$filter`.
pub(crate) fn unsupported() -> Problem {
    Problem::unsupported_query("$filter has a property, an operator or a value that this list does not support")
}

/// The refusal of a `$search`.
pub(crate) fn unsupported_search() -> Problem {
    Problem::unsupported_query(
        "$search must be \"displayName:\" and words, in double quotes; no other property can be searched",
    )
}

/// The refusal of a property in `$select`.
pub(crate) fn unknown_property() -> Problem {
    Problem::unsupported_query("$select names a property that a user does not have")
}

/// The refusal of a property in the audit's `$select`.
pub(crate) fn unsupported_select() -> Problem {
    Problem::unsupported_query("$select names a property that a record does not have")
}

/// The refusal of an option that a route does not declare.
pub(crate) fn unknown_option(declared: &[&str]) -> Problem {
    Problem::unsupported_query(match declared {
        [others @ .., last] if !others.is_empty() => {
            format!("this route takes no query options but {} and {last}", others.join(", "))
        }
        _ => format!("this route takes no query option but {}", declared.concat()),
    })
}
