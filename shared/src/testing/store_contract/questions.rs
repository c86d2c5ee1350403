use super::fixtures::{ADELE, MEGAN, adele, created};
use crate::account::Account;
use crate::credentials::questions::{Draw, QuestionSet};
use crate::ports::store::{AccountChange, QuestionsChange, Store, WriteOutcome};
use crate::random::AccountId;
use crate::testing::join_all;
use crate::testing::samples::{START, Samples, names, questions};
use crate::time::Moment;

/// Writes an account with a change of its questions.
async fn change(store: &impl Store, account: &Account, questions: QuestionsChange<'_>) -> WriteOutcome {
    let names = names(account.user_name.canonical());
    let change = AccountChange { questions, ..AccountChange::new(account, &names) };
    store.change_account(&change).await.unwrap()
}

/// Writes the current account with a change of its questions, which must succeed.
async fn changed(store: &impl Store, id: &AccountId, questions: QuestionsChange<'_>) {
    let account = store.account(id).await.unwrap().unwrap();
    assert_eq!(change(store, &account, questions).await, WriteOutcome::Written);
}

async fn stored(store: &impl Store, id: &AccountId) -> Option<QuestionSet> {
    store.questions(id).await.unwrap()
}

fn draw(names: &[&str], at: Moment) -> Draw {
    Draw { questions: names.iter().map(|name| (*name).to_owned()).collect(), at }
}

pub(super) async fn questions_are_read_as_they_were_written(store: &impl Store) {
    let samples = Samples::default();
    let id = created(store, samples.account(ADELE)).await.id;
    assert_eq!(stored(store, &id).await, None);
    let set = questions();
    changed(store, &id, QuestionsChange::Set(&set)).await;
    assert_eq!(stored(store, &id).await, Some(QuestionSet { version: 1, ..set.clone() }));
    changed(store, &id, QuestionsChange::Unchanged).await;
    assert_eq!(stored(store, &id).await, Some(QuestionSet { version: 1, ..set.clone() }), "they stay");

    let mut other = QuestionSet { draw: Some(draw(&["ship", "school"], START)), version: 99, ..set };
    other.answers.reverse();
    other.answers.pop();
    changed(store, &id, QuestionsChange::Set(&other)).await;
    assert_eq!(stored(store, &id).await, Some(QuestionSet { version: 2, ..other.clone() }), "in the former's place");
    let none = QuestionSet { answers: Vec::new(), draw: None, version: 0 };
    changed(store, &id, QuestionsChange::Set(&none)).await;
    assert_eq!(stored(store, &id).await, Some(QuestionSet { version: 3, ..none }), "and nothing is left of it");
}

pub(super) async fn questions_are_their_owners(store: &impl Store) {
    let samples = Samples::default();
    let (one, two) = (created(store, samples.account(ADELE)).await, created(store, samples.account(MEGAN)).await);
    let set = questions();
    changed(store, &one.id, QuestionsChange::Set(&set)).await;
    assert_eq!(stored(store, &two.id).await, None);
    changed(store, &two.id, QuestionsChange::Removed).await;
    assert!(!store.put_draw(&two.id, 1, &draw(&["ship"], START)).await.unwrap());
    assert_eq!(stored(store, &one.id).await, Some(set));
}

pub(super) async fn a_draw_needs_the_set_that_was_read(store: &impl Store) {
    let samples = Samples::default();
    let id = created(store, samples.account(ADELE)).await.id;
    let (first, second) = (draw(&["school", "ship"], START), draw(&["street"], START.plus(60)));
    for version in [0, 1] {
        assert!(!store.put_draw(&id, version, &first).await.unwrap());
        assert_eq!(stored(store, &id).await, None, "a draw makes no set");
    }
    let set = questions();
    changed(store, &id, QuestionsChange::Set(&set)).await;
    for version in [0, 2] {
        assert!(!store.put_draw(&id, version, &first).await.unwrap());
    }
    assert!(store.put_draw(&id, 1, &first).await.unwrap());
    let drawn = QuestionSet { draw: Some(first.clone()), version: 2, ..set.clone() };
    assert_eq!(stored(store, &id).await, Some(drawn.clone()), "the draw, and nothing else");
    assert!(!store.put_draw(&id, 1, &second).await.unwrap(), "it was drawn meanwhile");
    assert_eq!(stored(store, &id).await, Some(drawn));
    assert!(store.put_draw(&id, 2, &second).await.unwrap());
    let drawn = QuestionSet { draw: Some(second), version: 3, ..set.clone() };
    assert_eq!(stored(store, &id).await, Some(drawn));

    changed(store, &id, QuestionsChange::Set(&set)).await;
    for version in [1, 3] {
        assert!(!store.put_draw(&id, version, &first).await.unwrap(), "other questions were registered meanwhile");
    }
    assert_eq!(stored(store, &id).await, Some(QuestionSet { version: 4, ..set }), "the new set has no draw");
}

pub(super) async fn draws_at_once_are_one(store: &impl Store) {
    let samples = Samples::default();
    let id = created(store, samples.account(ADELE)).await.id;
    changed(store, &id, QuestionsChange::Set(&questions())).await;
    let draws: Vec<Draw> = (0..20).map(|second| draw(&["ship"], START.plus(second))).collect();
    let written = join_all(draws.iter().map(|draw| store.put_draw(&id, 1, draw))).await;
    let written: Vec<&Draw> =
        draws.iter().zip(written).filter(|(_, written)| *written.as_ref().unwrap()).map(|(draw, _)| draw).collect();
    assert_eq!(
        written,
        [&stored(store, &id).await.unwrap().draw.unwrap()],
        "exactly one is accepted, and it is the stored one"
    );
}

pub(super) async fn removed_questions_are_gone(store: &impl Store) {
    let samples = Samples::default();
    let id = created(store, samples.account(ADELE)).await.id;
    let set = questions();
    changed(store, &id, QuestionsChange::Set(&set)).await;
    changed(store, &id, QuestionsChange::Removed).await;
    assert_eq!(stored(store, &id).await, None);
    assert!(!store.put_draw(&id, 1, &draw(&["ship"], START)).await.unwrap());
    assert_eq!(stored(store, &id).await, None, "and stay so");
    changed(store, &id, QuestionsChange::Removed).await;
    changed(store, &id, QuestionsChange::Set(&set)).await;
    assert_eq!(stored(store, &id).await.map(|stored| stored.answers), Some(set.answers), "they can be registered anew");
}

pub(super) async fn a_refused_change_leaves_the_questions(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let stale = Account { version: 9, ..account.clone() };
    let set = questions();
    assert_eq!(change(store, &stale, QuestionsChange::Set(&set)).await, WriteOutcome::Changed);
    assert_eq!(stored(store, &account.id).await, None);
    changed(store, &account.id, QuestionsChange::Set(&set)).await;
    assert_eq!(change(store, &stale, QuestionsChange::Removed).await, WriteOutcome::Changed);
    let other = QuestionSet { answers: Vec::new(), ..set.clone() };
    assert_eq!(change(store, &stale, QuestionsChange::Set(&other)).await, WriteOutcome::Changed);
    assert_eq!(stored(store, &account.id).await, Some(set));
}

pub(super) async fn questions_go_with_their_account(store: &impl Store) {
    let samples = Samples::default();
    let old = created(store, samples.account(ADELE)).await;
    changed(store, &old.id, QuestionsChange::Set(&questions())).await;
    let record = samples.record(START);
    assert_eq!(store.delete_account(&old, &adele(), &record, START).await.unwrap(), WriteOutcome::Changed);
    assert_eq!(stored(store, &old.id).await, Some(questions()), "a refused deletion leaves them");
    let account = store.account(&old.id).await.unwrap().unwrap();
    assert_eq!(store.delete_account(&account, &adele(), &record, START).await.unwrap(), WriteOutcome::Written);
    assert_eq!(stored(store, &old.id).await, None);
}
