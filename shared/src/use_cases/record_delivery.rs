//! Records what providers report about messages: delivered, failed, bounced, unwanted.
//!
//! Providers report late, twice, or never, so nothing is decided because a report is missing. A report may be recorded
//! twice: each of its writes is the same the second time.

use super::context::Context;
use super::counters::{change_codes, change_sends};
use super::undeliverable::mark_undeliverable;
use crate::account::{Destination, Owner, destination_digest};
use crate::credentials::key::NameKeys;
use crate::identifiers::phone::Phone;
use crate::limits::conversion::ConversionLog;
use crate::ports::store::{DeliveryJob, Store};
use crate::records::report::{Fate, Report};
use crate::unavailable::Unavailable;

/// The use case that records reports about messages.
pub struct RecordDelivery<S> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The key for digests of user names and destinations.
    pub names: NameKeys,
}

impl<S: Store> RecordDelivery<S> {
    /// Records a report. A report about a deleted account changes nothing.
    ///
    /// # Errors
    /// [`Unavailable`]. Then the report must be recorded again.
    pub async fn record(&self, report: &Report) -> Result<(), Unavailable> {
        let Report { order, fate, destination, .. } = report;
        tracing::info!(order, outcome = fate.as_str(), to = destination.masked(), "a message was reported");
        let policy = self.context.policy().await?;
        let Some(account) = self.context.store.account(&report.account).await? else { return Ok(()) };
        match destination {
            Destination::Email(_) if fate.is_undeliverable() => self.count_bounce(report).await?,
            Destination::Phone(phone) if *fate != Fate::Delivered => self.uncount_code(report, phone).await?,
            Destination::Email(_) | Destination::Phone(_) => {}
        }
        let marked = mark_undeliverable(&self.context, &self.names, &policy, report).await?;
        // Of notices, only those that change a contact are worth a record.
        if marked || report.is_notice() {
            return Ok(());
        }
        self.context.store.record(&report.audited(&account, &policy, &*self.context.random)).await
    }

    /// Counts a bounce against the account's emails of the day. Codes of registrations have stricter limits already.
    async fn count_bounce(&self, report: &Report) -> Result<(), Unavailable> {
        let digest = destination_digest(&self.names, &report.destination);
        let row = Owner::Account(report.account.clone()).key();
        change_sends(&self.context.store, &row, |log| log.with_bounce(&report.order, &digest, report.at)).await
    }

    /// Takes a code that was not delivered out of its range's count: nobody could use it.
    async fn uncount_code(&self, report: &Report, phone: &Phone) -> Result<(), Unavailable> {
        let digests = self.names.destination(&phone.e164());
        let without = |log: &ConversionLog| {
            let is_it = |job| DeliveryJob::from(job).trace() == report.order;
            let code = log.codes.iter().find(|code| digests.all().contains(&code.destination) && is_it(&code.job))?;
            log.without(code)
        };
        change_codes(&self.context, &self.names.phone_range(phone), without).await
    }
}

#[cfg(test)]
mod tests;
