//! What people do with their own methods: registering and removing them.

use super::{Account, Contact, ContactType, Destination, PastContact, Removed, Source};
use crate::policy::Policy;
use crate::time::Moment;

/// Most removed values remembered of one type: the oldest go first, so that the last removal, before which nothing
/// on file counts, is never forgotten.
const MAX_REMOVED: usize = 16;

impl Account {
    /// Registers a value that its owner proved to possess; whatever it takes the place of is remembered.
    pub(crate) fn register(&mut self, value: Destination, kind: ContactType, policy: &Policy, now: Moment) {
        self.supersede(&value, kind, policy, now);
        let verified_at = Some(now);
        let contact = Contact { value, source: Source::User, set_at: now, verified_at, replaced_usable: false };
        self.contacts.set(kind.registered_slot(), [contact]);
    }

    /// Remembers what codes went to until now, where a registered value is about to take its place.
    pub(super) fn supersede(&mut self, value: &Destination, kind: ContactType, policy: &Policy, now: Moment) {
        match self.registered(kind).map(|contact| contact.value.clone()) {
            // Another spelling is remembered, too: an answer that tells it may be asked for again. It displaces nothing.
            Some(former) if former.written() != value.written() => {
                let usable = former.identity() != value.identity() && self.is_usable(kind, policy, now);
                self.remember(PastContact { kind: Some(kind), value: former, usable, until: now });
            }
            Some(_) => {}
            None => self.remember_usable(kind, policy, now),
        }
    }

    /// Removes a registered value on its owner's wish: the value, if there was one.
    ///
    /// It counts as one where codes went, even where it waited: who refuses what an administrator wrote gets time
    /// before the next.
    pub(crate) fn remove_registered(&mut self, kind: ContactType, now: Moment) -> Option<Destination> {
        self.take_registered(kind, true, now)
    }

    /// Removes a registered value, remembers it, and keeps it from coming back by itself; the value, if there was one.
    pub(super) fn take_registered(&mut self, kind: ContactType, usable: bool, now: Moment) -> Option<Destination> {
        let value = self.registered(kind)?.value.clone();
        self.contacts.set(kind.registered_slot(), []);
        self.remember(PastContact { kind: Some(kind), value: value.clone(), usable, until: now });
        self.removed.retain(|removed| removed.kind != kind || removed.value.identity() != value.identity());
        self.removed.push(Removed { kind, value: value.clone(), at: now });
        let mut surplus = self.removed.iter().filter(|one| one.kind == kind).count().saturating_sub(MAX_REMOVED);
        self.removed.retain(|removed| {
            let forgotten = removed.kind == kind && surplus > 0;
            surplus -= usize::from(forgotten);
            !forgotten
        });
        Some(value)
    }

    /// Every value of a type that was registered lately: the present one, those replaced and those removed.
    pub(crate) fn registered_lately(&self, kind: ContactType) -> impl Iterator<Item = Destination> {
        let present = self.registered(kind).map(|contact| contact.value.clone());
        let past = self.past.iter().filter(move |past| past.kind == Some(kind)).map(|past| past.value.clone());
        let removed = self.removed.iter().filter(move |removed| removed.kind == kind);
        present.into_iter().chain(past).chain(removed.map(|removed| removed.value.clone()))
    }
}
