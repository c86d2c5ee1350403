//! Counters: guesses, wrong passwords, messages, challenges, and reserved money.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use shared::account::Owner;
use shared::limits::conversion::{CodeJob, ConversionLog, SentCode};
use shared::limits::guesses::{Budget, GuessLog, GuessLogState, LONG_WINDOW_DAYS};
use shared::limits::lockout::Lockout;
use shared::limits::messages::SendLog;
use shared::limits::source::SourceLimit;
use shared::money::Money;
use shared::ports::store::{Limits, Stored};
use shared::random::ChallengeId;
use shared::records::audit::AuditRecord;
use shared::reset::Reset;
use shared::time::{DAY, Date, Moment};
use shared::unavailable::Unavailable;

use super::DynamoStore;
use super::audit;
use super::guess_log::KIND;
use super::guess_log::{ALIVE, GuessLogRow, MOST_TRIMMED, oldest, touched};
use super::request::BATCH;
use super::reset_row::ResetRow;
use super::resets;
use super::row::{Empty, expiring, read, read_some, value};
use super::write::{Item, Write};
use crate::table::{self, Key, deleted_after};

/// How long an idle run of wrong passwords is stored, in days: unknown names have rows, too.
const STORED_DAYS: u64 = 30;

impl Limits for DynamoStore {
    async fn spend_attempt(
        &self,
        guess_log: &GuessLog,
        began_at: Moment,
        budget: Budget,
        now: Moment,
    ) -> Stored<Option<GuessLogState>> {
        let (Some(day), Some(long)) = (oldest(budget.per_day), oldest(budget.per_30_days)) else { return Ok(None) };
        let write = touched(guess_log, "#attempts = list_append(:guess, if_not_exists(#attempts, :none))", now)
            .when(format!("attribute_not_exists({day}) OR {day} <= :day_ago"))
            .when(format!("attribute_not_exists({long}) OR {long} <= :long_ago"))
            .when(ALIVE)
            .moments(":guess", &[now])
            .moments(":none", &[])
            .moment(":day_ago", now.minus(DAY))
            .moment(":long_ago", now.minus(LONG_WINDOW_DAYS * DAY))
            .moment(":began", began_at)
            .once();
        let charged = self.write("a guess cannot be charged to a guess log", write).await?;
        let Ok(charged) = charged else { return Ok(None) };
        Ok(Some(read::<GuessLogRow>(charged)?.into()))
    }

    /// One put in either case, so that the cost of a full guess log does not reveal whose it is.
    async fn note_blocked(&self, guess_log: &GuessLog, record: &AuditRecord) -> Stored<()> {
        const WHAT: &str = "a full guess log cannot be recorded";
        let write = match guess_log {
            GuessLog::Account(_) | GuessLog::Registration(_) => audit::stored(record)?.once(),
            GuessLog::Decoy(name) => Write::put(expiring(Key::blocked(name), "blocked", &Empty {}, record.at)?),
        };
        self.write(WHAT, write).await?.map(|_| ()).map_err(|_| Unavailable::plain(WHAT))
    }

    async fn trim_attempts(&self, guess_log: &GuessLog, keep: usize) -> Stored<()> {
        let entries = (keep..keep.saturating_add(MOST_TRIMMED)).map(|at| format!("#attempts[{at}]"));
        let write = Write::update(Key::guess_log(guess_log), "#kind = :kind")
            .removing(&entries.collect::<Vec<_>>().join(", "))
            .when(format!("attribute_exists(#attempts[{keep}])"))
            .text(":kind", KIND);
        self.write("a guess log cannot be trimmed", write).await.map(|_| ())
    }

    async fn guess_log(&self, guess_log: &GuessLog) -> Stored<GuessLogState> {
        let stored = self.get("a guess log cannot be read", Key::guess_log(guess_log)).await?;
        Ok(read_some::<GuessLogRow>(stored)?.map(GuessLogState::from).unwrap_or_default())
    }

    async fn message_logs(&self, keys: &[&str], range: Option<&str>) -> Stored<(Vec<SendLog>, ConversionLog)> {
        let rows = keys.iter().map(|key| Key::sends(key)).chain(range.map(Key::conversion_log)).collect();
        let mut rows = self.get_each("counted messages cannot be read", rows).await?.into_iter();
        let logs = rows.by_ref().take(keys.len()).map(|row| Ok(read_some(row)?.unwrap_or_default()));
        let logs = logs.collect::<Stored<Vec<SendLog>>>()?;
        Ok((logs, read_some(rows.next().flatten())?.unwrap_or_default()))
    }

    async fn sends(&self, key: &str) -> Stored<SendLog> {
        let stored = self.get("counted messages cannot be read", Key::sends(key)).await?;
        Ok(read_some(stored)?.unwrap_or_default())
    }

    async fn put_sends(&self, key: &str, log: &SendLog) -> Stored<bool> {
        Ok(self.write("a message cannot be counted", replaced(key, log)?.once()).await?.is_ok())
    }

    async fn conversion_log(&self, range: &str) -> Stored<ConversionLog> {
        let stored = self.get("the codes to a range cannot be read", Key::conversion_log(range)).await?;
        Ok(read_some(stored)?.unwrap_or_default())
    }

    async fn put_conversion_log(&self, range: &str, log: &ConversionLog, now: Moment) -> Stored<bool> {
        let row = ConversionLog { version: log.version + 1, ..log.clone() };
        let new = expiring(Key::conversion_log(range), "conversion", &row, log.ends(now))?;
        let write = Write::put(new).when_version(log.version).once();
        Ok(self.write("a code to a range cannot be counted", write).await?.is_ok())
    }

    /// One batch for each hundred resets and challenges.
    async fn used_codes(&self, codes: &[SentCode]) -> Stored<Vec<SentCode>> {
        const WHAT: &str = "the use of codes cannot be read";
        let mut keys: Vec<Key> = codes.iter().map(|code| row_of(&code.job)).collect();
        keys.sort_by(|one, other| one.partition.cmp(&other.partition));
        keys.dedup();
        let (mut resets, mut challenges) = (HashMap::new(), HashSet::new());
        for batch in keys.chunks(BATCH) {
            for item in self.get_all(WHAT, batch.iter().cloned()).await? {
                if is_challenge(&item) {
                    let challenge: ProofRow = read(item)?;
                    challenges.extend(challenge.used.then_some(challenge.id));
                } else {
                    let reset = Reset::try_from(read::<ResetRow>(item)?)?;
                    resets.insert(reset.id.clone(), reset);
                }
            }
        }
        let is_used = |code: &&SentCode| match &code.job {
            CodeJob::Reset(id, _) => resets.get(id).is_some_and(|reset| reset.used_a_code_at(&code.destination)),
            CodeJob::Challenge(id) => challenges.contains(id),
        };
        Ok(codes.iter().filter(is_used).cloned().collect())
    }

    async fn spend(&self, day: Date, key: &str, amount: Money, cap: Money) -> Stored<bool> {
        let Some(room) = cap.micros().checked_sub(amount.micros()) else { return Ok(false) };
        let sets = "#spent = if_not_exists(#spent, :zero) + :amount, #kind = :kind, #expires_at = :end, #ttl = :ttl";
        let end = Moment::end_of(day);
        let write = Write::update(Key::spend(day, key), sets)
            .moment(":end", end)
            .number(":ttl", deleted_after(end))
            .when("attribute_not_exists(#spent) OR #spent <= :room")
            .number(":zero", 0)
            .number(":amount", amount.micros())
            .number(":room", room)
            .text(":kind", "spend")
            .once();
        Ok(self.write("money cannot be reserved", write).await?.is_ok())
    }

    /// Never retried: a double refund would let spending exceed the cap; a lost refund is harmless.
    ///
    /// One request, and a second one if the refund exceeds the reserved money: it sets the sum to zero.
    async fn refund(&self, day: Date, key: &str, amount: Money) -> Stored<()> {
        const WHAT: &str = "money cannot be refunded";
        let write =
            |sets: &str| Write::update(Key::spend(day, key), sets).number(":amount", amount.micros()).sent_at_most(1);
        let less = write("#spent = #spent - :amount").when("#spent >= :amount");
        if self.write(WHAT, less).await?.is_err() {
            let none = write("#spent = :none").when("#spent < :amount").number(":none", 0);
            self.write(WHAT, none).await?.ok();
        }
        Ok(())
    }

    async fn count_source(&self, limits: &[SourceLimit], now: Moment) -> Stored<Result<(), Moment>> {
        const WHAT: &str = "a request of a network cannot be counted";
        let writes = limits.iter().map(|limit| resets::count(limit, now)).collect();
        let Err(cancelled) = self.transact(WHAT, writes).await? else { return Ok(Ok(())) };
        let reached = limits.iter().enumerate().filter(|(at, _)| cancelled.refused(*at));
        reached.map(|(_, limit)| limit.ends(now)).max().map(Err).ok_or_else(|| Unavailable::plain(WHAT))
    }

    async fn lockout(&self, owner: &Owner) -> Stored<Lockout> {
        let stored = self.get("wrong passwords cannot be read", Key::lockout(owner)).await?;
        Ok(read_some(stored)?.unwrap_or_default())
    }

    async fn put_lockout(&self, owner: &Owner, state: &Lockout) -> Stored<bool> {
        let last = state.changed_at.max(state.locked_until).unwrap_or(Moment::from_millis(0));
        let row = Lockout { version: state.version + 1, ..state.clone() };
        let new = expiring(Key::lockout(owner), "signIn", &row, last.plus(STORED_DAYS * DAY))?;
        let write = Write::put(new).when_version(state.version).once();
        Ok(self.write("a password cannot be charged", write).await?.is_ok())
    }
}

/// The part of a challenge's row that says whether it was proved.
#[derive(Deserialize)]
struct ProofRow {
    id: ChallengeId,
    used: bool,
}

fn is_challenge(item: &Item) -> bool {
    item.get(table::SORT).and_then(|sort| sort.as_s().ok()).is_some_and(|sort| Key::is_challenge(sort))
}

/// The key of the row that says whether a job's code was used.
fn row_of(job: &CodeJob) -> Key {
    match job {
        CodeJob::Reset(id, _) => Key::reset(id),
        CodeJob::Challenge(id) => Key::challenge(id),
    }
}

/// Replaces a log, if it is unchanged since it was read.
pub(super) fn replaced(key: &str, log: &SendLog) -> Stored<Write> {
    let sets = "#counted = :counted, #kind = :kind";
    // No window is longer than a day. A log without messages leaves the row's expiry as it is.
    let end = log.counted.iter().map(|send| send.at).max().map(|youngest| youngest.plus(DAY));
    let write = match end {
        Some(end) => Write::update(Key::sends(key), format!("{sets}, #expires_at = :end, #ttl = :ttl"))
            .moment(":end", end)
            .number(":ttl", deleted_after(end)),
        None => Write::update(Key::sends(key), sets),
    };
    Ok(write.value(":counted", value(&log.counted)?).text(":kind", "sends").when_version(log.version))
}
