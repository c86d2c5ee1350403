//! The one table: its keys, the names of its attributes, and who reads and writes what.
//!
//! | item (`pk` / `sk`) | holds | written | read |
//! |---|---|---|---|
//! | `RESET#id` / `RESET` | a reset, which is the order of its first code too | begin-reset puts it, or a later code's order; deliver-code binds, claims, marks and settles; verify-code charges and proves; complete-reset completes | begin-reset, verify-code, complete-reset, deliver-code: one read, or the answer of the write |
//! | `RESET#id` / `ORDER#n` | the order of its n-th code, from 2 | begin-reset, in the transaction that replaces the issue | nobody: the stream announces it |
//! | `LIMIT#digest` / `seconds#start` | resets begun from a source network in one window | begin-reset, in the reset's transaction | nobody: its condition decides |
//! | `IDEMPOTENCY#digest` / `IDEMPOTENCY` | the facts of an answer | every function with an `Idempotency-Key` | the refused write brings the row along |
//! | `OWNER#key` / `RING` | charged guesses, completions, the void moment | verify-code charges; complete-reset, register and the administrators' functions void and clear | verify-code, deliver-code |
//! | `OWNER#key` / `LONG#reset#issue` | one emailed long code | deliver-code keeps it, verify-code uses it | verify-code: one query over these and `RING` |
//! | `OWNER#key` / `RING#REGISTRATION` | guesses at the owner's own challenges | register | register |
//! | `IDLE#digest` / `RING` | guesses where nothing was sent | verify-code | verify-code |
//! | `SENDS#key` / `SENDS` | messages counted for an owner or a destination | deliver-code | deliver-code |
//! | `SPEND#day` / `key` | money reserved in one UTC day | deliver-code | nobody: its condition decides |
//! | `SIGNIN#key` / `SIGNIN` | a run of wrong passwords | check-password; complete-reset and the administrators' functions delete it | check-password |
//! | `ACCOUNT#id` / `ACCOUNT` | an account | the administrators' functions, register, complete-reset, check-password | all but begin-reset and verify-code |
//! | `NAME#digest` / `NAME` | the account that bears a name | with the account, where the name changes | deliver-code, check-password, the administrators' functions |
//! | `DIRECTORY` / `user name` | the same, in the order of names | with the account, where the name changes | admin-get-contact: one query, then the accounts |
//! | `CHALLENGE#id` / `CHALLENGE` | a challenge, which is the order of its code too | register; deliver-code claims and settles | register, deliver-code |
//! | `CHALLENGES#account` / `CHALLENGES` | challenges counted for an account | register | register |
//! | `NOTICE#day` / `NOTICE#id` | an order to tell an owner something | with the write that it is about; deliver-code notes what is told | deliver-code: one read, or a query over a day |
//! | `POLICY` / `POLICY` | the organisation's policy | the administrators' functions | every function |
//!
//! Every item has `kind` and `version`, which counts its writes (but an upgrade of a password's verifier,
//! of which no reader need know); a write that rests on a read of an
//! account, of sends, of challenges or of a run of wrong passwords demands the version that it read.
//! `last_write` names the write that an item saw last, where a repeated one must not count twice.
//! A transient item has `expires_at` in milliseconds, which decides, and `ttl` in seconds a day later,
//! by which the table cleans up. A ring has only `ttl`: its entries carry their own moments, and once
//! the last of them is past the longer window, an absent ring says the same.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, StreamSpecification,
    StreamViewType, TimeToLiveSpecification,
};
use shared::account::Owner;
use shared::budget::Ring;
use shared::idempotency::Claim;
use shared::random::{AccountId, ChallengeId, NoticeId, ResetId};
use shared::reset::LongIssue;
use shared::store::OrderRef;
use shared::time::{DAY, Moment};
use shared::unavailable::Unavailable;

/// The partition key's attribute.
pub const PARTITION: &str = "pk";
/// The sort key's attribute.
pub const SORT: &str = "sk";
/// The attribute by which the table deletes items, in seconds since 1970.
pub const TTL: &str = "ttl";
/// The moment from which an item no longer counts, in milliseconds since 1970.
pub const EXPIRES_AT: &str = "expires_at";
/// What an item is.
pub const KIND: &str = "kind";
/// How often an item was written.
pub const VERSION: &str = "version";

/// Seconds between an item's end and its deletion: nothing is deleted while a slow clock still needs it.
pub const SLACK_SECONDS: u64 = DAY;

/// Every attribute that stands at the top of an item.
pub const ATTRIBUTES: &[&str] = &[
    PARTITION,
    SORT,
    TTL,
    EXPIRES_AT,
    KIND,
    VERSION,
    "last_write",
    // Resets.
    "names",
    "source",
    "began_at",
    "code_key",
    "issue",
    "sent_before",
    "bound",
    "stage",
    "passed",
    "grant",
    // Orders of all kinds.
    "delivery_order",
    "delivery_lease",
    "delivery_settled",
    "delivery_outcome",
    // Limits and money.
    "count",
    "spent",
    // Answers kept.
    "fingerprint",
    "facts",
    // Rings.
    "attempts",
    "void_before",
    "completion_1",
    "completion_2",
    "completion_3",
    "completion_4",
    "completion_5",
    // Long codes and challenges.
    "reset",
    "gate",
    "seed",
    "destination",
    "made_at",
    "used",
    "account",
    "contact",
    "value",
    "channel",
    "digits",
    "reference",
    "tries",
    "counted",
    // Runs of wrong passwords.
    "wrong",
    "pending",
    "changed_at",
    "locks",
    "locked_until",
    "refused",
    // Accounts.
    "id",
    "user_name",
    "profile",
    "enabled",
    "is_admin",
    "on_premises_sync_enabled",
    "password",
    "force_change_password",
    "contacts",
    "registered",
    "removed",
    "past",
    "confirmed_at",
    "sign_in_sessions_valid_from",
    "created_at",
    // Notices.
    "notice",
    "at",
    "tell",
    "revoke_sessions",
    "done",
    "finished",
    // The policy.
    "document",
];

const RESET: &str = "RESET";
const ORDER: &str = "ORDER";
const LIMIT: &str = "LIMIT";
const IDEMPOTENCY: &str = "IDEMPOTENCY";
const OWNER: &str = "OWNER";
const IDLE: &str = "IDLE";
const RING: &str = "RING";
const REGISTRATION: &str = "REGISTRATION";
const LONG: &str = "LONG";
const SENDS: &str = "SENDS";
const SPEND: &str = "SPEND";
const SIGN_IN: &str = "SIGNIN";
const ACCOUNT: &str = "ACCOUNT";
const NAME: &str = "NAME";
const DIRECTORY: &str = "DIRECTORY";
const CHALLENGE: &str = "CHALLENGE";
const CHALLENGES: &str = "CHALLENGES";
const NOTICE: &str = "NOTICE";
const POLICY: &str = "POLICY";

/// Stands between the parts of a key; no part but a directory's sort key can hold it.
const SEPARATOR: char = '#';

/// Bytes of a long code's seed that name it: 64 random bits tell the few issues of one reset apart, and
/// the rest of the seed stays out of the key.
const LONG_NAME_BYTES: usize = 8;

/// Where an item is.
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

    /// The only item of a partition, which is called as the partition is.
    fn single(name: &str, of: &str) -> Self {
        Self::new(joined(name, of), name)
    }

    /// A reset.
    #[must_use]
    pub fn reset(id: &ResetId) -> Self {
        Self::single(RESET, id.as_str())
    }

    /// The n-th order of a code in a reset; the reset is the first itself.
    #[must_use]
    pub fn order(id: &ResetId, order: u32) -> Self {
        Self::new(joined(RESET, id.as_str()), joined(ORDER, &order.to_string()))
    }

    /// A source network's count in the window that begins at `start`.
    #[must_use]
    pub fn limit(key: &str, seconds: u64, start: Moment) -> Self {
        Self::new(joined(LIMIT, key), format!("{seconds}{SEPARATOR}{}", start.seconds()))
    }

    /// A client's idempotency key.
    #[must_use]
    pub fn idempotency(claim: &Claim) -> Self {
        Self::single(IDEMPOTENCY, &claim.row)
    }

    /// A ring of guesses.
    #[must_use]
    pub fn ring(ring: &Ring) -> Self {
        match ring {
            Ring::Account(owner) => Self::new(Self::owner(owner), RING),
            Ring::Registration(owner) => Self::new(Self::owner(owner), joined(RING, REGISTRATION)),
            Ring::Idle(digest) => Self::new(joined(IDLE, digest), RING),
        }
    }

    /// The partition of an owner: its rings and its long codes.
    #[must_use]
    pub fn owner(owner: &Owner) -> String {
        joined(OWNER, &owner.key())
    }

    /// The sort keys between which an owner's long codes and its first ring are, and nothing else.
    #[must_use]
    pub fn long_range() -> (String, String) {
        (joined(LONG, ""), RING.to_owned())
    }

    /// Whether a sort key is that of an owner's first ring.
    #[must_use]
    pub fn is_ring(sort: &str) -> bool {
        sort == RING
    }

    /// A long code of an owner.
    #[must_use]
    pub fn long(owner: &Owner, issue: &LongIssue) -> Self {
        let name = data_encoding::BASE64URL_NOPAD.encode(&issue.seed.as_bytes()[..LONG_NAME_BYTES]);
        Self::new(Self::owner(owner), format!("{LONG}{SEPARATOR}{}{SEPARATOR}{name}", issue.reset.as_str()))
    }

    /// Messages counted.
    #[must_use]
    pub fn sends(key: &str) -> Self {
        Self::single(SENDS, key)
    }

    /// Money of a day.
    #[must_use]
    pub fn spend(day: &str, key: &str) -> Self {
        Self::new(joined(SPEND, day), key)
    }

    /// A run of wrong passwords.
    #[must_use]
    pub fn sign_in(owner: &Owner) -> Self {
        Self::single(SIGN_IN, &owner.key())
    }

    /// An account.
    #[must_use]
    pub fn account(id: &AccountId) -> Self {
        Self::single(ACCOUNT, id.as_str())
    }

    /// A name, under a keyed digest.
    #[must_use]
    pub fn name(digest: &str) -> Self {
        Self::single(NAME, digest)
    }

    /// A name among all names.
    #[must_use]
    pub fn directory(canonical: &str) -> Self {
        Self::new(DIRECTORY.to_owned(), canonical)
    }

    /// A challenge.
    #[must_use]
    pub fn challenge(id: &ChallengeId) -> Self {
        Self::single(CHALLENGE, id.as_str())
    }

    /// Challenges counted.
    #[must_use]
    pub fn challenges(account: &AccountId) -> Self {
        Self::single(CHALLENGES, account.as_str())
    }

    /// A notice of a day.
    #[must_use]
    pub fn notice(day: &str, id: &NoticeId) -> Self {
        Self::new(Self::notices(day), joined(NOTICE, id.as_str()))
    }

    /// The partition of a day's notices.
    #[must_use]
    pub fn notices(day: &str) -> String {
        joined(NOTICE, day)
    }

    /// The policy.
    #[must_use]
    pub fn policy() -> Self {
        Self::new(POLICY.to_owned(), POLICY)
    }
}

fn joined(name: &str, of: &str) -> String {
    format!("{name}{SEPARATOR}{of}")
}

/// The order that a new item is, if it is one; the stream announces orders and much else.
#[must_use]
pub fn order_of(pk: &str, sk: &str) -> Option<OrderRef> {
    let (name, of) = pk.split_once(SEPARATOR)?;
    match (name, sk.split_once(SEPARATOR)) {
        (RESET, None) if sk == RESET => Some(OrderRef::Code(ResetId::parse(of)?, 1)),
        (RESET, Some((ORDER, order))) => Some(OrderRef::Code(ResetId::parse(of)?, order.parse().ok()?)),
        (CHALLENGE, None) if sk == CHALLENGE => Some(OrderRef::Challenge(ChallengeId::parse(of)?)),
        (NOTICE, Some((NOTICE, id))) => Some(OrderRef::Notice { day: of.to_owned(), id: NoticeId::parse(id)? }),
        _ => None,
    }
}

/// The second from which the table may delete an item that ends at `expires_at`.
#[must_use]
pub fn deleted_after(expires_at: Moment) -> u64 {
    expires_at.plus(SLACK_SECONDS).seconds()
}

/// Creates the table as the template does: paid by request, streaming keys, deleting by [`TTL`].
///
/// For tests and the local service; a table that exists is left alone.
///
/// # Errors
/// [`Unavailable`] where the table neither exists nor could be created.
pub async fn create(client: &Client, name: &str) -> Result<(), Unavailable> {
    const WHAT: &str = "the table cannot be created";
    let attribute =
        |name: &str| AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build();
    let key = |name: &str, key_type| KeySchemaElement::builder().attribute_name(name).key_type(key_type).build();
    let incomplete = |_| Unavailable::plain(WHAT);
    let stream = StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::KeysOnly);
    let created = client
        .create_table()
        .table_name(name)
        .attribute_definitions(attribute(PARTITION).map_err(incomplete)?)
        .attribute_definitions(attribute(SORT).map_err(incomplete)?)
        .key_schema(key(PARTITION, KeyType::Hash).map_err(incomplete)?)
        .key_schema(key(SORT, KeyType::Range).map_err(incomplete)?)
        .billing_mode(BillingMode::PayPerRequest)
        .stream_specification(stream.build().map_err(incomplete)?)
        .send()
        .await;
    match created {
        Ok(_) => {}
        Err(error) if error.code() == Some("ResourceInUseException") => return Ok(()),
        Err(error) => return Err(crate::store::failed(WHAT, &error)),
    }
    let ttl = TimeToLiveSpecification::builder().attribute_name(TTL).enabled(true).build().map_err(incomplete)?;
    let switched = client.update_time_to_live().table_name(name).time_to_live_specification(ttl).send().await;
    switched.map_err(|error| crate::store::failed(WHAT, &error))?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ID: &str = "AAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn only_orders_are_orders() {
        let reset = ResetId::parse(ID).unwrap();
        let of = |key: &Key| order_of(&key.partition, &key.sort);
        assert_eq!(of(&Key::reset(&reset)), Some(OrderRef::Code(reset.clone(), 1)));
        assert_eq!(of(&Key::order(&reset, 4)), Some(OrderRef::Code(reset, 4)));
        let challenge = ChallengeId::parse(ID).unwrap();
        assert_eq!(of(&Key::challenge(&challenge)), Some(OrderRef::Challenge(challenge)));
        let id = NoticeId::parse(ID).unwrap();
        let day = "2026-11-21".to_owned();
        assert_eq!(of(&Key::notice(&day, &id)), Some(OrderRef::Notice { day, id }));
        let account = AccountId::parse(ID).unwrap();
        let owner = Owner::Account(account.clone());
        for key in [
            Key::account(&account),
            Key::challenges(&account),
            Key::policy(),
            Key::directory("reset#a@contoso.example"),
            Key::sends("RESET"),
            Key::spend("2026-11-21", "RESET"),
            Key::ring(&Ring::Account(owner.clone())),
            Key::ring(&Ring::Registration(owner)),
        ] {
            assert_eq!(of(&key), None, "{key:?}");
        }
        assert_eq!(order_of("RESET#short", "RESET"), None);
        assert_eq!(order_of("", ""), None);
    }

    #[test]
    fn the_range_of_long_codes_ends_with_the_first_ring() {
        let owner = Owner::Account(AccountId::parse(ID).unwrap());
        let (from, to) = Key::long_range();
        let within = |sort: &str| from.as_str() <= sort && sort <= to.as_str();
        assert!(within(&Key::ring(&Ring::Account(owner.clone())).sort));
        assert!(!within(&Key::ring(&Ring::Registration(owner)).sort));
        assert!(within(&format!("LONG#{ID}#AAAA")));
    }

    #[test]
    fn an_attribute_is_named_once() {
        let mut names = ATTRIBUTES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ATTRIBUTES.len());
    }
}
