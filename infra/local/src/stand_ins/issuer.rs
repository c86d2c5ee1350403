//! The local issuer's tokens: a real key and real signatures. `provider` signs people in.

use std::collections::BTreeMap;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value, json};
use shared::credentials::key::{KEY_LENGTH, Keyring};
use shared::credentials::token::{IssuerKeys, TokenSettings};
use shared::identifiers::user_name::UserName;
use shared::time::{Clock, HOUR, Moment};
use shared::unavailable::Unavailable;

use crate::setup::start_error::StartError;

/// The tokens' issuer: a name, not an address, so that tokens survive a restart on another port.
pub const ISSUER: &str = "urn:rekey:local-issuer";
/// The tokens' audience.
pub const AUDIENCE: &str = "urn:rekey:local";
/// The claim that holds the userPrincipalName.
const USER_NAME_CLAIM: &str = "preferred_username";
/// How long a token is valid, in seconds: what directories usually grant.
pub(crate) const LIFETIME_SECONDS: u64 = HOUR;
/// The prefix of the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7).
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Signs tokens, and publishes the key that verifies them.
#[derive(Clone)]
pub struct Issuer {
    inner: Arc<Inner>,
}

struct Inner {
    key: EncodingKey,
    header: Header,
    published: Arc<JwkSet>,
    subjects: Keyring,
    clock: Arc<dyn Clock>,
}

impl Issuer {
    pub(crate) fn new(
        signing: &[u8; KEY_LENGTH],
        subjects: Keyring,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let failed = |error: jsonwebtoken::errors::Error| StartError::Engine(error.to_string());
        let key = EncodingKey::from_ed_der(&[&PKCS8_PREFIX[..], signing].concat());
        let mut published = Jwk::from_encoding_key(&key, Algorithm::EdDSA).map_err(failed)?;
        let kid = published.thumbprint(ThumbprintHash::SHA256).map_err(failed)?;
        published.common.key_id = Some(kid.clone());
        published.common.public_key_use = Some(PublicKeyUse::Signature);
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(kid);
        let published = Arc::new(JwkSet { keys: vec![published] });
        Ok(Self { inner: Arc::new(Inner { key, header, published, subjects, clock }) })
    }

    /// The settings by which the functions accept this issuer's tokens.
    #[must_use]
    pub fn settings(&self) -> TokenSettings {
        TokenSettings {
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            user_name_claim: USER_NAME_CLAIM.to_owned(),
        }
    }

    /// A token of a user who has just signed in, with the permissions that the user delegated.
    ///
    /// # Errors
    /// [`Unavailable`] if it cannot be signed.
    pub fn user_token(&self, name: &UserName, permissions: &[String]) -> Result<String, Unavailable> {
        self.token_since(name, permissions, self.inner.clock.now())
    }

    /// A token of a user who signed in at a moment.
    pub(crate) fn token_since(
        &self,
        name: &UserName,
        permissions: &[String],
        signed_in_at: Moment,
    ) -> Result<String, Unavailable> {
        let mut claims = json!({
            "sub": self.subject_of(name),
            USER_NAME_CLAIM: name.canonical(),
            "auth_time": numeric(signed_in_at),
        });
        if !permissions.is_empty() {
            claims["scp"] = json!(permissions.join(" "));
        }
        self.sign(claims)
    }

    /// A token of an application that has these permissions itself.
    ///
    /// # Errors
    /// [`Unavailable`] if it cannot be signed.
    pub fn application_token(&self, permissions: &[String]) -> Result<String, Unavailable> {
        self.sign(json!({ "sub": self.subject(&[b"application"]), "roles": permissions }))
    }

    /// Signs claims. Adds issuer, audience and times, unless the claims already hold them.
    ///
    /// # Errors
    /// [`Unavailable`] if they cannot be signed.
    pub fn sign(&self, claims: Value) -> Result<String, Unavailable> {
        const WHAT: &str = "sign a token";
        let now = self.inner.clock.now();
        let mut all: Map<String, Value> = Map::new();
        let added = BTreeMap::from([
            ("iss", json!(ISSUER)),
            ("aud", json!(AUDIENCE)),
            ("iat", json!(numeric(now))),
            ("exp", json!(now.plus(LIFETIME_SECONDS).seconds())),
        ]);
        all.extend(added.into_iter().map(|(name, value)| (name.to_owned(), value)));
        if let Value::Object(claims) = claims {
            all.extend(claims);
        }
        jsonwebtoken::encode(&self.inner.header, &all, &self.inner.key).map_err(|error| Unavailable::new(WHAT, error))
    }

    /// The `sub` of a user's tokens.
    pub(crate) fn subject_of(&self, name: &UserName) -> String {
        self.subject(&[b"user", name.canonical().as_bytes()])
    }

    fn subject(&self, parts: &[&[u8]]) -> String {
        let keyring = &self.inner.subjects;
        keyring.digest(keyring.current(), parts).map(|digest| BASE64URL_NOPAD.encode(&digest[..16])).unwrap_or_default()
    }
}

/// A moment as tokens hold it, with its milliseconds: a token of the second in which sessions were ended must show
/// whether it is older.
fn numeric(moment: Moment) -> serde_json::Number {
    let text = format!("{}.{:03}", moment.seconds(), moment.millis() % 1000);
    text.parse().unwrap_or_else(|_| moment.seconds().into())
}

impl IssuerKeys for Issuer {
    async fn keys(&self, _refresh: bool) -> Result<Arc<JwkSet>, Unavailable> {
        Ok(self.inner.published.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::credentials::token::{Caller, Permission, Unauthenticated, authenticate};
    use shared::testing::{FixedClock, block_on};

    fn issuer(clock: &Arc<FixedClock>) -> Issuer {
        let subjects = Keyring::new([(1, [7_u8; 31].iter().copied().chain([1]).collect::<Vec<_>>())]).unwrap();
        Issuer::new(&[9; 32], subjects, clock.clone()).unwrap()
    }

    fn caller(issuer: &Issuer, token: &str, clock: &FixedClock) -> Result<Caller, Unauthenticated> {
        let header = format!("Bearer {token}");
        block_on(authenticate(Some(&header), issuer, &issuer.settings(), clock.now())).unwrap()
    }

    #[test]
    fn its_tokens_are_accepted_for_an_hour() {
        let clock = Arc::new(FixedClock::new(Moment::from_seconds(1_800_000_000)));
        let issuer = issuer(&clock);
        let adele = UserName::parse("Adele@contoso.example").unwrap();
        let token = issuer.user_token(&adele, &[]).unwrap();
        let known = caller(&issuer, &token, &clock).unwrap();
        assert_eq!(known.user_name, Some(adele.clone()));
        assert_eq!(known.signed_in_at, Some(clock.now()));
        assert_eq!(known.subject.len(), 22);
        assert_eq!(caller(&issuer, &issuer.user_token(&adele, &[]).unwrap(), &clock).unwrap().subject, known.subject);
        clock.advance(3_599);
        assert!(caller(&issuer, &token, &clock).is_ok());
        clock.advance(1);
        assert_eq!(caller(&issuer, &token, &clock), Err(Unauthenticated::NoToken));
    }

    #[test]
    fn an_application_has_its_permissions_itself() {
        let clock = Arc::new(FixedClock::new(Moment::from_seconds(1_800_000_000)));
        let issuer = issuer(&clock);
        let token = issuer.application_token(&["User.Read.All".to_owned()]).unwrap();
        let known = caller(&issuer, &token, &clock).unwrap();
        assert_eq!(known.user_name, None);
        assert!(known.is_application_with(Permission::UserRead));
        assert!(!known.is_application_with(Permission::UserReadWrite));
        let bob = UserName::parse("bob@contoso.example").unwrap();
        let other = caller(&issuer, &issuer.user_token(&bob, &[]).unwrap(), &clock).unwrap();
        assert_ne!(other.subject, known.subject);
    }

    #[test]
    fn another_key_is_not_this_issuer() {
        let clock = Arc::new(FixedClock::new(Moment::from_seconds(1_800_000_000)));
        let issuer = issuer(&clock);
        let subjects = issuer.inner.subjects.clone();
        let other = Issuer::new(&[8; 32], subjects, clock.clone()).unwrap();
        let token = other.application_token(&[]).unwrap();
        assert_eq!(caller(&issuer, &token, &clock), Err(Unauthenticated::NoToken));
        assert!(caller(&other, &token, &clock).is_ok());
    }
}
