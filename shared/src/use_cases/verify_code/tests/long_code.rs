//! Long codes.

use super::*;

#[test]
fn a_long_code_opens_any_live_reset_of_its_account_once_and_is_never_charged() {
    let fixture = Fixture::new();
    let code = fixture.long_code(|_| {});
    let other = fixture.long_code(|issued| issued.made_at = START.plus(1));
    let reset = fixture.begun(|_| {});
    assert!(fixture.accepts(&reset, &code, None));
    let Stage::Granted(grant) = fixture.stored(&reset).stage else { panic!("nothing is granted") };
    assert_eq!(grant.proved, [Method::Code(CodeMethod::Email)]);
    assert_eq!(grant.destinations, ["1.address"]);
    let next = fixture.begun(|_| {});
    assert!(!fixture.accepts(&next, &code, None), "it is used up");
    assert!(fixture.accepts(&next, &other, None));
    assert_eq!(fixture.charges(), (0, 0));
}

#[test]
fn a_long_code_is_refused_when_it_or_its_reset_is_over() {
    for (issued, began, now, accepted) in [
        (0, 24 * HOUR - 1, 24 * HOUR - 1, true),
        (0, 24 * HOUR, 24 * HOUR, false),
        (0, 0, 899, true),
        (0, 0, 900, false),
    ] {
        let fixture = Fixture::new();
        fixture.clock.set(START.plus(issued));
        let code = fixture.long_code(|_| {});
        fixture.clock.set(START.plus(began));
        let reset = fixture.begun(|_| {});
        fixture.clock.set(START.plus(now));
        assert_eq!(fixture.accepts(&reset, &code, None), accepted, "{issued} {began} {now}");
    }
    // A revocation between the reset and the code, at the reset, and before both.
    for (began, revoked, issued, accepted) in [(0, 1, 2, false), (0, 0, 2, false), (1, 0, 2, true), (1, 0, 0, false)] {
        let fixture = Fixture::new();
        fixture.change(Some(START.plus(revoked)), QuestionsChange::Unchanged);
        fixture.clock.set(START.plus(began));
        let reset = fixture.begun(|_| {});
        let code = fixture.long_code(|code| code.made_at = START.plus(issued));
        fixture.clock.set(START.plus(2));
        assert_eq!(fixture.accepts(&reset, &code, None), accepted, "{began} {revoked} {issued}");
    }
}

#[test]
fn a_long_code_opens_only_its_gate_by_an_offered_method_and_at_another_destination() {
    let fixture = Fixture::new();
    let second = fixture.long_code(|issued| issued.gate = Gate::Two);
    assert!(!fixture.accepts(&fixture.begun(|_| {}), &second, None));
    let passed = fixture.passed();
    assert!(!fixture.accepts(&passed, &second, None), "without the token of the first gate");
    let same = fixture.long_code(|issued| (issued.gate, issued.destination) = (Gate::Two, "1.phone".to_owned()));
    assert!(!fixture.accepts(&passed, &same, Some(&fixture.gate_token(&passed))));
    assert!(fixture.accepts(&passed, &second, Some(&fixture.gate_token(&passed))));

    let policy = Policy { methods: vec!["mobileSms".to_owned()], ..Policy::default() };
    let fixture = Fixture::under(&policy);
    assert!(!fixture.accepts(&fixture.begun(|_| {}), &fixture.long_code(|_| {}), None));
}

#[test]
fn a_long_code_waits_half_a_second_for_a_young_reset_to_be_linked() {
    let unlinked = |reset: &mut Reset| reset.snapshot = None;
    for (change, age, waited) in
        [(unlinked as fn(&mut Reset), 0, 500), (unlinked, 1_999, 50), (unlinked, 2_000, 0), (|_| {}, 0, 0)]
    {
        let fixture = Fixture::new();
        let reset = fixture.begun(change);
        fixture.clock.advance_millis(age);
        let began = fixture.app.context.now();
        block_on(fixture.app.until_linked(&reset.id)).unwrap();
        assert_eq!(fixture.app.context.now().since(began), Duration::from_millis(waited), "after {age} ms");
    }
}
