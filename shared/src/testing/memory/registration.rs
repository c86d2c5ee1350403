//! Challenges of a registration, and security questions.

use super::MemoryStore;
use super::state::{Ordered, State};
use crate::credentials::questions::{Draw, QuestionSet};
use crate::limits::messages::SendLog;
use crate::ports::idempotency::KeyedResponse;
use crate::ports::store::{QuestionsChange, Registrations, Stored};
use crate::random::{AccountId, ChallengeId};
use crate::reset::challenge::Challenge;
use crate::time::Moment;

impl Registrations for MemoryStore {
    async fn begin_challenge(
        &self,
        challenge: &Challenge,
        log: &SendLog,
        answered: Option<KeyedResponse<'_>>,
    ) -> Stored<bool> {
        let state = &mut *self.state();
        state.check_answered(answered.as_ref())?;
        if !state.put_sends(&Challenge::log_key(&challenge.account), log) {
            return Ok(false);
        }
        state.challenges.insert(challenge.id.clone(), Ordered::new(challenge.clone()));
        state.store_answered(answered.as_ref());
        Ok(true)
    }

    async fn challenge(&self, id: &ChallengeId) -> Stored<Option<Challenge>> {
        Ok(self.state().challenges.get(id).map(|stored| stored.value.clone()))
    }

    async fn charge_challenge(
        &self,
        id: &ChallengeId,
        account: &AccountId,
        tries: u32,
        now: Moment,
    ) -> Stored<Option<Challenge>> {
        let state = &mut *self.state();
        let Some(Ordered { value: challenge, .. }) = state.challenges.get_mut(id) else { return Ok(None) };
        let live = now < challenge.expires_at && !challenge.used;
        if challenge.account != *account || !live || challenge.tries >= tries {
            return Ok(None);
        }
        challenge.tries += 1;
        Ok(Some(challenge.clone()))
    }

    async fn questions(&self, account: &AccountId) -> Stored<Option<QuestionSet>> {
        Ok(self.state().questions.get(account).cloned())
    }

    async fn put_draw(&self, account: &AccountId, version: u64, draw: &Draw) -> Stored<bool> {
        let state = &mut *self.state();
        let Some(stored) = state.questions.get_mut(account).filter(|stored| stored.version == version) else {
            return Ok(false);
        };
        stored.draw = Some(draw.clone());
        stored.version += 1;
        Ok(true)
    }
}

impl State {
    pub(super) fn change_questions(&mut self, account: &AccountId, change: QuestionsChange<'_>) {
        match change {
            QuestionsChange::Unchanged => {}
            QuestionsChange::Set(set) => {
                let version = self.questions.get(account).map_or(0, |stored| stored.version) + 1;
                self.questions.insert(account.clone(), QuestionSet { version, ..set.clone() });
            }
            QuestionsChange::Removed => {
                self.questions.remove(account);
            }
        }
    }
}
