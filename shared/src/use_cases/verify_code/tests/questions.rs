//! Security questions.

use super::*;

/// Adele's answers to two questions, which all are "an answer".
fn answered(fixture: &Fixture) -> QuestionSet {
    let answer = |question: &str| {
        let hash =
            Answer::parse("an answer").ok().unwrap().hash(question, fixture.app.peppers.current(), [7; SALT_BYTES]);
        StoredAnswer { question: question.to_owned(), text: None, hash: hash.unwrap() }
    };
    QuestionSet { answers: ["first-concert", "first-album"].map(answer).to_vec(), draw: None, version: 0 }
}

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
    let set = answered(&fixture);
    fixture.change(None, QuestionsChange::Set(&set));
    let reset = fixture.begun(|_| {});
    let outcome = fixture.verify(&reset, &fixture.digits(&reset), None);
    let Verification::AnotherMethodRequired { token, methods } = outcome else { panic!("one gate is not enough") };
    assert_eq!(methods, ["email", "securityQuestions"]);
    let answer = |texts: [&str; 2], token| {
        let given = GivenAnswers::parse(["first-concert", "first-album"].into_iter().zip(texts)).unwrap();
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
fn the_last_wrong_answers_are_recorded_as_the_block() {
    let policy = Policy { guesses_per_day: 2, ..with_questions() };
    let fixture = Fixture::under(&policy);
    let set = answered(&fixture);
    fixture.change(None, QuestionsChange::Set(&set));
    let reset = fixture.begun(|_| {});
    let Verification::AnotherMethodRequired { token, .. } = fixture.verify(&reset, &fixture.digits(&reset), None)
    else {
        panic!("one gate is not enough")
    };
    let given = GivenAnswers::parse([("first-concert", "another"), ("first-album", "another")]).unwrap();
    let verify = fixture.app.verify(reset.id.as_str(), Submission::Answers(&given), Some(&token), None);
    assert!(matches!(block_on(verify).unwrap(), Verification::Rejected));
    assert_eq!(fixture.blocked(), 1);
}
