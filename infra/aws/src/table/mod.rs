//! The single table: its keys, its attribute names, and who reads and writes each item.
//!
//! | item (`pk` / `sk`) | holds | written by | read by |
//! |---|---|---|---|
//! | `RESET#id` / `RESET` | a reset, which is also the delivery job of its first code | begin-reset creates it, and replaces its issued code; deliver-code leases, links the account, marks and completes; verify-code charges and proves; complete-reset completes | begin-reset, verify-code, complete-reset: one read, or the response of the write; deliver-code: the response of the lease |
//! | `RESET#id` / `ORDER#n` | the delivery job of its n-th code, from 2 | begin-reset, in the transaction that replaces the issued code | nobody: the stream announces it |
//! | `LIMIT#digest` / `seconds#start` | how many resets a source network began in one window, and how often it changed a password | begin-reset, in the reset's transaction; check-password | nobody: the write's condition decides |
//! | `IDEMPOTENCY#digest` / `IDEMPOTENCY` | which request reserved a key, and its stored response | every function with an `Idempotency-Key` | the refused write returns the row |
//! | `OWNER#key` / `RING` | an account's guess log: charged guesses, completions, `revoked_before` | verify-code charges; complete-reset, register, check-password and admin-set-contact revoke; complete-reset and admin-set-contact clear | verify-code; deliver-code: one batch with the account; begin-reset, if it asks questions; complete-reset, before it refuses a password; register, before it writes a contact |
//! | `OWNER#key` / `LONG#reset#gate#seed` | one emailed long code | deliver-code stores it, verify-code uses it up | verify-code: one query over these and `RING` |
//! | `OWNER#key` / `RING#REGISTRATION` | the guess log of the owner's own challenges | register charges; admin-set-contact clears | register: the response of the write |
//! | `IDLE#digest` / `RING` | a decoy guess log: guesses at resets for which nothing was sent | verify-code | verify-code: the response of the write |
//! | `IDLE#digest` / `BLOCKED` | that a decoy guess log is full: the same kind of write as the audit record of a full guess log of an owner | verify-code | nobody |
//! | `SENDS#key` / `SENDS` | messages counted for an owner or a destination | deliver-code; record-delivery, if an email came back | deliver-code: one batch with the codes to a range |
//! | `CONVERSION#digest` / `CONVERSION` | the codes sent to a range of phone numbers in a day, and until when the range is blocked | deliver-code; record-delivery removes a code that was not delivered | deliver-code: one batch with the messages, and another one over the resets and challenges of those codes, if the floor is in doubt |
//! | `SPEND#day` / `key` | money reserved in one UTC day | deliver-code | nobody: the write's condition decides |
//! | `SIGNIN#key` / `SIGNIN` | a run of wrong passwords | check-password; complete-reset and admin-set-contact delete it | check-password |
//! | `ACCOUNT#id` / `ACCOUNT` | an account | admin-set-contact, register, complete-reset, check-password; deliver-code and record-delivery mark a contact that messages no longer reach | all but begin-reset and verify-code |
//! | `NAME#digest` / `NAME` | the account that bears a name | admin-set-contact, with the account, if the name changes | deliver-code, register, check-password, admin-get-contact, admin-set-contact |
//! | `DIRECTORY` / `user name` | the same, sorted by name | admin-set-contact, with the account, if the name changes | admin-get-contact: one query, then the accounts |
//! | `INDEX#index` / `text#account` | that an account is found by a name, its mailbox or a contact, or is disabled; of a contact, a keyed digest | admin-set-contact, with the account | admin-get-contact: one query, then the accounts |
//! | `UNCONFIRMED` / `milliseconds#account` | since when nobody has confirmed an account's registered methods | register and admin-set-contact, with the account; deliver-code deletes it with the order of a notice | deliver-code: one query, then the accounts |
//! | `INDEX#RULES` / `INDEX` | by which rules all accounts are indexed | a rebuild of the indexes | the local service |
//! | `QUESTIONS#account` / `QUESTIONS` | an account's security questions, the verifiers of their answers, and the last draw | register writes and removes them with the account; verify-code stores a draw; admin-set-contact deletes them with the account | verify-code; no administrator's function |
//! | `ADMINISTRATORS` / `account` | that an account is privileged | admin-set-contact, with the account, if its role changes | deliver-code: one query |
//! | `CHALLENGE#id` / `CHALLENGE` | a challenge, which is also the delivery job of its code | register; deliver-code leases and completes | register; deliver-code: the response of the lease |
//! | `CHALLENGES#account` / `CHALLENGES` | challenges counted for an account | register; deliver-code gives back a challenge whose code was not sent; admin-set-contact clears them | register, deliver-code |
//! | `NOTICE#day` / `NOTICE#id` | the job of notifying people of a change | with the write that it is about, or by deliver-code when it falls due; deliver-code records who was notified | deliver-code: the response of the lease, or a query over a day |
//! | `AUDIT#day` / `milliseconds#id` | a record of what happened | with the write that it records; by itself if a message was sent or reported, a reset was begun, or a guess log is full | admin-get-contact: a query over a day, newest first |
//! | `POLICY` / `POLICY` | the organisation's policy | admin-set-contact | every function |
//!
//! Every item has `kind` and `version`. `version` counts its writes, except an upgrade of a password's verifier, which
//! readers need not know of. A write that depends on a read of an account, of security questions, of the policy, of
//! sends, of the codes to a range, of challenges or of a run of wrong passwords demands the version that was read.
//! `last_write` names the last write to an item, if a retry of that write must not count twice.
//! A transient item has `expires_at` in milliseconds, which decides, and `ttl` in seconds, a day later, by which the
//! table cleans up. A guess log has only `ttl`: its entries carry their own moments, and once the last of them has left
//! the longer window, a missing guess log means the same.

mod create;
mod job;
mod key;

pub use create::create;
pub use job::job_of;
pub use key::Key;

use shared::time::{DAY, Moment};

/// The partition key's attribute.
pub const PARTITION: &str = "pk";
/// The sort key's attribute.
pub const SORT: &str = "sk";
/// The attribute by which the table deletes items, in seconds since 1970.
pub const TTL: &str = "ttl";
/// The moment at which an item expires, in milliseconds since 1970.
pub const EXPIRES_AT: &str = "expires_at";
/// The kind of an item.
pub const KIND: &str = "kind";
/// The number of writes to an item.
pub const VERSION: &str = "version";

/// Seconds between an item's expiry and its deletion: nothing is deleted while a slow clock still needs it.
pub const SLACK_SECONDS: u64 = DAY;

/// Every top-level attribute of an item.
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
    "issued",
    "sent_before",
    "snapshot",
    "stage",
    "passed",
    "grant",
    "requests",
    "requests_until",
    // Delivery jobs of all kinds.
    "delivery_order",
    "delivery_lease",
    "delivery_settled",
    // Limits and money.
    "count",
    "spent",
    "codes",
    "blocked_until",
    // Stored responses.
    "fingerprint",
    "nonce",
    "response",
    // Guess logs.
    "attempts",
    "revoked_before",
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
    "questions",
    "removed",
    "past",
    "confirmed_at",
    "sign_in_sessions_valid_from",
    "created_at",
    // Notices.
    "notice",
    "at",
    "tell",
    "audience",
    "except",
    "revoke_sessions",
    "done",
    "finished",
    // Security questions.
    "answers",
    "draw",
    // The audit.
    "activity",
    "success",
    "reason",
    "correlation",
    "initiator",
    "target",
    "changes",
    // The policy.
    "document",
];

/// The second from which the table may delete an item that expires at `expires_at`.
#[must_use]
pub fn deleted_after(expires_at: Moment) -> u64 {
    expires_at.plus(SLACK_SECONDS).seconds()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_named_once() {
        let mut names = ATTRIBUTES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ATTRIBUTES.len());
    }
}
