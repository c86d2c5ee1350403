//! A person's own registration: what is on file, and proving to possess a contact.

use crate::account::{Account, ContactType, Destination, Facts as ContactFacts, Owner, Unusable};
use crate::authorize::Actor;
use crate::budget::{Budget, Ring, charge};
use crate::challenge::{Challenge, Challenged};
use crate::code::{Binding, Code};
use crate::context::Context;
use crate::email_address::EmailAddress;
use crate::http::Problem;
use crate::idempotency::{Facts, IdempotencyKey, Once, once};
use crate::key::{CodeKeys, IdempotencyKeys, NameKeys};
use crate::message::Channel;
use crate::phone::Phone;
use crate::policy::Policy;
use crate::random::{ChallengeId, Reference, Seed};
use crate::reset::destination_digest;
use crate::store::{AccountChange, Store, Written};
use crate::time::{DAY, Moment};
use crate::token::TokenSettings;
use crate::unavailable::Unavailable;

/// What registering needs.
pub struct Register<S, I> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The issuer's keys.
    pub issuer: I,
    /// Whose tokens are accepted.
    pub tokens: TokenSettings,
    /// The key of names and destinations.
    pub names: NameKeys,
    /// The key of codes.
    pub codes: CodeKeys,
    /// The key of idempotency keys.
    pub idempotency: IdempotencyKeys,
}

/// One contact as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its type.
    pub kind: ContactType,
    /// Its value, whole: it is the person's own.
    pub value: String,
    /// What is known of it.
    pub facts: ContactFacts,
    /// Why it cannot be used for a reset now, if it cannot.
    pub reason: Option<Unusable>,
}

/// A person's registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The userPrincipalName.
    pub user_name: String,
    /// Whether the registered methods alone suffice for a reset.
    pub registered: bool,
    /// How many methods a reset needs.
    pub methods_required: u8,
    /// By when the registered methods are to be confirmed.
    pub reconfirm_by: Option<Moment>,
    /// What is registered.
    pub methods: Vec<Shown>,
    /// What is on file and may be confirmed or changed.
    pub suggested: Vec<Shown>,
    /// Questions that the policy wants registered.
    pub questions_required: u8,
}

/// What somebody wants to prove.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The type: `mobilePhone` or `email`.
    pub kind: &'a str,
    /// The value.
    pub value: &'a str,
    /// `sms` or `call`, for phones.
    pub delivery: Option<&'a str>,
}

/// What became of a challenge, or of its verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done; the facts say what.
    Done(Facts),
    /// It is refused.
    Refused(Problem),
}

/// How often a write is decided again when somebody else wrote in between.
const TRIES: usize = 4;
const CODE_REJECTED: &str = "code-rejected";

/// The registration of an account, as its owner sees it.
#[must_use]
pub fn registration(account: &Account, policy: &Policy, now: Moment) -> Registration {
    let methods: Vec<Shown> = ContactType::ALL
        .into_iter()
        .filter_map(|kind| {
            let (value, facts) = account.registered(kind)?;
            Some(Shown { kind, value: written(&value), facts, reason: account.reason(kind, policy, now) })
        })
        .collect();
    let confirmed = methods.iter().filter_map(|method| method.facts.verified_at).max().max(account.confirmed_at);
    let days = u64::from(policy.reconfirm_after_days);
    Registration {
        user_name: account.user_name.canonical().to_owned(),
        registered: account.is_registered(policy, now),
        methods_required: policy.gates(account.is_admin),
        reconfirm_by: confirmed.filter(|_| days > 0).map(|at| at.plus(days * DAY)),
        methods,
        suggested: suggested(account, policy, now),
        questions_required: policy.security_questions.required_to_register,
    }
}

/// Values on file that differ from what is registered, each with the reason why a reset would not use it.
fn suggested(account: &Account, policy: &Policy, now: Moment) -> Vec<Shown> {
    let mut suggested = Vec::new();
    for kind in ContactType::ALL {
        let registered = account.registered(kind).map(|(value, _)| value.identity());
        for (index, (value, facts)) in on_file(account, kind).into_iter().enumerate() {
            if registered.as_ref() == Some(&value.identity()) {
                continue;
            }
            let reason = match (&registered, index) {
                (Some(_), _) => Some(Unusable::Superseded),
                (None, 0) => account.reason(kind, policy, now),
                (None, _) => Some(Unusable::NotFirst),
            };
            suggested.push(Shown { kind, value: written(&value), facts, reason });
        }
    }
    suggested
}

fn on_file(account: &Account, kind: ContactType) -> Vec<(Destination, ContactFacts)> {
    match kind {
        ContactType::MobilePhone | ContactType::OfficePhone => account.on_file(kind).into_iter().collect(),
        ContactType::Email => account.mails_on_file(),
    }
}

/// A value as it is written: a phone with its space and extension.
#[must_use]
pub fn written(value: &Destination) -> String {
    match value {
        Destination::Phone(phone) => phone.written(),
        Destination::Email(address) => address.as_str().to_owned(),
    }
}

impl<S: Store, I> Register<S, I> {
    /// The person's account: of a token that names a user known here and enabled.
    ///
    /// # Errors
    /// [`Problem::Forbidden`] for everybody else.
    pub fn person(actor: Actor) -> Result<(Account, Option<Moment>), Problem> {
        let signed_in_at = actor.caller.signed_in_at;
        let account = actor.account.filter(|account| account.enabled).ok_or(Problem::Forbidden)?;
        Ok((account, signed_in_at))
    }

    /// Demands that the person signed in lately.
    ///
    /// # Errors
    /// [`Problem::StaleSignIn`], or [`Failure::Unavailable`](crate::http::Failure) where the policy cannot be read.
    pub async fn demand_fresh(&self, signed_in_at: Option<Moment>) -> Result<(), crate::http::Failure> {
        let seconds = u64::from(self.context.policy().await?.fresh_sign_in_minutes) * 60;
        let fresh = signed_in_at.is_some_and(|at| at.plus(seconds) >= self.context.now());
        if fresh { Ok(()) } else { Err(Problem::StaleSignIn(seconds).into()) }
    }

    /// Makes a challenge and orders its code; a value that cannot be one is refused by form and country only.
    ///
    /// # Errors
    /// [`Unavailable`]; no code was ordered then.
    pub async fn challenge(
        &self,
        account: &Account,
        wish: Wish<'_>,
        network: &str,
        key: Option<(&IdempotencyKey, &[u8])>,
    ) -> Result<Outcome, Unavailable> {
        let policy = self.context.policy().await?;
        let (kind, value, channel) = match judge(wish, &policy) {
            Ok(judged) => judged,
            Err(problem) => return Ok(Outcome::Refused(problem)),
        };
        let source = self.names.source(network).current().to_owned();
        let claim = key.map(|(key, body)| self.idempotency.claim("challenge", account.id.as_str(), key, body));
        let mut limited = None;
        let work = async || {
            let begun = self.begin_challenge(account, kind, value, channel, source, &policy).await?;
            Ok(begun.unwrap_or_else(|until| {
                limited = Some(until);
                Facts::Refused { code: "rate-limited".to_owned(), reasons: Vec::new() }
            }))
        };
        let told = once(&self.context, claim.as_ref(), work).await?;
        if let Some(until) = limited {
            return Ok(Outcome::Refused(Problem::RateLimited(until.seconds_from(self.context.now()))));
        }
        Ok(outcome(told))
    }

    async fn begin_challenge(
        &self,
        account: &Account,
        kind: ContactType,
        value: Destination,
        channel: Channel,
        source: String,
        policy: &Policy,
    ) -> Result<Result<Facts, Moment>, Unavailable> {
        let random = &*self.context.random;
        for _ in 0..TRIES {
            let now = self.context.now();
            let count = self.context.store.challenge_count(&account.id).await?;
            let counted = Challenged { at: now, destination: destination_digest(&self.names, &value) };
            let count = match count.admit(counted) {
                Ok(count) => count,
                Err(until) => return Ok(Err(until)),
            };
            let challenge = Challenge {
                id: ChallengeId::draw(random),
                account: account.id.clone(),
                kind,
                value: value.clone(),
                channel,
                seed: Seed::draw(random),
                code_key: self.codes.0.current(),
                digits: policy.code_digits,
                reference: Reference::draw(random),
                made_at: now,
                expires_at: now.plus(policy.code_lifetime_seconds),
                tries: 0,
                source: source.clone(),
                used: false,
            };
            if self.context.store.begin_challenge(&challenge, &count).await? {
                return Ok(Ok(Facts::Challenged {
                    challenge: challenge.id.as_str().to_owned(),
                    expires_at: challenge.expires_at.millis(),
                    reference: challenge.reference.as_str().to_owned(),
                }));
            }
        }
        Err(Unavailable::plain("counted challenges kept changing"))
    }

    /// Verifies the code of a challenge; only this registers a contact.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was registered then.
    pub async fn verify(
        &self,
        account: &Account,
        id: &ChallengeId,
        code: &Code,
        key: Option<(&IdempotencyKey, &[u8])>,
    ) -> Result<Outcome, Unavailable> {
        let scope = format!("{} {}", account.id.as_str(), id.as_str());
        let claim = key.map(|(key, body)| self.idempotency.claim("verify-challenge", &scope, key, body));
        let work = async || {
            let registered = match code {
                Code::Digits(digits) => self.prove(account, id, digits).await?,
                Code::Long(_) => None,
            };
            Ok(registered.map_or_else(
                || Facts::Refused { code: CODE_REJECTED.to_owned(), reasons: Vec::new() },
                |kind| Facts::Registered { contact: kind.as_str().to_owned() },
            ))
        };
        Ok(outcome(once(&self.context, claim.as_ref(), work).await?))
    }

    async fn prove(
        &self,
        account: &Account,
        id: &ChallengeId,
        guess: &str,
    ) -> Result<Option<ContactType>, Unavailable> {
        let (policy, now) = (self.context.policy().await?, self.context.now());
        let store = &self.context.store;
        let Some(challenge) = store.charge_challenge(id, &account.id, policy.tries_per_code, now).await? else {
            return Ok(None);
        };
        let ring = Ring::Registration(Owner::Account(account.id.clone()));
        let Some(attempt) = charge(store, &ring, challenge.made_at, Budget::from(&*policy), now).await? else {
            return Ok(None);
        };
        let binding = Binding::Registration { id: id.as_str() };
        let code = self.codes.digits(challenge.code_key, binding, &challenge.seed, challenge.digits);
        let code = code.ok_or(Unavailable::plain("the key of a code is gone"))?;
        if !attempt.compare(guess, &code) {
            return Ok(None);
        }
        self.write(account, &challenge, now).await
    }

    /// Registers the proved value; whatever was under way for the account is void.
    async fn write(
        &self,
        account: &Account,
        challenge: &Challenge,
        now: Moment,
    ) -> Result<Option<ContactType>, Unavailable> {
        let mut account = account.clone();
        let own = Ring::Account(Owner::Account(account.id.clone()));
        for _ in 0..TRIES {
            // Whatever voids the account's codes changes its version in the same write, so a ring read after the
            // account tells of every void moment that the write's condition on the version would miss.
            if self.context.store.ring(&own).await?.voids(challenge.made_at) {
                return Ok(None);
            }
            let mut changed = account.clone();
            changed.register(challenge.value.clone(), challenge.kind, now);
            let names = self.names.name(&changed.user_name);
            let change = AccountChange {
                account: &changed,
                names: &names,
                former: None,
                void_before: Some(now),
                challenge: Some(&challenge.id),
                notice: None,
            };
            match self.context.store.change_account(&change).await? {
                Written::Written => return Ok(Some(challenge.kind)),
                Written::NameTaken => return Ok(None),
                Written::Changed => {}
            }
            // Either the account changed, or another request used the challenge: then nothing is registered.
            let used = self.context.store.challenge(&challenge.id).await?.is_none_or(|challenge| challenge.used);
            match self.context.store.account(&account.id).await? {
                Some(current) if current.enabled && !used => account = current,
                Some(_) | None => return Ok(None),
            }
        }
        Err(Unavailable::plain("an account kept changing while a contact was registered"))
    }
}

fn outcome(told: Once) -> Outcome {
    match told {
        Once::OtherBody => Outcome::Refused(Problem::IdempotencyKeyReused),
        Once::InUse => Outcome::Refused(Problem::IdempotencyKeyInUse),
        Once::Told(Facts::Refused { .. }) => Outcome::Refused(Problem::CodeRejected),
        Once::Told(facts) => Outcome::Done(facts),
    }
}

fn judge(wish: Wish<'_>, policy: &Policy) -> Result<(ContactType, Destination, Channel), Problem> {
    match (ContactType::parse(wish.kind), wish.delivery) {
        (Some(ContactType::MobilePhone), delivery) => {
            let channel = match delivery {
                None | Some("sms") => Channel::Sms,
                Some("call") => Channel::Call,
                Some(_) => return Err(Problem::Malformed("delivery is sms or call")),
            };
            let phone = Phone::parse(wish.value).map_err(|_| {
                Problem::ContactRejected("a phone is +CountryCode PhoneNumber of a kind that can be reached")
            })?;
            if !policy.allows(phone.country()) {
                return Err(Problem::ContactRejected("numbers of this country are not accepted"));
            }
            if channel == Channel::Sms && !phone.texts() {
                return Err(Problem::ContactRejected("a fixed line takes calls and no texts"));
            }
            Ok((ContactType::MobilePhone, Destination::Phone(phone), channel))
        }
        (Some(ContactType::Email), None) => {
            let address = EmailAddress::parse(wish.value)
                .map_err(|_| Problem::ContactRejected("a mail address is local@domain"))?;
            Ok((ContactType::Email, Destination::Email(address), Channel::Email))
        }
        (Some(ContactType::Email), Some(_)) => Err(Problem::Malformed("delivery is for phones")),
        (Some(ContactType::OfficePhone) | None, _) => Err(Problem::Malformed("type is mobilePhone or email")),
    }
}
