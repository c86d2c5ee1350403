//! The audit records of deliveries.
//!
//! Only known people have records: a name without an account leaves none. Reasons are constant texts, and destinations
//! are masked.

use super::DeliverCode;
use crate::account::{Account, Destination, Undeliverable, Unusable};
use crate::policy::Policy;
use crate::policy::method::CodeMethod;
use crate::policy::spending::Spent;
use crate::ports::store::Store;
use crate::random::ResetId;
use crate::records::audit::{Activity, AuditRecord, AuditedPerson, Initiator, beginning};
use crate::reset::DropReason;
use crate::reset::challenge::Challenge;
use crate::time::Moment;

/// The property with the destination of a code, whether it was sent or not.
const DESTINATION: &str = "destination";
/// The property with the reason why the first destination was refused, if the code went to another one.
const REFUSAL: &str = "refusal";

/// Why a job was dropped, with the audit's text for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotSent {
    /// The reason that the job is marked with.
    pub(super) reason: DropReason,
    text: &'static str,
}

impl From<DropReason> for NotSent {
    fn from(reason: DropReason) -> Self {
        Self { reason, text: text(reason) }
    }
}

impl NotSent {
    /// The method reaches no contact that may be used, for this reason; without a reason, there is no contact.
    pub(super) fn unreachable(reason: DropReason, why: Option<Unusable>) -> Self {
        Self { reason, text: unusable_text(why) }
    }

    /// A provider's permanent refusal. `refusal` is the messenger's name for the reason.
    pub(super) fn refused(refusal: &str) -> Self {
        Self { reason: DropReason::Refused, text: refusal_text(refusal) }
    }
}

/// A reset of a known person.
#[derive(Clone)]
pub(super) struct Subject<'a> {
    pub(super) reset: &'a ResetId,
    /// The owner of the account.
    pub(super) person: AuditedPerson,
    /// The policy, which sets how long a record is stored.
    pub(super) policy: &'a Policy,
}

impl<S: Store, M> DeliverCode<S, M> {
    /// Records that somebody began a reset for the person. The record is the same each time it is made, so it is stored
    /// only once.
    pub(super) fn begun(&self, subject: &Subject<'_>, began_at: Moment) -> AuditRecord {
        let record = self.step(Activity::ResetProgress, subject).because("User submitted their user ID");
        AuditRecord { id: beginning(subject.reset), at: began_at, ..record }
    }

    /// Records that a code was sent, or may have been sent.
    pub(super) fn sent(&self, subject: &Subject<'_>, method: CodeMethod, to: &Destination) -> AuditRecord {
        let record = self.step(Activity::ResetProgress, subject).because(started(method));
        record.changing(DESTINATION, None, Some(to.masked()))
    }

    /// Records that a code was sent by email, because the phone that it was ordered for is permanently refused.
    pub(super) fn sent_instead(
        &self,
        subject: &Subject<'_>,
        refused: (&Destination, NotSent),
        to: &Destination,
    ) -> AuditRecord {
        let (phone, refusal) = refused;
        self.step(Activity::ResetProgress, subject)
            .because(started(CodeMethod::Email))
            .changing(DESTINATION, Some(phone.masked()), Some(to.masked()))
            .changing(REFUSAL, None, Some(refusal.text.to_owned()))
    }

    /// Records that no code was sent, and why.
    pub(super) fn not_sent(&self, subject: &Subject<'_>, why: NotSent, to: Option<&Destination>) -> AuditRecord {
        let activity = if is_limit(why.reason) { Activity::Blocked } else { Activity::ResetProgress };
        let record = self.step(activity, subject).failed(why.text);
        match to {
            Some(to) => record.changing(DESTINATION, None, Some(to.masked())),
            None => record,
        }
    }

    /// Records that a challenge's code was not sent, and why.
    pub(super) fn not_challenged(
        &self,
        challenge: &Challenge,
        account: &Account,
        policy: &Policy,
        why: NotSent,
    ) -> AuditRecord {
        self.own(Activity::InfoRegistered, account.into(), policy).failed(why.text).changing(
            challenge.kind.as_str(),
            None,
            Some(challenge.value.masked()),
        )
    }

    fn step(&self, activity: Activity, subject: &Subject<'_>) -> AuditRecord {
        self.own(activity, subject.person.clone(), subject.policy).in_reset(subject.reset)
    }

    /// A record with the person as both initiator and target, even if a stranger acted in their name.
    fn own(&self, activity: Activity, person: AuditedPerson, policy: &Policy) -> AuditRecord {
        let initiator = Initiator::Person(person.clone());
        AuditRecord::new(activity, initiator, policy, self.context.now(), &*self.context.random).about(person)
    }
}

/// The audit's text for a code that was sent.
const fn started(method: CodeMethod) -> &'static str {
    match method {
        CodeMethod::MobileSms => "User started the mobile SMS verification option",
        CodeMethod::MobileCall => "User started the mobile voice call verification option",
        CodeMethod::OfficeCall => "User started the office voice call verification option",
        CodeMethod::Email => "User started the email verification option",
    }
}

/// Whether a limit keeps the account from being reset for now, even if everything else is in order.
const fn is_limit(reason: DropReason) -> bool {
    match reason {
        DropReason::BudgetSpent
        | DropReason::SendLimit
        | DropReason::CompletionLimit
        | DropReason::SpendCap(_)
        | DropReason::Conversion => true,
        DropReason::UnknownName
        | DropReason::Disabled
        | DropReason::NotCapable
        | DropReason::NoDestination
        | DropReason::PhoneProof
        | DropReason::SameAsGateOne
        | DropReason::Revoked
        | DropReason::Stale
        | DropReason::Refused
        | DropReason::ProviderBusy
        | DropReason::NotSetUp => false,
    }
}

/// The audit's text for a method that reaches no contact that may be used.
const fn unusable_text(why: Option<Unusable>) -> &'static str {
    match why {
        None => "there is no contact for the method",
        Some(Unusable::MethodNotOffered) => "the policy does not offer the method",
        Some(Unusable::NotRegistered) => "the contact is not registered, and the policy accepts no other",
        Some(Unusable::Superseded | Unusable::NotFirst) => "another contact is used instead",
        Some(Unusable::Removed) => "the contact's owner removed it from the methods",
        Some(Unusable::Waiting) => "the contact replaced a usable one, and the policy's delay is not over",
        Some(Unusable::CountryNotAllowed) => "the policy allows no messages to the contact's country",
        Some(Unusable::FixedLine) => "the contact is a fixed line, which takes no texts",
        Some(Unusable::OwnMailbox) => "the contact is the person's own mailbox, which the lost password locks",
        Some(Unusable::Undeliverable(Undeliverable::Bounced)) => "messages to the contact come back",
        Some(Unusable::Undeliverable(Undeliverable::Complained)) => "the recipient reported a message as spam",
        Some(Unusable::Undeliverable(Undeliverable::OptedOut)) => "the recipient wants no more messages",
    }
}

/// The audit's text for a code that was not sent.
const fn text(reason: DropReason) -> &'static str {
    match reason {
        DropReason::UnknownName => "no account bears the name",
        DropReason::Disabled => "the account is disabled",
        DropReason::NotCapable => "the account has too few usable methods for the gates that it must pass",
        DropReason::NoDestination => "the method reaches no contact that may be used",
        DropReason::PhoneProof => "the claimed phone number is not the one on file",
        DropReason::SameAsGateOne => "the second gate needs another method and another destination than the first",
        DropReason::SendLimit => "too many messages were sent to the account or the destination",
        DropReason::BudgetSpent => "too many wrong codes were tried",
        DropReason::CompletionLimit => "too many resets were completed in 24 hours",
        DropReason::SpendCap(Spent::Share) => "the day's money for messages is spent",
        DropReason::SpendCap(Spent::Account) => "the account's part of the day's money for messages is spent",
        DropReason::SpendCap(Spent::Network) => "the source network's part of the day's money for messages is spent",
        DropReason::SpendCap(Spent::Country) => "the country's part of the day's money for messages is spent",
        DropReason::Conversion => "too few of the codes sent to this range of numbers are used",
        DropReason::Revoked => "the account changed after the reset was begun",
        DropReason::Stale => "the message would have come too late to be of use",
        DropReason::Refused => "the provider refuses the destination",
        DropReason::ProviderBusy => "the provider could not take the message",
        DropReason::NotSetUp => "the deployment is not set up to send the message",
    }
}

/// Why the provider sends nothing more to the destination at all, if its refusal says so.
pub(super) fn undeliverable(refusal: &str) -> Option<Undeliverable> {
    match refusal {
        "optedOut" => Some(Undeliverable::OptedOut),
        "suppressed" => Some(Undeliverable::Bounced),
        _ => None,
    }
}

/// The audit's text for a provider's refusal, by the messenger's name for the reason.
fn refusal_text(refusal: &str) -> &'static str {
    match refusal {
        "optedOut" => "the provider refuses the destination: its owner has opted out",
        "invalid" => "the provider refuses the destination: it takes it for none",
        "suppressed" => "the provider refuses the destination: it bounced or complained before",
        "blocked" => "the provider refuses the destination: it sends nothing there for this organisation",
        "notVerified" => "the provider refuses the destination: it sends to verified ones only for now",
        "rejected" => "the provider refuses the message",
        _ => text(DropReason::Refused),
    }
}
