//! The keys of a local deployment: drawn at its first start, kept beside its table.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use shared::credentials::key::{CodeKeys, IdempotencyKeys, KEY_LENGTH, KeyRing, NameKeys, PhoneKeys};
use shared::credentials::password::{Pepper, Peppers};
use shared::random::{Randomness, bytes};

use crate::setup::data::Data;
use crate::setup::start_error::StartError;

/// The file that keeps the keys.
const FILE: &str = "keys.json";
/// The table's file, which is worth nothing without its keys.
pub(crate) const TABLE_FILE: &str = "rekey.db";
/// The version of every key here; locally, keys are not rotated.
const VERSION: u32 = 1;

/// Every key of the deployment, each for one purpose.
pub(crate) struct Keys {
    /// Names, networks and destinations.
    pub(crate) names: NameKeys,
    /// Phone numbers claimed.
    pub(crate) phones: PhoneKeys,
    /// Codes and tokens of resets.
    pub(crate) codes: CodeKeys,
    /// Idempotency keys.
    pub(crate) idempotency: IdempotencyKeys,
    /// What the issuer names its users by.
    pub(crate) subjects: KeyRing,
    /// What the issuer signs with.
    pub(crate) signing: [u8; KEY_LENGTH],
    pepper: [u8; KEY_LENGTH],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    names: String,
    phones: String,
    codes: String,
    idempotency: String,
    subjects: String,
    signing: String,
    pepper: String,
}

impl Keys {
    /// The keys of the directory; new ones are drawn where there is no directory, or a new one.
    pub(crate) fn open(data: Option<&Data>, random: &dyn Randomness) -> Result<Self, StartError> {
        let Some(data) = data else {
            return Kept::draw(random).opened().ok_or(StartError::DataDamaged(FILE));
        };
        let kept = match data.read(FILE).map_err(|error| StartError::Data(FILE, error))? {
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| StartError::DataDamaged(FILE))?,
            None if data.path(TABLE_FILE).exists() => return Err(StartError::KeysLost),
            None => {
                let drawn = Kept::draw(random);
                let text = serde_json::to_vec_pretty(&drawn).map_err(|_| StartError::DataDamaged(FILE))?;
                data.replace(FILE, &text).map_err(|error| StartError::Data(FILE, error))?;
                drawn
            }
        };
        kept.opened().ok_or(StartError::DataDamaged(FILE))
    }

    /// What goes into every password's hash.
    pub(crate) fn peppers(&self) -> Peppers {
        let pepper = Pepper::parse(VERSION, &self.pepper).expect("a pepper is as long as every key here");
        Peppers::new(pepper, Vec::new()).expect("one pepper repeats no version")
    }
}

impl Kept {
    fn draw(random: &dyn Randomness) -> Self {
        let key = || BASE64.encode(&bytes::<KEY_LENGTH>(random));
        Self {
            names: key(),
            phones: key(),
            codes: key(),
            idempotency: key(),
            subjects: key(),
            signing: key(),
            pepper: key(),
        }
    }

    fn opened(&self) -> Option<Keys> {
        Some(Keys {
            names: NameKeys(ring(&self.names)?),
            phones: PhoneKeys(ring(&self.phones)?),
            codes: CodeKeys(ring(&self.codes)?),
            idempotency: IdempotencyKeys(ring(&self.idempotency)?),
            subjects: ring(&self.subjects)?,
            signing: key(&self.signing)?,
            pepper: key(&self.pepper)?,
        })
    }
}

fn ring(text: &str) -> Option<KeyRing> {
    KeyRing::new([(VERSION, key(text)?)]).ok()
}

fn key(text: &str) -> Option<[u8; KEY_LENGTH]> {
    BASE64.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use shared::testing::CountingRandom;

    use super::*;

    #[test]
    fn keys_are_read_as_they_were_kept_and_no_two_are_the_same() {
        let kept = Kept::draw(&CountingRandom::new(1));
        let text = serde_json::to_string(&kept).unwrap();
        let keys = serde_json::from_str::<Kept>(&text).unwrap().opened().unwrap();
        let digest = |ring: &KeyRing| ring.digest(VERSION, &[b"same"]).unwrap();
        let digests = [&keys.names.0, &keys.phones.0, &keys.codes.0, &keys.idempotency.0, &keys.subjects].map(digest);
        for (at, one) in digests.iter().enumerate() {
            assert!(digests[at + 1..].iter().all(|other| other != one));
        }
        assert_ne!(keys.signing, keys.pepper);
        assert_eq!(keys.peppers().current().version(), VERSION);
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        let mut kept = Kept::draw(&CountingRandom::new(1));
        kept.codes = BASE64.encode(&[1, 2, 3]);
        assert!(kept.opened().is_none());
        kept.codes = "not base64".to_owned();
        assert!(kept.opened().is_none());
    }
}
