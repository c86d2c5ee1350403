//! How people register and remove their own methods.

use super::{Account, Contact, ContactType, Destination, PastContact, RemovedContact, Source};
use crate::policy::Policy;
use crate::time::{DAY, Moment};

/// Most removed values that are remembered per contact type. The oldest are forgotten first, so the latest removal is
/// always known: no profile value that was set before it counts.
const MAX_REMOVED: usize = 16;

impl Account {
    /// Registers a value that its owner proved to possess, and remembers the value that it replaces.
    pub(crate) fn register(&mut self, value: Destination, kind: ContactType, policy: &Policy, now: Moment) {
        self.supersede(&value, kind, policy, now);
        let verified_at = Some(now);
        let contact = Contact {
            value,
            source: Source::User,
            set_at: now,
            verified_at,
            replaced_usable: false,
            undeliverable: None,
        };
        // The code arrived.
        self.contacts.set_undeliverable(&contact.value, None, now);
        self.contacts.set(kind.registered_slot(), [contact]);
    }

    /// Remembers the value that codes went to until now, because a registered value is about to replace it.
    pub(super) fn supersede(&mut self, value: &Destination, kind: ContactType, policy: &Policy, now: Moment) {
        match self.registered(kind).map(|contact| contact.value.clone()) {
            // Another spelling is remembered too, because a stored response that shows it may be replayed. It does not
            // count as a replaced value.
            Some(former) if former.written() != value.written() => {
                let usable = former.identity() != value.identity() && self.is_usable(kind, policy, now);
                self.remember(PastContact { kind: Some(kind), value: former, usable, until: now });
            }
            Some(_) => {}
            None => self.remember_usable(kind, policy, now),
        }
    }

    /// Removes a registered value at its owner's request; returns the value, if there was one.
    ///
    /// The value counts as usable even if it was still waiting. An owner who rejects a value that an administrator set
    /// therefore gets time before the next one is used.
    pub(crate) fn remove_registered(&mut self, kind: ContactType, now: Moment) -> Option<Destination> {
        self.take_registered(kind, true, now)
    }

    /// Removes a registered value, remembers it, and keeps it from coming back by itself. Returns the value, if there
    /// was one.
    pub(super) fn take_registered(&mut self, kind: ContactType, usable: bool, now: Moment) -> Option<Destination> {
        let value = self.registered(kind)?.value.clone();
        self.contacts.set(kind.registered_slot(), []);
        self.remember(PastContact { kind: Some(kind), value: value.clone(), usable, until: now });
        self.removed.retain(|removed| removed.kind != kind || removed.value.identity() != value.identity());
        self.removed.push(RemovedContact { kind, value: value.clone(), at: now });
        let mut surplus = self.removed.iter().filter(|one| one.kind == kind).count().saturating_sub(MAX_REMOVED);
        self.removed.retain(|removed| {
            let forgotten = removed.kind == kind && surplus > 0;
            surplus -= usize::from(forgotten);
            !forgotten
        });
        Some(value)
    }

    /// By when the registered methods must be confirmed again. `None` if the policy wants no confirmation, or if nothing
    /// is registered and nothing was ever confirmed.
    #[must_use]
    pub fn reconfirm_by(&self, policy: &Policy) -> Option<Moment> {
        let days = u64::from(policy.reconfirm_after_days);
        self.confirmed_since().filter(|_| days > 0).map(|at| at.plus(days * DAY))
    }

    /// Since when all registered methods have been known to be right. Each counts from its last proof or, if it was never
    /// proved, from when it was written. The oldest one decides, so that proving one method postpones none of the others.
    /// A confirmation counts for all of them.
    pub(super) fn confirmed_since(&self) -> Option<Moment> {
        let methods = ContactType::ALL.into_iter().filter_map(|kind| self.registered(kind));
        let known_since = |method: &Contact| Some(method.verified_at.unwrap_or(method.set_at)).max(self.confirmed_at);
        methods.filter_map(known_since).min().or(self.confirmed_at)
    }

    /// Whether a method is registered that its owner can confirm.
    #[must_use]
    pub fn has_registered(&self) -> bool {
        ContactType::ALL.into_iter().any(|kind| self.registered(kind).is_some())
    }

    /// The values of a type that were registered recently: the current one, those replaced and those removed. Replaced
    /// profile values of the type are among them.
    pub(crate) fn registered_lately(&self, kind: ContactType) -> impl Iterator<Item = Destination> {
        let present = self.registered(kind).map(|contact| contact.value.clone());
        let past = self.past.iter().filter(move |past| past.kind == Some(kind)).map(|past| past.value.clone());
        let removed = self.removed.iter().filter(move |removed| removed.kind == kind);
        present.into_iter().chain(past).chain(removed.map(|removed| removed.value.clone()))
    }
}
