//! What a check found, and how AWS is asked.

use std::io;
use std::process;

use serde_json::{Value, json};

/// Runs the AWS CLI with these arguments.
pub type AwsCli<'a> = &'a dyn Fn(&[&str]) -> io::Result<process::Output>;

/// What a check found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is as it must be.
    Done,
    /// Somebody has to act.
    Open,
    /// AWS did not say.
    Unknown,
}

/// A check, and what it found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    check: &'static str,
    pub(super) state: State,
    detail: String,
}

impl Finding {
    pub(super) fn new(check: &'static str, is_done: bool, detail: impl Into<String>) -> Self {
        let state = if is_done { State::Done } else { State::Open };
        Self { check, state, detail: detail.into() }
    }

    /// The finding about what was asked for, or that it could not be asked for.
    pub(super) fn of<T>(check: &'static str, asked: Result<T, String>, judge: impl FnOnce(T) -> Self) -> Self {
        asked.map_or_else(|why| Self { check, state: State::Unknown, detail: why }, judge)
    }

    pub(super) fn row(&self) -> Value {
        let state = match self.state {
            State::Done => "done",
            State::Open => "open",
            State::Unknown => "unknown",
        };
        json!({"check": self.check, "state": state, "detail": self.detail})
    }
}
