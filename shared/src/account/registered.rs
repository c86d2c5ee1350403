//! Registered methods that an administrator sets: without proof, replacing values that were usable until now.

use super::{Account, Contact, ContactType, Destination, PastContact, Slot, Source};
use crate::policy::Policy;
use crate::time::Moment;

impl Account {
    /// Registers a value without proof, for an administrator, and remembers where codes may have gone until now.
    ///
    /// If it replaces a usable value, registered or in the profile, it waits for the policy's delay. If it only
    /// respells the registered value, an existing proof stays valid.
    pub(crate) fn set_registered(&mut self, slot: Slot, value: Destination, policy: &Policy, now: Moment) {
        let kind = slot.contact_type();
        let contact = match self.contacts.get(slot).cloned() {
            Some(stored) if stored.value == value => {
                if let Some(kind) = kind {
                    self.supersede(&value, kind, policy, now);
                }
                Contact { value, ..stored }
            }
            Some(_) | None => {
                self.remember_alternate(slot, now);
                let replaced_usable = kind.is_some_and(|kind| self.takes_the_place(kind, &value, policy, now));
                Contact {
                    value,
                    source: Source::Administrator,
                    set_at: now,
                    verified_at: None,
                    replaced_usable,
                    undeliverable: None,
                }
            }
        };
        self.contacts.set(slot, [contact]);
    }

    /// Removes a registered method and remembers its value. A value that resets could use does not come back by itself.
    pub(crate) fn remove_method(&mut self, slot: Slot, policy: &Policy, now: Moment) {
        match slot.contact_type() {
            Some(kind) => {
                let usable = self.is_usable(kind, policy, now);
                self.take_registered(kind, usable, now);
            }
            None => {
                self.remember_alternate(slot, now);
                self.contacts.set(slot, []);
            }
        }
    }

    /// Remembers the value of a slot that no reset uses, so that it is notified like every former contact.
    fn remember_alternate(&mut self, slot: Slot, now: Moment) {
        let former = self.contacts.get(slot).filter(|_| slot.contact_type().is_none());
        if let Some(value) = former.map(|contact| contact.value.clone()) {
            self.remember(PastContact { kind: None, value, usable: false, until: now });
        }
    }

    /// Remembers the value that a new one replaces. Returns whether that value is a different one that is usable, is
    /// waiting, or was usable recently. The rule is the same as for profile values.
    fn takes_the_place(&mut self, kind: ContactType, new: &Destination, policy: &Policy, now: Moment) -> bool {
        let usable = kind.methods().find_map(|method| self.destination(method, policy, now).ok());
        let same = usable.is_some_and(|usable| usable.identity() == new.identity());
        let waiting = self.registered(kind).is_some_and(|contact| contact.replaced_usable);
        let replaced_usable = !same && (waiting || self.replaces_usable(kind, policy, now));
        self.supersede(new, kind, policy, now);
        replaced_usable
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Unusable;
    use crate::policy::method::CodeMethod;
    use crate::testing::Samples;
    use crate::testing::samples::{START, email, phone, user_name};
    use crate::time::{DAY, HOUR};

    fn policy(hours: u8) -> Policy {
        Policy { replaced_contact_delay_hours: hours, ..Policy::default() }
    }

    fn account() -> Account {
        Account::new(
            crate::random::AccountId::draw(&Samples::default().random),
            user_name("adele@contoso.example"),
            START,
        )
    }

    const MOBILE: Slot = Slot::AuthenticationPhone;

    fn mobile(text: &str) -> Destination {
        phone(text).into()
    }

    fn texted(account: &Account, policy: &Policy, now: Moment) -> Result<String, Option<Unusable>> {
        account.destination(CodeMethod::MobileSms, policy, now).map(|destination| destination.identity())
    }

    fn notified(account: &Account, now: Moment) -> Vec<String> {
        account.to_notify(now).iter().map(Destination::identity).collect()
    }

    #[test]
    fn a_first_value_is_usable_at_once_on_an_administrators_word() {
        let (policy, mut account) = (policy(72), account());
        account.set_registered(MOBILE, mobile("+1 4255550100"), &policy, START);
        account.set_registered(Slot::AuthenticationEmail, email("Adele@example.org").into(), &policy, START);
        let contact = account.registered(ContactType::MobilePhone).unwrap();
        assert_eq!((contact.source, contact.set_at, contact.verified_at), (Source::Administrator, START, None));
        assert_eq!(texted(&account, &policy, START).as_deref(), Ok("+14255550100"));
        assert!(account.destination(CodeMethod::Email, &policy, START).is_ok());
        assert_eq!(account.past, []);
    }

    #[test]
    fn it_waits_if_it_replaces_a_usable_number_which_is_notified_even_once_removed() {
        let (policy, mut account, later) = (policy(24), account(), START.plus(40 * DAY));
        account.set_phone(
            ContactType::MobilePhone,
            Some(phone("+1 4255550100")),
            Source::Administrator,
            &policy,
            START,
        );
        account.set_registered(MOBILE, mobile("+1 4255550177"), &policy, later);
        assert_eq!(texted(&account, &policy, later.plus(DAY - 1)), Err(Some(Unusable::Waiting)));
        // The profile number is cleared before anybody was notified.
        account.set_phone(ContactType::MobilePhone, None, Source::Administrator, &policy, later);
        assert_eq!(notified(&account, later.plus(30 * DAY - 1)), ["+14255550177", "+14255550100"]);
        assert_eq!(notified(&account, later.plus(30 * DAY)), ["+14255550177"]);
        assert_eq!(texted(&account, &policy, later.plus(DAY)).as_deref(), Ok("+14255550177"));
    }

    #[test]
    fn replacing_or_removing_again_does_not_shorten_the_wait() {
        let (policy, mut account, later) = (policy(24), account(), START.plus(10 * DAY));
        account.set_registered(MOBILE, mobile("+1 4255550100"), &policy, START);
        account.set_registered(MOBILE, mobile("+1 4255550177"), &policy, later);
        account.set_registered(MOBILE, mobile("+1 4255550178"), &policy, later.plus(HOUR));
        account.remove_method(MOBILE, &policy, later.plus(2 * HOUR));
        account.set_registered(MOBILE, mobile("+1 4255550177"), &policy, later.plus(3 * HOUR));
        let waits_until = later.plus(27 * HOUR);
        assert_eq!(
            texted(&account, &policy, Moment::from_seconds(waits_until.seconds() - 1)),
            Err(Some(Unusable::Waiting))
        );
        assert_eq!(texted(&account, &policy, waits_until).as_deref(), Ok("+14255550177"));
        assert_eq!(notified(&account, waits_until), ["+14255550177", "+14255550100", "+14255550178"]);
    }

    #[test]
    fn the_number_that_is_in_use_does_not_wait_and_one_that_waits_goes_on_waiting() {
        let (policy, mut account, later) = (policy(24), account(), START.plus(10 * DAY));
        let on_file = |account: &mut Account, text, at| {
            account.set_phone(ContactType::MobilePhone, Some(phone(text)), Source::Administrator, &policy, at);
        };
        on_file(&mut account, "+1 4255550100", START);
        account.set_registered(MOBILE, mobile("+1 4255550100"), &policy, later);
        assert_eq!(texted(&account, &policy, later).as_deref(), Ok("+14255550100"));
        let mut account = self::account();
        on_file(&mut account, "+1 4255550100", START);
        on_file(&mut account, "+1 4255550177", later);
        account.set_registered(MOBILE, mobile("+1 4255550177"), &policy, later.plus(HOUR));
        assert_eq!(texted(&account, &policy, later.plus(24 * HOUR)), Err(Some(Unusable::Waiting)));
    }

    #[test]
    fn the_same_value_changes_nothing_and_another_spelling_of_it_stays_proved() {
        let (policy, mut account, later) = (policy(24), account(), START.plus(DAY));
        account.register(Destination::Phone(phone("+1 4255550100")), ContactType::MobilePhone, &policy, START);
        account.register(Destination::Email(email("Adele@example.org")), ContactType::Email, &policy, START);
        let before = account.clone();
        account.set_registered(MOBILE, mobile("+1 (425) 555-0100"), &policy, later);
        account.set_registered(Slot::AuthenticationEmail, email("Adele@example.org").into(), &policy, later);
        assert_eq!(account, before);
        account.set_registered(MOBILE, mobile("+1 4255550100x7"), &policy, later);
        account.set_registered(Slot::AuthenticationEmail, email("adele@example.org").into(), &policy, later);
        let contact = account.contacts.get(MOBILE).unwrap();
        assert_eq!((contact.value.written().as_str(), contact.verified_at), ("+1 4255550100x7", Some(START)));
        assert_eq!(account.contacts.get(Slot::AuthenticationEmail).unwrap().value.written(), "adele@example.org");
        assert_eq!(texted(&account, &policy, later).as_deref(), Ok("+14255550100"));
        // The former spelling is stored for replayed responses. It does not count as a destination that codes no longer
        // reach.
        let past: Vec<(String, bool)> = account.past.iter().map(|past| (past.value.written(), past.usable)).collect();
        assert_eq!(past, [("+1 4255550100".to_owned(), false), ("Adele@example.org".to_owned(), false)]);
        let spelled: Vec<String> = account.registered_lately(ContactType::Email).map(|value| value.written()).collect();
        assert_eq!(spelled, ["adele@example.org", "Adele@example.org"]);
        assert!(!crate::account::revokes(&before, &account) && !account.is_written_as(&before));
    }

    #[test]
    fn what_only_waited_was_no_place_of_codes_unless_its_owner_refused_it() {
        let (policy, later) = (policy(24), START.plus(10 * DAY));
        let waiting = || {
            let mut account = account();
            account.set_registered(MOBILE, mobile("+1 4255550100"), &policy, START);
            account.set_registered(MOBILE, mobile("+1 4255550177"), &policy, later);
            account
        };
        let usable = |account: &Account| account.past.iter().map(|past| past.usable).collect::<Vec<_>>();
        let mut account = waiting();
        account.remove_method(MOBILE, &policy, later.plus(1));
        assert_eq!(usable(&account), [true, false]);
        // The value is registered and removed again; the first one is still remembered as usable.
        account.set_registered(MOBILE, mobile("+1 4255550100"), &policy, later.plus(2));
        account.remove_method(MOBILE, &policy, later.plus(3));
        assert_eq!(usable(&account), [true, false, false]);
        account.set_registered(MOBILE, mobile("+1 4255550178"), &policy, later.plus(4));
        assert_eq!(texted(&account, &policy, later.plus(4)), Err(Some(Unusable::Waiting)));
        let mut account = waiting();
        account.remove_registered(ContactType::MobilePhone, later.plus(1));
        assert_eq!(usable(&account), [true, true]);
    }

    #[test]
    fn a_removed_value_does_not_come_back_and_an_alternate_phone_is_notified_for_thirty_days() {
        let (policy, mut account) = (policy(0), account());
        account.set_phone(
            ContactType::MobilePhone,
            Some(phone("+1 4255550100")),
            Source::Administrator,
            &policy,
            START,
        );
        account.set_registered(MOBILE, mobile("+1 4255550100"), &policy, START.plus(1));
        account.set_registered(Slot::AlternatePhone, mobile("+1 4255550122"), &policy, START.plus(1));
        account.set_registered(Slot::AlternatePhone, mobile("+1 4255550133"), &policy, START.plus(1));
        assert_eq!(notified(&account, START.plus(1)), ["+14255550100", "+14255550133", "+14255550122"]);
        account.remove_method(Slot::AlternatePhone, &policy, START.plus(2));
        account.remove_method(MOBILE, &policy, START.plus(2));
        assert_eq!(texted(&account, &policy, START.plus(3)), Err(Some(Unusable::Removed)));
        assert_eq!(notified(&account, START.plus(3)), ["+14255550100", "+14255550122", "+14255550133"]);
        assert_eq!(notified(&account, START.plus(2 + 30 * DAY)), ["+14255550100"]);
        assert!(account.contacts.iter().all(|(slot, _)| !slot.is_registered()));
    }
}
