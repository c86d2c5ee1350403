//! The end of a reset.

use super::State;
use crate::account::Owner;
use crate::limits::guesses::Ring;
use crate::ports::store::{PasswordChange, PasswordSet};
use crate::random::{ResetId, Seed};
use crate::reset::{Grant, MAX_COMPLETIONS_PER_DAY, MAX_PASSWORD_TRIES, Reset, Stage};
use crate::time::Moment;

impl State {
    pub(super) fn charge_password(&mut self, reset: &Reset, grant: &Seed, now: Moment) -> bool {
        let Some(grant) = self.live_grant(&reset.id, grant, now) else { return false };
        if grant.password_tries >= MAX_PASSWORD_TRIES {
            return false;
        }
        grant.password_tries += 1;
        true
    }

    pub(super) fn set_password(&mut self, change: &PasswordChange<'_>) -> PasswordSet {
        let now = change.now;
        let owner = Owner::Account(change.account.clone());
        let ring = Ring::Account(owner.clone());
        if self.live_grant(&change.reset.id, change.grant, now).is_none() {
            return PasswordSet::TokenDead;
        }
        let decided_upon = |account: &crate::account::Account| account.enabled && account.version == change.version;
        if !self.accounts.get(change.account).is_some_and(decided_upon) {
            return PasswordSet::AccountChanged;
        }
        let state = self.ring_state(&ring);
        if state.voids(change.reset.began_at) || !state.may_complete(now) {
            return PasswordSet::Void;
        }

        if let Some(account) = self.accounts.get_mut(change.account) {
            account.password = Some(change.password.clone());
            account.force_change_password = false;
            account.sign_in_sessions_valid_from = Some(now);
            account.version += 1;
        }
        if let Some(kept) = self.resets.get_mut(&change.reset.id) {
            kept.value.stage = Stage::Completed;
        }
        self.void(&owner, now);
        let state = self.ring_mut(&ring);
        state.attempts.clear();
        state.completions.insert(0, now);
        state.completions.truncate(MAX_COMPLETIONS_PER_DAY);
        self.sign_ins.remove(&owner.key());
        for notice in change.notices {
            self.put_notice(notice);
        }
        self.keep_record(change.record);
        PasswordSet::Set
    }

    /// The grant of a live reset, if it is the one that was shown.
    fn live_grant(&mut self, reset: &ResetId, grant: &Seed, now: Moment) -> Option<&mut Grant> {
        let reset = &mut self.resets.get_mut(reset)?.value;
        let live = reset.is_live(now);
        match &mut reset.stage {
            Stage::Granted(kept) if live && kept.seed == *grant => Some(kept),
            Stage::Granted(_) | Stage::Proving { .. } | Stage::Completed => None,
        }
    }

    /// Voids what an owner's resets began up to `moment`; what was void stays so.
    pub(super) fn void(&mut self, owner: &Owner, moment: Moment) {
        let ring = self.ring_mut(&Ring::Account(owner.clone()));
        ring.void_before = ring.void_before.max(Some(moment));
    }
}
