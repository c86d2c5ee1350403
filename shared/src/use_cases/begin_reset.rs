//! Begins a reset, and orders its codes again.
//!
//! Nothing here reads an account: there is nothing to tell, whoever exists. Security questions were drawn, and noted on
//! the reset, when gate one was passed; whether they still open anything, the account's void moment says.

use crate::account::Owner;
use crate::credentials::key::{CodeKeys, IdempotencyKeys, NameKeys, PhoneKeys};
use crate::credentials::questions::AskedQuestion;
use crate::identifiers::phone::Phone;
use crate::identifiers::user_name::UserName;
use crate::limits::guesses::Ring;
use crate::limits::source::SourceLimit;
use crate::policy::Policy;
use crate::policy::method::{CodeMethod, Gate, Method};
use crate::ports::idempotency::{Claim, Claimed, Done, Facts, IdempotencyKey, Once, Refusal, once};
use crate::ports::store::{Begun, Store};
use crate::random::ResetId;
use crate::reset::code::{TokenKind, same};
use crate::reset::{CodeRequest, Issue, PassedGate, Reorder, Reset, Stage};
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::context::Context;

/// What beginning a reset needs.
pub struct BeginReset<S> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The key of names and networks.
    pub names: NameKeys,
    /// The key of claimed phones.
    pub phones: PhoneKeys,
    /// The key of codes and tokens.
    pub codes: CodeKeys,
    /// The key of idempotency keys.
    pub idempotency: IdempotencyKeys,
}

/// How a code is asked for, as it was typed.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The method's name.
    pub method: &'a str,
    /// The phone number claimed to be on file.
    pub phone_number: Option<&'a str>,
}

/// Why a request for a code cannot be read; none of it depends on who exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedWrongly {
    /// The method is none, or the policy does not offer it.
    Method,
    /// A phone number is required.
    PhoneMissing,
    /// The phone number cannot be one.
    Phone,
    /// Security questions are asked only with the gate token of a reset that they were drawn for.
    Questions,
}

/// What became of a request for a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ordered {
    /// It is ordered, as far as anybody is told.
    Accepted(Facts),
    /// The security questions to answer.
    Asked(Vec<AskedQuestion>),
    /// It cannot be read.
    Wrong(AskedWrongly),
    /// The source network has begun too many resets.
    Limited {
        /// When its window ends.
        until: Moment,
    },
    /// There is no such reset, or it is over.
    NotFound,
    /// The idempotency key came with another body.
    OtherBody,
    /// The first request with the idempotency key still runs.
    InUse,
}

/// How often an order is decided again when another one came between.
const REORDER_TRIES: usize = 3;

impl<S: Store> BeginReset<S> {
    /// Begins a reset of a name, existing or not; the write is the order to deliver the first code.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was begun then, or the same idempotency key tells what was.
    pub async fn begin(
        &self,
        name: &UserName,
        asked: Asked<'_>,
        network: &str,
        key: Option<(&IdempotencyKey, &[u8])>,
    ) -> Result<Ordered, Unavailable> {
        let (policy, now) = (self.context.policy().await?, self.context.now());
        let source = self.names.source(network).current().to_owned();
        let claim = key.map(|(key, body)| self.claim("begin-reset", &source, key, body));
        let request = match self.read(asked, &policy) {
            Ok(request) => request,
            Err(wrong) => return self.refuse(wrong, claim.as_ref()).await,
        };
        let names = self.names.name(name);
        let limits = [
            SourceLimit { key: source.clone(), limit: policy.begins_per_source },
            SourceLimit {
                key: self.names.source(&format!("{network} {}", name.canonical())).current().to_owned(),
                limit: policy.begins_per_source_and_name,
            },
        ];
        let code_key = self.codes.0.current();
        let reset = Reset::begin(names, source, request, &policy, code_key, now, &*self.context.random);
        let facts = ordered(&reset, &reset.issue, &policy);
        let keep = claim.as_ref().map(|claim| (claim, &facts));
        Ok(match self.context.store.begin_reset(&reset, &limits, keep, now).await? {
            Begun::Begun | Begun::Claimed(Claimed::Fresh) => Ordered::Accepted(facts),
            Begun::Limited { until } => Ordered::Limited { until },
            Begun::Claimed(Claimed::Kept(facts)) => Ordered::Accepted(facts),
            Begun::Claimed(Claimed::OtherBody) => Ordered::OtherBody,
            Begun::Claimed(Claimed::InUse { .. }) => Ordered::InUse,
        })
    }

    /// Orders a code of a reset again, by the same or another method, or the first one of gate two; or asks the
    /// security questions that may open that gate, for which nothing is ordered.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was ordered then.
    pub async fn order(
        &self,
        id: &ResetId,
        asked: Asked<'_>,
        gate_token: Option<&str>,
        key: Option<(&IdempotencyKey, &[u8])>,
    ) -> Result<Ordered, Unavailable> {
        let policy = self.context.policy().await?;
        let claim = key.map(|(key, body)| self.claim("order-code", id.as_str(), key, body));
        let request = match self.read_again(asked, gate_token, &policy) {
            Ok(request) => request,
            Err(wrong) => return self.refuse(wrong, claim.as_ref()).await,
        };
        // An answer kept is told again even where the reset has ended since.
        let work = async || {
            Ok(Done::Unkept(match (self.live(id).await?, request) {
                // Ordered once more under the same key, it is too early, and the same is told.
                (Some(reset), Again::Code(request)) => self.reorder(reset, request, gate_token, &policy).await?,
                (Some(_), Again::Questions) => Facts::Done,
                (None, _) => Facts::refused(Refusal::NotFound),
            }))
        };
        Ok(match once(&self.context, claim.as_ref(), work).await? {
            // Asking changes nothing, so that nothing is kept of it: what may be asked is decided each time.
            Once::Told(Facts::Done) => self.ask(id, gate_token, &policy).await?,
            Once::Told(Facts::Refused { .. }) => Ordered::NotFound,
            Once::Told(facts) => Ordered::Accepted(facts),
            Once::OtherBody => Ordered::OtherBody,
            Once::InUse => Ordered::InUse,
        })
    }

    /// Refuses what the policy of now does not take; what was accepted under the same key before is told again.
    async fn refuse(&self, wrong: AskedWrongly, claim: Option<&Claim>) -> Result<Ordered, Unavailable> {
        Ok(match once(&self.context, claim, async || Ok(Done::Unkept(Facts::refused(Refusal::Malformed)))).await? {
            Once::Told(Facts::Refused { .. }) => Ordered::Wrong(wrong),
            Once::Told(facts) => Ordered::Accepted(facts),
            Once::OtherBody => Ordered::OtherBody,
            Once::InUse => Ordered::InUse,
        })
    }

    async fn reorder(
        &self,
        mut reset: Reset,
        request: CodeRequest,
        gate_token: Option<&str>,
        policy: &Policy,
    ) -> Result<Facts, Unavailable> {
        for _ in 0..REORDER_TRIES {
            let Some(gate) = self.gate(&reset, gate_token) else {
                return Ok(ordered(&reset, &reset.issue, policy));
            };
            let now = self.context.now();
            match reset.reorder(request.clone(), gate, policy, now, &*self.context.random) {
                Reorder::Nothing => return Ok(ordered(&reset, &reset.issue, policy)),
                Reorder::Issue(issue) => {
                    if self.context.store.reissue(&reset, &issue).await? {
                        return Ok(ordered(&reset, &issue, policy));
                    }
                }
            }
            // Another order or a proof came between: decide again on what there is now.
            reset = self.live(&reset.id).await?.ok_or(Unavailable::plain("a reset ended while a code was ordered"))?;
        }
        Err(Unavailable::plain("a reset kept changing while a code was ordered"))
    }

    /// The gate that is asked for: the second one with its token; `None` with a token that opens nothing.
    fn gate(&self, reset: &Reset, gate_token: Option<&str>) -> Option<Gate> {
        match gate_token {
            None => Some(Gate::One),
            Some(token) => self.passed(reset, token).map(|_| Gate::Two),
        }
    }

    /// Gate one of a reset, where it is passed and this is the token that it yielded.
    fn passed<'a>(&self, reset: &'a Reset, token: &str) -> Option<&'a PassedGate> {
        let Stage::Proving { passed: Some(passed) } = &reset.stage else {
            return None;
        };
        let derived = self.codes.token(reset.code_key, TokenKind::Gate, reset.id.as_str(), &passed.seed)?;
        same(token, &derived).then_some(passed)
    }

    /// The questions drawn when gate one was passed, the same however often they are asked for, while they still open
    /// anything.
    async fn ask(&self, id: &ResetId, gate_token: Option<&str>, policy: &Policy) -> Result<Ordered, Unavailable> {
        const NONE: Ordered = Ordered::Wrong(AskedWrongly::Questions);
        let Some(reset) = self.live(id).await? else { return Ok(Ordered::NotFound) };
        let passed = gate_token.and_then(|token| self.passed(&reset, token));
        let bound = reset.bound.as_ref().filter(|bound| !bound.is_admin);
        let (Some(passed), Some(bound)) = (passed, bound) else { return Ok(NONE) };
        if passed.questions.is_empty() || !policy.offers(Method::SecurityQuestions) {
            return Ok(NONE);
        }
        let ring = Ring::Account(Owner::Account(bound.account.clone()));
        if self.context.store.ring(&ring).await?.voids(reset.began_at) {
            return Ok(NONE);
        }
        Ok(Ordered::Asked(passed.questions.clone()))
    }

    async fn live(&self, id: &ResetId) -> Result<Option<Reset>, Unavailable> {
        let reset = self.context.store.reset(id).await?;
        Ok(reset.filter(|reset| reset.is_live(self.context.now())))
    }

    /// Reads what is asked for at a reset that was begun; none of it depends on the reset.
    fn read_again(&self, asked: Asked<'_>, gate_token: Option<&str>, policy: &Policy) -> Result<Again, AskedWrongly> {
        if asked.method == Method::SecurityQuestions.as_str() {
            return gate_token.map(|_| Again::Questions).ok_or(AskedWrongly::Questions);
        }
        self.read(asked, policy).map(Again::Code)
    }

    fn read(&self, asked: Asked<'_>, policy: &Policy) -> Result<CodeRequest, AskedWrongly> {
        let method = CodeMethod::parse(asked.method).ok_or(AskedWrongly::Method)?;
        if !policy.offers(Method::Code(method)) {
            return Err(AskedWrongly::Method);
        }
        if !policy.phone_proof || !method.is_phone() {
            return Ok(CodeRequest { method, claimed_phone: None });
        }
        let typed = asked.phone_number.ok_or(AskedWrongly::PhoneMissing)?;
        let phone = Phone::parse(typed).map_err(|_| AskedWrongly::Phone)?;
        Ok(CodeRequest { method, claimed_phone: Some(self.phones.phone(&phone)) })
    }

    fn claim(&self, route: &str, caller: &str, key: &IdempotencyKey, body: &[u8]) -> Claim {
        self.idempotency.claim(route, caller, key, body, &*self.context.random)
    }
}

/// What is asked for at a reset that was begun.
enum Again {
    /// A code.
    Code(CodeRequest),
    /// The security questions, with a gate token.
    Questions,
}

fn ordered(reset: &Reset, issue: &Issue, policy: &Policy) -> Facts {
    Facts::Ordered {
        reset: reset.id.as_str().to_owned(),
        expires_at: reset.expires_at.millis(),
        code_expires_at: issue.expires_at.millis(),
        resend_at: issue.ordered_at.plus(policy.resend_seconds()).millis(),
        reference: issue.reference.as_str().to_owned(),
        method: issue.method.as_str().to_owned(),
    }
}
