//! One step of the real use cases, and the checks after it.

use super::store::{Incident, IncidentStore};
use crate::support::service::{NEW_PASSWORD, digits, long_code, wrong};
use serde_json::json;
use shared::account::{Account, Owner, Slot};
use shared::credentials::key::IdempotencyKeys;
use shared::limits::guesses::GuessLog;
use shared::policy::Policy;
use shared::ports::messenger::{Dispatch, Messenger, Outgoing, SessionsRevoked};
use shared::ports::store::{AccountChange, Accounts, DeliveryJob, Limits, Resets, Settings};
use shared::random::ResetId;
use shared::reset::code::Code;
use shared::reset::{Reset, Stage};
use shared::testing::samples::{name_keys, sender, user_name};
use shared::testing::{CountingRandom, FixedClock, MemoryStore};
use shared::use_cases::begin_reset::{BeginReset, CodeInput, CodeOutcome};
use shared::use_cases::complete_reset::{CompleteReset, Completion};
use shared::use_cases::context::Context;
use shared::use_cases::deliver_code::DeliverCode;
use shared::use_cases::verify_code::{Submission, Verification, VerifyCode};
use std::sync::{Arc, Mutex};

use super::world::{
    ADELE, Deviation, Known, NAMES, PARSED, PHONES, Scene, Step, Typed, account, codes, keyring, now, on_file, peppers,
    phones,
};

/// One operation in a world that others may change meanwhile.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) store: Arc<MemoryStore>,
    pub(super) scene: Arc<Mutex<Scene>>,
}

impl Running {
    pub(super) fn run(&self, step: Step, deviation: Option<(usize, Deviation)>) -> usize {
        let incident = deviation.map(|(at, deviation)| (at, self.incident(deviation)));
        let store = IncidentStore::new(self.store.clone(), incident);
        match step {
            Step::Begin(method) => self.begin(&store, method),
            Step::Order(at, method) => self.order(&store, at, method),
            Step::Deliver(at, dispatch) => self.deliver(&store, at, dispatch),
            Step::Guess(at, typed) => self.guess(&store, at, typed),
            Step::Long(at, of) => self.long(&store, at, of),
            Step::Complete(at) => self.complete(&store, at),
            Step::SetPhone => {
                let other = 1 - self.scene().phone;
                self.scene().phone = other;
                self.change_account(|account| {
                    account.contacts.set(Slot::MobilePhone, vec![on_file(PARSED[other].clone())]);
                });
            }
            Step::SetEnabled(enabled) => self.change_account(|account| account.enabled = enabled),
            Step::RequireTwo => {
                let policy = now(self.store.policy()).unwrap().unwrap().policy;
                now(self.store.put_policy(&Policy { methods_required: 2, ..policy })).unwrap().unwrap();
            }
            Step::Wait => {
                let scene = &mut *self.scene();
                scene.now = scene.now.plus(31);
            }
        }
        self.check();
        store.calls()
    }

    fn incident(&self, deviation: Deviation) -> Incident {
        match deviation {
            Deviation::RequestLost => Incident::RequestLost,
            Deviation::ResponseLost => Incident::ResponseLost,
            Deviation::Crash => Incident::Crash,
            Deviation::Meanwhile(other) => {
                let running = self.clone();
                Incident::Meanwhile(Box::new(move || {
                    running.run(other, None);
                }))
            }
        }
    }

    fn scene(&self) -> std::sync::MutexGuard<'_, Scene> {
        self.scene.lock().unwrap()
    }

    fn broken(&self, promise: &str) {
        self.scene().broken.get_or_insert_with(|| promise.to_owned());
    }

    /// The dependencies of an operation. Its random values depend on what it does, so that the same steps in another
    /// order lead to the same world.
    fn context(&self, store: &IncidentStore, kind: u64, reset: usize) -> Context<IncidentStore> {
        let order = self.reset(reset).map_or(0, |reset| reset.issued.order);
        let stream = kind * 1000 + reset as u64 * 100 + u64::from(order);
        let clock = Arc::new(FixedClock::new(self.scene().now));
        Context::new(store.clone(), clock, Arc::new(CountingRandom::new(1 + stream)))
    }

    fn reset(&self, at: usize) -> Option<Reset> {
        let id = self.scene().resets.get(at)?.id.clone();
        now(self.store.reset(&id)).unwrap().unwrap()
    }

    fn begins(&self, store: &IncidentStore, kind: u64, at: usize) -> BeginReset<IncidentStore> {
        BeginReset {
            context: self.context(store, kind, at),
            names: name_keys(&[1]),
            phones: phones(),
            codes: codes(),
            idempotency: IdempotencyKeys(keyring()),
            sender: sender(),
            sign_in: None,
        }
    }

    fn input(&self, method: &'static str) -> CodeInput<'static> {
        let typed = PHONES[self.scene().phone];
        CodeInput { method, phone_number: (method != "email").then_some(typed) }
    }

    fn begin(&self, store: &IncidentStore, method: &'static str) {
        let count = self.scene().resets.len();
        let app = self.begins(store, 1, count);
        let begun = now(app.begin(&user_name(ADELE), self.input(method), &format!("network {count}"), None));
        if let Some(Ok(CodeOutcome::Accepted(ordered))) = begun {
            self.scene().resets.push(Known {
                id: ResetId::parse(&ordered.reset).unwrap(),
                codes: Vec::new(),
                long: None,
                gate_token: None,
                reset_token: None,
                proofs: 0,
            });
        }
    }

    fn order(&self, store: &IncidentStore, at: usize, method: &'static str) {
        let app = self.begins(store, 2, at);
        let Known { id, gate_token, .. } = self.scene().resets[at].clone();
        // Another order or none: the messages tell.
        let _ = now(app.order(&id, self.input(method), gate_token.as_deref(), None));
    }

    fn deliver(&self, store: &IncidentStore, at: usize, dispatch: Dispatch) {
        let Some(reset) = self.reset(at) else { return };
        let order = reset.issued.order;
        let app = DeliverCode {
            context: self.context(store, 3, at),
            messenger: Provider { running: self.clone(), at, order, dispatch },
            names: name_keys(&[1]),
            phones: phones(),
            codes: codes(),
            sender: sender(),
        };
        // A job that failed is delivered again, or not: both are steps.
        let _ = now(app.deliver(&DeliveryJob::Code(reset.id, order)));
        self.check_counted();
    }

    fn verifies(&self, store: &IncidentStore, at: usize) -> VerifyCode<IncidentStore> {
        VerifyCode {
            context: self.context(store, 4, at),
            codes: codes(),
            peppers: peppers(),
            idempotency: IdempotencyKeys(keyring()),
        }
    }

    fn guess(&self, store: &IncidentStore, at: usize, typed: Typed) {
        let (app, scene) = (self.verifies(store, at), self.scene().clone());
        let known = &scene.resets[at];
        let code = match typed {
            Typed::Right => known.codes.last().unwrap().clone(),
            Typed::Wrong => wrong(known.codes.last().unwrap()),
            Typed::Replaced => known.codes[0].clone(),
            Typed::Foreign(of) => scene.resets[of].codes.last().unwrap().clone(),
        };
        // What happens meanwhile may close the gate before the guess is counted.
        let counts = || {
            let dead = self.scene().dead.contains(&at);
            !dead && self.reset(at).is_some_and(|reset| reset.issued.sent_to.is_some() && reset.open_gate().is_some())
        };
        let counted = counts();
        let shown = Code::parse(&code).unwrap();
        let shown = Submission::Code(&shown);
        let verified = now(app.verify(known.id.as_str(), shown, known.gate_token.as_deref(), None));
        let Some(Ok(verdict)) = verified else { return };
        let accepted = !matches!(verdict, Verification::Rejected);
        if accepted && typed != Typed::Right {
            self.broken("P4: a code that is not this reset's, or not its newest, was accepted");
        }
        if accepted && scene.dead.contains(&at) {
            self.broken("P14: a code was accepted after the account had changed");
        }
        if accepted && scene.verdicts >= scene.budget {
            self.broken("P2: a code was accepted on a spent budget");
        }
        if counted && (accepted || counts()) {
            self.scene().verdicts += 1;
        }
        self.verdict(at, &code, verdict);
    }

    fn long(&self, store: &IncidentStore, at: usize, of: usize) {
        let (app, scene) = (self.verifies(store, at), self.scene().clone());
        let (known, code) = (&scene.resets[at], scene.resets[of].long.clone().unwrap());
        let shown = Code::parse(&code).unwrap();
        let shown = Submission::Code(&shown);
        if let Some(Ok(verdict)) = now(app.verify(known.id.as_str(), shown, known.gate_token.as_deref(), None)) {
            self.verdict(at, &code, verdict);
        }
    }

    /// Notes the verdict on a code.
    fn verdict(&self, at: usize, code: &str, verdict: Verification) {
        let mut scene = self.scene();
        match verdict {
            Verification::Rejected => return,
            Verification::Verified { token, .. } => scene.resets[at].reset_token = Some(token.to_string()),
            Verification::AnotherMethodRequired { token, .. } => {
                scene.resets[at].gate_token = Some(token.to_string());
            }
        }
        scene.resets[at].proofs += 1;
        drop(scene);
        self.accept(code);
    }

    fn accept(&self, secret: &str) {
        let times = {
            let mut scene = self.scene();
            let times = scene.accepted.entry(secret.to_owned()).or_default();
            *times += 1;
            *times
        };
        if times > 1 {
            self.broken("P1: a code or a token was accepted twice");
        }
    }

    fn complete(&self, store: &IncidentStore, at: usize) {
        let app = CompleteReset {
            context: self.context(store, 5, at),
            codes: codes(),
            peppers: peppers(),
            idempotency: IdempotencyKeys(keyring()),
        };
        let gates = now(self.store.policy()).unwrap().unwrap().policy.methods_required;
        let Known { id, reset_token, proofs, .. } = self.scene().resets[at].clone();
        let token = reset_token.unwrap();
        let completed = now(app.complete(id.as_str(), &token, NEW_PASSWORD, None));
        if !matches!(completed, Some(Ok(Completion::Completed))) {
            return;
        }
        if proofs < u32::from(gates) {
            self.broken("P14: a password was set without every gate");
        }
        self.scene().verdicts = 0;
        self.accept(&token);
    }

    /// The administrator's write, one transaction. It revokes what is under way, unless it only enables the account.
    fn change_account(&self, change: impl FnOnce(&mut Account)) {
        let present = account(&self.store);
        let mut account = present.clone();
        change(&mut account);
        let revokes = present.contacts != account.contacts || (present.enabled && !account.enabled);
        let moment = revokes.then_some(self.scene().now);
        let change = AccountChange { revoked_before: moment, ..AccountChange::new(&account, &NAMES) };
        now(self.store.change_account(&change)).unwrap().unwrap();
        if revokes {
            let all = 0..self.scene().resets.len();
            let open = all.filter(|at| self.reset(*at).is_some_and(|reset| reset.stage != Stage::Completed));
            let open: Vec<usize> = open.collect();
            self.scene().dead.extend(open);
        }
    }

    /// Checks what must hold after every step.
    fn check(&self) {
        let id = account(&self.store).id;
        let guess_log = GuessLog::Account(Owner::Account(id));
        let guesses = now(self.store.guess_log(&guess_log)).unwrap().unwrap();
        if guesses.attempts.len() > self.scene().budget as usize {
            self.broken("P2: more guesses were counted than the budget allows");
        }
        let dead = self.scene().dead.clone();
        if dead.iter().any(|at| self.reset(*at).is_some_and(|reset| reset.stage == Stage::Completed)) {
            self.broken("P14: a reset was completed after the account had changed");
        }
        let (most, deviated) = {
            let scene = self.scene();
            (scene.handed_over.values().max().copied().unwrap_or_default(), scene.deviated)
        };
        if most > 1 + u32::from(deviated) {
            self.broken("P8: a message was sent once more than an unknown outcome allows");
        }
    }

    /// Checks what was counted for the messages of an account: all that may have been sent and, if nothing went wrong,
    /// nothing else.
    fn check_counted(&self) {
        let id = account(&self.store).id;
        let sends = now(self.store.sends(&Owner::Account(id).key())).unwrap().unwrap();
        let scene = self.scene().clone();
        for (at, known) in scene.resets.iter().enumerate() {
            for order in 1..=self.reset(at).map_or(0, |reset| reset.issued.order) {
                let name = format!("reset.{}.{order}.", known.id.as_str());
                let counted = sends.counted.iter().any(|sent| sent.order.starts_with(&name) && !sent.refunded);
                let sent = scene.handed_over.contains_key(&(at, order));
                if sent && !counted {
                    self.broken("P8: a message that may have been sent is not counted");
                }
                if counted && !sent && !scene.deviated {
                    self.broken("P8: a message that was not sent is counted");
                }
            }
        }
    }
}

/// The provider of one delivery.
struct Provider {
    running: Running,
    at: usize,
    order: u32,
    dispatch: Dispatch,
}

impl Messenger for Provider {
    async fn send(&self, message: &Outgoing) -> Dispatch {
        if matches!(self.dispatch, Dispatch::Sent | Dispatch::Unknown) {
            let body = json!({"channel": message.channel.as_str(), "text": message.rendered.text});
            let mut scene = self.running.scene();
            *scene.handed_over.entry((self.at, self.order)).or_default() += 1;
            let known = &mut scene.resets[self.at];
            let code = digits(&body);
            if known.codes.last() != Some(&code) {
                known.codes.push(code);
            }
            if message.channel.as_str() == "email" {
                known.long = Some(long_code(&body));
            }
        }
        self.dispatch
    }

    async fn publish(&self, _: &SessionsRevoked) -> Dispatch {
        Dispatch::Sent
    }
}
