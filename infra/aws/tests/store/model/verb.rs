//! The verbs of a sequence, drawn at random.

use std::ops::RangeInclusive;

use proptest::prelude::*;

/// Milliseconds that the clock may move: nothing, to the next window, past a lease, a reset, a day.
const STEPS: [u64; 6] = [0, 1, 31_000, 61_000, 900_000, 86_400_000];

/// A verb, with the account or reset that it is about and how long ago that was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verb {
    pub(super) what: What,
    pub(super) account: usize,
    pub(super) reset: usize,
    /// How many reads ago the value was read that a write is based on.
    pub(super) stale: usize,
    /// Chooses between the forms of a verb.
    pub(super) form: usize,
    /// Milliseconds since the verb before.
    pub(super) step: u64,
}

/// The verbs, by name.
#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    Begin,
    ReadReset,
    ReadResetAndPolicy,
    Reissue,
    Link,
    CountRequest,
    ChargeReset,
    Prove,
    StoreLongCode,
    ProveLong,
    Lease,
    Record,
    ReadLogs,
    ReadAccountAndGuessLog,
    CompleteJob,
    ReleaseJob,
    SpendAttempt,
    Trim,
    NoteBlocked,
    PutSends,
    CountCode,
    LookUpCodes,
    Spend,
    Refund,
    PutLockout,
    ReadAccount,
    ChangeAccount,
    Unblock,
    ChargePassword,
    SetPassword,
    PutNotice,
    ReserveKey,
    StoreResponse,
    ReleaseKey,
}

/// Verbs, so many or some more: a few stand in the order of a whole reset, which hardly ever comes about by chance.
pub(super) fn verbs(count: RangeInclusive<usize>) -> impl Strategy<Value = Vec<Verb>> {
    use What::{Begin, Link, Prove, ProveLong, ReadAccount, ReadReset, SetPassword, StoreLongCode};
    let by_digits = whole(&[ReadAccount, Begin, Link, ReadReset, Prove, ReadReset, SetPassword, SetPassword]);
    let by_long_code = whole(&[ReadAccount, Begin, Link, StoreLongCode, ReadReset, ProveLong, ProveLong]);
    let some = prop_oneof![
        30 => verb().prop_map(|one| vec![one]),
        1 => by_digits,
        1 => by_long_code,
    ];
    prop::collection::vec(some, count).prop_map(|parts| parts.concat())
}

/// These verbs in a row, about the newest reset and what was read last.
fn whole(whats: &[What]) -> Just<Vec<Verb>> {
    let verb = |what: &What| Verb { what: *what, account: 0, reset: 0, stale: 0, form: 3, step: 1 };
    Just(whats.iter().map(verb).collect())
}

fn verb() -> impl Strategy<Value = Verb> {
    let what = prop_oneof![
        2 => Just(What::Begin),
        6 => Just(What::ReadReset),
        1 => Just(What::ReadResetAndPolicy),
        2 => Just(What::Reissue),
        3 => Just(What::Link),
        1 => Just(What::CountRequest),
        2 => Just(What::ChargeReset),
        4 => Just(What::Prove),
        2 => Just(What::StoreLongCode),
        3 => Just(What::ProveLong),
        4 => Just(What::Lease),
        2 => Just(What::Record),
        1 => Just(What::ReadLogs),
        1 => Just(What::ReadAccountAndGuessLog),
        3 => Just(What::CompleteJob),
        2 => Just(What::ReleaseJob),
        3 => Just(What::SpendAttempt),
        1 => Just(What::Trim),
        1 => Just(What::NoteBlocked),
        2 => Just(What::PutSends),
        4 => Just(What::CountCode),
        2 => Just(What::LookUpCodes),
        4 => Just(What::Spend),
        1 => Just(What::Refund),
        1 => Just(What::PutLockout),
        3 => Just(What::ReadAccount),
        2 => Just(What::ChangeAccount),
        1 => Just(What::Unblock),
        2 => Just(What::ChargePassword),
        4 => Just(What::SetPassword),
        1 => Just(What::PutNotice),
        2 => Just(What::ReserveKey),
        1 => Just(What::StoreResponse),
        1 => Just(What::ReleaseKey),
    ];
    let about = (0..2_usize, prop_oneof![3 => Just(0_usize), 1 => 0..3_usize]);
    let stale = prop_oneof![4 => Just(0_usize), 1 => 1..3_usize];
    let step = prop_oneof![6 => Just(STEPS[0]), 6 => Just(STEPS[1]), 2 => prop::sample::select(&STEPS[2..])];
    (what, about, stale, 0..6_usize, step).prop_map(|(what, (account, reset), stale, form, step)| Verb {
        what,
        account,
        reset,
        stale,
        form,
        step,
    })
}
