//! The API's description: what every function says of itself, in one document.

use serde_json::Value;
use shared::http::describe::document;

/// The OpenAPI description of this version.
#[must_use]
pub fn description() -> Value {
    let parts = vec![
        begin_reset::describe::describe(),
        verify_code::describe::describe(),
        complete_reset::describe::describe(),
        register::describe::describe(),
        check_password::describe::describe(),
        admin_get_contact::describe::describe(),
        admin_set_contact::describe::describe(),
    ];
    document(env!("CARGO_PKG_VERSION"), parts)
}
