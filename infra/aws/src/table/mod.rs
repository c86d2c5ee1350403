//! The one table: its keys, the names of its attributes, and who reads and writes what.
//!
//! | item (`pk` / `sk`) | holds | written | read |
//! |---|---|---|---|
//! | `RESET#id` / `RESET` | a reset, which is the order of its first code too | begin-reset puts it, or a later code's order; deliver-code binds, claims, marks and settles; verify-code charges and proves; complete-reset completes | begin-reset, verify-code, complete-reset, deliver-code: one read, or the answer of the write |
//! | `RESET#id` / `ORDER#n` | the order of its n-th code, from 2 | begin-reset, in the transaction that replaces the issue | nobody: the stream announces it |
//! | `LIMIT#digest` / `seconds#start` | resets begun from a source network in one window | begin-reset, in the reset's transaction | nobody: its condition decides |
//! | `IDEMPOTENCY#digest` / `IDEMPOTENCY` | which request claims a key, and the facts of its answer | every function with an `Idempotency-Key` | the refused write brings the row along |
//! | `OWNER#key` / `GUESS_LOG` | charged guesses, completions, the void moment | verify-code charges; complete-reset, register and the administrators' functions void and clear | verify-code, deliver-code; begin-reset, where it asks questions; complete-reset, before it refuses a password; register, before a contact is written |
//! | `OWNER#key` / `LONG#reset#issue` | one emailed long code | deliver-code keeps it, verify-code uses it | verify-code: one query over these and `GUESS_LOG` |
//! | `OWNER#key` / `GUESS_LOG#REGISTRATION` | guesses at the owner's own challenges | register; admin-set-contact clears | register |
//! | `IDLE#digest` / `GUESS_LOG` | guesses where nothing was sent | verify-code | verify-code |
//! | `IDLE#digest` / `BLOCKED` | that such a ring is full: a write of the same kind as the record that another ring's owner gets | verify-code | nobody |
//! | `SENDS#key` / `SENDS` | messages counted for an owner or a destination | deliver-code | deliver-code |
//! | `SPEND#day` / `key` | money reserved in one UTC day | deliver-code | nobody: its condition decides |
//! | `SIGNIN#key` / `SIGNIN` | a run of wrong passwords | check-password; complete-reset and the administrators' functions delete it | check-password |
//! | `ACCOUNT#id` / `ACCOUNT` | an account | the administrators' functions, register, complete-reset, check-password | all but begin-reset and verify-code |
//! | `NAME#digest` / `NAME` | the account that bears a name | with the account, where the name changes | deliver-code, register, check-password, the administrators' functions |
//! | `DIRECTORY` / `user name` | the same, in the order of names | with the account, where the name changes | admin-get-contact: one query, then the accounts |
//! | `QUESTIONS#account` / `QUESTIONS` | an account's security questions, the verifiers of their answers and the last draw | register puts and removes them with the account; verify-code notes a draw; deleted with the account | verify-code; no administrator's function |
//! | `ADMINISTRATORS` / `account` | that an account is privileged | with the account, where its role changes | deliver-code: one query |
//! | `CHALLENGE#id` / `CHALLENGE` | a challenge, which is the order of its code too | register; deliver-code claims and settles | register, deliver-code |
//! | `CHALLENGES#account` / `CHALLENGES` | challenges counted for an account | register; deliver-code gives one back of which no code was sent | register, deliver-code |
//! | `NOTICE#day` / `NOTICE#id` | an order to tell an owner something | with the write that it is about; deliver-code notes what is told | deliver-code: one read, or a query over a day |
//! | `AUDIT#day` / `milliseconds#id` | a record of what happened | with the write that it records, and verify-code where a ring is full | admin-get-contact: a query over a day, the newest first |
//! | `POLICY` / `POLICY` | the organisation's policy | the administrators' functions | every function but check-password |
//!
//! Every item has `kind` and `version`, which counts its writes (but an upgrade of a password's verifier,
//! of which no reader need know); a write that rests on a read of an
//! account, of security questions, of the policy, of sends, of challenges or of a run of wrong passwords
//! demands the version that it read.
//! `last_write` names the write that an item saw last, where a repeated one must not count twice.
//! A transient item has `expires_at` in milliseconds, which decides, and `ttl` in seconds a day later,
//! by which the table cleans up. A ring has only `ttl`: its entries carry their own moments, and once
//! the last of them is past the longer window, an absent ring says the same.

mod create;
mod key;
mod order;

pub use create::create;
pub use key::Key;
pub use order::order_of;

use shared::time::{DAY, Moment};

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
    "issued",
    "sent_before",
    "snapshot",
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
    "nonce",
    "response",
    // Rings.
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

/// The second from which the table may delete an item that ends at `expires_at`.
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
