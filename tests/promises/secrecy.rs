//! No secret is in any output of the program or in any row of the table.

mod output;
mod table;

use serde_json::Value;

use crate::support::service::{digits, long_code};

/// Values that must not be found, each with its kind.
#[derive(Default)]
struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    fn add(&mut self, what: &'static str, value: &str) {
        assert!(value.len() >= 4, "{what} is too short to be looked for");
        self.0.push((what, value.to_owned()));
    }

    /// Adds the digits of a message, plain, grouped and spelled, and the long code of an email.
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

    /// The kinds of the secrets in a text. The values stay out of the output of a failed test.
    fn found_in(&self, text: &str) -> Vec<&'static str> {
        self.0.iter().filter(|(_, value)| text.contains(value.as_str())).map(|(what, _)| *what).collect()
    }
}
