//! The report, on the in-memory store.
use super::super::tests::reader;
use super::*;
use crate::account::{Contact, ProfileField, RegisteredQuestions, Source};
use crate::ports::store::Accounts;
use crate::random::AccountId;
use crate::testing::samples::{START, email, names, phone, user_name};
use crate::testing::{MemoryStore, Samples, block_on};
use crate::time::{DAY, HOUR};

type App = AdminGetContact<MemoryStore, ()>;

fn of_user(condition: UserCondition) -> RegistrationCondition {
    RegistrationCondition::User(condition)
}

const US: &str = "+1 4252345678";

fn contact(value: impl Into<Destination>, set_at: Moment) -> Contact {
    let value = value.into();
    Contact {
        value,
        source: Source::Administrator,
        set_at,
        verified_at: None,
        replaced_usable: false,
        undeliverable: None,
    }
}

fn account(samples: &Samples, name: &str) -> Account {
    Account::new(AccountId::draw(&samples.random), user_name(name), START)
}

/// The report on an account's contacts.
fn reported(
    account: &Account,
    policy: &Policy,
    now: Moment,
) -> Vec<(&'static str, &'static str, bool, Option<&'static str>)> {
    let reported = |contact: ReportedContact| {
        (contact.type_name, contact.origin.as_str(), contact.is_usable(), contact.remark.map(Remark::as_str))
    };
    contacts(account, policy, now).into_iter().map(reported).collect()
}

#[test]
fn every_value_says_whether_a_reset_uses_it_and_why_not() {
    let samples = Samples::default();
    let policy = Policy { replaced_contact_delay_hours: 24, ..Policy::default() };
    let mut adele = account(&samples, "adele@contoso.example");
    assert!(reported(&adele, &policy, START).is_empty());
    adele.contacts.set(Slot::MobilePhone, Some(contact(phone(US), START)));
    adele.contacts.set(Slot::BusinessPhones, Some(contact(phone("+49 3012345678"), START)));
    adele
        .contacts
        .set(Slot::OtherMails, [contact(email("a@example.org"), START), contact(email("b@example.org"), START)]);
    assert_eq!(
        reported(&adele, &policy, START),
        [
            ("mobilePhone", "profile", true, None),
            ("officePhone", "profile", false, Some("countryNotAllowed")),
            ("email", "profile", true, None),
            ("email", "profile", false, Some("notFirst")),
        ]
    );
    adele.contacts.set(Slot::AuthenticationPhone, Some(contact(phone("+1 4251234567"), START)));
    adele.contacts.set(Slot::AlternatePhone, Some(contact(phone(US), START)));
    adele.contacts.set(
        Slot::AuthenticationEmail,
        Some(Contact { replaced_usable: true, ..contact(email("c@example.org"), START) }),
    );
    adele.contacts.set(Slot::BusinessPhones, Some(contact(phone("+1 4251234568"), START)));
    let later = reported(&adele, &policy, START.plus(24 * HOUR));
    assert_eq!(
        reported(&adele, &policy, START),
        [
            ("mobilePhone", "registered", true, Some("numberNotAssigned")),
            ("alternateMobilePhone", "registered", false, Some("alternateMobile")),
            ("mobilePhone", "profile", false, Some("superseded")),
            ("officePhone", "profile", true, Some("numberNotAssigned")),
            ("email", "registered", false, Some("waiting")),
            ("email", "profile", false, Some("superseded")),
            ("email", "profile", false, Some("superseded")),
        ]
    );
    assert_eq!(later[4], ("email", "registered", true, None));
    let strict = Policy { accept_directory_contacts: false, methods: vec!["officeCall".to_owned()], ..policy };
    assert_eq!(reported(&adele, &strict, START)[0], ("mobilePhone", "registered", false, Some("methodNotOffered")));
    assert_eq!(reported(&adele, &strict, START)[3], ("officePhone", "profile", false, Some("notRegistered")));
}

#[test]
fn questions_say_why_they_are_no_second_gate_as_a_reset_decides_it() {
    let samples = Samples::default();
    let asks = |methods: &[&str]| Policy {
        methods: methods.iter().map(|name| (*name).to_owned()).collect(),
        ..Policy::default()
    };
    let (offered, not_offered) = (asks(&["email", "securityQuestions"]), asks(&["email"]));
    let mut adele = account(&samples, "adele@contoso.example");
    assert!(reported(&adele, &offered, START).is_empty(), "none are registered");
    for (policy, is_admin, count, reason) in [
        (&offered, false, 5, None),
        (&offered, false, 3, None),
        (&offered, false, 2, Some("tooFew")),
        (&offered, true, 5, Some("notForAdministrators")),
        (&offered, true, 2, Some("notForAdministrators")),
        (&not_offered, false, 5, Some("methodNotOffered")),
        (&not_offered, true, 2, Some("methodNotOffered")),
    ] {
        adele.is_admin = is_admin;
        adele.questions = Some(RegisteredQuestions { count, set_at: START.plus(DAY) });
        let all = reported(&adele, policy, START.plus(DAY));
        assert_eq!(all, [("securityQuestions", "registered", reason.is_none(), reason)], "{is_admin} {count}");
        assert_eq!(adele.can_answer(policy), reason.is_none(), "{is_admin} {count}");
    }
    let reported = contacts(&adele, &offered, START)[0];
    assert_eq!((reported.source, reported.set_at, reported.verified_at), (Source::User, START.plus(DAY), None));
}

#[test]
fn a_policy_enables_who_can_ever_have_enough() {
    let policy = |methods: &[&str], methods_required| Policy {
        methods: methods.iter().map(|name| (*name).to_owned()).collect(),
        methods_required,
        ..Policy::default()
    };
    for (methods, required, person, admin) in [
        (&["email"][..], 1, true, false),
        (&["mobileSms", "mobileCall"], 1, true, false),
        (&["mobileSms", "mobileCall"], 2, false, false),
        (&["mobileCall", "officeCall"], 2, true, true),
        (&["email", "securityQuestions"], 1, true, false),
        (&["email", "securityQuestions"], 2, true, false),
    ] {
        let policy = policy(methods, required);
        assert_eq!((is_enabled(&policy, false), is_enabled(&policy, true)), (person, admin), "{methods:?} {required}");
    }
}

#[test]
fn the_latest_of_all_moments_is_the_last_update() {
    let samples = Samples::default();
    let mut adele = account(&samples, "adele@contoso.example");
    assert_eq!(last_updated(&adele), START);
    let at = |days: u64| START.plus(days * DAY);
    adele
        .contacts
        .set(Slot::OtherMails, [contact(email("a@example.org"), at(1)), contact(email("b@example.org"), at(2))]);
    assert_eq!(last_updated(&adele), at(2));
    adele.contacts.set(Slot::AlternatePhone, Some(contact(phone(US), at(3))));
    assert_eq!(last_updated(&adele), at(3));
    adele.contacts.set(
        Slot::AuthenticationEmail,
        Some(Contact { verified_at: Some(at(4)), ..contact(email("a@example.org"), START) }),
    );
    assert_eq!(last_updated(&adele), at(4));
    adele.questions = Some(RegisteredQuestions { count: 5, set_at: at(5) });
    assert_eq!(last_updated(&adele), at(5));
    adele.remove_registered(ContactType::Email, at(6));
    assert_eq!(last_updated(&adele), at(6));
    adele.confirmed_at = Some(at(7));
    assert_eq!(last_updated(&adele), at(7));
}

/// Stores `count` accounts, every third of them disabled and every hundredth privileged.
fn people(app: &App, count: usize) {
    let samples = Samples::default();
    for number in 0..count {
        let name = format!("user-{number:04}@contoso.example");
        let mut account = account(&samples, &name);
        account.enabled = number % 3 != 2;
        account.is_admin = number % 100 == 0;
        block_on(app.context.store.create_account(&account, &names(&name), &[])).unwrap();
    }
}

fn pages(app: &App, conditions: &[RegistrationCondition], top: usize) -> Vec<Vec<String>> {
    let (mut pages, mut after) = (Vec::<Vec<String>>::new(), None);
    loop {
        let page = block_on(app.registrations(conditions, after.as_deref(), top)).unwrap();
        let name = |user: &UserRegistration| user.account.user_name.local_part().to_owned();
        pages.push(page.users.iter().map(name).collect());
        after = page.next;
        if after.is_none() {
            return pages;
        }
        assert!(pages.len() < 2000, "the report has an end");
    }
}

#[test]
fn a_page_is_full_although_some_are_disabled() {
    let (app, _) = reader();
    people(&app, 8);
    assert_eq!(
        pages(&app, &[], 3),
        [vec!["user-0000", "user-0001", "user-0003"], vec!["user-0004", "user-0006", "user-0007"]]
    );
    let lengths: Vec<usize> = pages(&app, &[], 1).iter().map(Vec::len).collect();
    assert_eq!(lengths, [1; 6], "an empty page would end the list for some clients");
}

#[test]
fn a_request_looks_at_so_many_accounts_and_goes_on() {
    let (app, _) = reader();
    people(&app, 2_500);
    let admins: Vec<String> =
        (0..2_500).step_by(100).filter(|number| number % 3 != 2).map(|number| format!("user-{number:04}")).collect();
    let conditions = [of_user(UserCondition::Admin(true))];
    let all = pages(&app, &conditions, 999);
    assert_eq!(all.concat(), admins);
    assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [7, 7, 3]);
    for top in [1, 4, 5] {
        let some = pages(&app, &conditions, top);
        assert_eq!(some.concat(), admins, "{top}");
        assert!(some.iter().all(|page| page.len() <= top), "{top}");
    }
    let nobody = pages(&app, &[RegistrationCondition::Has("securityQuestion".to_owned())], 10);
    assert_eq!(nobody, [vec![""; 0]]);
    let begins = of_user(UserCondition::NameBegins("user-01".to_owned()));
    assert_eq!(pages(&app, &[of_user(UserCondition::Admin(true)), begins], 10), [["user-0100"]]);
    let named = of_user(UserCondition::Named(user_name("user-0101@contoso.example")));
    assert_eq!(pages(&app, &[named.clone(), of_user(UserCondition::Admin(true))], 10), [vec![""; 0]]);
    let begins = of_user(UserCondition::NameBegins("user-02".to_owned()));
    assert_eq!(pages(&app, &[begins, named], 10), [vec![""; 0]], "a name looked up meets the other conditions, too");
}

#[test]
fn conditions_are_met_however_the_accounts_are_looked_up() {
    let (app, _) = reader();
    let samples = Samples::default();
    let mut ids = Vec::new();
    for (name, displayed) in [("ann", Some("Ann Éa")), ("ben", Some("ANNA")), ("cat", None)] {
        let name = format!("{name}@contoso.example");
        let mut account = account(&samples, &name);
        account.set_profile(ProfileField::DisplayName, displayed.map(str::to_owned), START);
        block_on(app.context.store.create_account(&account, &names(&name), &[])).unwrap();
        ids.push(account.id);
    }
    let found = |conditions: &[RegistrationCondition]| pages(&app, conditions, 9).concat();
    let begins = |text: &str| of_user(UserCondition::CalledBegins(ProfileField::DisplayName, text.to_owned()));
    let named = |text: &str| of_user(UserCondition::Named(user_name(text)));
    let is = |at: usize| of_user(UserCondition::Is(ids[at].clone()));
    assert_eq!(found(&[begins("ann")]), ["ann", "ben"]);
    assert_eq!(found(&[begins("ANN É")]), ["ann"]);
    assert_eq!(found(&[begins("nn")]), [""; 0]);
    assert_eq!(found(&[begins("")]), ["ann", "ben"], "who has no name to show has none that begins so");
    assert_eq!(found(&[is(2)]), ["cat"]);
    assert_eq!(found(&[is(1), begins("ann"), named("ben@contoso.example")]), ["ben"]);
    assert_eq!(found(&[named("ann@contoso.example"), is(1)]), [""; 0]);
    assert_eq!(found(&[of_user(UserCondition::Is(AccountId::draw(&samples.random)))]), [""; 0]);
    assert_eq!(found(&[is(0), of_user(UserCondition::Nobody)]), [""; 0]);
}

#[test]
fn one_user_is_read_by_id_or_name_and_a_disabled_one_is_not() {
    let (app, _) = reader();
    people(&app, 3);
    let read = |key: &str| block_on(app.registration(key)).unwrap().map(|user| user.account);
    let adele = read("USER-0001@contoso.example").unwrap();
    assert_eq!(adele.user_name.local_part(), "user-0001");
    assert_eq!(read(adele.id.as_str()), Some(adele));
    for key in ["user-0002@contoso.example", "nobody@contoso.example", "x", ""] {
        assert_eq!(read(key), None, "{key}");
    }
}
