//! What the audit keeps of deliveries.
//!
//! Of known people only: a name that nobody bears leaves no record. Reasons are constant texts; where a code was to go
//! is shown masked.

use super::DeliverCode;
use crate::account::{Account, Destination};
use crate::policy::Policy;
use crate::policy::method::CodeMethod;
use crate::ports::store::Store;
use crate::random::ResetId;
use crate::records::audit::{Activity, AuditRecord, AuditedPerson, Initiator};
use crate::reset::DropReason;
use crate::reset::challenge::Challenge;

/// The property that tells where a code went, or was to go.
const DESTINATION: &str = "destination";
/// The property that tells why the first destination was refused, where the code went to another one.
const REFUSAL: &str = "refusal";

/// Why an order was dropped, as the audit tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotSent {
    /// What the order is marked with.
    pub(super) reason: DropReason,
    text: &'static str,
}

impl From<DropReason> for NotSent {
    fn from(reason: DropReason) -> Self {
        Self { reason, text: text(reason) }
    }
}

impl NotSent {
    /// A provider's refusal for good, by the name that its messenger gave the reason.
    pub(super) fn refused(refusal: &str) -> Self {
        Self { reason: DropReason::Refused, text: refusal_text(refusal) }
    }
}

/// A reset of a known person.
#[derive(Clone)]
pub(super) struct Subject<'a> {
    /// The reset.
    pub(super) reset: &'a ResetId,
    /// Whose it is.
    pub(super) person: AuditedPerson,
    /// The policy, which says how long a record is kept.
    pub(super) policy: &'a Policy,
}

impl<S: Store, M> DeliverCode<S, M> {
    /// That somebody began a reset for the person.
    pub(super) fn begun(&self, subject: &Subject<'_>) -> AuditRecord {
        self.step(Activity::ResetProgress, subject).because("User submitted their user ID")
    }

    /// That a code went out, or may have gone out.
    pub(super) fn sent(&self, subject: &Subject<'_>, method: CodeMethod, to: &Destination) -> AuditRecord {
        let record = self.step(Activity::ResetProgress, subject).because(started(method));
        record.changing(DESTINATION, None, Some(to.masked()))
    }

    /// That a code went by email, since the phone that it was ordered for is refused for good.
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

    /// That no code went out, and why.
    pub(super) fn not_sent(&self, subject: &Subject<'_>, why: NotSent, to: Option<&Destination>) -> AuditRecord {
        let activity = if is_limit(why.reason) { Activity::Blocked } else { Activity::ResetProgress };
        let record = self.step(activity, subject).failed(why.text);
        match to {
            Some(to) => record.changing(DESTINATION, None, Some(to.masked())),
            None => record,
        }
    }

    /// That a challenge's code did not go out, and why.
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

    /// A record of a person's own doing, whoever acted for them.
    fn own(&self, activity: Activity, person: AuditedPerson, policy: &Policy) -> AuditRecord {
        let initiator = Initiator::Person(person.clone());
        AuditRecord::new(activity, initiator, policy, self.context.now(), &*self.context.random).about(person)
    }
}

/// What the audit says of a code that went out.
const fn started(method: CodeMethod) -> &'static str {
    match method {
        CodeMethod::MobileSms => "User started the mobile SMS verification option",
        CodeMethod::MobileCall => "User started the mobile voice call verification option",
        CodeMethod::OfficeCall => "User started the office voice call verification option",
        CodeMethod::Email => "User started the email verification option",
    }
}

/// Whether a limit keeps the account from being reset for now, whatever else is in order.
const fn is_limit(reason: DropReason) -> bool {
    match reason {
        DropReason::BudgetSpent | DropReason::SendLimit | DropReason::CompletionLimit | DropReason::SpendCap => true,
        DropReason::UnknownName
        | DropReason::Disabled
        | DropReason::NotCapable
        | DropReason::NoDestination
        | DropReason::PhoneProof
        | DropReason::SameAsGateOne
        | DropReason::Revoked
        | DropReason::Stale
        | DropReason::Refused
        | DropReason::ProviderBusy => false,
    }
}

/// What the audit says of a code that did not go out.
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
        DropReason::SpendCap => "the day's money for messages is spent",
        DropReason::Revoked => "the account changed after the reset was begun",
        DropReason::Stale => "the message would have come too late to be of use",
        DropReason::Refused => "the provider refuses the destination",
        DropReason::ProviderBusy => "the provider could not take the message",
    }
}

/// What the audit says of a refusal, by the names that messengers give.
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
