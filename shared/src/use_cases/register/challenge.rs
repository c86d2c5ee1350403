//! Proving to possess a contact: a challenge, its code, and what is registered by it.

use super::view::ContactView;
use super::{Outcome, Register, TRIES, outcome};
use crate::account::{Account, Contact, ContactType, Destination, Owner, Slot, Source, Unusable, destination_digest};
use crate::http::Problem;
use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::phone::Phone;
use crate::limits::guesses::{Budget, Ring};
use crate::limits::messages::SentMessage;
use crate::message::{Channel, Notice};
use crate::policy::Policy;
use crate::ports::idempotency::{Answered, Claim, Done, Facts, IdempotencyKey, Refusal, once};
use crate::ports::store::{AccountChange, DeliveryJob, Store, Written};
use crate::random::{ChallengeId, Reference, Seed};
use crate::records::audit::{Activity, AuditRecord, AuditedPerson, Initiator};
use crate::records::notice::NoticeOrder;
use crate::reset::challenge::Challenge;
use crate::reset::code::{Binding, Code};
use crate::time::{DAY, Moment};
use crate::unavailable::Unavailable;
use crate::use_cases::attempt::charge;

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

/// A challenge as it was asked for, and the key of the request, if it came with one.
struct Asked<'a> {
    kind: ContactType,
    value: Destination,
    channel: Channel,
    source: String,
    claim: Option<&'a Claim>,
}

impl<S: Store, I> Register<S, I> {
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
        let source = self.names.source(network).current().to_owned();
        let claim = key.map(|(key, body)| self.claim("challenge", account.id.as_str(), key, body));
        let mut refused = None;
        // What was accepted under the same key before is told again, whatever the policy of now says of the value.
        let work = async || {
            let (kind, value, channel) = match judge(wish, &policy) {
                Ok(judged) => judged,
                Err(problem) => {
                    refused = Some(problem);
                    return Ok(Done::Unkept(Facts::refused(Refusal::ContactRejected)));
                }
            };
            let asked = Asked { kind, value, channel, source, claim: claim.as_ref() };
            let begun = self.begin_challenge(account, asked, &policy).await?;
            Ok(begun.map_or_else(
                |until| {
                    refused = Some(Problem::RateLimited(until.seconds_from(self.context.now())));
                    Done::Unkept(Facts::refused(Refusal::RateLimited))
                },
                Done::Kept,
            ))
        };
        let told = once(&self.context, claim.as_ref(), work).await?;
        Ok(refused.map_or_else(|| outcome(told), Outcome::Refused))
    }

    async fn begin_challenge(
        &self,
        account: &Account,
        asked: Asked<'_>,
        policy: &Policy,
    ) -> Result<Result<Facts, Moment>, Unavailable> {
        let Asked { kind, value, channel, source, claim } = asked;
        let random = &*self.context.random;
        let on_file = self.on_file(account, self.context.now());
        for _ in 0..TRIES {
            let now = self.context.now();
            let id = ChallengeId::draw(random);
            let counted = SentMessage {
                order: DeliveryJob::Challenge(id.clone()).name(),
                at: now,
                channel,
                destination: destination_digest(&self.names, &value),
                source: source.clone(),
                extra: false,
                given_back: false,
            };
            let log = self.context.store.sends(&Challenge::log_key(&account.id)).await?;
            let log = match log.admit_challenge(&counted, &on_file) {
                Ok(log) => log,
                Err(until) => return Ok(Err(until)),
            };
            let challenge = Challenge {
                id,
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
            let facts = Facts::Challenged {
                challenge: challenge.id.as_str().to_owned(),
                expires_at: challenge.expires_at.millis(),
                reference: challenge.reference.as_str().to_owned(),
            };
            let answered = claim.map(|claim| Answered { claim, facts: &facts, now });
            if self.context.store.begin_challenge(&challenge, &log, answered).await? {
                return Ok(Ok(facts));
            }
        }
        Err(Unavailable::plain("counted challenges kept changing"))
    }

    /// The digests, under every version of the key, of all that is registered or on file for an account; what the person
    /// proved within the day was new when they did.
    fn on_file(&self, account: &Account, now: Moment) -> Vec<String> {
        let known = |(slot, contact): &(Slot, &Contact)| !slot.is_registered() || is_of_old(contact, now);
        let values = account.contacts.iter().filter(known).map(|(_, contact)| contact.value.identity());
        values.flat_map(|value| self.names.destination(&value).all().to_vec()).collect()
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
        let claim = key.map(|(key, body)| self.claim("verify-challenge", &scope, key, body));
        let work = async || {
            let registered = match code {
                Code::Digits(digits) => self.prove(account, id, digits, claim.as_ref()).await?,
                Code::Long(_) => None,
            };
            let rejected = Done::Unkept(Facts::refused(Refusal::CodeRejected));
            Ok(registered.map_or(rejected, Done::Kept))
        };
        Ok(outcome(once(&self.context, claim.as_ref(), work).await?))
    }

    /// The method as it was when it was registered, whatever became of it since; `None` where nothing tells its value
    /// any more.
    ///
    /// Nothing but a digest of the value is kept with the answer: the value is found by it among those that the account
    /// has, or had lately.
    ///
    /// # Errors
    /// [`Unavailable`]; the same request again tells it.
    pub async fn registered(&self, account: &Account, facts: &Facts) -> Result<Option<ContactView>, Unavailable> {
        let Facts::Registered { contact, value, at, reason } = facts else {
            return Ok(None);
        };
        let Some(kind) = ContactType::parse(contact) else {
            return Ok(None);
        };
        let account = self.context.store.account(&account.id).await?;
        let mut values = account.iter().flat_map(|account| account.registered_lately(kind));
        let found = values.find(|found| self.names.destination(&found.written()).all().contains(value));
        let at = Moment::from_millis(*at);
        let reason = reason.as_deref().and_then(Unusable::parse);
        let (source, verified_at) = (Source::User, Some(at));
        Ok(found.map(|value| ContactView { kind, value: value.written(), source, set_at: at, verified_at, reason }))
    }

    async fn prove(
        &self,
        account: &Account,
        id: &ChallengeId,
        guess: &str,
        claim: Option<&Claim>,
    ) -> Result<Option<Facts>, Unavailable> {
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
        self.write(account, &challenge, &policy, claim, now).await
    }

    /// Registers the proved value; whatever was under way for the account is void.
    async fn write(
        &self,
        account: &Account,
        challenge: &Challenge,
        policy: &Policy,
        claim: Option<&Claim>,
        now: Moment,
    ) -> Result<Option<Facts>, Unavailable> {
        let mut account = account.clone();
        let own = Ring::Account(Owner::Account(account.id.clone()));
        for _ in 0..TRIES {
            // Whatever voids the account's codes changes its version in the same write, so a ring read after the
            // account tells of every void moment that the write's condition on the version would miss.
            if self.context.store.ring(&own).await?.voids(challenge.made_at) {
                return Ok(None);
            }
            let mut changed = account.clone();
            changed.register(challenge.value.clone(), challenge.kind, policy, now);
            let names = self.names.name(&changed.user_name);
            let facts = self.told_as(&changed, challenge, policy, now);
            let (record, notice) = self.consequences(&account, challenge, policy, now);
            let change = AccountChange {
                void_before: Some(now),
                challenge: Some(&challenge.id),
                notices: std::slice::from_ref(&notice),
                records: std::slice::from_ref(&record),
                answered: claim.map(|claim| Answered { claim, facts: &facts, now }),
                ..AccountChange::new(&changed, &names)
            };
            match self.context.store.change_account(&change).await? {
                Written::Written => return Ok(Some(facts)),
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

    /// What is kept of a registration, from which its answer is told now and again.
    fn told_as(&self, account: &Account, challenge: &Challenge, policy: &Policy, now: Moment) -> Facts {
        Facts::Registered {
            contact: challenge.kind.as_str().to_owned(),
            value: self.names.destination(&challenge.value.written()).current().to_owned(),
            at: now.millis(),
            reason: account.reason(challenge.kind, policy, now).map(|reason| reason.as_str().to_owned()),
        }
    }

    /// What the audit keeps of a registration, and the order to tell every other contact.
    fn consequences(
        &self,
        account: &Account,
        challenge: &Challenge,
        policy: &Policy,
        now: Moment,
    ) -> (AuditRecord, NoticeOrder) {
        let random = &*self.context.random;
        let former = account.registered(challenge.kind).map(|contact| contact.value.masked());
        let activity = if former.is_some() { Activity::InfoChanged } else { Activity::InfoRegistered };
        let person = AuditedPerson::from(account);
        let record = AuditRecord::new(activity, Initiator::Person(person.clone()), policy, now, random)
            .about(person)
            .changing(challenge.kind.as_str(), former, Some(challenge.value.masked()));
        let mut notice = NoticeOrder::new(account.id.clone(), Notice::ContactChanged, now, random);
        notice.except.push(destination_digest(&self.names, &challenge.value));
        (record, notice)
    }
}

fn is_of_old(contact: &Contact, now: Moment) -> bool {
    contact.source != Source::User || contact.set_at.plus(DAY) <= now
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
