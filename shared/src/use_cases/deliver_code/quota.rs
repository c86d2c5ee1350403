//! Reserves the quota of a message before it is sent: first the send limits, then the money.

use super::DeliverCode;
use crate::identifiers::phone::Country;
use crate::limits::messages::{MAX_REFUNDED, Scope, SendLog, SentMessage};
use crate::message::Channel;
use crate::money::Money;
use crate::policy::spending::{Share, Spent};
use crate::policy::{Limit, Policy};
use crate::ports::store::Store;
use crate::reset::DropReason;
use crate::time::{Date, Moment};
use crate::unavailable::Unavailable;
use crate::use_cases::retries::MAX_DECISIONS;

/// A message that must be counted and paid for.
pub(super) struct QuotaRequest<'a> {
    /// The name under which the message is counted. A name that is counted twice counts once.
    pub(super) name: String,
    pub(super) channel: Channel,
    /// The keyed digest of the destination.
    pub(super) destination: String,
    /// The keyed digest of the source network that asked; empty for a notice.
    pub(super) source: &'a str,
    /// The key of the account's rows of sends and of money.
    pub(super) account: String,
    /// The part of the daily budget that pays.
    pub(super) share: Share,
    /// The highest price that it may cost.
    pub(super) price: Money,
    /// The country by numbering plan, if the message goes to a phone.
    pub(super) country: Option<Country>,
    /// The send limits that apply.
    pub(super) limits: Vec<Limit>,
    /// When it was requested. Windows are measured from this moment, so that a slow delivery does not swallow the next
    /// order.
    pub(super) asked_at: Moment,
}

impl QuotaRequest<'_> {
    /// The key of the destination's row of sends. Notices are counted separately from codes.
    fn destination_row(&self) -> String {
        let kind = match self.share {
            Share::Resets | Share::Registration => "destination",
            Share::Notices => "notice",
        };
        format!("{kind}.{}", self.destination)
    }
}

/// The quota that was reserved, refunded if nothing was sent.
pub(super) struct ReservedQuota {
    name: String,
    /// The rows that count the message, each with the entry that it had under this name before.
    ///
    /// An entry that was not refunded is from an earlier try. That try ended before it could write its outcome, and may
    /// have sent the message.
    sends: Vec<(String, Option<SentMessage>)>,
    day: Date,
    money: Vec<String>,
    price: Money,
}

impl<S: Store, M> DeliverCode<S, M> {
    /// Reserves everything that a message needs, or nothing. The inner error says what is exhausted: the sends or the
    /// money.
    pub(super) async fn reserve(
        &self,
        policy: &Policy,
        request: &QuotaRequest<'_>,
    ) -> Result<Result<ReservedQuota, DropReason>, Unavailable> {
        let mut reservation = ReservedQuota {
            name: request.name.clone(),
            sends: Vec::new(),
            day: self.context.now().day(),
            money: Vec::new(),
            price: request.price,
        };
        match self.take(policy, request, &mut reservation).await {
            Ok(None) => Ok(Ok(reservation)),
            Ok(Some(spent)) => {
                self.undo(&reservation).await?;
                Ok(Err(spent))
            }
            Err(failed) => {
                // If the undo fails, the quota stays charged: a fault may waste quota, but never exceed it.
                self.undo(&reservation).await.ok();
                Err(failed)
            }
        }
    }

    async fn take(
        &self,
        policy: &Policy,
        request: &QuotaRequest<'_>,
        reservation: &mut ReservedQuota,
    ) -> Result<Option<DropReason>, Unavailable> {
        let mut is_new = false;
        // Registrations are counted per person when they are requested. Notices are counted per destination only.
        if request.share == Share::Resets {
            let Some(new) = self.count(&request.account, Scope::Account, None, request, reservation).await? else {
                return Ok(Some(DropReason::SendLimit));
            };
            is_new = new;
        }
        let row = request.destination_row();
        if self.count(&row, Scope::Destination, Some(is_new), request, reservation).await?.is_none() {
            return Ok(Some(DropReason::SendLimit));
        }
        if request.price == Money::ZERO {
            return Ok(None);
        }
        let (share, name) = (request.share, request.share.name());
        let mut rows = vec![
            (Spent::Share, name.to_owned(), share.cap(policy)),
            (Spent::Account, format!("{name}.{}", request.account), share.cap_per_account(policy)),
        ];
        if let Some(cap) = share.cap_per_network(policy) {
            rows.push((Spent::Network, format!("{name}.source.{}", request.source), cap));
        }
        // Notices are never stopped by what a stranger can spend.
        if share != Share::Notices
            && let Some(country) = request.country
            && let Some(cap) = policy.cap_per_country(country)
        {
            rows.push((Spent::Country, format!("country.{}", country.as_str()), cap));
        }
        for (part, row, cap) in rows {
            if !self.context.store.spend(reservation.day, &row, request.price, cap).await? {
                return Ok(Some(DropReason::SpendCap(part)));
            }
            reservation.money.push(row);
        }
        Ok(None)
    }

    /// Counts a message in one row. Returns whether its source is new: `source_is_new` if given, otherwise as this row
    /// shows. `None` if a limit is reached.
    async fn count(
        &self,
        row: &str,
        scope: Scope,
        source_is_new: Option<bool>,
        request: &QuotaRequest<'_>,
        reservation: &mut ReservedQuota,
    ) -> Result<Option<bool>, Unavailable> {
        let send = SentMessage {
            order: request.name.clone(),
            at: request.asked_at,
            channel: request.channel,
            destination: request.destination.clone(),
            source: request.source.to_owned(),
            extra: false,
            refunded: false,
        };
        for _ in 0..MAX_DECISIONS {
            let sends = self.context.store.sends(row).await?;
            let is_new = source_is_new.unwrap_or_else(|| sends.source_is_new(&send));
            let Some(admitted) = sends.admit(scope, &send, &request.limits, is_new) else {
                return Ok(None);
            };
            let before = sends.of_order(&send.order).cloned();
            let counted = before.as_ref().is_some_and(|before| !before.refunded);
            if counted || self.context.store.put_sends(row, &admitted).await? {
                reservation.sends.push((row.to_owned(), before));
                return Ok(Some(is_new));
            }
        }
        Err(Unavailable::plain("counted messages kept changing"))
    }

    /// Refunds a message that its provider definitely did not send: always the money, and the sends unless too many
    /// were refunded in 24 hours. Refunded sends stay in the row, so that refunds have an end.
    pub(super) async fn give_back(&self, reservation: &ReservedQuota) -> Result<(), Unavailable> {
        self.restore(reservation, |sends, _| sends.give_back(&reservation.name, MAX_REFUNDED)).await
    }

    /// Undoes the reservation of a message that was handed to no provider. If an earlier try may have sent it, its
    /// sends stay counted: only a provider's response refunds those.
    pub(super) async fn undo(&self, reservation: &ReservedQuota) -> Result<(), Unavailable> {
        self.restore(reservation, |sends, before| match before {
            None => sends.without(&reservation.name),
            Some(before) if before.refunded => sends.give_back(&reservation.name, MAX_REFUNDED),
            Some(_) => None,
        })
        .await
    }

    /// Restores as much as possible even if something fails, and returns the first failure.
    async fn restore(
        &self,
        reservation: &ReservedQuota,
        restored: impl Fn(&SendLog, Option<&SentMessage>) -> Option<SendLog>,
    ) -> Result<(), Unavailable> {
        let mut outcome = Ok(());
        for row in &reservation.money {
            outcome = outcome.and(self.context.store.refund(reservation.day, row, reservation.price).await);
        }
        for (row, before) in &reservation.sends {
            outcome = outcome.and(self.change_sends(row, |sends| restored(sends, before.as_ref())).await);
        }
        outcome
    }

    /// Changes a row of sends. If `change` returns `None`, or if other writes win every time, the row stays as it is.
    pub(super) async fn change_sends(
        &self,
        row: &str,
        change: impl Fn(&SendLog) -> Option<SendLog>,
    ) -> Result<(), Unavailable> {
        for _ in 0..MAX_DECISIONS {
            let sends = self.context.store.sends(row).await?;
            let Some(changed) = change(&sends) else { break };
            if self.context.store.put_sends(row, &changed).await? {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
