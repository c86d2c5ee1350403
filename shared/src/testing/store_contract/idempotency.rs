use super::scene::shifted;
use crate::ports::idempotency::{Claim, Claimed, Facts, Refusal};
use crate::ports::store::Store;
use crate::testing::join_all;
use crate::testing::samples::START;
use crate::time::DAY;

fn claim(row: &str, fingerprint: &str) -> Claim {
    Claim { row: row.to_owned(), fingerprint: fingerprint.to_owned(), nonce: format!("the first {fingerprint}") }
}

/// The same request, sent again.
fn sent_again(claim: &Claim) -> Claim {
    Claim { nonce: format!("{}, again", claim.nonce), ..claim.clone() }
}

pub(super) async fn a_claimed_key_is_in_use_for_a_minute(store: &impl Store) {
    let (one, other) = (claim("1.row", "body"), claim("2.row", "body"));
    let until = START.plus(60);
    assert_eq!(store.claim_key(&one, START).await.unwrap(), Claimed::Fresh);
    for now in [START, shifted(until, -1)] {
        assert_eq!(store.claim_key(&one, now).await.unwrap(), Claimed::InUse { until });
    }
    assert_eq!(store.claim_key(&other, START).await.unwrap(), Claimed::Fresh, "another key");
    assert_eq!(store.claim_key(&sent_again(&one), until).await.unwrap(), Claimed::Fresh);
    let again = Claimed::InUse { until: until.plus(60) };
    assert_eq!(store.claim_key(&one, until.plus(59)).await.unwrap(), again, "the second claim is one like the first");
    let other_body = claim("1.row", "other");
    assert_eq!(store.claim_key(&other_body, until.plus(60)).await.unwrap(), Claimed::Fresh, "whatever the body");
}

pub(super) async fn an_answer_is_kept_for_a_day(store: &impl Store) {
    let one = claim("1.row", "body");
    assert_eq!(store.claim_key(&one, START).await.unwrap(), Claimed::Fresh);
    let done = START.plus(5);
    store.keep_answer(&one, &Facts::Done, done).await.unwrap();
    for now in [done, START.plus(3600), shifted(done.plus(DAY), -1)] {
        assert_eq!(store.claim_key(&one, now).await.unwrap(), Claimed::Kept(Facts::Done));
    }
    assert_eq!(store.claim_key(&one, done.plus(DAY)).await.unwrap(), Claimed::Fresh);
    let until = done.plus(DAY + 60);
    assert_eq!(
        store.claim_key(&one, done.plus(DAY)).await.unwrap(),
        Claimed::InUse { until },
        "the old answer is gone"
    );
}

pub(super) async fn every_answer_is_read_as_it_was_kept(store: &impl Store) {
    let text = str::to_owned;
    let at = START.millis() + 7;
    let answers = [
        Facts::Ordered {
            reset: text("reset"),
            expires_at: at,
            code_expires_at: at + 1,
            resend_at: at + 2,
            reference: text("KT"),
            method: text("mobileSms"),
        },
        Facts::GatePassed { reset: text("reset"), methods: vec![text("email"), text("securityQuestions")] },
        Facts::GatePassed { reset: text("reset"), methods: Vec::new() },
        Facts::Verified { reset: text("reset"), expires_at: at },
        Facts::Done,
        Facts::Challenged { challenge: text("challenge"), expires_at: at, reference: text("KT") },
        Facts::Registered { contact: text("mobilePhone"), value: text("2.value"), at, reason: None },
        Facts::Registered { contact: text("email"), value: text("1.value"), at, reason: Some(text("removed")) },
        Facts::Confirmed { at, shown: text("1.shown") },
        Facts::Refused { code: Refusal::PasswordRejected, reasons: vec![text("too-short"), text("common")] },
        Facts::refused(Refusal::CodeRejected),
    ];
    for (number, facts) in answers.into_iter().enumerate() {
        let one = claim(&format!("{number}.row"), "body");
        assert_eq!(store.claim_key(&one, START).await.unwrap(), Claimed::Fresh);
        store.keep_answer(&one, &facts, START).await.unwrap();
        assert_eq!(store.claim_key(&one, START).await.unwrap(), Claimed::Kept(facts));
    }
}

pub(super) async fn another_body_is_told_so(store: &impl Store) {
    let (one, other) = (claim("1.row", "body"), claim("1.row", "other"));
    assert_eq!(store.claim_key(&one, START).await.unwrap(), Claimed::Fresh);
    assert_eq!(store.claim_key(&other, START.plus(59)).await.unwrap(), Claimed::OtherBody, "while the first runs");
    store.keep_answer(&one, &Facts::Done, START).await.unwrap();
    assert_eq!(store.claim_key(&other, shifted(START.plus(DAY), -1)).await.unwrap(), Claimed::OtherBody);
    assert_eq!(store.claim_key(&one, START).await.unwrap(), Claimed::Kept(Facts::Done), "nothing was lost by it");
    assert_eq!(store.claim_key(&other, START.plus(DAY)).await.unwrap(), Claimed::Fresh);
}

pub(super) async fn a_released_key_is_fresh(store: &impl Store) {
    let one = claim("1.row", "body");
    store.release_key(&one).await.unwrap();
    for _ in 0..2 {
        assert_eq!(store.claim_key(&one, START).await.unwrap(), Claimed::Fresh);
        store.release_key(&one).await.unwrap();
    }
    assert_eq!(store.claim_key(&claim("1.row", "other"), START).await.unwrap(), Claimed::Fresh, "with any body");
    store.release_key(&one).await.unwrap();
    let until = START.plus(60);
    let still = store.claim_key(&claim("1.row", "other"), START).await.unwrap();
    assert_eq!(still, Claimed::InUse { until }, "a late release gives up nobody else's claim");
}

pub(super) async fn a_claim_that_ran_out_ends_no_others(store: &impl Store) {
    let late = claim("1.row", "body");
    let (next, third) = (sent_again(&late), sent_again(&sent_again(&late)));
    assert_eq!(store.claim_key(&late, START).await.unwrap(), Claimed::Fresh);
    let now = START.plus(60);
    assert_eq!(store.claim_key(&next, now).await.unwrap(), Claimed::Fresh);
    let in_use = Claimed::InUse { until: now.plus(60) };
    store.release_key(&late).await.unwrap();
    assert_eq!(store.claim_key(&third, now).await.unwrap(), in_use, "given up late");
    store.keep_answer(&late, &Facts::refused(Refusal::CodeRejected), now).await.unwrap();
    assert_eq!(store.claim_key(&third, now).await.unwrap(), in_use, "answered late");
    store.keep_answer(&next, &Facts::Done, now.plus(1)).await.unwrap();
    assert_eq!(store.claim_key(&third, now.plus(2)).await.unwrap(), Claimed::Kept(Facts::Done));
    store.keep_answer(&late, &Facts::refused(Refusal::CodeRejected), now.plus(3)).await.unwrap();
    store.release_key(&late).await.unwrap();
    store.release_key(&next).await.unwrap();
    assert_eq!(store.claim_key(&third, now.plus(4)).await.unwrap(), Claimed::Kept(Facts::Done), "an answer stays");
}

pub(super) async fn an_answer_that_came_late_is_kept_where_nobody_claimed_its_key(store: &impl Store) {
    let late = claim("1.row", "body");
    assert_eq!(store.claim_key(&late, START).await.unwrap(), Claimed::Fresh);
    let now = START.plus(61);
    store.keep_answer(&late, &Facts::Done, now).await.unwrap();
    assert_eq!(store.claim_key(&sent_again(&late), now).await.unwrap(), Claimed::Kept(Facts::Done));
}

pub(super) async fn claims_at_once_are_one(store: &impl Store) {
    let one = claim("1.row", "body");
    let claims = join_all((0..20).map(|_| store.claim_key(&one, START))).await;
    let fresh = claims.into_iter().filter(|claimed| *claimed.as_ref().unwrap() == Claimed::Fresh).count();
    assert_eq!(fresh, 1);
}
