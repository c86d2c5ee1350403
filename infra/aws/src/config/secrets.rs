//! Keyrings from Secrets Manager, read at cold start and held for the life of the instance.
//!
//! A secret is `{"versions":{"1":"<base64 of 32 bytes>"}}`; the highest version is current. A secret that cannot be
//! read, or holds no key, makes the function unavailable: there is no key to fall back to.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use data_encoding::BASE64;
use serde::Deserialize;
use shared::credentials::key::{CodeKeys, IdempotencyKeys, Keyring, NameKeys, PhoneKeys};
use shared::credentials::password::{Pepper, Peppers};
use shared::unavailable::Unavailable;
use tokio::task::JoinHandle;

use crate::config::settings::{CODE_KEYS, IDEMPOTENCY_KEYS, NAME_KEYS, PEPPER_KEYS, PHONE_KEYS, Settings};

/// The operation that every failure names.
const READ: &str = "read a key from the secret store";

/// The settings that name secrets; each function is given only its own.
const KEYRINGS: [&str; 5] = [NAME_KEYS, PHONE_KEYS, CODE_KEYS, IDEMPOTENCY_KEYS, PEPPER_KEYS];

/// A secret that is being read.
type Reading = JoinHandle<Result<Keyring, Unavailable>>;

/// Reads keyrings. Each function reads only its own, all of them concurrently.
pub struct Secrets<'a> {
    client: Client,
    settings: &'a Settings,
    begun: Mutex<BTreeMap<&'static str, Reading>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    versions: BTreeMap<u32, String>,
}

impl<'a> Secrets<'a> {
    /// Starts to read every secret that the settings name. Must be called within a Tokio runtime.
    #[must_use]
    pub fn new(config: &SdkConfig, settings: &'a Settings) -> Self {
        let client = Client::new(config);
        let begin = |variable| Some((variable, tokio::spawn(read(client.clone(), settings.optional(variable)?))));
        let begun = Mutex::new(KEYRINGS.into_iter().filter_map(begin).collect());
        Self { client, settings, begun }
    }

    /// The keys for digests of user names, source networks and destinations.
    ///
    /// # Errors
    /// [`Unavailable`] if the secret cannot be read or holds no usable key.
    pub async fn names(&self) -> Result<NameKeys, Unavailable> {
        self.keyring(NAME_KEYS).await.map(NameKeys)
    }

    /// The keys for digests of claimed phone numbers.
    ///
    /// # Errors
    /// As [`Secrets::names`].
    pub async fn phones(&self) -> Result<PhoneKeys, Unavailable> {
        self.keyring(PHONE_KEYS).await.map(PhoneKeys)
    }

    /// The keys that codes and tokens are derived from.
    ///
    /// # Errors
    /// As [`Secrets::names`].
    pub async fn codes(&self) -> Result<CodeKeys, Unavailable> {
        self.keyring(CODE_KEYS).await.map(CodeKeys)
    }

    /// The keys for digests of idempotency keys and request bodies.
    ///
    /// # Errors
    /// As [`Secrets::names`].
    pub async fn idempotency(&self) -> Result<IdempotencyKeys, Unavailable> {
        self.keyring(IDEMPOTENCY_KEYS).await.map(IdempotencyKeys)
    }

    /// The peppers of password hashes.
    ///
    /// # Errors
    /// As [`Secrets::names`].
    pub async fn peppers(&self) -> Result<Peppers, Unavailable> {
        peppers(&self.keyring(PEPPER_KEYS).await?)
    }

    async fn keyring(&self, variable: &'static str) -> Result<Keyring, Unavailable> {
        let secret = self.settings.required(variable)?;
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner).remove(variable);
        match begun {
            Some(reading) => reading.await.map_err(|error| Unavailable::new(READ, error))?,
            None => read(self.client.clone(), secret).await,
        }
    }
}

async fn read(client: Client, secret: String) -> Result<Keyring, Unavailable> {
    let read = client.get_secret_value().secret_id(secret).send().await;
    // The error could hold a response, and so a key: only its code is passed on.
    let read = read.map_err(|error| Unavailable::new(READ, error.code().unwrap_or("no answer").to_owned()))?;
    keyring_of(read.secret_string().unwrap_or_default())
}

/// Reads a keyring from a secret's text. No error quotes the text.
fn keyring_of(text: &str) -> Result<Keyring, Unavailable> {
    let stored: Stored =
        serde_json::from_str(text).map_err(|_| Unavailable::new(READ, "the secret is not a keyring"))?;
    let decoded: Option<Vec<(u32, Vec<u8>)>> = stored
        .versions
        .into_iter()
        .map(|(version, key)| Some((version, BASE64.decode(key.as_bytes()).ok()?)))
        .collect();
    let keys = decoded.ok_or_else(|| Unavailable::new(READ, "a key is not base64"))?;
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
    fn there_is_no_default_key() {
        let zeros = "A".repeat(43);
        for (text, why) in [
            ("", "the secret is not a keyring"),
            ("{}", "the secret is not a keyring"),
            (r#"{"versions":{"one":"AA=="}}"#, "the secret is not a keyring"),
            (r#"{"versions":{},"other":1}"#, "the secret is not a keyring"),
            (r#"{"versions":{}}"#, "the keyring holds no key"),
            (r#"{"versions":{"1":""}}"#, "a key must be 32 bytes long"),
            (r#"{"versions":{"1":"AAEC"}}"#, "a key must be 32 bytes long"),
            (r#"{"versions":{"1":"hunter2!"}}"#, "a key is not base64"),
            (&format!(r#"{{"versions":{{"1":"{zeros}="}}}}"#), "a key is one repeated byte"),
        ] {
            assert_eq!(cause(text), why, "{text}");
        }
    }

    #[tokio::test]
    async fn keys_come_from_the_secret_that_the_settings_name() {
        let secret = format!(r#"{{"Name":"n","SecretString":"{{\"versions\":{{\"1\":\"{ONE}\"}}}}"}}"#);
        let stub = Stub::start(Reply::json(200, &secret)).await;
        let settings = Settings::from_lookup(|name| (name == NAME_KEYS).then(|| "arn:names".to_owned()));
        let config = stub.config();
        let secrets = Secrets::new(&config, &settings);
        assert_eq!(secrets.names().await.unwrap().0.current(), 1);
        assert_eq!(stub.requests()[0].json()["SecretId"], "arn:names");
        let missing = secrets.codes().await.err().unwrap().source().unwrap().to_string();
        assert_eq!(missing, "the environment variable REKEY_CODE_KEYS is missing");
    }

    #[tokio::test]
    async fn every_secret_is_asked_for_before_the_first_is_read() {
        // Long enough for both requests to arrive; the stub never responds.
        const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
        let stub = Stub::start(Reply::Silence).await;
        let settings = Settings::from_lookup(|name| [NAME_KEYS, PEPPER_KEYS].contains(&name).then(|| name.to_owned()));
        let config = stub.config();
        let secrets = Secrets::new(&config, &settings);
        let asked = async {
            while stub.requests().len() < 2 {
                tokio::task::yield_now().await;
            }
            stub.requests().iter().map(|request| request.json()["SecretId"].clone()).collect::<Vec<_>>()
        };
        let mut asked = tokio::select! {
            _ = secrets.names() => unreachable!("nothing is answered"),
            asked = tokio::time::timeout(PATIENCE, asked) => asked.unwrap(),
        };
        asked.sort_by_key(ToString::to_string);
        assert_eq!(asked, [NAME_KEYS, PEPPER_KEYS]);
    }

    #[tokio::test]
    async fn a_store_that_fails_is_no_key() {
        let body = r#"{"__type":"ResourceNotFoundException","Message":"hunter2"}"#;
        for (reply, why) in [
            (Reply::json(400, body), "ResourceNotFoundException"),
            (Reply::json(200, r#"{"Name":"n"}"#), "the secret is not a keyring"),
            (Reply::json(200, "hunter2"), "no answer"),
            (Reply::Cut, "no answer"),
        ] {
            let stub = Stub::start(reply).await;
            let settings = Settings::from_lookup(|_| Some("arn".to_owned()));
            let config = stub.config();
            let error = Secrets::new(&config, &settings).codes().await.err().unwrap();
            assert_eq!(error.source().unwrap().to_string(), why);
        }
    }
}
