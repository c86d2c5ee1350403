use super::*;
use crate::account::{Destination, destination_digest};
use crate::testing::Samples;
use crate::testing::samples::{START, email, name_keys, phone};

const NAME: &str = "adele@contoso.example";

fn number(text: &str) -> Destination {
    Destination::Phone(phone(text))
}

/// The digests of a destination if the keyring of names holds these versions.
fn digests(versions: &[u32], destination: &Destination) -> Vec<String> {
    name_keys(versions).destination(&destination.identity()).all().to_vec()
}

/// A reset that passed gate one by a text message to a destination, with these versions in the keyring of names.
fn passed(versions: &[u32], destination: &Destination) -> Reset {
    let samples = Samples::default();
    let gate = PassedGate {
        method: CodeMethod::MobileSms,
        destination: destination_digest(&name_keys(versions), destination),
        seed: Seed::draw(&samples.random),
        questions: Vec::new(),
    };
    Reset { stage: Stage::Proving { passed: Some(gate) }, ..samples.reset(NAME, START) }
}

#[test]
fn one_destination_serves_one_gate_whatever_became_of_the_key_in_between() {
    let (mobile, office) = (number("+1 4255550100"), number("+1 4255550111"));
    // The key versions at gate one, and those known at gate two: rotated since, or the rotation not yet known.
    for (then, now) in [(&[1][..], &[1][..]), (&[1], &[1, 2]), (&[1, 2], &[1, 2]), (&[1, 2], &[1, 2, 3])] {
        let reset = passed(then, &mobile);
        let may = |destination: &Destination| reset.may_use(CodeMethod::OfficeCall, &digests(now, destination));
        assert!(!may(&mobile), "{then:?}, then {now:?}");
        assert!(!may(&number("+1 4255550100x7")), "an extension is not dialled");
        assert!(may(&office), "{then:?}, then {now:?}");
        assert!(may(&Destination::Email(email("adele@fabrikam.example"))));
        assert!(!reset.may_use(CodeMethod::MobileSms, &digests(now, &office)), "the same method");
    }
}

#[test]
fn where_no_version_of_the_key_is_shared_nothing_serves_the_second_gate() {
    let (mobile, office) = (number("+1 4255550100"), number("+1 4255550111"));
    for (then, now) in [(&[1][..], &[2][..]), (&[1, 2], &[1]), (&[11], &[1])] {
        let reset = passed(then, &mobile);
        for destination in [&mobile, &office] {
            assert!(!reset.may_use(CodeMethod::OfficeCall, &digests(now, destination)), "{then:?}, then {now:?}");
        }
    }
    assert!(!passed(&[1], &mobile).may_use(CodeMethod::OfficeCall, &[]));
}

/// For a long code's address, only the digest that was current when it was sent is stored.
#[test]
fn a_long_code_opens_the_second_gate_only_under_the_version_of_the_first() {
    let (mobile, mail) = (number("+1 4255550100"), Destination::Email(email("adele@fabrikam.example")));
    let reset = passed(&[1, 2], &mobile);
    let sent = |versions: &[u32]| destination_digest(&name_keys(versions), &mail);
    assert!(reset.may_use(CodeMethod::Email, &[sent(&[1, 2])]));
    assert!(!reset.may_use(CodeMethod::Email, &[sent(&[1])]));
    assert!(!reset.may_use(CodeMethod::Email, &[sent(&[1, 2, 3])]));
}

#[test]
fn the_first_gate_takes_any_destination() {
    let reset = Samples::default().reset(NAME, START);
    assert!(reset.may_use(CodeMethod::MobileSms, &digests(&[1], &number("+1 4255550100"))));
}

/// With a single draw each, a few of so many references would repeat the previous one.
#[test]
fn a_code_in_the_place_of_another_has_another_reference() {
    let samples = Samples::default();
    for _ in 0..2000 {
        let reset = samples.reset(NAME, START);
        let request = CodeRequest { method: CodeMethod::Email, claimed_phone: None };
        let reorder = reset.reorder(request, Gate::One, &Policy::default(), START.plus(60), &samples.random);
        let Reorder::IssuedCode(issued) = reorder else { panic!("nothing is ordered") };
        assert_ne!(issued.reference, reset.issued.reference);
    }
}

/// Five minutes for a code, fifteen for the reset, half a minute until a code may be ordered again.
fn again(reset: &Reset, method: CodeMethod, gate: Gate, seconds: u64) -> Option<IssuedCode> {
    under(&Policy::default(), reset, method, gate, seconds)
}

fn under(policy: &Policy, reset: &Reset, method: CodeMethod, gate: Gate, seconds: u64) -> Option<IssuedCode> {
    let request = CodeRequest { method, claimed_phone: None };
    match reset.reorder(request, gate, policy, START.plus(seconds), &Samples::default().random) {
        Reorder::IssuedCode(issued) => Some(*issued),
        Reorder::Nothing => None,
    }
}

#[test]
fn a_code_is_ordered_again_after_the_pause_and_stays_the_same_while_it_lives() {
    let reset = Samples::default().reset(NAME, START);
    assert_eq!(again(&reset, CodeMethod::MobileSms, Gate::One, 29), None);
    for (seconds, expires) in [(30, 330), (299, 599)] {
        let issued = again(&reset, CodeMethod::MobileSms, Gate::One, seconds).unwrap();
        let (ordered_at, expires_at) = (START.plus(seconds), START.plus(expires));
        let expected = IssuedCode { order: 2, claimed_phone: None, ordered_at, expires_at, ..reset.issued.clone() };
        assert_eq!(issued, expected);
    }
    // Another method, or a code that is dead, makes a new code.
    for (method, seconds) in [(CodeMethod::Email, 30), (CodeMethod::MobileSms, 300)] {
        let issued = again(&reset, method, Gate::One, seconds).unwrap();
        assert_ne!(issued.seed, reset.issued.seed);
        assert_eq!((issued.order, issued.method, issued.gate), (2, method, Gate::One));
        let (now, expires_at) = (START.plus(seconds), START.plus(seconds + 300));
        assert_eq!((issued.first_ordered_at, issued.ordered_at, issued.expires_at), (now, now, expires_at));
    }
}

#[test]
fn a_code_lives_for_ten_minutes_at_most_and_never_longer_than_its_reset() {
    let begun = Samples::default().reset(NAME, START);
    let policy = Policy { code_lifetime_seconds: 10_000, ..Policy::default() };
    let expires = |reset: &Reset, method| under(&policy, reset, method, Gate::One, 40).unwrap().expires_at;
    assert_eq!(expires(&begun, CodeMethod::MobileSms), START.plus(600), "however often it is ordered");
    assert_eq!(expires(&begun, CodeMethod::Email), START.plus(640));
    let short = Reset { expires_at: START.plus(500), ..begun };
    for method in [CodeMethod::MobileSms, CodeMethod::Email] {
        assert_eq!(expires(&short, method), START.plus(500));
    }
}

#[test]
fn a_reset_has_five_orders() {
    let mut reset = Samples::default().reset(NAME, START);
    reset.issued.order = MAX_ORDERS - 1;
    assert_eq!(again(&reset, CodeMethod::MobileSms, Gate::One, 30).map(|issued| issued.order), Some(5));
    for order in [MAX_ORDERS, MAX_ORDERS + 1] {
        reset.issued.order = order;
        assert_eq!(again(&reset, CodeMethod::MobileSms, Gate::One, 30), None);
    }
}

#[test]
fn a_code_is_ordered_at_the_open_gate_only_and_there_at_once() {
    let samples = Samples::default();
    let proving = samples.reset(NAME, START);
    assert_eq!(again(&proving, CodeMethod::Email, Gate::Two, 30), None);
    let passed = Reset { stage: samples.passed(), ..samples.reset(NAME, START) };
    assert_eq!(again(&passed, CodeMethod::Email, Gate::One, 30), None);
    let issued = again(&passed, CodeMethod::MobileSms, Gate::Two, 0).unwrap();
    assert_eq!((issued.order, issued.gate), (2, Gate::Two));
    assert_ne!(issued.seed, passed.issued.seed, "gate one's code does not open gate two");
    let second = Reset { issued, ..passed };
    assert_eq!(again(&second, CodeMethod::MobileSms, Gate::Two, 29), None, "then after the pause");
    assert!(again(&second, CodeMethod::MobileSms, Gate::Two, 30).is_some());
    for stage in [Stage::Granted(samples.grant()), Stage::Completed] {
        let over = Reset { stage, ..samples.reset(NAME, START) };
        for gate in [Gate::One, Gate::Two] {
            assert_eq!(again(&over, CodeMethod::Email, gate, 30), None);
        }
    }
}

#[test]
fn a_reset_and_its_code_end_to_the_second() {
    let reset = Samples::default().reset(NAME, START);
    assert!(reset.is_live(START.plus(899)) && !reset.is_live(START.plus(900)) && !reset.is_live(START.plus(901)));
    let code = &reset.issued;
    assert!(code.is_live(START.plus(299)) && !code.is_live(START.plus(300)) && !code.is_live(START.plus(301)));
}

#[test]
fn each_stage_says_which_gate_is_open_and_where_codes_were_used() {
    let samples = Samples::default();
    let proving = Stage::Proving { passed: None };
    let granted = Stage::Granted(samples.grant());
    for (stage, open, passed, used) in [
        (proving, Some(Gate::One), false, [false, false]),
        (samples.passed(), Some(Gate::Two), true, [true, false]),
        (granted, None, false, [false, true]),
        (Stage::Completed, None, false, [true, true]),
    ] {
        let reset = Reset { stage, ..samples.reset(NAME, START) };
        assert_eq!((reset.open_gate(), reset.passed_gate().is_some()), (open, passed), "{:?}", reset.stage);
        assert_eq!(["1.phone", "1.address"].map(|destination| reset.used_a_code_at(destination)), used);
    }
}

#[test]
fn a_grant_suffices_with_as_many_offered_methods_as_there_are_gates() {
    let grant = |proved: &[Method]| Grant { proved: proved.to_vec(), ..Samples::default().grant() };
    let (email, sms) = (Method::Code(CodeMethod::Email), Method::Code(CodeMethod::MobileSms));
    let (call, questions) = (Method::Code(CodeMethod::OfficeCall), Method::SecurityQuestions);
    let methods = ["email", "mobileSms", "securityQuestions"].map(str::to_owned).to_vec();
    for (required, is_admin, proved, expected) in [
        (1, false, &[][..], false),
        (1, false, &[email], true),
        (1, false, &[call], false),
        (1, false, &[call, email], true),
        (2, false, &[email], false),
        (2, false, &[email, sms], true),
        (2, false, &[email, questions], true),
        (2, false, &[email, call], false),
        (1, true, &[email], false),
        (1, true, &[email, sms], true),
        (1, true, &[email, questions], false),
    ] {
        let policy = Policy { methods: methods.clone(), methods_required: required, ..Policy::default() };
        assert_eq!(grant(proved).suffices(&policy, is_admin), expected, "{required} {is_admin} {proved:?}");
    }
}
