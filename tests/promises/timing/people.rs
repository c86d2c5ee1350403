//! The kinds of names that must not be told apart, and the people behind them.

use std::sync::Arc;

use serde_json::{Value, json};
use shared::limits::lockout::{LOCK_MINUTES, MAX_WRONG_IN_A_ROW};
use shared::ports::messenger::Dispatch;
use shared::reset::MAX_REQUESTS;
use shared::time::{Clock, Moment};

use crate::connection::{Post, spread};
use crate::routes::{Kind, Route, code, password};
use crate::support::service::OLD_PASSWORD;
use crate::support::{Request, Service};

/// Most guesses at one account in a day: more than any run makes at one name.
const GUESSES: usize = 50;
/// Guesses at one code: the most that a policy allows.
const TRIES: usize = 10;
/// How many connections prepare what is measured later. Most of their requests wait for a fixed time.
const PREPARING: usize = 32;
/// How many resets are begun before their deliveries are awaited.
const CHUNK: usize = 200;
/// How often the deliveries of a chunk are awaited.
const SETTLING: usize = 6;
/// Ranges of numbers for each arm.
const EXCHANGES: usize = 60;
/// How many people an arm has at least, so that no single account is measured.
const FEWEST: usize = 6;
/// How many samples one person of most arms serves. At ten wrong passwords in a row, sign-in would be locked.
const USES: usize = 40;
const PASSWORD_USES: usize = 8;
/// How many samples one reset serves at most: fewer than the guesses at its code, and than its requests in a minute.
pub(crate) const RESET_USES: usize = 8;
/// Seconds after which a code may be ordered again.
const AGAIN: u64 = 31;
/// Seconds that a lock must still last when a block begins; a block takes less.
const LOCK_LEFT: u64 = 30 + AGAIN;
/// Seconds after which every lock has ended.
const LOCK_OVER: u64 = 16 * 60;

/// A kind of name. Requests for each of them must take the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arm {
    Known,
    Unknown,
    /// A second set of unknown names: what chance alone does.
    Control,
    Disabled,
    /// An account without the method that is asked for.
    WithoutMethod,
    /// The claimed phone number is not the one on file.
    WrongPhone,
    /// Sign-in is locked.
    Locked,
    /// The account's guess budget is spent before the reset begins.
    OutOfBudget,
    /// The provider refuses the message. Where beginning itself is measured, it refused the message before.
    ProviderFailing,
}

impl Arm {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unknown => "unknown",
            Self::Control => "control: unknown again",
            Self::Disabled => "disabled",
            Self::WithoutMethod => "without the method",
            Self::WrongPhone => "wrong phone",
            Self::Locked => "locked",
            Self::OutOfBudget => "out of budget",
            Self::ProviderFailing => "provider failing",
        }
    }

    /// The arm whose times must be the same.
    pub(crate) const fn reference(self) -> Self {
        if matches!(self, Self::Control) { Self::Unknown } else { Self::Known }
    }

    const fn exists(self) -> bool {
        !matches!(self, Self::Unknown | Self::Control)
    }

    /// Whether a reset by this method leads to a message. A spent budget stops texts only, because the long code of an
    /// email is useful even then.
    fn is_sent(self, method: &str) -> bool {
        match self {
            Self::Known | Self::Locked => true,
            Self::OutOfBudget => method == "email",
            _ => false,
        }
    }

    fn is_mute(self) -> bool {
        self == Self::ProviderFailing
    }
}

/// A name, and the phone number that is claimed with it.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) phone: String,
}

/// What one request is about.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) arm: Arm,
    pub(crate) person: Arc<Person>,
    /// The id of its reset; empty if the route needs none.
    pub(crate) reset: String,
}

/// A service, and the people of each arm in it.
pub(crate) struct People {
    pub(crate) service: Service,
    route: &'static Route,
    arms: Vec<(Arm, Vec<Arc<Person>>)>,
    /// A token that may check passwords.
    pub(crate) token: String,
    locks: usize,
    locked_until: Moment,
    /// Wrong passwords so far; no two are the same.
    wrong: usize,
}

/// The policy under which everything is measured: nothing is limited that the requests of a run would reach.
pub(crate) fn policy() -> Value {
    json!({
        "resetLifetimeSeconds": 3600, "codeLifetimeSeconds": 600, "triesPerCode": TRIES,
        "guessesPerDay": GUESSES, "guessesPer30Days": 100,
        "sends": [{"count": 1000, "seconds": 3600}], "dailySpendCapUsd": "1000000.00",
        "beginsPerSource": {"count": 1_000_000, "seconds": 1},
        "beginsPerSourceAndName": {"count": 1_000_000, "seconds": 1},
    })
}

pub(crate) fn begin(person: &Person, method: &str) -> Post {
    let body = match method {
        "email" => json!({"userName": person.name, "method": method}),
        _ => json!({"userName": person.name, "method": method, "phoneNumber": person.phone}),
    };
    Post::new("/v1/resets", &body, None)
}

pub(crate) fn check(name: &str, password: &str, token: &str) -> Post {
    Post::new("/v1/credentials/verifications", &json!({"userName": name, "password": password}), Some(token))
}

impl People {
    /// Starts a service, and creates the people of each arm for `samples` samples of it.
    pub(crate) async fn start(route: &'static Route, arms: &[Arm], samples: usize) -> Self {
        let service = Service::start(policy()).await;
        let never = Moment::from_millis(0);
        let mut people =
            Self { service, route, arms: Vec::new(), token: String::new(), locks: 0, locked_until: never, wrong: 0 };
        for (number, arm) in arms.iter().enumerate() {
            let uses = if route.kind == Kind::Check && *arm != Arm::Locked { PASSWORD_USES } else { USES };
            let mut persons = Vec::new();
            for index in 0..samples.div_ceil(uses).max(FEWEST) {
                persons.push(Arc::new(people.create(*arm, number, index).await));
            }
            people.arms.push((*arm, persons));
        }
        people.spend_budgets().await;
        if route.kind == Kind::Begin {
            people.begin_all(people.targets(0, FEWEST)).await;
        }
        people
    }

    /// The name, the phone number and the address have the same length for all. Nobody uses a code, and codes to one range
    /// are counted one after another, so every number of an arm is in a range of its own.
    async fn create(&self, arm: Arm, number: usize, index: usize) -> Person {
        let name = format!("person{number}{index:04}@contoso.example");
        let phone = format!("+1 425{}{index:04}", 200 + EXCHANGES * number + index % EXCHANGES);
        let person =
            Person { phone: if arm == Arm::WrongPhone { format!("+1 425750{index:04}") } else { phone.clone() }, name };
        if !arm.exists() {
            return person;
        }
        let mut body = json!({"userPrincipalName": person.name, "accountEnabled": arm != Arm::Disabled});
        if arm != Arm::WithoutMethod || self.route.method == "email" {
            body["mobilePhone"] = json!(phone);
        }
        if arm != Arm::WithoutMethod || self.route.method != "email" {
            body["otherMails"] = json!([format!("person{number}{index:04}@example.org")]);
        }
        if self.route.kind == Kind::Check {
            body["passwordProfile"] = json!({"password": OLD_PASSWORD});
        }
        let request = Request::post("/graph/v1.0/users", &body).bearer(&self.service.admin);
        self.service.send(request).await.expect(201);
        person
    }

    fn of(&self, arm: Arm) -> &[Arc<Person>] {
        self.arms.iter().find(|(other, _)| *other == arm).map(|(_, people)| people.as_slice()).unwrap_or_default()
    }

    /// One target without a reset for each arm and each number.
    fn targets(&self, from: usize, count: usize) -> Vec<Target> {
        let of_arm = |(arm, people): &(Arm, Vec<Arc<Person>>)| {
            let target = |number: usize| Target {
                arm: *arm,
                person: people[number % people.len()].clone(),
                reset: String::new(),
            };
            (from..from + count).map(target).collect::<Vec<_>>()
        };
        self.arms.iter().flat_map(of_arm).collect()
    }

    /// Makes everything ready for a block of samples, `count` per arm. If the route needs resets, they have begun and
    /// their deliveries are settled.
    pub(crate) async fn block(&mut self, from: usize, count: usize) -> Vec<Target> {
        self.lock().await;
        self.token = self.service.application(&["Credentials.Check"]).await;
        let targets = self.targets(from, count);
        match self.route.kind {
            Kind::Begin | Kind::Check => targets,
            Kind::OrderAgain => {
                let begun = self.begin_all(targets).await;
                self.service.advance(AGAIN).await;
                begun
            }
            Kind::Limited => {
                let resets = self.begin_for(from, count).await;
                // A reset that has had its requests refuses as many more as are sent. Wrong tokens are charged to nobody.
                self.try_all(&resets, MAX_REQUESTS as usize, password).await;
                shared_among(targets, &resets)
            }
            _ => shared_among(targets, &self.begin_for(from, count).await),
        }
    }

    /// Begins as many resets of each arm as so many samples need. Each person gets as many as the others if `from` is a
    /// multiple of the samples that one reset serves.
    async fn begin_for(&self, from: usize, samples: usize) -> Vec<Target> {
        self.begin_all(self.targets(from / RESET_USES, samples.div_ceil(RESET_USES))).await
    }

    /// Begins a reset for each target, and awaits the deliveries.
    async fn begin_all(&self, targets: Vec<Target>) -> Vec<Target> {
        let method = self.route.method;
        assert!(self.service.running.outbox.empty());
        let expected = targets.iter().filter(|target| target.arm.is_sent(method)).count();
        let (mute, others): (Vec<_>, Vec<_>) = targets.into_iter().partition(|target| target.arm.is_mute());
        let mut begun = self.begin_some(others).await;
        // The provider refuses every message that comes now, and none that comes later.
        self.service.running.outbox.answer_next(vec![Dispatch::Refused("invalid"); mute.len()]);
        begun.extend(self.begin_some(mute).await);
        let sent = self.service.running.outbox.messages(None).len();
        assert_eq!(sent, expected, "an arm is not what it should be: too few or too many messages were sent");
        begun
    }

    async fn begin_some(&self, targets: Vec<Target>) -> Vec<Target> {
        let method = self.route.method;
        let mut begun = Vec::new();
        for chunk in targets.chunks(CHUNK) {
            let work = move |connection: &mut crate::connection::Connection, target: Target| {
                let reset = connection.send(&begin(&target.person, method)).expect(202).text("resetId");
                Target { reset, ..target }
            };
            begun.extend(spread(self.service.address(), PREPARING, chunk.to_vec(), work).await);
            // One wait ends after a while. On a busy machine the deliveries take longer.
            for _ in 0..SETTLING {
                self.service.running.settled().await;
            }
        }
        begun
    }

    /// Spends the guess budgets of the arm that has none left, with wrong codes at resets of its own.
    async fn spend_budgets(&self) {
        let people = self.of(Arm::OutOfBudget);
        for _ in 0..GUESSES / TRIES {
            let target =
                |person: &Arc<Person>| Target { arm: Arm::Known, person: person.clone(), reset: String::new() };
            let resets = self.begin_all(people.iter().map(target).collect()).await;
            self.try_all(&resets, TRIES, code).await;
        }
    }

    /// Sends so many of these requests, which are refused, to each reset.
    async fn try_all(&self, resets: &[Target], times: usize, request: fn(&str) -> Post) {
        let requests = (0..times).flat_map(|_| resets.iter().map(|target| request(&target.reset))).collect();
        let send = |connection: &mut crate::connection::Connection, request: Post| {
            connection.send(&request).expect(422);
        };
        spread(self.service.address(), PREPARING, requests, send).await;
    }

    /// Locks sign-in for the arm that is locked, unless it stays locked long enough. Each lock is longer than the one
    /// before.
    async fn lock(&mut self) {
        let names: Vec<String> = self.of(Arm::Locked).iter().map(|person| person.name.clone()).collect();
        let now = self.service.running.clock.now();
        if names.is_empty() || now.plus(LOCK_LEFT) < self.locked_until {
            return;
        }
        self.service.advance(LOCK_OVER).await;
        let token = self.service.application(&["Credentials.Check"]).await;
        for _ in 0..MAX_WRONG_IN_A_ROW {
            self.wrong += 1;
            let password = format!("a wrong password that locks {:06}", self.wrong);
            let tries = names.iter().map(|name| check(name, &password, &token)).collect();
            let send = |connection: &mut crate::connection::Connection, request: Post| {
                connection.send(&request).expect(422);
            };
            spread(self.service.address(), PREPARING, tries, send).await;
        }
        let minutes = LOCK_MINUTES[self.locks.min(LOCK_MINUTES.len() - 1)];
        self.locks += 1;
        self.locked_until = self.service.running.clock.now().plus(minutes * 60);
        if self.route.kind == Kind::Check {
            // The service's own token may have expired: each lock takes a quarter of an hour.
            let right = json!({"userName": names[0], "password": OLD_PASSWORD});
            let check = Request::post("/v1/credentials/verifications", &right).bearer(&token);
            self.service.send(check).await.expect(422);
        }
    }
}

/// The targets with the resets of their arms, each in its turn.
fn shared_among(targets: Vec<Target>, resets: &[Target]) -> Vec<Target> {
    let reset = |(index, target): (usize, Target)| {
        let of_arm: Vec<&Target> = resets.iter().filter(|reset| reset.arm == target.arm).collect();
        of_arm[index % of_arm.len()].clone()
    };
    targets.into_iter().enumerate().map(reset).collect()
}
