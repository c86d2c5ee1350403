//! Checks a password: charged before it is compared, with one answer for every refusal.

use crate::account::{Account, Owner};
use crate::authorize::find;
use crate::context::Context;
use crate::key::{IdempotencyKeys, NameKeys};
use crate::password::{self, HashingFailed, Password, Peppers};
use crate::random::bytes;
use crate::sign_in::{SignIn, Trial};
use crate::store::Store;
use crate::token::TokenSettings;
use crate::unavailable::Unavailable;
use crate::user_name::UserName;

/// What checking a password needs.
pub struct CheckPassword<S, I> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The issuer's keys.
    pub issuer: I,
    /// Whose tokens are accepted.
    pub tokens: TokenSettings,
    /// The key of names.
    pub names: NameKeys,
    /// The peppers of password hashes.
    pub peppers: Peppers,
    /// The key under which refused passwords are remembered.
    pub idempotency: IdempotencyKeys,
}

/// How often a charge is written again when somebody else's came between: each time one more was charged, and
/// after ten the account is locked.
const CHARGE_TRIES: usize = 24;

impl<S: Store, I> CheckPassword<S, I> {
    /// Checks the password of a name; `None` for unknown, disabled, locked and wrong alike.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was compared then, or nothing is told of it.
    pub async fn check(&self, name: &UserName, password: &str) -> Result<Option<Account>, Unavailable> {
        let account = find(&self.context, &self.names, name).await?;
        let owner = match &account {
            Some(account) => Owner::Account(account.id.clone()),
            None => Owner::Nobody(self.names.name(name)),
        };
        // Bound to the verifier, so that a password refused before may be the right one after a change; a disabled
        // account has none, so that its right password is not remembered as a wrong one.
        let enabled = account.as_ref().filter(|account| account.enabled);
        let verifier = enabled.and_then(|account| account.password.as_ref()).map_or("", |hash| hash.as_str());
        let digest = self.idempotency.password(&format!("{} {verifier}", owner.key()), password);
        if !self.charge(&owner, &digest).await? {
            return Ok(None);
        }
        let Ok(password) = Password::parse(password) else {
            return Ok(None);
        };
        let (matches, outdated) = self.compare(account.as_ref(), &password).map_err(hashing)?;
        match account.filter(|account| matches && account.enabled) {
            Some(account) => {
                self.clear(&owner).await?;
                if outdated {
                    self.upgrade(&account, &password).await?;
                }
                Ok(Some(account))
            }
            None => {
                self.remember(&owner, &digest).await?;
                Ok(None)
            }
        }
    }

    /// Charges one try; `false` where it must not be evaluated.
    async fn charge(&self, owner: &Owner, digest: &str) -> Result<bool, Unavailable> {
        for _ in 0..CHARGE_TRIES {
            let state = self.context.store.sign_in(owner).await?;
            match state.judge(digest, self.context.now()) {
                Trial::Locked | Trial::RefusedBefore => return Ok(false),
                Trial::Charge(next) => {
                    if self.context.store.put_sign_in(owner, &next).await? {
                        return Ok(true);
                    }
                }
            }
        }
        Err(Unavailable::plain("a sign-in row kept changing"))
    }

    /// Compares with the account's password, or spends the same time where there is none.
    fn compare(&self, account: Option<&Account>, password: &Password) -> Result<(bool, bool), HashingFailed> {
        let kept = account.filter(|account| account.enabled).and_then(|account| account.password.as_ref());
        let verdict = match kept {
            Some(hash) => password::verify(password, hash, &self.peppers)?,
            None => password::dummy_verify(password, &self.peppers)?,
        };
        Ok((verdict.matches, verdict.outdated))
    }

    /// Ends the run of wrong passwords; where others are charged meanwhile, theirs stay.
    async fn clear(&self, owner: &Owner) -> Result<(), Unavailable> {
        for _ in 0..CHARGE_TRIES {
            let state = self.context.store.sign_in(owner).await?;
            let cleared = SignIn { version: state.version, ..SignIn::default() };
            if self.context.store.put_sign_in(owner, &cleared).await? {
                return Ok(());
            }
        }
        Err(Unavailable::plain("a sign-in row kept changing"))
    }

    async fn remember(&self, owner: &Owner, digest: &str) -> Result<(), Unavailable> {
        for _ in 0..CHARGE_TRIES {
            let state = self.context.store.sign_in(owner).await?;
            if self.context.store.put_sign_in(owner, &state.with_refused(digest.to_owned())).await? {
                return Ok(());
            }
        }
        // It was charged; that it is not remembered costs at most one more charge.
        Ok(())
    }

    /// Replaces a verifier of older parameters; a failure leaves the old one, which still serves.
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

#[cfg(all(test, feature = "testing"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::key::KeyRing;
    use crate::password::Pepper;
    use crate::random::AccountId;
    use crate::testing::samples::{START, name_keys, user_name};
    use crate::testing::{CountingRandom, FixedClock, MemoryStore, block_on};

    fn pepper(version: u32) -> Pepper {
        let key: Vec<u8> = (0..32).map(|byte| byte + u8::try_from(version).unwrap()).collect();
        Pepper::parse(version, &key).unwrap()
    }

    fn app(peppers: Peppers) -> CheckPassword<MemoryStore, ()> {
        let clock = Arc::new(FixedClock::new(START));
        CheckPassword {
            context: Context::new(MemoryStore::new(), clock, Arc::new(CountingRandom::default())),
            issuer: (),
            tokens: TokenSettings { issuer: String::new(), audience: String::new(), user_name_claim: String::new() },
            names: name_keys(&[1]),
            peppers,
            idempotency: IdempotencyKeys(KeyRing::new([(1, (0..32).collect::<Vec<u8>>())]).unwrap()),
        }
    }

    #[test]
    fn a_verifier_of_older_parameters_serves_and_is_replaced() {
        let app = app(Peppers::new(pepper(2), vec![pepper(1)]).unwrap());
        let name = user_name("adele@contoso.example");
        let random = CountingRandom::default();
        let password = Password::parse("walrus plays the accordion").unwrap();
        let mut account = Account::new(AccountId::draw(&random), name.clone(), START);
        account.password = Some(password::hash(&password, &pepper(1), bytes(&random)).unwrap());
        block_on(async {
            app.context.store.create_account(&account, &app.names.name(&name)).await.unwrap();
            assert!(app.check(&name, "walrus plays the accordion").await.unwrap().is_some());
            let kept = app.context.store.account(&account.id).await.unwrap().unwrap().password.unwrap();
            assert_eq!(kept.pepper_version(), 2);
            assert_ne!(kept.as_str(), account.password.as_ref().unwrap().as_str());
            assert!(app.check(&name, "walrus plays the accordion").await.unwrap().is_some());
            assert!(app.check(&name, "walrus plays the accordeon").await.unwrap().is_none());
        });
    }
}
