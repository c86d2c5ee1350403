//! The program while it loads a directory: it refuses clients, and ends when it is told to.

use std::fmt::Write;
use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::process::{Process, command, spawned};
use super::{Duration, code, reply_to};
use crate::support::client::Request;
use crate::support::folder::Folder;
use crate::support::service::{begin, verify};

/// So many that loading them takes far longer than the test waits between two glances.
const PEOPLE: usize = 5_000;
const PATIENCE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(20);

/// A process that ends with its test.
struct Loading(Child);

impl Drop for Loading {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn export(people: usize) -> String {
    let mut text = "userPrincipalName,mobile\n".to_owned();
    for number in 0..people {
        writeln!(text, "user{number}@contoso.example,+1 425555{:04}", number % 10_000).unwrap();
    }
    text
}

#[service_test]
async fn a_program_that_is_still_loading_refuses_clients_and_ends_when_it_is_told_to() {
    let directory = Folder::new("loading");
    fs::create_dir_all(&*directory).unwrap();
    let (many, one) = (directory.join("many.csv"), directory.join("one.csv"));
    fs::write(&many, export(PEOPLE)).unwrap();
    fs::write(&one, export(1)).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let data = directory.join("data");
    let mut loading = Command::new(command(&data).get_program());
    loading.args(["--port", &port.to_string(), "--data"]).arg(&data).arg("--users").arg(&many);
    let loading = loading.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut loading = Loading(spawned(loading));
    // The log beside the table grows with the first people.
    let log = data.join("rekey.db-wal");
    let begun = async {
        while fs::metadata(&log).map_or(0, |log| log.len()) < 1_000_000 {
            sleep(GLANCE).await;
        }
    };
    timeout(PATIENCE, begun).await.expect("it begins to load");
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "it listens before everything is loaded");

    assert!(Command::new("kill").arg(loading.0.id().to_string()).status().unwrap().success());
    let ended = async {
        loop {
            match loading.0.try_wait().unwrap() {
                Some(status) => break status,
                None => sleep(GLANCE).await,
            }
        }
    };
    let status = timeout(PATIENCE, ended).await.expect("it ends");
    assert_eq!(status.code(), Some(0));
    let mut out = String::new();
    loading.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(out, "", "it never listened");

    // The next start goes on from there, and delivers.
    let process = Process::start(&data, &["--users", &one.to_string_lossy()], &[]);
    let to = process.address();
    let phone = "+1 4255550000";
    let begun = reply_to(to, begin("user0@contoso.example", "mobileSms", Some(phone)), 202).await;
    let code = code(to, phone, &begun.text("reference"), 0).await.expect("a message");
    reply_to(to, verify(&begun.text("resetId"), &code), 200).await;
    reply_to(to, Request::get("/_local/outbox"), 200).await;
    let (_, error) = process.kill();
    assert!(error.contains("users: ") && error.contains(", 0 rejected"), "{error}");
}
