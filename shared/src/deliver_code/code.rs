//! Delivering codes.

use super::reserve::{Exhausted, Reserved, Share, Wanted};
use super::{DeliverCode, Handled};
use crate::account::{Account, Destination, Owner};
use crate::budget::{Budget, Ring};
use crate::challenge::{Challenge, Challenged};
use crate::code::Binding;
use crate::message::{Channel, CodeMessage, Language, Purpose, render_code};
use crate::messenger::{Dispatch, Messenger, Outgoing};
use crate::method::{CodeMethod, Method};
use crate::money::Money;
use crate::policy::{Limit, Policy};
use crate::random::{ChallengeId, ResetId};
use crate::reset::{Delivered, DropReason, Issue, LongIssue, Reset, destination_digest};
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

/// How often a count is written again when somebody else's challenge came between.
const COUNT_TRIES: usize = 4;

/// What became of handing a message over.
enum Handed {
    /// It is out, or a newer order took its place, or the provider wants it later.
    Done(Handled),
    /// The provider refuses it for good; what was reserved is given back.
    Refused,
    /// There is nothing left to reserve.
    Exhausted(DropReason),
}

impl Exhausted {
    const fn reason(self) -> DropReason {
        match self {
            Self::Sends => DropReason::SendLimit,
            Self::Money => DropReason::SpendCap,
        }
    }
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

    /// Sends a reset's code to its destination; where the provider refuses that for good and the policy wants it, the
    /// same code goes once by the account's verified mail address.
    ///
    /// The reset's issue stays as it was ordered, so that nothing told later depends on what became of it.
    async fn send_reset_code(
        &self,
        order: &OrderRef,
        reset: &Reset,
        account: &Account,
        policy: &Policy,
        destination: &Destination,
    ) -> Result<Handled, Unavailable> {
        let issue = &reset.issue;
        match self.send_issue(order, reset, account, policy, destination, issue.method.channel()).await? {
            Handed::Done(handled) => Ok(handled),
            Handed::Exhausted(reason) => self.drop_order(order, reason).await,
            Handed::Refused => match fail_over(policy, account, issue) {
                None => self.drop_order(order, DropReason::Refused).await,
                Some(email) => match self.send_issue(order, reset, account, policy, &email, Channel::Email).await? {
                    Handed::Done(handled) => Ok(handled),
                    Handed::Exhausted(_) | Handed::Refused => self.drop_order(order, DropReason::Refused).await,
                },
            },
        }
    }

    async fn send_issue(
        &self,
        order: &OrderRef,
        reset: &Reset,
        account: &Account,
        policy: &Policy,
        destination: &Destination,
        channel: Channel,
    ) -> Result<Handed, Unavailable> {
        let issue = &reset.issue;
        let digest = destination_digest(&self.names, destination);
        let owner = Owner::Account(account.id.clone());
        let price = price(policy, destination, channel);
        let wanted = Wanted {
            order: format!("{}.{}", order.name(), channel.as_str()),
            channel,
            account_sends: Some(owner.key()),
            destination_sends: format!("destination.{digest}"),
            source: &reset.source,
            account: owner.key(),
            share: Share::Resets,
            price,
            limits: &policy.sends,
            asked_at: issue.ordered_at,
        };
        let reserved = match self.reserve(policy, &wanted).await? {
            Ok(reserved) => reserved,
            Err(exhausted) => return Ok(Handed::Exhausted(exhausted.reason())),
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
        self.hand_over(&parcel, &reserved, long.as_ref().map(|long| (&owner, long))).await
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
            return self.drop_challenge(order, &challenge, DropReason::NoDestination).await;
        }
        match self.send_challenge_code(order, &challenge, &account, &policy).await? {
            Handed::Done(handled) => Ok(handled),
            // A place given back for a limit would let a session ask without end.
            Handed::Exhausted(reason) => self.drop_order(order, reason).await,
            Handed::Refused => self.drop_challenge(order, &challenge, DropReason::Refused).await,
        }
    }

    /// Drops a challenge's order and gives its place in the person's count back: nothing was sent for it.
    pub(super) async fn drop_challenge(
        &self,
        order: &OrderRef,
        challenge: &Challenge,
        reason: DropReason,
    ) -> Result<Handled, Unavailable> {
        let counted =
            Challenged { at: challenge.made_at, destination: destination_digest(&self.names, &challenge.value) };
        for _ in 0..COUNT_TRIES {
            let count = self.context.store.challenge_count(&challenge.account).await?;
            let Some(without) = count.without(&counted) else { break };
            if self.context.store.put_challenge_count(&challenge.account, &without).await? {
                break;
            }
        }
        self.drop_order(order, reason).await
    }

    async fn send_challenge_code(
        &self,
        order: &OrderRef,
        challenge: &Challenge,
        account: &Account,
        policy: &Policy,
    ) -> Result<Handed, Unavailable> {
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
        self.hand_over(&parcel, &reserved, None).await
    }

    /// Prepares a code, sends it once, and writes down what became of it.
    async fn hand_over(
        &self,
        parcel: &Parcel<'_>,
        reserved: &Reserved,
        long: Option<(&Owner, &LongIssue)>,
    ) -> Result<Handed, Unavailable> {
        let outgoing = match self.prepare(parcel, long).await {
            Ok(Some(outgoing)) => outgoing,
            Ok(None) => {
                self.give_back(reserved).await?;
                return Ok(Handed::Done(Handled::Settled));
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
            Dispatch::Sent => Ok(Handed::Done(self.settle_sent(parcel.order, Delivered::Sent).await)),
            Dispatch::Unknown => Ok(Handed::Done(self.settle_sent(parcel.order, Delivered::Unknown).await)),
            Dispatch::Refused(_) => {
                self.give_back(reserved).await?;
                Ok(Handed::Refused)
            }
            Dispatch::TryAgain => {
                self.give_back(reserved).await?;
                self.context.store.release_order(parcel.order).await?;
                Ok(Handed::Done(Handled::TryAgain))
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
                Handled::Held
            }
        }
    }

    fn compose(&self, parcel: &Parcel<'_>, long: Option<&LongIssue>, now: Moment) -> Result<Outgoing, Unavailable> {
        const GONE: Unavailable = Unavailable::plain("the key of a code is gone");
        let digits = self.codes.digits(parcel.code_key, parcel.binding, parcel.seed, parcel.digits).ok_or(GONE)?;
        let long = match long {
            Some(issue) => Some(self.codes.long(issue.code_key, issue.binding(), &issue.seed).ok_or(GONE)?),
            None => None,
        };
        // To the nearest minute: a delivery that took a second is no reason to promise less.
        let minutes = (parcel.expires_at.seconds_from(now) + 30) / 60;
        let minutes = u32::try_from(minutes).unwrap_or(1).clamp(1, 60);
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
}

/// Whether an order came so late that less than half its life is left.
fn is_stale(issue: &Issue, now: Moment) -> bool {
    let life = issue.expires_at.millis().saturating_sub(issue.ordered_at.millis());
    issue.expires_at.millis().saturating_sub(now.millis()) * 2 < life
}

/// The verified mail address that a refused phone message goes to instead, where the policy wants that.
fn fail_over(policy: &Policy, account: &Account, issue: &Issue) -> Option<Destination> {
    let email = account.registered.email.as_ref().filter(|email| email.verified_at.is_some())?;
    let offered = policy.offers(Method::Code(CodeMethod::Email));
    let wanted = policy.failover && offered && policy.gates(account.is_admin) == 1 && issue.method.is_phone();
    wanted.then(|| Destination::Email(email.value.clone()))
}

pub(super) fn price(policy: &Policy, destination: &Destination, channel: Channel) -> Money {
    match destination {
        Destination::Phone(phone) => policy.price(phone.country(), channel),
        Destination::Email(_) => Money::ZERO,
    }
}
