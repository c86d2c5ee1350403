use std::fs;
use std::path::PathBuf;

use shared::identifiers::phone::Phone;
use shared::message::{Channel, Language, Rendered};
use shared::money::Money;
use shared::random::AccountId;
use shared::testing::{FixedClock, block_on};
use shared::time::Moment;

use super::*;

fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::new(Moment::from_millis(1_795_298_670_120)))
}

fn sms(to: &str) -> Outgoing {
    Outgoing {
        destination: Destination::Phone(Phone::parse(to).unwrap()),
        channel: Channel::Sms,
        language: Language::English,
        rendered: Rendered { subject: None, text: "1234 5678".to_owned(), html: None },
        reference: "KT".to_owned(),
        order: "reset.a.1".to_owned(),
        account: AccountId::parse("AAAAAAAAAAAAAAAAAAAAAA").unwrap(),
        max_price: Money::from_micros(0),
    }
}

fn email(to: &str) -> Outgoing {
    Outgoing {
        destination: Destination::Email(EmailAddress::parse(to).unwrap()),
        channel: Channel::Email,
        rendered: Rendered { subject: Some("s".to_owned()), text: "t".to_owned(), html: Some("h".to_owned()) },
        reference: String::new(),
        ..sms("+1 4255550100")
    }
}

/// A directory for one test, removed when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rekey-outbox-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_message_has_exactly_these_fields() {
    let outbox = Outbox::open(None, clock()).unwrap();
    assert_eq!(block_on(outbox.send(&sms("+1 4255550100"))), Dispatch::Sent);
    let text = serde_json::to_string(&outbox.messages(None)).unwrap();
    assert_eq!(
        text,
        r#"[{"channel":"sms","to":"+14255550100","subject":null,"text":"1234 5678","html":null,"reference":"KT","sentAt":"2026-11-21T22:04:30.120Z"}]"#
    );
}

#[test]
fn messages_are_found_by_destination() {
    let outbox = Outbox::open(None, clock()).unwrap();
    for outgoing in [sms("+1 4255550100"), sms("+1 4255550101"), email("Adele@contoso.example")] {
        block_on(outbox.send(&outgoing));
    }
    let to = |to: &str| outbox.messages(Some(to)).into_iter().map(|message| message.to).collect::<Vec<_>>();
    assert_eq!(to("+14255550100"), ["+14255550100"]);
    assert_eq!(to(" 14255550101"), ["+14255550101"], "a plus sign in a query stands for a space");
    assert_eq!(to("adele@CONTOSO.example"), ["Adele@contoso.example"]);
    assert!(to("14255550100").is_empty());
    assert!(to("").is_empty());
    assert_eq!(outbox.messages(None).len(), 3);
    assert!(outbox.empty());
    assert!(outbox.messages(None).is_empty());
}

#[test]
fn faults_come_in_their_order_and_end() {
    let outbox = Outbox::open(None, clock()).unwrap();
    outbox.answer_next(vec![Dispatch::TryAgain, Dispatch::Refused("opted out"), Dispatch::Unknown]);
    let answers: Vec<Dispatch> = (0..4).map(|_| block_on(outbox.send(&sms("+1 4255550100")))).collect();
    assert_eq!(answers, [Dispatch::TryAgain, Dispatch::Refused("opted out"), Dispatch::Unknown, Dispatch::Sent]);
    assert_eq!(outbox.messages(None).len(), 2, "the lost answer's and the last one");
}

#[test]
fn a_torn_line_is_dropped_and_the_rest_is_there_again() {
    let scratch = Scratch::new("torn");
    let open = || {
        let data = Data::open(&scratch.0).unwrap();
        Outbox::open(Some(&data), clock()).unwrap()
    };
    let outbox = open();
    block_on(outbox.send(&sms("+1 4255550100")));
    block_on(outbox.send(&email("adele@contoso.example")));
    let before = serde_json::to_string(&outbox.messages(None)).unwrap();
    drop(outbox);
    let path = scratch.0.join(MESSAGES_FILE);
    let mut torn = fs::read(&path).unwrap();
    torn.extend_from_slice(b"{\"channel\":\"sm");
    fs::write(&path, torn).unwrap();
    let outbox = open();
    assert_eq!(serde_json::to_string(&outbox.messages(None)).unwrap(), before);
    block_on(outbox.send(&sms("+1 4255550102")));
    drop(outbox);
    assert_eq!(open().messages(None).len(), 3);
    assert!(open().empty());
    assert_eq!(open().messages(None).len(), 0);
}

#[test]
fn a_line_that_is_no_message_is_not_guessed_at() {
    let scratch = Scratch::new("damaged");
    let data = Data::open(&scratch.0).unwrap();
    fs::write(scratch.0.join(MESSAGES_FILE), "{}\n").unwrap();
    assert!(matches!(Outbox::open(Some(&data), clock()), Err(StartError::DataDamaged(MESSAGES_FILE))));
}

#[test]
fn events_are_separate_from_messages() {
    let outbox = Outbox::open(None, clock()).unwrap();
    let account = shared::random::AccountId::draw(&shared::testing::CountingRandom::new(1));
    let event = SessionsRevoked { account, user_name: "adele@contoso.example".to_owned(), at: Moment::from_seconds(0) };
    assert_eq!(block_on(outbox.publish(&event)), Dispatch::Sent);
    assert!(outbox.messages(None).is_empty());
    let events = outbox.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].user_name, "adele@contoso.example");
    assert_eq!(events[0].at, "1970-01-01T00:00:00.000Z");
}
