//! Prints the API's description, for the file that the deployed function serves:
//! `cargo run -p local --bin openapi > functions/admin-get-contact/openapi.json`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let mut text = serde_json::to_string_pretty(&local::describe::description())?;
    text.push('\n');
    std::io::stdout().write_all(text.as_bytes())
}
