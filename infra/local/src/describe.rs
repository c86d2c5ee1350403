//! The API's description: the operations of every function, in one document.

use serde_json::Value;
use shared::http::describe::document;

/// The OpenAPI description of this version.
#[must_use]
pub fn description() -> Value {
    let operations = [
        begin_reset::describe::operations(),
        verify_code::describe::operations(),
        complete_reset::describe::operations(),
        register::describe::operations(),
        check_password::describe::operations(),
        admin_get_contact::describe::operations(),
        admin_set_contact::describe::operations(),
    ];
    document(env!("CARGO_PKG_VERSION"), &operations.into_iter().flatten().collect::<Vec<_>>())
}
