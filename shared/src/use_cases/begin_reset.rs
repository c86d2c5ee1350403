//! Begins a reset, and orders further codes for it.
//!
//! Nothing here reads an account, so no response can reveal whether one exists. Security questions were drawn and
//! stored on the reset when gate one was passed. The account's guess log shows whether the reset has been revoked
//! since.

use serde::{Deserialize, Serialize};

use crate::account::Owner;
use crate::credentials::key::{CodeKeys, IdempotencyKeys, NameKeys, PhoneKeys};
use crate::credentials::questions::AskedQuestion;
use crate::credentials::token::SignIn;
use crate::identifiers::phone::Phone;
use crate::identifiers::user_name::UserName;
use crate::limits::guesses::GuessLog;
use crate::limits::source::SourceLimit;
use crate::message::Sender;
use crate::policy::Policy;
use crate::policy::method::{CodeMethod, Gate, Method};
use crate::ports::idempotency::{IdempotencyKey, KeyReservation, RunError};
use crate::ports::store::{BeginOutcome, Idempotency, Limits, Resets, Settings};
use crate::random::ResetId;
use crate::reset::code::{TokenKind, same};
use crate::reset::{CodeRequest, IssuedCode, PassedGate, Reorder, Reset, Stage};
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::context::{Context, RESPONSE_AFTER};
use crate::use_cases::idempotent::{Done, Replay, answered, replayed, run_idempotent};
use crate::use_cases::retries::MAX_DECISIONS;

/// The use case that begins resets and orders their codes.
pub struct BeginReset<S> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The key for digests of user names and source networks.
    pub names: NameKeys,
    /// The key for digests of claimed phone numbers.
    pub phones: PhoneKeys,
    /// The key from which codes and tokens are derived.
    pub codes: CodeKeys,
    /// The key for digests of idempotency keys.
    pub idempotency: IdempotencyKeys,
    /// The organisation and the domain that pages show.
    pub sender: Sender,
    /// Where people sign in to the pages, if they can.
    pub sign_in: Option<SignIn>,
}

/// A request for a code, as typed.
#[derive(Debug, Clone, Copy)]
pub struct CodeInput<'a> {
    /// The method's name.
    pub method: &'a str,
    /// The phone number that the person claims to have on file.
    pub phone_number: Option<&'a str>,
}

/// Why a request for a code is invalid. No reason depends on whether an account exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeInputError {
    /// The method is unknown, or the policy does not offer it.
    Method,
    /// A phone number is required.
    PhoneMissing,
    /// The phone number is not valid.
    Phone,
    /// Security questions cannot be asked: the gate token is missing or wrong, or the reset has no questions that can
    /// still open gate two.
    Questions,
}

/// What the response says about an ordered code, whether or not a message is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderedCode {
    /// The id of the reset.
    pub reset: String,
    /// When the reset expires.
    pub expires_at: Moment,
    /// When the code expires.
    pub code_expires_at: Moment,
    /// When a code may be ordered again.
    pub resend_at: Moment,
    /// The reference printed in the message.
    pub reference: String,
    /// The name of the method.
    pub method: String,
}

/// The outcome of a request for a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CodeOutcome {
    /// The order is accepted. An order that comes too early or too often changes nothing and gets the same outcome.
    Accepted(OrderedCode),
    /// The security questions to answer. They are not stored, because each request decides again whether they may be
    /// asked.
    Questions(#[serde(skip)] Vec<AskedQuestion>),
    /// The request is invalid.
    #[serde(skip)]
    Wrong(CodeInputError),
    /// There is no such reset, or it has expired.
    #[serde(skip)]
    NotFound,
}

impl Replay for CodeOutcome {
    fn is_stored(&self) -> bool {
        matches!(self, Self::Accepted(_) | Self::Questions(_))
    }
}

impl<S: Resets + Limits + Settings + Idempotency> BeginReset<S> {
    /// Begins a reset for a user name, whether or not an account has it. The write also orders the delivery of the
    /// first code.
    ///
    /// # Errors
    /// [`RunError`]. Either nothing was begun, or a repetition with the same idempotency key returns the outcome.
    pub async fn begin(
        &self,
        name: &UserName,
        input: CodeInput<'_>,
        network: &str,
        key: Option<IdempotencyKey<'_>>,
    ) -> Result<CodeOutcome, RunError> {
        let (policy, now) = (self.context.policy().await?, self.context.now());
        let source = self.names.source(network).current().to_owned();
        let reservation = key.map(|key| self.reserve("begin-reset", &source, &key));
        let request = match self.read(input, &policy) {
            Ok(request) => request,
            Err(wrong) => {
                // A request that was accepted under this key gets the same response again, even if the current policy
                // refuses it.
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
            BeginOutcome::Begun => Ok(accepted),
            BeginOutcome::Limited { until } => Err(RunError::Limited { seconds: until.seconds_from(now) }),
            BeginOutcome::Reserved(found) => Ok(replayed(&found)?.unwrap_or(accepted)),
        }
    }

    /// Orders another code for a reset: at the same gate, by the same or another method, or the first one at gate two.
    /// For the security questions that may open gate two, it returns the questions and orders nothing.
    ///
    /// # Errors
    /// [`RunError`]; nothing was ordered then.
    ///
    /// Every outcome takes the same time, because each one is known before a method is proved.
    pub async fn order(
        &self,
        id: &ResetId,
        input: CodeInput<'_>,
        gate_token: Option<&str>,
        key: Option<IdempotencyKey<'_>>,
    ) -> Result<CodeOutcome, RunError> {
        let due = self.context.clock.sleep(RESPONSE_AFTER);
        let ordered = self.decide(id, input, gate_token, key).await;
        due.await;
        ordered
    }

    async fn decide(
        &self,
        id: &ResetId,
        input: CodeInput<'_>,
        gate_token: Option<&str>,
        key: Option<IdempotencyKey<'_>>,
    ) -> Result<CodeOutcome, RunError> {
        let policy = self.context.policy().await?;
        let reservation = key.map(|key| self.reserve("order-code", id.as_str(), &key));
        let now = self.context.now();
        // A stored outcome is returned again even if the current policy refuses the request or the reset has expired
        // since.
        let work = async || {
            Ok(Done::Unpersisted(match self.read_again(input, gate_token, &policy) {
                Err(wrong) => CodeOutcome::Wrong(wrong),
                // Asked below, and counted there: on a repetition, too, because the reset is read again.
                Ok(Again::Questions) => CodeOutcome::Questions(Vec::new()),
                Ok(Again::Code(request)) => match self.context.store.count_request(id, now).await?.reset(now)? {
                    // If no response was stored, a repetition under the same key comes too early to order a code, and
                    // gets the same outcome.
                    Some(reset) => self.reorder(reset, request, gate_token, &policy).await?,
                    None => CodeOutcome::NotFound,
                },
            }))
        };
        match run_idempotent(&self.context, reservation.as_ref(), work).await? {
            CodeOutcome::Questions(_) => self.ask(id, gate_token, &policy).await,
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
        for _ in 0..MAX_DECISIONS {
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
            // Another order or a proof was written in between: decide again on the current state.
            reset = self.live(&reset.id).await?.ok_or(Unavailable::plain("a reset ended while a code was ordered"))?;
        }
        Err(Unavailable::plain("a reset kept changing while a code was ordered"))
    }

    /// The gate that the request is for: gate one without a token, gate two with its token. `None` if the token is
    /// wrong.
    fn gate(&self, reset: &Reset, gate_token: Option<&str>) -> Option<Gate> {
        match gate_token {
            None => Some(Gate::One),
            Some(token) => self.passed(reset, token).map(|_| Gate::Two),
        }
    }

    /// Gate one of a reset, if it is passed and `token` is its gate token.
    fn passed<'a>(&self, reset: &'a Reset, token: &str) -> Option<&'a PassedGate> {
        let Stage::Proving { passed: Some(passed) } = &reset.stage else {
            return None;
        };
        let derived = self.codes.token(reset.code_key, TokenKind::Gate, reset.id.as_str(), &passed.seed)?;
        same(token, &derived).then_some(passed)
    }

    /// Returns the questions that were drawn when gate one was passed, the same ones on every request, as long as they
    /// can still open gate two.
    async fn ask(&self, id: &ResetId, gate_token: Option<&str>, policy: &Policy) -> Result<CodeOutcome, RunError> {
        const NONE: CodeOutcome = CodeOutcome::Wrong(CodeInputError::Questions);
        let now = self.context.now();
        let counted = self.context.store.count_request(id, now).await?.reset(now)?;
        let Some(reset) = counted else { return Ok(CodeOutcome::NotFound) };
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

    /// Reads a further request for an existing reset. The result does not depend on the reset.
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

    fn reserve(&self, route: &str, caller: &str, key: &IdempotencyKey<'_>) -> KeyReservation {
        self.idempotency.reserve(route, caller, key, &*self.context.random)
    }
}

/// A further request for an existing reset.
enum Again {
    Code(CodeRequest),
    /// The security questions; the request has a gate token.
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
        for passing in [CodeOutcome::Wrong(CodeInputError::Method), CodeOutcome::NotFound] {
            assert!(!passing.is_stored(), "{passing:?}");
        }
        assert!(accepted.is_stored() && questions.is_stored());
    }
}
