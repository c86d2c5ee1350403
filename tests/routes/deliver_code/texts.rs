//! The texts of messages: the owner's language, SMS of one segment, calls that spell the code, emails in two parts.

use serde_json::{Value, json};

use super::{ADELE, MAIL, MOBILE, MOBILE_E164, OFFICE, OFFICE_E164, with_adele};
use crate::support::client::Request;
use crate::support::service::{Service, begin, digits, long_code};

/// The text with placeholders for everything that differs from message to message.
fn wording(message: &Value, code: &str) -> String {
    let text = message["text"].as_str().unwrap();
    let reference = message["reference"].as_str().unwrap();
    assert_eq!(reference.len(), 2);
    let grouped = format!("{} {}", &code[..4], &code[4..]);
    let spelled = spell(code);
    text.replace(&grouped, "CODE")
        .replace(&spelled, "SPELLED")
        .replace(code, "DIGITS")
        .replace(&format!("{}, {}", &reference[..1], &reference[1..]), "R, F")
        .replace(reference, "RF")
}

fn spell(code: &str) -> String {
    let digits: Vec<String> = code.chars().map(String::from).collect();
    digits.join(", ")
}

async fn sms_of(service: &Service, name: &str, last: u8) -> (String, Value) {
    let phone = format!("+1 42555501{last:02}");
    service.begin_with(begin(name, "mobileSms", Some(&phone)).header("Accept-Language", "fr")).await;
    let messages = service.outbox(&phone.replace(' ', "")).await;
    assert_eq!(messages.len(), 1);
    (digits(&messages[0]), messages[0].clone())
}

#[service_test]
async fn an_sms_is_in_the_language_of_the_account_and_never_of_the_caller() {
    let service = Service::start(json!({"defaultLanguage": "es"})).await;
    let english = "Contoso: your reset code is CODE (ref RF, 5 min). Never share it.\n@contoso.example #DIGITS";
    let german = "Contoso: Ihr Code zum Zurücksetzen: CODE (Ref. RF, 5 Min.). Geben Sie ihn nie weiter.\n\
                  @contoso.example #DIGITS";
    let french = "Contoso : code de réinitialisation CODE (réf. RF, 5 min). Ne le donnez à personne.\n\
                  @contoso.example #DIGITS";
    let spanish = "Contoso: para restablecer su contraseña use CODE (ref. RF, 5 min). Nunca lo comparta.\n\
                   @contoso.example #DIGITS";
    let people = [
        (Some("en-GB"), english),
        (Some("de-AT"), german),
        (Some("FR"), french),
        (Some("es"), spanish),
        (Some("ja"), spanish),
        (None, spanish),
    ];
    for (last, (language, expected)) in (20_u8..).zip(people) {
        let name = format!("person{last}@contoso.example");
        let mut more = json!({"mobilePhone": format!("+1 42555501{last}")});
        if let Some(language) = language {
            more["preferredLanguage"] = json!(language);
        }
        service.create(&name, more).await;
        let (code, message) = sms_of(&service, &name, last).await;
        assert_eq!(wording(&message, &code), expected, "{language:?}");
        assert_eq!(
            (&message["channel"], &message["subject"], &message["html"]),
            (&json!("sms"), &Value::Null, &Value::Null)
        );
        let text = message["text"].as_str().unwrap();
        assert!(text.chars().count() <= 160, "more than one segment: {text}");
        let last_line = text.lines().last().unwrap();
        let bound = last_line.strip_prefix("@contoso.example #").expect("the line that binds the code to its site");
        assert!(bound.len() == 8 && bound.bytes().all(|byte| byte.is_ascii_digit()), "{last_line}");
    }
}

#[service_test]
async fn a_call_says_each_digit_by_itself_twice() {
    let service = Service::start(json!({})).await;
    let languages = [
        ("en", "Once more, your code is"),
        ("de", "Noch einmal, Ihr Code lautet"),
        ("fr", "Je répète, votre code est"),
        ("es", "Repito, su código es"),
    ];
    for (last, (language, repetition)) in (30..).zip(languages) {
        let (name, phone) = (format!("person{last}@contoso.example"), format!("+1 42555501{last}"));
        service.create(&name, json!({"businessPhones": [phone], "preferredLanguage": language})).await;
        let begun = service.begin(&name, "officeCall", Some(&phone)).await;
        let messages = service.outbox(&phone.replace(' ', "")).await;
        assert_eq!(messages.len(), 1);
        let code = digits(&messages[0]);
        assert_eq!(code.len(), 8);
        let text = messages[0]["text"].as_str().unwrap();
        assert_eq!(text.matches(&spell(&code)).count(), 2, "{text}");
        assert!(text.contains(repetition), "{text}");
        assert!(!text.contains(&code) && !text.contains('@') && !text.contains('<'), "{text}");
        assert_eq!(messages[0]["channel"], "call");
        assert_eq!(messages[0]["reference"], begun.body["reference"]);
        service.verify(&begun.id, &code).await.expect(200);
    }
}

#[service_test]
async fn an_email_has_a_subject_two_parts_and_a_long_code() {
    let service = with_adele(json!({})).await;
    let (begun, message) = service.begin_by_email().await;
    let (code, long) = (digits(&message), long_code(&message));
    let reference = begun.body["reference"].as_str().unwrap();
    let grouped = format!("{} {}", &code[..4], &code[4..]);
    assert_eq!(message["channel"], "email");
    assert_eq!(message["to"], MAIL);
    assert_eq!(message["reference"], reference);
    let subject = message["subject"].as_str().unwrap();
    assert_eq!(subject, format!("Contoso: your code to reset your password (reference {reference})"));
    let (text, html) = (message["text"].as_str().unwrap(), message["html"].as_str().unwrap());
    for part in [text, html] {
        for needed in [grouped.as_str(), &long, reference, "24 hours", "Contoso"] {
            assert_eq!(part.matches(needed).count().min(1), 1, "{needed} is missing in {part}");
        }
        assert!(!part.contains("http:") && !part.contains("https:") && !part.contains(ADELE), "{part}");
    }
    assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"), "{html}");
    let groups: Vec<&str> = long.split('-').collect();
    assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [5, 5, 5, 5, 5, 1]);
    let crockford = |char: char| "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(char);
    assert!(groups.concat().chars().all(crockford), "{long}");
    service.verify(&begun.id, &code).await.expect(200);
}

/// A text that named more minutes than a code has would be wrong, and none at all would say nothing.
#[service_test]
async fn a_lifetime_is_named_in_whole_minutes_rounded_down() {
    for (seconds, short, long) in [
        (60, "1 min)", "1 minute."),
        (90, "1 min)", "1 minute."),
        (119, "1 min)", "1 minute."),
        (120, "2 min)", "2 minutes."),
        (599, "9 min)", "9 minutes."),
        (600, "10 min)", "10 minutes."),
    ] {
        let service = with_adele(json!({"codeLifetimeSeconds": seconds})).await;
        service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
        service.begin(ADELE, "officeCall", Some(OFFICE)).await;
        service.begin(ADELE, "email", None).await;
        let token = service.user(ADELE).await;
        for (kind, value) in [("mobilePhone", "+1 4255550123"), ("email", "adele@example.net")] {
            let body = json!({"type": kind, "value": value});
            let challenge = Request::post("/v1/registration/challenges", &body).bearer(&token);
            service.send(challenge).await.expect(202);
        }
        for (to, named) in [
            (MOBILE_E164, short),
            (OFFICE_E164, long),
            (MAIL, long),
            ("+14255550123", short),
            ("adele@example.net", long),
        ] {
            let messages = service.outbox(to).await;
            assert_eq!(messages.len(), 1, "{to}");
            let text = messages[0]["text"].as_str().unwrap();
            assert!(text.contains(&format!(" {named}")), "{seconds} s: {text}");
        }
    }
}

/// A code of every length is grouped, except in the line that binds it to its site.
#[service_test]
async fn a_code_has_as_many_digits_as_the_policy_says() {
    for (count, grouped) in [(6, "### ###"), (10, "##### #####")] {
        let service = with_adele(json!({"codeDigits": count})).await;
        let (begun, code) = service.begin_by_sms().await;
        assert_eq!(code.len(), count);
        let message = service.outbox("+14255550100").await.remove(0);
        let pattern: String = message["text"].as_str().unwrap().lines().next().unwrap().to_owned();
        let masked: String = pattern.chars().map(|char| if char.is_ascii_digit() { '#' } else { char }).collect();
        assert!(masked.contains(&format!("is {grouped} (ref")), "{pattern}");
        service.verify(&begun.id, &code).await.expect(200);
    }
}

/// No text of a caller or of a profile appears in a message, and a message goes to the stored contact only.
#[service_test]
async fn names_with_markup_are_printed_nowhere() {
    let service = Service::start(json!({})).await;
    let name = "robert@contoso.example";
    let bad = "<script>{{code}}${7*7}%s{0}";
    service.create(name, json!({"displayName": bad, "givenName": bad, "otherMails": ["robert@example.org"]})).await;
    service.begin(name, "email", None).await;
    let message = service.outbox("robert@example.org").await.remove(0);
    let (code, long) = (digits(&message), long_code(&message));
    let drawn = [&format!("{} {}", &code[..4], &code[4..]), &code, &long, message["reference"].as_str().unwrap()];
    for part in ["subject", "text", "html"] {
        // Random codes and references may contain any digits.
        let part = drawn.iter().fold(message[part].as_str().unwrap().to_owned(), |text, one| text.replace(one, "_"));
        for piece in ["script", "{{", "${", "49", "%s", "{0}"] {
            assert!(!part.contains(piece), "{piece} in {part}");
        }
    }
    let with_text = Request::post(
        "/v1/resets",
        &json!({"userName": name, "method": "email", "message": "hello", "to": "evil@example.org"}),
    );
    service.send(with_text).await.problem(400, "malformed");
    assert_eq!(service.messages().await.len(), 1);
}

/// A line break in a text about a person is refused, or reaches no message: it adds no header, recipient or line.
#[service_test]
async fn a_line_break_in_a_persons_texts_reaches_no_message() {
    const BAD: &str = "x\r\nBcc: evil@evil.example\r\n\r\nhello";
    let service = Service::start(json!({})).await;
    let members = ["displayName", "givenName", "surname", "jobTitle", "preferredLanguage", "otherMails"];
    for (number, member) in members.into_iter().enumerate() {
        let (name, address) = (format!("person{number}@contoso.example"), format!("person{number}@example.org"));
        let good = json!({"userPrincipalName": name, "otherMails": [address]});
        let mut bad = good.clone();
        bad[member] = if member == "otherMails" { json!([address, BAD]) } else { json!(BAD) };
        let create = async |body: &Value| {
            service.send(Request::post("/graph/v1.0/users", body).bearer(&service.admin)).await.status
        };
        match create(&bad).await {
            201 => {}
            400 => assert_eq!(create(&good).await, 201, "{member}"),
            status => panic!("{member}: {status}"),
        }
        service.begin(&name, "email", None).await;
        let messages = service.outbox(&address).await;
        assert_eq!(messages.len(), 1, "{member}");
        assert!(!messages[0].to_string().contains("evil"), "{member}");
        assert!(!messages[0]["subject"].as_str().unwrap().contains(['\r', '\n']), "{member}");
    }
    assert_eq!(service.messages().await.len(), members.len());
}

#[service_test]
async fn each_method_goes_to_its_own_contact_and_its_code_verifies() {
    let service = with_adele(json!({})).await;
    let methods = [
        ("mobileSms", Some(MOBILE), "+14255550100", "sms"),
        ("officeCall", Some(OFFICE), OFFICE_E164, "call"),
        ("email", None, MAIL, "email"),
    ];
    for (method, phone, to, channel) in methods {
        let begun = service.begin(ADELE, method, phone).await;
        let messages = service.outbox(to).await;
        assert_eq!(messages.len(), 1, "{method}");
        assert_eq!(messages[0]["channel"], channel);
        assert_eq!(messages[0]["to"], to);
        assert_eq!(messages[0]["reference"], begun.body["reference"]);
        service.verify(&begun.id, &digits(&messages[0])).await.expect(200);
    }
    assert_eq!(service.messages().await.len(), 3);
}
