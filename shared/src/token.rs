//! Bearer tokens: verified here, by every function alike, in the cloud and locally.
//!
//! RS256, ES256 and EdDSA; the key comes from the issuer's JWKS by `kid` and from nowhere else; issuer,
//! audience and times are checked against the service's own clock. Source: RFC 7519, RFC 8725, RFC 9068.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::user_name::UserName;

/// Longest token read, in bytes: API Gateway passes headers of 10 KiB in all.
const MAX_TOKEN: usize = 8 * 1024;
/// Seconds by which an issuer's clock may be ahead.
const CLOCK_SKEW: u64 = 60;

/// The issuer's public keys.
pub trait IssuerKeys: Send + Sync {
    /// The issuer's key set; with `refresh` one newer than the last, as far as the issuer's limits allow.
    fn keys(&self, refresh: bool) -> impl Future<Output = Result<Arc<JwkSet>, Unavailable>> + Send;
}

/// Whose tokens are accepted, and how they name a user.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// The exact `iss`.
    pub issuer: String,
    /// The `aud` that must be among the token's.
    pub audience: String,
    /// The claim that holds the userPrincipalName.
    pub user_name_claim: String,
}

/// Who a valid token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's `sub`.
    pub subject: String,
    /// The user, if the token names one that can be a user here.
    pub user_name: Option<UserName>,
    /// Whether the token speaks for a person: it names one, or carries scopes that one delegated.
    pub is_person: bool,
    /// When that user last signed in.
    pub signed_in_at: Option<Moment>,
    roles: BTreeSet<String>,
    scopes: BTreeSet<String>,
}

/// What an application may do, by the name Microsoft Graph gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Read users and their profile contacts.
    UserRead,
    /// Create, change and delete users.
    UserReadWrite,
    /// Read authentication methods.
    MethodRead,
    /// Change authentication methods.
    MethodReadWrite,
    /// Read reports and the audit.
    AuditLogRead,
    /// Read and change the policy.
    PolicyReadWrite,
    /// Change privileged users.
    RoleManagement,
    /// Set what a directory owns.
    DirectorySynchronization,
    /// Check passwords.
    CredentialsCheck,
}

impl Permission {
    /// The permission's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserRead => "User.Read.All",
            Self::UserReadWrite => "User.ReadWrite.All",
            Self::MethodRead => "UserAuthenticationMethod.Read.All",
            Self::MethodReadWrite => "UserAuthenticationMethod.ReadWrite.All",
            Self::AuditLogRead => "AuditLog.Read.All",
            Self::PolicyReadWrite => "Policy.ReadWrite.AuthenticationMethod",
            Self::RoleManagement => "RoleManagement.ReadWrite.Directory",
            Self::DirectorySynchronization => "OnPremDirectorySynchronization.ReadWrite.All",
            Self::CredentialsCheck => "Credentials.Check",
        }
    }

    /// The permission that includes this one.
    const fn wider(self) -> Option<Self> {
        match self {
            Self::UserRead => Some(Self::UserReadWrite),
            Self::MethodRead => Some(Self::MethodReadWrite),
            Self::UserReadWrite
            | Self::MethodReadWrite
            | Self::AuditLogRead
            | Self::PolicyReadWrite
            | Self::RoleManagement
            | Self::DirectorySynchronization
            | Self::CredentialsCheck => None,
        }
    }
}

impl Caller {
    /// Whether an application bears the permission itself.
    #[must_use]
    pub fn is_application_with(&self, permission: Permission) -> bool {
        // A user's token may carry roles of the user; the application's own come in tokens without a person.
        !self.is_person && names(&self.roles, permission)
    }

    /// Whether a user delegated the permission; it counts only with that user's own rights.
    #[must_use]
    pub fn is_delegated(&self, permission: Permission) -> bool {
        self.user_name.is_some() && names(&self.scopes, permission)
    }
}

fn names(set: &BTreeSet<String>, permission: Permission) -> bool {
    set.contains(permission.as_str()) || permission.wider().is_some_and(|wider| set.contains(wider.as_str()))
}

/// Why a token is refused; the answer is 401 in every case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unauthenticated;

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
    nbf: Option<u64>,
    iat: Option<u64>,
    auth_time: Option<u64>,
    roles: Option<Vec<String>>,
    scp: Option<String>,
    scope: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Reads the token of an `Authorization` header and tells whom it speaks for.
///
/// # Errors
/// `Err(Unavailable)` where the issuer's keys cannot be had; `Ok(Err(Unauthenticated))` for any token that
/// is not exactly right.
pub async fn authenticate(
    authorization: Option<&str>,
    keys: &impl IssuerKeys,
    settings: &TokenSettings,
    now: Moment,
) -> Result<Result<Caller, Unauthenticated>, Unavailable> {
    let Some((token, header)) = authorization.and_then(bearer) else {
        return Ok(Err(Unauthenticated));
    };
    let Some(kid) = header.kid.as_deref() else {
        return Ok(Err(Unauthenticated));
    };
    let mut set = keys.keys(false).await?;
    if set.find(kid).is_none() {
        set = keys.keys(true).await?;
    }
    let Some(key) = set.find(kid) else {
        return Ok(Err(Unauthenticated));
    };
    Ok(verify(token, &header, key, settings, now).ok_or(Unauthenticated))
}

/// The token and its header, if the header is one that is ever accepted.
fn bearer(authorization: &str) -> Option<(&str, Header)> {
    let (scheme, token) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") || token.len() > MAX_TOKEN {
        return None;
    }
    let token = token.trim_matches(' ');
    let header = jsonwebtoken::decode_header(token).ok()?;
    let algorithm = matches!(header.alg, Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA);
    // A key that comes with the token proves nothing; an extension that must be understood is not.
    let own_key = header.jku.is_some() || header.jwk.is_some() || header.x5u.is_some() || header.x5c.is_some();
    let kind = header.typ.as_deref().is_none_or(|kind| {
        ["jwt", "at+jwt", "application/at+jwt"].iter().any(|known| kind.eq_ignore_ascii_case(known))
    });
    (algorithm && !own_key && header.crit.is_none() && kind).then_some((token, header))
}

fn verify(token: &str, header: &Header, key: &Jwk, settings: &TokenSettings, now: Moment) -> Option<Caller> {
    let for_signing = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
    let same_algorithm = key.common.key_algorithm.is_none_or(|algorithm| algorithm.to_string() == format!("{:?}", header.alg));
    if !for_signing || !same_algorithm {
        return None;
    }
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[&settings.issuer]);
    validation.set_audience(&[&settings.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // Times are judged below, by the service's own clock.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let decoded = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_jwk(key).ok()?, &validation).ok()?;
    caller(decoded.claims, settings, now)
}

fn caller(claims: Claims, settings: &TokenSettings, now: Moment) -> Option<Caller> {
    let latest = now.plus(CLOCK_SKEW).seconds();
    let early = claims.nbf.is_some_and(|nbf| nbf > latest) || claims.iat.is_some_and(|iat| iat > latest);
    if claims.exp <= now.seconds() || early || claims.sub.is_empty() {
        return None;
    }
    let user_name = match claims.rest.get(&settings.user_name_claim) {
        None => None,
        // A name that cannot be one here is nobody's here: the token is valid and permits nothing.
        Some(Value::String(name)) => UserName::parse(name).ok(),
        Some(_) => return None,
    };
    let is_person = claims.rest.contains_key(&settings.user_name_claim) || claims.scp.is_some() || claims.scope.is_some();
    let scopes = [claims.scp, claims.scope].into_iter().flatten();
    Some(Caller {
        subject: claims.sub,
        user_name,
        is_person,
        signed_in_at: claims.auth_time.or(claims.iat).map(Moment::from_seconds),
        roles: claims.roles.unwrap_or_default().into_iter().collect(),
        scopes: scopes.flat_map(|text| text.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use jsonwebtoken::EncodingKey;
    use serde_json::json;

    use super::*;

    const NOW: Moment = Moment::from_seconds(1_800_000_000);
    /// What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7).
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
    fn claims_that_are_not_exactly_right_are_refused() {
        let now = NOW.seconds();
        for (name, value) in [
            ("iss", json!("https://evil.example")),
            ("iss", json!("https://id.example/")),
            ("aud", json!("other")),
            ("aud", json!([])),
            ("exp", json!(now)),
            ("exp", json!(now - 1)),
            ("exp", json!((now + 60).to_string())),
            ("exp", json!(null)),
            ("nbf", json!(now + 61)),
            ("iat", json!(now + 61)),
            ("sub", json!("")),
            ("preferred_username", json!(["adele@contoso.example"])),
            ("roles", json!("User.ReadWrite.All")),
        ] {
            assert_eq!(bearer(&sign(&header("one"), &with(name, value.clone()))), Err(Unauthenticated), "{name} {value}");
        }
        for name in ["iss", "aud", "exp", "sub"] {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(name);
            assert_eq!(bearer(&sign(&header("one"), &claims)), Err(Unauthenticated), "{name}");
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
            assert_eq!(bearer(&token), Err(Unauthenticated), "{token}");
        }
        for header in ["", "Bearer", "Bearer ", &valid, &format!("Basic {valid}"), &format!("Bearer {valid} x")] {
            assert_eq!(read(header), Err(Unauthenticated), "{header}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused_and_an_issuer_that_is_down_is_a_failure() {
        let token = sign(&header("three"), &claims());
        assert_eq!(bearer(&token), Err(Unauthenticated));
        let authorization = format!("Bearer {}", sign(&header("one"), &claims()));
        assert!(ready(authenticate(Some(&authorization), &Down, &settings(), NOW)).is_err());
        let mut encryption = published(1, "one");
        encryption.common.public_key_use = Some(PublicKeyUse::Encryption);
        let keys = Keys(Arc::new(JwkSet { keys: vec![encryption] }));
        let read = ready(authenticate(Some(&authorization), &keys, &settings(), NOW)).unwrap();
        assert_eq!(read, Err(Unauthenticated));
        assert_eq!(ready(authenticate(None, &Down, &settings(), NOW)).unwrap(), Err(Unauthenticated));
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
        // A user's roles are not an application's, and an application's scopes are nobody's.
        let user = bearer(&sign(&header("one"), &with("roles", json!(["User.ReadWrite.All"])))).unwrap();
        assert!(!user.is_application_with(Permission::UserReadWrite) && !user.is_delegated(Permission::UserReadWrite));
        for claim in ["scp", "scope"] {
            let user = bearer(&sign(&header("one"), &with(claim, json!("openid User.ReadWrite.All")))).unwrap();
            assert!(user.is_delegated(Permission::UserReadWrite) && !user.is_application_with(Permission::UserReadWrite));
        }
    }
}
