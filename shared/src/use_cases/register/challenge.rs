//! Proves that a person possesses a contact: a challenge, its code, and the registration that follows.

use serde::{Deserialize, Serialize};

use super::view::ContactView;
use super::{Register, same_sessions};
use crate::account::{Account, Contact, ContactType, Destination, Owner, Slot, Source, Unusable, destination_digest};
use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::phone::Phone;
use crate::limits::guesses::{Budget, GuessLog};
use crate::limits::messages::SentMessage;
use crate::message::{Channel, Notice};
use crate::policy::Policy;
use crate::ports::idempotency::{IdempotencyKey, KeyReservation, RunError};
use crate::ports::store::{AccountChange, DeliveryJob, Store, WriteOutcome};
use crate::random::{ChallengeId, Reference, Seed};
use crate::records::audit::{Activity, AuditRecord, AuditedPerson, Initiator};
use crate::records::notice::NoticeOrder;
use crate::reset::challenge::Challenge;
use crate::reset::code::{Binding, Code};
use crate::time::{DAY, Moment};
use crate::unavailable::Unavailable;
use crate::use_cases::attempt::charge;
use crate::use_cases::idempotent::{Done, Replay, answered, run_idempotent};
use crate::use_cases::retries::MAX_DECISIONS;

/// The contact that a person wants to prove, as typed.
#[derive(Debug, Clone, Copy)]
pub struct ContactInput<'a> {
    /// The type: `mobilePhone` or `email`.
    pub kind: &'a str,
    /// The phone number or the mail address.
    pub value: &'a str,
    /// `sms` or `call`, for phones only; `sms` if missing.
    pub delivery: Option<&'a str>,
}

/// Why a contact cannot be challenged. Only its form and its country count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactRefusal {
    /// Its type is not `mobilePhone` or `email`.
    Type,
    /// The delivery is not `sms` or `call`.
    Delivery,
    /// A delivery was given for an address.
    DeliveryOfEmail,
    /// The phone number is not valid.
    Phone,
    /// The policy does not allow the number's country.
    Country,
    /// A fixed line takes no texts.
    FixedLine,
    /// The mail address is not valid.
    Address,
    /// It is the person's own mailbox.
    OwnMailbox,
}

/// The outcome of a request for a challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ChallengeOutcome {
    /// The challenge is made, and its code is ordered.
    Made {
        /// The id of the challenge.
        challenge: String,
        /// When the challenge expires.
        expires_at: Moment,
        /// The reference printed in the message.
        reference: String,
    },
    /// The contact cannot be challenged.
    #[serde(skip)]
    ContactRefusal(ContactRefusal),
}

impl Replay for ChallengeOutcome {
    fn is_stored(&self) -> bool {
        matches!(self, Self::Made { .. })
    }
}

/// The stored outcome of a registration, from which the response is built, also on a repetition. It contains only a
/// digest of the value. The digest finds the value among those that the account has or had lately.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredRegistration {
    /// The name of the contact's type.
    contact: String,
    /// The keyed digest of the value as it is written.
    value: String,
    /// When the contact was registered.
    at: Moment,
    /// Why it could not be used at that time, if it could not.
    reason: Option<String>,
}

impl Replay for StoredRegistration {}

/// A validated request for a challenge, with the reservation of its key, if it came with one.
struct ChallengeInput<'a> {
    kind: ContactType,
    value: Destination,
    channel: Channel,
    source: String,
    reservation: Option<&'a KeyReservation>,
}

impl<S: Store, I> Register<S, I> {
    /// Makes a challenge and orders its code. Only the form and the country of the contact, and that it is
    /// the person's own mailbox, can lead to a refusal.
    ///
    /// # Errors
    /// [`RunError`]. Either no code was ordered, or a repetition with the same idempotency key returns the outcome.
    pub async fn challenge(
        &self,
        account: &Account,
        contact: ContactInput<'_>,
        network: &str,
        key: Option<IdempotencyKey<'_>>,
    ) -> Result<ChallengeOutcome, RunError> {
        let policy = self.context.policy().await?;
        let source = self.names.source(network).current().to_owned();
        let reservation = key.map(|key| self.reserve("challenge", account.id.as_str(), &key));
        // A request that was accepted under this key gets the same response again, even if the current policy refuses
        // the contact.
        let work = async || match validate(contact, account, &policy) {
            Ok((kind, value, channel)) => {
                let input = ChallengeInput { kind, value, channel, source, reservation: reservation.as_ref() };
                self.begin_challenge(account, input, &policy).await
            }
            Err(unfit) => Ok(Done::Unpersisted(ChallengeOutcome::ContactRefusal(unfit))),
        };
        run_idempotent(&self.context, reservation.as_ref(), work).await
    }

    async fn begin_challenge(
        &self,
        account: &Account,
        input: ChallengeInput<'_>,
        policy: &Policy,
    ) -> Result<Done<ChallengeOutcome>, RunError> {
        let ChallengeInput { kind, value, channel, source, reservation } = input;
        let random = &*self.context.random;
        let on_file = self.on_file(account, self.context.now());
        for _ in 0..MAX_DECISIONS {
            let now = self.context.now();
            let id = ChallengeId::draw(random);
            let counted = SentMessage {
                order: DeliveryJob::Challenge(id.clone()).name(),
                at: now,
                channel,
                destination: destination_digest(&self.names, &value),
                source: source.clone(),
                extra: false,
                refunded: false,
            };
            let log = self.context.store.sends(&Challenge::log_key(&account.id)).await?;
            let log = match log.admit_challenge(&counted, &on_file) {
                Ok(log) => log,
                Err(until) => return Err(RunError::Limited { seconds: until.seconds_from(now) }),
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
            let made = ChallengeOutcome::Made {
                challenge: challenge.id.as_str().to_owned(),
                expires_at: challenge.expires_at,
                reference: challenge.reference.as_str().to_owned(),
            };
            let answered = answered(reservation, &made, now);
            if self.context.store.begin_challenge(&challenge, &log, answered).await? {
                return Ok(Done::Persisted(made));
            }
        }
        Err(Unavailable::conflict("counted challenges kept changing").into())
    }

    /// The digests, under every version of the key, of everything registered or on file for an account. A contact that
    /// the person proved in the last 24 hours is left out: it was new then and still counts as new.
    fn on_file(&self, account: &Account, now: Moment) -> Vec<String> {
        let known = |(slot, contact): &(Slot, &Contact)| !slot.is_registered() || is_of_old(contact, now);
        let values = account.contacts.iter().filter(known).map(|(_, contact)| contact.value.identity());
        values.flat_map(|value| self.names.destination(&value).all().to_vec()).collect()
    }

    /// Verifies the code of a challenge and registers its contact; a person cannot register one in any other way.
    /// Returns the method as it was when it was registered, even if it has changed since. `None` if the code is not
    /// accepted, or if the account no longer knows the value.
    ///
    /// # Errors
    /// [`RunError`]. Either nothing was registered, or a repetition with the same idempotency key returns the outcome.
    pub async fn verify(
        &self,
        account: &Account,
        id: &ChallengeId,
        code: &Code,
        key: Option<IdempotencyKey<'_>>,
    ) -> Result<Option<ContactView>, RunError> {
        let scope = format!("{} {}", account.id.as_str(), id.as_str());
        let reservation = key.map(|key| self.reserve("verify-challenge", &scope, &key));
        let work = async || {
            let registered = match code {
                Code::Digits(digits) => self.prove(account, id, digits, reservation.as_ref()).await?,
                Code::Long(_) => None,
            };
            Ok(if registered.is_some() { Done::Persisted(registered) } else { Done::Unpersisted(registered) })
        };
        match run_idempotent(&self.context, reservation.as_ref(), work).await? {
            Some(registered) => Ok(self.registered(account, &registered).await?),
            None => Ok(None),
        }
    }

    async fn registered(
        &self,
        account: &Account,
        stored: &StoredRegistration,
    ) -> Result<Option<ContactView>, Unavailable> {
        let StoredRegistration { contact, value, at, reason } = stored;
        let Some(kind) = ContactType::parse(contact) else {
            return Ok(None);
        };
        let account = self.context.store.account(&account.id).await?;
        let mut values = account.iter().flat_map(|account| account.registered_lately(kind));
        let found = values.find(|found| self.names.destination(&found.written()).all().contains(value));
        let reason = reason.as_deref().and_then(Unusable::parse);
        let (source, verified_at) = (Source::User, Some(*at));
        Ok(found.map(|value| ContactView { kind, value: value.written(), source, set_at: *at, verified_at, reason }))
    }

    async fn prove(
        &self,
        account: &Account,
        id: &ChallengeId,
        guess: &str,
        reservation: Option<&KeyReservation>,
    ) -> Result<Option<StoredRegistration>, Unavailable> {
        let (policy, now) = (self.context.policy().await?, self.context.now());
        let store = &self.context.store;
        let Some(challenge) = store.charge_challenge(id, &account.id, policy.tries_per_code, now).await? else {
            return Ok(None);
        };
        let guess_log = GuessLog::Registration(Owner::Account(account.id.clone()));
        let Some(attempt) = charge(store, &guess_log, challenge.made_at, Budget::from(&*policy), now).await? else {
            return Ok(None);
        };
        let binding = Binding::Registration { id: id.as_str() };
        let code = self.codes.digits(challenge.code_key, binding, &challenge.seed, challenge.digits);
        let code = code.ok_or(Unavailable::plain("the key of a code is gone"))?;
        if !attempt.compare(guess, &code) {
            return Ok(None);
        }
        self.write(account, &challenge, &policy, reservation, now).await
    }

    /// Registers the proved value, and revokes everything under way for the account.
    async fn write(
        &self,
        account: &Account,
        challenge: &Challenge,
        policy: &Policy,
        reservation: Option<&KeyReservation>,
        now: Moment,
    ) -> Result<Option<StoredRegistration>, Unavailable> {
        let mut account = account.clone();
        let own = GuessLog::Account(Owner::Account(account.id.clone()));
        for _ in 0..MAX_DECISIONS {
            // Every write that revokes the account's codes also changes its version. So the guess log, read after the
            // account, shows every revocation that the condition on the version would miss.
            if self.context.store.guess_log(&own).await?.revokes(challenge.made_at) {
                return Ok(None);
            }
            let mut changed = account.clone();
            changed.register(challenge.value.clone(), challenge.kind, policy, now);
            let names = self.names.name(&changed.user_name);
            let registered = self.stored(&changed, challenge, policy, now);
            let (record, notice) = self.consequences(&account, challenge, policy, now);
            let change = AccountChange {
                before: Some(&account),
                revoked_before: Some(now),
                challenge: Some(&challenge.id),
                notices: std::slice::from_ref(&notice),
                records: std::slice::from_ref(&record),
                answered: answered(reservation, &registered, now),
                ..AccountChange::new(&changed, &names)
            };
            match self.context.store.change_account(&change).await? {
                WriteOutcome::Written => return Ok(Some(registered)),
                WriteOutcome::NameTaken => return Ok(None),
                WriteOutcome::Changed => {}
            }
            // Either the account changed, or another request used the challenge. If the challenge was used, nothing is
            // registered.
            let used = self.context.store.challenge(&challenge.id).await?.is_none_or(|challenge| challenge.used);
            match self.context.store.account(&account.id).await? {
                Some(current) if same_sessions(&account, &current) && !used => account = current,
                Some(_) | None => return Ok(None),
            }
        }
        Err(Unavailable::conflict("an account kept changing while a contact was registered"))
    }

    /// The stored outcome of a registration.
    fn stored(&self, account: &Account, challenge: &Challenge, policy: &Policy, now: Moment) -> StoredRegistration {
        StoredRegistration {
            contact: challenge.kind.as_str().to_owned(),
            value: self.names.destination(&challenge.value.written()).current().to_owned(),
            at: now,
            reason: account.reason(challenge.kind, policy, now).map(|reason| reason.as_str().to_owned()),
        }
    }

    /// The audit record of a registration, and the notice to every other contact.
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

fn validate(
    contact: ContactInput<'_>,
    account: &Account,
    policy: &Policy,
) -> Result<(ContactType, Destination, Channel), ContactRefusal> {
    match (ContactType::parse(contact.kind), contact.delivery) {
        (Some(ContactType::MobilePhone), delivery) => {
            let channel = match delivery {
                None | Some("sms") => Channel::Sms,
                Some("call") => Channel::Call,
                Some(_) => return Err(ContactRefusal::Delivery),
            };
            let phone = Phone::parse(contact.value).map_err(|_| ContactRefusal::Phone)?;
            if !policy.allows(phone.country()) {
                return Err(ContactRefusal::Country);
            }
            if channel == Channel::Sms && !phone.texts() {
                return Err(ContactRefusal::FixedLine);
            }
            Ok((ContactType::MobilePhone, Destination::Phone(phone), channel))
        }
        (Some(ContactType::Email), None) => {
            let address = EmailAddress::parse(contact.value).map_err(|_| ContactRefusal::Address)?;
            if !policy.allow_own_mailbox && account.is_own_mailbox(&address) {
                return Err(ContactRefusal::OwnMailbox);
            }
            Ok((ContactType::Email, Destination::Email(address), Channel::Email))
        }
        (Some(ContactType::Email), Some(_)) => Err(ContactRefusal::DeliveryOfEmail),
        (Some(ContactType::OfficePhone) | None, _) => Err(ContactRefusal::Type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::idempotency::StoredResponse;

    #[test]
    fn a_challenge_is_stored_and_a_refusal_of_one_is_not() {
        let (challenge, reference, at) = ("challenge".to_owned(), "KT".to_owned(), Moment::from_millis(1));
        let made = ChallengeOutcome::Made { challenge, expires_at: at, reference };
        assert!(made.is_stored());
        assert_eq!(StoredResponse::of(&made).read::<ChallengeOutcome>().unwrap(), made);
        assert!(!ChallengeOutcome::ContactRefusal(ContactRefusal::Phone).is_stored());
    }
}
