//! Reserving what a message uses up before it is sent: send limits, then money.

use super::DeliverCode;
use crate::message::Channel;
use crate::money::Money;
use crate::policy::{Limit, Policy};
use crate::sends::{Scope, Send};
use crate::store::Store;
use crate::time::Moment;
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
    sends: Vec<String>,
    day: String,
    money: Vec<String>,
    price: Money,
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
                self.give_back(&reserved).await?;
                Ok(Err(exhausted))
            }
            Err(failed) => {
                // What cannot be given back now stays charged: a fault may cost quota, never exceed it.
                self.give_back(&reserved).await.ok();
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
            if !self.context.store.spend(&reserved.day, &row, wanted.price, cap).await? {
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
        for _ in 0..WRITE_TRIES {
            let now = wanted.asked_at;
            let sends = self.context.store.sends(row).await?;
            let is_new = source_is_new.unwrap_or_else(|| sends.source_is_new(wanted.source, now));
            let send = Send {
                order: wanted.order.clone(),
                at: now,
                channel: wanted.channel,
                source: wanted.source.to_owned(),
                extra: false,
            };
            let Some(admitted) = sends.admit(scope, &send, wanted.limits, is_new) else {
                return Ok(None);
            };
            if admitted == sends {
                return Ok(Some(is_new));
            }
            if self.context.store.put_sends(row, &admitted).await? {
                reserved.sends.push(row.to_owned());
                return Ok(Some(is_new));
            }
        }
        Err(Unavailable::plain("counted messages kept changing"))
    }

    /// Gives everything reserved back: nothing was sent.
    pub(super) async fn give_back(&self, reserved: &Reserved) -> Result<(), Unavailable> {
        for row in &reserved.money {
            self.context.store.refund(&reserved.day, row, reserved.price).await?;
        }
        for row in &reserved.sends {
            for _ in 0..WRITE_TRIES {
                let sends = self.context.store.sends(row).await?;
                let Some(without) = sends.without(&reserved.order) else { break };
                if self.context.store.put_sends(row, &without).await? {
                    break;
                }
            }
        }
        Ok(())
    }
}
