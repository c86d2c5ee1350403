//! Security questions.

use super::*;

/// Adele's answers to these questions, which all are "an answer".
fn answered(fixture: &Fixture, questions: [&str; 2]) -> QuestionSet {
    let answer = |question: &str| {
        let hash =
            Answer::parse("an answer").ok().unwrap().hash(question, fixture.app.peppers.current(), [7; SALT_BYTES]);
        StoredAnswer { question: question.to_owned(), text: None, hash: hash.unwrap() }
    };
    QuestionSet { answers: questions.map(answer).to_vec(), draw: None, version: 0 }
}

/// The questions that are drawn at the first gate.
const DRAWN: [&str; 2] = ["first-concert", "first-album"];

/// Two gates, the second of which two security questions open.
fn with_questions() -> Policy {
    let mut policy = Policy { methods_required: 2, ..Policy::default() };
    policy.methods.push("securityQuestions".to_owned());
    policy.security_questions.required_to_reset = 2;
    policy
}

#[test]
fn right_answers_open_the_second_gate_with_its_token_and_are_one_guess() {
    let fixture = Fixture::under(&with_questions());
    let set = answered(&fixture, DRAWN);
    fixture.change(None, QuestionsChange::Set(&set));
    let reset = fixture.begun(|_| {});
    let outcome = fixture.verify(&reset, &fixture.digits(&reset), None);
    let Verification::AnotherMethodRequired { token, methods } = outcome else { panic!("one gate is not enough") };
    assert_eq!(methods, ["email", "securityQuestions"]);
    let answer = |texts: [&str; 2], token| {
        let given = GivenAnswers::parse(DRAWN.into_iter().zip(texts)).unwrap();
        block_on(fixture.app.verify(reset.id.as_str(), Submission::Answers(&given), token, None)).unwrap()
    };
    let right = ["an answer"; 2];
    assert!(matches!(answer(right, None), Verification::Rejected));
    assert_eq!(fixture.charges(), (1, 1), "without the token, a decoy is charged");
    assert!(matches!(answer(["an answer", "another"], Some(&token)), Verification::Rejected));
    assert_eq!(fixture.charges(), (2, 1));
    assert!(matches!(answer(right, Some(&token)), Verification::Verified { .. }));
    assert_eq!(fixture.charges(), (3, 1));
    let Stage::Granted(grant) = fixture.stored(&reset).stage else { panic!("nothing is granted") };
    assert_eq!(grant.proved, [Method::Code(CodeMethod::MobileSms), Method::SecurityQuestions]);
}

#[test]
fn only_wrong_answers_that_spend_the_budget_are_recorded_as_the_block() {
    // The code of the first gate is the first of three guesses.
    let policy = Policy { guesses_per_day: 3, ..with_questions() };
    for (last, blocked) in [("another", 1), ("an answer", 0)] {
        let fixture = Fixture::under(&policy);
        let set = answered(&fixture, DRAWN);
        fixture.change(None, QuestionsChange::Set(&set));
        let reset = fixture.begun(|_| {});
        let Verification::AnotherMethodRequired { token, .. } = fixture.verify(&reset, &fixture.digits(&reset), None)
        else {
            panic!("one gate is not enough")
        };
        let answer = |text| {
            let given = GivenAnswers::parse(DRAWN.map(|id| (id, text))).unwrap();
            block_on(fixture.app.verify(reset.id.as_str(), Submission::Answers(&given), Some(&token), None)).unwrap()
        };
        assert!(matches!(answer("another"), Verification::Rejected));
        assert_eq!(fixture.blocked(), 0, "one guess is left");
        assert_eq!(matches!(answer(last), Verification::Verified { .. }), blocked == 0);
        assert_eq!(fixture.blocked(), blocked, "{last}");
    }
}

#[test]
fn answers_open_nothing_if_the_policy_wants_more_of_them_or_none() {
    let mut more = with_questions();
    more.security_questions.required_to_reset = 3;
    let mut none = with_questions();
    none.methods.retain(|method| method != "securityQuestions");
    for (policy, expected) in [(with_questions(), true), (more, false), (none, false)] {
        let fixture = Fixture::under(&policy);
        let reset = fixture.passed();
        let drawn = ["school", "ship"];
        let set = answered(&fixture, drawn);
        fixture.change(None, QuestionsChange::Set(&set));
        let (token, given) =
            (fixture.gate_token(&reset), GivenAnswers::parse(drawn.map(|id| (id, "an answer"))).unwrap());
        let verify = fixture.app.verify(reset.id.as_str(), Submission::Answers(&given), Some(&token), None);
        let opened = matches!(block_on(verify).unwrap(), Verification::Verified { .. });
        assert_eq!(opened, expected, "{:?}", policy.security_questions);
    }
}
