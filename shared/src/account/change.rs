//! Writing contacts down: by the directory, by an administrator, by their owner.

use super::contact::Facts;
use super::{Account, Contact, ContactType, Destination, MAX_PAST_CONTACTS, PAST_CONTACT_DAYS, PastContact, Source};
use crate::email_address::EmailAddress;
use crate::phone::Phone;
use crate::policy::Policy;
use crate::time::{HOUR, Moment};

/// Hours in which a cleared contact still counts as replaced by the next one: the longest waiting time.
const REPLACED_WITHIN_HOURS: u64 = 72;

impl Account {
    /// Registers a value that its owner proved to possess; the one before is remembered.
    pub(crate) fn register(&mut self, value: Destination, kind: ContactType, now: Moment) {
        if let Some((former, _)) = self.registered(kind)
            && former.identity() != value.identity()
        {
            self.remember(former, now);
        }
        match value {
            Destination::Phone(phone) => self.registered.phone = Some(proved(phone, now)),
            Destination::Email(address) => self.registered.email = Some(proved(address, now)),
        }
        self.confirmed_at = Some(now);
    }

    /// Writes a profile phone down; the same number written again changes nothing of what is known of it.
    pub(crate) fn set_phone(
        &mut self,
        kind: ContactType,
        phone: Option<Phone>,
        from: Source,
        policy: &Policy,
        now: Moment,
    ) {
        let kept = match kind {
            ContactType::OfficePhone => &self.contacts.business_phone,
            ContactType::MobilePhone | ContactType::Email => &self.contacts.mobile_phone,
        };
        let same = match (kept, &phone) {
            (Some(kept), Some(phone)) => kept.value.written() == phone.written(),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if same {
            return;
        }
        let replaced_usable = self.replaces_usable(kind, policy, now);
        self.remember_usable(kind, policy, now);
        let new = phone.map(|value| Contact { value, source: from, set_at: now, verified_at: None, replaced_usable });
        match kind {
            ContactType::OfficePhone => self.contacts.business_phone = new,
            ContactType::MobilePhone | ContactType::Email => self.contacts.mobile_phone = new,
        }
    }

    /// Replaces all alternate mail addresses; those that stay keep what is known of them, but one that comes first
    /// in the place of another counts as written now: only the first is used.
    pub(crate) fn set_mails(&mut self, mails: &[EmailAddress], from: Source, policy: &Policy, now: Moment) {
        let before: Vec<&EmailAddress> = self.contacts.other_mails.iter().map(|contact| &contact.value).collect();
        let mut wanted: Vec<&EmailAddress> = Vec::new();
        for value in mails {
            if !wanted.contains(&value) {
                wanted.push(value);
            }
        }
        if before.iter().map(|mail| mail.as_str()).eq(wanted.iter().map(|mail| mail.as_str())) {
            return;
        }
        let first_stays = before.first().map(|mail| mail.as_str()) == wanted.first().map(|mail| mail.as_str());
        let replaced_usable = self.replaces_usable(ContactType::Email, policy, now);
        if !first_stays {
            self.remember_usable(ContactType::Email, policy, now);
        }
        let former = std::mem::take(&mut self.contacts.other_mails);
        for (place, value) in wanted.into_iter().enumerate() {
            let kept =
                former.iter().find(|contact| contact.value.as_str() == value.as_str() && (place > 0 || first_stays));
            let new =
                || Contact { value: value.clone(), source: from, set_at: now, verified_at: None, replaced_usable };
            self.contacts.other_mails.push(kept.cloned().unwrap_or_else(new));
        }
    }

    /// Remembers the profile value of a type that codes may have gone to until now; others were never anybody's way
    /// in, and would only crowd out those that were.
    fn remember_usable(&mut self, kind: ContactType, policy: &Policy, now: Moment) {
        let usable = kind.methods().iter().any(|method| self.destination(*method, policy, now).is_ok());
        if let Some((value, _)) = self.on_file(kind).filter(|_| usable) {
            self.remember(value, now);
        }
    }

    /// Whether a new profile value would take the place of one that is usable, waits to be, or was until lately.
    fn replaces_usable(&self, kind: ContactType, policy: &Policy, now: Moment) -> bool {
        let usable = kind.methods().iter().any(|method| self.destination(*method, policy, now).is_ok());
        let waiting = self.on_file(kind).is_some_and(|(_, facts)| facts.replaced_usable);
        let lately = self.past.iter().any(|past| {
            let same_kind = matches!(&past.value, Destination::Email(_)) == (kind == ContactType::Email);
            same_kind && past.until.plus(REPLACED_WITHIN_HOURS * HOUR) > now
        });
        usable || waiting || lately
    }

    /// Takes the directory's addresses over: those that it no longer has go, new ones come last, and addresses that
    /// others wrote down stay where they are.
    pub(crate) fn set_directory_mails(&mut self, mails: &[EmailAddress], policy: &Policy, now: Moment) {
        let stays = |contact: &&Contact<EmailAddress>| {
            contact.source != Source::Directory || mails.iter().any(|mail| mail.as_str() == contact.value.as_str())
        };
        let kept = self.contacts.other_mails.iter().filter(stays).map(|contact| contact.value.clone());
        let wanted: Vec<EmailAddress> = kept.chain(mails.iter().cloned()).collect();
        self.set_mails(&wanted, Source::Directory, policy, now);
    }

    /// Every alternate mail address on file.
    pub(crate) fn mails_on_file(&self) -> Vec<(Destination, Facts)> {
        self.contacts.other_mails.iter().map(super::contact::email).collect()
    }

    /// Remembers a contact that is about to be replaced or removed.
    fn remember(&mut self, value: Destination, now: Moment) {
        self.past.retain(|past| past.until.plus(PAST_CONTACT_DAYS * 24 * HOUR) > now);
        self.past.retain(|past| past.value.identity() != value.identity());
        self.past.push(PastContact { value, until: now });
        let surplus = self.past.len().saturating_sub(MAX_PAST_CONTACTS);
        self.past.drain(..surplus);
    }
}

fn proved<V>(value: V, now: Moment) -> Contact<V> {
    Contact { value, source: Source::User, set_at: now, verified_at: Some(now), replaced_usable: false }
}
