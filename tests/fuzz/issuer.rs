//! An issuer of tokens with a fixed key set, which the two token targets share.

use std::sync::{Arc, LazyLock};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey};
use shared::credentials::token::{Caller, IssuerKeys, TokenSettings, authenticate};
use shared::testing::block_on;
use shared::time::Moment;
use shared::unavailable::Unavailable;

/// The moment at which every token is validated: 2026-01-01T00:00:00Z, in seconds.
pub(crate) const NOW: u64 = 1_767_225_600;
/// An Ed25519 private key in PKCS #8 (RFC 8410, section 7) whose 32 bytes are all 9. No real service accepts it.
const PRIVATE_KEY: [u8; 48] = {
    let mut key = [9; 48];
    let prefix = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    let (start, _) = key.split_at_mut(prefix.len());
    start.copy_from_slice(&prefix);
    key
};
/// Public keys of other kinds: RSA from RFC 7517 appendix A.1, P-256 from RFC 7515 appendix A.3.
const OTHERS: &str = include_str!("keys.json");

/// Signs the claims that the claims target generates. Its public key has the id `ed` in the set.
pub(crate) static SIGNING: LazyLock<EncodingKey> = LazyLock::new(|| EncodingKey::from_ed_der(&PRIVATE_KEY));

static SET: LazyLock<Arc<JwkSet>> = LazyLock::new(|| {
    let mut set: JwkSet = serde_json::from_str(OTHERS).expect("the keys are a key set");
    let mut own = Jwk::from_encoding_key(&SIGNING, Algorithm::EdDSA).expect("the key is one");
    own.common.key_id = Some("ed".to_owned());
    set.keys.push(own);
    Arc::new(set)
});

struct Fixed;

impl IssuerKeys for Fixed {
    async fn keys(&self, _refresh: bool) -> Result<Arc<JwkSet>, Unavailable> {
        Ok(SET.clone())
    }
}

/// The caller of an `Authorization` header, if the header is accepted.
pub(crate) fn caller(authorization: &str) -> Option<Caller> {
    let settings = TokenSettings {
        issuer: "urn:fuzz:issuer".to_owned(),
        audience: "urn:fuzz:audience".to_owned(),
        user_name_claim: "preferred_username".to_owned(),
    };
    let judged = block_on(authenticate(Some(authorization), &Fixed, &settings, Moment::from_seconds(NOW)));
    judged.expect("the keys are at hand").ok()
}
