//! Writing contacts down: by the directory and by administrators.

use super::contact::Facts;
use super::{Account, Contact, ContactType, Destination, MAX_PAST_CONTACTS, PAST_CONTACT_DAYS, PastContact, Source};
use crate::email_address::EmailAddress;
use crate::phone::Phone;
use crate::policy::Policy;
use crate::time::{HOUR, Moment};

/// Hours in which a cleared contact still counts as replaced by the next one: the longest waiting time.
const REPLACED_WITHIN_HOURS: u64 = 72;

impl Account {
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
        let replaced_usable = from == Source::Administrator && self.replaces_usable(kind, policy, now);
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
            let known = former.iter().find(|contact| contact.value.as_str() == value.as_str());
            let contact = match known {
                Some(known) if place > 0 || first_stays => known.clone(),
                // It moves up because the directory dropped another: nobody wrote it anew, so it counts as little as
                // before its owner removed their method.
                Some(known) if from == Source::Directory && self.is_removed_mail(known) => known.clone(),
                // Whoever moves it there, an address keeps its source; one of an administrator's waits.
                Some(known) => {
                    let waits = replaced_usable && Source::Administrator.is_either(from, known.source);
                    Contact { set_at: now, replaced_usable: waits, ..known.clone() }
                }
                None => {
                    let replaced_usable = replaced_usable && from == Source::Administrator;
                    Contact { value: value.clone(), source: from, set_at: now, verified_at: None, replaced_usable }
                }
            };
            self.contacts.other_mails.push(contact);
        }
    }

    /// Whether an address was on file when its owner removed their method, or is the one that they removed.
    fn is_removed_mail(&self, contact: &Contact<EmailAddress>) -> bool {
        self.is_removed(ContactType::Email, &Destination::Email(contact.value.clone()), contact.set_at)
    }

    /// Remembers the profile value of a type that codes may have gone to until now; others were never anybody's way
    /// in, and would only crowd out those that were.
    pub(super) fn remember_usable(&mut self, kind: ContactType, policy: &Policy, now: Moment) {
        let usable = self.registered(kind).is_none() && self.is_usable(kind, policy, now);
        if let Some((value, _)) = self.on_file(kind).filter(|_| usable) {
            self.remember(value, now);
        }
    }

    /// Whether a new profile value would take the place of one that is usable, waits to be, or was until lately.
    pub(super) fn replaces_usable(&self, kind: ContactType, policy: &Policy, now: Moment) -> bool {
        let waiting = self.on_file(kind).is_some_and(|(_, facts)| facts.replaced_usable);
        let lately = self.past.iter().any(|past| {
            let same_kind = matches!(&past.value, Destination::Email(_)) == (kind == ContactType::Email);
            same_kind && past.until.plus(REPLACED_WITHIN_HOURS * HOUR) > now
        });
        self.is_usable(kind, policy, now) || waiting || lately
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

    /// Writes the primary address down, which is told of changes and never used for a reset; the one before is told for
    /// as long as a replaced contact is.
    pub(crate) fn set_mail(&mut self, mail: Option<String>, now: Moment) {
        if self.profile.mail == mail {
            return;
        }
        let former = self.profile.mail.take().and_then(|mail| EmailAddress::parse(&mail).ok());
        if let Some(former) = former {
            self.remember(Destination::Email(former), now);
        }
        self.profile.mail = mail;
    }

    /// Remembers a contact that is about to be replaced or removed.
    pub(super) fn remember(&mut self, value: Destination, now: Moment) {
        self.past.retain(|past| past.until.plus(PAST_CONTACT_DAYS * 24 * HOUR) > now);
        self.past.retain(|past| past.value.written() != value.written());
        self.past.push(PastContact { value, until: now });
        let surplus = self.past.len().saturating_sub(MAX_PAST_CONTACTS);
        self.past.drain(..surplus);
    }
}

#[cfg(all(test, feature = "testing"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::method::CodeMethod;
    use crate::testing::Samples;
    use crate::testing::samples::{START, email, phone, user_name};
    use crate::time::DAY;

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
        let sources: Vec<Source> = account.contacts.other_mails.iter().map(|contact| contact.source).collect();
        assert_eq!(sources, [Source::Administrator]);
        assert_eq!(goes_to(&account, &policy, START.plus(2)), None);
        account.set_directory_mails(&[], &policy, START.plus(2));
        assert_eq!(account.contacts.other_mails.len(), 1, "another load takes nothing that is not the directory's");
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
        assert_eq!(account.contacts.other_mails.len(), 1);
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
        assert!(account.told(START.plus(5)).iter().any(|told| told.identity() == "+14255550100"));
        // A directory's own change is the directory's, and does not wait.
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
