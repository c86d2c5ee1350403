//! Security questions, and the policy.

use super::State;
use crate::credentials::questions::{Draw, QuestionSet};
use crate::policy::Policy;
use crate::ports::store::{KeptPolicy, QuestionsChange};
use crate::random::AccountId;
use crate::records::audit::AuditRecord;

impl State {
    pub(super) fn change_questions(&mut self, account: &AccountId, change: QuestionsChange<'_>) {
        match change {
            QuestionsChange::Kept => {}
            QuestionsChange::Set(set) => {
                let version = self.questions.get(account).map_or(0, |kept| kept.version) + 1;
                self.questions.insert(account.clone(), QuestionSet { version, ..set.clone() });
            }
            QuestionsChange::Removed => {
                self.questions.remove(account);
            }
        }
    }

    pub(super) fn put_draw(&mut self, account: &AccountId, version: u64, draw: &Draw) -> bool {
        let Some(kept) = self.questions.get_mut(account).filter(|kept| kept.version == version) else { return false };
        kept.draw = Some(draw.clone());
        kept.version += 1;
        true
    }

    pub(super) fn put_policy(&mut self, policy: &Policy) {
        let version = self.policy_version() + 1;
        self.policy = Some(KeptPolicy { policy: policy.clone(), version });
    }

    pub(super) fn change_policy(&mut self, policy: &Policy, version: u64, record: &AuditRecord) -> bool {
        if self.policy_version() != version {
            return false;
        }
        self.put_policy(policy);
        self.keep_record(record);
        true
    }

    /// Zero where there is no policy.
    fn policy_version(&self) -> u64 {
        self.policy.as_ref().map_or(0, |kept| kept.version)
    }
}
