//! The key of every kind of item.

use shared::account::Owner;
use shared::account::search::Index;
use shared::limits::guesses::GuessLog;
use shared::ports::idempotency::KeyReservation;
use shared::random::{AccountId, ChallengeId, NoticeId, ResetId};
use shared::records::audit::{AuditMark, AuditRecord};
use shared::reset::IssuedLongCode;
use shared::reset::challenge::CHALLENGE_LOG;
use shared::time::{Date, Moment};

pub(super) const RESET: &str = "RESET";
pub(super) const ORDER: &str = "ORDER";
const LIMIT: &str = "LIMIT";
const IDEMPOTENCY: &str = "IDEMPOTENCY";
const OWNER: &str = "OWNER";
const IDLE: &str = "IDLE";
const GUESS_LOG: &str = "RING";
const REGISTRATION: &str = "REGISTRATION";
const LONG: &str = "LONG";
const SENDS: &str = "SENDS";
const CONVERSION: &str = "CONVERSION";
const SPEND: &str = "SPEND";
const SIGN_IN: &str = "SIGNIN";
const ACCOUNT: &str = "ACCOUNT";
const NAME: &str = "NAME";
const DIRECTORY: &str = "DIRECTORY";
const INDEX: &str = "INDEX";
const UNCONFIRMED: &str = "UNCONFIRMED";
pub(super) const CHALLENGE: &str = "CHALLENGE";
const CHALLENGES: &str = "CHALLENGES";
pub(super) const NOTICE: &str = "NOTICE";
const POLICY: &str = "POLICY";
const AUDIT: &str = "AUDIT";
const QUESTIONS: &str = "QUESTIONS";
const ADMINISTRATORS: &str = "ADMINISTRATORS";
const BLOCKED: &str = "BLOCKED";

/// Separates the parts of a key. Only the sort key of a directory entry can contain it otherwise.
pub(super) const SEPARATOR: char = '#';

/// Bytes of a long code's seed that name it in its key: 64 random bits tell the few codes of one reset apart, and the
/// rest of the seed stays out of the key.
const LONG_NAME_BYTES: usize = 8;

/// Digits of a moment in a sort key, in milliseconds: enough until the year 2286, so that keys sort by time.
const MOMENT_DIGITS: usize = 13;

/// The primary key of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The partition key.
    pub partition: String,
    /// The sort key.
    pub sort: String,
}

impl Key {
    fn new(partition: String, sort: impl Into<String>) -> Self {
        Self { partition, sort: sort.into() }
    }

    /// The only item of a partition; its sort key is the name of the partition's kind.
    fn single(name: &str, of: &str) -> Self {
        Self::new(joined(name, of), name)
    }

    /// The key of a reset.
    #[must_use]
    pub fn reset(id: &ResetId) -> Self {
        Self::single(RESET, id.as_str())
    }

    /// The key of a reset's n-th delivery job. The reset itself is the first.
    #[must_use]
    pub fn order(id: &ResetId, order: u32) -> Self {
        Self::new(joined(RESET, id.as_str()), joined(ORDER, &order.to_string()))
    }

    /// The id of the reset whose rows a partition holds.
    pub(crate) fn reset_id(partition: &str) -> Option<ResetId> {
        ResetId::parse(partition.strip_prefix(RESET)?.strip_prefix(SEPARATOR)?)
    }

    /// The key of a source network's counter for the window that begins at `start` and lasts `seconds`.
    #[must_use]
    pub fn limit(key: &str, seconds: u64, start: Moment) -> Self {
        Self::new(joined(LIMIT, key), format!("{seconds}{SEPARATOR}{}", start.seconds()))
    }

    /// The key of a reserved idempotency key.
    #[must_use]
    pub fn idempotency(reservation: &KeyReservation) -> Self {
        Self::single(IDEMPOTENCY, &reservation.row)
    }

    /// The key of a guess log.
    #[must_use]
    pub fn guess_log(guess_log: &GuessLog) -> Self {
        match guess_log {
            GuessLog::Account(owner) => Self::new(Self::owner(owner), GUESS_LOG),
            GuessLog::Registration(owner) => Self::new(Self::owner(owner), joined(GUESS_LOG, REGISTRATION)),
            GuessLog::Decoy(digest) => Self::new(joined(IDLE, digest), GUESS_LOG),
        }
    }

    /// The partition of an owner: guess logs and long codes.
    #[must_use]
    pub fn owner(owner: &Owner) -> String {
        joined(OWNER, &owner.key())
    }

    /// The range of sort keys that holds an owner's long codes and its account guess log, and nothing else.
    #[must_use]
    pub fn long_range() -> (String, String) {
        (joined(LONG, ""), GUESS_LOG.to_owned())
    }

    /// Whether a sort key is that of an owner's account guess log.
    #[must_use]
    pub fn is_guess_log(sort: &str) -> bool {
        sort == GUESS_LOG
    }

    /// The key of an owner's long code.
    #[must_use]
    pub fn long(owner: &Owner, issued: &IssuedLongCode) -> Self {
        let name = data_encoding::BASE64URL_NOPAD.encode(&issued.seed.as_bytes()[..LONG_NAME_BYTES]);
        Self::new(Self::owner(owner), format!("{LONG}{SEPARATOR}{}{SEPARATOR}{name}", issued.reset.as_str()))
    }

    /// The key of a log of counted messages. A person's challenges have a partition of their own, because the function
    /// that makes them may not access the others.
    #[must_use]
    pub fn sends(key: &str) -> Self {
        match key.strip_prefix(CHALLENGE_LOG) {
            Some(account) => Self::single(CHALLENGES, account),
            None => Self::single(SENDS, key),
        }
    }

    /// The key of the codes that were sent to a range of phone numbers.
    #[must_use]
    pub fn conversion_log(range: &str) -> Self {
        Self::single(CONVERSION, range)
    }

    /// The key of the money reserved for `key` on a day.
    #[must_use]
    pub fn spend(day: Date, key: &str) -> Self {
        Self::new(joined(SPEND, &day.to_string()), key)
    }

    /// The key of an owner's run of wrong passwords.
    #[must_use]
    pub fn lockout(owner: &Owner) -> Self {
        Self::single(SIGN_IN, &owner.key())
    }

    /// The key of an account.
    #[must_use]
    pub fn account(id: &AccountId) -> Self {
        Self::single(ACCOUNT, id.as_str())
    }

    /// The key of a user name under a keyed digest.
    #[must_use]
    pub fn name(digest: &str) -> Self {
        Self::single(NAME, digest)
    }

    /// The key of an account's place in an index.
    #[must_use]
    pub fn index(index: Index, place: &str) -> Self {
        let partition = match index {
            Index::UserName => DIRECTORY.to_owned(),
            Index::Name => joined(INDEX, "NAME"),
            Index::Mail => joined(INDEX, "MAIL"),
            Index::OtherMail => joined(INDEX, "OTHERMAIL"),
            Index::Phone => joined(INDEX, "PHONE"),
            Index::Disabled => joined(INDEX, "DISABLED"),
            Index::Unconfirmed => UNCONFIRMED.to_owned(),
        };
        Self::new(partition, place)
    }

    /// The key of the note by which rules all accounts are indexed.
    #[must_use]
    pub fn index_rules() -> Self {
        Self::single(INDEX, "RULES")
    }

    /// The key of a challenge.
    #[must_use]
    pub fn challenge(id: &ChallengeId) -> Self {
        Self::single(CHALLENGE, id.as_str())
    }

    /// Whether a sort key is that of a challenge.
    #[must_use]
    pub fn is_challenge(sort: &str) -> bool {
        sort == CHALLENGE
    }

    /// The key of a notice of a day.
    #[must_use]
    pub fn notice(day: Date, id: &NoticeId) -> Self {
        Self::new(Self::notices(day), joined(NOTICE, id.as_str()))
    }

    /// The partition of a day's notices.
    #[must_use]
    pub fn notices(day: Date) -> String {
        joined(NOTICE, &day.to_string())
    }

    /// The key of an audit record.
    #[must_use]
    pub fn record(record: &AuditRecord) -> Self {
        Self::new(Self::audit(record.day()), Self::audit_place(&record.mark()))
    }

    /// The partition of a day's audit records.
    #[must_use]
    pub fn audit(day: Date) -> String {
        joined(AUDIT, &day.to_string())
    }

    /// The sort key of a position in the audit; keys sort like positions.
    #[must_use]
    pub fn audit_place(mark: &AuditMark) -> String {
        format!("{:0MOMENT_DIGITS$}{SEPARATOR}{}", mark.at.millis(), mark.id.as_str())
    }

    /// The key of an account's security questions.
    #[must_use]
    pub fn questions(account: &AccountId) -> Self {
        Self::single(QUESTIONS, account.as_str())
    }

    /// The key of a privileged account in the list of all of them.
    #[must_use]
    pub fn administrator(account: &AccountId) -> Self {
        Self::new(Self::administrators(), account.as_str())
    }

    /// The partition of all privileged accounts.
    #[must_use]
    pub fn administrators() -> String {
        ADMINISTRATORS.to_owned()
    }

    /// The key of the note that a decoy guess log is full.
    #[must_use]
    pub fn blocked(idle: &str) -> Self {
        Self::new(joined(IDLE, idle), BLOCKED)
    }

    /// The key of the organisation's policy.
    #[must_use]
    pub fn policy() -> Self {
        Self::new(POLICY.to_owned(), POLICY)
    }
}

fn joined(name: &str, of: &str) -> String {
    format!("{name}{SEPARATOR}{of}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "AAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn the_range_of_long_codes_ends_with_the_first_ring() {
        let owner = Owner::Account(AccountId::parse(ID).unwrap());
        let (from, to) = Key::long_range();
        let within = |sort: &str| from.as_str() <= sort && sort <= to.as_str();
        assert!(within(&Key::guess_log(&GuessLog::Account(owner.clone())).sort));
        assert!(!within(&Key::guess_log(&GuessLog::Registration(owner)).sort));
        assert!(within(&format!("LONG#{ID}#AAAA")));
    }

    #[test]
    fn places_in_the_audit_are_in_the_order_of_their_keys() {
        let id = |text: &str| shared::random::AuditId::parse(text).unwrap();
        let place = |at: u64, name: &str| AuditMark { at: Moment::from_millis(at), id: id(name) };
        let places = [
            place(0, ID),
            place(999_999_999_999, ID),
            place(1_797_120_000_000, "--------------------AA"),
            place(1_797_120_000_000, ID),
            place(1_797_120_000_000, "_aAAAAAAAAAAAAAAAAAAAA"),
            place(1_797_120_000_001, "--------------------AA"),
        ];
        assert!(places.is_sorted());
        let keys = places.map(|place| Key::audit_place(&place));
        assert!(keys.is_sorted(), "{keys:?}");
        assert_eq!(keys[0], format!("0000000000000#{ID}"));
    }
}
