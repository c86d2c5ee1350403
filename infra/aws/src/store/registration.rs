//! Challenges of a registration; security questions, in an item of their own.

use serde::{Deserialize, Serialize};
use shared::account::{ContactType, Destination};
use shared::credentials::questions::{Draw, QuestionSet};
use shared::ports::idempotency::Answered;
use shared::ports::store::{Registrations, Stored};
use shared::random::{AccountId, ChallengeId, Reference};
use shared::reset::challenge::{Challenge, ChallengeCount};
use shared::time::Moment;

use super::DynamoStore;
use super::idempotency;
use super::limits::counted;
use super::questions::{DrawRow, QuestionsRow};
use super::row::{BadRow, DestinationRow, SeedRow, channel, item, read, read_some, value};
use super::write::Write;
use crate::table::{Key, deleted_after};

#[derive(Serialize, Deserialize)]
struct ChallengeRow {
    id: String,
    account: String,
    contact: String,
    value: DestinationRow,
    channel: String,
    seed: SeedRow,
    code_key: u32,
    digits: u8,
    reference: String,
    made_at: u64,
    expires_at: u64,
    ttl: u64,
    tries: u32,
    source: String,
    used: bool,
}

impl From<&Challenge> for ChallengeRow {
    fn from(challenge: &Challenge) -> Self {
        Self {
            id: challenge.id.as_str().to_owned(),
            account: challenge.account.as_str().to_owned(),
            contact: challenge.kind.as_str().to_owned(),
            value: DestinationRow::from(&challenge.value),
            channel: challenge.channel.as_str().to_owned(),
            seed: SeedRow(challenge.seed.clone()),
            code_key: challenge.code_key,
            digits: challenge.digits,
            reference: challenge.reference.as_str().to_owned(),
            made_at: challenge.made_at.millis(),
            expires_at: challenge.expires_at.millis(),
            ttl: deleted_after(challenge.expires_at),
            tries: challenge.tries,
            source: challenge.source.clone(),
            used: challenge.used,
        }
    }
}

impl TryFrom<ChallengeRow> for Challenge {
    type Error = BadRow;

    fn try_from(row: ChallengeRow) -> Result<Self, BadRow> {
        Ok(Self {
            id: ChallengeId::parse(&row.id).ok_or(BadRow)?,
            account: AccountId::parse(&row.account).ok_or(BadRow)?,
            kind: ContactType::parse(&row.contact).ok_or(BadRow)?,
            value: Destination::try_from(row.value)?,
            channel: channel(&row.channel)?,
            seed: row.seed.0,
            code_key: row.code_key,
            digits: row.digits,
            reference: Reference::parse(&row.reference).ok_or(BadRow)?,
            made_at: Moment::from_millis(row.made_at),
            expires_at: Moment::from_millis(row.expires_at),
            tries: row.tries,
            source: row.source,
            used: row.used,
        })
    }
}

impl Registrations for DynamoStore {
    async fn begin_challenge(
        &self,
        challenge: &Challenge,
        count: &ChallengeCount,
        answered: Option<Answered<'_>>,
    ) -> Stored<bool> {
        let new = item(Key::challenge(&challenge.id), "challenge", &ChallengeRow::from(challenge))?;
        let mut writes = vec![Write::put(new).when_new(), counted(&challenge.account, count)?];
        writes.extend(idempotency::answered(answered)?);
        self.decide("a challenge cannot be begun", writes, 2).await
    }

    async fn challenge(&self, id: &ChallengeId) -> Stored<Option<Challenge>> {
        read_some::<ChallengeRow, _>(self.get("a challenge cannot be read", Key::challenge(id)).await?)
    }

    async fn charge_challenge(
        &self,
        id: &ChallengeId,
        account: &AccountId,
        tries: u32,
        now: Moment,
    ) -> Stored<Option<Challenge>> {
        let write = Write::update(Key::challenge(id), "#tries = #tries + :one")
            .when("#account = :account AND #expires_at > :now AND #used = :no AND #tries < :tries")
            .text(":account", account.as_str())
            .moment(":now", now)
            .truth(":no", false)
            .number(":tries", tries.into())
            .once();
        let charged = self.write("a guess cannot be charged to a challenge", write).await?;
        charged.ok().map(read::<ChallengeRow, _>).transpose()
    }

    async fn questions(&self, account: &AccountId) -> Stored<Option<QuestionSet>> {
        let kept = self.get("security questions cannot be read", Key::questions(account)).await?;
        read_some::<QuestionsRow, _>(kept)
    }

    async fn put_draw(&self, account: &AccountId, version: u64, draw: &Draw) -> Stored<bool> {
        let write = Write::update(Key::questions(account), "#draw = :draw")
            .when("#version = :version")
            .number(":version", version)
            .value(":draw", value(&DrawRow::from(draw))?)
            .once();
        Ok(self.write("a draw of questions cannot be noted", write).await?.is_ok())
    }
}

/// Uses a challenge of an account up, as part of a transaction.
pub(super) fn challenge_used(id: &ChallengeId, account: &AccountId) -> Write {
    Write::update(Key::challenge(id), "#used = :yes")
        .when("#used = :no AND #account = :account")
        .truth(":yes", true)
        .truth(":no", false)
        .text(":account", account.as_str())
}
