//! The programs that are measured: the product's functions, and their peers.

use std::path::{Path, PathBuf};

use local::Issuer;
use serde_json::Value;
use shared::identifiers::user_name::UserName;

use crate::events;

/// A program and the event that it gets.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// The program and its arguments.
    pub(crate) command: Vec<PathBuf>,
    pub(crate) event: String,
    /// The function whose secrets it may read.
    pub(crate) function: Option<&'static str>,
    /// Whether it fetches the issuer's keys.
    pub(crate) uses_issuer: bool,
    /// Whether the response leaves at a fixed time.
    pub(crate) waits: bool,
    /// Whether it is one of the peers that the ratios are taken to.
    pub(crate) is_basis: bool,
    /// Whether the table refuses its update, as it does for a reset that does not exist.
    pub(crate) update_fails: bool,
}

impl Subject {
    pub(crate) fn exists(&self) -> bool {
        self.command.iter().all(|part| part.exists())
    }

    /// The program's own file.
    pub(crate) fn file(&self) -> &Path {
        self.command.last().expect("a command names a program")
    }
}

fn subject(name: &'static str, folder: &Path, file: &str, event: &Value) -> Subject {
    Subject {
        name,
        command: vec![folder.join(file)],
        event: event.to_string(),
        function: None,
        uses_issuer: false,
        waits: false,
        is_basis: false,
        update_fails: false,
    }
}

/// All programs. What was not built is left out by the caller.
pub(crate) fn all(folder: &Path, issuer: &Issuer) -> Vec<Subject> {
    let peer = |name, file: &str, event: &Value| subject(name, folder, file, event);
    let basis = |name, file: &str| Subject { is_basis: true, ..peer(name, file, &events::begin_by_email()) };
    let function = |name, function: &'static str, event: &Value| Subject {
        function: Some(function),
        ..subject(name, folder, function, event)
    };
    let waiting = |name, file, event: &Value| Subject { waits: true, ..function(name, file, event) };
    let refused = |subject| Subject { update_fails: true, ..subject };
    let with_token = |subject| Subject { uses_issuer: true, ..subject };
    // The same work, the usual way in another language, with the same secrets.
    let script = |name, runtime: &str, file: &str, event: &Value, like| Subject {
        command: vec![folder.join(runtime), folder.join(file)],
        function: Some(like),
        ..peer(name, file, event)
    };
    let roles = ["User.ReadWrite.All", "Credentials.Check", "UserAuthenticationMethod.ReadWrite.All"];
    let application = issuer.application_token(&roles.map(str::to_owned)).unwrap();
    let person = issuer.user_token(&UserName::parse(events::USER).unwrap(), &[]).unwrap();
    let (begin, mail, verify) = (events::begin_by_phone(), events::begin_by_email(), events::verify());
    vec![
        basis("bare lambda_http", "bare"),
        basis("same client, one request", "minimal"),
        basis("SDK's defaults, one request", "defaults"),
        function("begin-reset, phone", "begin-reset", &begin),
        function("begin-reset, email", "begin-reset", &mail),
        refused(waiting("verify-code", "verify-code", &verify)),
        waiting("complete-reset", "complete-reset", &events::complete()),
        with_token(function("register", "register", &events::registration(&person))),
        with_token(waiting("check-password", "check-password", &events::check(&application))),
        with_token(function("admin-get-contact", "admin-get-contact", &events::get_user(&application))),
        with_token(function("admin-set-contact", "admin-set-contact", &events::change_user(&application))),
        function("deliver-code, sweep", "deliver-code", &events::sweep()),
        script("Node.js, begin by phone", "node-program", "begin.mjs", &begin, "begin-reset"),
        refused(script("Node.js, verify", "node-program", "verify.mjs", &verify, "verify-code")),
        script("Python, begin by phone", "venv/bin/python", "begin.py", &begin, "begin-reset"),
        refused(script("Python, verify", "venv/bin/python", "verify.py", &verify, "verify-code")),
    ]
}
