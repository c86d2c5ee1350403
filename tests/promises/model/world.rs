//! The real use cases over the store in memory, with what clients and providers saw.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context as Polling, Poll, Waker};

use shared::account::{Account, Contact, Destination, Slot, Source};
use shared::credentials::key::{CodeKeys, Digests, Keyring, PhoneKeys};
use shared::credentials::password::{Pepper, Peppers};
use shared::identifiers::phone::Phone;
use shared::policy::Policy;
use shared::ports::messenger::Dispatch;
use shared::ports::store::{Accounts, Settings};
use shared::random::ResetId;
use shared::testing::samples::{START, email, names, phone};
use shared::testing::{MemoryStore, Samples};
use shared::time::Moment;

use super::running::Running;

pub(super) const ADELE: &str = "adele@contoso.example";
/// The numbers that the administrator sets in turn.
pub(super) const PHONES: [&str; 2] = ["+1 4255550100", "+1 4255550101"];
/// The same numbers, parsed once: parsing takes longer than a whole step.
pub(super) static PARSED: LazyLock<[Phone; 2]> = LazyLock::new(|| PHONES.map(phone));
/// The digests of her name.
pub(super) static NAMES: LazyLock<Digests> = LazyLock::new(|| names(ADELE));

/// What a person, a stranger, the worker, the administrator or the clock does next. Resets are given by their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Begin(&'static str),
    Order(usize, &'static str),
    /// The worker takes the record of the newest order, for the first time or again.
    Deliver(usize, Dispatch),
    Guess(usize, Typed),
    /// The long code of another reset's email, or of its own.
    Long(usize, usize),
    Complete(usize),
    SetPhone,
    SetEnabled(bool),
    /// The policy requires two methods from now on.
    RequireTwo,
    /// Half a minute passes: the pause between two messages, and a worker's lease.
    Wait,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typed {
    Right,
    Wrong,
    /// A code that this reset had before.
    Replaced,
    /// The code of another reset.
    Foreign(usize),
}

/// What goes wrong, or happens meanwhile, at one call to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deviation {
    RequestLost,
    ResponseLost,
    Crash,
    Meanwhile(Step),
}

/// A reset as its clients know it.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: ResetId,
    pub(super) codes: Vec<String>,
    pub(super) long: Option<String>,
    pub(super) gate_token: Option<String>,
    pub(super) reset_token: Option<String>,
    /// Proofs that were accepted.
    pub(super) proofs: u32,
}

/// What was seen from outside.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) now: Moment,
    pub(super) resets: Vec<Known>,
    /// Guesses that the policy allows in a day.
    pub(super) budget: u32,
    /// The index of the phone number on file.
    pub(super) phone: usize,
    /// How often each code, long code and token was accepted.
    pub(super) accepted: BTreeMap<String, u32>,
    /// How often the provider sent, or may have sent, the message of an order.
    pub(super) handed_over: BTreeMap<(usize, u32), u32>,
    /// Verdicts on digits since the last completion, which fills the budget again.
    pub(super) verdicts: u32,
    /// Resets from before a change of the account that were not completed by then.
    pub(super) dead: BTreeSet<usize>,
    /// Whether something went wrong or happened meanwhile on the way here.
    pub(super) deviated: bool,
    /// The promise that is broken.
    pub(super) broken: Option<String>,
}

/// A state: what is stored, and what was seen.
pub(super) struct World {
    store: Arc<MemoryStore>,
    pub(super) scene: Scene,
}

impl World {
    /// A world in which nothing has begun, under a policy with one or two gates, and as many guesses a day. With so few
    /// of them, two steps reach the end of the budget.
    pub(super) fn new(gates: u8) -> Self {
        let store = MemoryStore::new();
        let policy = Policy {
            methods_required: gates,
            guesses_per_day: gates.into(),
            guesses_per_30_days: gates.into(),
            ..Policy::default()
        };
        let mut account = Samples::default().account(ADELE);
        account.contacts.set(Slot::OtherMails, vec![on_file(email("adele@fabrikam.example"))]);
        now(store.put_policy(&policy)).unwrap().unwrap();
        now(store.create_account(&account, &names(ADELE), &[])).unwrap().unwrap();
        let scene = Scene {
            now: START.plus(1),
            resets: Vec::new(),
            budget: gates.into(),
            phone: 0,
            accepted: BTreeMap::new(),
            handed_over: BTreeMap::new(),
            verdicts: 0,
            dead: BTreeSet::new(),
            deviated: false,
            broken: None,
        };
        Self { store: Arc::new(store), scene }
    }

    /// Everything that decides what may follow. Worlds with the same text are the same.
    pub(super) fn text(&self) -> String {
        format!("{} {:?}", self.store.decisive(), self.scene)
    }

    pub(super) fn policy(&self) -> Policy {
        now(self.store.policy()).unwrap().unwrap().policy
    }

    pub(super) fn account(&self) -> Account {
        account(&self.store)
    }

    /// The world after a step, and how many calls to the store the step made.
    pub(super) fn after(&self, step: Step, deviation: Option<(usize, Deviation)>) -> (Self, usize) {
        let running = Running { store: Arc::new(self.store.fork()), scene: Arc::new(Mutex::new(self.scene.clone())) };
        running.scene.lock().unwrap().deviated |= deviation.is_some();
        let calls = running.run(step, deviation);
        let scene = running.scene.lock().unwrap().clone();
        (Self { store: running.store, scene }, calls)
    }
}

/// Runs a future that never has to wait. `None` if it does: its process died.
pub(super) fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Polling::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

pub(super) fn account(store: &MemoryStore) -> Account {
    let id = now(store.account_by_name(&NAMES)).unwrap().unwrap().unwrap();
    now(store.account(&id)).unwrap().unwrap().unwrap()
}

pub(super) fn on_file(value: impl Into<Destination>) -> Contact {
    let (source, set_at) = (Source::Directory, START);
    Contact { value: value.into(), source, set_at, verified_at: None, replaced_usable: false, undeliverable: None }
}

pub(super) fn keyring() -> Keyring {
    Keyring::new([(1, (0..32).collect::<Vec<u8>>())]).unwrap()
}

pub(super) fn codes() -> CodeKeys {
    CodeKeys(keyring())
}

pub(super) fn phones() -> PhoneKeys {
    PhoneKeys(keyring())
}

pub(super) fn peppers() -> Peppers {
    Peppers::new(Pepper::parse(1, &[7; 32]).unwrap(), Vec::new()).unwrap()
}
