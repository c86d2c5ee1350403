//! Delivering the codes of challenges.

use super::audit::NotSent;
use super::quota::{Share, Wanted};
use super::send::{Handed, Parcel, price};
use super::{DeliverCode, Handled};
use crate::account::{Account, Destination, Owner, destination_digest};
use crate::message::Purpose;
use crate::policy::{Limit, Policy};
use crate::ports::messenger::Messenger;
use crate::ports::store::{OrderRef, Store};
use crate::random::ChallengeId;
use crate::reset::DropReason;
use crate::reset::challenge::Challenge;
use crate::reset::code::Binding;
use crate::time::HOUR;
use crate::unavailable::Unavailable;

/// Seconds of the shortest window that a registration's code is limited by at its destination.
///
/// The half minute of the default policy keeps strangers from pressing a button; who registers has signed in, has three
/// challenges an hour, and may want the code by a call at once where the text does not come. What a number gets from
/// many people is held by the windows from an hour on, whatever their count is.
const LONG_WINDOW: u64 = HOUR;
/// How often a count is written again when somebody else's challenge came between.
const COUNT_TRIES: usize = 4;

/// Whether a challenge of which no code was sent keeps its place in the person's count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It does: a place given back for a limit would let a session ask without end.
    Kept,
    /// It does not, as long as few were given back that day: nothing was sent, and nobody asked too often.
    GivenBack,
}

/// A challenge's order, once its person is known.
struct Asked<'a> {
    order: &'a OrderRef,
    challenge: &'a Challenge,
    account: &'a Account,
    policy: &'a Policy,
}

impl<S: Store, M: Messenger> DeliverCode<S, M> {
    pub(super) async fn challenge_code(&self, order: &OrderRef, id: &ChallengeId) -> Result<Handled, Unavailable> {
        let (policy, now) = (self.context.policy().await?, self.context.now());
        let Some(challenge) = self.context.store.challenge(id).await? else {
            return Ok(Handled::Settled);
        };
        let Some(account) = self.context.store.account(&challenge.account).await? else {
            return self.drop_order(order, DropReason::Disabled, None).await;
        };
        let asked = Asked { order, challenge: &challenge, account: &account, policy: &policy };
        if !account.enabled {
            return self.drop_challenge(&asked, DropReason::Disabled.into(), Place::Kept).await;
        }
        if challenge.used || now >= challenge.expires_at {
            return self.drop_order(order, DropReason::Stale, None).await;
        }
        if let Destination::Phone(phone) = &challenge.value
            && !policy.allows(phone.country())
        {
            return self.drop_challenge(&asked, DropReason::NoDestination.into(), Place::GivenBack).await;
        }
        match self.send_challenge_code(&asked).await? {
            Handed::Done(handled) => Ok(handled),
            Handed::Exhausted(reason) => self.drop_challenge(&asked, reason.into(), Place::Kept).await,
            Handed::Refused(refusal) => self.drop_challenge(&asked, NotSent::refused(refusal), Place::GivenBack).await,
        }
    }

    /// Gives a challenge's order up that its provider could not take for as long as it was tried.
    pub(super) async fn give_up_challenge(&self, order: &OrderRef, id: &ChallengeId) -> Result<Handled, Unavailable> {
        let policy = self.context.policy().await?;
        let Some(challenge) = self.context.store.challenge(id).await? else {
            return self.drop_order(order, DropReason::ProviderBusy, None).await;
        };
        let Some(account) = self.context.store.account(&challenge.account).await? else {
            return self.drop_order(order, DropReason::ProviderBusy, None).await;
        };
        let asked = Asked { order, challenge: &challenge, account: &account, policy: &policy };
        self.drop_challenge(&asked, DropReason::ProviderBusy.into(), Place::GivenBack).await
    }

    async fn drop_challenge(&self, asked: &Asked<'_>, why: NotSent, place: Place) -> Result<Handled, Unavailable> {
        if place == Place::GivenBack {
            self.give_place_back(asked.challenge).await?;
        }
        let record = self.not_challenged(asked.challenge, asked.account, asked.policy, why);
        self.drop_order(asked.order, why.reason, Some(&record)).await
    }

    async fn give_place_back(&self, challenge: &Challenge) -> Result<(), Unavailable> {
        let destination = destination_digest(&self.names, &challenge.value);
        for _ in 0..COUNT_TRIES {
            let count = self.context.store.challenge_count(&challenge.account).await?;
            let Some(given_back) = count.give_back(challenge.made_at, &destination) else { break };
            if self.context.store.put_challenge_count(&challenge.account, &given_back).await? {
                break;
            }
        }
        Ok(())
    }

    async fn send_challenge_code(&self, asked: &Asked<'_>) -> Result<Handed, Unavailable> {
        let Asked { order, challenge, account, policy } = *asked;
        let digest = destination_digest(&self.names, &challenge.value);
        let price = price(policy, &challenge.value, challenge.channel);
        // Counted per person when the challenge was made; here only per destination.
        let limits = destination_limits(&policy.sends);
        let wanted = Wanted {
            order: order.name(),
            channel: challenge.channel,
            account_sends: None,
            destination_sends: format!("destination.{digest}"),
            source: &challenge.source,
            account: Owner::Account(account.id.clone()).key(),
            share: Share::Registration,
            price,
            limits: &limits,
            asked_at: challenge.made_at,
        };
        let reserved = match self.reserve(policy, &wanted).await? {
            Ok(reserved) => reserved,
            Err(exhausted) => return Ok(Handed::Exhausted(exhausted.reason())),
        };
        let parcel = Parcel {
            order,
            destination: &challenge.value,
            digest: &digest,
            channel: challenge.channel,
            language: policy.language(account.preferred_language()),
            price,
            purpose: Purpose::Registration,
            binding: Binding::Registration { id: challenge.id.as_str() },
            seed: &challenge.seed,
            code_key: challenge.code_key,
            digits: challenge.digits,
            reference: challenge.reference.as_str(),
            expires_at: challenge.expires_at,
            // The audit tells of what was registered; a code that was asked for is nothing yet.
            record: None,
        };
        self.hand_over(&parcel, &reserved, None).await
    }
}

/// The limits of a destination: the long windows, or all where the policy has none of those.
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
