//! Which contacts a reset may use, and why it may not use the others.

use super::{Account, Contact, ContactType, Destination, RegisteredQuestions, Slot, Undeliverable};
use crate::identifiers::email_address::EmailAddress;
use crate::message::Channel;
use crate::policy::Policy;
use crate::policy::method::{CodeMethod, Method};
use crate::time::{HOUR, Moment};

/// Why a contact cannot be used for a reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// The policy offers no method that reaches it.
    MethodNotOffered,
    /// It is a profile contact, and the policy accepts only registered methods.
    NotRegistered,
    /// A registered value is used instead.
    Superseded,
    /// It is not the first of several addresses, and only the first is used.
    NotFirst,
    /// Its owner removed it from their methods, or it was already on file when they removed the method of its type.
    Removed,
    /// It replaced a usable value, and the policy's delay is not over.
    Waiting,
    /// The policy does not allow messages to its country.
    CountryNotAllowed,
    /// It is a fixed line, which takes calls but no texts.
    FixedLine,
    /// It is the person's own mailbox, which lies behind the password that is lost.
    OwnMailbox,
    /// Messages no longer reach it.
    Undeliverable(Undeliverable),
}

impl Unusable {
    /// All reasons.
    pub const ALL: [Self; 12] = [
        Self::MethodNotOffered,
        Self::NotRegistered,
        Self::Superseded,
        Self::NotFirst,
        Self::Removed,
        Self::Waiting,
        Self::CountryNotAllowed,
        Self::FixedLine,
        Self::OwnMailbox,
        Self::Undeliverable(Undeliverable::Bounced),
        Self::Undeliverable(Undeliverable::Complained),
        Self::Undeliverable(Undeliverable::OptedOut),
    ];

    /// The reason's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MethodNotOffered => "methodNotOffered",
            Self::NotRegistered => "notRegistered",
            Self::Superseded => "superseded",
            Self::NotFirst => "notFirst",
            Self::Removed => "removed",
            Self::Waiting => "waiting",
            Self::CountryNotAllowed => "countryNotAllowed",
            Self::FixedLine => "fixedLine",
            Self::OwnMailbox => "ownMailbox",
            Self::Undeliverable(why) => why.as_str(),
        }
    }

    /// Parses the reason's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// Minimum hours that a privileged user's replaced contact waits, whatever the policy says.
const ADMIN_REPLACEMENT_HOURS: u64 = 24;

impl Account {
    /// The destination that a method's code would go to now, under the policy.
    ///
    /// It is the registered value if there is one, even if that value cannot be used. Otherwise it is the profile
    /// value, if the policy accepts profile values.
    ///
    /// # Errors
    /// Why there is no usable destination; `None` inside the error if there is no value at all.
    pub fn destination(
        &self,
        method: CodeMethod,
        policy: &Policy,
        now: Moment,
    ) -> Result<Destination, Option<Unusable>> {
        if !policy.offers(Method::Code(method)) {
            return Err(Some(Unusable::MethodNotOffered));
        }
        let kind = ContactType::of(method);
        if let Some(contact) = self.registered(kind) {
            self.check_eligibility(method, contact, policy, now)?;
            return Ok(contact.value.clone());
        }
        let contact = self.on_file(kind).ok_or(None)?;
        if self.is_removed(kind, &contact.value, contact.set_at) {
            return Err(Some(Unusable::Removed));
        }
        if !policy.accept_directory_contacts {
            return Err(Some(Unusable::NotRegistered));
        }
        self.check_eligibility(method, contact, policy, now)?;
        Ok(contact.value.clone())
    }

    /// Whether the account can pass all the gates that it needs, each by a different method and destination.
    #[must_use]
    pub fn can_reset(&self, policy: &Policy, now: Moment) -> bool {
        let ways = self.ways(policy, now).len();
        // Security questions can be the second gate, but never the only one.
        let questions = usize::from(ways > 0 && self.can_answer(policy));
        ways + questions >= usize::from(policy.gates(self.is_admin))
    }

    /// Whether security questions can be this account's second gate. The policy must offer them, the account must not
    /// be privileged, and enough questions must be registered.
    #[must_use]
    pub fn can_answer(&self, policy: &Policy) -> bool {
        let enough = |questions: &RegisteredQuestions| questions.count >= policy.security_questions.required_to_reset;
        policy.offers_to(self.is_admin, Method::SecurityQuestions) && self.questions.as_ref().is_some_and(enough)
    }

    /// The distinct destinations at which a code can reach the person now, with one method for each.
    #[must_use]
    pub fn ways(&self, policy: &Policy, now: Moment) -> Vec<(CodeMethod, Destination)> {
        let mut ways: Vec<(CodeMethod, Destination)> = Vec::new();
        for method in CodeMethod::ALL {
            if let Ok(destination) = self.destination(method, policy, now)
                && ways.iter().all(|(_, known)| known.identity() != destination.identity())
            {
                ways.push((method, destination));
            }
        }
        ways
    }

    /// Whether the registered methods alone, including security questions, suffice for a reset. Methods with the same
    /// destination count once.
    #[must_use]
    pub fn is_registered(&self, policy: &Policy, now: Moment) -> bool {
        let mut identities: Vec<String> = ContactType::ALL
            .into_iter()
            .filter(|kind| self.is_usable(*kind, policy, now))
            .filter_map(|kind| Some(self.registered(kind)?.value.identity()))
            .collect();
        identities.sort();
        identities.dedup();
        let questions = usize::from(!identities.is_empty() && self.can_answer(policy));
        identities.len() + questions >= usize::from(policy.gates(self.is_admin))
    }

    /// Whether a code can reach the value of a type now: the registered value or, if there is none, the profile value.
    pub(super) fn is_usable(&self, kind: ContactType, policy: &Policy, now: Moment) -> bool {
        kind.methods().any(|method| self.destination(method, policy, now).is_ok())
    }

    /// Why the value of a type cannot be used: the registered value or, if there is none, the profile value. `None` if
    /// it can be used.
    #[must_use]
    pub fn reason(&self, kind: ContactType, policy: &Policy, now: Moment) -> Option<Unusable> {
        let mut reason = None;
        for method in kind.methods() {
            match self.destination(method, policy, now) {
                Ok(_) => return None,
                // A problem with the value says more than that one of its methods is not offered.
                Err(why) if reason.is_none_or(|reason| reason == Unusable::MethodNotOffered) => reason = why.or(reason),
                Err(_) => {}
            }
        }
        reason
    }

    /// Every contact with its slot and the reason why a reset does not use it. The alternate phone never has a reason.
    #[must_use]
    pub fn contacts_with_reasons(&self, policy: &Policy, now: Moment) -> Vec<(Slot, &Contact, Option<Unusable>)> {
        let reason = |slot: Slot, contact: &Contact| {
            let kind = slot.contact_type()?;
            let is_first = self.contacts.get(slot).is_some_and(|first| std::ptr::eq(first, contact));
            match (slot.is_registered(), self.registered(kind)) {
                (false, Some(_)) => Some(Unusable::Superseded),
                (false, None) if !is_first && self.is_locked_out(&contact.value, policy) => Some(Unusable::OwnMailbox),
                (false, None) if !is_first => Some(Unusable::NotFirst),
                (true | false, _) => self.reason(kind, policy, now),
            }
        };
        self.contacts.iter().map(|(slot, contact)| (slot, contact, reason(slot, contact))).collect()
    }

    /// Whether an address is the account's name or its primary mailbox.
    #[must_use]
    pub fn is_own_mailbox(&self, address: &EmailAddress) -> bool {
        let name = EmailAddress::parse(self.user_name.canonical()).ok();
        let own = name.into_iter().chain(self.primary_mail());
        own.into_iter().any(|own| own.canonical() == address.canonical())
    }

    /// Whether a contact lies behind the password that is lost.
    fn is_locked_out(&self, value: &Destination, policy: &Policy) -> bool {
        let is_own = |address: &EmailAddress| self.is_own_mailbox(address);
        !policy.allow_own_mailbox && matches!(value, Destination::Email(address) if is_own(address))
    }

    fn check_eligibility(
        &self,
        method: CodeMethod,
        contact: &Contact,
        policy: &Policy,
        now: Moment,
    ) -> Result<(), Option<Unusable>> {
        if let Destination::Phone(phone) = &contact.value {
            if !policy.allows(phone.country()) {
                return Err(Some(Unusable::CountryNotAllowed));
            }
            if method.channel() == Channel::Sms && !phone.texts() {
                return Err(Some(Unusable::FixedLine));
            }
        }
        if self.is_locked_out(&contact.value, policy) {
            return Err(Some(Unusable::OwnMailbox));
        }
        if let Some(why) = contact.undeliverable {
            return Err(Some(Unusable::Undeliverable(why)));
        }
        let hours = u64::from(policy.replaced_contact_delay_hours);
        let hours = if self.is_admin { hours.max(ADMIN_REPLACEMENT_HOURS) } else { hours };
        let waits = contact.replaced_usable && contact.verified_at.is_none();
        if waits && contact.set_at.plus(hours * HOUR) > now {
            return Err(Some(Unusable::Waiting));
        }
        Ok(())
    }

    /// Whether a removal rules out a profile value. A value counts again only if it was set after the removal *and*
    /// differs from every removed value: a removed value must not come back by itself, nor by being set once more.
    ///
    /// Setting a value again that was on file at the removal does not count as setting it later. This is on purpose: a
    /// nightly synchronisation writes everything again, and must not undo what the owner did. To use the value again,
    /// clear the field first or set another value.
    pub(super) fn is_removed(&self, kind: ContactType, value: &Destination, set_at: Moment) -> bool {
        self.removed
            .iter()
            .filter(|removed| removed.kind == kind)
            .any(|removed| set_at <= removed.at || removed.value.identity() == value.identity())
    }
}
