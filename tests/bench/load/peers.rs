//! Other ways to reset passwords, which `tests/bench/load/run` installs. Each has people of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Request;
use crate::support::service::NEW_PASSWORD;
use crate::{PATIENCE, Times, mail, process, send};

/// How often a client looks for its message.
const LOOK: Duration = Duration::from_millis(2);

/// The ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Django,
    BetterAuth,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Django => "Django, Argon2id",
            Self::BetterAuth => "better-auth, Argon2id",
        }
    }
}

/// A running peer. It ends when it is dropped.
pub(crate) struct Peer {
    kind: Kind,
    folder: PathBuf,
    port: u16,
    server: Child,
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Its workers end with it.
        let ended = Command::new("kill").arg(self.server.id().to_string()).status();
        if ended.is_ok() {
            let _ = self.server.wait();
        }
    }
}

impl Peer {
    /// Creates so many people in a new database, and starts the peer. Django gets a worker for each processor.
    pub(crate) async fn start(kind: Kind, folder: &Path, accounts: usize) -> Self {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let (program, script) = match kind {
            Kind::Django => ("venv/bin/python", "django_app.py"),
            Kind::BetterAuth => ("node", "better_auth.mjs"),
        };
        for name in ["mails", "django.sqlite3", "better_auth.sqlite3"] {
            let path = folder.join(name);
            let _ = std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir_all(&path));
        }
        let command = |program: &str| {
            let program = if program == "node" { PathBuf::from(program) } else { folder.join(program) };
            let mut command = Command::new(program);
            command.current_dir(folder).env("PEER_FOLDER", folder).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let loaded = command(program).args([script, "load", &accounts.to_string()]).status().unwrap();
        assert!(loaded.success(), "{} cannot be loaded", kind.name());
        let workers = std::thread::available_parallelism().unwrap().to_string();
        let server = match kind {
            Kind::Django => command("venv/bin/gunicorn")
                .args(["--workers", &workers, "--bind", &format!("127.0.0.1:{port}"), "django_app:application"])
                .spawn(),
            Kind::BetterAuth => command("node").args([script, &port.to_string()]).spawn(),
        };
        let peer = Self { kind, folder: folder.to_owned(), port, server: server.unwrap() };
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < PATIENCE, "{} does not start", kind.name());
            tokio::time::sleep(LOOK).await;
        }
        peer
    }

    /// One person's reset. better-auth has no step of its own for checking what its message holds.
    pub(crate) async fn reset(&self, user: usize) -> Result<Times, String> {
        let to = mail(user);
        let path = self.folder.join("mails").join(&to);
        let _ = std::fs::remove_file(&path);
        let (begin, status) = match self.kind {
            Kind::Django => ("/begin", 202),
            Kind::BetterAuth => ("/api/auth/request-password-reset", 200),
        };
        let begun = self.post(begin, &json!({"email": to}), status).await?;
        let began = Instant::now();
        let message = loop {
            if let Ok(message) = std::fs::read_to_string(&path) {
                break message;
            }
            if began.elapsed() > PATIENCE {
                return Err("no message".to_owned());
            }
            tokio::time::sleep(LOOK).await;
        };
        let code = began.elapsed();
        match self.kind {
            Kind::Django => {
                let (uid, token) = message.trim().split_once(' ').unwrap();
                let verified = self.post("/verify", &json!({"uid": uid, "token": token}), 200).await?;
                let body = json!({"uid": uid, "token": token, "password": NEW_PASSWORD});
                let completed = self.post("/complete", &body, 204).await?;
                Ok([Some(begun), Some(code), Some(verified), Some(completed)])
            }
            Kind::BetterAuth => {
                let body = json!({"token": message, "newPassword": NEW_PASSWORD});
                let completed = self.post("/api/auth/reset-password", &body, 200).await?;
                Ok([Some(begun), Some(code), None, Some(completed)])
            }
        }
    }

    /// Memory of all its processes, in MiB.
    pub(crate) fn memory(&self) -> u64 {
        process::family(self.server.id()).into_iter().map(process::memory).sum()
    }

    async fn post(&self, path: &str, body: &Value, status: u16) -> Result<Duration, String> {
        send(Request::post(path, body), ([127, 0, 0, 1], self.port).into(), status).await.map(|(_, took)| took)
    }
}
