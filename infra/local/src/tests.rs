use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use shared::ports::messenger::Dispatch;
use shared::time::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

struct Got {
    status: u16,
    head: String,
    body: String,
}

/// Sends raw bytes, and reads until the service closes the connection.
async fn raw(running: &Running, request: &[u8]) -> Got {
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Got { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

async fn ask(running: &Running, line: &str, headers: &str, body: &str) -> Got {
    let host = running.address;
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n{headers}\r\n{body}"
    );
    raw(running, request.as_bytes()).await
}

async fn begin(running: &Running) -> Value {
    let body = json!({"userName": "adele@contoso.example", "method": "email"}).to_string();
    let got = ask(running, "POST /v1/resets", "", &body).await;
    assert_eq!(got.status, 202, "{}", got.body);
    serde_json::from_str(&got.body).unwrap()
}

fn with_sample() -> Options {
    Options { sample: true, ..Options::default() }
}

/// A directory for one test, removed when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rekey-local-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn options(&self) -> Options {
        Options { data: Some(self.0.clone()), ..with_sample() }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn two_services_in_one_process_share_nothing() {
    let (one, two) = (start(&with_sample()).await.unwrap(), start(&with_sample()).await.unwrap());
    let begun = begin(&one).await;
    one.settled().await;
    let messages = one.outbox.messages(Some("adele.vance@example.org"));
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].reference, begun["reference"]);
    assert!(two.outbox.messages(None).is_empty());
    assert!(one.counts()["begin-reset"] >= 1 && one.counts()["deliver-code"] >= 1);
    assert_eq!(two.counts()["begin-reset"], 0);
    let before = two.clock.now();
    one.advance(86_400).await.unwrap();
    assert!(one.clock.now() >= before.plus(86_400) && two.clock.now() < before.plus(86_400));
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn a_provider_that_takes_nothing_now_is_asked_again() {
    let running = start(&with_sample()).await.unwrap();
    running.outbox.answer_next(vec![Dispatch::TryAgain]);
    begin(&running).await;
    running.settled().await;
    assert_eq!(running.outbox.messages(None).len(), 1);
    running.stop().await;
}

async fn resets(running: &Running) -> i32 {
    let scan = running.client.scan().table_name(running.table).filter_expression("begins_with(pk, :reset)");
    let reset = aws_sdk_dynamodb::types::AttributeValue::S("RESET#".to_owned());
    scan.expression_attribute_values(":reset", reset).send().await.unwrap().count
}

#[tokio::test]
async fn expired_rows_are_deleted_as_the_clock_is_advanced() {
    let running = start(&with_sample()).await.unwrap();
    begin(&running).await;
    assert_eq!(resets(&running).await, 1);
    running.advance(3_600).await.unwrap();
    assert_eq!(resets(&running).await, 1, "nothing is deleted while a slow clock still needs it");
    running.advance(2 * 86_400).await.unwrap();
    assert_eq!(resets(&running).await, 0);
    running.stop().await;
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let scratch = Scratch::new("restart");
    let first = start(&scratch.options()).await.unwrap();
    assert!(first.report.as_deref().unwrap().starts_with("users: 8 loaded"));
    assert!(matches!(start(&scratch.options()).await.err(), Some(StartError::DataInUse)));
    begin(&first).await;
    first.advance(3_600).await.unwrap();
    let (now, messages) = (first.clock.now(), first.outbox.messages(None));
    let token = first.issuer.application_token(&["User.Read.All".to_owned()]).unwrap();
    assert_eq!(messages.len(), 1);
    first.stop().await;

    let second = start(&scratch.options()).await.unwrap();
    assert_eq!(second.report, None, "the sample is for a new directory");
    second.settled().await;
    assert!(second.clock.now() >= now);
    assert!(second.outbox.messages(None) == messages, "nothing is lost, and nothing is sent twice");
    let authorization = format!("Authorization: Bearer {token}\r\n");
    assert_eq!(ask(&second, "GET /graph/v1.0/users/adele@contoso.example", &authorization, "").await.status, 200);
    second.stop().await;
}

/// Every file of a directory, with its content.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[tokio::test]
async fn a_directory_without_its_keys_is_refused_and_left_as_it_is() {
    let scratch = Scratch::new("keyless");
    let running = start(&scratch.options()).await.unwrap();
    begin(&running).await;
    // What a kill would leave, with the database's log.
    let mut left = files(&scratch.0);
    running.stop().await;
    files(&scratch.0).keys().for_each(|path| fs::remove_file(path).unwrap());
    left.retain(|path, _| !path.ends_with("keys.json") && !path.ends_with("rekey.db-shm"));
    assert!(left.iter().any(|(path, content)| path.ends_with("rekey.db-wal") && !content.is_empty()));
    left.iter().for_each(|(path, content)| fs::write(path, content).unwrap());

    assert!(matches!(start(&scratch.options()).await.err(), Some(StartError::KeysLost)));
    let mut after = files(&scratch.0);
    // The log's index, which SQLite makes anew whenever it reads.
    after.retain(|path, _| !path.ends_with("rekey.db-shm"));
    assert_eq!(after, left);
}

#[tokio::test]
async fn a_directory_without_its_table_is_refused_and_left_as_it_is() {
    let scratch = Scratch::new("tableless");
    let running = start(&scratch.options()).await.unwrap();
    begin(&running).await;
    running.stop().await;
    for name in ["rekey.db", "rekey.db-wal", "rekey.db-shm"] {
        let _ = fs::remove_file(scratch.0.join(name));
    }
    let missing = files(&scratch.0);
    fs::write(scratch.0.join("rekey.db"), "").unwrap();
    let empty = files(&scratch.0);
    fs::remove_file(scratch.0.join("rekey.db")).unwrap();
    for before in [&missing, &empty] {
        before.iter().for_each(|(path, content)| fs::write(path, content).unwrap());
        assert_eq!(
            start(&scratch.options()).await.err().map(|error| error.to_string()).as_deref(),
            Some(
                "--data: keys.json exists, but rekey.db, the table that was written under its keys, is missing or empty: \
                 restore rekey.db, or remove keys.json and all other files of the directory to begin anew"
            )
        );
        assert_eq!(files(&scratch.0), *before);
    }
    for path in empty.keys() {
        fs::remove_file(path).unwrap();
    }
    let running = start(&scratch.options()).await.unwrap();
    assert!(running.report.as_deref().unwrap().starts_with("users: 8 loaded"));
    running.stop().await;
}

/// A process can be killed at any moment of its first start.
#[tokio::test]
async fn a_first_start_that_was_killed_is_no_lost_file() {
    let scratch = Scratch::new("killed");
    for left in [&["rekey.db"][..], &["rekey.db without content"], &["rekey.db", "keys.json"]] {
        fs::create_dir(&scratch.0).unwrap();
        let data = Data::open(&scratch.0).unwrap();
        // A start that was killed while it wrote the file.
        fs::write(scratch.0.join("rekey.db.new"), "not finished").unwrap();
        Keys::open(Some(&data), &SystemRandom).await.map(drop).unwrap();
        drop(data);
        let table = scratch.0.join("rekey.db");
        let tables = "SELECT count(*) FROM sqlite_master WHERE name = 'rekey'";
        let alone = rusqlite::Connection::open_with_flags(&table, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        assert_eq!(alone.query_row(tables, [], |row| row.get::<_, u64>(0)), Ok(1), "keys never stand beside no table");
        drop(alone);
        if !left.contains(&"keys.json") {
            fs::remove_file(scratch.0.join("keys.json")).unwrap();
        }
        if !left.contains(&"rekey.db") {
            fs::write(scratch.0.join("rekey.db"), "").unwrap();
        }
        let running = start(&scratch.options()).await.unwrap();
        assert!(running.report.as_deref().unwrap().starts_with("users: 8 loaded"));
        running.stop().await;
        fs::remove_dir_all(&scratch.0).unwrap();
    }
}

#[tokio::test]
async fn every_file_of_a_directory_is_its_owners_only_whatever_the_directory_was() {
    let scratch = Scratch::new("modes");
    fs::create_dir(&scratch.0).unwrap();
    fs::set_permissions(&scratch.0, fs::Permissions::from_mode(0o755)).unwrap();
    let mode = |name: &str| fs::metadata(scratch.0.join(name)).unwrap().permissions().mode() & 0o777;
    let running = start(&scratch.options()).await.unwrap();
    begin(&running).await;
    for name in ["rekey.db", "rekey.db-wal", "rekey.db-shm", "keys.json", "outbox.jsonl", "events.jsonl"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    running.advance(1).await.unwrap();
    for entry in fs::read_dir(&scratch.0).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert_eq!(mode(&name), 0o600, "{name}");
    }
    running.stop().await;
    // A database that another program made, or an earlier release.
    fs::set_permissions(scratch.0.join("rekey.db"), fs::Permissions::from_mode(0o644)).unwrap();
    let running = start(&scratch.options()).await.unwrap();
    begin(&running).await;
    for name in ["rekey.db", "rekey.db-wal", "rekey.db-shm"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_file_that_was_loaded_before_is_not_loaded_again() {
    let scratch = Scratch::new("again");
    let file = std::env::temp_dir().join(format!("rekey-local-again-{}.csv", std::process::id()));
    let options = Options { users: Some(file.clone()), ..scratch.options() };
    fs::write(&file, "userPrincipalName,mobile\nbob@contoso.example,+1 900 555 0100\n").unwrap();
    let running = start(&options).await.unwrap();
    let report = running.report.clone().unwrap();
    assert!(report.starts_with("users: 1 loaded, 0 updated, 0 unchanged, 0 entries skipped, 1 rejected\n"), "{report}");
    assert!(report.contains("  line 2: mobile: "), "{report}");
    assert!(!report.contains("900"), "no value is printed");
    running.stop().await;
    let running = start(&options).await.unwrap();
    assert_eq!(running.report.as_deref(), Some("users: this file was loaded before, and is not loaded again\n"));
    running.stop().await;
    fs::write(&file, "userPrincipalName,mobile\nbob@contoso.example,\neve@contoso.example,\n").unwrap();
    let running = start(&options).await.unwrap();
    assert!(running.report.as_deref().unwrap().starts_with("users: 1 loaded"));
    running.stop().await;
    fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn the_gateway_refuses_before_any_function() {
    let options = Options { allow_origins: vec!["https://app.example".to_owned()], ..Options::default() };
    let running = start(&options).await.unwrap();
    let host = running.address;

    let bad = raw(&running, b"GET /v1/resets HTTP/1.1\r\nHost: a:99999\r\nConnection: close\r\n\r\n").await;
    assert_eq!((bad.status, bad.body.contains("\"malformed\"")), (400, true));

    let large = vec![b' '; crate::gateway::body::MAX_BYTES + 1];
    let head = format!("POST /v1/resets HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n", large.len());
    let refused = raw(&running, &[head.as_bytes(), &large].concat()).await;
    assert_eq!((refused.status, refused.body.contains("\"too-large\"")), (413, true));

    let unknown = ask(&running, "GET /nothing", "", "").await;
    assert_eq!((unknown.status, unknown.body.contains("\"not-found\"")), (404, true));
    assert!(
        unknown.head.contains("cache-control: no-store") && unknown.head.contains("x-content-type-options: nosniff")
    );

    let asked = "Origin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n";
    let preflight = ask(&running, "OPTIONS /v1/resets", asked, "").await;
    assert_eq!(preflight.status, 204);
    assert!(preflight.head.contains("access-control-allow-origin: https://app.example"));
    assert!(preflight.head.contains("access-control-allow-headers: authorization,content-type,idempotency-key"));
    let other = ask(&running, "OPTIONS /v1/resets", &asked.replace("app", "other"), "").await;
    assert_eq!(other.status, 405);
    assert!(!other.head.contains("access-control") && other.head.contains("allow: post"));

    let answering: Vec<&str> = crate::gateway::routes::ROUTES.iter().map(|route| route.function.as_str()).collect();
    let asked = running.counts().into_iter().filter(|(name, count)| answering.contains(name) && *count > 0);
    assert_eq!(asked.collect::<Vec<_>>(), [], "the table was asked nothing");
    running.stop().await;
}

#[tokio::test]
async fn the_routes_of_this_machine_answer_no_web_page() {
    let running = start(&Options::default()).await.unwrap();
    assert_eq!(ask(&running, "GET /_local/outbox", "", "").await.body, "[]");
    assert_eq!(ask(&running, "GET /_local/outbox", "Origin: http://evil.example\r\n", "").await.status, 403);
    for host in ["evil.example", "127.0.0.1", "127.0.0.2:80"] {
        let request = format!("GET /_local/outbox HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(raw(&running, request.as_bytes()).await.status, 403, "{host}");
    }
    let port = running.address.port();
    let named = format!("GET /_local/outbox HTTP/1.1\r\nHost: LocalHost:{port}\r\nConnection: close\r\n\r\n");
    assert_eq!(raw(&running, named.as_bytes()).await.status, 200);
    let elsewhere = format!(
        "GET http://evil.example/_local/outbox HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(raw(&running, elsewhere.as_bytes()).await.status, 403);
    for (body, status) in [
        (r#"{"advanceSeconds":0}"#, 200),
        (r#"{"advanceSeconds":-1}"#, 400),
        (r#"{"advanceSeconds":1.5}"#, 400),
        (r#"{"advanceSeconds":99999999999}"#, 400),
        (r#"{"advanceSeconds":1,"x":1}"#, 400),
        (r#"{}"#, 400),
    ] {
        assert_eq!(ask(&running, "POST /_local/clock", "", body).await.status, status, "{body}");
    }
    for (body, status) in [
        (r#"{"userName":"adele@contoso.example"}"#, 200),
        (r#"{"permissions":[]}"#, 200),
        (r#"{"userName":"adele@contoso.example","permissions":["User.Read.All"]}"#, 200),
        (r#"{"userName":"adele@contoso.example","permissions":["Nope"]}"#, 400),
        (r#"{"permissions":["user.read.all"]}"#, 400),
        (r#"{"userName":"nobody"}"#, 400),
        (r#"{}"#, 400),
    ] {
        assert_eq!(ask(&running, "POST /_local/tokens", "", body).await.status, status, "{body}");
    }
    assert_eq!(ask(&running, "PUT /_local/outbox", "", "").await.status, 405);
    assert_eq!(ask(&running, "GET /_local/nothing", "", "").await.status, 404);
    running.stop().await;
}
