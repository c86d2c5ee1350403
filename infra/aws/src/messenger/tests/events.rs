//! Events: what is published, and which failures are tried again.

use shared::random::{AccountId, Randomness};
use shared::time::Moment;

use super::*;

struct Fixed;

impl Randomness for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

async fn published(reply: Reply) -> (Stub, Dispatch) {
    let stub = Stub::start(reply).await;
    let event = SessionsRevoked {
        account: AccountId::draw(&Fixed),
        user_name: "adele@contoso.example".to_owned(),
        at: Moment::from_millis(1_795_298_670_120),
    };
    let messenger = AwsMessenger::with_answer_timeout(&stub.config(), settings(), ANSWER_TIMEOUT);
    let dispatch = messenger.publish(&event).await;
    (stub, dispatch)
}

#[tokio::test]
async fn revoked_sessions_are_an_event() {
    let (stub, dispatch) = published(Reply::json(200, r#"{"FailedEntryCount":0,"Entries":[{"EventId":"e"}]}"#)).await;
    assert_eq!(dispatch, Dispatch::Sent);
    let body = stub.requests()[0].json();
    let entry = &body["Entries"][0];
    assert_eq!(
        (&entry["Source"], &entry["DetailType"], &entry["EventBusName"]),
        (&json!("rekey"), &json!("SessionsRevoked"), &json!("bus"))
    );
    assert_eq!(entry["Time"].as_f64(), Some(1_795_298_670.12));
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    let expected = json!({
        "accountId": AccountId::draw(&Fixed).as_str(),
        "userName": "adele@contoso.example",
        "signInSessionsValidFromDateTime": "2026-11-21T22:04:30.120Z",
    });
    assert_eq!(detail, expected);
}

#[tokio::test]
async fn an_event_that_was_not_taken_is_tried_again() {
    let entry = |code: &str| {
        Reply::json(
            200,
            &format!(r#"{{"FailedEntryCount":1,"Entries":[{{"ErrorCode":"{code}","ErrorMessage":"x"}}]}}"#),
        )
    };
    for reply in [
        entry("ThrottlingException"),
        entry("InternalFailure"),
        entry("NotAuthorizedForSourceException"),
        json_error(400, "ThrottlingException", "x", None),
        json_error(500, "InternalException", "x", None),
    ] {
        assert_eq!(published(reply).await.1, Dispatch::TryAgain);
    }
    let denied = json_error(400, "AccessDeniedException", "x", None);
    assert_eq!(published(denied).await.1, Dispatch::NotSetUp);
    assert_eq!(published(Reply::Cut).await.1, Dispatch::Unknown);
}
