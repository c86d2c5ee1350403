//! Handing one code over: derive it, mark that it exists, send it once, write down what became of it.

use super::quota::{Exhausted, Reserved};
use super::{DeliverCode, Handled};
use crate::account::{Destination, Owner};
use crate::message::{Channel, CodeMessage, Language, Purpose, render_code};
use crate::money::Money;
use crate::policy::Policy;
use crate::ports::messenger::{Dispatch, Messenger, Outgoing};
use crate::ports::store::{OrderRef, Store};
use crate::random::Seed;
use crate::records::audit::AuditRecord;
use crate::reset::code::Binding;
use crate::reset::{Delivered, DropReason, LongIssue};
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// One code on its way: what it opens, where it goes, and what it may cost.
pub(super) struct Parcel<'a> {
    pub(super) order: &'a OrderRef,
    pub(super) destination: &'a Destination,
    pub(super) digest: &'a str,
    pub(super) channel: Channel,
    pub(super) language: Language,
    pub(super) price: Money,
    pub(super) purpose: Purpose,
    pub(super) binding: Binding<'a>,
    pub(super) seed: &'a Seed,
    pub(super) code_key: u32,
    pub(super) digits: u8,
    pub(super) reference: &'a str,
    pub(super) expires_at: Moment,
    /// What the audit keeps of its being sent, if anything.
    pub(super) record: Option<AuditRecord>,
}

/// What became of handing a message over.
pub(super) enum Handed {
    /// It is out, or a newer order took its place, or the provider wants it later.
    Done(Handled),
    /// The provider refuses it for good, for the reason named; what was reserved is given back, where that may be.
    Refused(&'static str),
    /// There is nothing left to reserve.
    Exhausted(DropReason),
}

impl Exhausted {
    pub(super) const fn reason(self) -> DropReason {
        match self {
            Self::Sends => DropReason::SendLimit,
            Self::Money => DropReason::SpendCap,
        }
    }
}

impl<S: Store, M: Messenger> DeliverCode<S, M> {
    /// Prepares a code, sends it once, and writes down what became of it.
    pub(super) async fn hand_over(
        &self,
        parcel: &Parcel<'_>,
        reserved: &Reserved,
        long: Option<(&Owner, &LongIssue)>,
    ) -> Result<Handed, Unavailable> {
        let outgoing = match self.prepare(parcel, long).await {
            Ok(Some(outgoing)) => outgoing,
            Ok(None) => {
                self.undo(reserved).await?;
                return Ok(Handed::Done(Handled::Settled));
            }
            Err(failed) => {
                // Nothing was sent. What cannot be undone now stays charged.
                self.undo(reserved).await.ok();
                return Err(failed);
            }
        };
        let dispatch = self.messenger.send(&outgoing).await;
        tracing::info!(
            order = %parcel.order.trace(), channel = parcel.channel.as_str(), to = %parcel.destination.masked(),
            reference = parcel.reference, outcome = ?dispatch, "code"
        );
        match dispatch {
            Dispatch::Sent => Ok(Handed::Done(self.settle_sent(parcel, Delivered::Sent).await)),
            Dispatch::Unknown => Ok(Handed::Done(self.settle_sent(parcel, Delivered::Unknown).await)),
            Dispatch::Refused(refusal) => {
                self.give_back(reserved).await?;
                Ok(Handed::Refused(refusal))
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

    /// Writes down that a message is out: with the audit's record or, where that fails, without it, since an audit in
    /// trouble is no reason to send twice. Where even this fails the lease is kept, so that it is not sent again at
    /// once: a message that may have been sent is sent again at most once, when the lease has ended.
    async fn settle_sent(&self, parcel: &Parcel<'_>, outcome: Delivered) -> Handled {
        let order = parcel.order;
        let mut settled = self.settle(order, outcome, parcel.record.as_ref()).await;
        if let (Err(failed), Some(_)) = (&settled, &parcel.record) {
            tracing::error!(order = %order.trace(), what = failed.what, "the audit may lack that a message was sent");
            settled = self.settle(order, outcome, None).await;
        }
        match settled {
            Ok(handled) => handled,
            Err(failed) => {
                tracing::error!(order = %order.trace(), what = failed.what, "a sent message was not written down");
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
            order: parcel.order.trace(),
            max_price: parcel.price,
        })
    }
}

/// What a message to a destination costs at most.
pub(super) fn price(policy: &Policy, destination: &Destination, channel: Channel) -> Money {
    match destination {
        Destination::Phone(phone) => policy.price(phone.country(), channel),
        Destination::Email(_) => Money::ZERO,
    }
}
