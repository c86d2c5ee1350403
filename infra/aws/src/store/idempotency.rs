//! Idempotency keys and the facts of the answers kept under them.

use serde::{Deserialize, Serialize};
use shared::ports::idempotency::{Answered, Claim, Claimed, Facts, IN_USE_SECONDS, KEPT_SECONDS};
use shared::ports::store::{Idempotency, Stored};
use shared::time::Moment;

use super::DynamoStore;
use super::request::Refused;
use super::row::{BadRow, item, read};
use super::write::Write;
use crate::table::{Key, deleted_after};

/// The item's kind.
const KIND: &str = "idempotency";
/// The key is free: nobody has it, or no longer.
const FREE: &str = "attribute_not_exists(#pk) OR #expires_at <= :now";
/// The key is still this request's own, and has no answer: one that took longer than its claim lasts must not end that of
/// whoever claimed the key after it, and the first answer stands.
const OWN: &str = "#nonce = :nonce AND attribute_not_exists(#facts)";

#[derive(Serialize, Deserialize)]
struct AnswerRow {
    fingerprint: String,
    nonce: String,
    expires_at: u64,
    ttl: u64,
    /// JSON: opaque to the table, and read back as strictly as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<String>,
}

impl AnswerRow {
    fn new(claim: &Claim, facts: Option<&Facts>, expires_at: Moment) -> Stored<Self> {
        let facts = facts.map(serde_json::to_string).transpose().map_err(|_| BadRow)?;
        let Claim { fingerprint, nonce, .. } = claim.clone();
        Ok(Self { fingerprint, nonce, expires_at: expires_at.millis(), ttl: deleted_after(expires_at), facts })
    }
}

/// A key that somebody has.
struct Taken {
    fingerprint: String,
    until: Moment,
    facts: Option<Facts>,
}

impl TryFrom<AnswerRow> for Taken {
    type Error = BadRow;

    fn try_from(row: AnswerRow) -> Result<Self, BadRow> {
        let facts = row.facts.as_deref().map(serde_json::from_str).transpose().map_err(|_| BadRow)?;
        Ok(Self { fingerprint: row.fingerprint, until: Moment::from_millis(row.expires_at), facts })
    }
}

/// Keeps an answer under a key that is free, as part of a transaction.
pub(super) fn answer(claim: &Claim, facts: &Facts, now: Moment) -> Stored<Write> {
    let row = AnswerRow::new(claim, Some(facts), now.plus(KEPT_SECONDS))?;
    let write = Write::put(item(Key::idempotency(claim), KIND, &row)?);
    Ok(write.when(FREE).moment(":now", now).showing_old())
}

/// Keeps the answer of a request that has claimed its key, as part of a transaction; where another has the key by now, the
/// whole transaction is refused.
pub(super) fn answered(answered: Option<Answered<'_>>) -> Stored<Option<Write>> {
    answered.map(|Answered { claim, facts, now }| own_answer(claim, facts, now)).transpose()
}

fn own_answer(claim: &Claim, facts: &Facts, now: Moment) -> Stored<Write> {
    let row = AnswerRow::new(claim, Some(facts), now.plus(KEPT_SECONDS))?;
    let write = Write::put(item(Key::idempotency(claim), KIND, &row)?).when(format!("{FREE} OR ({OWN})"));
    Ok(write.moment(":now", now).text(":nonce", &claim.nonce))
}

/// What a key that is not free says to its claimant.
pub(super) fn claimed(claim: &Claim, refused: Refused) -> Stored<Claimed> {
    let taken = Taken::try_from(read::<AnswerRow>(refused.item.ok_or(BadRow)?)?)?;
    if !shared::reset::code::same(&taken.fingerprint, &claim.fingerprint) {
        return Ok(Claimed::OtherBody);
    }
    Ok(taken.facts.map_or(Claimed::InUse { until: taken.until }, Claimed::Kept))
}

impl DynamoStore {}

impl Idempotency for DynamoStore {
    async fn claim_key(&self, claim: &Claim, now: Moment) -> Stored<Claimed> {
        let row = AnswerRow::new(claim, None, now.plus(IN_USE_SECONDS))?;
        let write = Write::put(item(Key::idempotency(claim), KIND, &row)?).when(FREE).moment(":now", now).once();
        match self.write("an idempotency key cannot be claimed", write).await? {
            Ok(_) => Ok(Claimed::Fresh),
            Err(refused) => claimed(claim, refused),
        }
    }

    async fn keep_answer(&self, claim: &Claim, facts: &Facts, now: Moment) -> Stored<()> {
        self.write("an answer cannot be kept", own_answer(claim, facts, now)?).await.map(|_| ())
    }

    async fn release_key(&self, claim: &Claim) -> Stored<()> {
        let write = Write::delete(Key::idempotency(claim)).when(OWN).text(":nonce", &claim.nonce);
        self.write("an idempotency key cannot be given up", write).await.map(|_| ())
    }
}
