//! Checks a password: every try is charged before it is compared, and every refusal gets the same response.

use std::time::Duration;

use crate::account::{Account, Owner};
use crate::credentials::key::{IdempotencyKeys, NameKeys};
use crate::credentials::password::{self, HashingFailed, Password, Peppers};
use crate::credentials::token::TokenSettings;
use crate::identifiers::user_name::UserName;
use crate::limits::lockout::{Lockout, LoginAttempt};
use crate::ports::store::{Accounts, Limits};
use crate::random::{below, bytes};
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::authorize::find;
use crate::use_cases::context::Context;

/// The use case that checks passwords.
pub struct CheckPassword<S, I> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The keys of the token issuer.
    pub issuer: I,
    /// The issuer and audience that a token must have, and the claim that names its user.
    pub tokens: TokenSettings,
    /// The key for digests of user names.
    pub names: NameKeys,
    /// The peppers of password hashes.
    pub peppers: Peppers,
    /// The key for digests of refused passwords.
    pub idempotency: IdempotencyKeys,
}

/// The result of a password check.
#[derive(Debug)]
pub enum CheckOutcome {
    /// The password is right. Holds its account.
    Accepted(Box<Account>),
    /// The name is unknown, the account is disabled, sign-in is locked, or the password is wrong.
    Refused,
    /// Too many passwords of this account are being checked right now. Nothing was compared; the caller should try
    /// again in a moment.
    Busy,
}

/// Time from the start of a check until a refusal is sent. It is well beyond one password hash and the requests to the
/// table around it, so the response time reveals nothing.
const REJECTED_AFTER: Duration = Duration::from_millis(250);
/// How long a request waits for its turn while ten tries for its account are being checked. A turn takes one hash.
const BUSY_FOR: Duration = Duration::from_secs(10);
/// Shortest pause between two checks for a free turn. It doubles each time, up to [`BUSY_DOUBLINGS`] times.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// Most doublings of that pause. A thousand waiting requests then look fewer than a thousand times a second in all, so
/// the tries that are being checked still get through to the table.
const BUSY_DOUBLINGS: u32 = 6;
/// The random addition to a pause is less than this percentage of it.
const BUSY_JITTER: u8 = 100;
/// How often the write of an outcome is tried if other writes come in between. At most ten tries are pending at once,
/// so this many conflicts mean that the table is failing.
const OUTCOME_TRIES: usize = 64;

enum Charge {
    At(Moment),
    Refused,
    Busy,
}

impl<S: Accounts + Limits, I> CheckPassword<S, I> {
    /// Checks the password of a user name. Every refusal takes the same time, unless it had to wait for its turn.
    ///
    /// # Errors
    /// [`Unavailable`]. Either nothing was compared, or the result is withheld.
    pub async fn check(&self, name: &UserName, password: &str) -> Result<CheckOutcome, Unavailable> {
        self.check_and(name, password, true).await
    }

    /// Checks a password, and replaces an outdated hash of it if `upgrades` is set.
    pub(super) async fn check_and(
        &self,
        name: &UserName,
        password: &str,
        upgrades: bool,
    ) -> Result<CheckOutcome, Unavailable> {
        let due = self.context.clock.sleep(REJECTED_AFTER);
        let checked = self.decide(name, password, upgrades).await;
        if matches!(checked, Ok(CheckOutcome::Refused) | Err(_)) {
            due.await;
        }
        checked
    }

    async fn decide(&self, name: &UserName, password: &str, upgrades: bool) -> Result<CheckOutcome, Unavailable> {
        let began = self.context.now();
        let mut account = find(&self.context, &self.names, name).await?;
        let owner = match &account {
            Some(account) => Owner::Account(account.id.clone()),
            None => Owner::UnknownName(self.names.name(name)),
        };
        // The digest includes the account's version: a password that was refused before may be the right one after a
        // change.
        let version = account.as_ref().map_or(0, |account| account.version);
        let digest = self.idempotency.password(&format!("{} {version}", owner.key()), password);
        let mut looks = 0;
        let charged_at = loop {
            match self.charge(&owner, &digest).await? {
                Charge::At(moment) => break moment,
                Charge::Refused => return Ok(CheckOutcome::Refused),
                Charge::Busy => self.context.clock.sleep(self.pause(looks)).await,
            }
            looks += 1;
            if self.context.now().since(began) >= BUSY_FOR {
                return Ok(CheckOutcome::Busy);
            }
        };
        if looks > 0
            && let Some(before) = account
        {
            // The password may have been changed while this request waited.
            account = self.context.store.account(&before.id).await?;
        }
        let (matches, outdated) = match Password::parse(password) {
            Ok(password) => self.compare(account.as_ref(), &password).map_err(hashing)?,
            Err(_) => (false, false),
        };
        match account.filter(|account| matches && account.enabled) {
            Some(account) => {
                self.write(&owner, |state, now| state.after_right(charged_at, now)).await?;
                if let Some(password) = (outdated && upgrades).then(|| Password::parse(password)).and_then(Result::ok) {
                    self.upgrade(&account, &password).await?;
                }
                Ok(CheckOutcome::Accepted(Box::new(account)))
            }
            None => {
                self.write(&owner, |state, now| state.after_wrong(digest.clone(), charged_at, now)).await?;
                Ok(CheckOutcome::Refused)
            }
        }
    }

    /// Charges one try. If another write came in between, the result is `Busy`, so that a crowd of requests pauses and
    /// does not spin.
    async fn charge(&self, owner: &Owner, digest: &str) -> Result<Charge, Unavailable> {
        let state = self.context.store.lockout(owner).await?;
        let now = self.context.now();
        match state.check(digest, now) {
            LoginAttempt::Locked | LoginAttempt::RefusedBefore => Ok(Charge::Refused),
            LoginAttempt::Busy => Ok(Charge::Busy),
            LoginAttempt::Charge(next) => {
                let charged = self.context.store.put_lockout(owner, &next).await?;
                Ok(if charged { Charge::At(now) } else { Charge::Busy })
            }
        }
    }

    /// A pause with a random addition, so that waiting requests do not come back all at once.
    fn pause(&self, looks: u32) -> Duration {
        let pause = BUSY_PAUSE * 2_u32.pow(looks.min(BUSY_DOUBLINGS));
        pause + pause * u32::from(below(&*self.context.random, BUSY_JITTER)) / 100
    }

    /// Writes the outcome of a charged try.
    async fn write(&self, owner: &Owner, next: impl Fn(&Lockout, Moment) -> Lockout) -> Result<(), Unavailable> {
        for _ in 0..OUTCOME_TRIES {
            let state = self.context.store.lockout(owner).await?;
            if self.context.store.put_lockout(owner, &next(&state, self.context.now())).await? {
                return Ok(());
            }
        }
        Err(Unavailable::plain("a sign-in row kept changing"))
    }

    /// Compares with the account's password. Takes the same time if there is no enabled account with a password.
    /// Returns whether the password matches, and whether its hash is outdated.
    fn compare(&self, account: Option<&Account>, password: &Password) -> Result<(bool, bool), HashingFailed> {
        let stored = account.filter(|account| account.enabled).and_then(|account| account.password.as_ref());
        let verdict = match stored {
            Some(hash) => password::verify(password, hash, &self.peppers)?,
            None => password::dummy_verify(password, &self.peppers)?,
        };
        Ok((verdict.matches, verdict.outdated))
    }

    /// Replaces a hash that was made with older parameters. If the account has changed in between, the old hash stays,
    /// which still works.
    async fn upgrade(&self, account: &Account, password: &Password) -> Result<(), Unavailable> {
        let salt = bytes(&*self.context.random);
        let hash = password::hash(password, self.peppers.current(), salt).map_err(hashing)?;
        self.context.store.upgrade_password(&account.id, account.version, &hash).await?;
        Ok(())
    }
}

fn hashing(failed: HashingFailed) -> Unavailable {
    Unavailable::new("a password could not be hashed", failed)
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::credentials::key::Keyring;
    use crate::credentials::password::Pepper;
    use crate::ports::store::Accounts;
    use crate::random::AccountId;
    use crate::testing::samples::{START, name_keys, user_name};
    use crate::testing::{CountingRandom, FixedClock, MemoryStore, block_on};

    /// The password of [`user`].
    pub(in super::super) const OLD: &str = "walrus plays the accordion";

    fn pepper(version: u32) -> Pepper {
        let key: Vec<u8> = (0..32).map(|byte| byte + u8::try_from(version).unwrap()).collect();
        Pepper::parse(version, &key).unwrap()
    }

    /// The use case with the second of two peppers.
    pub(in super::super) fn app() -> CheckPassword<MemoryStore, ()> {
        with_peppers(Peppers::new(pepper(2), vec![pepper(1)]).unwrap())
    }

    /// A stored account with a password that was hashed with the first pepper.
    pub(in super::super) fn user(app: &CheckPassword<MemoryStore, ()>, change: impl FnOnce(&mut Account)) -> Account {
        let name = user_name("adele@contoso.example");
        let mut account = Account::new(AccountId::draw(&*app.context.random), name.clone(), START);
        let password = Password::parse(OLD).unwrap();
        account.password = Some(password::hash(&password, &pepper(1), bytes(&*app.context.random)).unwrap());
        change(&mut account);
        block_on(app.context.store.create_account(&account, &app.names.name(&name), &[])).unwrap();
        account
    }

    fn with_peppers(peppers: Peppers) -> CheckPassword<MemoryStore, ()> {
        let clock = Arc::new(FixedClock::new(START));
        CheckPassword {
            context: Context::new(MemoryStore::new(), clock, Arc::new(CountingRandom::default())),
            issuer: (),
            tokens: TokenSettings { issuer: String::new(), audience: String::new(), user_name_claim: String::new() },
            names: name_keys(&[1]),
            peppers,
            idempotency: IdempotencyKeys(Keyring::new([(1, (0..32).collect::<Vec<u8>>())]).unwrap()),
        }
    }

    #[test]
    fn every_refusal_leaves_at_the_same_time() {
        let app = with_peppers(Peppers::new(pepper(1), Vec::new()).unwrap());
        let (known, unknown) = (user(&app, |_| {}).user_name, user_name("nobody@contoso.example"));
        block_on(async {
            // The last one was refused before, so it is not compared again.
            for (name, password) in
                [(&known, "a wrong password"), (&unknown, "a wrong password"), (&known, "a wrong password")]
            {
                let began = app.context.now();
                assert!(matches!(app.check(name, password).await.unwrap(), CheckOutcome::Refused));
                assert_eq!(app.context.now().since(began), REJECTED_AFTER);
            }
        });
    }

    #[test]
    fn a_verifier_of_older_parameters_serves_and_is_replaced() {
        let app = app();
        let account = user(&app, |_| {});
        let name = account.user_name.clone();
        block_on(async {
            let accepted = app.check(&name, OLD).await.unwrap();
            assert!(matches!(accepted, CheckOutcome::Accepted(found) if found.id == account.id));
            let stored = app.context.store.account(&account.id).await.unwrap().unwrap().password.unwrap();
            assert_eq!(stored.pepper_version(), 2);
            assert_ne!(stored.as_str(), account.password.as_ref().unwrap().as_str());
            let again = app.check(&name, OLD).await.unwrap();
            assert!(matches!(again, CheckOutcome::Accepted(_)));
            let wrong = app.check(&name, "walrus plays the accordeon").await.unwrap();
            assert!(matches!(wrong, CheckOutcome::Refused));
        });
    }
}
