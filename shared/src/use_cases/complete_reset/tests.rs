//! Whose password is set with which token, and what follows from it.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::*;
use crate::account::Account;
use crate::credentials::key::Keyring;
use crate::credentials::password::Pepper;
use crate::policy::method::{CodeMethod, Method};
use crate::ports::idempotency::StoredResponse;
use crate::ports::store::{AccountChange, BeginOutcome, Deliveries, WriteOutcome};
use crate::random::NoticeId;
use crate::records::notice::Audience;
use crate::testing::samples::{START, names};
use crate::testing::{CountingRandom, FixedClock, MemoryStore, Samples, block_on};
use crate::time::Moment;

const ADELE: &str = "adele@contoso.example";
const PASSWORD: &str = "a long and unusual password";

struct Fixture {
    app: CompleteReset<MemoryStore>,
    clock: Arc<FixedClock>,
    account: Account,
    reset: Reset,
    token: Zeroizing<String>,
}

impl Fixture {
    /// A reset of Adele's whose proofs suffice, with a change of her account and of the grant.
    fn new(account: impl FnOnce(&mut Account), grant: impl FnOnce(&mut Grant)) -> Self {
        let clock = Arc::new(FixedClock::new(START));
        let keyring = || Keyring::new([(1, (0..32).collect::<Vec<u8>>())]).unwrap();
        let app = CompleteReset {
            context: Context::new(MemoryStore::new(), clock.clone(), Arc::new(CountingRandom::new(7))),
            codes: CodeKeys(keyring()),
            peppers: Peppers::new(Pepper::parse(1, &[7; 32]).unwrap(), Vec::new()).unwrap(),
            idempotency: IdempotencyKeys(keyring()),
        };
        let samples = Samples::default();
        let mut adele = samples.account(ADELE);
        account(&mut adele);
        let created = block_on(app.context.store.create_account(&adele, &names(ADELE), &[]));
        assert_eq!(created.unwrap(), WriteOutcome::Written);
        let mut granted = samples.grant();
        grant(&mut granted);
        let seed = granted.seed.clone();
        let snapshot = Some(samples.snapshot(&adele));
        let stage = Stage::Granted(granted);
        let reset = Reset { code_key: 1, snapshot, stage, ..samples.reset(ADELE, START) };
        let begun = app.context.store.begin_reset(&reset, &[], None, START);
        assert_eq!(block_on(begun).unwrap(), BeginOutcome::Begun);
        let token = app.codes.token(1, TokenKind::Reset, reset.id.as_str(), &seed).unwrap();
        Self { app, clock, account: adele, reset, token }
    }

    fn granted() -> Self {
        Self::new(|_| {}, |_| {})
    }

    fn complete(&self, token: &str, password: &str) -> Completion {
        block_on(self.app.complete(self.reset.id.as_str(), token, password, None)).unwrap()
    }

    fn change(&self, enabled: bool, revoked_before: Option<Moment>) {
        let (account, names) = (Account { enabled, ..self.account.clone() }, names(ADELE));
        let change = AccountChange { revoked_before, ..AccountChange::new(&account, &names) };
        let changed = self.app.context.store.change_account(&change);
        assert_eq!(block_on(changed).unwrap(), WriteOutcome::Written);
    }

    fn has_password(&self, text: &str) -> bool {
        let account = block_on(self.app.context.store.account(&self.account.id)).unwrap().unwrap();
        let password = Password::parse(text).ok().unwrap();
        password::verify(&password, &account.password.unwrap(), &self.app.peppers).unwrap().matches
    }
}

#[test]
fn every_completion_is_stored_as_it_is() {
    let refused = Completion::PasswordRejected(vec!["too-short".to_owned(), "common".to_owned()]);
    for completion in [Completion::Completed, Completion::TokenRejected, refused] {
        assert!(completion.is_stored());
        assert_eq!(StoredResponse::of(&completion).read::<Completion>().unwrap(), completion);
    }
}

#[test]
fn the_token_sets_one_password() {
    let fixture = Fixture::granted();
    assert_eq!(fixture.complete("another token", PASSWORD), Completion::TokenRejected);
    assert!(!fixture.has_password(PASSWORD));
    assert_eq!(fixture.complete(&fixture.token, PASSWORD), Completion::Completed);
    assert!(fixture.has_password(PASSWORD));
    assert_eq!(fixture.complete(&fixture.token, "another long password, also unusual"), Completion::TokenRejected);
    assert!(fixture.has_password(PASSWORD));
}

#[test]
fn every_refused_token_leaves_at_the_same_time_and_nothing_else_waits() {
    let fixture = Fixture::granted();
    for id in [fixture.reset.id.as_str(), "no id at all"] {
        let began = fixture.app.context.now();
        let refused = block_on(fixture.app.complete(id, "another token", PASSWORD, None)).unwrap();
        assert_eq!(refused, Completion::TokenRejected);
        assert_eq!(fixture.app.context.now().since(began), RESPONSE_AFTER);
    }
    let began = fixture.app.context.now();
    assert!(matches!(fixture.complete(&fixture.token, "short"), Completion::PasswordRejected(_)));
    assert_eq!(fixture.complete(&fixture.token, PASSWORD), Completion::Completed);
    assert_eq!(fixture.app.context.now(), began);
}

#[test]
fn the_token_dies_with_its_reset() {
    for (age, expected) in [(899, Completion::Completed), (900, Completion::TokenRejected)] {
        let fixture = Fixture::granted();
        fixture.clock.advance(age);
        assert_eq!(fixture.complete(&fixture.token, PASSWORD), expected);
        // What is refused for its token says nothing about the password.
        if expected == Completion::TokenRejected {
            assert_eq!(fixture.complete(&fixture.token, "short"), Completion::TokenRejected);
        }
    }
}

#[test]
fn ten_passwords_are_refused_and_then_the_token_is_dead() {
    let fixture = Fixture::granted();
    for _ in 0..MAX_PASSWORD_TRIES {
        let refused = fixture.complete(&fixture.token, "short");
        assert_eq!(refused, Completion::PasswordRejected(vec!["too-short".to_owned()]));
    }
    for password in ["short", PASSWORD] {
        assert_eq!(fixture.complete(&fixture.token, password), Completion::TokenRejected);
    }
    assert!(!fixture.has_password(PASSWORD));
}

#[test]
fn a_password_with_the_owners_name_is_refused() {
    let fixture = Fixture::granted();
    assert!(matches!(fixture.complete(&fixture.token, "adele"), Completion::PasswordRejected(_)));
    assert!(matches!(fixture.complete(&fixture.token, "adele@fabrikam.example"), Completion::PasswordRejected(_)));
}

#[test]
fn a_revoked_token_neither_sets_a_password_nor_says_what_is_wrong_with_one() {
    for (revoked, expected) in [(START.minus(1), Completion::Completed), (START, Completion::TokenRejected)] {
        let fixture = Fixture::granted();
        fixture.change(true, Some(revoked));
        let refused = matches!(fixture.complete(&fixture.token, "short"), Completion::TokenRejected);
        assert_eq!(refused, expected == Completion::TokenRejected);
        assert_eq!(fixture.complete(&fixture.token, PASSWORD), expected);
    }
}

#[test]
fn a_change_of_the_account_is_read_before_the_password_is_set() {
    let fixture = Fixture::granted();
    fixture.change(true, None);
    assert_eq!(fixture.complete(&fixture.token, PASSWORD), Completion::Completed);
    assert!(fixture.has_password(PASSWORD));

    let fixture = Fixture::granted();
    fixture.change(false, None);
    assert_eq!(fixture.complete(&fixture.token, PASSWORD), Completion::TokenRejected);
    assert!(!fixture.has_password(PASSWORD));
}

#[test]
fn a_privileged_persons_single_proof_does_not_suffice() {
    let fixture = Fixture::new(|account| account.is_admin = true, |_| {});
    assert_eq!(fixture.complete(&fixture.token, PASSWORD), Completion::TokenRejected);
    assert!(!fixture.has_password(PASSWORD));
}

#[test]
fn the_owner_is_notified_and_the_administrators_of_a_privileged_persons_reset() {
    let two = |grant: &mut Grant| grant.proved = [CodeMethod::Email, CodeMethod::MobileSms].map(Method::Code).to_vec();
    for (is_admin, told, expected) in [
        (false, true, &[(Notice::PasswordReset, Audience::Owner, true)][..]),
        (false, false, &[(Notice::PasswordReset, Audience::Owner, false)]),
        (
            true,
            true,
            &[
                (Notice::PasswordReset, Audience::Owner, true),
                (Notice::AdministratorReset, Audience::Administrators, true),
            ],
        ),
        (true, false, &[(Notice::PasswordReset, Audience::Owner, false)]),
    ] {
        let fixture = Fixture::new(|account| account.is_admin = is_admin, two);
        let policy = Policy { notify_user_on_reset: told, notify_admins_on_admin_reset: told, ..Policy::default() };
        block_on(fixture.app.context.store.put_policy(&policy)).unwrap();
        assert_eq!(fixture.complete(&fixture.token, PASSWORD), Completion::Completed);
        let first = NoticeId::draw(&CountingRandom::default());
        let pending = block_on(fixture.app.context.store.pending_notices(START.day(), &first, 10)).unwrap();
        let mut notices = Vec::new();
        for notice in pending {
            if notice.notice == Notice::PasswordReset {
                assert_eq!(notice.except, ["1.address"], "where a code was used");
            }
            notices.push((notice.notice, notice.audience, notice.tell));
        }
        notices.sort_by_key(|(notice, ..)| *notice != Notice::PasswordReset);
        assert_eq!(notices, expected);
    }
}
