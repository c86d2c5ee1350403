//! Everything that the table holds after all kinds of work.

use aws_sdk_dynamodb::types::AttributeValue;
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use serde_json::json;
use sha2::{Digest, Sha256, Sha512};

use super::Secrets;
use crate::support::client::Request;
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, Service, begin, complete, digits, long_code, verify};

const ADELE: &str = "adele@contoso.example";
const KEY: &str = "an-idempotency-key-that-nobody-guesses";

/// A value as text without moments, in seconds or milliseconds: eight of their digits could equal a code by chance.
fn timeless(value: &AttributeValue) -> String {
    match value {
        AttributeValue::N(number) if matches!(number.len(), 10 | 13) => "a moment".to_owned(),
        AttributeValue::L(list) => format!("[{}]", list.iter().map(timeless).collect::<Vec<_>>().join(", ")),
        AttributeValue::M(map) => {
            let members = map.iter().map(|(name, value)| format!("{name} = {}", timeless(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}

/// Every item as text. Bytes appear as they are, in hexadecimal and in base64.
async fn dump(service: &Service) -> String {
    let page = service.running.client.scan().table_name(service.running.table).send().await.unwrap();
    assert!(page.last_evaluated_key.is_none(), "one page holds it all");
    let mut text = String::new();
    for item in page.items.unwrap_or_default() {
        let mut names: Vec<_> = item.iter().collect();
        names.sort_by_key(|(name, _)| (*name).clone());
        for (name, value) in names {
            text += &format!("{name} = {}\n", timeless(value));
            if let Ok(blob) = value.as_b() {
                let bytes = blob.as_ref();
                text += &format!(
                    "{}\n{}\n{}\n",
                    String::from_utf8_lossy(bytes),
                    HEXLOWER.encode(bytes),
                    BASE64_NOPAD.encode(bytes)
                );
            }
        }
        text.push('\n');
    }
    text
}

/// The digests that anyone can compute from the secrets without a key.
fn digests(secrets: &Secrets, salts: &[&str]) -> Secrets {
    let mut all = Secrets::default();
    for (what, value) in &secrets.0 {
        let mut forms = vec![value.clone()];
        for salt in salts {
            forms.push(format!("{salt}{value}"));
            forms.push(format!("{value}{salt}"));
            forms.push(format!("{salt}:{value}"));
        }
        for form in forms {
            let short = Sha256::digest(form.as_bytes()).as_slice().to_vec();
            let twice = Sha256::digest(&short).as_slice().to_vec();
            let long = Sha512::digest(form.as_bytes()).as_slice().to_vec();
            for digest in [short, twice, long] {
                all.add(what, &HEXLOWER.encode(&digest));
                all.add(what, &HEXUPPER.encode(&digest));
                all.add(what, &BASE64_NOPAD.encode(&digest));
                all.add(what, &BASE64URL_NOPAD.encode(&digest));
                all.add(what, &format!("{digest:?}"));
            }
        }
    }
    all
}

#[service_test]
async fn the_table_holds_no_secret_and_no_unkeyed_digest_of_one() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let mut secrets = Secrets::default();
    for (what, value) in [("password", OLD_PASSWORD), ("password", NEW_PASSWORD), ("idempotency key", KEY)] {
        secrets.add(what, value);
    }
    // A reset in each state: completed, verified by its long code, and begun with a wrong guess.
    let mut ids = vec![id];
    let sms = service.begin_with(begin(ADELE, "mobileSms", Some("+1 4255550100")).key(KEY)).await;
    let message = service.outbox("+14255550100").await.remove(0);
    secrets.add_message(&message);
    let proof = service.send(verify(&sms.id, &digits(&message)).key(KEY)).await.expect(200);
    let token = proof.text("resetToken");
    secrets.add("reset token", &token);
    service.send(complete(&sms.id, &token, NEW_PASSWORD).key(KEY)).await.expect(204);
    service.advance(31).await;
    let (verified, message) = service.begin_by_email().await;
    secrets.add_message(&message);
    secrets
        .add("reset token", &service.verify(&verified.id, &long_code(&message)).await.expect(200).text("resetToken"));
    service.advance(31).await;
    let (live, message) = service.begin_by_email().await;
    secrets.add_message(&message);
    let bad = "31415926";
    secrets.add("wrong digits", bad);
    service.verify(&live.id, bad).await.problem(422, "code-rejected");
    let wrong_password = "a wrong password of a stranger";
    secrets.add("wrong password", wrong_password);
    service.check(ADELE, wrong_password).await.problem(422, "credentials-rejected");
    let user = service.user(ADELE).await;
    secrets.add("bearer token", &user);
    secrets.add("bearer token", &service.admin);
    let wish = json!({"type": "mobilePhone", "value": "+1 4255550155"});
    let challenge = Request::post("/v1/registration/challenges", &wish).bearer(&user).key(KEY);
    let challenge = service.send(challenge).await.expect(202).text("challengeId");
    secrets.add_message(&service.outbox("+14255550155").await.remove(0));

    let text = dump(&service).await;
    ids.extend([sms.id, verified.id, live.id, challenge]);
    for id in &ids {
        assert!(text.contains(id.as_str()), "the dump is whole");
    }
    assert!(text.contains("$argon2id$"), "the verifier is there");
    assert_eq!(secrets.found_in(&text), [""; 0]);
    let mut salts: Vec<&str> = ids.iter().map(String::as_str).collect();
    salts.push(ADELE);
    assert_eq!(digests(&secrets, &salts).found_in(&text), [""; 0]);
    // Unknown names and claimed numbers appear as keyed digests only.
    service.begin("stranger@contoso.example", "mobileSms", Some("+1 4255550166")).await;
    let text = dump(&service).await;
    // The address of a request is stored only with what an administrator has done.
    let with_address: Vec<&str> = text.split("\n\n").filter(|item| item.contains("127.0.0.1")).collect();
    assert!(!with_address.is_empty(), "an administrator has created Adele");
    for item in with_address {
        assert!(item.contains("S(\"AUDIT#") && item.contains("initiator = {application = "), "{item}");
    }
    for plain in ["stranger", "4255550166"] {
        assert!(!text.contains(plain), "{plain}");
        let mut one = Secrets::default();
        one.add("identifier", plain);
        assert_eq!(digests(&one, &[]).found_in(&text), [""; 0]);
    }
    for name in ["127.0.0.1", "stranger@contoso.example", "+14255550166", "+1 4255550166"] {
        let mut one = Secrets::default();
        one.add("identifier", name);
        assert_eq!(digests(&one, &[]).found_in(&text), [""; 0]);
    }
}

/// Every verifier is Argon2id with at least 19 MiB and two passes (the minimum of OWASP), and has its own salt.
#[service_test]
async fn verifiers_are_costly_and_salted() {
    let service = Service::start(json!({})).await;
    for number in 0..3 {
        service.create(&format!("person{number}@contoso.example"), json!({})).await;
    }
    let text = dump(&service).await;
    let verifiers: Vec<&str> =
        text.match_indices("$argon2id$").map(|(at, _)| text[at..].split(['"', ' ']).next().unwrap()).collect();
    assert_eq!(verifiers.len(), 3);
    for (at, verifier) in verifiers.iter().enumerate() {
        let part = |name: &str| {
            let (_, rest) = verifier.split_once(name).unwrap();
            rest.split([',', '$']).next().unwrap().parse::<u32>().unwrap()
        };
        assert!(part("m=") >= 19 * 1024 && part("t=") >= 2, "{verifier}");
        assert!(!verifiers[at + 1..].contains(verifier), "one password, but three verifiers");
    }
}
