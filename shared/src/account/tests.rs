//! How people's own changes affect an account, in any order of events.

use proptest::prelude::*;

use super::*;
use crate::identifiers::email_address::EmailAddress;
use crate::policy::Policy;
use crate::policy::method::CodeMethod;
use crate::testing::Samples;
use crate::testing::samples::{START, email as mail, phone as number, user_name};
use crate::time::DAY;

const MOBILE: ContactType = ContactType::MobilePhone;

fn account() -> Account {
    let id = AccountId::draw(&Samples::default().random);
    Account::new(id, user_name("adele@contoso.example"), START)
}

fn policy(methods: &[&str], required: u8) -> Policy {
    let methods = methods.iter().map(|method| (*method).to_owned()).collect();
    Policy { methods, methods_required: required, ..Policy::default() }
}

fn registered_number(account: &mut Account, text: &str, at: Moment) {
    account.register(Destination::Phone(number(text)), MOBILE, &Policy::default(), at);
}

fn registered_mail(account: &mut Account, text: &str, at: Moment) {
    account.register(Destination::Email(mail(text)), ContactType::Email, &Policy::default(), at);
}

fn written_by(account: &mut Account, from: Source, text: Option<&str>, at: Moment) {
    account.set_phone(MOBILE, text.map(number), from, &Policy::default(), at);
}

fn mails_by(account: &mut Account, from: Source, list: &[&str], at: Moment) {
    let list: Vec<EmailAddress> = list.iter().map(|text| mail(text)).collect();
    match from {
        Source::Directory => account.set_directory_mails(&list, &Policy::default(), at),
        Source::Administrator | Source::User => account.set_mails(&list, from, &Policy::default(), at),
    }
}

fn goes_to(account: &Account, method: CodeMethod, now: Moment) -> Result<String, Option<Unusable>> {
    account.destination(method, &Policy::default(), now).map(|destination| destination.identity())
}

fn notified(account: &Account, now: Moment) -> Vec<String> {
    account.to_notify(now).iter().map(Destination::identity).collect()
}

fn questions(count: u8) -> Option<RegisteredQuestions> {
    Some(RegisteredQuestions { count, set_at: START })
}

#[test]
fn a_removed_number_stays_out_in_every_spelling_until_it_is_proved_again() {
    let mut account = account();
    written_by(&mut account, Source::Directory, Some("+1 4255550100"), START);
    registered_number(&mut account, "+1 4255550100", START.plus(1));
    let removed = account.remove_registered(MOBILE, START.plus(2));
    assert_eq!(removed.map(|value| value.identity()).as_deref(), Some("+14255550100"));
    assert_eq!(account.remove_registered(MOBILE, START.plus(2)), None, "there is nothing left to remove");
    let events: [(Source, Option<&str>); 8] = [
        (Source::Directory, Some("+1 4255550100")),
        (Source::Administrator, None),
        (Source::Administrator, Some("+14255550100")),
        (Source::Administrator, Some("+1 (425) 555-0100")),
        (Source::Administrator, Some("+1 4255550100x7")),
        (Source::Directory, None),
        (Source::Directory, Some("+1 425.555.0100")),
        (Source::Directory, Some("+1 4255550100")),
    ];
    for (count, (from, text)) in events.into_iter().enumerate() {
        written_by(&mut account, from, text, START.plus(3 + count as u64));
        let expected = text.map(|_| Unusable::Removed);
        for method in [CodeMethod::MobileSms, CodeMethod::MobileCall] {
            assert_eq!(goes_to(&account, method, START.plus(20)), Err(expected), "event {count}");
        }
        assert_eq!(account.reason(MOBILE, &Policy::default(), START.plus(20)), expected, "event {count}");
    }
    registered_number(&mut account, "+1 4255550100", START.plus(21));
    assert_eq!(goes_to(&account, CodeMethod::MobileSms, START.plus(21)).as_deref(), Ok("+14255550100"));
    // Removed again, it is ruled out again.
    account.remove_registered(MOBILE, START.plus(22));
    assert_eq!(goes_to(&account, CodeMethod::MobileSms, START.plus(23)), Err(Some(Unusable::Removed)));
}

#[test]
fn a_value_on_file_at_the_removal_counts_only_once_it_differs() {
    let mut account = account();
    written_by(&mut account, Source::Directory, Some("+1 4255550101"), START);
    registered_number(&mut account, "+1 4255550100", START.plus(1));
    account.remove_registered(MOBILE, START.plus(2));
    assert_eq!(goes_to(&account, CodeMethod::MobileSms, START.plus(3)), Err(Some(Unusable::Removed)), "no fallback");
    written_by(&mut account, Source::Directory, Some("+1 4255550101"), START.plus(3));
    assert_eq!(goes_to(&account, CodeMethod::MobileSms, START.plus(3)), Err(Some(Unusable::Removed)), "not set anew");
    written_by(&mut account, Source::Administrator, Some("+1 4255550101x7"), START.plus(3));
    assert_eq!(goes_to(&account, CodeMethod::MobileSms, START.plus(3)), Err(Some(Unusable::Removed)), "nor respelled");
    let mut cleared = account.clone();
    written_by(&mut cleared, Source::Administrator, None, START.plus(3));
    written_by(&mut cleared, Source::Administrator, Some("+1 4255550101"), START.plus(3));
    assert_eq!(goes_to(&cleared, CodeMethod::MobileSms, START.plus(3)).as_deref(), Ok("+14255550101"), "cleared first");
    written_by(&mut account, Source::Directory, Some("+1 4255550102"), START.plus(4));
    assert_eq!(goes_to(&account, CodeMethod::MobileSms, START.plus(4)).as_deref(), Ok("+14255550102"));
    written_by(&mut account, Source::Directory, Some("+1 4255550101"), START.plus(5));
    assert_eq!(goes_to(&account, CodeMethod::MobileSms, START.plus(5)).as_deref(), Ok("+14255550101"));
    written_by(&mut account, Source::Directory, Some("+1 4255550100"), START.plus(6));
    assert_eq!(goes_to(&account, CodeMethod::MobileSms, START.plus(6)), Err(Some(Unusable::Removed)));
    // Another contact type is another method: the office phone may have the same number.
    account.set_phone(
        ContactType::OfficePhone,
        Some(number("+1 4255550100")),
        Source::Directory,
        &Policy::default(),
        START.plus(7),
    );
    assert_eq!(goes_to(&account, CodeMethod::OfficeCall, START.plus(7)).as_deref(), Ok("+14255550100"));
}

#[test]
fn a_removed_address_stays_out_however_the_list_is_ordered() {
    const ADMIN: Source = Source::Administrator;
    let mut account = account();
    mails_by(&mut account, ADMIN, &["own@example.org", "other@example.org"], START);
    registered_mail(&mut account, "own@example.org", START.plus(1));
    account.remove_registered(ContactType::Email, START.plus(2));
    let by_mail = |account: &Account| goes_to(account, CodeMethod::Email, START.plus(20));
    let out = Err(Some(Unusable::Removed));
    assert_eq!(by_mail(&account), out);
    mails_by(&mut account, ADMIN, &["OWN@Example.org", "other@example.org"], START.plus(3));
    assert_eq!(by_mail(&account), out, "the same address in capitals");
    mails_by(&mut account, ADMIN, &["other@example.org", "own@example.org"], START.plus(4));
    assert_eq!(
        by_mail(&account).as_deref(),
        Ok("other@example.org"),
        "an administrator put it first after the removal"
    );
    mails_by(&mut account, ADMIN, &["own@example.org", "other@example.org"], START.plus(5));
    assert_eq!(by_mail(&account), out);
    mails_by(&mut account, ADMIN, &[], START.plus(6));
    mails_by(&mut account, ADMIN, &["own@example.org"], START.plus(7));
    assert_eq!(by_mail(&account), out);
}

#[test]
fn an_address_that_moves_up_when_the_directory_drops_another_was_not_written_anew() {
    for owner in [Source::Directory, Source::Administrator] {
        let mut account = account();
        mails_by(&mut account, Source::Directory, &["one@example.org"], START);
        mails_by(&mut account, owner, &["one@example.org", "two@example.org"], START);
        registered_mail(&mut account, "own@example.org", START.plus(1));
        account.remove_registered(ContactType::Email, START.plus(2));
        let list: &[&str] = if owner == Source::Directory { &["two@example.org"] } else { &[] };
        mails_by(&mut account, Source::Directory, list, START.plus(3));
        let first = account.on_file(ContactType::Email).map(|contact| contact.value.written());
        assert_eq!(first.as_deref(), Some("two@example.org"));
        let out = Err(Some(Unusable::Removed));
        assert_eq!(goes_to(&account, CodeMethod::Email, START.plus(4)), out, "{owner:?}");
        // An address that is new from the directory counts once it is the first.
        mails_by(&mut account, Source::Administrator, &[], START.plus(5));
        mails_by(&mut account, Source::Directory, &["three@example.org"], START.plus(6));
        assert_eq!(goes_to(&account, CodeMethod::Email, START.plus(6)).as_deref(), Ok("three@example.org"));
    }
}

#[test]
fn no_number_of_removals_brings_a_value_on_file_back() {
    let mut account = account();
    mails_by(&mut account, Source::Directory, &["one@example.org"], START);
    registered_mail(&mut account, "own@example.org", START.plus(1));
    account.remove_registered(ContactType::Email, START.plus(2));
    written_by(&mut account, Source::Directory, Some("+1 4255550199"), START);
    for count in 0..80 {
        registered_number(&mut account, &format!("+1 42555501{count:02}"), START.plus(3 + count));
        account.remove_registered(MOBILE, START.plus(3 + count));
    }
    assert!(account.removed.len() < 40, "there is a limit");
    assert_eq!(goes_to(&account, CodeMethod::Email, START.plus(99)), Err(Some(Unusable::Removed)));
    assert_eq!(goes_to(&account, CodeMethod::MobileSms, START.plus(99)), Err(Some(Unusable::Removed)));
}

#[test]
fn a_replaced_contact_is_notified_for_thirty_days() {
    let mut account = account();
    written_by(&mut account, Source::Directory, Some("+1 4255550100"), START);
    registered_number(&mut account, "+1 4255550101", START.plus(1));
    // The profile number is cleared after it went out of use, but codes went to it until a second before.
    written_by(&mut account, Source::Directory, None, START.plus(2));
    registered_number(&mut account, "+1 4255550102", START.plus(3));
    account.remove_registered(MOBILE, START.plus(4));
    assert_eq!(notified(&account, START.plus(5)), ["+14255550100", "+14255550101", "+14255550102"]);
    let month = PAST_CONTACT_DAYS * DAY;
    assert_eq!(notified(&account, START.plus(month)), ["+14255550100", "+14255550101", "+14255550102"]);
    assert_eq!(notified(&account, START.plus(month + 1)), ["+14255550101", "+14255550102"]);
    assert_eq!(notified(&account, START.plus(month + 3)), ["+14255550102"]);
    assert_eq!(notified(&account, START.plus(month + 4)), [""; 0]);
}

#[test]
fn a_number_that_was_never_used_does_not_crowd_out_those_that_were() {
    let mut account = account();
    registered_number(&mut account, "+1 4255550100", START);
    registered_number(&mut account, "+1 4255550101", START.plus(1));
    for count in 0..60 {
        let text = format!("+1 42555502{count:02}");
        written_by(&mut account, Source::Administrator, Some(&text), START.plus(2 + count));
    }
    assert!(notified(&account, START.plus(99)).contains(&"+14255550100".to_owned()));
}

#[test]
fn registered_are_enough_methods_with_different_destinations() {
    let two = policy(&["mobileSms", "mobileCall", "officeCall", "email"], 2);
    let mut account = account();
    written_by(&mut account, Source::Directory, Some("+1 4255550100"), START);
    mails_by(&mut account, Source::Directory, &["one@example.org"], START);
    assert!(account.can_reset(&two, START) && !account.is_registered(&two, START), "what is on file is not registered");
    registered_number(&mut account, "+1 4255550100", START);
    assert!(!account.is_registered(&two, START), "one");
    let phone = account.registered(MOBILE).cloned();
    account.contacts.set(Slot::AuthenticationOfficePhone, phone);
    assert!(!account.is_registered(&two, START), "one number for both");
    registered_mail(&mut account, "own@example.org", START);
    assert!(account.is_registered(&two, START));
    account.is_admin = true;
    assert!(account.is_registered(&two, START));
    let texts_only = policy(&["mobileSms"], 1);
    assert!(!account.is_registered(&texts_only, START), "a privileged user needs two, and only one is offered");
}

#[test]
fn enough_questions_are_a_second_method_and_never_a_privileged_users() {
    let two = policy(&["mobileSms", "email", "securityQuestions"], 2);
    let mut account = account();
    account.questions = questions(5);
    assert!(!account.is_registered(&two, START) && !account.can_reset(&two, START), "questions alone");
    let one = policy(&["mobileSms", "securityQuestions"], 1);
    assert!(!account.is_registered(&one, START) && !account.can_reset(&one, START), "questions alone for one gate");
    registered_number(&mut account, "+1 4255550100", START);
    assert!(account.is_registered(&two, START) && account.can_reset(&two, START));
    account.questions = questions(2);
    assert!(!account.is_registered(&two, START) && !account.can_reset(&two, START), "three are asked");
    account.questions = questions(3);
    assert!(account.is_registered(&two, START) && account.can_reset(&two, START));
    let unoffered = policy(&["mobileSms", "email"], 2);
    assert!(!account.is_registered(&unoffered, START) && !account.can_reset(&unoffered, START));
    account.is_admin = true;
    for policy in [&two, &one] {
        assert!(!account.is_registered(policy, START) && !account.can_reset(policy, START), "a privileged user");
    }
    registered_mail(&mut account, "own@example.org", START);
    assert!(account.is_registered(&two, START) && account.can_reset(&two, START), "two contacts");
}

#[test]
fn the_reason_is_the_values_own_where_a_method_is_offered() {
    let mut account = account();
    written_by(&mut account, Source::Directory, Some("+44 20 7946 0958"), START);
    let reason = |account: &Account, policy: &Policy| account.reason(MOBILE, policy, START.plus(9));
    assert_eq!(reason(&account, &policy(&["mobileSms", "mobileCall"], 1)), None, "it can be called");
    assert_eq!(reason(&account, &policy(&["mobileSms"], 1)), Some(Unusable::FixedLine));
    assert_eq!(reason(&account, &policy(&["email"], 1)), Some(Unusable::MethodNotOffered));
    let closed = Policy { accept_directory_contacts: false, ..policy(&["mobileCall"], 1) };
    assert_eq!(reason(&account, &closed), Some(Unusable::NotRegistered));
    registered_number(&mut account, "+44 20 7946 0958", START.plus(1));
    assert_eq!(reason(&account, &closed), None, "registered");
    account.remove_registered(MOBILE, START.plus(2));
    assert_eq!(reason(&account, &closed), Some(Unusable::Removed), "the person's own act comes first");
    assert_eq!(reason(&account, &policy(&["email"], 1)), Some(Unusable::MethodNotOffered));
    written_by(&mut account, Source::Directory, Some("+49 1512 3456789"), START.plus(3));
    assert_eq!(reason(&account, &policy(&["mobileCall"], 1)), Some(Unusable::CountryNotAllowed));
    for reason in Unusable::ALL {
        assert_eq!(Unusable::parse(reason.as_str()), Some(reason));
    }
    assert_eq!(Unusable::parse("x"), None);
}

/// What can happen to a mobile number.
#[derive(Debug, Clone, Copy)]
enum Event {
    Proved(usize),
    Removed,
    Written(Source, Option<usize>),
}

const SPELLINGS: [&str; 5] = ["+1 4255550100", "+1 4255550100x1", "+1 4255550101", "+1 4255550101x22", "+1 4255550102"];

fn event() -> impl Strategy<Value = Event> {
    let source = prop_oneof![Just(Source::Directory), Just(Source::Administrator)];
    prop_oneof![
        (0..SPELLINGS.len()).prop_map(Event::Proved),
        Just(Event::Removed),
        (source, prop::option::of(0..SPELLINGS.len())).prop_map(|(source, text)| Event::Written(source, text)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn only_a_different_value_that_was_set_later_counts_again(events in prop::collection::vec(event(), 1..24)) {
        let mut account = account();
        // The same rule, derived from the history alone.
        let (mut on_file, mut own) = (None::<(&str, Moment)>, None::<&str>);
        let (mut removed, mut removed_at) = (Vec::new(), None::<Moment>);
        for (count, event) in events.into_iter().enumerate() {
            let now = START.plus(count as u64 / 2);
            match event {
                Event::Proved(index) => {
                    own = Some(SPELLINGS[index]);
                    registered_number(&mut account, SPELLINGS[index], now);
                }
                Event::Removed => {
                    prop_assert_eq!(account.remove_registered(MOBILE, now).is_some(), own.is_some());
                    if let Some(own) = own.take() {
                        removed.push(number(own).e164());
                        removed_at = Some(now);
                    }
                }
                Event::Written(from, index) => {
                    let text = index.map(|index| SPELLINGS[index]);
                    // Respelling the value on file does not count as setting it again.
                    let same = on_file.map(|(stored, _)| number(stored).e164()) == text.map(|text| number(text).e164());
                    on_file = text.map(|text| (text, on_file.filter(|_| same).map_or(now, |(_, at)| at)));
                    written_by(&mut account, from, text, now);
                }
            }
            let counts = |(text, at): &(&str, Moment)| {
                removed_at.is_none_or(|removed_at| *at > removed_at) && !removed.contains(&number(text).e164())
            };
            let expected = own.or(on_file.filter(counts).map(|(text, _)| text)).map(|text| number(text).e164());
            prop_assert_eq!(goes_to(&account, CodeMethod::MobileSms, now).ok(), expected);
        }
    }
}
