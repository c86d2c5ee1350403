//! A disk that is full: requests fail as a whole, and with room again everything confirmed is there.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::process::Process;
use super::{Request, accepts, ask, code, now, policy, reply_to};
use crate::support::folder::Folder;
use crate::support::service::{begin, complete, verify};

const ADELE: (&str, &str, &str) = super::PEOPLE[0];
/// How much room the files of the directory have beyond the size of the largest, in bytes.
const ROOM: u64 = 64 * 1024;
/// The most resets until the disk is full.
const MOST: usize = 200;
/// Responses that must say that the service is unavailable before the disk counts as full.
const FULL: usize = 6;

/// The size of the largest file of a directory.
fn largest(directory: &Path) -> u64 {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).max().unwrap()
}

#[service_test]
async fn a_full_disk_accepts_nothing_by_halves_and_loses_nothing() {
    let folder = Folder::new("full-disk");
    let (directory, policy) = (folder.join("data"), policy(&folder));
    let arguments = ["--policy", policy.to_str().unwrap()];
    Process::start(&directory, &arguments, &[]).kill();

    // No file may grow beyond this size. A write beyond it fails like one on a full disk.
    let process = Process::start_limited(&directory, &arguments, largest(&directory) + ROOM);
    let mut to = process.address();
    let check = Request::post("/_local/tokens", &json!({"permissions": ["Credentials.Check"]}));
    let bearer = reply_to(to, check, 200).await.text("accessToken");
    let (name, phone, mut password) = (ADELE.0, ADELE.1, ADELE.2.to_owned());
    let (mut unavailable, mut confirmed, mut granted) = (0, Vec::new(), None);
    // The last password that was asked for without a response other than 503.
    let mut asked = None;
    for number in 0..MOST {
        let reply = ask(to, begin(name, "mobileSms", Some(phone))).await.expect("a response");
        if reply.status == 503 {
            reply.problem(503, "unavailable");
            unavailable += 1;
            if unavailable == FULL {
                break;
            }
            continue;
        }
        let (id, reference) = (reply.clone().expect(202).text("resetId"), reply.text("reference"));
        confirmed.push((id.clone(), reference.clone()));
        // Without room, the message may have to wait.
        let Some(code) = code(to, phone, &reference, 0).await else { continue };
        let reply = ask(to, verify(&id, &code)).await.expect("a response");
        assert!([200, 503].contains(&reply.status), "{}", reply.status);
        if reply.status != 200 {
            continue;
        }
        let token = reply.text("resetToken");
        // The policy allows five completions a day.
        if number >= 3 {
            granted = Some((id, token));
            continue;
        }
        let next = format!("a full disk, sentence {number}");
        let reply = ask(to, complete(&id, &token, &next)).await.expect("a response");
        match reply.status {
            204 => (password, asked) = (next, None),
            503 => asked = Some(next),
            other => panic!("{other}: {}", reply.json()),
        }
    }
    assert_eq!(unavailable, FULL, "the disk becomes full");
    assert!(!confirmed.is_empty(), "something is confirmed before");
    let (_, error) = process.kill();
    assert!(!error.contains("panicked"), "{error}");

    let process = Process::start(&directory, &arguments, &[]);
    to = process.address();
    let is_old = accepts(to, &bearer, name, &password).await;
    let is_new = match &asked {
        Some(asked) => accepts(to, &bearer, name, asked).await,
        None => false,
    };
    assert!(is_old != is_new, "one password: {is_old}, {is_new}");
    if let Some((id, token)) = granted {
        reply_to(to, complete(&id, &token, "a token from before the disk was full"), 204).await;
    }
    // The worker may have held the last job's lease.
    now(to, 31).await;
    for (id, reference) in &confirmed {
        assert!(code(to, phone, reference, 0).await.is_some(), "the message of a confirmed reset never came: {id}");
    }
    let begun = reply_to(to, begin(name, "mobileSms", Some(phone)), 202).await;
    let sent = code(to, phone, &begun.text("reference"), confirmed.len()).await.expect("a message");
    reply_to(to, verify(&begun.text("resetId"), &sent), 200).await;
    process.kill();
}
