//! The real program on a directory: everything that it has confirmed survives a kill.

mod damaged;
mod full_disk;
mod loading;
pub(crate) mod process;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::client::{Reply, Request, try_send};
use crate::support::folder::Folder;
use crate::support::service::{begin, complete, digits, verify};
use process::Process;

/// People of the sample directory: name, phone, and the password that they are loaded with.
const PEOPLE: [(&str, &str, &str); 4] = [
    ("adele@contoso.example", "+1 4255550100", "adele-old-password-2026"),
    ("lena@contoso.example", "+1 4255550101", "lena-old-password-2026"),
    ("camille@contoso.example", "+1 4255550102", "camille-old-password-2026"),
    ("mateo@contoso.example", "+1 4255550103", "mateo-old-password-2026"),
];
/// When the program is killed in each round, in milliseconds after the work begins. A last round runs as long as it
/// needs.
const MOMENTS: [u64; 6] = [5, 40, 110, 220, 400, 700];
/// How long the last round may take, and how often its progress is checked.
const PATIENCE: Duration = Duration::from_secs(30);
const GLANCE: Duration = Duration::from_millis(5);
const DAY: u64 = 86_400;

/// How far a person's reset got, according to the responses.
#[derive(Debug, Clone)]
enum Step {
    Begun { id: String, reference: String, before: usize },
    Verified { id: String, token: String },
}

/// What a client knows about a person.
#[derive(Debug, Clone, Default)]
struct Acknowledged {
    /// Passwords that must not be accepted any more.
    old: Vec<String>,
    /// The password set by the last 204, or the initial one.
    password: String,
    /// The step that the last response confirmed, unless it was a 204.
    step: Option<Step>,
    /// The request without a response: `verify`, or the password that was to be set.
    asked: Option<String>,
}

type Notes = Arc<Mutex<BTreeMap<&'static str, Acknowledged>>>;

async fn ask(to: SocketAddr, request: Request) -> Option<Reply> {
    try_send(&request, to).await
}

async fn reply_to(to: SocketAddr, request: Request, status: u16) -> Reply {
    ask(to, request).await.expect("an answer").expect(status)
}

/// Messages with a code to a phone, oldest first.
async fn codes(to: SocketAddr, phone: &str) -> Option<Vec<Value>> {
    let target = format!("/_local/outbox?to={}", phone.replace(' ', "").replace('+', "%2B"));
    let messages = ask(to, Request::get(&target)).await?.json();
    Some(messages.as_array()?.iter().filter(|message| message["reference"] != "").cloned().collect())
}

/// The code with a reference. References repeat now and then, so the `before` messages from before the reset are
/// skipped.
async fn code(to: SocketAddr, phone: &str, reference: &str, before: usize) -> Option<String> {
    let messages = codes(to, phone).await?;
    messages.iter().skip(before).rfind(|message| message["reference"] == reference).map(digits)
}

/// Takes a person through up to five resets, until no response arrives any more.
async fn work(to: SocketAddr, round: usize, who: (&'static str, &'static str), notes: Notes) -> Option<()> {
    let (name, phone) = who;
    let note = |change: &dyn Fn(&mut Acknowledged)| change(notes.lock().unwrap().get_mut(name).unwrap());
    for turn in 0..5 {
        let before = codes(to, phone).await?.len();
        let reply = ask(to, begin(name, "mobileSms", Some(phone))).await?.expect(202);
        let (id, reference) = (reply.text("resetId"), reply.text("reference"));
        note(&|acknowledged| {
            acknowledged.step = Some(Step::Begun { id: id.clone(), reference: reference.clone(), before });
        });
        let code = code(to, phone, &reference, before).await?;
        note(&|acknowledged| acknowledged.asked = Some("verify".to_owned()));
        let reply = ask(to, verify(&id, &code)).await?.expect(200);
        let token = reply.text("resetToken");
        let password = format!("round {round} and turn {turn}, a sentence");
        note(&|acknowledged| {
            acknowledged.step = Some(Step::Verified { id: id.clone(), token: token.clone() });
            acknowledged.asked = Some(password.clone());
        });
        ask(to, complete(&id, &token, &password)).await?.expect(204);
        note(&|acknowledged| {
            let former = std::mem::replace(&mut acknowledged.password, password.clone());
            acknowledged.old.push(former);
            acknowledged.step = None;
            acknowledged.asked = None;
        });
    }
    Some(())
}

async fn accepts(to: SocketAddr, bearer: &str, name: &str, password: &str) -> bool {
    let body = json!({"userName": name, "password": password});
    let reply = ask(to, Request::post("/v1/credentials/verifications", &body).bearer(bearer)).await.expect("an answer");
    assert!([200, 422].contains(&reply.status), "{}", reply.json());
    reply.status == 200
}

/// Compares the state after a restart with the responses before it, and continues from there.
async fn hold(to: SocketAddr, bearer: &str, name: &'static str, phone: &str, acknowledged: &mut Acknowledged) {
    let mut set = accepts(to, bearer, name, &acknowledged.password).await;
    if !set {
        // A request without a response may have taken effect. Then the new password is set, and completely.
        let asked = acknowledged.asked.clone().unwrap_or_else(|| panic!("{name}: the password of a 204 is refused"));
        set = accepts(to, bearer, name, &asked).await;
        assert!(set, "{name}: neither the old nor the new password is accepted");
        acknowledged.old.push(std::mem::replace(&mut acknowledged.password, asked));
        acknowledged.step = None;
    }
    for old in acknowledged.old.iter().rev().take(2) {
        assert!(!accepts(to, bearer, name, old).await, "{name}: an old password is accepted");
    }
    let password = format!("behind the kill, sentence {}", acknowledged.old.len());
    let (id, token) = match acknowledged.step.take() {
        None => return,
        Some(Step::Verified { id, token }) => (id, token),
        Some(Step::Begun { id, reference, before }) => {
            let mut found = code(to, phone, &reference, before).await;
            if found.is_none() {
                // The killed worker held a lease on the delivery. It must end first.
                reply_to(to, Request::post("/_local/clock", &json!({"advanceSeconds": 31})), 200).await;
                found = code(to, phone, &reference, before).await;
            }
            let code = found.unwrap_or_else(|| panic!("{name}: the message of a 202 never came"));
            let reply = ask(to, verify(&id, &code)).await.expect("an answer");
            if reply.status == 422 && acknowledged.asked.take().is_some() {
                // The verification without a response had already used the code.
                return;
            }
            let reply = reply.expect(200);
            (id, reply.text("resetToken"))
        }
    };
    reply_to(to, complete(&id, &token, &password), 204).await;
    assert!(accepts(to, bearer, name, &password).await);
    acknowledged.old.push(std::mem::replace(&mut acknowledged.password, password));
    acknowledged.asked = None;
    assert!(!accepts(to, bearer, name, acknowledged.old.last().unwrap()).await);
}

async fn now(to: SocketAddr, advance: u64) -> String {
    reply_to(to, Request::post("/_local/clock", &json!({"advanceSeconds": advance})), 200).await.text("now")
}

/// A policy under which only the limit of five completions a day stops anybody.
fn policy(folder: &Path) -> PathBuf {
    let policy = json!({
        "sends": [{"count": 100, "seconds": 3600}], "guessesPerDay": 100, "guessesPer30Days": 100,
        "dailySpendCapUsd": "1000.00", "beginsPerSource": {"count": 100_000}, "beginsPerSourceAndName": {"count": 100_000},
    });
    std::fs::create_dir_all(folder).unwrap();
    let path = folder.join("policy.json");
    std::fs::write(&path, policy.to_string()).unwrap();
    path
}

/// How often each person's password was changed.
fn changes(notes: &Notes) -> Vec<usize> {
    notes.lock().unwrap().values().map(|acknowledged| acknowledged.old.len()).collect()
}

/// Waits, on a machine of any speed, until everybody has changed their password once more and somebody is in the middle
/// of the next reset.
async fn got_far(notes: &Notes, before: &[usize]) {
    let far = async {
        while changes(notes).iter().zip(before).any(|(now, before)| now <= before)
            || notes.lock().unwrap().values().all(|acknowledged| acknowledged.step.is_none())
        {
            tokio::time::sleep(GLANCE).await;
        }
    };
    tokio::time::timeout(PATIENCE, far).await.expect("everybody's password is changed");
}

#[service_test]
async fn everything_confirmed_survives_a_kill_at_any_moment() {
    let folder = Folder::new("killed");
    let (directory, policy) = (folder.join("data"), policy(&folder));
    let mut process = Process::start(&directory, &["--policy", policy.to_str().unwrap()], &[]);
    let first = |(name, _, password): (&'static str, _, &str)| {
        (name, Acknowledged { password: password.to_owned(), ..Acknowledged::default() })
    };
    let notes: Notes = Arc::new(Mutex::new(PEOPLE.into_iter().map(first).collect()));
    let mut counted = [0; 3];
    for (round, moment) in MOMENTS.into_iter().map(Some).chain([None]).enumerate() {
        let to = process.address();
        let before = now(to, DAY).await;
        let token =
            reply_to(to, Request::post("/_local/tokens", &json!({"permissions": ["Credentials.Check"]})), 200).await;
        let bearer = token.text("accessToken");
        let changes = changes(&notes);
        let workers: Vec<_> =
            PEOPLE.map(|(name, phone, _)| tokio::spawn(work(to, round, (name, phone), notes.clone()))).into();
        match moment {
            // This test is about the moment of the kill, so it waits in real time. Any moment is valid.
            Some(moment) => tokio::time::sleep(Duration::from_millis(moment)).await,
            None => got_far(&notes, &changes).await,
        }
        process.kill();
        for worker in workers {
            worker.await.ok();
        }

        process = Process::start(&directory, &["--policy", policy.to_str().unwrap()], &[]);
        let to = process.address();
        let after = now(to, 0).await;
        assert!(after >= before, "the clock went back from {before} to {after}");
        for (name, phone, _) in PEOPLE {
            let mut acknowledged = notes.lock().unwrap()[name].clone();
            match &acknowledged.step {
                None => counted[0] += 1,
                Some(Step::Begun { .. }) => counted[1] += 1,
                Some(Step::Verified { .. }) => counted[2] += 1,
            }
            hold(to, &bearer, name, phone, &mut acknowledged).await;
            acknowledged.asked = None;
            notes.lock().unwrap().insert(name, acknowledged);
        }
    }
    process.kill();
    let notes = notes.lock().unwrap();
    assert!(
        notes.values().all(|acknowledged| !acknowledged.old.is_empty()),
        "everybody's password was changed: {counted:?}"
    );
    assert!(counted[1] + counted[2] > 0, "at least one reset was under way: {counted:?}");
}

/// Kills the program right after the response, in every state in turn.
#[service_test]
async fn each_response_holds_if_the_program_is_killed_right_after_it() {
    let directory = Folder::new("killed-behind");
    let (name, phone, old) = PEOPLE[0];
    let process = Process::start(&directory, &[], &[]);
    let mut to = process.address();
    let tokens = Request::post("/_local/tokens", &json!({"permissions": ["Credentials.Check"]}));
    let bearer = reply_to(to, tokens, 200).await.text("accessToken");
    assert!(accepts(to, &bearer, name, old).await);
    let begun = reply_to(to, begin(name, "mobileSms", Some(phone)), 202).await;
    let (id, reference) = (begun.text("resetId"), begun.text("reference"));

    let again = |process: Process| {
        process.kill();
        Process::start(&directory, &[], &[])
    };
    let process = again(process);
    to = process.address();
    let mut found = code(to, phone, &reference, 0).await;
    if found.is_none() {
        now(to, 31).await;
        found = code(to, phone, &reference, 0).await;
    }
    let code = found.expect("the message of a 202");
    let key = "0123456789abcdef-durability";
    let verified = reply_to(to, verify(&id, &code).key(key), 200).await;
    let token = verified.text("resetToken");

    let process = again(process);
    to = process.address();
    let replayed = reply_to(to, verify(&id, &code).key(key), 200).await;
    assert_eq!(replayed.json(), verified.json(), "the same key returns the same response");
    reply_to(to, verify(&id, &code), 422).await.problem(422, "code-rejected");
    let password = "walrus plays the accordion";
    reply_to(to, complete(&id, &token, password).key(key), 204).await;

    let process = again(process);
    to = process.address();
    reply_to(to, complete(&id, &token, password).key(key), 204).await;
    reply_to(to, complete(&id, &token, password), 422).await.problem(422, "token-rejected");
    assert!(accepts(to, &bearer, name, password).await);
    assert!(!accepts(to, &bearer, name, old).await, "the old password works, as if the sample were loaded again");
    let text = std::fs::read_to_string(directory.join("keys.json")).unwrap();
    let process = again(process);
    assert_eq!(std::fs::read_to_string(directory.join("keys.json")).unwrap(), text, "keys are drawn once");
    let to = process.address();
    assert_eq!(codes(to, phone).await.unwrap().len(), 1, "one code was sent in total");
    // A message that was going out at a kill goes out again, at most at two kills. It is never lost, and nothing else
    // is sent.
    for target in ["/_local/outbox?to=adele.vance@example.org", "/_local/events"] {
        let list = reply_to(to, Request::get(target), 200).await.json();
        let mut list = list.as_array().unwrap().clone();
        list.iter_mut().for_each(|one| one["sentAt"] = Value::Null);
        assert!((1..=3).contains(&list.len()) && list.iter().all(|one| *one == list[0]), "{target}: {list:?}");
    }
    process.kill();
}

#[service_test]
async fn the_first_line_is_the_address_and_nothing_else_is_on_standard_output() {
    let directory = Folder::new("first-line");
    let process = Process::start(&directory, &[], &[]);
    let to = process.address();
    assert_eq!(process.first_line(), format!("listening on http://{to}"));
    assert_eq!(to.ip().to_string(), "127.0.0.1");
    reply_to(to, begin("adele@contoso.example", "email", None), 202).await;
    reply_to(to, Request::get("/_local/outbox"), 200).await;
    let (out, error) = process.kill();
    assert_eq!(out, format!("listening on http://{to}\n"));
    assert!(error.contains("users: 8 loaded"), "{error}");
    // A person at the terminal sees this in readable lines.
    for line in ["POST /v1/resets 202 ", "email to a***@***, reference ", "GET /_local/outbox 200 "] {
        assert!(error.contains(line), "{line}: {error}");
    }
}

/// Two programs on one directory would each undo what the other does.
#[service_test]
async fn only_one_program_uses_a_directory_and_a_kill_frees_it() {
    let directory = Folder::new("one-at-a-time");
    let process = Process::start(&directory, &[], &[]);
    let (name, phone, _) = PEOPLE[0];
    let begun = reply_to(process.address(), begin(name, "mobileSms", Some(phone)), 202).await;
    let code = code(process.address(), phone, &begun.text("reference"), 0).await.expect("a message");
    let files = || {
        let read = |name: &str| std::fs::read(directory.join(name)).unwrap();
        ["keys.json", "outbox.jsonl", "directory"].map(read)
    };
    let before = files();
    let (status, out, error) = Process::fails(&directory, &[]);
    assert_eq!((status, out.as_str()), (Some(1), ""));
    assert_eq!(error, "error: --data: another local service uses this directory\n");
    assert!(files() == before, "the second program changes nothing");
    reply_to(process.address(), verify(&begun.text("resetId"), &code), 200).await;
    process.kill();
    let process = Process::start(&directory, &[], &[]);
    reply_to(process.address(), begin("adele@contoso.example", "email", None), 202).await;
    process.kill();
}
