//! The keys of a local deployment: drawn at its first start, stored beside its table.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use shared::credentials::key::{CodeKeys, IdempotencyKeys, KEY_LENGTH, Keyring, NameKeys, PhoneKeys};
use shared::credentials::password::{Pepper, Peppers};
use shared::random::{Randomness, bytes};

use crate::setup::data::{Data, TABLE_FILE};
use crate::setup::start_error::StartError;
use crate::stand_ins::engine;

/// The file that stores the keys.
const FILE: &str = "keys.json";
/// The version of every key; local keys are never rotated.
const VERSION: u32 = 1;

/// Every key of the deployment, each for one purpose.
pub(crate) struct Keys {
    /// For digests of user names, source networks and destinations.
    pub(crate) names: NameKeys,
    /// For digests of claimed phone numbers.
    pub(crate) phones: PhoneKeys,
    /// For codes and tokens of resets.
    pub(crate) codes: CodeKeys,
    /// For digests of idempotency keys and request bodies.
    pub(crate) idempotency: IdempotencyKeys,
    /// For the subjects by which the issuer names its users.
    pub(crate) subjects: Keyring,
    /// The key that the issuer signs with.
    pub(crate) signing: [u8; KEY_LENGTH],
    pepper: [u8; KEY_LENGTH],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKeys {
    names: String,
    phones: String,
    codes: String,
    idempotency: String,
    subjects: String,
    signing: String,
    pepper: String,
    /// A digest of all keys, so that a changed byte is noticed: another key would quietly fit nothing in the table.
    /// Directories of earlier versions have none.
    check: Option<String>,
}

impl Keys {
    /// The keys of the directory; new ones are drawn if there is no directory, or if it is new.
    ///
    /// Keys and table belong together. If only one of them is there, nothing is changed: new keys could not read the
    /// table, and a new table would hide that the old one is lost.
    pub(crate) async fn open(data: Option<&Data>, random: &dyn Randomness) -> Result<Self, StartError> {
        let Some(data) = data else {
            return StoredKeys::draw(random).opened().ok_or(StartError::DataDamaged(FILE));
        };
        let stored = data.read(FILE).map_err(|error| StartError::Data(FILE, error))?;
        let table = data.size(TABLE_FILE).map_err(|error| StartError::Data(TABLE_FILE, error))?;
        let stored = match (stored, table) {
            (Some(bytes), Some(1..)) => serde_json::from_slice(&bytes).map_err(|_| StartError::DataDamaged(FILE))?,
            (Some(_), None | Some(0)) => return Err(StartError::TableLost),
            (None, Some(1..)) if !engine::is_new(data)? => return Err(StartError::KeysLost),
            (None, _) => StoredKeys::create(data, random).await?,
        };
        stored.opened().ok_or(StartError::DataDamaged(FILE))
    }

    /// The peppers of password hashes; there is only one.
    pub(crate) fn peppers(&self) -> Peppers {
        let pepper = Pepper::parse(VERSION, &self.pepper).expect("a pepper is as long as every key here");
        Peppers::new(pepper, Vec::new()).expect("one pepper repeats no version")
    }
}

impl StoredKeys {
    /// Draws keys and stores them. The table's file is created first, without an item in it: a process that is killed
    /// here leaves a directory that counts as new, and never keys without a table.
    async fn create(data: &Data, random: &dyn Randomness) -> Result<Self, StartError> {
        engine::create_file(data).await?;
        let drawn = Self::draw(random);
        let text = serde_json::to_vec_pretty(&drawn).map_err(|_| StartError::DataDamaged(FILE))?;
        data.replace(FILE, &text).map_err(|error| StartError::Data(FILE, error))?;
        Ok(drawn)
    }

    fn draw(random: &dyn Randomness) -> Self {
        let key = || BASE64.encode(&bytes::<KEY_LENGTH>(random));
        let drawn = Self {
            names: key(),
            phones: key(),
            codes: key(),
            idempotency: key(),
            subjects: key(),
            signing: key(),
            pepper: key(),
            check: None,
        };
        Self { check: drawn.digest(), ..drawn }
    }

    /// A digest of all keys.
    fn digest(&self) -> Option<String> {
        let Self { names, phones, codes, idempotency, subjects, signing, pepper, check: _ } = self;
        let all = [names, phones, codes, idempotency, subjects, signing, pepper].map(String::as_bytes);
        Some(BASE64.encode(&keyring(subjects)?.digest(VERSION, &all)?))
    }

    fn opened(&self) -> Option<Keys> {
        if self.check.is_some() && self.check != self.digest() {
            return None;
        }
        Some(Keys {
            names: NameKeys(keyring(&self.names)?),
            phones: PhoneKeys(keyring(&self.phones)?),
            codes: CodeKeys(keyring(&self.codes)?),
            idempotency: IdempotencyKeys(keyring(&self.idempotency)?),
            subjects: keyring(&self.subjects)?,
            signing: key(&self.signing)?,
            pepper: key(&self.pepper)?,
        })
    }
}

fn keyring(text: &str) -> Option<Keyring> {
    Keyring::new([(VERSION, key(text)?)]).ok()
}

fn key(text: &str) -> Option<[u8; KEY_LENGTH]> {
    BASE64.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use shared::testing::CountingRandom;

    use super::*;

    #[test]
    fn keys_are_read_as_they_were_stored_and_no_two_are_the_same() {
        let stored = StoredKeys::draw(&CountingRandom::new(1));
        let text = serde_json::to_string(&stored).unwrap();
        let keys = serde_json::from_str::<StoredKeys>(&text).unwrap().opened().unwrap();
        let digest = |keyring: &Keyring| keyring.digest(VERSION, &[b"same"]).unwrap();
        let digests = [&keys.names.0, &keys.phones.0, &keys.codes.0, &keys.idempotency.0, &keys.subjects].map(digest);
        for (at, one) in digests.iter().enumerate() {
            assert!(digests[at + 1..].iter().all(|other| other != one));
        }
        assert_ne!(keys.signing, keys.pepper);
        assert_eq!(keys.peppers().current().version(), VERSION);
    }

    #[test]
    fn a_changed_key_is_noticed() {
        let mut stored = StoredKeys::draw(&CountingRandom::new(1));
        assert!(stored.opened().is_some());
        stored.codes.replace_range(..1, if stored.codes.starts_with('A') { "B" } else { "A" });
        assert!(stored.opened().is_none());
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        let mut stored = StoredKeys { check: None, ..StoredKeys::draw(&CountingRandom::new(1)) };
        assert!(stored.opened().is_some(), "directories of earlier versions have no digest");
        stored.codes = BASE64.encode(&[1, 2, 3]);
        assert!(stored.opened().is_none());
        stored.codes = "not base64".to_owned();
        assert!(stored.opened().is_none());
    }
}
