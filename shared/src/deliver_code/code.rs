//! Delivering codes.

use super::reserve::{Exhausted, Reserved, Share, Wanted};
use super::{DeliverCode, Handled};
use crate::account::{Account, Destination, Owner};
use crate::budget::{Budget, Ring};
use crate::challenge::Challenge;
use crate::code::Binding;
use crate::message::{Channel, CodeMessage, Language, Purpose, render_code};
use crate::messenger::{Dispatch, Messenger, Outgoing};
use crate::method::CodeMethod;
use crate::money::Money;
use crate::policy::{Limit, Policy};
use crate::random::{ChallengeId, ResetId};
use crate::reset::{CodeRequest, Delivered, DropReason, Issue, LongIssue, Reset, destination_digest};
use crate::store::{OrderRef, Store};
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// One code on its way: what it opens, where it goes, and what it may cost.
struct Parcel<'a> {
    order: &'a OrderRef,
    destination: &'a Destination,
    digest: &'a str,
    channel: Channel,
    language: Language,
    price: Money,
    purpose: Purpose,
    binding: Binding<'a>,
    seed: &'a crate::random::Seed,
    code_key: u32,
    digits: u8,
    reference: &'a str,
    expires_at: Moment,
}

impl<S: Store, M: Messenger> DeliverCode<S, M> {
    pub(super) async fn reset_code(&self, order: &OrderRef, id: &ResetId, number: u32) -> Result<Handled, Unavailable> {
        let (policy, now) = (self.context.policy().await?, self.context.now());
        let Some(reset) = self.context.store.reset(id).await? else {
            return Ok(Handled::Settled);
        };
        if reset.issue.order != number {
            return Ok(Handled::Settled);
        }
        let account = match self.context.store.account_by_name(&reset.names).await? {
            Some(account) => self.context.store.account(&account).await?,
            None => None,
        };
        let Some(account) = account else {
            return self.drop_order(order, DropReason::UnknownName).await;
        };
        if reset.bound.as_ref().is_some_and(|bound| bound.account != account.id) {
            // The name is another account's now; what was proved was proved for the first one.
            return self.drop_order(order, DropReason::Void).await;
        }
        // Bound whatever the checks then say: an emailed long code works at the owner's own reset.
        if !self.context.store.bind_reset(id, &account.bound(now), now).await? || is_stale(&reset.issue, now) {
            return self.drop_order(order, DropReason::Stale).await;
        }
        let destination = match self.judge(&reset, &account, &policy, now).await? {
            Ok(destination) => destination,
            Err(reason) => return self.drop_order(order, reason).await,
        };
        self.send_reset_code(order, &reset, &account, &policy, &destination).await
    }

    /// Decides whether a reset's code may be sent, and where: every check that needs the account.
    async fn judge(
        &self,
        reset: &Reset,
        account: &Account,
        policy: &Policy,
        now: Moment,
    ) -> Result<Result<Destination, DropReason>, Unavailable> {
        if !account.enabled {
            return Ok(Err(DropReason::Disabled));
        }
        if !account.can_reset(policy, now) {
            return Ok(Err(DropReason::NotCapable));
        }
        let issue = &reset.issue;
        let Ok(destination) = account.destination(issue.method, policy, now) else {
            return Ok(Err(DropReason::NoDestination));
        };
        if policy.phone_proof
            && let Destination::Phone(phone) = &destination
        {
            let on_file = self.phones.phone(phone);
            if !issue.claimed_phone.as_ref().is_some_and(|claimed| claimed.matches(&on_file)) {
                return Ok(Err(DropReason::PhoneProof));
            }
        }
        if !reset.may_use(issue.method, &destination_digest(&self.names, &destination)) {
            return Ok(Err(DropReason::SameAsGateOne));
        }
        let owner = Owner::Account(account.id.clone());
        let ring = self.context.store.ring(&Ring::Account(owner)).await?;
        if ring.voids(reset.began_at) {
            return Ok(Err(DropReason::Void));
        }
        if !ring.may_complete(now) {
            return Ok(Err(DropReason::CompletionLimit));
        }
        // An email is worth sending on a spent budget: its long code is never charged to it.
        if issue.method != CodeMethod::Email && !ring.has_room(Budget::from(policy), now) {
            return Ok(Err(DropReason::BudgetSpent));
        }
        Ok(Ok(destination))
    }

    async fn send_reset_code(
        &self,
        order: &OrderRef,
        reset: &Reset,
        account: &Account,
        policy: &Policy,
        destination: &Destination,
    ) -> Result<Handled, Unavailable> {
        let issue = &reset.issue;
        let digest = destination_digest(&self.names, destination);
        let owner = Owner::Account(account.id.clone());
        let channel = issue.method.channel();
        let price = price(policy, destination, channel);
        let wanted = Wanted {
            order: order.name(),
            channel,
            account_sends: Some(owner.key()),
            destination_sends: format!("destination.{digest}"),
            source: &reset.source,
            account: owner.key(),
            share: Share::Resets,
            price,
            limits: &policy.sends,
        };
        let reserved = match self.reserve(policy, &wanted).await? {
            Ok(reserved) => reserved,
            Err(Exhausted::Sends) => return self.drop_order(order, DropReason::SendLimit).await,
            Err(Exhausted::Money) => return self.drop_order(order, DropReason::SpendCap).await,
        };
        let parcel = Parcel {
            order,
            destination,
            digest: &digest,
            channel,
            language: policy.language(account.profile.preferred_language.as_deref()),
            price,
            purpose: Purpose::Reset,
            binding: Binding::Reset { id: reset.id.as_str(), gate: issue.gate, method: issue.method },
            seed: &issue.seed,
            code_key: reset.code_key,
            digits: issue.digits,
            reference: issue.reference.as_str(),
            expires_at: issue.expires_at,
        };
        let long = (channel == Channel::Email).then(|| LongIssue {
            reset: reset.id.clone(),
            gate: issue.gate,
            seed: issue.seed.clone(),
            code_key: reset.code_key,
            destination: digest.clone(),
            made_at: self.context.now(),
        });
        let (handled, refused) = self.hand_over(&parcel, &reserved, long.as_ref().map(|long| (&owner, long))).await?;
        if refused && may_fail_over(policy, account, issue) {
            self.fail_over(reset, policy).await?;
        }
        Ok(handled)
    }

    pub(super) async fn challenge_code(&self, order: &OrderRef, id: &ChallengeId) -> Result<Handled, Unavailable> {
        let (policy, now) = (self.context.policy().await?, self.context.now());
        let Some(challenge) = self.context.store.challenge(id).await? else {
            return Ok(Handled::Settled);
        };
        let account = self.context.store.account(&challenge.account).await?;
        let Some(account) = account.filter(|account| account.enabled) else {
            return self.drop_order(order, DropReason::Disabled).await;
        };
        if challenge.used || now >= challenge.expires_at {
            return self.drop_order(order, DropReason::Stale).await;
        }
        if let Destination::Phone(phone) = &challenge.value
            && !policy.allows(phone.country())
        {
            return self.drop_order(order, DropReason::NoDestination).await;
        }
        self.send_challenge_code(order, &challenge, &account, &policy).await
    }

    async fn send_challenge_code(
        &self,
        order: &OrderRef,
        challenge: &Challenge,
        account: &Account,
        policy: &Policy,
    ) -> Result<Handled, Unavailable> {
        let digest = destination_digest(&self.names, &challenge.value);
        let price = price(policy, &challenge.value, challenge.channel);
        // Counted per person when the challenge was made; here only per destination.
        let limits: Vec<Limit> = policy.sends.iter().filter(|limit| limit.count > 1).copied().collect();
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
        };
        let reserved = match self.reserve(policy, &wanted).await? {
            Ok(reserved) => reserved,
            Err(Exhausted::Sends) => return self.drop_order(order, DropReason::SendLimit).await,
            Err(Exhausted::Money) => return self.drop_order(order, DropReason::SpendCap).await,
        };
        let parcel = Parcel {
            order,
            destination: &challenge.value,
            digest: &digest,
            channel: challenge.channel,
            language: policy.language(account.profile.preferred_language.as_deref()),
            price,
            purpose: Purpose::Registration,
            binding: Binding::Registration { id: challenge.id.as_str() },
            seed: &challenge.seed,
            code_key: challenge.code_key,
            digits: challenge.digits,
            reference: challenge.reference.as_str(),
            expires_at: challenge.expires_at,
        };
        Ok(self.hand_over(&parcel, &reserved, None).await?.0)
    }

    /// Prepares a code, sends it once, and writes down what became of it.
    ///
    /// Tells, too, whether the provider refused it for good.
    async fn hand_over(
        &self,
        parcel: &Parcel<'_>,
        reserved: &Reserved,
        long: Option<(&Owner, &LongIssue)>,
    ) -> Result<(Handled, bool), Unavailable> {
        let outgoing = match self.prepare(parcel, long).await {
            Ok(Some(outgoing)) => outgoing,
            Ok(None) => {
                self.give_back(reserved).await?;
                return Ok((Handled::Settled, false));
            }
            Err(failed) => {
                // Nothing was sent. What cannot be given back now stays charged.
                self.give_back(reserved).await.ok();
                return Err(failed);
            }
        };
        let dispatch = self.messenger.send(&outgoing).await;
        tracing::info!(
            order = %parcel.order.name(), channel = parcel.channel.as_str(), to = %parcel.destination.masked(),
            reference = parcel.reference, outcome = ?dispatch, "code"
        );
        match dispatch {
            Dispatch::Sent => Ok((self.settle_sent(parcel.order, Delivered::Sent).await, false)),
            Dispatch::Unknown => Ok((self.settle_sent(parcel.order, Delivered::Unknown).await, false)),
            Dispatch::Refused(_) => {
                self.give_back(reserved).await?;
                let handled = self.settle(parcel.order, Delivered::Dropped(DropReason::Refused)).await?;
                Ok((handled, true))
            }
            Dispatch::TryAgain => {
                self.give_back(reserved).await?;
                self.context.store.release_order(parcel.order).await?;
                Ok((Handled::TryAgain, false))
            }
        }
    }

    /// Derives the code and marks that it exists; `None` where a newer order took this one's place.
    async fn prepare(
        &self,
        parcel: &Parcel<'_>,
        long: Option<(&Owner, &LongIssue)>,
    ) -> Result<Option<Outgoing>, Unavailable> {
        let outgoing = self.compose(parcel, long.map(|(_, issue)| issue), self.context.now())?;
        if let Some((owner, long)) = long {
            self.context.store.keep_long_issue(owner, long).await?;
        }
        let marked = self.context.store.mark_sent(parcel.order, parcel.digest).await?;
        Ok(marked.then_some(outgoing))
    }

    /// Writes down that a message is out. Where that fails the lease is kept, so that it is not sent again at once:
    /// a message that may have been sent is sent again at most once, when the lease has ended.
    async fn settle_sent(&self, order: &OrderRef, outcome: Delivered) -> Handled {
        match self.settle(order, outcome).await {
            Ok(handled) => handled,
            Err(failed) => {
                tracing::error!(order = %order.name(), what = failed.what, "a sent message was not written down");
                Handled::TryAgain
            }
        }
    }

    fn compose(&self, parcel: &Parcel<'_>, long: Option<&LongIssue>, now: Moment) -> Result<Outgoing, Unavailable> {
        const GONE: Unavailable = Unavailable::plain("the key of a code is gone");
        let digits = self.codes.digits(parcel.code_key, parcel.binding, parcel.seed, parcel.digits).ok_or(GONE)?;
        let long = match long {
            Some(_) => Some(self.codes.long(parcel.code_key, parcel.binding, parcel.seed).ok_or(GONE)?),
            None => None,
        };
        let minutes = u32::try_from(parcel.expires_at.seconds_from(now) / 60).unwrap_or(1).clamp(1, 60);
        let long = long.as_ref().map(|long| long.as_str());
        let message = CodeMessage::new(parcel.purpose, &digits, long, parcel.reference, minutes)
            .map_err(|_| Unavailable::plain("a code cannot be put into words"))?;
        Ok(Outgoing {
            destination: parcel.destination.clone(),
            channel: parcel.channel,
            language: parcel.language,
            rendered: render_code(parcel.channel, parcel.language, &self.sender, &message),
            reference: parcel.reference.to_owned(),
            order: parcel.order.name(),
            max_price: parcel.price,
        })
    }

    /// Orders the code once more, by the account's verified email address.
    async fn fail_over(&self, reset: &Reset, policy: &Policy) -> Result<(), Unavailable> {
        let issue = &reset.issue;
        let request = CodeRequest { method: CodeMethod::Email, claimed_phone: None };
        let (now, random) = (self.context.now(), &*self.context.random);
        let email = Issue {
            // The page shows the first reference, and the person is to find it in the message.
            reference: issue.reference.clone(),
            ..Issue::new(request, issue.gate, issue.order + 1, policy, now, reset.expires_at, random)
        };
        // Where the reset changed meanwhile its owner has gone on without this.
        let Some(seen) = self.context.store.reset(&reset.id).await? else { return Ok(()) };
        if seen.issue.order == issue.order {
            self.context.store.reissue(&seen, &email).await?;
        }
        Ok(())
    }
}

/// Whether an order came so late that less than half its life is left.
fn is_stale(issue: &Issue, now: Moment) -> bool {
    let life = issue.expires_at.millis().saturating_sub(issue.ordered_at.millis());
    issue.expires_at.millis().saturating_sub(now.millis()) * 2 < life
}

fn may_fail_over(policy: &Policy, account: &Account, issue: &Issue) -> bool {
    let verified = account.registered.email.as_ref().is_some_and(|email| email.verified_at.is_some());
    policy.failover && policy.gates(account.is_admin) == 1 && issue.method.is_phone() && verified
}

pub(super) fn price(policy: &Policy, destination: &Destination, channel: Channel) -> Money {
    match destination {
        Destination::Phone(phone) => policy.price(phone.country(), channel),
        Destination::Email(_) => Money::ZERO,
    }
}
