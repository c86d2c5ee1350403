//! The entry point for the codes of registration challenges.

use std::future::ready;

use super::audit::NotSent;
use super::quota::QuotaRequest;
use super::send::{Delivery, KEY_GONE, NO_WORDS, country, minutes, price};
use super::{DeliverCode, JobOutcome};
use crate::account::{Account, Destination, Owner, Unusable, destination_digest};
use crate::limits::challenges::MAX_REFUNDED_PER_DAY;
use crate::limits::conversion::CodeJob;
use crate::message::{CodeMessage, Purpose};
use crate::policy::spending::Share;
use crate::policy::{Limit, Policy};
use crate::ports::messenger::Messenger;
use crate::ports::store::{DeliveryJob, Store};
use crate::reset::DropReason;
use crate::reset::challenge::Challenge;
use crate::reset::code::Binding;
use crate::time::HOUR;
use crate::unavailable::Unavailable;
use crate::use_cases::counters::change_sends;

/// Seconds of the shortest window that limits registration codes at one destination.
///
/// The window of half a minute in the default policy keeps strangers from pressing a button again and again. A person
/// who registers has signed in, has three challenges an hour, and may want the code by a call at once if the text does
/// not arrive. Messages to one number from many people are limited by the windows of an hour and longer, whatever their
/// counts are.
const LONG_WINDOW: u64 = HOUR;

impl<S: Store, M: Messenger> DeliverCode<S, M> {
    pub(super) async fn registration_code(
        &self,
        job: &DeliveryJob,
        challenge: &Challenge,
    ) -> Result<JobOutcome, Unavailable> {
        let (policy, now) = (self.context.policy().await?, self.context.now());
        let Some(account) = self.context.store.account(&challenge.account).await? else {
            return self.drop_job(job, DropReason::Disabled, None).await;
        };
        if account.enabled && (challenge.used || now >= challenge.expires_at) {
            return self.drop_job(job, DropReason::Stale, None).await;
        }
        let sent = match refusal(challenge, &account, &policy) {
            Some(why) => Err(why),
            None => {
                let delivery = self.registration_delivery(job, challenge, &account, &policy)?;
                self.send_code(job, &policy, &delivery, None, ready(Ok(true))).await?
            }
        };
        match sent {
            Ok(outcome) => Ok(outcome),
            Err(why) => self.drop_challenge(job, challenge, &account, &policy, why).await,
        }
    }

    /// Gives up a challenge's job that its provider could not take in any try.
    pub(super) async fn give_up_challenge(
        &self,
        job: &DeliveryJob,
        challenge: &Challenge,
    ) -> Result<JobOutcome, Unavailable> {
        let policy = self.context.policy().await?;
        match self.context.store.account(&challenge.account).await? {
            Some(account) => {
                self.drop_challenge(job, challenge, &account, &policy, DropReason::ProviderBusy.into()).await
            }
            None => self.drop_job(job, DropReason::ProviderBusy, None).await,
        }
    }

    async fn drop_challenge(
        &self,
        job: &DeliveryJob,
        challenge: &Challenge,
        account: &Account,
        policy: &Policy,
        why: NotSent,
    ) -> Result<JobOutcome, Unavailable> {
        if !keeps_its_place(why.reason) {
            let key = Challenge::log_key(&challenge.account);
            change_sends(&self.context.store, &key, |log| log.give_back(&job.name(), MAX_REFUNDED_PER_DAY)).await?;
        }
        let record = self.not_challenged(challenge, account, policy, why);
        self.drop_job(job, why.reason, Some(&record)).await
    }

    fn registration_delivery<'a>(
        &self,
        job: &'a DeliveryJob,
        challenge: &'a Challenge,
        account: &Account,
        policy: &Policy,
    ) -> Result<Delivery<'a>, Unavailable> {
        let Challenge { value, channel, .. } = challenge;
        let quota = QuotaRequest {
            name: job.name(),
            channel: *channel,
            destination: destination_digest(&self.names, value),
            source: &challenge.source,
            account: Owner::Account(account.id.clone()).key(),
            share: Share::Registration,
            price: price(policy, value, *channel),
            country: country(value),
            limits: destination_limits(&policy.sends),
            asked_at: challenge.made_at,
        };
        let binding = Binding::Registration { id: challenge.id.as_str() };
        let digits = self.codes.digits(challenge.code_key, binding, &challenge.seed, challenge.digits);
        let digits = digits.ok_or(KEY_GONE)?;
        let minutes = minutes(challenge.made_at, challenge.expires_at, self.context.now());
        let message = CodeMessage::new(Purpose::Registration, &digits, None, challenge.reference.as_str(), minutes)
            .map_err(|_| NO_WORDS)?;
        let language = policy.language(account.preferred_language());
        let outgoing = self.code_message(job, account, value, &quota, language, &message);
        let phone_code = self.phone_code(account, value, CodeJob::Challenge(challenge.id.clone()));
        Ok(Delivery { outgoing, quota, phone_code })
    }
}

/// Why a challenge's code may not be sent under the current account and policy.
fn refusal(challenge: &Challenge, account: &Account, policy: &Policy) -> Option<NotSent> {
    match &challenge.value {
        _ if !account.enabled => Some(DropReason::Disabled.into()),
        Destination::Phone(phone) if !policy.allows(phone.country()) => {
            Some(NotSent::unreachable(DropReason::NoDestination, Some(Unusable::CountryNotAllowed)))
        }
        Destination::Phone(_) | Destination::Email(_) => None,
    }
}

/// Whether a challenge keeps its place in the person's count although no code was sent.
///
/// If a limit refunded the place, a session could ask without end. In the other cases nobody asked too often, so the
/// place is refunded unless too many were refunded that day.
const fn keeps_its_place(reason: DropReason) -> bool {
    matches!(reason, DropReason::Disabled | DropReason::SendLimit | DropReason::SpendCap(_) | DropReason::Conversion)
}

/// The limits of a destination: the long windows, or all of them if the policy has no long ones.
fn destination_limits(sends: &[Limit]) -> Vec<Limit> {
    let long: Vec<Limit> = sends.iter().filter(|limit| limit.seconds >= LONG_WINDOW).copied().collect();
    if long.is_empty() { sends.to_vec() } else { long }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;

    #[test]
    fn no_policy_leaves_a_destination_without_a_limit() {
        let limit = |count, seconds| Limit { count, seconds };
        let (short, hour, day) = (limit(1, 30), limit(5, HOUR), limit(1, DAY));
        assert_eq!(destination_limits(&[short, hour, day]), [hour, day], "one a day is a limit, too");
        assert_eq!(destination_limits(&[day]), [day]);
        assert_eq!(destination_limits(&[short, limit(9, HOUR - 1)]), [short, limit(9, HOUR - 1)]);
    }
}
