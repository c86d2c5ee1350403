//! Setting profile contacts: by the directory and by administrators.

use super::{
    Account, Contact, ContactType, Destination, MAX_PAST_CONTACTS, PAST_CONTACT_DAYS, PastContact, ProfileField, Slot,
    Source,
};
use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::phone::Phone;
use crate::policy::Policy;
use crate::time::{HOUR, Moment};

/// Hours for which a cleared contact still counts as replaced by the next one: the longest delay that a policy allows.
const REPLACED_WITHIN_HOURS: u64 = 72;

impl Account {
    /// Sets or clears a profile phone. If the number is already on file, at most its spelling changes.
    ///
    /// Everything else that is known about it then stays, no matter who sets it. So a number that was on file when its
    /// owner removed their method stays removed: a nightly synchronisation that writes it again must not bring it back.
    /// To use it again, clear the field first or set another number.
    pub(crate) fn set_phone(
        &mut self,
        kind: ContactType,
        phone: Option<Phone>,
        from: Source,
        policy: &Policy,
        now: Moment,
    ) {
        let (slot, new) = (kind.profile_slot(), phone.map(Destination::Phone));
        if let (Some(stored), Some(new)) = (self.contacts.get(slot), &new)
            && stored.value == *new
        {
            let respelled = Contact { value: new.clone(), ..stored.clone() };
            self.contacts.set(slot, [respelled]);
            return;
        }
        let replaced_usable = from == Source::Administrator && self.replaces_usable(kind, policy, now);
        self.remember_usable(kind, policy, now);
        let new = new.map(|value| Contact {
            value,
            source: from,
            set_at: now,
            verified_at: None,
            replaced_usable,
            undeliverable: None,
        });
        self.contacts.set(slot, new);
    }

    /// Replaces all alternate mail addresses. An address that stays keeps what is known about it, however it is
    /// spelled. An address that becomes the first in place of another counts as set now, because only the first is
    /// used.
    pub(crate) fn set_mails(&mut self, mails: &[EmailAddress], from: Source, policy: &Policy, now: Moment) {
        let mut wanted: Vec<Destination> = Vec::new();
        for value in mails.iter().cloned().map(Destination::Email) {
            if !wanted.contains(&value) {
                wanted.push(value);
            }
        }
        let first_stays = self.on_file(ContactType::Email).map(|contact| &contact.value) == wanted.first();
        let replaced_usable = self.replaces_usable(ContactType::Email, policy, now);
        if !first_stays {
            self.remember_usable(ContactType::Email, policy, now);
        }
        let contacts = wanted.into_iter().enumerate().map(|(place, value)| {
            let known = self.contacts.all(Slot::OtherMails).iter().find(|contact| contact.value == value);
            match known.map(|known| Contact { value: value.clone(), ..known.clone() }) {
                Some(known) if place > 0 || first_stays => known,
                // It moves up because the directory dropped another address. Nobody set it again, so the owner's
                // removal still rules it out.
                Some(known)
                    if from == Source::Directory && self.is_removed(ContactType::Email, &known.value, known.set_at) =>
                {
                    known
                }
                // An address keeps its source, no matter who moves it. It waits if an administrator set it or moved it.
                Some(known) => {
                    let waits = replaced_usable && Source::Administrator.is_either(from, known.source);
                    Contact { set_at: now, replaced_usable: waits, ..known }
                }
                None => {
                    let replaced_usable = replaced_usable && from == Source::Administrator;
                    Contact {
                        value,
                        source: from,
                        set_at: now,
                        verified_at: None,
                        replaced_usable,
                        undeliverable: None,
                    }
                }
            }
        });
        let contacts: Vec<Contact> = contacts.collect();
        self.contacts.set(Slot::OtherMails, contacts);
    }

    /// Remembers the profile value of a type if codes may have gone to it until now. Other values never let anybody in,
    /// and would only crowd out those that did.
    pub(super) fn remember_usable(&mut self, kind: ContactType, policy: &Policy, now: Moment) {
        let usable = self.registered(kind).is_none() && self.is_usable(kind, policy, now);
        if let Some(contact) = self.on_file(kind).filter(|_| usable) {
            let value = contact.value.clone();
            self.remember(PastContact { kind: Some(kind), value, usable, until: now });
        }
    }

    /// Whether a new profile value would replace one that is usable, is waiting, or was usable recently.
    pub(super) fn replaces_usable(&self, kind: ContactType, policy: &Policy, now: Moment) -> bool {
        let waiting = self.on_file(kind).is_some_and(|contact| contact.replaced_usable);
        let mut was_usable = self.past.iter().filter(|past| past.kind == Some(kind) && past.usable);
        let lately = was_usable.any(|past| past.until.plus(REPLACED_WITHIN_HOURS * HOUR) > now);
        self.is_usable(kind, policy, now) || waiting || lately
    }

    /// Takes over the directory's addresses. Addresses that the directory no longer has are removed, new ones are
    /// appended, and respelled ones are updated. Addresses from other sources keep their value and their place.
    pub(crate) fn set_directory_mails(&mut self, mails: &[EmailAddress], policy: &Policy, now: Moment) {
        let stored = self.contacts.all(Slot::OtherMails).iter().filter_map(|contact| match &contact.value {
            Destination::Email(address) if contact.source == Source::Directory => {
                mails.iter().find(|mail| *mail == address)
            }
            Destination::Email(address) => Some(address),
            Destination::Phone(_) => None,
        });
        let wanted: Vec<EmailAddress> = stored.chain(mails).cloned().collect();
        self.set_mails(&wanted, Source::Directory, policy, now);
    }

    /// Sets or clears a descriptive property.
    ///
    /// The primary address is notified of changes and never used for a reset. A former primary address is notified for
    /// as long as a replaced contact.
    pub(crate) fn set_profile(&mut self, field: ProfileField, value: Option<String>, now: Moment) {
        let former = self.primary_mail();
        match value {
            Some(value) => self.profile.insert(field, value),
            None => self.profile.remove(&field),
        };
        if let Some(former) = former.filter(|former| self.primary_mail().as_ref() != Some(former)) {
            self.remember(PastContact { kind: None, value: Destination::Email(former), usable: false, until: now });
        }
    }

    /// Remembers a contact that is about to be replaced or removed.
    pub(super) fn remember(&mut self, new: PastContact) {
        let same = |past: &PastContact| {
            (past.kind, past.usable) == (new.kind, new.usable) && past.value.written() == new.value.written()
        };
        self.past.retain(|past| past.until.plus(PAST_CONTACT_DAYS * 24 * HOUR) > new.until && !same(past));
        self.past.push(new);
        while self.past.len() > MAX_PAST_CONTACTS {
            // Values that codes never went to are dropped first, so nobody can use them to crowd out the others.
            let surplus = self.past.iter().position(|past| !past.usable).unwrap_or_default();
            self.past.remove(surplus);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::method::CodeMethod;
    use crate::testing::Samples;
    use crate::testing::samples::{START, email, phone, user_name};
    use crate::time::{DAY, HOUR};

    fn policy(hours: u8) -> Policy {
        Policy { replaced_contact_delay_hours: hours, ..Policy::default() }
    }

    fn account() -> Account {
        let id = crate::random::AccountId::draw(&Samples::default().random);
        Account::new(id, user_name("adele@contoso.example"), START)
    }

    fn mails(list: &[&str]) -> Vec<EmailAddress> {
        list.iter().map(|mail| email(mail)).collect()
    }

    fn goes_to(account: &Account, policy: &Policy, now: Moment) -> Option<String> {
        account.destination(CodeMethod::Email, policy, now).ok().map(|destination| destination.identity())
    }

    #[test]
    fn an_address_that_an_administrator_brings_to_the_first_place_waits() {
        let (policy, later) = (policy(24), START.plus(DAY));
        for replacement in [&["evil@example.org"][..], &["evil@example.org", "old@example.org"]] {
            let mut account = account();
            account.set_mails(&mails(&["old@example.org", "evil@example.org"]), Source::Administrator, &policy, START);
            assert_eq!(
                goes_to(&account, &policy, START).as_deref(),
                Some("old@example.org"),
                "the first value never waits"
            );
            account.set_mails(&mails(replacement), Source::Administrator, &policy, later);
            assert_eq!(goes_to(&account, &policy, later.plus(DAY - 1)), None);
            assert_eq!(goes_to(&account, &policy, later.plus(DAY)).as_deref(), Some("evil@example.org"));
        }
    }

    #[test]
    fn an_administrators_address_waits_and_stays_when_the_directory_drops_its_own() {
        let policy = policy(72);
        let mut account = account();
        account.set_directory_mails(&mails(&["dir@example.org"]), &policy, START);
        account.set_mails(&mails(&["dir@example.org", "other@example.org"]), Source::Administrator, &policy, START);
        account.set_directory_mails(&[], &policy, START.plus(1));
        let sources: Vec<Source> =
            account.contacts.all(Slot::OtherMails).iter().map(|contact| contact.source).collect();
        assert_eq!(sources, [Source::Administrator]);
        assert_eq!(goes_to(&account, &policy, START.plus(2)), None);
        account.set_directory_mails(&[], &policy, START.plus(2));
        assert_eq!(
            account.contacts.all(Slot::OtherMails).len(),
            1,
            "another load takes nothing that is not the directory's"
        );
    }

    #[test]
    fn a_directorys_address_goes_with_the_directory_wherever_it_was_put() {
        let policy = policy(0);
        let mut account = account();
        account.set_directory_mails(&mails(&["one@example.org", "two@example.org"]), &policy, START);
        account.set_mails(
            &mails(&["two@example.org", "one@example.org"]),
            Source::Administrator,
            &policy,
            START.plus(1),
        );
        account.set_directory_mails(&mails(&["one@example.org"]), &policy, START.plus(2));
        assert_eq!(goes_to(&account, &policy, START.plus(2)).as_deref(), Some("one@example.org"));
        assert_eq!(account.contacts.all(Slot::OtherMails).len(), 1);
    }

    #[test]
    fn another_spelling_on_file_replaces_nothing_and_keeps_its_place() {
        let (policy, mut account, later) = (policy(72), account(), START.plus(DAY));
        let number = |text| Some(phone(text));
        account.set_phone(ContactType::MobilePhone, number("+1 4255550100"), Source::Administrator, &policy, START);
        account.set_phone(ContactType::OfficePhone, number("+1 4255550111x1"), Source::Directory, &policy, START);
        account.set_mails(&mails(&["one@example.org", "two@example.org"]), Source::Administrator, &policy, START);
        account.set_profile(ProfileField::Mail, Some("adele@contoso.example".to_owned()), START);
        let before = account.clone();
        account.set_phone(ContactType::MobilePhone, number("+1 4255550100x7"), Source::Directory, &policy, later);
        account.set_phone(ContactType::OfficePhone, number("+1 4255550111"), Source::Administrator, &policy, later);
        account.set_mails(&mails(&["One@example.org", "TWO@example.org"]), Source::Administrator, &policy, later);
        assert_eq!(account, before, "sources, moments and the past included");
        account.set_profile(ProfileField::Mail, Some("Adele@contoso.example".to_owned()), later);
        assert_eq!(account.past, []);
        let (contacts, profile) = (&account.contacts, &account.profile);
        assert_eq!(contacts.get(Slot::MobilePhone).unwrap().value.written(), "+1 4255550100x7");
        assert_eq!(contacts.get(Slot::BusinessPhones).unwrap().value.written(), "+1 4255550111");
        let written: Vec<String> =
            contacts.all(Slot::OtherMails).iter().map(|contact| contact.value.written()).collect();
        assert_eq!(written, ["One@example.org", "TWO@example.org"]);
        assert_eq!(profile[&ProfileField::Mail], "Adele@contoso.example");
        // A number that waits keeps waiting when it is respelled.
        account.set_phone(ContactType::MobilePhone, number("+1 4255550142"), Source::Administrator, &policy, later);
        for (text, from) in [("+1 4255550142x1", Source::Administrator), ("+1 4255550142x2", Source::Directory)] {
            account.set_phone(ContactType::MobilePhone, number(text), from, &policy, later.plus(HOUR));
            assert!(account.destination(CodeMethod::MobileSms, &policy, later.plus(3 * DAY - 1)).is_err());
        }
        assert!(account.destination(CodeMethod::MobileSms, &policy, later.plus(3 * DAY)).is_ok());
    }

    #[test]
    fn a_respelled_address_moves_as_the_address_does() {
        let (policy, later) = (policy(72), START.plus(DAY));
        let mut account = account();
        account.set_mails(&mails(&["one@example.org", "two@example.org"]), Source::Administrator, &policy, START);
        account.set_mails(&mails(&["TWO@example.org", "ONE@example.org"]), Source::Administrator, &policy, later);
        let contacts = account.contacts.all(Slot::OtherMails);
        assert_eq!(
            (contacts[0].value.written().as_str(), contacts[0].set_at, contacts[0].replaced_usable),
            ("TWO@example.org", later, true)
        );
        assert_eq!((contacts[1].value.written().as_str(), contacts[1].set_at), ("ONE@example.org", START));
        assert_eq!(account.past.len(), 1);
        // The directory respells its own addresses in place, and no others.
        let mut account = self::account();
        account.set_directory_mails(&mails(&["one@example.org", "two@example.org"]), &policy, START);
        let list = mails(&["one@example.org", "two@example.org", "three@example.org"]);
        account.set_mails(&list, Source::Administrator, &policy, START);
        let list = mails(&["THREE@example.org", "Two@example.org", "One@example.org"]);
        account.set_directory_mails(&list, &policy, later);
        let stored = account.contacts.all(Slot::OtherMails).iter();
        let stored: Vec<_> = stored.map(|contact| (contact.value.written(), contact.source, contact.set_at)).collect();
        assert_eq!(
            stored,
            [
                ("One@example.org".to_owned(), Source::Directory, START),
                ("Two@example.org".to_owned(), Source::Directory, START),
                ("three@example.org".to_owned(), Source::Administrator, START),
            ]
        );
        assert_eq!(account.past, []);
    }

    #[test]
    fn a_first_value_does_not_wait_for_a_value_of_another_type() {
        let (policy, mut account) = (policy(24), account());
        let set = |account: &mut Account, kind, text, at| {
            account.set_phone(kind, Some(phone(text)), Source::Administrator, &policy, at);
        };
        set(&mut account, ContactType::OfficePhone, "+1 4255550111", START);
        set(&mut account, ContactType::OfficePhone, "+1 4255550112", START.plus(1));
        assert!(account.destination(CodeMethod::OfficeCall, &policy, START.plus(1)).is_err(), "that one waits");
        set(&mut account, ContactType::MobilePhone, "+1 4255550100", START.plus(2));
        assert!(account.destination(CodeMethod::MobileSms, &policy, START.plus(2)).is_ok());
        account.set_profile(ProfileField::Mail, Some("adele@contoso.example".to_owned()), START);
        account.set_profile(ProfileField::Mail, Some("vance@contoso.example".to_owned()), START.plus(1));
        account.set_mails(&mails(&["one@example.org"]), Source::Administrator, &policy, START.plus(2));
        assert_eq!(goes_to(&account, &policy, START.plus(2)).as_deref(), Some("one@example.org"));
        // A former primary address that was also an alternate address is remembered as both.
        account.set_mails(&[], Source::Administrator, &policy, START.plus(3));
        account.set_profile(ProfileField::Mail, Some("one@example.org".to_owned()), START.plus(4));
        account.set_profile(ProfileField::Mail, None, START.plus(5));
        account.set_mails(&mails(&["two@example.org"]), Source::Administrator, &policy, START.plus(6));
        assert_eq!(goes_to(&account, &policy, START.plus(6)), None);
    }

    #[test]
    fn what_codes_never_went_to_crowds_out_none_where_they_did() {
        let (policy, mut account) = (policy(72), account());
        let notified = |account: &Account, text: &str| {
            account.to_notify(START.plus(DAY)).iter().any(|notified| notified.identity() == text)
        };
        account.set_mails(&mails(&["old@example.org"]), Source::Administrator, &policy, START);
        account.set_mails(&[], Source::Administrator, &policy, START.plus(1));
        for number in 0..60 {
            account.set_profile(ProfileField::Mail, Some(format!("junk{number}@example.org")), START.plus(2 + number));
        }
        assert_eq!(account.past.len(), MAX_PAST_CONTACTS);
        assert!(notified(&account, "old@example.org") && notified(&account, "junk58@example.org"));
        assert!(
            !notified(&account, "junk9@example.org") && notified(&account, "junk10@example.org"),
            "the oldest go first"
        );
        // If all are of one kind, the oldest goes.
        for number in 0..60 {
            let address = email(&format!("used{number}@example.org"));
            account.register(Destination::Email(address), ContactType::Email, &policy, START.plus(99 + number));
        }
        assert_eq!(account.past.len(), MAX_PAST_CONTACTS);
        assert!(!notified(&account, "junk58@example.org") && !notified(&account, "old@example.org"));
        assert!(!notified(&account, "used8@example.org") && notified(&account, "used9@example.org"));
    }

    #[test]
    fn clearing_first_or_filling_the_list_does_not_shorten_the_wait() {
        let policy = policy(24);
        let mut account = account();
        let set = |account: &mut Account, text: Option<&str>, at| {
            account.set_phone(ContactType::MobilePhone, text.map(phone), Source::Administrator, &policy, at);
        };
        set(&mut account, Some("+1 4255550100"), START);
        set(&mut account, None, START.plus(1));
        let junk: Vec<EmailAddress> = (0..60).map(|number| email(&format!("junk{number}@example.org"))).collect();
        account.set_mails(&junk, Source::Administrator, &policy, START.plus(2));
        account.set_mails(&[], Source::Administrator, &policy, START.plus(3));
        set(&mut account, Some("+1 4255550142"), START.plus(4));
        assert!(account.destination(CodeMethod::MobileSms, &policy, START.plus(5)).is_err());
        assert!(account.to_notify(START.plus(5)).iter().any(|notified| notified.identity() == "+14255550100"));
        // A change by the directory does not wait.
        account.set_phone(
            ContactType::MobilePhone,
            Some(phone("+1 4255550143")),
            Source::Directory,
            &policy,
            START.plus(6),
        );
        assert!(account.destination(CodeMethod::MobileSms, &policy, START.plus(6)).is_ok());
    }
}
