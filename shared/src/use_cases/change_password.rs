//! Changes a password that its owner knows: at the first sign-in after an administrator has set it, or at any time.

use crate::account::Account;
use crate::credentials::password::{self, Password, Reason};
use crate::identifiers::user_name::UserName;
use crate::limits::source::SourceLimit;
use crate::message::Notice;
use crate::policy::Policy;
use crate::ports::idempotency::RunError;
use crate::ports::store::{AccountChange, Accounts, Limits, Settings, WriteOutcome};
use crate::random::bytes;
use crate::records::audit::{Activity, AuditRecord, AuditedPerson, Initiator};
use crate::unavailable::Unavailable;
use crate::use_cases::check_password::{CheckOutcome, CheckPassword};
use crate::use_cases::new_password::{judge, notices, words};
use crate::use_cases::retries::MAX_DECISIONS;

/// The outcome of a change of a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordChangeOutcome {
    /// The password is changed, and everything under way for the account is revoked.
    Changed,
    /// The name is unknown, the account is disabled, sign-in is locked, or the current password is wrong.
    CredentialsRejected,
    /// The new password is not accepted, for these reasons. The current one is `common`.
    PasswordRejected(Vec<String>),
    /// Too many passwords of this account are being checked right now. The caller should try again in a moment.
    Busy,
}

impl<S: Accounts + Limits + Settings, I> CheckPassword<S, I> {
    /// Changes the password of a user name. The current password is checked like any other, with the same lock and the
    /// same times.
    ///
    /// # Errors
    /// [`RunError::Limited`] if the network has sent too many requests, in all or for this name.
    /// [`RunError::Unavailable`]; then the password was not changed, or the result is withheld.
    pub async fn change(
        &self,
        name: &UserName,
        current: &str,
        new: &str,
        network: &str,
    ) -> Result<PasswordChangeOutcome, RunError> {
        let (policy, now) = (self.context.policy().await?, self.context.now());
        let key = |what: &str| self.names.source(&format!("password {network}{what}")).current().to_owned();
        let limits = [
            SourceLimit { key: key(""), limit: policy.begins_per_source },
            SourceLimit { key: key(&format!(" {}", name.canonical())), limit: policy.begins_per_source_and_name },
        ];
        if let Err(until) = self.context.store.count_source(&limits, now).await? {
            return Err(RunError::Limited { seconds: until.seconds_from(now) });
        }
        Ok(match self.check_and(name, current, false).await? {
            // An administrator who set the current one would still know it.
            CheckOutcome::Accepted(_) if is_same(current, new) => {
                PasswordChangeOutcome::PasswordRejected(words(&[Reason::Common]))
            }
            CheckOutcome::Accepted(account) => self.replace(*account, new, &policy).await?,
            CheckOutcome::Refused => PasswordChangeOutcome::CredentialsRejected,
            CheckOutcome::Busy => PasswordChangeOutcome::Busy,
        })
    }

    /// Replaces the password of an account whose current one was proved.
    async fn replace(
        &self,
        mut account: Account,
        new: &str,
        policy: &Policy,
    ) -> Result<PasswordChangeOutcome, Unavailable> {
        let (proved, names) = (account.password.clone(), self.names.name(&account.user_name));
        for _ in 0..MAX_DECISIONS {
            let now = self.context.now();
            let password = match judge(new, policy, &account.known(now).context)? {
                Ok(password) => password,
                Err(reasons) => return Ok(PasswordChangeOutcome::PasswordRejected(words(&reasons))),
            };
            let random = &*self.context.random;
            let hash = password::hash(&password, self.peppers.current(), bytes(random))
                .map_err(|failed| Unavailable::new("a password could not be hashed", failed))?;
            let mut changed = account.clone();
            changed.password = Some(hash);
            changed.force_change_password = false;
            changed.sign_in_sessions_valid_from = Some(now);
            let person = AuditedPerson::from(&account);
            let record =
                AuditRecord::new(Activity::PasswordChanged, Initiator::Person(person.clone()), policy, now, random);
            let change = AccountChange {
                revoked_before: Some(now),
                notices: &notices(Notice::PasswordChanged, &account.known(now), &[], policy, now, random),
                records: &[record.about(person).because("User successfully changed password")],
                ..AccountChange::new(&changed, &names)
            };
            if self.context.store.change_account(&change).await? == WriteOutcome::Written {
                return Ok(PasswordChangeOutcome::Changed);
            }
            match self.context.store.account(&account.id).await? {
                // Another change came in between, but not one of the password.
                Some(current) if current.enabled && current.password == proved => account = current,
                Some(_) | None => return Ok(PasswordChangeOutcome::CredentialsRejected),
            }
        }
        Err(Unavailable::plain("an account kept changing while its password was changed"))
    }
}

/// Whether two texts are one password.
fn is_same(current: &str, new: &str) -> bool {
    let read = |text| Password::parse(text).ok();
    read(current).zip(read(new)).is_some_and(|(current, new)| current.as_bytes() == new.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Owner;
    use crate::limits::guesses::GuessLog;
    use crate::testing::block_on;
    use crate::use_cases::check_password::tests::{OLD, app, user};

    const NEW: &str = "purple quilts on monday";
    const NETWORK: &str = "192.0.2.0/24";

    #[test]
    fn a_known_password_is_changed_with_all_consequences() {
        let app = app();
        let account = user(&app, |account| account.force_change_password = true);
        let name = account.user_name.clone();
        let change = |current: &str, new: &str| block_on(app.change(&name, current, new, NETWORK)).unwrap();
        assert_eq!(change("wrong", NEW), PasswordChangeOutcome::CredentialsRejected);
        let rejected = PasswordChangeOutcome::PasswordRejected(vec!["too-short".to_owned()]);
        assert_eq!(change(OLD, "short one"), rejected);
        assert_eq!(change(OLD, OLD), PasswordChangeOutcome::PasswordRejected(vec!["common".to_owned()]));
        let at = app.context.now();
        assert_eq!(change(OLD, NEW), PasswordChangeOutcome::Changed);
        assert_eq!(change(OLD, NEW), PasswordChangeOutcome::CredentialsRejected);

        let store = &app.context.store;
        let changed = block_on(store.account(&account.id)).unwrap().unwrap();
        assert!(!changed.force_change_password && changed.sign_in_sessions_valid_from == Some(at));
        let log = GuessLog::Account(Owner::Account(account.id.clone()));
        assert_eq!(block_on(store.guess_log(&log)).unwrap().revoked_before, Some(at));
        assert!(matches!(block_on(app.check(&name, NEW)).unwrap(), CheckOutcome::Accepted(_)));
    }

    #[test]
    fn a_network_has_the_limits_of_resets() {
        let app = app();
        let account = user(&app, |_| {});
        let mut policy = Policy::default();
        policy.begins_per_source_and_name.count = 2;
        block_on(app.context.store.put_policy(&policy)).unwrap();
        let change = |network: &str| block_on(app.change(&account.user_name, "wrong", NEW, network));
        for _ in 0..2 {
            assert!(matches!(change(NETWORK), Ok(PasswordChangeOutcome::CredentialsRejected)));
        }
        assert!(matches!(change(NETWORK), Err(RunError::Limited { .. })));
        assert!(matches!(change("198.51.100.0/24"), Ok(PasswordChangeOutcome::CredentialsRejected)));
    }
}
