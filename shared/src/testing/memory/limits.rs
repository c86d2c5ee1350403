//! Counters: guesses, wrong passwords, messages, challenges and money.

use std::sync::atomic::Ordering;

use super::MemoryStore;
use super::state::{State, guess_log_key};
use crate::account::Owner;
use crate::limits::conversion::{CodeJob, ConversionLog, SentCode};
use crate::limits::guesses::{Budget, GuessLog, GuessLogState};
use crate::limits::lockout::Lockout;
use crate::limits::messages::SendLog;
use crate::limits::source::SourceLimit;
use crate::money::Money;
use crate::ports::store::{Limits, Stored};
use crate::records::audit::AuditRecord;
use crate::time::{Date, Moment};
use crate::unavailable::Unavailable;

impl Limits for MemoryStore {
    async fn spend_attempt(
        &self,
        guess_log: &GuessLog,
        began_at: Moment,
        budget: Budget,
        now: Moment,
    ) -> Stored<Option<GuessLogState>> {
        let state = &mut *self.state();
        let guess_log = state.guess_log_mut(guess_log);
        if guess_log.revokes(began_at) || !guess_log.has_room(budget, now) {
            return Ok(None);
        }
        guess_log.attempts.insert(0, now);
        Ok(Some(guess_log.clone()))
    }

    async fn note_blocked(&self, guess_log: &GuessLog, record: &AuditRecord) -> Stored<()> {
        let state = &mut *self.state();
        match guess_log {
            GuessLog::Account(_) | GuessLog::Registration(_) => state.store_record(record),
            GuessLog::Decoy(_) => {}
        }
        Ok(())
    }

    async fn trim_attempts(&self, guess_log: &GuessLog, keep: usize) -> Stored<()> {
        if let Some(state) = self.state().guess_logs.get_mut(&guess_log_key(guess_log)) {
            state.attempts.truncate(keep);
        }
        Ok(())
    }

    async fn guess_log(&self, guess_log: &GuessLog) -> Stored<GuessLogState> {
        Ok(self.state().guess_logs.get(&guess_log_key(guess_log)).cloned().unwrap_or_default())
    }

    async fn message_logs(&self, keys: &[&str], range: Option<&str>) -> Stored<(Vec<SendLog>, ConversionLog)> {
        let state = &*self.state();
        let logs = keys.iter().map(|key| state.sends.get(*key).cloned().unwrap_or_default());
        let of_range = range.and_then(|range| state.conversion_logs.get(range)).cloned().unwrap_or_default();
        Ok((logs.collect(), of_range))
    }

    async fn sends(&self, key: &str) -> Stored<SendLog> {
        Ok(self.state().sends.get(key).cloned().unwrap_or_default())
    }

    async fn put_sends(&self, key: &str, log: &SendLog) -> Stored<bool> {
        Ok(self.state().put_sends(key, log))
    }

    async fn conversion_log(&self, range: &str) -> Stored<ConversionLog> {
        Ok(self.state().conversion_logs.get(range).cloned().unwrap_or_default())
    }

    async fn put_conversion_log(&self, range: &str, log: &ConversionLog, _now: Moment) -> Stored<bool> {
        let state = &mut *self.state();
        if state.loses_write(range) {
            return Ok(false);
        }
        let logs = &mut state.conversion_logs;
        let stored = logs.get(range).map_or(0, |stored| stored.version);
        if stored == log.version {
            logs.insert(range.to_owned(), ConversionLog { version: stored + 1, ..log.clone() });
        }
        Ok(stored == log.version)
    }

    async fn used_codes(&self, codes: &[SentCode]) -> Stored<Vec<SentCode>> {
        let state = &*self.state();
        let is_used = |code: &&SentCode| match &code.job {
            CodeJob::Reset(id, _) => {
                state.resets.get(id).is_some_and(|reset| reset.value.used_a_code_at(&code.destination))
            }
            CodeJob::Challenge(id) => state.challenges.get(id).is_some_and(|challenge| challenge.value.used),
        };
        Ok(codes.iter().filter(is_used).cloned().collect())
    }

    async fn spend(&self, day: Date, key: &str, amount: Money, cap: Money) -> Stored<bool> {
        let state = &mut *self.state();
        let spent = state.spent.entry((day, key.to_owned())).or_default();
        Ok(match spent.checked_add(amount.micros()) {
            Some(sum) if sum <= cap.micros() => {
                *spent = sum;
                true
            }
            Some(_) | None => false,
        })
    }

    async fn refund(&self, day: Date, key: &str, amount: Money) -> Stored<()> {
        if self.refunds_fail.load(Ordering::Relaxed) {
            return Err(Unavailable::plain("money cannot be refunded"));
        }
        let state = &mut *self.state();
        let spent = state.spent.entry((day, key.to_owned())).or_default();
        *spent = spent.saturating_sub(amount.micros());
        Ok(())
    }

    async fn count_source(&self, limits: &[SourceLimit], now: Moment) -> Stored<Result<(), Moment>> {
        Ok(self.state().count_source(limits, now))
    }

    async fn lockout(&self, owner: &Owner) -> Stored<Lockout> {
        Ok(self.state().sign_ins.get(&owner.key()).cloned().unwrap_or_default())
    }

    async fn put_lockout(&self, owner: &Owner, lockout: &Lockout) -> Stored<bool> {
        let state = &mut *self.state();
        let stored = state.sign_ins.get(&owner.key()).map_or(0, |stored| stored.version);
        if stored != lockout.version {
            return Ok(false);
        }
        state.sign_ins.insert(owner.key(), Lockout { version: stored + 1, ..lockout.clone() });
        Ok(true)
    }
}

impl State {
    /// Whether a write of a counter is lost, as if another one had come first.
    fn loses_write(&mut self, key: &str) -> bool {
        let left = self.lost_writes.get_mut(key);
        left.is_some_and(|left| std::mem::replace(left, left.saturating_sub(1)) > 0)
    }

    /// Replaces a log that is still as it was read; returns `false` if it changed.
    pub(super) fn put_sends(&mut self, key: &str, log: &SendLog) -> bool {
        if self.loses_write(key) {
            return false;
        }
        let stored = self.sends.get(key).map_or(0, |stored| stored.version);
        if stored == log.version {
            self.sends.insert(key.to_owned(), SendLog { version: stored + 1, ..log.clone() });
        }
        stored == log.version
    }

    pub(super) fn guess_log_state(&self, guess_log: &GuessLog) -> GuessLogState {
        self.guess_logs.get(&guess_log_key(guess_log)).cloned().unwrap_or_default()
    }

    pub(super) fn guess_log_mut(&mut self, guess_log: &GuessLog) -> &mut GuessLogState {
        self.guess_logs.entry(guess_log_key(guess_log)).or_default()
    }

    /// Revokes an owner's resets that began up to `moment`. An earlier revocation stays in force.
    pub(super) fn revoked(&mut self, owner: &Owner, moment: Moment) {
        let guess_log = self.guess_log_mut(&GuessLog::Account(owner.clone()));
        guess_log.revoked_before = guess_log.revoked_before.max(Some(moment));
    }
}
