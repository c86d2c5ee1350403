//! `Idempotency-Key`: the same request again has the same answer and no second effect.
//!
//! A row keeps keyed digests and the facts from which the answer is rebuilt, never a body or a token.

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::key::IdempotencyKeys;
use crate::store::Store;
use crate::time::{DAY, Moment};
use crate::unavailable::Unavailable;

/// Fewest characters of a key.
pub const MIN_KEY: usize = 16;
/// Most characters of a key.
pub const MAX_KEY: usize = 255;
/// How long an answer is kept, in seconds.
pub const KEPT_SECONDS: u64 = DAY;
/// How long a request that never ended keeps its key, in seconds.
pub const IN_USE_SECONDS: u64 = 60;

/// A key as a client sent it: 16 to 255 visible ASCII characters.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads the header's value; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let valid = (MIN_KEY..=MAX_KEY).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        valid.then(|| Self(text.to_owned()))
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A key's row, and what tells this body from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The row: a keyed digest of route, caller and key.
    pub row: String,
    /// A keyed digest of the body.
    pub fingerprint: String,
}

/// The facts of an answer, from which it is told again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Facts {
    /// A code was ordered in a reset.
    Ordered {
        /// The reset.
        reset: String,
        /// Its end, in milliseconds.
        expires_at: u64,
        /// The code's end.
        code_expires_at: u64,
        /// When a code may be ordered again.
        resend_at: u64,
        /// The reference printed in the message.
        reference: String,
        /// The method.
        method: String,
    },
    /// A gate was passed, and another is required.
    GatePassed {
        /// The reset.
        reset: String,
        /// The methods that may serve the second gate.
        methods: Vec<String>,
    },
    /// Everything was proved.
    Verified {
        /// The reset.
        reset: String,
        /// The token's end, in milliseconds.
        expires_at: u64,
    },
    /// It was done, and there is nothing to tell.
    Done,
    /// A challenge was made.
    Challenged {
        /// The challenge.
        challenge: String,
        /// Its end, in milliseconds.
        expires_at: u64,
        /// The reference printed in the message.
        reference: String,
    },
    /// A contact was registered; its value is found again among those of the account.
    Registered {
        /// Its type.
        contact: String,
        /// The keyed digest of its value as it is written.
        value: String,
        /// When it was registered, in milliseconds.
        at: u64,
        /// Why it could not be used then, if it could not.
        reason: Option<String>,
    },
    /// The request was refused.
    Refused {
        /// The problem's code.
        code: String,
        /// The reasons that came with it.
        reasons: Vec<String>,
    },
}

/// What became of a claim to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// The key is new: do the work, then keep the answer.
    Fresh,
    /// The work was done; tell its answer again.
    Kept(Facts),
    /// The first request still runs.
    InUse {
        /// When it will be given up, at the latest.
        until: Moment,
    },
    /// The key came with another body.
    OtherBody,
}

impl IdempotencyKeys {
    /// The claim of one request: its row and its fingerprint.
    #[must_use]
    pub fn claim(&self, route: &str, caller: &str, key: &IdempotencyKey, body: &[u8]) -> Claim {
        Claim { row: self.row(route, caller, key.as_str()), fingerprint: self.fingerprint(body) }
    }
}

/// What a request that may be a repetition comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Once {
    /// The facts of its answer: of the work just done, or of the first time.
    Told(Facts),
    /// The key came with another body.
    OtherBody,
    /// The first request still runs.
    InUse,
}

/// Does the work once per claimed key; without a claim it is just done.
///
/// # Errors
/// [`Unavailable`] of the work, with the key given up so that the request can be tried again.
pub async fn once<S: Store>(
    context: &Context<S>,
    claim: Option<&Claim>,
    work: impl AsyncFnOnce() -> Result<Facts, Unavailable>,
) -> Result<Once, Unavailable> {
    let Some(claim) = claim else {
        return work().await.map(Once::Told);
    };
    match context.store.claim_key(claim, context.now()).await? {
        Claimed::Kept(facts) => return Ok(Once::Told(facts)),
        Claimed::OtherBody => return Ok(Once::OtherBody),
        Claimed::InUse { .. } => return Ok(Once::InUse),
        Claimed::Fresh => {}
    }
    let facts = match work().await {
        Ok(facts) => facts,
        Err(failed) => {
            // Where even this fails the claim ends by itself after a minute.
            context.store.release_key(claim).await.ok();
            return Err(failed);
        }
    };
    let written = if matches!(&facts, Facts::Refused { code, .. } if !is_kept(code)) {
        context.store.release_key(claim).await
    } else {
        context.store.keep_answer(claim, &facts, context.now()).await
    };
    if let Err(failed) = written {
        // The work is done, and a failure would say that it is not: only a repetition will not find its answer.
        tracing::error!(what = failed.what, "an answer was not kept for repetitions");
    }
    Ok(Once::Told(facts))
}

/// Whether a refusal is an answer that stays; what is not there, a conflict or a limit may pass.
fn is_kept(code: &str) -> bool {
    !matches!(code, "conflict" | "not-found" | "rate-limited")
}
