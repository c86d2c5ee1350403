//! How often anything is tried again.
//!
//! | what | tries | pauses | longest | where |
//! |---|---|---|---|---|
//! | one request to AWS | 3 | the SDK's | 8 s in all | `infra/aws`, `compose` |
//! | a transaction that conflicts with another | 6 | 10 to 160 ms | 0.3 s of pauses | `infra/aws`, `store` |
//! | one request of `rekeyctl` | 5 | `Retry-After` | | `infra/rekeyctl`, `client` |
//! | one message of a provider that is too busy | 4 | 0.4, 0.8, 1.6 s | 2.8 s of pauses, 15 s for a response | `infra/aws`, `messenger` |
//! | one delivery job | 3 | 0.3, 1.5 s | 1.8 s of pauses | `deliver_code` |
//! | one record of the stream | until it is 60 s old | Lambda's | 60 s, 30 s each | `infra/template.yaml` |
//! | one unfinished notice | every 5 minutes | | 72 hours | `deliver_code`, the sweep |
//! | a decision on a row that changed | [`MAX_DECISIONS`] | none | 12 reads and writes | the use cases |
//! | the counters of one message | [`MAX_DECISIONS`] | random, up to 14 ms more each | 1.1 s of pauses | `deliver_code` |
//! | the outcome of a password check | 64 | none | 64 reads and writes | `check_password` |
//!
//! So a delivery job pauses for at most 3 × (2.8 + 1.1) + 1.8 = 13.5 seconds. That leaves room for its requests and for one
//! late response within the 30 seconds of the function and of its lease
//! ([`LEASE_SECONDS`](super::deliver_code::LEASE_SECONDS)).

/// Most attempts at a decision on a row that other writes keep changing.
///
/// Every lost write means that somebody else's succeeded. So twelve in a row are lost only if the table fails or
/// somebody floods one account. Then the caller gets 409 for a change of an account or the policy, else 503, and nothing
/// was changed; only a refund of sends is skipped without an error.
pub(crate) const MAX_DECISIONS: usize = 12;
