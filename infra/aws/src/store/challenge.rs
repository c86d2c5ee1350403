//! Challenges of a registration.

use serde::{Deserialize, Serialize};
use shared::account::{ContactType, Destination};
use shared::ports::idempotency::Answered;
use shared::ports::store::Stored;
use shared::random::{AccountId, ChallengeId, Reference};
use shared::reset::challenge::{Challenge, ChallengeCount, Challenged};
use shared::time::{DAY, Moment};

use super::DynamoStore;
use super::idempotency;
use super::row::{BadRow, DestinationRow, SeedRow, channel, item, read, read_some};
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

#[derive(Serialize, Deserialize)]
struct CountRow {
    counted: Vec<ChallengedRow>,
    version: u64,
    expires_at: u64,
    ttl: u64,
}

#[derive(Serialize, Deserialize)]
struct ChallengedRow {
    at: u64,
    destination: String,
    /// Absent in rows that were written before this was kept.
    #[serde(default)]
    given_back: bool,
}

impl TryFrom<CountRow> for ChallengeCount {
    type Error = BadRow;

    fn try_from(row: CountRow) -> Result<Self, BadRow> {
        let challenged = |row: ChallengedRow| Challenged {
            at: Moment::from_millis(row.at),
            destination: row.destination,
            given_back: row.given_back,
        };
        Ok(Self { counted: row.counted.into_iter().map(challenged).collect(), version: row.version })
    }
}

impl DynamoStore {
    pub(super) async fn read_challenge_count(&self, account: &AccountId) -> Stored<ChallengeCount> {
        let kept = self.get("counted challenges cannot be read", Key::challenges(account)).await?;
        Ok(read_some::<CountRow, _>(kept)?.unwrap_or_default())
    }

    pub(super) async fn replace_challenge_count(&self, account: &AccountId, count: &ChallengeCount) -> Stored<bool> {
        let write = counted(account, count)?.once();
        Ok(self.write("a challenge cannot be given back", write).await?.is_ok())
    }

    pub(super) async fn begin_counted(
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

    pub(super) async fn read_challenge(&self, id: &ChallengeId) -> Stored<Option<Challenge>> {
        read_some::<ChallengeRow, _>(self.get("a challenge cannot be read", Key::challenge(id)).await?)
    }

    pub(super) async fn charge_guess(
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
}

/// Replaces an account's counted challenges that are still as they were read.
fn counted(account: &AccountId, count: &ChallengeCount) -> Stored<Write> {
    let row = |one: &Challenged| ChallengedRow {
        at: one.at.millis(),
        destination: one.destination.clone(),
        given_back: one.given_back,
    };
    // No limit looks back further than a day.
    let end = count.counted.iter().map(|one| one.at).max().unwrap_or(Moment::from_millis(0)).plus(DAY);
    let row = CountRow {
        counted: count.counted.iter().map(row).collect(),
        version: count.version + 1,
        expires_at: end.millis(),
        ttl: deleted_after(end),
    };
    Ok(Write::put(item(Key::challenges(account), "challenges", &row)?).when_version(count.version))
}

/// Uses a challenge of an account up, as part of a transaction.
pub(super) fn used(id: &ChallengeId, account: &AccountId) -> Write {
    Write::update(Key::challenge(id), "#used = :yes")
        .when("#used = :no AND #account = :account")
        .truth(":yes", true)
        .truth(":no", false)
        .text(":account", account.as_str())
}
