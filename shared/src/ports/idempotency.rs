//! `Idempotency-Key`: the same request again has the same answer and no second effect.
//!
//! A row keeps keyed digests and the facts from which the answer is rebuilt, never a body or a token.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::credentials::key::IdempotencyKeys;
use crate::ports::store::Store;
use crate::random::{Randomness, bytes};
use crate::time::{DAY, Moment};
use crate::unavailable::Unavailable;
use crate::use_cases::context::Context;

/// Fewest characters of a key.
pub const MIN_KEY: usize = 16;
/// Most characters of a key.
pub const MAX_KEY: usize = 255;
/// How long an answer is kept, in seconds.
pub const KEPT_SECONDS: u64 = DAY;
/// How long a request that never ended keeps its key, in seconds.
pub const IN_USE_SECONDS: u64 = 60;
/// Random bytes that name one request among those with its key.
const NONCE_BYTES: usize = 16;

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

/// One request's claim to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The row: a keyed digest of route, caller and key.
    pub row: String,
    /// A keyed digest of the body, which tells it from another.
    pub fingerprint: String,
    /// Names this request alone: one that outlived its claim must not end that of the same request sent again.
    pub nonce: String,
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
    /// A registration was confirmed.
    Confirmed {
        /// When it was shown, in milliseconds.
        at: u64,
        /// A keyed digest of all that was shown.
        shown: String,
    },
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
        /// How.
        code: Refusal,
        /// The reasons that came with it.
        reasons: Vec<String>,
    },
}

impl Facts {
    /// A refusal that is told without reasons.
    #[must_use]
    pub const fn refused(code: Refusal) -> Self {
        Self::Refused { code, reasons: Vec::new() }
    }
}

/// How a request was refused, by the code of its problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// It cannot be read, or asks for what the policy does not offer.
    Malformed,
    /// There is no such resource.
    NotFound,
    /// It contradicts what there is.
    Conflict,
    /// The code is not accepted.
    CodeRejected,
    /// The token is not accepted.
    TokenRejected,
    /// The password is not accepted.
    PasswordRejected,
    /// The answers are not accepted.
    AnswersRejected,
    /// The contact is not accepted.
    ContactRejected,
    /// There were too many.
    RateLimited,
}

impl Refusal {
    /// Whether it is an answer that stays: what is not there, a conflict or a limit may pass, and what form and policy
    /// say is judged each time.
    const fn is_kept(self) -> bool {
        match self {
            Self::CodeRejected | Self::TokenRejected | Self::PasswordRejected | Self::AnswersRejected => true,
            Self::Malformed | Self::NotFound | Self::Conflict | Self::ContactRejected | Self::RateLimited => false,
        }
    }
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
    /// The claim of one request, drawn anew each time it is sent.
    pub fn claim(
        &self,
        route: &str,
        caller: &str,
        key: &IdempotencyKey,
        body: &[u8],
        random: &dyn Randomness,
    ) -> Claim {
        Claim {
            row: self.row(route, caller, key.as_str()),
            fingerprint: self.fingerprint(body),
            nonce: BASE64URL_NOPAD.encode(&bytes::<NONCE_BYTES>(random)),
        }
    }
}

/// An answer that is kept in one transaction with what it tells of: where nobody heard that the transaction was done, a
/// repetition still finds it.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// The key.
    pub claim: &'a Claim,
    /// The facts.
    pub facts: &'a Facts,
    /// Now.
    pub now: Moment,
}

/// The facts of work that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// Kept in one transaction with the work.
    Kept(Facts),
    /// To be kept still: nothing came of the work that a repetition could do again.
    Unkept(Facts),
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
/// [`Unavailable`] of the work. The key is given up, so that the request can be tried again, unless the work was done and
/// its answer kept all the same: then the same request again is told it.
pub async fn once<S: Store>(
    context: &Context<S>,
    claim: Option<&Claim>,
    work: impl AsyncFnOnce() -> Result<Done, Unavailable>,
) -> Result<Once, Unavailable> {
    let Some(claim) = claim else {
        let (Done::Kept(facts) | Done::Unkept(facts)) = work().await?;
        return Ok(Once::Told(facts));
    };
    match context.store.claim_key(claim, context.now()).await? {
        Claimed::Kept(facts) => return Ok(Once::Told(facts)),
        Claimed::OtherBody => return Ok(Once::OtherBody),
        Claimed::InUse { .. } => return Ok(Once::InUse),
        Claimed::Fresh => {}
    }
    let facts = match work().await {
        Ok(Done::Kept(facts)) => return Ok(Once::Told(facts)),
        Ok(Done::Unkept(facts)) => facts,
        Err(failed) => {
            // An answer that was kept unheard stays. Where even this fails the claim ends by itself after a minute.
            context.store.release_key(claim).await.ok();
            return Err(failed);
        }
    };
    let written = if matches!(&facts, Facts::Refused { code, .. } if !code.is_kept()) {
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

#[cfg(all(test, feature = "testing"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::credentials::key::{KEY_LENGTH, KeyRing};
    use crate::http::Problem;
    use crate::testing::Samples;

    #[test]
    fn a_refusal_is_kept_under_the_code_of_its_problem() {
        for (refusal, problem) in [
            (Refusal::Malformed, Problem::Malformed("")),
            (Refusal::NotFound, Problem::NotFound),
            (Refusal::Conflict, Problem::Conflict("")),
            (Refusal::CodeRejected, Problem::CodeRejected),
            (Refusal::TokenRejected, Problem::TokenRejected),
            (Refusal::PasswordRejected, Problem::PasswordRejected(Vec::new())),
            (Refusal::AnswersRejected, Problem::AnswersRejected(Vec::new())),
            (Refusal::ContactRejected, Problem::ContactRejected("")),
            (Refusal::RateLimited, Problem::RateLimited(0)),
        ] {
            let kept = serde_json::to_value(Facts::refused(refusal)).unwrap();
            assert_eq!(kept, serde_json::json!({"kind": "refused", "code": problem.code(), "reasons": []}));
        }
    }

    #[test]
    fn a_request_sent_again_claims_the_same_key_as_another() {
        let random = Samples::default().random;
        let keys = IdempotencyKeys(KeyRing::new([(1, bytes::<KEY_LENGTH>(&random))]).unwrap());
        let key = IdempotencyKey::parse("0123456789abcdef").unwrap();
        let [first, again] = [(); 2].map(|()| keys.claim("route", "caller", &key, b"body", &random));
        assert_ne!(first.nonce, again.nonce);
        assert_eq!(first, Claim { nonce: first.nonce.clone(), ..again });
    }
}
