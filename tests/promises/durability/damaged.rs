//! A directory in which one byte has changed: the program refuses it and names the file, or works like before.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use local::Options;
use serde_json::json;

use super::process::Process;
use super::{Request, accepts, ask, codes, reply_to};
use crate::support::Service;
use crate::support::folder::Folder;
use crate::support::service::{NEW_PASSWORD, begin, complete, digits, verify};

const ADELE: (&str, &str, &str) = super::PEOPLE[0];
/// How many places of the table's file are tried, one after the other.
const PLACES: usize = 24;
/// Bytes at the beginning of the table's file that describe it all.
const HEADER: usize = 100;

/// What the damaged directory held before.
struct Before {
    files: BTreeMap<OsString, Vec<u8>>,
    /// A completed reset's id, code and token.
    spent: [String; 3],
    /// A live reset's id.
    live: String,
}

/// A directory with a completed reset and a live one, whose service has ended in order.
async fn before(directory: &Path) -> Before {
    let data = Some(directory.to_owned());
    let service = Service::with(&Options { data, sample: true, ..Options::default() }).await;
    let (begun, code) = service.begin_by_sms().await;
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    let live = service.begin("lena@contoso.example", "mobileSms", Some("+1 4255550101")).await.id;
    service.running.settled().await;
    service.running.stop().await;
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    let files = entries.map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap())).collect();
    Before { files, spent: [begun.id, code, token], live }
}

/// Starts the program on the directory with one byte changed. Returns whether it refused the directory.
async fn try_changed(directory: &Path, before: &Before, name: &str, place: usize, mask: u8) -> bool {
    restore(directory, before);
    let mut content = before.files[&OsString::from(name)].clone();
    content[place] ^= mask;
    fs::write(directory.join(name), content).unwrap();
    let what = format!("byte {place} of {name}, changed by {mask}");
    let Some(process) = Process::try_start(directory) else {
        let (status, out, error) = Process::fails(directory, &[]);
        assert_eq!((status, out.as_str()), (Some(1), ""), "{what}");
        let damaged = format!("error: --data: {name} is damaged: this program did not write its contents\n");
        // The engine finds what SQLite does not: a row of its own that it cannot read.
        let by_engine = name == "rekey.db" && error.starts_with("error: ") && !error.contains("panicked");
        assert!(error == damaged || by_engine, "{what}: {error}");
        return true;
    };
    let to = process.address();
    let bearer = Request::post("/_local/tokens", &json!({"permissions": ["Credentials.Check"]}));
    let bearer = reply_to(to, bearer, 200).await.text("accessToken");
    let [id, code, token] = &before.spent;
    let wrong = [
        verify(id, code),
        verify(&before.live, code),
        complete(id, token, "a password with a spent token"),
        complete(&before.live, token, "a password with another token"),
    ];
    for request in wrong {
        let reply = ask(to, request).await.unwrap_or_else(|| panic!("{what}: no response"));
        assert!([404, 422, 503].contains(&reply.status), "{what}: {}", reply.status);
    }
    for password in [ADELE.2, "a wrong password of a stranger"] {
        let body = json!({"userName": ADELE.0, "password": password});
        let check = Request::post("/v1/credentials/verifications", &body).bearer(&bearer);
        let reply = ask(to, check).await.unwrap_or_else(|| panic!("{what}: no response"));
        assert!([422, 503].contains(&reply.status), "{what}: {}", reply.status);
    }
    let (_, error) = process.kill();
    assert!(!error.contains("panicked"), "{what}: {error}");
    false
}

#[service_test]
async fn a_changed_byte_of_the_table_is_reported_or_accepts_nothing_wrong() {
    let directory = Folder::new("changed-table");
    let before = before(&directory).await;
    assert!(!before.files.contains_key(&OsString::from("rekey.db-wal")), "the table is all in one file");
    let size = before.files[&OsString::from("rekey.db")].len();
    let mut refused = 0;
    for number in 0..PLACES {
        // A third of the places are in the header, the others are spread over the file, its end included.
        let place = match number % 3 {
            0 => number * HEADER / PLACES,
            _ => (size - 1) * number / (PLACES - 1),
        };
        refused += usize::from(try_changed(&directory, &before, "rekey.db", place, 1 << (number % 8)).await);
    }
    assert!(refused > 0, "some of the changes are noticed");
}

#[service_test]
async fn a_page_of_the_table_that_is_overwritten_is_reported() {
    let directory = Folder::new("overwritten-table");
    let mut before = before(&directory).await;
    let table = before.files.get_mut(&OsString::from("rekey.db")).unwrap();
    // Every page after the first.
    table[4096..].fill(0x55);
    assert!(try_changed(&directory, &before, "rekey.db", 4096, 1).await, "a table of noise");
}

#[service_test]
async fn every_changed_key_is_reported() {
    let directory = Folder::new("changed-keys");
    let before = before(&directory).await;
    let keys = String::from_utf8(before.files[&OsString::from("keys.json")].clone()).unwrap();
    let mut places: Vec<usize> = Vec::new();
    for name in ["names", "phones", "codes", "idempotency", "subjects", "signing", "pepper", "check"] {
        let value = keys.find(&format!("\"{name}\": \"")).unwrap() + name.len() + 5;
        // The name, the key's first letter, and the quotation mark before it.
        places.extend([keys.find(&format!("{name}\"")).unwrap(), value, value - 1]);
    }
    for place in places.into_iter().chain([0, keys.len() - 1]) {
        // Another letter is another letter of base64, too.
        assert!(try_changed(&directory, &before, "keys.json", place, 1).await, "byte {place} is not noticed");
    }
    restore(&directory, &before);
    let process = Process::start(&directory, &[], &[]);
    let to = process.address();
    let bearer = Request::post("/_local/tokens", &json!({"permissions": ["Credentials.Check"]}));
    let bearer = reply_to(to, bearer, 200).await.text("accessToken");
    assert!(accepts(to, &bearer, ADELE.0, NEW_PASSWORD).await, "unchanged, it works");
    reply_to(to, begin(ADELE.0, "mobileSms", Some(ADELE.1)), 202).await;
    assert_eq!(codes(to, ADELE.1).await.unwrap().last().map(digits).map(|code| code.len()), Some(8));
    process.kill();
}

/// Makes the directory what it was before.
fn restore(directory: &Path, before: &Before) {
    fs::remove_dir_all(directory).unwrap();
    fs::create_dir(directory).unwrap();
    for (name, content) in &before.files {
        fs::write(directory.join(name), content).unwrap();
    }
}
