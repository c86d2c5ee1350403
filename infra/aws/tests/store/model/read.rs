//! What is read of a store, during a sequence and in the end.

use super::*;

impl World {
    /// Remembers what the store holds now, of what a verb read or began.
    pub(super) async fn look(&mut self, store: &impl Store, verb: Verb) {
        match verb.what {
            What::Begin => {
                if let Some(begun) = store.reset(&self.drawn.reset.id).await.unwrap() {
                    self.long_codes.push(IssuedLongCode {
                        reset: begun.id.clone(),
                        gate: begun.issued.gate,
                        ..self.samples.issued_long_code(self.now)
                    });
                    self.resets.push(vec![begun]);
                }
            }
            What::ReadReset => {
                let count = self.resets.len();
                let read = &mut self.resets[count - 1 - verb.reset % count];
                read.push(store.reset(&read[0].id).await.unwrap().unwrap());
            }
            What::ReadAccount => {
                let read = &mut self.accounts[verb.account];
                read.push(store.account(&read[0].id).await.unwrap().unwrap());
            }
            What::PutSends => self.sends.push(store.sends("row").await.unwrap()),
            What::CountCode => self.logs.push(store.conversion_log("1.range").await.unwrap()),
            What::PutLockout => {
                self.lockouts.push(store.lockout(&owner(&self.accounts[verb.account][0])).await.unwrap());
            }
            What::ChangeAccount | What::Unblock | What::SetPassword => self.notices.push(self.drawn.notice.clone()),
            _ => {}
        }
    }

    /// Everything that the verbs can have changed.
    pub(super) async fn all(&self, store: &impl Store) -> Vec<String> {
        let mut all = Vec::new();
        for account in self.accounts.iter().map(|read| &read[0]) {
            let owner = owner(account);
            all.push(told(&store.account(&account.id).await));
            all.push(told(&store.lockout(&owner).await.map(|lockout| Lockout { version: 0, ..lockout })));
            for guess_log in [GuessLog::Account(owner.clone()), GuessLog::Registration(owner.clone())] {
                all.push(told(&store.guess_log(&guess_log).await));
            }
            let mut long = store.issued_long_codes(&owner).await.unwrap();
            long.issued.sort_by(|one, other| one.reset.cmp(&other.reset));
            all.push(format!("{long:?}"));
        }
        for reset in self.resets.iter().map(|read| &read[0]) {
            all.push(told(&store.reset(&reset.id).await));
        }
        all.push(told(&store.sends("row").await));
        all.push(told(&store.conversion_log("1.range").await));
        let first = NoticeId::parse(&"A".repeat(NoticeId::LENGTH)).unwrap();
        let days = self.now.seconds().saturating_sub(START.seconds()) / DAY;
        for day in (0..=days).map(|days| START.plus(days * DAY + HOUR).day()) {
            all.push(told(&store.pending_notices(day, &first, 100).await));
            all.push(told(&store.audit(day, None, 1000).await));
        }
        all
    }
}
