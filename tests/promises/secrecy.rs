//! What must stay secret is in no output of the program and in no row of the table.

mod output;
mod table;

use serde_json::Value;

use crate::support::service::{digits, long_code};

/// Things that must not be found, each with what it is.
#[derive(Default)]
struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    fn add(&mut self, what: &'static str, value: &str) {
        assert!(value.len() >= 4, "{what} is too short to be looked for");
        self.0.push((what, value.to_owned()));
    }

    /// The digits of a message, as they are and as they are read; an email's long code, too.
    fn add_message(&mut self, message: &Value) {
        let code = digits(message);
        self.add("digits", &code);
        self.add("grouped digits", &format!("{} {}", &code[..4], &code[4..]));
        let spelled: Vec<String> = code.chars().map(String::from).collect();
        self.add("spelled digits", &spelled.join(", "));
        if message["channel"] == "email" && message["text"].as_str().is_some_and(|text| text.contains("24 hours")) {
            let long = long_code(message);
            self.add("long code", &long.replace('-', ""));
            self.add("grouped long code", &long);
        }
    }

    /// What of all this stands in a text: its kind only, for the value is a secret.
    fn found_in(&self, text: &str) -> Vec<&'static str> {
        self.0.iter().filter(|(_, value)| text.contains(value.as_str())).map(|(what, _)| *what).collect()
    }
}
