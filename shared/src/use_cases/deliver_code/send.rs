//! Sends one message, whichever entry point it came from: reserve, mark, hand over once.

use super::audit::NotSent;
use super::conversion::{Admission, PhoneCode};
use super::quota::{QuotaRequest, ReservedQuota};
use super::{DeliverCode, JobOutcome};
use crate::account::{Destination, Owner};
use crate::identifiers::phone::Country;
use crate::message::{Channel, CodeMessage, Language, render_code};
use crate::money::Money;
use crate::policy::Policy;
use crate::ports::messenger::{Dispatch, Messenger, Outgoing};
use crate::ports::store::{DeliveryJob, Store};
use crate::records::audit::AuditRecord;
use crate::reset::{Delivered, DropReason, IssuedLongCode};
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// One message to deliver, with its quota and the mark that is written before it is sent.
pub(super) struct Delivery<'a> {
    /// The message for the provider.
    pub(super) outgoing: Outgoing,
    /// The quota that is reserved for it.
    pub(super) quota: QuotaRequest<'a>,
    /// The mark of a code; a notice needs none.
    pub(super) mark: Option<CodeMark<'a>>,
    /// A code to a phone, for which the conversion floor holds.
    pub(super) phone_code: Option<PhoneCode>,
}

/// The mark written before a code is sent, so that the code can be verified.
pub(super) struct CodeMark<'a> {
    /// The job whose code exists from now on.
    pub(super) job: &'a DeliveryJob,
    /// The keyed digest of the code's destination.
    pub(super) sent_to: String,
    /// The long code that an email carries beside the digits, and its owner.
    pub(super) long: Option<(Owner, IssuedLongCode)>,
}

/// The outcome of sending a message.
pub(super) enum SendOutcome {
    /// It was sent, or may have been sent.
    Sent(Delivered),
    /// Nothing was sent, and nothing will be. Its quota is refunded within the limit on refunds.
    NotSent(NotSent),
    /// The provider cannot take it now. Its quota is refunded within the limit on refunds.
    TryAgain,
    /// A newer job replaced this one, or its gate is already passed. Nothing was sent.
    Superseded,
}

impl<S: Store, M: Messenger> DeliverCode<S, M> {
    /// Sends a message once.
    pub(super) async fn send(&self, policy: &Policy, delivery: &Delivery<'_>) -> Result<SendOutcome, Unavailable> {
        let Some(admission) = self.admit(delivery.phone_code.as_ref()).await? else {
            return Ok(SendOutcome::NotSent(DropReason::Conversion.into()));
        };
        let reservation = match self.reserve(policy, &delivery.quota).await? {
            Ok(reservation) => reservation,
            Err(spent) => return Ok(SendOutcome::NotSent(spent.into())),
        };
        match self.mark_and_count(delivery.mark.as_ref(), &admission).await {
            Ok(None) => {}
            Ok(Some(outcome)) => {
                self.undo(&reservation).await?;
                return Ok(outcome);
            }
            Err(failed) => {
                // Nothing was sent. If the undo fails too, the quota stays charged.
                self.undo(&reservation).await.ok();
                return Err(failed);
            }
        }
        let outgoing = &delivery.outgoing;
        let dispatch = self.messenger.send(outgoing).await;
        tracing::info!(
            order = outgoing.order, channel = outgoing.channel.as_str(), to = %outgoing.destination.masked(),
            reference = outgoing.reference, outcome = ?dispatch, "message"
        );
        Ok(match dispatch {
            Dispatch::Sent => SendOutcome::Sent(Delivered::Sent),
            Dispatch::Unknown => SendOutcome::Sent(Delivered::Unknown),
            Dispatch::Refused(refusal) => {
                self.take_back(&reservation, &admission).await?;
                SendOutcome::NotSent(NotSent::refused(refusal))
            }
            Dispatch::TryAgain => {
                self.take_back(&reservation, &admission).await?;
                SendOutcome::TryAgain
            }
        })
    }

    /// Marks that a code exists and counts it in its range. Returns the outcome if nothing may be sent after all.
    async fn mark_and_count(
        &self,
        mark: Option<&CodeMark<'_>>,
        admission: &Admission<'_>,
    ) -> Result<Option<SendOutcome>, Unavailable> {
        if !self.mark(mark).await? {
            return Ok(Some(SendOutcome::Superseded));
        }
        if !self.count_code(admission).await? {
            return Ok(Some(SendOutcome::NotSent(DropReason::Conversion.into())));
        }
        Ok(None)
    }

    /// Refunds a message that its provider definitely did not send, and counts it in no range any more.
    async fn take_back(&self, reservation: &ReservedQuota, admission: &Admission<'_>) -> Result<(), Unavailable> {
        let refunded = self.give_back(reservation).await;
        self.uncount_code(admission).await.and(refunded)
    }

    /// Marks that a code exists. Returns `false` if a newer job replaced this one or its gate is already passed.
    async fn mark(&self, mark: Option<&CodeMark<'_>>) -> Result<bool, Unavailable> {
        let Some(CodeMark { job, sent_to, long }) = mark else { return Ok(true) };
        if let Some((owner, long)) = long {
            self.context.store.store_long_code(owner, long).await?;
        }
        self.context.store.mark_sent(job, sent_to).await
    }

    /// Sends a code and completes its job. The inner error means that nothing was sent and that the caller must drop
    /// the job.
    pub(super) async fn send_code(
        &self,
        job: &DeliveryJob,
        policy: &Policy,
        delivery: &Delivery<'_>,
        record: Option<&AuditRecord>,
    ) -> Result<Result<JobOutcome, NotSent>, Unavailable> {
        Ok(match self.send(policy, delivery).await? {
            SendOutcome::Sent(delivered) => Ok(self.complete_sent(job, delivered, record).await),
            SendOutcome::Superseded => Ok(JobOutcome::Completed),
            SendOutcome::TryAgain => {
                self.context.store.release_job(job).await?;
                Ok(JobOutcome::TryAgain)
            }
            SendOutcome::NotSent(why) => Err(why),
        })
    }

    /// Writes that a message was sent: with the audit record or, if that fails, without it, since trouble with the
    /// audit is no reason to send twice. If that fails too, the lease stays, so that the message is not sent again at
    /// once. A message that may have been sent is sent again at most once, when the lease has ended.
    async fn complete_sent(&self, job: &DeliveryJob, delivered: Delivered, record: Option<&AuditRecord>) -> JobOutcome {
        let mut completed = self.complete(job, delivered, record).await;
        if let (Err(failed), Some(_)) = (&completed, record) {
            tracing::error!(order = %job.trace(), what = failed.what, "the audit may lack a record of a sent message");
            completed = self.complete(job, delivered, None).await;
        }
        completed.unwrap_or_else(|failed| {
            tracing::error!(order = %job.trace(), what = failed.what, "a sent message was not recorded");
            JobOutcome::Leased
        })
    }

    /// Renders the message that carries a code.
    pub(super) fn code_message(
        &self,
        job: &DeliveryJob,
        destination: &Destination,
        quota: &QuotaRequest<'_>,
        language: Language,
        message: &CodeMessage<'_>,
    ) -> Outgoing {
        Outgoing {
            destination: destination.clone(),
            channel: quota.channel,
            language,
            rendered: render_code(quota.channel, language, &self.sender, message),
            reference: message.reference().to_owned(),
            order: job.trace(),
            max_price: quota.price,
        }
    }
}

/// The error if a code cannot be derived.
pub(super) const KEY_GONE: Unavailable = Unavailable::plain("the key of a code is gone");
/// The error if a message cannot be rendered.
pub(super) const NO_WORDS: Unavailable = Unavailable::plain("a code cannot be put into words");

/// How many seconds a delivery usually takes, at most. They do not count against a code's lifetime in a text: a code of
/// five minutes is not called one of four because its message left a second later.
const USUAL_DELIVERY_SECONDS: u64 = 10;

/// The minutes of validity that a message promises: whole ones, rounded down, but never none. A usual delivery promises
/// the code's lifetime, a later one promises what is left of it.
pub(super) fn minutes(ordered_at: Moment, expires_at: Moment, now: Moment) -> u32 {
    let from = if now <= ordered_at.plus(USUAL_DELIVERY_SECONDS) { ordered_at } else { now };
    u32::try_from(expires_at.seconds_from(from) / 60).unwrap_or(1).clamp(1, 60)
}

/// The highest price of a message to a destination.
pub(super) fn price(policy: &Policy, destination: &Destination, channel: Channel) -> Money {
    match destination {
        Destination::Phone(phone) => policy.price(phone.country(), channel),
        Destination::Email(_) => Money::ZERO,
    }
}

/// The country of a phone by numbering plan.
pub(super) fn country(destination: &Destination) -> Option<Country> {
    match destination {
        Destination::Phone(phone) => phone.country(),
        Destination::Email(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDERED: Moment = Moment::from_seconds(1_795_298_670);

    fn promised(lifetime: u64, late: u64) -> u32 {
        minutes(ORDERED, ORDERED.plus(lifetime), ORDERED.plus(late))
    }

    #[test]
    fn a_lifetime_is_rounded_down_to_whole_minutes() {
        for (lifetime, expected) in [
            (1, 1),
            (59, 1),
            (60, 1),
            (61, 1),
            (90, 1),
            (119, 1),
            (120, 2),
            (179, 2),
            (299, 4),
            (300, 5),
            (599, 9),
            (600, 10),
            (3_600, 60),
            (9_999, 60),
        ] {
            for late in [0, 1, USUAL_DELIVERY_SECONDS] {
                assert_eq!(promised(lifetime, late), expected, "{lifetime} s, {late} s late");
            }
        }
    }

    #[test]
    fn a_late_delivery_promises_what_is_left() {
        for (lifetime, late, expected) in
            [(300, 11, 4), (300, 60, 4), (300, 61, 3), (600, 11, 9), (120, 60, 1), (60, 30, 1), (60, 90, 1)]
        {
            assert_eq!(promised(lifetime, late), expected, "{lifetime} s, {late} s late");
        }
    }
}
