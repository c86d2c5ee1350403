//! Delivering the codes of resets.

use super::audit::{NotSent, Subject};
use super::quota::{Share, Wanted};
use super::send::{Handed, Parcel, price};
use super::{DeliverCode, Handled, nothing_sent};
use crate::account::{Account, Destination, Owner, destination_digest};
use crate::message::{Channel, Purpose};
use crate::policy::Policy;
use crate::policy::method::{CodeMethod, Method};
use crate::ports::messenger::Messenger;
use crate::ports::store::{OrderRef, Store};
use crate::random::ResetId;
use crate::records::audit::AuditRecord;
use crate::reset::code::Binding;
use crate::reset::{DropReason, Issue, LongIssue, Reset};
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// A reset's order, once the account is known.
struct Known<'a> {
    order: &'a OrderRef,
    reset: &'a Reset,
    account: &'a Account,
    policy: &'a Policy,
}

impl<'a> Known<'a> {
    fn subject(&self) -> Subject<'a> {
        Subject { reset: &self.reset.id, person: self.account.into(), policy: self.policy }
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
            return self.drop_order(order, DropReason::UnknownName, None).await;
        };
        if let Some(bound) = reset.bound.as_ref().filter(|bound| bound.account != account.id) {
            // The name is another account's now; what was proved was proved for the first one.
            let subject = Subject { reset: id, person: bound.into(), policy: &policy };
            let record = self.not_sent(&subject, DropReason::Void.into(), None);
            return self.drop_order(order, DropReason::Void, Some(&record)).await;
        }
        let known = Known { order, reset: &reset, account: &account, policy: &policy };
        if reset.open_gate() != Some(reset.issue.gate) {
            // The code was used while its order waited.
            return self.drop_known(&known, DropReason::Stale.into(), None).await;
        }
        let begun = reset.bound.is_none().then(|| self.begun(&known.subject()));
        // Bound whatever the checks then say: an emailed long code works at the owner's own reset.
        if !self
            .context
            .store
            .bind_reset(id, number, &account.bound(&policy, &self.names, now), begun.as_ref(), now)
            .await?
        {
            // The reset is over or has a newer order, or another worker found another account by the name meanwhile.
            // The order is theirs then: it is left as it is, since settling it would undo what they may be sending.
            return Ok(nothing_sent(order, DropReason::Stale));
        }
        if is_stale(&reset.issue, now) {
            return self.drop_known(&known, DropReason::Stale.into(), None).await;
        }
        match self.judge(&reset, &account, &policy, now).await? {
            Ok(destination) => self.send_reset_code(&known, &destination).await,
            Err(reason) => self.drop_known(&known, reason.into(), None).await,
        }
    }

    /// Gives a reset's order up that its provider could not take for as long as it was tried.
    pub(super) async fn give_up_code(&self, order: &OrderRef, id: &ResetId) -> Result<Handled, Unavailable> {
        let policy = self.context.policy().await?;
        let bound = self.context.store.reset(id).await?.and_then(|reset| reset.bound);
        let record = bound.map(|bound| {
            let subject = Subject { reset: id, person: (&bound).into(), policy: &policy };
            self.not_sent(&subject, DropReason::ProviderBusy.into(), None)
        });
        self.drop_order(order, DropReason::ProviderBusy, record.as_ref()).await
    }

    async fn drop_known(
        &self,
        known: &Known<'_>,
        why: NotSent,
        to: Option<&Destination>,
    ) -> Result<Handled, Unavailable> {
        let record = self.not_sent(&known.subject(), why, to);
        self.drop_order(known.order, why.reason, Some(&record)).await
    }

    /// Sends a reset's code to its destination; where the provider refuses that for good and the policy wants it, the
    /// same code goes once by the account's verified mail address.
    ///
    /// The reset's issue stays as it was ordered, so that nothing told later depends on what became of it.
    async fn send_reset_code(&self, known: &Known<'_>, destination: &Destination) -> Result<Handled, Unavailable> {
        let issue = &known.reset.issue;
        let record = self.sent(&known.subject(), issue.method, destination);
        let refusal = match self.send_issue(known, destination, issue.method.channel(), record).await? {
            Handed::Done(handled) => return Ok(handled),
            Handed::Exhausted(reason) => return self.drop_known(known, reason.into(), Some(destination)).await,
            Handed::Refused(refusal) => NotSent::refused(refusal),
        };
        if let Some(email) = fail_over(known.policy, known.account, issue) {
            let record = self.sent_instead(&known.subject(), (destination, refusal), &email);
            match self.send_issue(known, &email, Channel::Email, record).await? {
                Handed::Done(handled) => return Ok(handled),
                Handed::Exhausted(_) | Handed::Refused(_) => {}
            }
        }
        self.drop_known(known, refusal, Some(destination)).await
    }

    async fn send_issue(
        &self,
        known: &Known<'_>,
        destination: &Destination,
        channel: Channel,
        record: AuditRecord,
    ) -> Result<Handed, Unavailable> {
        let Known { order, reset, account, policy } = *known;
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
            language: policy.language(account.preferred_language()),
            price,
            purpose: Purpose::Reset,
            binding: Binding::Reset { id: reset.id.as_str(), gate: issue.gate, method: issue.method },
            seed: &issue.seed,
            code_key: reset.code_key,
            digits: issue.digits,
            reference: issue.reference.as_str(),
            expires_at: issue.expires_at,
            record: Some(record),
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
