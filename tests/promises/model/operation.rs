//! What a person, a stranger, an administrator, a provider or the clock may do next.

use std::ops::RangeInclusive;

use proptest::prelude::*;

/// The seconds that the clock may move: past the pause between two codes, the life of a code, the life of a reset, the
/// hour of the send limits, the day of the budget. Each is a little more than the limit, because the service's clock
/// also runs by itself.
const STEPS: [u64; 5] = [31, 301, 903, 3_603, 86_403];

/// A method by which a code travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Sms,
    Call,
    Email,
}

/// What the provider does with the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provider {
    Sends,
    Refuses,
    /// It sends the message, and its response is lost.
    LosesResponse,
    /// It is too busy once, and sends the message at the second try.
    BusyOnce,
    /// It is too busy in all three tries.
    Busy,
}

/// A request for a code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) method: Method,
    /// Whether the phone number on file is typed, or another one.
    pub(super) right_phone: bool,
    pub(super) provider: Provider,
}

/// A guess at a code, by the index of the reset whose code is typed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Guess {
    /// A code that was sent to nobody.
    Wrong,
    /// The code that was sent last for this reset.
    Newest(usize),
    /// The first code that was sent for this reset, which may have been replaced.
    Oldest(usize),
}

/// One operation. Resets and people are given by an index, which is taken modulo their number.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
    Begin {
        person: usize,
        network: u8,
        order: Order,
    },
    OrderAgain {
        reset: usize,
        with_token: bool,
        order: Order,
    },
    Guess {
        reset: usize,
        with_token: bool,
        guess: Guess,
    },
    /// Types the long code of another reset's email, or of its own.
    LongCode {
        reset: usize,
        with_token: bool,
        of: usize,
    },
    Complete {
        reset: usize,
        right_token: bool,
        weak_password: bool,
    },
    Advance(u64),
    /// The administrator sets one of a few numbers, or clears the field.
    SetPhone {
        person: usize,
        number: Option<usize>,
    },
    SetEnabled {
        person: usize,
        enabled: bool,
    },
    Unblock {
        person: usize,
    },
    /// The stream delivers the record of a reset's newest job once more.
    DeliverAgain {
        reset: usize,
    },
}

impl Operation {
    /// The name of its variant.
    pub(super) fn kind(&self) -> String {
        format!("{self:?}").chars().take_while(char::is_ascii_alphabetic).collect()
    }
}

fn method() -> impl Strategy<Value = Method> {
    prop_oneof![4 => Just(Method::Sms), 1 => Just(Method::Call), 3 => Just(Method::Email)]
}

fn provider() -> impl Strategy<Value = Provider> {
    prop_oneof![
        12 => Just(Provider::Sends),
        2 => Just(Provider::Refuses),
        2 => Just(Provider::LosesResponse),
        1 => Just(Provider::BusyOnce),
        1 => Just(Provider::Busy),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    let right_phone = prop::bool::weighted(0.9);
    (method(), right_phone, provider()).prop_map(|(method, right_phone, provider)| Order {
        method,
        right_phone,
        provider,
    })
}

/// Most operations are about the newest reset, so that whole resets are common.
fn reset() -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(0_usize), 2 => 0_usize..4]
}

fn guess() -> impl Strategy<Value = Guess> {
    prop_oneof![
        2 => Just(Guess::Wrong),
        5 => reset().prop_map(Guess::Newest),
        1 => reset().prop_map(Guess::Oldest),
    ]
}

fn with_token() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.8)
}

/// Operations, so many or some more: a few stand in an order that hardly ever comes about by chance.
pub(super) fn operations(count: RangeInclusive<usize>) -> impl Strategy<Value = Vec<Operation>> {
    let some =
        prop_oneof![14 => operation().prop_map(|one| vec![one]), 1 => Just(two_gates()), 1 => Just(sent_again())];
    prop::collection::vec(some, count).prop_map(|parts| parts.concat())
}

/// What a person does who resets a password with a text and an email.
fn two_gates() -> Vec<Operation> {
    let order = |method| Order { method, right_phone: true, provider: Provider::Sends };
    let guess = |with_token| Operation::Guess { reset: 0, with_token, guess: Guess::Newest(0) };
    vec![
        Operation::Begin { person: 0, network: 1, order: order(Method::Sms) },
        guess(false),
        Operation::Advance(STEPS[0]),
        Operation::OrderAgain { reset: 0, with_token: true, order: order(Method::Email) },
        guess(true),
        Operation::Complete { reset: 0, right_token: true, weak_password: false },
    ]
}

/// What a person does who mistypes a code as often as it may be tried, and has it sent again in between. It stays spent.
fn sent_again() -> Vec<Operation> {
    let order = Order { method: Method::Sms, right_phone: true, provider: Provider::Sends };
    let guess = |guess| Operation::Guess { reset: 0, with_token: false, guess };
    vec![
        Operation::Begin { person: 0, network: 1, order },
        guess(Guess::Wrong),
        Operation::Advance(STEPS[0]),
        Operation::OrderAgain { reset: 0, with_token: false, order },
        guess(Guess::Wrong),
        guess(Guess::Newest(0)),
    ]
}

/// One operation. Simpler ones come first, because a failure shrinks towards them.
fn operation() -> impl Strategy<Value = Operation> {
    let person = || prop_oneof![4 => Just(0_usize), 1 => 1_usize..3];
    prop_oneof![
        5 => (person(), 1..3_u8, order())
            .prop_map(|(person, network, order)| Operation::Begin { person, network, order }),
        6 => (reset(), with_token(), guess())
            .prop_map(|(reset, with_token, guess)| Operation::Guess { reset, with_token, guess }),
        3 => (reset(), prop::bool::weighted(0.9), prop::bool::weighted(0.15)).prop_map(
            |(reset, right_token, weak_password)| Operation::Complete { reset, right_token, weak_password }
        ),
        3 => prop::sample::select(&STEPS[..]).prop_map(Operation::Advance),
        4 => (reset(), with_token(), order())
            .prop_map(|(reset, with_token, order)| Operation::OrderAgain { reset, with_token, order }),
        2 => (reset(), with_token(), reset())
            .prop_map(|(reset, with_token, of)| Operation::LongCode { reset, with_token, of }),
        1 => (person(), prop::option::weighted(0.8, 0_usize..2))
            .prop_map(|(person, number)| Operation::SetPhone { person, number }),
        1 => (person(), prop::bool::weighted(0.6))
            .prop_map(|(person, enabled)| Operation::SetEnabled { person, enabled }),
        1 => person().prop_map(|person| Operation::Unblock { person }),
        2 => reset().prop_map(|reset| Operation::DeliverAgain { reset }),
    ]
}
