//! Reports of providers about messages that they took: what became of them.

use crate::account::{Account, Destination, Undeliverable};
use crate::policy::Policy;
use crate::random::{AccountId, Randomness};
use crate::records::audit::{Activity, AuditRecord, Initiator, report_id};
use crate::time::Moment;

/// Who the audit says has reported it: no person did.
const INITIATOR: &str = "record-delivery";

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was delivered, as far as its provider knows.
    Delivered,
    /// It was not delivered, for a reason that may pass.
    Failed(Failure),
    /// It was not delivered, or not wanted, and no further one will be.
    Undeliverable(Undeliverable),
}

/// Why a message was not delivered although its destination may be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The mailbox is full, or its server was not reached.
    SoftBounce,
    /// The carrier or the device could not be reached in time.
    Unreachable,
    /// The carrier or the device refuses the message.
    Blocked,
    /// Nobody answered the call.
    NotAnswered,
    /// The provider does not say why.
    Unknown,
}

impl Fate {
    /// The report's name in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed(Failure::SoftBounce) => "softBounce",
            Self::Failed(Failure::Unreachable) => "unreachable",
            Self::Failed(Failure::Blocked) => "blocked",
            Self::Failed(Failure::NotAnswered) => "notAnswered",
            Self::Failed(Failure::Unknown) => "failed",
            Self::Undeliverable(why) => why.as_str(),
        }
    }

    /// The audit's text.
    const fn text(self) -> &'static str {
        match self {
            Self::Delivered => "the message was delivered",
            Self::Failed(Failure::SoftBounce) => {
                "the email came back: the mailbox is full or its server was not reached"
            }
            Self::Failed(Failure::Unreachable) => "the phone or its carrier was not reached",
            Self::Failed(Failure::Blocked) => "the carrier or the device refused the message",
            Self::Failed(Failure::NotAnswered) => "nobody answered the call",
            Self::Failed(Failure::Unknown) => "the provider could not deliver the message",
            Self::Undeliverable(Undeliverable::Bounced) => {
                "the message came back for good: the contact is no longer used"
            }
            Self::Undeliverable(Undeliverable::Complained) => {
                "the recipient reported the message as spam: the contact is no longer used"
            }
            Self::Undeliverable(Undeliverable::OptedOut) => {
                "the recipient wants no more messages: the contact is no longer used"
            }
        }
    }

    /// Whether the message came back for good or was unwanted, which providers of email count against the organisation.
    pub(crate) const fn is_undeliverable(self) -> bool {
        matches!(self, Self::Undeliverable(_))
    }
}

/// A provider's report about one message.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The trace of the message's order ([`trace`](crate::ports::store::DeliveryJob::trace)), as it was handed to the provider.
    pub order: String,
    /// The account that the message was for.
    pub account: AccountId,
    /// Where it was sent.
    pub destination: Destination,
    /// What became of it.
    pub fate: Fate,
    /// When that happened, by the provider's clock.
    pub at: Moment,
}

impl Report {
    /// The audit record. It is the same each time it is made, but for an account that was renamed meanwhile.
    pub(crate) fn audited(&self, account: &Account, policy: &Policy, random: &dyn Randomness) -> AuditRecord {
        let initiator = Initiator::Application(INITIATOR.to_owned());
        let record = AuditRecord::new(Activity::MessageReported, initiator, policy, self.at, random)
            .about(account.into())
            .changing("destination", None, Some(self.destination.masked()));
        let (text, delivered) = (self.fate.text(), self.fate == Fate::Delivered);
        let record = if delivered { record.because(text) } else { record.failed(text) };
        record.stored_once(report_id(&self.order, self.fate.as_str()), self.correlation())
    }

    /// The correlation id of the records of the message's reset; for another message, its order.
    fn correlation(&self) -> &str {
        let of_reset = self.order.strip_prefix("reset.").and_then(|rest| rest.rsplit_once('.'));
        of_reset.map_or(&self.order, |(correlation, _)| correlation)
    }

    /// Whether the message was a notice, not a code.
    pub(crate) fn is_notice(&self) -> bool {
        self.order.starts_with("notice.")
    }
}
