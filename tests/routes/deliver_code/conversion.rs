//! Codes to a range of phone numbers stop if too few of them are used.

use serde_json::json;
use shared::ports::messenger::Dispatch;

use super::records::{BLOCKED, steps};
use super::register;
use crate::support::client::{Request, together};
use crate::support::service::{Begun, Service, begin, digits};

const REASON: &str = "too few of the codes sent to this range of numbers are used";

/// The first six digits of the range that is attacked, and of another one.
const RANGE: &str = "425556";
const OTHER_RANGE: &str = "425557";

/// A service whose money does not end, and the sources of the resets begun at it.
struct Attack {
    service: Service,
    network: u16,
}

impl Attack {
    /// A service with so many people in the attacked range.
    async fn on(people: u16) -> Self {
        let service = Service::start(json!({"dailySpendCapUsd": "10000.00"})).await;
        let attack = Self { service, network: 256 };
        for number in 0..people {
            attack.create(RANGE, number).await;
        }
        attack
    }

    async fn create(&self, range: &str, number: u16) {
        self.service.create(&name(range, number), json!({"mobilePhone": phone(range, number)})).await;
    }

    /// A request for a code to a person's number, from a network of its own.
    fn request(&mut self, range: &str, number: u16, method: &str) -> Request {
        self.network += 1;
        begin(&name(range, number), method, Some(&phone(range, number))).of_network(self.network)
    }

    /// Begins a person's reset. Returns it, and how many messages this sent to the number.
    async fn begin(&mut self, range: &str, number: u16, method: &str) -> (Begun, usize) {
        let before = self.sent_to(range, number).await;
        let request = self.request(range, number, method);
        let begun = self.service.begin_with(request).await;
        self.service.settle().await;
        (begun, self.sent_to(range, number).await - before)
    }

    /// How many messages each of these people in the attacked range gets for one reset by SMS.
    async fn sent(&mut self, people: impl IntoIterator<Item = u16>) -> Vec<usize> {
        let mut sent = Vec::new();
        for number in people {
            sent.push(self.begin(RANGE, number, "mobileSms").await.1);
        }
        sent
    }

    async fn sent_to(&self, range: &str, number: u16) -> usize {
        self.service.outbox(&e164(range, number)).await.len()
    }

    /// Uses the code of a person's reset.
    async fn use_code(&self, begun: &Begun, number: u16) {
        let code = digits(self.service.outbox(&e164(RANGE, number)).await.last().unwrap());
        self.service.verify(&begun.id, &code).await.expect(200);
    }

    /// How many audit records say that a limit stopped a code to a range.
    async fn recorded(&self) -> usize {
        let blocked = (BLOCKED.to_owned(), false, REASON.to_owned());
        steps(&self.service).await.iter().filter(|step| **step == blocked).count()
    }
}

fn name(range: &str, number: u16) -> String {
    format!("person{range}.{number}@contoso.example")
}

fn phone(range: &str, number: u16) -> String {
    format!("+1 {range}{number:04}")
}

fn e164(range: &str, number: u16) -> String {
    phone(range, number).replace(' ', "")
}

#[service_test]
async fn the_twenty_first_destination_gets_nothing_if_no_code_was_used() {
    let mut attack = Attack::on(22).await;
    attack.create(OTHER_RANGE, 0).await;
    // This person proved the number long ago.
    register(&attack.service, &name(RANGE, 21), "mobilePhone", &phone(RANGE, 21), &e164(RANGE, 21)).await;
    attack.service.advance(25 * 3600).await;

    assert_eq!(attack.sent(0..20).await, [1; 20]);
    assert_eq!(attack.recorded().await, 0);
    assert_eq!(attack.sent([20]).await, [0]);
    assert_eq!(attack.recorded().await, 1);
    assert_eq!(attack.begin(RANGE, 20, "mobileCall").await.1, 0, "a call is a code, too");
    attack.service.advance(31).await;
    assert_eq!(attack.sent([0]).await, [0], "nor do those that got one before");
    assert_eq!(attack.recorded().await, 3);

    assert_eq!(attack.sent([21]).await, [1], "a number that its owner proved");
    assert_eq!(attack.begin(OTHER_RANGE, 0, "mobileSms").await.1, 1, "another range");
    let wish = json!({"type": "mobilePhone", "value": phone(RANGE, 5000)});
    let token = attack.service.user(&name(OTHER_RANGE, 0)).await;
    attack.service.send(Request::post("/v1/registration/challenges", &wish).bearer(&token)).await.expect(202);
    attack.service.settle().await;
    assert_eq!(attack.sent_to(RANGE, 5000).await, 0, "a registration's code is a code, too");
}

#[service_test]
async fn a_block_ends_after_its_hour_if_codes_were_used() {
    let mut attack = Attack::on(24).await;
    let mut begun = Vec::new();
    for number in 0..20 {
        begun.push(attack.begin(RANGE, number, "mobileSms").await.0);
    }
    assert_eq!(attack.sent([20]).await, [0]);
    for number in [3, 4, 5] {
        attack.use_code(&begun[usize::from(number)], number).await;
    }
    assert_eq!(attack.sent([20]).await, [0], "the hour is not over");
    attack.service.advance(31).await;
    assert_eq!(attack.sent([3]).await, [1], "a destination that used its code");
    attack.service.advance(3600).await;
    assert_eq!(attack.sent(20..24).await, [1; 4]);
    assert_eq!(attack.recorded().await, 2);
}

#[service_test]
async fn two_used_codes_of_twenty_are_enough_and_of_twenty_one_are_not() {
    let mut attack = Attack::on(22).await;
    for number in [0, 1] {
        let (begun, _) = attack.begin(RANGE, number, "mobileSms").await;
        attack.use_code(&begun, number).await;
    }
    assert_eq!(attack.sent(2..21).await, [1; 19]);
    assert_eq!(attack.sent([21]).await, [0]);
}

/// The messages to twenty-one people of whom the last gets none.
fn all_but_the_last() -> Vec<usize> {
    [vec![1; 20], vec![0]].concat()
}

/// With a probability of 1 in 20 for each of 200, none goes out in 1 of 28,000 runs, and more than 40 never do.
#[service_test]
async fn after_the_hour_a_few_are_let_through() {
    let mut attack = Attack::on(40).await;
    assert_eq!(attack.sent(0..21).await, all_but_the_last());
    attack.service.advance(3600).await;
    for _ in 0..10 {
        let requests = (20..40).map(|number| attack.request(RANGE, number, "mobileSms")).collect();
        for reply in together(requests, attack.service.address()).await {
            reply.expect(202);
        }
        attack.service.running.settled().await;
        attack.service.advance(31).await;
    }
    attack.service.settle().await;
    let through = attack.service.messages().await.len() - 20;
    assert!((1..=40).contains(&through), "{through} of 200");
}

#[service_test]
async fn a_block_ends_with_its_codes_after_a_day() {
    let mut attack = Attack::on(21).await;
    assert_eq!(attack.sent(0..21).await, all_but_the_last());
    attack.service.advance(24 * 3600).await;
    assert_eq!(attack.sent([20]).await, [1]);
}

#[service_test]
async fn a_code_that_its_provider_refused_does_not_count() {
    let mut attack = Attack::on(22).await;
    assert_eq!(attack.sent(0..19).await, [1; 19]);
    attack.service.running.outbox.answer_next(vec![Dispatch::Refused("optedOut")]);
    assert_eq!(attack.sent([19]).await, [0]);
    assert_eq!(attack.sent([20]).await, [1], "the twentieth");
    assert_eq!(attack.sent([21]).await, [0]);
}

#[service_test]
async fn one_destination_never_blocks_its_range() {
    let mut attack = Attack::on(21).await;
    for _ in 0..4 {
        assert_eq!(attack.sent([0]).await, [1]);
        attack.service.advance(31).await;
    }
    assert_eq!(attack.sent(1..20).await, [1; 19]);
    assert_eq!(attack.sent([20]).await, [0]);
}

#[service_test]
async fn forty_at_once_are_twenty_messages() {
    let mut attack = Attack::on(40).await;
    let requests = (0..40).map(|number| attack.request(RANGE, number, "mobileSms")).collect();
    for reply in together(requests, attack.service.address()).await {
        reply.expect(202);
    }
    attack.service.settle().await;
    assert_eq!(attack.service.messages().await.len(), 20);
}
