//! A registration as its owner sees it.

use crate::account::{Account, Contact, ContactType, Source, Unusable};
use crate::policy::Policy;
use crate::time::Moment;

/// One contact as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactView {
    /// Its type.
    pub kind: ContactType,
    /// Its value in full: it is the person's own.
    pub value: String,
    /// Who wrote it.
    pub source: Source,
    /// When it was written.
    pub set_at: Moment,
    /// When possession was proved.
    pub verified_at: Option<Moment>,
    /// Why it cannot be used for a reset now, if it cannot.
    pub reason: Option<Unusable>,
}

/// A person's registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The userPrincipalName.
    pub user_name: String,
    /// Whether the registered methods alone suffice for a reset.
    pub registered: bool,
    /// How many methods a reset needs.
    pub methods_required: u8,
    /// By when the registered methods must be confirmed again.
    pub reconfirm_by: Option<Moment>,
    /// The registered contacts.
    pub methods: Vec<ContactView>,
    /// Contacts on file that are not registered. The person may confirm or change them.
    pub suggested: Vec<ContactView>,
    /// Number of registered security questions.
    pub questions_registered: u8,
    /// Number of questions that the policy wants registered.
    pub questions_required: u8,
}

/// The registration of an account, as its owner sees it.
#[must_use]
pub fn registration(account: &Account, policy: &Policy, now: Moment) -> Registration {
    let (mut methods, mut suggested) = (Vec::new(), Vec::new());
    for (slot, contact, reason) in account.contacts_with_reasons(policy, now) {
        let Some(kind) = slot.contact_type() else { continue };
        let Contact { source, set_at, verified_at, .. } = *contact;
        let view = ContactView { kind, value: contact.value.written(), source, set_at, verified_at, reason };
        if slot.is_registered() {
            methods.push(view);
        } else if account.registered(kind).is_none_or(|registered| registered.value != contact.value) {
            suggested.push(view);
        }
    }
    Registration {
        user_name: account.user_name.canonical().to_owned(),
        registered: account.is_registered(policy, now),
        methods_required: policy.gates(account.is_admin),
        reconfirm_by: account.reconfirm_by(policy),
        methods,
        suggested,
        questions_registered: account.questions.map_or(0, |questions| questions.count),
        questions_required: policy.security_questions.required_to_register,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Destination, RegisteredQuestions, Slot};
    use crate::random::AccountId;
    use crate::testing::Samples;
    use crate::testing::samples::{START, email, phone, user_name};
    use crate::time::{DAY, HOUR};

    const MOBILE: ContactType = ContactType::MobilePhone;

    fn account() -> Account {
        let id = AccountId::draw(&Samples::default().random);
        Account::new(id, user_name("adele@contoso.example"), START)
    }

    /// Writes a mobile number as an administrator does.
    fn write_down(account: &mut Account, number: &str, policy: &Policy, at: Moment) {
        account.set_phone(MOBILE, Some(phone(number)), Source::Administrator, policy, at);
    }

    fn suggested(account: &Account, policy: &Policy, at: Moment) -> Vec<(String, Option<Unusable>)> {
        let shown = registration(account, policy, at).suggested;
        shown.into_iter().map(|shown| (shown.value, shown.reason)).collect()
    }

    fn one(value: &str, reason: Option<Unusable>) -> Vec<(String, Option<Unusable>)> {
        vec![(value.to_owned(), reason)]
    }

    #[test]
    fn each_suggestion_says_why_a_reset_would_not_use_it() {
        let (open, number) = (Policy::default(), "+1 4251234567");
        let mut account = account();
        write_down(&mut account, number, &open, START);
        assert!(!phone(number).assigned(), "a number that the plan does not assign");
        assert_eq!(suggested(&account, &open, START), one(number, None), "and that is usable all the same");
        let closed = Policy { accept_directory_contacts: false, ..Policy::default() };
        assert_eq!(suggested(&account, &closed, START), one(number, Some(Unusable::NotRegistered)));
        let elsewhere = Policy { allowed_countries: Vec::new(), ..Policy::default() };
        assert_eq!(suggested(&account, &elsewhere, START), one(number, Some(Unusable::CountryNotAllowed)));
        let slow = Policy { replaced_contact_delay_hours: 2, ..Policy::default() };
        write_down(&mut account, "+1 4255550177", &slow, START.plus(1));
        let waits = one("+1 4255550177", Some(Unusable::Waiting));
        assert_eq!(suggested(&account, &slow, START.plus(2 * HOUR)), waits);
        assert_eq!(suggested(&account, &slow, START.plus(2 * HOUR + 1)), one("+1 4255550177", None));
    }

    #[test]
    fn a_registered_value_is_not_suggested_and_supersedes_the_others() {
        let policy = Policy::default();
        let mut account = account();
        write_down(&mut account, "+1 4255550100", &policy, START);
        account.register(Destination::Phone(phone("+1 4255550100x7")), MOBILE, &policy, START.plus(1));
        let shown = registration(&account, &policy, START.plus(1));
        assert_eq!(shown.suggested, [], "one number, whatever its extension");
        assert_eq!(shown.methods[0].value, "+1 4255550100x7");
        account.register(Destination::Phone(phone("+1 4255550101")), MOBILE, &policy, START.plus(2));
        let superseded = one("+1 4255550100", Some(Unusable::Superseded));
        assert_eq!(suggested(&account, &policy, START.plus(2)), superseded);
        account.remove_registered(MOBILE, START.plus(3));
        assert_eq!(suggested(&account, &policy, START.plus(4)), one("+1 4255550100", Some(Unusable::Removed)));
    }

    #[test]
    fn the_day_of_the_next_confirmation_follows_the_method_that_was_proved_longest_ago() {
        let policy = Policy::default();
        let mut account = account();
        let by = |account: &Account, policy: &Policy| registration(account, policy, START).reconfirm_by;
        let day = |days: u64| Some(START.plus(days * DAY));
        assert_eq!(by(&account, &policy), None, "there is nothing to confirm");
        account.register(Destination::Email(email("own@example.net")), ContactType::Email, &policy, START);
        assert_eq!((by(&account, &policy), account.confirmed_at), (day(180), None), "a proof is no confirmation");
        account.register(Destination::Phone(phone("+1 4255550100")), MOBILE, &policy, START.plus(2 * DAY));
        assert_eq!(by(&account, &policy), day(180), "the address is as old as it was");
        account.confirmed_at = day(1);
        assert_eq!(by(&account, &policy), day(181), "a confirmation is of all");
        account.confirmed_at = day(3);
        assert_eq!(by(&account, &policy), day(183));
        account.register(
            Destination::Email(email("own@example.net")),
            ContactType::Email,
            &policy,
            START.plus(4 * DAY),
        );
        assert_eq!(by(&account, &policy), day(183), "the number's turn does not change");
        let never = Policy { reconfirm_after_days: 0, ..Policy::default() };
        assert_eq!(by(&account, &never), None);
        account.remove_registered(ContactType::Email, START.plus(5 * DAY));
        account.remove_registered(MOBILE, START.plus(5 * DAY));
        assert_eq!(by(&account, &policy), day(183), "with nothing registered there is still what was confirmed");
    }

    #[test]
    fn what_an_administrator_registered_is_to_be_confirmed_since_it_was_written_down() {
        let policy = Policy::default();
        let mut account = account();
        let by = |account: &Account| registration(account, &policy, START).reconfirm_by;
        let number = Destination::Phone(phone("+1 4255550100"));
        account.set_registered(Slot::AuthenticationPhone, number, &policy, START.plus(DAY));
        assert_eq!(by(&account), Some(START.plus(181 * DAY)));
        account.register(
            Destination::Email(email("own@example.net")),
            ContactType::Email,
            &policy,
            START.plus(2 * DAY),
        );
        assert_eq!(by(&account), Some(START.plus(181 * DAY)), "another method's proof says nothing of it");
        account.register(Destination::Phone(phone("+1 4255550100")), MOBILE, &policy, START.plus(3 * DAY));
        assert_eq!(by(&account), Some(START.plus(182 * DAY)));
    }

    #[test]
    fn questions_are_counted_beside_those_that_are_wanted() {
        let policy = Policy::default();
        let mut account = account();
        let counts = |account: &Account| {
            let shown = registration(account, &policy, START);
            (shown.questions_registered, shown.questions_required)
        };
        assert_eq!(counts(&account), (0, 5));
        account.questions = Some(RegisteredQuestions { count: 4, set_at: START });
        assert_eq!(counts(&account), (4, 5));
    }
}
