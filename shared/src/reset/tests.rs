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
