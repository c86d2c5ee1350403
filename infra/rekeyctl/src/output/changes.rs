//! What a command changed: a sentence for people, or a row for programs.

use serde_json::{Value, json};

use crate::options::Output;
use crate::output::failure::Failure;
use crate::output::listing::{Listing, cell};
use crate::output::streams::{DONE, Streams};
use crate::output::terminal::escape;

/// One change.
pub(crate) struct Change {
    /// The property, or what else changed.
    pub(crate) property: String,
    /// Its value now.
    pub(crate) value: Value,
    /// The sentence after the user, unless the property and its value say all.
    pub(crate) sentence: Option<String>,
}

impl Change {
    /// A property's value.
    pub(crate) fn now(property: &str, value: Value) -> Self {
        Self { property: property.to_owned(), value, sentence: None }
    }

    /// Something that needs words of its own.
    pub(crate) fn as_sentence(property: &str, value: Value, sentence: impl Into<String>) -> Self {
        Self { property: property.to_owned(), value, sentence: Some(sentence.into()) }
    }

    fn text(&self) -> String {
        match (&self.sentence, cell(&self.value).as_str()) {
            (Some(sentence), _) => sentence.clone(),
            (None, "") => format!("{} is now empty", self.property),
            (None, value) => format!("{} is now {value}", self.property),
        }
    }
}

/// Prints what changed of a user.
pub(crate) fn print_changes(
    user: &str,
    changes: &[Change],
    output: Output,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let text = match output {
        Output::Table => changes.iter().map(|one| format!("{}: {}\n", escape(user), escape(&one.text()))).collect(),
        Output::Json | Output::Csv => {
            let row = |one: &Change| json!({"user": user, "property": one.property, "value": one.value});
            let rows: Vec<Value> = changes.iter().map(row).collect();
            Listing::new(output, &["user", "property", "value"]).whole(&rows)
        }
    };
    streams.print(&text)?;
    Ok(DONE)
}
