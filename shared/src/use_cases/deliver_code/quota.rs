//! Reserving what a message uses up before it is sent: send limits, then money.

use super::DeliverCode;
use crate::limits::messages::{Scope, Send, Sends};
use crate::message::Channel;
use crate::money::Money;
use crate::policy::{Limit, Policy};
use crate::ports::store::Store;
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
pub(super) struct Wanted<'a> {
    /// The order's name: what is counted twice under it counts once.
    pub(super) order: String,
    /// How it travels.
    pub(super) channel: Channel,
    /// The row of the account's sends, unless only the destination is counted.
    pub(super) account_sends: Option<String>,
    /// The row of the destination's sends.
    pub(super) destination_sends: String,
    /// The source network that asked, or nothing.
    pub(super) source: &'a str,
    /// The account's row of money.
    pub(super) account: String,
    /// Which part of the money pays.
    pub(super) share: Share,
    /// What it costs at most.
    pub(super) price: Money,
    /// The limits that count.
    pub(super) limits: &'a [Limit],
    /// When it was asked for: windows are judged by it, so that a slow delivery does not swallow the next order.
    pub(super) asked_at: Moment,
}

/// What was reserved, to be given back if nothing was sent.
pub(super) struct Reserved {
    order: String,
    /// The rows that count it, and how each knew it before.
    sends: Vec<(String, Before)>,
    day: Date,
    money: Vec<String>,
    price: Money,
}

/// How a row of sends knew an order before this try reserved for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Not at all.
    Unknown,
    /// Counted: an earlier try ended before it could write down what became of it, and may have sent the message.
    Counted,
    /// Given back: an earlier try's provider did not send it.
    GivenBack,
}

/// Why what was reserved is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unused {
    /// No provider was asked.
    Unasked,
    /// The provider definitely did not send the message.
    NotSent,
}

impl Before {
    fn of(order: &str, sends: &Sends) -> Self {
        match sends.of_order(order) {
            None => Self::Unknown,
            Some(send) if send.given_back => Self::GivenBack,
            Some(_) => Self::Counted,
        }
    }

    /// The row without the order; `None` where it stays as it is.
    ///
    /// What a provider was asked for stays in the row as given back, so that there is an end to it. What an earlier try
    /// may have sent is given back by a provider's word only.
    fn restore(self, order: &str, sends: &Sends, why: Unused) -> Option<Sends> {
        match (self, why) {
            (Self::Unknown, Unused::Unasked) => sends.without(order),
            (Self::Counted, Unused::Unasked) => None,
            (Self::GivenBack, Unused::Unasked) | (_, Unused::NotSent) => sends.give_back(order),
        }
    }
}

/// Why nothing could be reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exhausted {
    /// A send limit.
    Sends,
    /// The money.
    Money,
}

/// How often a send row is written again when somebody else wrote in between: each time one more message was
/// counted, so this cannot go on for long.
const WRITE_TRIES: usize = 12;

impl<S: Store, M> DeliverCode<S, M> {
    /// Reserves everything that a message uses, or nothing.
    pub(super) async fn reserve(
        &self,
        policy: &Policy,
        wanted: &Wanted<'_>,
    ) -> Result<Result<Reserved, Exhausted>, Unavailable> {
        let mut reserved = Reserved {
            order: wanted.order.clone(),
            sends: Vec::new(),
            day: self.context.now().day(),
            money: Vec::new(),
            price: wanted.price,
        };
        let taken = self.take(policy, wanted, &mut reserved).await;
        match taken {
            Ok(None) => Ok(Ok(reserved)),
            Ok(Some(exhausted)) => {
                self.undo(&reserved).await?;
                Ok(Err(exhausted))
            }
            Err(failed) => {
                // What cannot be undone now stays charged: a fault may cost quota, never exceed it.
                self.undo(&reserved).await.ok();
                Err(failed)
            }
        }
    }

    async fn take(
        &self,
        policy: &Policy,
        wanted: &Wanted<'_>,
        reserved: &mut Reserved,
    ) -> Result<Option<Exhausted>, Unavailable> {
        let mut is_new = false;
        if let Some(row) = &wanted.account_sends {
            let Some(new) = self.count(row, Scope::Account, None, wanted, reserved).await? else {
                return Ok(Some(Exhausted::Sends));
            };
            is_new = new;
        }
        let destination = &wanted.destination_sends;
        if self.count(destination, Scope::Destination, Some(is_new), wanted, reserved).await?.is_none() {
            return Ok(Some(Exhausted::Sends));
        }
        if wanted.price == Money::ZERO {
            return Ok(None);
        }
        let cap = policy.daily_spend_cap_usd.percent(wanted.share.percent());
        let share = wanted.share.name();
        let mut rows =
            vec![(share.to_owned(), cap), (format!("{share}.{}", wanted.account), cap.percent(PERCENT_PER_PARTY))];
        if !wanted.source.is_empty() {
            rows.push((format!("{share}.source.{}", wanted.source), cap.percent(PERCENT_PER_PARTY)));
        }
        for (row, cap) in rows {
            if !self.context.store.spend(reserved.day, &row, wanted.price, cap).await? {
                return Ok(Some(Exhausted::Money));
            }
            reserved.money.push(row);
        }
        Ok(None)
    }

    /// Counts a message in one row; tells whether its source was new to that row, `None` at the limit.
    async fn count(
        &self,
        row: &str,
        scope: Scope,
        source_is_new: Option<bool>,
        wanted: &Wanted<'_>,
        reserved: &mut Reserved,
    ) -> Result<Option<bool>, Unavailable> {
        let send = Send {
            order: wanted.order.clone(),
            at: wanted.asked_at,
            channel: wanted.channel,
            source: wanted.source.to_owned(),
            extra: false,
            given_back: false,
        };
        for _ in 0..WRITE_TRIES {
            let sends = self.context.store.sends(row).await?;
            let is_new = source_is_new.unwrap_or_else(|| sends.source_is_new(&send));
            let Some(admitted) = sends.admit(scope, &send, wanted.limits, is_new) else {
                return Ok(None);
            };
            let before = Before::of(&send.order, &sends);
            if before == Before::Counted || self.context.store.put_sends(row, &admitted).await? {
                reserved.sends.push((row.to_owned(), before));
                return Ok(Some(is_new));
            }
        }
        Err(Unavailable::plain("counted messages kept changing"))
    }

    /// Gives back what a message took that its provider definitely did not send: the money, and the sends as long as
    /// few of a day were given back.
    pub(super) async fn give_back(&self, reserved: &Reserved) -> Result<(), Unavailable> {
        self.restore(reserved, Unused::NotSent).await
    }

    /// Undoes a reservation for a message that was handed to no provider.
    pub(super) async fn undo(&self, reserved: &Reserved) -> Result<(), Unavailable> {
        self.restore(reserved, Unused::Unasked).await
    }

    /// Restores as much as can be, whatever fails meanwhile; tells the first failure.
    async fn restore(&self, reserved: &Reserved, why: Unused) -> Result<(), Unavailable> {
        let mut outcome = Ok(());
        for row in &reserved.money {
            outcome = outcome.and(self.context.store.refund(reserved.day, row, reserved.price).await);
        }
        for (row, before) in &reserved.sends {
            outcome = outcome.and(self.restore_row(row, *before, &reserved.order, why).await);
        }
        outcome
    }

    async fn restore_row(&self, row: &str, before: Before, order: &str, why: Unused) -> Result<(), Unavailable> {
        for _ in 0..WRITE_TRIES {
            let sends = self.context.store.sends(row).await?;
            let Some(restored) = before.restore(order, &sends, why) else { break };
            if self.context.store.put_sends(row, &restored).await? {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(all(test, feature = "testing"))]
#[path = "quota_tests.rs"]
mod tests;
