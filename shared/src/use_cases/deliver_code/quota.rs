//! Reserving what a message uses up before it is sent: send limits, then money.

use super::DeliverCode;
use crate::limits::messages::{MAX_REFUNDED, Scope, SendLog, SentMessage};
use crate::message::Channel;
use crate::money::Money;
use crate::policy::{Limit, Policy};
use crate::ports::store::Store;
use crate::reset::DropReason;
use crate::time::{Date, Moment};
use crate::unavailable::Unavailable;

/// The part of the day's money that a purpose may use; parts do not borrow from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// Codes of resets: 60 %.
    Resets,
    /// Codes of registrations: 20 %.
    Registration,
    /// Notices: 20 %.
    Notices,
}

/// Hundredths of a share that one source network or one account may use in a day.
const PERCENT_PER_PARTY: u64 = 5;

impl Share {
    const fn name(self) -> &'static str {
        match self {
            Self::Resets => "resets",
            Self::Registration => "registration",
            Self::Notices => "notices",
        }
    }

    const fn percent(self) -> u64 {
        match self {
            Self::Resets => 60,
            Self::Registration | Self::Notices => 20,
        }
    }
}

/// One message to be paid for and counted.
pub(super) struct QuotaRequest<'a> {
    /// The order's name: what is counted twice under it counts once.
    pub(super) order: String,
    /// How it travels.
    pub(super) channel: Channel,
    /// The keyed digest of the destination.
    pub(super) destination: String,
    /// The source network that asked, or nothing.
    pub(super) source: &'a str,
    /// The account's row of sends and of money.
    pub(super) account: String,
    /// Which part of the money pays.
    pub(super) share: Share,
    /// What it costs at most.
    pub(super) price: Money,
    /// The limits that count.
    pub(super) limits: Vec<Limit>,
    /// When it was asked for: windows are judged by it, so that a slow delivery does not swallow the next order.
    pub(super) asked_at: Moment,
}

impl QuotaRequest<'_> {
    /// The row of the destination's sends; notices are not counted with codes.
    fn destination_row(&self) -> String {
        let kind = match self.share {
            Share::Resets | Share::Registration => "destination",
            Share::Notices => "notice",
        };
        format!("{kind}.{}", self.destination)
    }
}

/// What was reserved, to be given back if nothing was sent.
pub(super) struct Reservation {
    order: String,
    /// The rows that count it, each with the entry of the order that it had before.
    ///
    /// An entry that was not given back is of an earlier try, which ended before it could write down what became of it,
    /// and may have sent the message.
    sends: Vec<(String, Option<SentMessage>)>,
    day: Date,
    money: Vec<String>,
    price: Money,
}

/// How often a send row is written again when somebody else wrote in between: each time one more message was
/// counted, so this cannot go on for long.
const WRITE_TRIES: usize = 12;

impl<S: Store, M> DeliverCode<S, M> {
    /// Reserves everything that a message uses, or nothing; the inner error is what is spent: the sends or the money.
    pub(super) async fn reserve(
        &self,
        policy: &Policy,
        request: &QuotaRequest<'_>,
    ) -> Result<Result<Reservation, DropReason>, Unavailable> {
        let mut reservation = Reservation {
            order: request.order.clone(),
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
                // What cannot be undone now stays charged: a fault may cost quota, never exceed it.
                self.undo(&reservation).await.ok();
                Err(failed)
            }
        }
    }

    async fn take(
        &self,
        policy: &Policy,
        request: &QuotaRequest<'_>,
        reservation: &mut Reservation,
    ) -> Result<Option<DropReason>, Unavailable> {
        let mut is_new = false;
        // Registrations are counted per person when they are asked for, and notices per destination only.
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
        let cap = policy.daily_spend_cap_usd.percent(request.share.percent());
        let share = request.share.name();
        let party = cap.percent(PERCENT_PER_PARTY);
        let mut rows = vec![(share.to_owned(), cap), (format!("{share}.{}", request.account), party)];
        if !request.source.is_empty() {
            rows.push((format!("{share}.source.{}", request.source), party));
        }
        for (row, cap) in rows {
            if !self.context.store.spend(reservation.day, &row, request.price, cap).await? {
                return Ok(Some(DropReason::SpendCap));
            }
            reservation.money.push(row);
        }
        Ok(None)
    }

    /// Counts a message in one row; tells whether its source was new to that row, `None` at the limit.
    async fn count(
        &self,
        row: &str,
        scope: Scope,
        source_is_new: Option<bool>,
        request: &QuotaRequest<'_>,
        reservation: &mut Reservation,
    ) -> Result<Option<bool>, Unavailable> {
        let send = SentMessage {
            order: request.order.clone(),
            at: request.asked_at,
            channel: request.channel,
            destination: request.destination.clone(),
            source: request.source.to_owned(),
            extra: false,
            refunded: false,
        };
        for _ in 0..WRITE_TRIES {
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

    /// Gives back what a message took that its provider definitely did not send: the money, and the sends as long as
    /// few of a day were given back. They stay in the row, so that there is an end to it.
    pub(super) async fn give_back(&self, reservation: &Reservation) -> Result<(), Unavailable> {
        self.restore(reservation, |sends, _| sends.give_back(&reservation.order, MAX_REFUNDED)).await
    }

    /// Undoes a reservation for a message that was handed to no provider. What an earlier try may have sent is given back
    /// by a provider's word only.
    pub(super) async fn undo(&self, reservation: &Reservation) -> Result<(), Unavailable> {
        self.restore(reservation, |sends, before| match before {
            None => sends.without(&reservation.order),
            Some(before) if before.refunded => sends.give_back(&reservation.order, MAX_REFUNDED),
            Some(_) => None,
        })
        .await
    }

    /// Restores as much as can be, whatever fails meanwhile; tells the first failure.
    async fn restore(
        &self,
        reservation: &Reservation,
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

    /// Changes a row of sends; a `change` that gives `None` leaves it as it is.
    pub(super) async fn change_sends(
        &self,
        row: &str,
        change: impl Fn(&SendLog) -> Option<SendLog>,
    ) -> Result<(), Unavailable> {
        for _ in 0..WRITE_TRIES {
            let sends = self.context.store.sends(row).await?;
            let Some(changed) = change(&sends) else { break };
            if self.context.store.put_sends(row, &changed).await? {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(all(test, feature = "testing"))]
#[path = "quota_tests.rs"]
mod tests;
