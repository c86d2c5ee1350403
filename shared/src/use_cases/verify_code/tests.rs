//! What is accepted at a reset, what it is charged to, and when it is refused.

mod long_code;
mod questions;

use std::sync::Arc;

use super::*;
use crate::account::{Account, ReachableMethod};
use crate::credentials::key::Keyring;
use crate::credentials::password::{Pepper, SALT_BYTES};
use crate::credentials::questions::{Answer, QuestionSet, StoredAnswer};
use crate::policy::method::{CodeMethod, Gate, Method};
use crate::ports::store::{
    AccountChange, Accounts, BeginOutcome, Limits, QuestionsChange, Resets, Settings, WriteOutcome,
};
use crate::records::audit::{Activity, AuditRecord};
use crate::reset::IssuedLongCode;
use crate::reset::code::Binding;
use crate::testing::samples::{START, names};
use crate::testing::{CountingRandom, FixedClock, MemoryStore, Samples, block_on};
use crate::time::HOUR;

const ADELE: &str = "adele@contoso.example";

struct Fixture {
    app: VerifyCode<MemoryStore>,
    clock: Arc<FixedClock>,
    samples: Samples,
    account: Account,
}

impl Fixture {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::new(START));
        let keyring = || Keyring::new([(1, (0..32).collect::<Vec<u8>>())]).unwrap();
        let app = VerifyCode {
            context: Context::new(MemoryStore::new(), clock.clone(), Arc::new(CountingRandom::new(7))),
            codes: CodeKeys(keyring()),
            peppers: Peppers::new(Pepper::parse(1, &[7; 32]).unwrap(), Vec::new()).unwrap(),
            idempotency: IdempotencyKeys(keyring()),
        };
        let samples = Samples::default();
        let account = samples.account(ADELE);
        let created = block_on(app.context.store.create_account(&account, &names(ADELE), &[]));
        assert_eq!(created.unwrap(), WriteOutcome::Written);
        Self { app, clock, samples, account }
    }

    fn under(policy: &Policy) -> Self {
        let fixture = Self::new();
        block_on(fixture.app.context.store.put_policy(policy)).unwrap();
        fixture
    }

    /// Stores a reset whose code was sent to Adele's phone, with a change.
    fn begun(&self, change: impl FnOnce(&mut Reset)) -> Reset {
        let snapshot = Some(self.samples.snapshot(&self.account));
        let mut reset = Reset { code_key: 1, snapshot, ..self.samples.reset(ADELE, self.app.context.now()) };
        reset.issued.sent_to = Some("1.phone".to_owned());
        change(&mut reset);
        let begun = self.app.context.store.begin_reset(&reset, &[], None, self.app.context.now());
        assert_eq!(block_on(begun).unwrap(), BeginOutcome::Begun);
        reset
    }

    /// Stores a reset whose first gate is passed, and whose second code went to an address.
    fn passed(&self) -> Reset {
        self.begun(|reset| {
            reset.stage = self.samples.passed();
            (reset.issued.gate, reset.issued.method) = (Gate::Two, CodeMethod::Email);
            reset.issued.sent_to = Some("1.address".to_owned());
        })
    }

    fn gate_token(&self, reset: &Reset) -> Zeroizing<String> {
        let seed = &reset.passed_gate().unwrap().seed;
        self.app.codes.token(1, TokenKind::Gate, reset.id.as_str(), seed).unwrap()
    }

    fn digits(&self, reset: &Reset) -> Code {
        let issued = &reset.issued;
        let binding = Binding::Reset { id: reset.id.as_str(), gate: issued.gate, method: issued.method };
        Code::Digits(self.app.codes.digits(1, binding, &issued.seed, issued.digits).unwrap())
    }

    /// Stores a long code of Adele's, with a change, and returns its text.
    fn long_code(&self, change: impl FnOnce(&mut IssuedLongCode)) -> Code {
        let mut issued = IssuedLongCode { code_key: 1, ..self.samples.issued_long_code(self.app.context.now()) };
        change(&mut issued);
        block_on(self.app.context.store.store_long_code(&self.owner(), &issued)).unwrap();
        Code::Long(self.app.codes.long(1, issued.binding(), &issued.seed).unwrap())
    }

    fn owner(&self) -> Owner {
        Owner::Account(self.account.id.clone())
    }

    /// Revokes what began at or before a moment, and may set security questions.
    fn change(&self, revoked_before: Option<Moment>, questions: QuestionsChange<'_>) {
        let names = names(ADELE);
        let change = AccountChange { revoked_before, questions, ..AccountChange::new(&self.account, &names) };
        let changed = self.app.context.store.change_account(&change);
        assert_eq!(block_on(changed).unwrap(), WriteOutcome::Written);
    }

    fn verify(&self, reset: &Reset, code: &Code, token: Option<&str>) -> Verification {
        block_on(self.app.verify(reset.id.as_str(), Submission::Code(code), token, None)).unwrap()
    }

    fn accepts(&self, reset: &Reset, code: &Code, token: Option<&str>) -> bool {
        !matches!(self.verify(reset, code, token), Verification::Rejected)
    }

    fn stored(&self, reset: &Reset) -> Reset {
        block_on(self.app.context.store.reset(&reset.id)).unwrap().unwrap()
    }

    fn charged(&self, guess_log: &GuessLog) -> usize {
        block_on(self.app.context.store.guess_log(guess_log)).unwrap().attempts.len()
    }

    /// Guesses charged to the account, and to the decoy of its name.
    fn charges(&self) -> (usize, usize) {
        let decoy = GuessLog::Decoy(names(ADELE).current().to_owned());
        (self.charged(&GuessLog::Account(self.owner())), self.charged(&decoy))
    }

    fn records(&self) -> Vec<AuditRecord> {
        block_on(self.app.context.store.audit(START.day(), None, 100)).unwrap()
    }

    /// How many records say that Adele's budget is spent.
    fn blocked(&self) -> usize {
        let blocked = |record: &&AuditRecord| record.activity == Activity::Blocked && !record.success;
        let is_adele = |record: &&AuditRecord| record.target.iter().any(|person| person.account == self.account.id);
        self.records().iter().filter(blocked).filter(is_adele).count()
    }
}

fn wrong() -> Code {
    Code::parse("00000000").unwrap()
}

#[test]
fn every_refusal_of_one_kind_leaves_at_the_same_time() {
    let digits = Code::parse("12345678").unwrap();
    let long = Code::parse("01234-56789-ABCDE-FGHJK-MNPQR-S").unwrap();
    let answers = GivenAnswers::parse([("pet", "an answer")]).unwrap();
    let unknown = ResetId::draw(&CountingRandom::default());
    let app = Fixture::new().app;
    for (submission, after) in [
        (Submission::Code(&digits), RESPONSE_AFTER),
        (Submission::Code(&long), LONG_CODE_REJECTED_AFTER),
        (Submission::Answers(&answers), ANSWERS_REJECTED_AFTER),
    ] {
        for id in [unknown.as_str(), "no id at all"] {
            let began = app.context.now();
            let refused = block_on(app.verify(id, submission, None, None)).unwrap();
            assert!(matches!(refused, Verification::Rejected));
            assert_eq!(app.context.now().since(began), after, "{id}");
        }
    }
}

#[test]
fn the_right_digits_open_their_reset_once_and_at_once() {
    let fixture = Fixture::new();
    let reset = fixture.begun(|_| {});
    let Verification::Verified { token, expires_at } = fixture.verify(&reset, &fixture.digits(&reset), None) else {
        panic!("the digits are right")
    };
    assert_eq!(fixture.app.context.now(), START, "nothing waits");
    let Stage::Granted(grant) = fixture.stored(&reset).stage else { panic!("nothing is granted") };
    let derived = fixture.app.codes.token(1, TokenKind::Reset, reset.id.as_str(), &grant.seed).unwrap();
    assert_eq!((token, expires_at), (derived, reset.expires_at));
    assert_eq!(grant.proved, [Method::Code(CodeMethod::MobileSms)]);
    assert_eq!(grant.destinations, ["1.phone"]);
    let records = fixture.records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].reason, "User completed the mobile SMS verification option");
    assert!(!fixture.accepts(&reset, &fixture.digits(&reset), None));
    assert_eq!(fixture.charges(), (1, 0), "a reset that is proved charges nobody");
}

#[test]
fn every_method_has_its_own_words_in_the_audit() {
    let texts = CodeMethod::ALL.map(|method| proof::completed(Method::Code(method)));
    for (text, word) in texts.into_iter().zip(["mobile SMS", "mobile voice", "office voice", "email"]) {
        assert!(text.contains(word), "{text}");
    }
    assert!(proof::completed(Method::SecurityQuestions).contains("security questions"));
}

#[test]
fn a_code_has_five_tries_and_every_guess_is_charged() {
    for (tries, accepted) in [(4, true), (5, false)] {
        let fixture = Fixture::new();
        let reset = fixture.begun(|_| {});
        for _ in 0..tries {
            assert!(!fixture.accepts(&reset, &wrong(), None));
        }
        assert_eq!(fixture.charges(), (tries, 0));
        assert_eq!(fixture.accepts(&reset, &fixture.digits(&reset), None), accepted, "after {tries}");
        assert_eq!(fixture.charges(), (5, 0), "a guess beyond the tries is not compared");
    }
}

#[test]
fn a_code_is_accepted_until_its_last_second() {
    for (age, accepted) in [(299, true), (300, false)] {
        let fixture = Fixture::new();
        let reset = fixture.begun(|_| {});
        fixture.clock.advance(age);
        assert_eq!(fixture.accepts(&reset, &fixture.digits(&reset), None), accepted, "{age}");
    }
}

#[test]
fn a_code_that_was_not_sent_opens_nothing_and_its_guesses_cost_the_owner_nothing() {
    let changes: [fn(&mut Reset); 2] = [|reset| reset.issued.sent_to = None, |reset| reset.snapshot = None];
    for change in changes {
        let fixture = Fixture::new();
        let reset = fixture.begun(change);
        assert!(!fixture.accepts(&reset, &fixture.digits(&reset), None));
        assert_eq!(fixture.charges(), (0, 1));
    }
}

#[test]
fn a_method_that_is_no_longer_offered_opens_nothing() {
    let policy = Policy { methods: vec!["email".to_owned()], ..Policy::default() };
    let fixture = Fixture::under(&policy);
    let reset = fixture.begun(|_| {});
    assert!(!fixture.accepts(&reset, &fixture.digits(&reset), None));
}

#[test]
fn the_second_gate_needs_the_token_of_the_first_and_its_own_code() {
    let fixture = Fixture::new();
    let reset = fixture.passed();
    let (code, token) = (fixture.digits(&reset), fixture.gate_token(&reset));
    assert!(!fixture.accepts(&reset, &code, None));
    assert!(!fixture.accepts(&reset, &code, Some("another token")));
    assert!(!fixture.accepts(&reset, &code, Some(&fixture.gate_token(&fixture.passed()))), "of another reset");
    assert!(matches!(fixture.verify(&reset, &code, Some(&token)), Verification::Verified { .. }));
    let Stage::Granted(grant) = fixture.stored(&reset).stage else { panic!("nothing is granted") };
    assert_eq!(grant.proved, [CodeMethod::MobileSms, CodeMethod::Email].map(Method::Code));
    assert_eq!(grant.destinations, ["1.phone", "1.address"]);

    let stale = fixture.begun(|reset| reset.stage = fixture.samples.passed());
    let token = fixture.gate_token(&stale);
    assert!(!fixture.accepts(&stale, &fixture.digits(&stale), Some(&token)), "gate one's code opens gate one only");
}

#[test]
fn a_privileged_person_learns_which_other_methods_reach_another_destination() {
    let reach = |method, destination: &str| ReachableMethod { method, destination: destination.to_owned() };
    for (reachable, expected) in [
        (reach(CodeMethod::Email, "1.email"), &["email"][..]),
        (reach(CodeMethod::OfficeCall, "1.phone"), &[]),
        (reach(CodeMethod::MobileSms, "1.other"), &[]),
        (reach(CodeMethod::Email, "2.email"), &[]),
    ] {
        let fixture = Fixture::new();
        let reset = fixture.begun(|reset| {
            let snapshot = reset.snapshot.as_mut().unwrap();
            (snapshot.is_admin, snapshot.reachable) = (true, vec![reachable.clone()]);
        });
        let outcome = fixture.verify(&reset, &fixture.digits(&reset), None);
        let Verification::AnotherMethodRequired { token, methods } = outcome else { panic!("one gate is not enough") };
        assert_eq!(methods, expected, "{reachable:?}");
        let stored = fixture.stored(&reset);
        assert_eq!(token, fixture.gate_token(&stored));
        let passed = stored.passed_gate().unwrap();
        assert_eq!((passed.method, &*passed.destination), (CodeMethod::MobileSms, "1.phone"));
    }
}

#[test]
fn only_a_last_guess_that_proves_nothing_is_recorded_as_the_block() {
    let policy = Policy { guesses_per_day: 2, ..Policy::default() };
    let fixture = Fixture::under(&policy);
    let reset = fixture.begun(|_| {});
    for blocked in [0, 1, 1] {
        assert!(!fixture.accepts(&reset, &wrong(), None));
        assert_eq!(fixture.blocked(), blocked);
    }
    assert!(!fixture.accepts(&reset, &fixture.digits(&reset), None), "the budget is spent");
    assert_eq!(fixture.charges(), (2, 0));

    let fixture = Fixture::under(&policy);
    let reset = fixture.begun(|_| {});
    assert!(!fixture.accepts(&reset, &wrong(), None));
    assert!(fixture.accepts(&reset, &fixture.digits(&reset), None));
    assert_eq!(fixture.blocked(), 0, "the last guess was right");
}

#[test]
fn a_repeated_request_gets_the_same_token_while_it_is_of_use() {
    let ends: [fn(&Fixture, &Reset); 4] = [
        |_, _| {},
        |fixture, _| fixture.clock.set(START.plus(900)),
        |fixture, _| fixture.change(Some(START), QuestionsChange::Unchanged),
        |fixture, reset| {
            let Stage::Granted(grant) = fixture.stored(reset).stage else { panic!("nothing is granted") };
            for _ in 0..MAX_PASSWORD_TRIES {
                let charged = fixture.app.context.store.charge_password(reset, &grant.seed, START);
                assert!(block_on(charged).unwrap());
            }
        },
    ];
    for (number, end) in ends.into_iter().enumerate() {
        let fixture = Fixture::new();
        let reset = fixture.begun(|_| {});
        let code = fixture.digits(&reset);
        let verify = || {
            let key = Some(IdempotencyKey::new("a key of this request", b"{}"));
            block_on(fixture.app.verify(reset.id.as_str(), Submission::Code(&code), None, key)).unwrap()
        };
        let Verification::Verified { token: first, .. } = verify() else { panic!("the digits are right") };
        end(&fixture, &reset);
        match verify() {
            Verification::Verified { token, .. } => assert!(number == 0 && token == first, "{number}"),
            Verification::AnotherMethodRequired { .. } | Verification::Rejected => assert_ne!(number, 0),
        }
        assert_eq!(fixture.charges(), (1, 0));
    }
}
