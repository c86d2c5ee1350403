//! The state of the store in memory.

use std::collections::{BTreeMap, BTreeSet};

use crate::account::Account;
use crate::account::search::IndexEntry;
use crate::credentials::questions::QuestionSet;
use crate::limits::conversion::ConversionLog;
use crate::limits::guesses::{GuessLog, GuessLogState};
use crate::limits::lockout::Lockout;
use crate::limits::messages::SendLog;
use crate::ports::idempotency::StoredResponse;
use crate::ports::store::StoredPolicy;
use crate::random::{AccountId, ChallengeId, NoticeId, ResetId};
use crate::records::audit::{AuditMark, AuditRecord};
use crate::records::notice::NoticeOrder;
use crate::reset::challenge::Challenge;
use crate::reset::{Delivered, IssuedLongCode, Reset};
use crate::time::{Date, Moment};

/// A row that is also a delivery job.
#[derive(Debug, Clone)]
pub(super) struct Ordered<T> {
    pub(super) value: T,
    pub(super) delivery: Delivery,
}

impl<T> Ordered<T> {
    pub(super) fn new(value: T) -> Self {
        Self { value, delivery: Delivery::default() }
    }
}

/// The progress of a row's current job.
#[derive(Debug, Clone, Default)]
pub(super) struct Delivery {
    pub(super) lease_until: Option<Moment>,
    /// Whether this job, and no earlier job for the same code, marked that the code exists.
    pub(super) marked: bool,
    pub(super) outcome: Option<Delivered>,
}

/// An emailed long code. A used one stays, so that a late delivery cannot make it valid again.
#[derive(Debug, Clone)]
pub(super) struct StoredLongCode {
    pub(super) issued: IssuedLongCode,
    pub(super) used: bool,
}

/// A key that came with a request.
#[derive(Debug, Clone)]
pub(super) struct StoredKey {
    pub(super) fingerprint: String,
    /// The nonce of the request that reserved it.
    pub(super) nonce: String,
    /// The response, once there is one.
    pub(super) response: Option<StoredResponse>,
    /// When the reservation ends or the response is forgotten.
    pub(super) until: Moment,
}

/// Everything in the store.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) policy: StoredPolicy,
    pub(super) resets: BTreeMap<ResetId, Ordered<Reset>>,
    /// How many requests came to each reset in its window, and when that ends.
    pub(super) requests: BTreeMap<ResetId, (u32, Moment)>,
    /// How many resets began, by limit and window.
    pub(super) begins: BTreeMap<(String, Moment), u32>,
    pub(super) guess_logs: BTreeMap<String, GuessLogState>,
    /// Long codes by owner.
    pub(super) issued_long_codes: BTreeMap<String, Vec<StoredLongCode>>,
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) names: BTreeMap<String, AccountId>,
    pub(super) administrators: BTreeSet<AccountId>,
    /// The entries of accounts whose owners were asked to confirm their methods.
    pub(super) asked: BTreeSet<IndexEntry>,
    pub(super) questions: BTreeMap<AccountId, QuestionSet>,
    /// Audit records by day and position.
    pub(super) audit: BTreeMap<(Date, AuditMark), AuditRecord>,
    pub(super) sign_ins: BTreeMap<String, Lockout>,
    pub(super) sends: BTreeMap<String, SendLog>,
    /// The codes sent to ranges of phone numbers.
    pub(super) conversion_logs: BTreeMap<String, ConversionLog>,
    /// How many of the next writes of a counter are lost, by its key.
    pub(super) lost_writes: BTreeMap<String, usize>,
    /// Reserved money in millionths of a dollar, by day and key.
    pub(super) spent: BTreeMap<(Date, String), u64>,
    pub(super) challenges: BTreeMap<ChallengeId, Ordered<Challenge>>,
    /// Notices by day and id.
    pub(super) notices: BTreeMap<(Date, NoticeId), Ordered<NoticeOrder>>,
    pub(super) keys: BTreeMap<String, StoredKey>,
}

pub(super) fn guess_log_key(guess_log: &GuessLog) -> String {
    match guess_log {
        GuessLog::Account(owner) => format!("account {}", owner.key()),
        GuessLog::Decoy(name) => format!("idle {name}"),
        GuessLog::Registration(owner) => format!("registration {}", owner.key()),
    }
}
