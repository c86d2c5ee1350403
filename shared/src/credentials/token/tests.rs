use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jsonwebtoken::EncodingKey;
use serde_json::json;

use super::*;

const NOW: Moment = Moment::from_seconds(1_800_000_000);
/// The bytes before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7).
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

struct Keys(Arc<JwkSet>);

impl IssuerKeys for Keys {
    async fn keys(&self, _refresh: bool) -> Result<Arc<JwkSet>, Unavailable> {
        Ok(self.0.clone())
    }
}

struct Down;

impl IssuerKeys for Down {
    async fn keys(&self, _refresh: bool) -> Result<Arc<JwkSet>, Unavailable> {
        Err(Unavailable::plain("the issuer is down"))
    }
}

fn settings() -> TokenSettings {
    TokenSettings {
        issuer: "https://id.example".to_owned(),
        audience: "rekey".to_owned(),
        user_name_claim: "preferred_username".to_owned(),
    }
}

fn signing_key(fill: u8) -> EncodingKey {
    EncodingKey::from_ed_der(&[&PKCS8_PREFIX[..], &[fill; 32]].concat())
}

fn published(fill: u8, kid: &str) -> Jwk {
    let mut key = Jwk::from_encoding_key(&signing_key(fill), Algorithm::EdDSA).unwrap();
    key.common.key_id = Some(kid.to_owned());
    key
}

fn header(kid: &str) -> Header {
    Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) }
}

fn shifted(millis: i64) -> Moment {
    Moment::from_millis(NOW.millis().checked_add_signed(millis).unwrap())
}

fn claims() -> Value {
    json!({"iss": "https://id.example", "aud": "rekey", "sub": "s", "exp": NOW.seconds() + 60, "iat": NOW.seconds(),
        "preferred_username": "Adele@contoso.example"})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn sign(header: &Header, claims: &Value) -> String {
    jsonwebtoken::encode(header, claims, &signing_key(1)).unwrap()
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing here waits"),
    }
}

fn read(authorization: &str) -> Result<Caller, Unauthenticated> {
    let keys = Keys(Arc::new(JwkSet { keys: vec![published(1, "one"), published(2, "two")] }));
    ready(authenticate(Some(authorization), &keys, &settings(), NOW)).unwrap()
}

fn bearer(token: &str) -> Result<Caller, Unauthenticated> {
    read(&format!("Bearer {token}"))
}

#[test]
fn a_valid_token_speaks_for_its_user() {
    let caller = bearer(&sign(&header("one"), &claims())).unwrap();
    assert_eq!(caller.subject, "s");
    assert_eq!(caller.user_name.unwrap().canonical(), "adele@contoso.example");
    assert_eq!(caller.signed_in_at, Some(NOW));
    let caller = bearer(&sign(&header("one"), &with("auth_time", json!(NOW.seconds() - 500)))).unwrap();
    assert_eq!(caller.signed_in_at, Some(NOW.minus(500)));
    assert!(bearer(&sign(&header("one"), &with("aud", json!(["x", "rekey"])))).is_ok());
    let access = Header { typ: Some("at+jwt".to_owned()), ..header("one") };
    assert!(bearer(&sign(&access, &claims())).is_ok());
}

#[test]
fn a_token_with_a_user_name_or_delegated_permissions_is_a_persons() {
    let is_person = |claims: Value| bearer(&sign(&header("one"), &claims)).unwrap().is_person;
    let nameless = |name: &str| {
        let mut claims = with(name, json!("User.Read"));
        claims.as_object_mut().unwrap().remove("preferred_username");
        claims
    };
    assert!(is_person(claims()));
    assert!(is_person(nameless("scp")) && is_person(nameless("scope")));
    assert!(!is_person(nameless("azp")));
}

#[test]
fn times_may_have_fractions() {
    let now = NOW.seconds();
    let at = |fraction: f64| json!(f64::from(u32::try_from(now).unwrap()) + fraction);
    assert_eq!(bearer(&sign(&header("one"), &with("auth_time", at(-0.5)))).unwrap().signed_in_at, Some(shifted(-500)));
    assert_eq!(bearer(&sign(&header("one"), &with("iat", at(0.123)))).unwrap().signed_in_at, Some(shifted(123)));
    assert_eq!(bearer(&sign(&header("one"), &with("iat", at(-0.0)))).unwrap().signed_in_at, Some(NOW));
    for (name, fits, refused) in [("exp", 0.001, 0.0), ("exp", 0.5, -0.001), ("nbf", 60.0, 60.001), ("iat", 60.0, 60.4)]
    {
        assert!(bearer(&sign(&header("one"), &with(name, at(fits)))).is_ok(), "{name} {fits}");
        let token = sign(&header("one"), &with(name, at(refused)));
        assert_eq!(bearer(&token), Err(Unauthenticated::NoToken), "{name} {refused}");
    }
    for odd in [json!(-1), json!(1e300), json!(253_402_300_800_u64)] {
        assert_eq!(bearer(&sign(&header("one"), &with("exp", odd.clone()))), Err(Unauthenticated::NoToken), "{odd}");
    }
}

#[test]
fn a_token_with_its_spaces_has_at_most_8192_bytes() {
    let token = sign(&header("one"), &claims());
    assert!(bearer(&format!("{token:8192}")).is_ok());
    assert_eq!(bearer(&format!("{token:8193}")), Err(Unauthenticated::NoToken));
}

#[test]
fn ed25519_is_the_newer_name_of_the_same_algorithm() {
    let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = |algorithm: &str| {
        let message = format!("{}.{}", part(json!({"alg": algorithm, "kid": "one"})), part(claims()));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &signing_key(1), Algorithm::EdDSA).unwrap();
        format!("Bearer {message}.{signature}")
    };
    let named = |name: Option<&str>| {
        let mut key = serde_json::to_value(published(1, "one")).unwrap();
        key.as_object_mut().unwrap().remove("alg");
        if let Some(name) = name {
            key["alg"] = json!(name);
        }
        Keys(Arc::new(serde_json::from_value(json!({"keys": [key]})).unwrap()))
    };
    for (token, key, valid) in [
        ("Ed25519", Some("Ed25519"), true),
        ("Ed25519", Some("EdDSA"), true),
        ("Ed25519", None, true),
        ("EdDSA", Some("Ed25519"), true),
        ("ed25519", Some("Ed25519"), false),
        ("Ed448", Some("Ed25519"), false),
        ("Ed25519", Some("ES256"), false),
    ] {
        let read = ready(authenticate(Some(&signed(token)), &named(key), &settings(), NOW)).unwrap();
        assert_eq!(read.is_ok(), valid, "{token} {key:?}");
    }
}

#[test]
fn claims_that_are_not_exactly_right_are_refused() {
    let now = NOW.seconds();
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!("https://id.example/")),
        ("aud", json!("other")),
        ("aud", json!([])),
        ("aud", json!(["other"])),
        ("exp", json!(now)),
        ("exp", json!(now - 1)),
        ("exp", json!((now + 60).to_string())),
        ("exp", json!(null)),
        ("nbf", json!(now + 61)),
        ("iat", json!(now + 61)),
        ("auth_time", json!(now + 61)),
        ("sub", json!("")),
        ("preferred_username", json!(["adele@contoso.example"])),
        ("roles", json!("User.ReadWrite.All")),
    ] {
        assert_eq!(
            bearer(&sign(&header("one"), &with(name, value.clone()))),
            Err(Unauthenticated::NoToken),
            "{name} {value}"
        );
    }
    for name in ["iss", "aud", "exp", "sub"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(bearer(&sign(&header("one"), &claims)), Err(Unauthenticated::NoToken), "{name}");
    }
}

#[test]
fn tricks_with_the_header_and_the_signature_are_refused() {
    let valid = sign(&header("one"), &claims());
    let (body, signature) = valid.rsplit_once('.').unwrap();
    let part = |value: Value| data_encoding::BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let payload = part(claims());
    let jwk = serde_json::to_value(published(1, "one")).unwrap();
    let public = published(1, "one");
    // The public key as the secret of a symmetric algorithm.
    let secret = EncodingKey::from_secret(serde_json::to_vec(&public).unwrap().as_slice());
    let confused = Header { kid: Some("one".to_owned()), ..Header::new(Algorithm::HS256) };
    for token in [
        format!("{body}."),
        body.to_owned(),
        format!("{}.{payload}.", part(json!({"alg": "none", "kid": "one"}))),
        format!("{}.{payload}.{signature}", part(json!({"alg": "none", "kid": "one"}))),
        jsonwebtoken::encode(&confused, &claims(), &secret).unwrap(),
        sign(&header("two"), &claims()),
        sign(&header("../one"), &claims()),
        sign(&header(""), &claims()),
        sign(&Header::new(Algorithm::EdDSA), &claims()),
        sign(&Header { jku: Some("https://evil.example".to_owned()), ..header("one") }, &claims()),
        sign(&Header { x5u: Some("https://evil.example".to_owned()), ..header("one") }, &claims()),
        sign(&Header { jwk: Some(serde_json::from_value(jwk).unwrap()), ..header("one") }, &claims()),
        sign(&Header { typ: Some("secevent+jwt".to_owned()), ..header("one") }, &claims()),
        sign(&Header { typ: Some("id+jwt".to_owned()), ..header("one") }, &claims()),
        "x".repeat(MAX_TOKEN + 1),
        String::new(),
    ] {
        assert_eq!(bearer(&token), Err(Unauthenticated::NoToken), "{token}");
    }
    for header in ["", "Bearer", "Bearer ", &valid, &format!("Basic {valid}"), &format!("Bearer {valid} x")] {
        assert_eq!(read(header), Err(Unauthenticated::NoToken), "{header}");
    }
}

#[test]
fn an_unknown_key_is_refused_and_an_issuer_that_is_down_is_a_failure() {
    let token = sign(&header("three"), &claims());
    assert_eq!(bearer(&token), Err(Unauthenticated::NoToken));
    let authorization = format!("Bearer {}", sign(&header("one"), &claims()));
    assert!(ready(authenticate(Some(&authorization), &Down, &settings(), NOW)).is_err());
    let mut encryption = published(1, "one");
    encryption.common.public_key_use = Some(PublicKeyUse::Encryption);
    let keys = Keys(Arc::new(JwkSet { keys: vec![encryption] }));
    let read = ready(authenticate(Some(&authorization), &keys, &settings(), NOW)).unwrap();
    assert_eq!(read, Err(Unauthenticated::NoToken));
    assert_eq!(ready(authenticate(None, &Down, &settings(), NOW)).unwrap(), Err(Unauthenticated::NoToken));
}

#[test]
fn permissions_are_whole_names_of_the_right_kind_of_token() {
    let application = |roles: Value| {
        let mut claims = claims();
        claims["roles"] = roles;
        claims.as_object_mut().unwrap().remove("preferred_username");
        bearer(&sign(&header("one"), &claims)).unwrap()
    };
    assert!(application(json!(["User.ReadWrite.All"])).is_application_with(Permission::UserRead));
    assert!(!application(json!(["User.Read.All"])).is_application_with(Permission::UserReadWrite));
    assert!(!application(json!(["x User.ReadWrite.All"])).is_application_with(Permission::UserReadWrite));
    let nobody = bearer(&sign(&header("one"), &with("preferred_username", json!("not a name")))).unwrap();
    assert!(nobody.is_person && nobody.user_name.is_none());
    // A user's roles do not count as an application's.
    let user = bearer(&sign(&header("one"), &with("roles", json!(["User.ReadWrite.All"])))).unwrap();
    assert!(!user.is_application_with(Permission::UserReadWrite) && !user.is_delegated(Permission::UserReadWrite));
    for claim in ["scp", "scope"] {
        let user = bearer(&sign(&header("one"), &with(claim, json!("openid User.ReadWrite.All")))).unwrap();
        assert!(user.is_delegated(Permission::UserReadWrite) && !user.is_application_with(Permission::UserReadWrite));
    }
}
