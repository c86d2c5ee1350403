//! What a help desk does to one user by `rekeyctl`.

use serde_json::json;

use super::{done, properties, rekeyctl, typing};
use crate::support::service::OLD_PASSWORD;
use crate::support::{Request, Service};
use crate::surface::load_directory::Scratch;

const ADELE: &str = "adele@contoso.example";

#[service_test]
async fn a_user_is_disabled_enabled_and_deleted_and_the_output_says_what_is_so_now() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.application(&["User.ReadWrite.All"]).await;
    for (command, enabled) in [("disable", false), ("enable", true)] {
        let output = rekeyctl(&service, &token, &[command, ADELE]).await;
        assert_eq!(output, done(&format!("{ADELE}: accountEnabled is now {enabled}\n")));
        assert_eq!(properties(&service, ADELE, "accountEnabled").await, json!({"accountEnabled": enabled}));
    }
    assert_eq!(rekeyctl(&service, &token, &["delete", ADELE]).await, done(&format!("{ADELE}: deleted\n")));
    let again = rekeyctl(&service, &token, &["delete", ADELE]).await;
    assert_eq!((again.code, again.out.as_str()), (1, ""));
    assert!(again.err.contains("404 Request_ResourceNotFound: there is no such user"), "{again:?}");
}

#[service_test]
async fn a_password_is_drawn_or_read_from_a_file_and_never_an_argument() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.application(&["UserAuthenticationMethod.ReadWrite.All"]).await;
    let output = rekeyctl(&service, &token, &["password", ADELE]).await;
    let drawn = output.out.strip_prefix(&format!("{ADELE}: the password is now ")).unwrap();
    let drawn = drawn.strip_suffix(", and must be changed\n").unwrap();
    assert_eq!((output.code, drawn.len()), (0, 15));
    assert_eq!(service.check(ADELE, drawn).await.expect(200).json()["passwordChangeRequired"], true);

    let scratch = Scratch::new();
    let file = scratch.file("password.txt", b"purple quilts on monday\r\nnot this line\n");
    let output = rekeyctl(&service, &token, &["password", ADELE, "--from", file.to_str().unwrap()]).await;
    assert_eq!(output, done(&format!("{ADELE}: the password is now the given one, and must be changed\n")));
    service.check(ADELE, "purple quilts on monday").await.expect(200);
    let short = scratch.file("short.txt", b"short one");
    let output = rekeyctl(&service, &token, &["password", ADELE, "--from", short.to_str().unwrap()]).await;
    assert_eq!(output.code, 1);
    assert!(output.err.contains("the password is refused: too-short") && !output.err.contains("short one"));
    assert_eq!(rekeyctl(&service, &token, &["password", ADELE, "secret"]).await.code, 1);

    let ask = ["password", ADELE, "--ask"];
    let typed = typing(&service, &token, &ask, &["green quilts on sunday", "green quilts on sunday"]).await;
    assert_eq!(typed, done(&format!("{ADELE}: the password is now the given one, and must be changed\n")));
    service.check(ADELE, "green quilts on sunday").await.expect(200);
    let differing = typing(&service, &token, &ask, &["one quilt on a monday", "one quilt on a tuesday"]).await;
    assert_eq!(
        (differing.code, differing.err.as_str()),
        (1, "rekeyctl: the two passwords differ; nothing was changed\n")
    );
    service.check(ADELE, "green quilts on sunday").await.expect(200);
    let json = rekeyctl(&service, &token, &["password", ADELE, "--output", "json"]).await;
    let drawn: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    service.check(ADELE, drawn["value"].as_str().unwrap()).await.expect(200);
}

#[service_test]
async fn a_user_is_unblocked_and_signed_out() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    for number in 0..10 {
        service.check(ADELE, &format!("wrong password {number}")).await.problem(422, "credentials-rejected");
    }
    service.check(ADELE, OLD_PASSWORD).await.problem(422, "credentials-rejected");
    let token = service.application(&["User.ReadWrite.All"]).await;
    let output = rekeyctl(&service, &token, &["unblock", ADELE]).await;
    assert_eq!(
        output,
        done(&format!("{ADELE}: spent guesses, the sign-in lock and the count of challenges are cleared\n"))
    );
    service.check(ADELE, OLD_PASSWORD).await.expect(200);

    let own = Request::get("/v1/registration").bearer(&service.user(ADELE).await);
    service.send(own.clone()).await.expect(200);
    service.advance(5).await;
    let output = rekeyctl(&service, &token, &["sign-out", ADELE]).await;
    assert_eq!(output, done(&format!("{ADELE}: all sessions have ended\n")));
    assert_eq!(service.send(own).await.status, 401);
}
