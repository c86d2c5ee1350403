//! Challenges of a registration, and notices.

use super::{Ordered, State};
use crate::random::{AccountId, ChallengeId, NoticeId};
use crate::records::notice::NoticeOrder;
use crate::reset::challenge::{Challenge, ChallengeCount};
use crate::time::Moment;

impl State {
    pub(super) fn begin_challenge(&mut self, challenge: &Challenge, count: &ChallengeCount) -> bool {
        let kept = self.challenge_counts.get(&challenge.account).map_or(0, |kept| kept.version);
        if kept != count.version {
            return false;
        }
        self.challenge_counts.insert(challenge.account.clone(), ChallengeCount { version: kept + 1, ..count.clone() });
        self.challenges.insert(challenge.id.clone(), Ordered::new(challenge.clone()));
        true
    }

    pub(super) fn put_challenge_count(&mut self, account: &AccountId, count: &ChallengeCount) -> bool {
        let kept = self.challenge_counts.get(account).map_or(0, |kept| kept.version);
        if kept == count.version {
            self.challenge_counts.insert(account.clone(), ChallengeCount { version: kept + 1, ..count.clone() });
        }
        kept == count.version
    }

    pub(super) fn charge_challenge(
        &mut self,
        id: &ChallengeId,
        account: &AccountId,
        tries: u32,
        now: Moment,
    ) -> Option<Challenge> {
        let challenge = &mut self.challenges.get_mut(id)?.value;
        let live = now < challenge.expires_at && !challenge.used;
        if challenge.account != *account || !live || challenge.tries >= tries {
            return None;
        }
        challenge.tries += 1;
        Some(challenge.clone())
    }

    pub(super) fn pending_notices(&self, day: &str, first: &NoticeId, limit: usize) -> Vec<NoticeOrder> {
        let of_day = self.notices.iter().filter(|((kept, _), _)| kept == day).map(|(_, kept)| &kept.value);
        let mut pending: Vec<NoticeOrder> = of_day.filter(|notice| !notice.finished).cloned().collect();
        pending.sort_by(|one, other| (one.id < *first, &one.id).cmp(&(other.id < *first, &other.id)));
        pending.truncate(limit);
        pending
    }

    /// Writes a notice down; a lease on it stays.
    pub(super) fn put_notice(&mut self, notice: &NoticeOrder) {
        let key = (notice.day(), notice.id.clone());
        self.notices.entry(key).or_insert_with(|| Ordered::new(notice.clone())).value = notice.clone();
    }
}
