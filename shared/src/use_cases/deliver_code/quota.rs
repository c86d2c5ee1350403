//! Reserves the quota of a message before it is sent: its place in the send limits, its money and, for a code to a
//! phone, its place in the conversion floor of its range.
//!
//! Everything is read at once and decided; then everything is written at once. Each write has its own condition, so a
//! decision that is no longer right is undone and made again.

use futures_util::future::{join_all, join3};

use super::DeliverCode;
use super::conversion::PhoneCode;
use crate::identifiers::phone::Country;
use crate::limits::conversion::ConversionLog;
use crate::limits::messages::{MAX_REFUNDED, Scope, SendLog, SentMessage};
use crate::message::Channel;
use crate::money::Money;
use crate::policy::spending::{Share, Spent};
use crate::policy::{Limit, Policy};
use crate::ports::store::Store;
use crate::reset::DropReason;
use crate::time::{Date, Moment};
use crate::unavailable::Unavailable;
use crate::use_cases::counters::change_sends;
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
    /// The keys of the rows that count the message. Without limits there is nothing to count. Registrations are counted
    /// per person when they are requested, and notices per destination only, separately from codes.
    fn rows(&self) -> Vec<(Scope, String)> {
        if self.limits.is_empty() {
            return Vec::new();
        }
        let destination = |kind: &str| (Scope::Destination, format!("{kind}.{}", self.destination));
        match self.share {
            Share::Resets => vec![(Scope::Account, self.account.clone()), destination("destination")],
            Share::Registration => vec![destination("destination")],
            Share::Notices => vec![destination("notice")],
        }
    }

    /// The entry that counts it in a row.
    fn entry(&self) -> SentMessage {
        SentMessage {
            order: self.name.clone(),
            at: self.asked_at,
            channel: self.channel,
            destination: self.destination.clone(),
            source: self.source.to_owned(),
            extra: false,
            refunded: false,
        }
    }

    /// The rows of money that pay for it, each with its cap.
    fn payments(&self, policy: &Policy) -> Vec<(Spent, String, Money)> {
        if self.price == Money::ZERO {
            return Vec::new();
        }
        let (share, name) = (self.share, self.share.name());
        let mut rows = vec![
            (Spent::Share, name.to_owned(), share.cap(policy)),
            (Spent::Account, format!("{name}.{}", self.account), share.cap_per_account(policy)),
        ];
        if let Some(cap) = share.cap_per_network(policy) {
            rows.push((Spent::Network, format!("{name}.source.{}", self.source), cap));
        }
        // Notices are never stopped by what a stranger can spend.
        if share != Share::Notices
            && let Some(country) = self.country
            && let Some(cap) = policy.cap_per_country(country)
        {
            rows.push((Spent::Country, format!("country.{}", country.as_str()), cap));
        }
        rows
    }
}

/// The quota that was reserved, refunded if nothing was sent.
pub(super) struct ReservedQuota<'a> {
    name: String,
    /// The rows that count the message, each with the entry that it had under this name before.
    ///
    /// An entry that was not refunded is from an earlier try. That try ended before it could write its outcome, and may
    /// have sent the message.
    sends: Vec<(String, Option<SentMessage>)>,
    day: Date,
    money: Vec<String>,
    price: Money,
    /// The code that was counted in its range, and whether an earlier try had counted it already.
    code: Option<(&'a PhoneCode, bool)>,
}

/// One row that is to count a message.
struct Count<'a> {
    row: &'a str,
    /// The entry that it has under the message's name already.
    before: Option<SentMessage>,
    /// The row with the message in it.
    admitted: SendLog,
}

/// How far a reservation came.
enum Written {
    /// Everything is reserved.
    All,
    /// A row changed since it was read.
    Lost,
    /// Something is exhausted.
    Refused(DropReason),
}

/// The worse of two outcomes, and the first of two that are as bad.
fn worse(one: Result<Written, Unavailable>, other: Result<Written, Unavailable>) -> Result<Written, Unavailable> {
    let rank = |outcome: &Result<Written, Unavailable>| match outcome {
        Ok(Written::All) => 0,
        Ok(Written::Lost) => 1,
        Ok(Written::Refused(_)) => 2,
        Err(_) => 3,
    };
    if rank(&other) > rank(&one) { other } else { one }
}

impl<S: Store, M> DeliverCode<S, M> {
    /// Reserves everything that a message needs, or nothing. The inner error says what is exhausted.
    pub(super) async fn reserve<'a>(
        &self,
        policy: &Policy,
        request: &QuotaRequest<'_>,
        code: Option<&'a PhoneCode>,
    ) -> Result<Result<ReservedQuota<'a>, DropReason>, Unavailable> {
        let (rows, send, payments) = (request.rows(), request.entry(), request.payments(policy));
        let keys: Vec<&str> = rows.iter().map(|(_, row)| row.as_str()).collect();
        let mut tries = 0;
        while tries < MAX_DECISIONS {
            tries += 1;
            let (logs, of_range) = if keys.is_empty() && code.is_none() {
                Default::default()
            } else {
                self.context.store.message_logs(&keys, code.map(PhoneCode::range)).await?
            };
            let in_range = match code {
                Some(code) => match self.admit(code, of_range).await? {
                    Some(log) => Some((code, log)),
                    None => return Ok(Err(DropReason::Conversion)),
                },
                None => None,
            };
            // Only the account's own messages show whether a network is new to it.
            let is_new = request.share == Share::Resets && logs.first().is_none_or(|log| log.source_is_new(&send));
            let admitted = rows.iter().zip(&logs).map(|((scope, row), log)| {
                let admitted = log.admit(*scope, &send, &request.limits, is_new)?;
                Some(Count { row, before: log.of_order(&send.order).cloned(), admitted })
            });
            let Some(counts) = admitted.collect::<Option<Vec<Count<'_>>>>() else {
                return Ok(Err(DropReason::SendLimit));
            };
            let (reserved, written) = self.take(request, counts, &payments, in_range, &mut tries).await;
            match written {
                Ok(Written::All) => return Ok(Ok(reserved)),
                Ok(Written::Refused(reason)) => {
                    self.undo(&reserved).await?;
                    return Ok(Err(reason));
                }
                // Two orders at the same moment may each have won a row that the other one needs. So each gives its row
                // back, and one of them wins both the next time.
                Ok(Written::Lost) => self.undo(&reserved).await?,
                Err(failed) => {
                    // If the undo fails, the quota stays charged: a fault may waste quota, but never exceed it.
                    self.undo(&reserved).await.ok();
                    return Err(failed);
                }
            }
            self.context.clock.sleep(self.pause(tries)).await;
        }
        Err(Unavailable::plain("counted messages kept changing"))
    }

    /// Writes everything at once. Returns what was reserved, even if not all was. Each lost write to a range takes one of
    /// the `tries`.
    async fn take<'a>(
        &self,
        request: &QuotaRequest<'_>,
        counts: Vec<Count<'_>>,
        payments: &[(Spent, String, Money)],
        in_range: Option<(&'a PhoneCode, ConversionLog)>,
        tries: &mut usize,
    ) -> (ReservedQuota<'a>, Result<Written, Unavailable>) {
        let (store, day) = (&self.context.store, self.context.now().day());
        let code = in_range.as_ref().map(|(code, _)| *code);
        let (counted, paid, counted_in_range) = join3(
            join_all(counts.iter().map(|count| self.count(count))),
            join_all(payments.iter().map(|(_, row, cap)| store.spend(day, row, request.price, *cap))),
            async {
                match in_range {
                    Some((code, log)) => self.count_code(code, log, tries).await,
                    None => Ok(None),
                }
            },
        )
        .await;

        let (mut sends, mut money, mut written) = (Vec::new(), Vec::new(), Ok(Written::All));
        for (count, counted) in counts.into_iter().zip(counted) {
            match counted {
                Ok(true) => sends.push((count.row.to_owned(), count.before)),
                Ok(false) => written = worse(written, Ok(Written::Lost)),
                Err(failed) => written = worse(written, Err(failed)),
            }
        }
        for ((part, row, _), paid) in payments.iter().zip(paid) {
            match paid {
                Ok(true) => money.push(row.clone()),
                Ok(false) => written = worse(written, Ok(Written::Refused(DropReason::SpendCap(*part)))),
                Err(failed) => written = worse(written, Err(failed)),
            }
        }
        let mut counted_before = None;
        match counted_in_range {
            Ok(counted) => counted_before = counted,
            Err(failed) => written = worse(written, Err(failed)),
        }
        if code.is_some() && counted_before.is_none() {
            written = worse(written, Ok(Written::Refused(DropReason::Conversion)));
        }
        let (name, price, code) = (request.name.clone(), request.price, code.zip(counted_before));
        (ReservedQuota { name, sends, day, money, price, code }, written)
    }

    /// Counts a message in one row. Returns `false` if the row changed since it was read.
    async fn count(&self, count: &Count<'_>) -> Result<bool, Unavailable> {
        if count.before.as_ref().is_some_and(|before| !before.refunded) {
            return Ok(true);
        }
        self.context.store.put_sends(count.row, &count.admitted).await
    }

    /// Refunds a message that its provider definitely did not send: always the money and the place in its range, and the
    /// sends unless too many were refunded in 24 hours. Refunded sends stay in the row, so that refunds have an end.
    pub(super) async fn give_back(&self, reservation: &ReservedQuota<'_>) -> Result<(), Unavailable> {
        let code = reservation.code.map(|(code, _)| code);
        self.restore(reservation, code, |sends, _| sends.give_back(&reservation.name, MAX_REFUNDED)).await
    }

    /// Undoes the reservation of a message that was handed to no provider. If an earlier try may have sent it, it stays
    /// counted: only a provider's response takes that back.
    pub(super) async fn undo(&self, reservation: &ReservedQuota<'_>) -> Result<(), Unavailable> {
        let code = reservation.code.filter(|(_, counted_before)| !counted_before).map(|(code, _)| code);
        self.restore(reservation, code, |sends, before| match before {
            None => sends.without(&reservation.name),
            Some(before) if before.refunded => sends.give_back(&reservation.name, MAX_REFUNDED),
            Some(_) => None,
        })
        .await
    }

    /// Restores as much as possible even if something fails, and returns the first failure.
    async fn restore(
        &self,
        reservation: &ReservedQuota<'_>,
        code: Option<&PhoneCode>,
        restored: impl Fn(&SendLog, Option<&SentMessage>) -> Option<SendLog>,
    ) -> Result<(), Unavailable> {
        let mut outcome = Ok(());
        for row in &reservation.money {
            outcome = outcome.and(self.context.store.refund(reservation.day, row, reservation.price).await);
        }
        for (row, before) in &reservation.sends {
            outcome =
                outcome.and(change_sends(&self.context.store, row, |sends| restored(sends, before.as_ref())).await);
        }
        if let Some(code) = code {
            outcome = outcome.and(self.uncount_code(code).await);
        }
        outcome
    }
}

#[cfg(test)]
mod tests;
