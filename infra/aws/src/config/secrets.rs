//! Keyrings from Secrets Manager, read at cold start and held for the life of the instance.
//!
//! A secret is `{"1":"<44 letters and digits>"}`, as Secrets Manager draws it, or
//! `{"versions":{"1":"<base64 of 32 bytes>"}}`; the highest version is current. A secret that cannot be read, or holds
//! no key, makes the function unavailable: there is no key to fall back to.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use aws_sdk_secretsmanager::operation::batch_get_secret_value::BatchGetSecretValueOutput;
use aws_types::SdkConfig;
use data_encoding::BASE64;
use futures_util::future::try_join_all;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use shared::credentials::key::{CodeKeys, IdempotencyKeys, Keyring, NameKeys, PhoneKeys};
use shared::credentials::password::{Pepper, Peppers};
use shared::unavailable::Unavailable;

use crate::config::settings::{
    CODE_KEYS, IDEMPOTENCY_KEYS, NAME_KEYS, PEPPER_KEYS, PHONE_KEYS, SettingError, Settings,
};

/// The operation that every failure names.
const READ: &str = "read a key from the secret store";

/// The settings that name secrets; each function is given only its own.
const KEYRINGS: [&str; 5] = [NAME_KEYS, PHONE_KEYS, CODE_KEYS, IDEMPOTENCY_KEYS, PEPPER_KEYS];

/// A function's keyrings, by the settings that name their secrets.
pub struct Secrets(BTreeMap<&'static str, Keyring>);

/// The letters and digits of a drawn key: they hold more than 256 random bits.
const DRAWN_CHARACTERS: usize = 44;

/// A keyring as it is stored.
enum Stored {
    /// Each key in base64.
    Encoded(BTreeMap<u32, String>),
    /// Each key as Secrets Manager draws it.
    Drawn(BTreeMap<u32, String>),
}

impl Stored {
    fn read(text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Encoded {
            versions: BTreeMap<u32, String>,
        }
        let encoded = serde_json::from_str(text).ok().map(|Encoded { versions }| Self::Encoded(versions));
        encoded.or_else(|| serde_json::from_str(text).ok().map(Self::Drawn))
    }

    /// The keys, or the rule that one of them breaks.
    fn keys(self) -> Result<Vec<(u32, Vec<u8>)>, &'static str> {
        let (versions, decode, rule): (_, fn(&str) -> _, _) = match self {
            Self::Encoded(versions) => (versions, decoded, "a key is not base64"),
            Self::Drawn(versions) => (versions, hashed, "a key is not 44 letters and digits"),
        };
        let keys = versions.into_iter().map(|(version, key)| Some((version, decode(&key)?)));
        keys.collect::<Option<_>>().ok_or(rule)
    }
}

fn decoded(key: &str) -> Option<Vec<u8>> {
    BASE64.decode(key.as_bytes()).ok()
}

/// The bytes of a drawn key: its SHA-256, which has the length of a key.
fn hashed(drawn: &str) -> Option<Vec<u8>> {
    let is_drawn = drawn.len() == DRAWN_CHARACTERS && drawn.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_drawn.then(|| Sha256::digest(drawn).to_vec())
}

impl Secrets {
    /// Reads every secret that the settings name, in one request. What it does not return, for whatever reason, is read
    /// by itself: an account may send a hundred of these requests a second, and a hundred times as many of the others.
    ///
    /// # Errors
    /// [`Unavailable`] if a secret cannot be read or holds no usable key.
    pub async fn read(config: &SdkConfig, settings: &Settings) -> Result<Self, Unavailable> {
        let client = Client::new(config);
        let named: Vec<_> = KEYRINGS.into_iter().filter_map(|name| Some((name, settings.optional(name)?))).collect();
        let ids = named.iter().map(|(_, id)| id.clone()).collect();
        let batch = client.batch_get_secret_value().set_secret_id_list(Some(ids)).send().await;
        let batch = batch.unwrap_or_else(|error| {
            // The error could hold a response, and so a key: only its code is logged.
            tracing::warn!(code = error.code().unwrap_or("no answer"), "the keys are read one by one");
            BatchGetSecretValueOutput::builder().build()
        });
        let keyrings = named.iter().map(async |(name, id)| match text(&batch, id) {
            Some(text) => Ok((*name, keyring_of(text)?)),
            None => Ok((*name, read_alone(&client, id).await?)),
        });
        try_join_all(keyrings).await.map(|keyrings| Self(keyrings.into_iter().collect()))
    }

    /// The keys for digests of user names, source networks and destinations.
    ///
    /// # Errors
    /// [`Unavailable`] if no setting names the secret.
    pub fn names(&self) -> Result<NameKeys, Unavailable> {
        self.keyring(NAME_KEYS).cloned().map(NameKeys)
    }

    /// The keys for digests of claimed phone numbers.
    ///
    /// # Errors
    /// As [`Secrets::names`].
    pub fn phones(&self) -> Result<PhoneKeys, Unavailable> {
        self.keyring(PHONE_KEYS).cloned().map(PhoneKeys)
    }

    /// The keys that codes and tokens are derived from.
    ///
    /// # Errors
    /// As [`Secrets::names`].
    pub fn codes(&self) -> Result<CodeKeys, Unavailable> {
        self.keyring(CODE_KEYS).cloned().map(CodeKeys)
    }

    /// The keys for digests of idempotency keys and request bodies.
    ///
    /// # Errors
    /// As [`Secrets::names`].
    pub fn idempotency(&self) -> Result<IdempotencyKeys, Unavailable> {
        self.keyring(IDEMPOTENCY_KEYS).cloned().map(IdempotencyKeys)
    }

    /// The peppers of password hashes.
    ///
    /// # Errors
    /// As [`Secrets::names`], and if the keyring holds no usable pepper.
    pub fn peppers(&self) -> Result<Peppers, Unavailable> {
        peppers(self.keyring(PEPPER_KEYS)?)
    }

    fn keyring(&self, variable: &'static str) -> Result<&Keyring, Unavailable> {
        Ok(self.0.get(variable).ok_or(SettingError::Missing(variable))?)
    }
}

/// The text of the secret that a setting names by its ARN or its name, if the batch holds it.
fn text<'a>(batch: &'a BatchGetSecretValueOutput, id: &str) -> Option<&'a str> {
    let found = batch.secret_values().iter().find(|one| [one.arn(), one.name()].contains(&Some(id)));
    found.map(|one| one.secret_string().unwrap_or_default())
}

async fn read_alone(client: &Client, id: &str) -> Result<Keyring, Unavailable> {
    let read = client.get_secret_value().secret_id(id).send().await;
    // The error could hold a response, and so a key: only its code is passed on.
    let read = read.map_err(|error| Unavailable::new(READ, error.code().unwrap_or("no answer").to_owned()))?;
    keyring_of(read.secret_string().unwrap_or_default())
}

/// Reads a keyring from a secret's text. No error quotes the text.
fn keyring_of(text: &str) -> Result<Keyring, Unavailable> {
    let stored = Stored::read(text).ok_or_else(|| Unavailable::new(READ, "the secret is not a keyring"))?;
    let keys = stored.keys().map_err(|rule| Unavailable::new(READ, rule))?;
    Keyring::new(keys).map_err(|error| Unavailable::new(READ, error))
}

fn peppers(keyring: &Keyring) -> Result<Peppers, Unavailable> {
    let pepper = |version| Pepper::parse(version, keyring.key(version)?).ok();
    let mut peppers = keyring.versions().filter_map(pepper);
    let current = peppers.next().ok_or(Unavailable::plain(READ))?;
    Peppers::new(current, peppers.collect()).map_err(|error| Unavailable::new(READ, error))
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;
    use crate::messenger::stub::{Reply, Stub};

    const ONE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn cause(text: &str) -> String {
        keyring_of(text).err().unwrap().source().unwrap().to_string()
    }

    #[test]
    fn a_secret_is_a_keyring_of_versions() {
        let keyring = keyring_of(&format!(r#"{{"versions":{{"1":"{ONE}","10":"{ONE}","2":"{ONE}"}}}}"#)).unwrap();
        assert_eq!(keyring.current(), 10);
        assert_eq!(keyring.versions().collect::<Vec<_>>(), [10, 2, 1]);
        assert_eq!(keyring.key(1).unwrap()[31], 31);
        let peppers = peppers(&keyring).unwrap();
        assert_eq!(peppers.current().version(), 10);
        assert!(peppers.get(1).is_some() && peppers.get(3).is_none());
    }

    #[test]
    fn a_drawn_key_is_hashed() {
        let drawn = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH";
        let keyring = keyring_of(&format!(r#"{{"1":"{drawn}","2":"{}"}}"#, drawn.to_uppercase())).unwrap();
        assert_eq!(keyring.versions().collect::<Vec<_>>(), [2, 1]);
        assert_eq!(keyring.key(1).unwrap().as_slice(), Sha256::digest(drawn).as_slice());
    }

    #[test]
    fn there_is_no_default_key() {
        let zeros = "A".repeat(43);
        for (text, why) in [
            ("", "the secret is not a keyring"),
            ("{}", "the keyring holds no key"),
            (r#"{"versions":{"one":"AA=="}}"#, "the secret is not a keyring"),
            (r#"{"versions":{},"other":1}"#, "the secret is not a keyring"),
            (r#"{"versions":{}}"#, "the keyring holds no key"),
            (r#"{"versions":{"1":""}}"#, "a key must be 32 bytes long"),
            (r#"{"versions":{"1":"AAEC"}}"#, "a key must be 32 bytes long"),
            (r#"{"versions":{"1":"hunter2!"}}"#, "a key is not base64"),
            (&format!(r#"{{"versions":{{"1":"{zeros}="}}}}"#), "a key is one repeated byte"),
            (r#"{"1":""}"#, "a key is not 44 letters and digits"),
            (&format!(r#"{{"1":"{zeros}"}}"#), "a key is not 44 letters and digits"),
            (&format!(r#"{{"1":"{ONE}"}}"#), "a key is not 44 letters and digits"),
            (&format!(r#"{{"1":"{zeros}A","versions":{{}}}}"#), "the secret is not a keyring"),
        ] {
            assert_eq!(cause(text), why, "{text}");
        }
    }

    /// A response with secrets by ARN, each with one key.
    fn values(arns: &[&str]) -> String {
        let secret = format!(r#"{{"versions":{{"1":"{ONE}"}}}}"#);
        let each = |arn: &&str| serde_json::json!({"ARN": arn, "Name": "n", "SecretString": secret});
        serde_json::json!({"SecretValues": arns.iter().map(each).collect::<Vec<_>>()}).to_string()
    }

    async fn read(reply: Reply, settings: &Settings) -> (Stub, Result<Secrets, Unavailable>) {
        let stub = Stub::start(reply).await;
        let read = Secrets::read(&stub.config(), settings).await;
        (stub, read)
    }

    #[tokio::test]
    async fn all_keys_come_from_the_secrets_that_the_settings_name_in_one_request() {
        let settings =
            Settings::from_lookup(|name| [NAME_KEYS, PEPPER_KEYS].contains(&name).then(|| format!("arn:{name}")));
        let [names, peppers] = [NAME_KEYS, PEPPER_KEYS].map(|name| format!("arn:{name}"));
        let (stub, secrets) = read(Reply::json(200, &values(&[&peppers, &names])), &settings).await;
        let secrets = secrets.unwrap();
        assert_eq!(secrets.names().unwrap().0.current(), 1);
        assert_eq!(secrets.peppers().unwrap().current().version(), 1);
        let missing = secrets.codes().err().unwrap().source().unwrap().to_string();
        assert_eq!(missing, "the environment variable REKEY_CODE_KEYS is missing");
        assert_eq!(stub.requests().len(), 1);
        assert_eq!(stub.requests()[0].json()["SecretIdList"], serde_json::json!([names, peppers]));
    }

    #[tokio::test]
    async fn a_setting_may_name_a_secret_without_its_arn() {
        let settings = Settings::from_lookup(|name| (name == NAME_KEYS).then(|| "n".to_owned()));
        let (_, secrets) = read(Reply::json(200, &values(&["arn"])), &settings).await;
        assert!(secrets.unwrap().names().is_ok());
    }

    #[tokio::test]
    async fn a_secret_that_the_batch_lacks_is_read_alone() {
        let refused = r#"{"SecretValues":[],"Errors":[{"SecretId":"arn","ErrorCode":"InternalServiceError"}]}"#;
        let throttled = r#"{"__type":"ThrottlingException"}"#;
        for first in [Reply::json(200, refused), Reply::json(400, throttled)] {
            let stub = Stub::start(first).await;
            let settings = Settings::from_lookup(|name| (name == CODE_KEYS).then(|| "arn".to_owned()));
            let config = stub.config();
            let alone = async {
                while stub.requests().is_empty() {
                    tokio::task::yield_now().await;
                }
                let secret = serde_json::json!({"SecretString": format!(r#"{{"versions":{{"1":"{ONE}"}}}}"#)});
                stub.answer(Reply::json(200, &secret.to_string()));
            };
            let (secrets, ()) = tokio::join!(Secrets::read(&config, &settings), alone);
            assert_eq!(secrets.unwrap().codes().unwrap().0.current(), 1);
            assert_eq!(stub.requests()[1].json(), serde_json::json!({"SecretId": "arn"}));
        }
    }

    #[tokio::test]
    async fn a_store_that_fails_is_no_key() {
        let body = r#"{"__type":"ResourceNotFoundException","Message":"hunter2"}"#;
        for (reply, why) in [
            (Reply::json(400, body), "ResourceNotFoundException"),
            (Reply::json(200, r#"{"SecretValues":[{"ARN":"arn"}]}"#), "the secret is not a keyring"),
            (Reply::json(200, &values(&["other"])), "the secret is not a keyring"),
            (Reply::json(200, "hunter2"), "no answer"),
            (Reply::Cut, "no answer"),
        ] {
            let settings = Settings::from_lookup(|name| (name == CODE_KEYS).then(|| "arn".to_owned()));
            let (_, secrets) = read(reply, &settings).await;
            assert_eq!(secrets.err().unwrap().source().unwrap().to_string(), why);
        }
    }
}
