//! Terminal output: nothing from outside may control a terminal.

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde_json::Value;
use shared::identifiers::is_invisible;

/// Makes a text harmless: control characters, invisible characters, and those that change the reading direction are
/// written as `\u{…}`.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        if is_invisible(char) { escaped.extend(char.escape_unicode()) } else { escaped.push(char) }
    }
    escaped
}

/// A value as the service sent it, in one line. Characters that could control a terminal are written as JSON escapes,
/// which mean the same.
pub(crate) fn json_line(value: &Value) -> String {
    json_escape(&value.to_string())
}

/// A document as people edit it, over several lines, as harmless as a line.
pub(crate) fn json_document(value: &Value) -> String {
    format!("{value:#}").lines().map(json_escape).collect()
}

fn json_escape(json: &str) -> String {
    let mut line = String::new();
    for char in json.chars() {
        if is_invisible(char) {
            let mut units = [0; 2];
            line.extend(char.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            line.push(char);
        }
    }
    line + "\n"
}

/// Draws a table: a header, and one line per row.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(header.to_vec());
    for row in rows {
        table.add_row(row.iter().map(|cell| escape(cell)).collect::<Vec<_>>());
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, COLUMN_GAP));
    }
    table.trim_fmt() + "\n"
}

/// Spaces between two columns.
const COLUMN_GAP: u16 = 2;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(escape("a\x1b[2Jb\r\n\u{9b}c"), "a\\u{1b}[2Jb\\u{d}\\u{a}\\u{9b}c");
        assert_eq!(escape("Adele\u{202e}ecnaV"), "Adele\\u{202e}ecnaV");
        assert_eq!(escape("Zoë 王小明 +1 4255550100"), "Zoë 王小明 +1 4255550100");
    }

    #[test]
    fn columns_are_as_wide_as_they_look() {
        let rows = [vec!["王小明".to_owned(), "1".to_owned()], vec!["Zoë\nX".to_owned(), "2".to_owned()]];
        assert_eq!(table(&["name", "n"], rows), "name       n\n王小明     1\nZoë\\u{a}X  2\n");
        assert_eq!(table(&["name", "n"], []), "name  n\n");
    }

    #[test]
    fn a_line_is_the_value_and_steers_nothing() {
        let value = json!({"reason": "a\u{1b}[2J\u{9b}\u{202e}\u{e0001}é", "id": 1});
        let line = json_line(&value);
        assert_eq!(line, "{\"id\":1,\"reason\":\"a\\u001b[2J\\u009b\\u202e\\udb40\\udc01é\"}\n");
        assert_eq!(serde_json::from_str::<Value>(&line).ok().as_ref(), Some(&value));
        let document = json_document(&value);
        assert_eq!(document, "{\n  \"id\": 1,\n  \"reason\": \"a\\u001b[2J\\u009b\\u202e\\udb40\\udc01é\"\n}\n");
        assert_eq!(serde_json::from_str::<Value>(&document).ok(), Some(value));
    }
}
