//! Begins a reset, and orders its codes again.
//!
//! Nothing here reads an account: there is nothing to tell, whoever exists. Security questions were drawn, and noted on
//! the reset, when gate one was passed; whether they still open anything, the account's void moment says.

use serde::{Deserialize, Serialize};

use crate::account::Owner;
use crate::credentials::key::{CodeKeys, IdempotencyKeys, NameKeys, PhoneKeys};
use crate::credentials::questions::AskedQuestion;
use crate::identifiers::phone::Phone;
use crate::identifiers::user_name::UserName;
use crate::limits::guesses::GuessLog;
use crate::limits::source::SourceLimit;
use crate::policy::Policy;
use crate::policy::method::{CodeMethod, Gate, Method};
use crate::ports::idempotency::{IdempotencyKey, KeyReservation, RunError};
use crate::ports::store::{Begun, Store};
use crate::random::ResetId;
use crate::reset::code::{TokenKind, same};
use crate::reset::{CodeRequest, IssuedCode, PassedGate, Reorder, Reset, Stage};
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::context::Context;
use crate::use_cases::idempotent::{Done, Replay, answered, replayed, run_idempotent};

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
pub struct CodeInput<'a> {
    /// The method's name.
    pub method: &'a str,
    /// The phone number claimed to be on file.
    pub phone_number: Option<&'a str>,
}

/// Why a request for a code cannot be read; none of it depends on who exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeInputError {
    /// The method is none, or the policy does not offer it.
    Method,
    /// A phone number is required.
    PhoneMissing,
    /// The phone number cannot be one.
    Phone,
    /// Security questions are asked only with the gate token of a reset that they were drawn for.
    Questions,
}

/// What is told of a code that was ordered, as far as anybody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderedCode {
    /// The reset.
    pub reset: String,
    /// Its end.
    pub expires_at: Moment,
    /// The code's end.
    pub code_expires_at: Moment,
    /// When a code may be ordered again.
    pub resend_at: Moment,
    /// The reference printed in the message.
    pub reference: String,
    /// The method.
    pub method: String,
}

/// What became of a request for a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CodeOutcome {
    /// It is ordered.
    Accepted(OrderedCode),
    /// The security questions to answer. Which ones may be asked is decided each time, so they are not stored.
    Questions(#[serde(skip)] Vec<AskedQuestion>),
    /// It cannot be read.
    #[serde(skip)]
    Wrong(CodeInputError),
    /// The source network has begun too many resets.
    #[serde(skip)]
    Limited {
        /// When its window ends.
        until: Moment,
    },
    /// There is no such reset, or it is over.
    #[serde(skip)]
    NotFound,
}

impl Replay for CodeOutcome {
    fn is_stored(&self) -> bool {
        matches!(self, Self::Accepted(_) | Self::Questions(_))
    }
}

/// How often an order is decided again when another one came between.
const REORDER_TRIES: usize = 3;

impl<S: Store> BeginReset<S> {
    /// Begins a reset of a name, existing or not; the write is the order to deliver the first code.
    ///
    /// # Errors
    /// [`RunError`]; nothing was begun then, or the same idempotency key tells what was.
    pub async fn begin(
        &self,
        name: &UserName,
        input: CodeInput<'_>,
        network: &str,
        key: Option<IdempotencyKey<'_>>,
    ) -> Result<CodeOutcome, RunError> {
        let (policy, now) = (self.context.policy().await?, self.context.now());
        let source = self.names.source(network).current().to_owned();
        let reservation = key.map(|key| self.reserve("begin-reset", &source, key));
        let request = match self.read(input, &policy) {
            Ok(request) => request,
            Err(wrong) => {
                // What was accepted under the same key before is told again, whatever the policy of now takes.
                let refuse = async || Ok(Done::Unpersisted(CodeOutcome::Wrong(wrong)));
                return run_idempotent(&self.context, reservation.as_ref(), refuse).await;
            }
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
        let accepted = accepted(&reset, &reset.issued, &policy);
        let answered = answered(reservation.as_ref(), &accepted, now);
        match self.context.store.begin_reset(&reset, &limits, answered, now).await? {
            Begun::Begun => Ok(accepted),
            Begun::Limited { until } => Ok(CodeOutcome::Limited { until }),
            Begun::Reserved(found) => Ok(replayed(&found)?.unwrap_or(accepted)),
        }
    }

    /// Orders a code of a reset again, by the same or another method, or the first one of gate two; or asks the
    /// security questions that may open that gate, for which nothing is ordered.
    ///
    /// # Errors
    /// [`RunError`]; nothing was ordered then.
    pub async fn order(
        &self,
        id: &ResetId,
        input: CodeInput<'_>,
        gate_token: Option<&str>,
        key: Option<IdempotencyKey<'_>>,
    ) -> Result<CodeOutcome, RunError> {
        let policy = self.context.policy().await?;
        let reservation = key.map(|key| self.reserve("order-code", id.as_str(), key));
        // What was answered before is told again, whatever the policy of now takes, and even if the reset has ended since.
        let work = async || {
            Ok(Done::Unpersisted(match self.read_again(input, gate_token, &policy) {
                Err(wrong) => CodeOutcome::Wrong(wrong),
                Ok(request) => match (self.live(id).await?, request) {
                    // CodeOutcome once more under the same key, it is too early, and the same is told.
                    (Some(reset), Again::Code(request)) => self.reorder(reset, request, gate_token, &policy).await?,
                    (Some(_), Again::Questions) => CodeOutcome::Questions(Vec::new()),
                    (None, _) => CodeOutcome::NotFound,
                },
            }))
        };
        match run_idempotent(&self.context, reservation.as_ref(), work).await? {
            CodeOutcome::Questions(_) => Ok(self.ask(id, gate_token, &policy).await?),
            ordered => Ok(ordered),
        }
    }

    async fn reorder(
        &self,
        mut reset: Reset,
        request: CodeRequest,
        gate_token: Option<&str>,
        policy: &Policy,
    ) -> Result<CodeOutcome, Unavailable> {
        for _ in 0..REORDER_TRIES {
            let Some(gate) = self.gate(&reset, gate_token) else {
                return Ok(accepted(&reset, &reset.issued, policy));
            };
            let now = self.context.now();
            match reset.reorder(request.clone(), gate, policy, now, &*self.context.random) {
                Reorder::Nothing => return Ok(accepted(&reset, &reset.issued, policy)),
                Reorder::IssuedCode(issued) => {
                    if self.context.store.reissue(&reset, &issued).await? {
                        return Ok(accepted(&reset, &issued, policy));
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
    async fn ask(&self, id: &ResetId, gate_token: Option<&str>, policy: &Policy) -> Result<CodeOutcome, Unavailable> {
        const NONE: CodeOutcome = CodeOutcome::Wrong(CodeInputError::Questions);
        let Some(reset) = self.live(id).await? else { return Ok(CodeOutcome::NotFound) };
        let passed = gate_token.and_then(|token| self.passed(&reset, token));
        let snapshot = reset.snapshot.as_ref().filter(|snapshot| !snapshot.is_admin);
        let (Some(passed), Some(snapshot)) = (passed, snapshot) else { return Ok(NONE) };
        if passed.questions.is_empty() || !policy.offers(Method::SecurityQuestions) {
            return Ok(NONE);
        }
        let guess_log = GuessLog::Account(Owner::Account(snapshot.account.clone()));
        if self.context.store.guess_log(&guess_log).await?.revokes(reset.began_at) {
            return Ok(NONE);
        }
        Ok(CodeOutcome::Questions(passed.questions.clone()))
    }

    async fn live(&self, id: &ResetId) -> Result<Option<Reset>, Unavailable> {
        let reset = self.context.store.reset(id).await?;
        Ok(reset.filter(|reset| reset.is_live(self.context.now())))
    }

    /// Reads what is asked for at a reset that was begun; none of it depends on the reset.
    fn read_again(
        &self,
        input: CodeInput<'_>,
        gate_token: Option<&str>,
        policy: &Policy,
    ) -> Result<Again, CodeInputError> {
        if input.method == Method::SecurityQuestions.as_str() {
            return gate_token.map(|_| Again::Questions).ok_or(CodeInputError::Questions);
        }
        self.read(input, policy).map(Again::Code)
    }

    fn read(&self, input: CodeInput<'_>, policy: &Policy) -> Result<CodeRequest, CodeInputError> {
        let method = CodeMethod::parse(input.method).ok_or(CodeInputError::Method)?;
        if !policy.offers(Method::Code(method)) {
            return Err(CodeInputError::Method);
        }
        if !policy.phone_proof || !method.is_phone() {
            return Ok(CodeRequest { method, claimed_phone: None });
        }
        let typed = input.phone_number.ok_or(CodeInputError::PhoneMissing)?;
        let phone = Phone::parse(typed).map_err(|_| CodeInputError::Phone)?;
        Ok(CodeRequest { method, claimed_phone: Some(self.phones.phone(&phone)) })
    }

    fn reserve(&self, route: &str, caller: &str, key: IdempotencyKey<'_>) -> KeyReservation {
        self.idempotency.reserve(route, caller, key, &*self.context.random)
    }
}

/// What is asked for at a reset that was begun.
enum Again {
    /// A code.
    Code(CodeRequest),
    /// The security questions, with a gate token.
    Questions,
}

fn accepted(reset: &Reset, issued: &IssuedCode, policy: &Policy) -> CodeOutcome {
    CodeOutcome::Accepted(OrderedCode {
        reset: reset.id.as_str().to_owned(),
        expires_at: reset.expires_at,
        code_expires_at: issued.expires_at,
        resend_at: issued.ordered_at.plus(policy.resend_seconds()),
        reference: issued.reference.as_str().to_owned(),
        method: issued.method.as_str().to_owned(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ports::idempotency::StoredResponse;

    #[test]
    fn an_order_is_stored_whole_and_questions_not_at_all() {
        let moment = Moment::from_millis;
        let accepted = CodeOutcome::Accepted(OrderedCode {
            reset: "reset".to_owned(),
            expires_at: moment(1),
            code_expires_at: moment(2),
            resend_at: moment(3),
            reference: "KT".to_owned(),
            method: "email".to_owned(),
        });
        assert_eq!(StoredResponse::of(&accepted).read::<CodeOutcome>().unwrap(), accepted);
        let questions =
            CodeOutcome::Questions(vec![AskedQuestion { id: "pet".to_owned(), text: "Your first pet?".to_owned() }]);
        assert_eq!(StoredResponse::of(&questions), StoredResponse::of(&"questions"));
        assert_eq!(StoredResponse::of(&questions).read::<CodeOutcome>().unwrap(), CodeOutcome::Questions(Vec::new()));
        for passing in [
            CodeOutcome::Wrong(CodeInputError::Method),
            CodeOutcome::Limited { until: moment(1) },
            CodeOutcome::NotFound,
        ] {
            assert!(!passing.is_stored(), "{passing:?}");
        }
        assert!(accepted.is_stored() && questions.is_stored());
    }
}
