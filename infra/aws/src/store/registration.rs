//! Challenges of a registration, and security questions.

use serde::{Deserialize, Serialize};
use shared::account::{ContactType, Destination};
use shared::credentials::questions::{Draw, QuestionSet};
use shared::limits::messages::SendLog;
use shared::message::Channel;
use shared::ports::idempotency::KeyedResponse;
use shared::ports::store::{Registrations, Stored};
use shared::random::{AccountId, ChallengeId, Reference, Seed};
use shared::reset::challenge::Challenge;
use shared::time::Moment;

use super::DynamoStore;
use super::idempotency;
use super::limits::replaced;
use super::questions::QuestionsRow;
use super::row::{BadRow, DestinationRow, expiring, read, read_some, value};
use super::write::Write;
use crate::table::Key;

#[derive(Serialize, Deserialize)]
pub(super) struct ChallengeRow {
    id: ChallengeId,
    account: AccountId,
    contact: String,
    value: DestinationRow,
    channel: Channel,
    seed: Seed,
    code_key: u32,
    digits: u8,
    reference: Reference,
    made_at: Moment,
    expires_at: Moment,
    tries: u32,
    source: String,
    used: bool,
}

impl From<&Challenge> for ChallengeRow {
    fn from(challenge: &Challenge) -> Self {
        let Challenge { id, account, kind, value, channel, seed, code_key, digits, .. } = challenge.clone();
        let Challenge { reference, made_at, expires_at, tries, source, used, .. } = challenge.clone();
        let (contact, value) = (kind.as_str().to_owned(), DestinationRow::from(&value));
        Self {
            id,
            account,
            contact,
            value,
            channel,
            seed,
            code_key,
            digits,
            reference,
            made_at,
            expires_at,
            tries,
            source,
            used,
        }
    }
}

impl TryFrom<ChallengeRow> for Challenge {
    type Error = BadRow;

    fn try_from(row: ChallengeRow) -> Result<Self, BadRow> {
        let ChallengeRow {
            id,
            account,
            contact,
            value,
            channel,
            seed,
            code_key,
            digits,
            reference,
            made_at,
            expires_at,
            tries,
            source,
            used,
        } = row;
        let (kind, value) = (ContactType::parse(&contact).ok_or(BadRow)?, Destination::try_from(value)?);
        Ok(Self {
            id,
            account,
            kind,
            value,
            channel,
            seed,
            code_key,
            digits,
            reference,
            made_at,
            expires_at,
            tries,
            source,
            used,
        })
    }
}

impl Registrations for DynamoStore {
    async fn begin_challenge(
        &self,
        challenge: &Challenge,
        log: &SendLog,
        answered: Option<KeyedResponse<'_>>,
    ) -> Stored<bool> {
        let new =
            expiring(Key::challenge(&challenge.id), "challenge", &ChallengeRow::from(challenge), challenge.expires_at)?;
        let mut writes = vec![Write::put(new).when_new(), replaced(&Challenge::log_key(&challenge.account), log)?];
        writes.extend(idempotency::reserved_response(answered.as_ref())?);
        self.decide("a challenge cannot be begun", writes, 2).await
    }

    async fn challenge(&self, id: &ChallengeId) -> Stored<Option<Challenge>> {
        let stored = self.get("a challenge cannot be read", Key::challenge(id)).await?;
        Ok(read_some::<ChallengeRow>(stored)?.map(Challenge::try_from).transpose()?)
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
        let Ok(charged) = charged else { return Ok(None) };
        Ok(Some(read::<ChallengeRow>(charged)?.try_into()?))
    }

    async fn questions(&self, account: &AccountId) -> Stored<Option<QuestionSet>> {
        let stored = self.get("security questions cannot be read", Key::questions(account)).await?;
        Ok(read_some::<QuestionsRow>(stored)?.map(QuestionSet::try_from).transpose()?)
    }

    async fn put_draw(&self, account: &AccountId, version: u64, draw: &Draw) -> Stored<bool> {
        let write = Write::update(Key::questions(account), "#draw = :draw")
            .when("#version = :version")
            .number(":version", version)
            .value(":draw", value(draw)?)
            .once();
        Ok(self.write("a draw of questions cannot be stored", write).await?.is_ok())
    }
}

/// Uses up an account's challenge, as part of a transaction.
pub(super) fn challenge_used(id: &ChallengeId, account: &AccountId) -> Write {
    Write::update(Key::challenge(id), "#used = :yes")
        .when("#used = :no AND #account = :account")
        .truth(":yes", true)
        .truth(":no", false)
        .text(":account", account.as_str())
}
