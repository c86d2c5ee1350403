//! What is counted: guesses, wrong passwords, messages and money.

use super::State;
use crate::account::Owner;
use crate::limits::guesses::{Budget, Ring, RingState};
use crate::limits::lockout::SignIn;
use crate::limits::messages::Sends;
use crate::money::Money;
use crate::records::audit::AuditRecord;
use crate::records::notice::NoticeOrder;
use crate::time::Moment;

pub(super) fn ring_key(ring: &Ring) -> String {
    match ring {
        Ring::Account(owner) => format!("account {}", owner.key()),
        Ring::Idle(name) => format!("idle {name}"),
        Ring::Registration(owner) => format!("registration {}", owner.key()),
    }
}

impl State {
    pub(super) fn ring_state(&self, ring: &Ring) -> RingState {
        self.rings.get(&ring_key(ring)).cloned().unwrap_or_default()
    }

    pub(super) fn ring_mut(&mut self, ring: &Ring) -> &mut RingState {
        self.rings.entry(ring_key(ring)).or_default()
    }

    pub(super) fn spend_attempt(
        &mut self,
        ring: &Ring,
        began_at: Moment,
        budget: Budget,
        now: Moment,
    ) -> Option<RingState> {
        let state = self.ring_mut(ring);
        if state.voids(began_at) || !state.has_room(budget, now) {
            return None;
        }
        state.attempts.insert(0, now);
        Some(state.clone())
    }

    pub(super) fn unblock(&mut self, owner: &Owner, notice: &NoticeOrder, record: &AuditRecord) {
        for ring in [Ring::Account(owner.clone()), Ring::Registration(owner.clone())] {
            self.ring_mut(&ring).attempts.clear();
        }
        self.sign_ins.remove(&owner.key());
        self.put_notice(notice);
        self.keep_record(record);
    }

    pub(super) fn put_sign_in(&mut self, owner: &Owner, state: &SignIn) -> bool {
        let kept = self.sign_ins.get(&owner.key()).map_or(0, |kept| kept.version);
        if kept != state.version {
            return false;
        }
        self.sign_ins.insert(owner.key(), SignIn { version: kept + 1, ..state.clone() });
        true
    }

    pub(super) fn put_sends(&mut self, key: &str, sends: &Sends) -> bool {
        let kept = self.sends.get(key).map_or(0, |kept| kept.version);
        if kept != sends.version {
            return false;
        }
        self.sends.insert(key.to_owned(), Sends { version: kept + 1, ..sends.clone() });
        true
    }

    pub(super) fn spend(&mut self, day: &str, key: &str, amount: Money, cap: Money) -> bool {
        let spent = self.spent.entry((day.to_owned(), key.to_owned())).or_default();
        match spent.checked_add(amount.micros()) {
            Some(sum) if sum <= cap.micros() => {
                *spent = sum;
                true
            }
            Some(_) | None => false,
        }
    }

    pub(super) fn refund(&mut self, day: &str, key: &str, amount: Money) {
        let spent = self.spent.entry((day.to_owned(), key.to_owned())).or_default();
        *spent = spent.saturating_sub(amount.micros());
    }
}
