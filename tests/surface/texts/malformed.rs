//! A 400 names the member or the query option, and repeats no value of the request.

use serde_json::{Value, json};

use super::{ADELE, Operation, service, text, token_for};
use crate::support::Request;

const GRAMMAR: &str = "must be +CountryCode PhoneNumber, with an optional extension xNNNN";

#[service_test]
async fn a_400_names_the_member_and_its_rule() {
    let answer = |id: Value, answer: Value| json!({"questionId": id, "answer": answer});
    let answers = |second: Value| json!({"answers": [answer(json!("x"), json!("y")), second]});
    let password = |profile: Value| json!({"passwordProfile": profile});
    let (service, id, admin) = service().await;
    for (name, body, rule) in [
        ("beginReset", json!({"method": "email"}), "userName is missing"),
        ("beginReset", json!({"userName": 1, "method": "email"}), "userName must be a string"),
        ("beginReset", json!({"userName": "adele", "method": "email"}), "userName is not a valid user name"),
        ("beginReset", json!({"userName": ADELE}), "method is missing"),
        ("beginReset", json!({"userName": ADELE, "method": ["email"]}), "method must be a string"),
        ("beginReset", json!({"userName": ADELE, "method": "pigeon"}), "the policy does not offer this method"),
        ("beginReset", json!({"userName": ADELE, "method": "officeCall"}), "the policy does not offer this method"),
        (
            "beginReset",
            json!({"userName": ADELE, "method": "mobileSms"}),
            "phoneNumber is missing; this method needs it",
        ),
        (
            "beginReset",
            json!({"userName": ADELE, "method": "mobileSms", "phoneNumber": "x"}),
            "phoneNumber is not a valid phone number",
        ),
        (
            "beginReset",
            json!({"userName": ADELE, "method": "mobileSms", "phoneNumber": null}),
            "phoneNumber must not be null",
        ),
        ("beginReset", json!({"userName": ADELE, "method": "email", "x": 1}), "x is not a known member"),
        ("orderCode", json!({}), "method is missing"),
        ("orderCode", json!({"method": "email", "gateToken": 1}), "gateToken must be a string"),
        ("orderCode", json!({"method": "securityQuestions"}), "security questions need a gateToken that opens them"),
        ("verifyCode", json!({}), "exactly one of code and answers is needed"),
        ("verifyCode", json!({"code": 12_345_678}), "code must be a string"),
        ("verifyCode", json!({"code": "1"}), "code must be 6 to 10 digits or a long code"),
        ("verifyCode", json!({"code": null}), "code must not be null"),
        ("verifyCode", json!({"answers": "x"}), "answers must be a list"),
        (
            "verifyCode",
            json!({"answers": []}),
            "answers must be a list of 1 to 5 answers of at most 200 characters each",
        ),
        ("verifyCode", answers(json!(["x", "y"])), "answers[1] must be an object"),
        ("verifyCode", answers(answer(json!(1), json!("y"))), "answers[1].questionId must be a string"),
        ("verifyCode", answers(json!({"questionId": "x"})), "answers[1].answer is missing"),
        (
            "verifyCode",
            answers(json!({"questionId": "x", "answer": "y", "z": 1})),
            "answers[1].z is not a known member",
        ),
        ("completeReset", json!({"resetToken": "x"}), "newPassword is missing"),
        ("completeReset", json!({"resetToken": 1, "newPassword": "x"}), "resetToken must be a string"),
        ("beginChallenge", json!({"type": "email"}), "value is missing"),
        ("beginChallenge", json!({"type": "x", "value": "x"}), "type must be mobilePhone or email"),
        (
            "beginChallenge",
            json!({"type": "mobilePhone", "value": "+1 4255550123", "delivery": "x"}),
            "delivery must be sms or call",
        ),
        (
            "beginChallenge",
            json!({"type": "email", "value": "a@example.org", "delivery": "sms"}),
            "delivery is only for phones",
        ),
        ("verifyChallenge", json!({}), "code is missing"),
        ("verifyChallenge", json!({"code": "1"}), "code must be 6 to 10 digits"),
        ("setSecurityQuestions", json!({"answers": []}), "answers must not be empty"),
        ("setSecurityQuestions", answers(answer(json!("x"), json!(1))), "answers[1].answer must be a string"),
        ("checkPassword", json!({"userName": ADELE}), "password is missing"),
        ("checkPassword", json!({"userName": "adele", "password": "x"}), "userName is not a valid user name"),
        ("createUser", json!({}), "userPrincipalName is missing"),
        ("createUser", json!({"userPrincipalName": "x"}), "userPrincipalName is not a valid user name"),
        (
            "createUser",
            json!({"userPrincipalName": "x@contoso.example", "isAdmin": true}),
            "isAdmin cannot be set by this request",
        ),
        ("createUser", password(json!({})), "passwordProfile.password is missing"),
        ("changeUser", json!({"x": 1}), "x is not a known property"),
        ("changeUser", json!({"id": "x"}), "id cannot be set by this request"),
        ("changeUser", json!({"jobTitle": 1}), "jobTitle must be a string"),
        ("changeUser", json!({"jobTitle": ""}), "jobTitle is empty, is too long or contains control characters"),
        ("changeUser", json!({"accountEnabled": "no"}), "accountEnabled must be true or false"),
        ("changeUser", json!({"mobilePhone": "555 0100"}), &format!("mobilePhone {GRAMMAR}")),
        ("changeUser", json!({"businessPhones": [1]}), "businessPhones[0] must be a string"),
        ("changeUser", json!({"otherMails": ["a@example.org", "x"]}), "otherMails[1] is not a valid email address"),
        ("changeUser", password(json!({"password": 1})), "passwordProfile.password must be a string"),
        ("changeUser", password(json!({"password": "x"})), "the password is refused: too-short"),
        ("changeUser", password(json!({"x": 1})), "passwordProfile.x is not a known property"),
        ("addPhoneMethod", json!({"phoneType": "mobile"}), "phoneNumber is missing"),
        ("addPhoneMethod", json!({"phoneNumber": "+1 4255550123"}), "phoneType is missing"),
        (
            "addPhoneMethod",
            json!({"phoneNumber": "+1 4255550123", "phoneType": "x"}),
            "phoneType must be mobile, alternateMobile or office",
        ),
        ("addPhoneMethod", json!({"phoneNumber": "x", "phoneType": "mobile"}), &format!("phoneNumber {GRAMMAR}")),
        ("changePhoneMethod", json!({"x": 1}), "x is not a known property"),
        ("addEmailMethod", json!({"emailAddress": "x"}), "emailAddress is not a valid email address"),
        ("changeEmailMethod", json!({"emailAddress": null}), "emailAddress must be a string"),
        ("changeUser", json!({"not a word": 1}), "the body has a property that is not known"),
        (
            "beginReset",
            json!({"userName": ADELE, "method": "email", "a b": 1}),
            "the body has a member that is not known",
        ),
        ("changePolicy", json!({"codeDigit": 5}), "codeDigit is not a known property"),
        ("changePolicy", json!({"codeDigits": 5}), "codeDigits: must be 6 to 10"),
    ] {
        let operation = Operation::named(name);
        let token = token_for(&operation, &service, &admin).await;
        let reply = service.send(operation.with(&body).bearer(&token)).await.expect(400);
        assert_eq!(text(&reply), *rule, "{name} {body}");
    }
    let with_bodies = Operation::all().into_iter().filter(|operation| operation.body.is_some());
    for operation in with_bodies {
        let token = token_for(&operation, &service, &admin).await;
        for (bytes, rule) in [
            (&b"{"[..], "the body is not valid JSON"),
            (b"[]", "the body must be a JSON object"),
            (br#"{"x":1,"x":2}"#, "x occurs twice"),
        ] {
            let request = operation.request(&id, "AAAAAAAAAAAAAAAAAAAAAA").bytes(bytes).bearer(&token);
            assert_eq!(text(&service.send(request).await.expect(400)), rule, "{}", operation.name);
        }
        let request = operation.request(&id, "AAAAAAAAAAAAAAAAAAAAAA").key("short").bearer(&token);
        let reply = service.send(request).await;
        if reply.status == 400 {
            assert_eq!(
                text(&reply),
                "the Idempotency-Key header must come once, and be 16 to 255 visible ASCII characters without a comma"
            );
        }
    }
}

#[service_test]
async fn a_400_names_the_query_option() {
    let (service, _, admin) = service().await;
    let users = "/graph/v1.0/users";
    let audits = "/graph/v1.0/auditLogs/directoryAudits";
    let only = "this route takes no query options but $select, $top, $filter, $search and $skiptoken";
    let filter = "$filter has a property, an operator or a value that this list does not support";
    for (target, rule) in [
        (format!("{users}?$top=0"), "$top must be a number from 1 to 999"),
        (format!("{users}?$top=1000"), "$top must be a number from 1 to 999"),
        (format!("{audits}?$top=x"), "$top must be a number from 1 to 1000"),
        (format!("{users}?$top=1&$top=2"), "$top must occur only once"),
        (format!("{users}?$count=true"), only),
        (format!("{users}?$select=;"), "$select must be names of properties, separated by commas"),
        (format!("{users}?$select=unknown"), "$select names a property that a user does not have"),
        (format!("{users}?$filter=unknown%20eq%20'x'"), filter),
        (format!("{audits}?$filter=unknown"), filter),
        (format!("{users}?$skiptoken=x"), "$skiptoken does not belong to this list, $filter and $search"),
        (format!("{audits}?$orderby=id"), "$orderby must be activityDateTime desc"),
        (
            format!("{audits}?$filter=result%20eq%20'x'"),
            "result in $filter must be 'success', 'failure', 'timeout' or 'unknownFutureValue'",
        ),
        (format!("{users}/{ADELE}?$top=1"), "this route takes no query option but $select"),
        (format!("{users}/{ADELE}/authentication/methods?$top=1"), "this route takes no query options"),
    ] {
        let reply = service.send(Request::get(&target).bearer(&admin)).await.expect(400);
        assert_eq!(text(&reply), rule, "{target}");
    }
}

/// Bodies that each differ from `body` in one member: in its type, its value or its name. Each contains a canary.
fn canaries(body: &Value) -> Vec<Value> {
    const CANARY: &str = "canary-7f3a, expected a string";
    let mut all = vec![json!({CANARY: 1}), json!({CANARY: {CANARY: [CANARY]}})];
    for name in body.as_object().unwrap().keys() {
        let wrong = [
            json!(CANARY),
            json!([CANARY]),
            json!([{CANARY: CANARY}]),
            json!([[CANARY]]),
            json!({CANARY: CANARY}),
            json!({"password": CANARY, CANARY: 1}),
            json!([{"questionId": CANARY, "answer": CANARY, CANARY: 1}]),
        ];
        all.extend(wrong.map(|value| {
            let mut body = body.clone();
            body[name] = value;
            body
        }));
    }
    all
}

#[service_test]
async fn no_text_repeats_a_value_or_a_name_that_is_not_a_word() {
    let (service, _, admin) = service().await;
    let mut refused = 0;
    for operation in Operation::all().into_iter().filter(|operation| operation.body.is_some()) {
        let token = token_for(&operation, &service, &admin).await;
        for body in canaries(operation.body.as_ref().unwrap()) {
            let reply = service.send(operation.with(&body).bearer(&token)).await;
            if reply.status >= 400 {
                refused += 1;
                assert!(!String::from_utf8_lossy(&reply.body).contains("canary"), "{} {body}", operation.name);
            }
        }
    }
    assert!(refused > 200, "{refused}");
}

#[service_test]
async fn no_text_repeats_a_query_option() {
    let (service, id, admin) = service().await;
    for operation in Operation::all() {
        let token = token_for(&operation, &service, &admin).await;
        for query in ["canary=1", "$top=canary", "$filter=canary%20eq%20'canary'", "$select=canary", "$orderby=canary"]
        {
            let path = operation.path.replace("{id}", &id).replace(['{', '}'], "");
            let reply = service.send(Request::new(&operation.method, &format!("{path}?{query}")).bearer(&token)).await;
            assert!(!String::from_utf8_lossy(&reply.body).contains("canary"), "{} {query}", operation.name);
        }
    }
}
