//! Sends one message, whichever entry point it came from: reserve, hand over once, complete.

use futures_util::future::join;

use super::audit::{NotSent, undeliverable};
use super::conversion::PhoneCode;
use super::quota::QuotaRequest;
use super::{DeliverCode, JobOutcome, nothing_sent};
use crate::account::{Account, Destination};
use crate::identifiers::phone::Country;
use crate::message::{Channel, CodeMessage, Language, render_code};
use crate::money::Money;
use crate::policy::Policy;
use crate::ports::messenger::{Dispatch, Messenger, Outgoing};
use crate::ports::store::{DeliveryJob, Store};
use crate::records::audit::AuditRecord;
use crate::records::report::{Fate, Report};
use crate::reset::{Delivered, DropReason};
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::undeliverable::mark_undeliverable;

/// One message to deliver, with its quota.
pub(super) struct Delivery<'a> {
    /// The message for the provider.
    pub(super) outgoing: Outgoing,
    /// The quota that is reserved for it.
    pub(super) quota: QuotaRequest<'a>,
    /// A code to a phone, for which the conversion floor holds.
    pub(super) phone_code: Option<PhoneCode>,
}

/// The outcome of sending a message.
pub(super) enum SendOutcome {
    /// It was sent, or may have been sent.
    Sent(Delivered),
    /// Nothing was sent, and nothing will be. Its quota is refunded within the limit on refunds.
    NotSent(NotSent),
    /// The provider cannot take it now. Its quota is refunded within the limit on refunds.
    TryAgain,
    /// The mark was refused: the job is no longer this worker's. Nothing was sent, and the job is left as it is.
    Superseded,
}

impl<S: Store, M: Messenger> DeliverCode<S, M> {
    /// Sends a message once. `mark` runs once the quota is reserved, and says whether the message may still be sent.
    pub(super) async fn send(
        &self,
        policy: &Policy,
        delivery: &Delivery<'_>,
        mark: impl Future<Output = Result<bool, Unavailable>> + Send,
    ) -> Result<SendOutcome, Unavailable> {
        let reservation = match self.reserve(policy, &delivery.quota, delivery.phone_code.as_ref()).await? {
            Ok(reservation) => reservation,
            Err(reason) => return Ok(SendOutcome::NotSent(reason.into())),
        };
        match mark.await {
            Ok(true) => {}
            Ok(false) => {
                self.undo(&reservation).await?;
                return Ok(SendOutcome::Superseded);
            }
            Err(failed) => {
                // Nothing was sent. If the undo fails too, the quota stays charged.
                self.undo(&reservation).await.ok();
                return Err(failed);
            }
        }
        let outgoing = &delivery.outgoing;
        let dispatch = self.messenger.send(outgoing).await;
        log(outgoing, dispatch);
        Ok(match dispatch {
            Dispatch::Sent => SendOutcome::Sent(Delivered::Sent),
            Dispatch::Unknown => SendOutcome::Sent(Delivered::Unknown),
            Dispatch::Refused(refusal) => {
                self.give_back(&reservation).await?;
                self.mark_refused(policy, outgoing, refusal).await;
                SendOutcome::NotSent(NotSent::refused(refusal))
            }
            Dispatch::NotSetUp => {
                self.give_back(&reservation).await?;
                SendOutcome::NotSent(DropReason::NotSetUp.into())
            }
            Dispatch::TryAgain => {
                self.give_back(&reservation).await?;
                SendOutcome::TryAgain
            }
        })
    }

    /// Marks a contact to which the provider sends nothing more. If that fails, the next refusal marks it.
    async fn mark_refused(&self, policy: &Policy, outgoing: &Outgoing, refusal: &str) {
        let Some(why) = undeliverable(refusal) else { return };
        let report = Report {
            order: outgoing.order.clone(),
            account: outgoing.account.clone(),
            destination: outgoing.destination.clone(),
            fate: Fate::Undeliverable(why),
            at: self.context.now(),
        };
        if let Err(failed) = mark_undeliverable(&self.context, &self.names, policy, &report).await {
            tracing::error!(order = outgoing.order, what = failed.what, "a refused contact could not be marked");
        }
    }

    /// Sends a code and completes its job. The inner error means that nothing was sent and that the caller must drop
    /// the job.
    pub(super) async fn send_code(
        &self,
        job: &DeliveryJob,
        policy: &Policy,
        delivery: &Delivery<'_>,
        record: Option<&AuditRecord>,
        mark: impl Future<Output = Result<bool, Unavailable>> + Send,
    ) -> Result<Result<JobOutcome, NotSent>, Unavailable> {
        Ok(match self.send(policy, delivery, mark).await? {
            SendOutcome::Sent(delivered) => Ok(self.complete_sent(job, delivered, record).await),
            SendOutcome::TryAgain => {
                self.context.store.release_job(job).await?;
                Ok(JobOutcome::TryAgain)
            }
            SendOutcome::Superseded => Ok(nothing_sent(job, DropReason::Stale)),
            SendOutcome::NotSent(why) => Err(why),
        })
    }

    /// Writes that a message was sent and, at once, the audit record. Trouble with the audit is no reason to send twice.
    /// If the outcome cannot be written, the lease stays, so that the message is not sent again at once. A message that
    /// may have been sent is sent again at most once, when the lease has ended.
    async fn complete_sent(&self, job: &DeliveryJob, delivered: Delivered, record: Option<&AuditRecord>) -> JobOutcome {
        let store = &self.context.store;
        let recorded = async {
            match record {
                Some(record) => store.record(record).await,
                None => Ok(()),
            }
        };
        let (recorded, completed) = join(recorded, self.complete(job, delivered, None)).await;
        if let Err(failed) = recorded {
            tracing::error!(order = %job.trace(), what = failed.what, "the audit may lack a record of a sent message");
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
        account: &Account,
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
            account: account.id.clone(),
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

/// Logs one line about a message that was handed over, from which the deployment counts messages and money.
fn log(outgoing: &Outgoing, dispatch: Dispatch) {
    let country = match &outgoing.destination {
        Destination::Phone(phone) => phone.country(),
        Destination::Email(_) => None,
    };
    tracing::info!(
        order = outgoing.order,
        kind = outgoing.order.split('.').next(),
        channel = outgoing.channel.as_str(),
        country = country.as_ref().map(Country::as_str),
        price_micros = outgoing.max_price.micros(),
        to = %outgoing.destination.masked(),
        reference = outgoing.reference,
        outcome = dispatch.as_str(),
        reason = dispatch.refusal(),
        "message"
    );
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
