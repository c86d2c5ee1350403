//! Bearer tokens. Every function verifies them here, in the cloud and locally alike.
//!
//! The algorithms are RS256, ES256 and EdDSA, also by its newer name Ed25519. The key comes from the issuer's JWKS by
//! `kid`, and from nowhere else. Issuer, audience and times are checked, the times against the service's own clock.
//! Sources: RFC 7519, RFC 8725, RFC 9068, RFC 9864.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::identifiers::user_name::UserName;
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// Longest token that is read, in bytes. API Gateway passes at most 10 KiB of headers in total.
const MAX_TOKEN: usize = 8 * 1024;
/// The latest time that a token may name, in seconds since 1970: the end of the year 9999.
const MAX_NUMERIC_DATE: f64 = 253_402_300_799.0;
/// Seconds by which an issuer's clock may be ahead.
const CLOCK_SKEW: u64 = 60;

/// The issuer's public keys.
pub trait IssuerKeys: Send + Sync {
    /// The issuer's key set. With `refresh`, one newer than the last if the limits on fetching allow it.
    fn keys(&self, refresh: bool) -> impl Future<Output = Result<Arc<JwkSet>, Unavailable>> + Send;
}

/// Whose tokens are accepted, and how they name a user.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// The exact `iss`.
    pub issuer: String,
    /// The value that the token's `aud` must contain.
    pub audience: String,
    /// The claim that holds the userPrincipalName.
    pub user_name_claim: String,
}

/// Where people sign in to the pages, by OpenID Connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The issuer's address.
    pub issuer: String,
    /// The pages' client, which is public.
    pub client_id: String,
    /// The scopes that the pages ask for.
    pub scopes: Vec<String>,
}

/// Who a valid token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's `sub`.
    pub subject: String,
    /// The user name, if the token has one that is valid here.
    pub user_name: Option<UserName>,
    /// Whether the token speaks for a person: it names a user, or carries scopes that a user delegated.
    pub is_person: bool,
    /// When the user last signed in: `auth_time`, or `iat` if the token has no `auth_time`.
    pub signed_in_at: Option<Moment>,
    roles: BTreeSet<String>,
    scopes: BTreeSet<String>,
}

/// A permission of an application, with the name that Microsoft Graph gives it.
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
    /// The permission's name in tokens.
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

    /// All permissions.
    pub const ALL: [Self; 9] = [
        Self::UserRead,
        Self::UserReadWrite,
        Self::MethodRead,
        Self::MethodReadWrite,
        Self::AuditLogRead,
        Self::PolicyReadWrite,
        Self::RoleManagement,
        Self::DirectorySynchronization,
        Self::CredentialsCheck,
    ];

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
    /// Whether the token belongs to an application that has the permission itself.
    #[must_use]
    pub fn is_application_with(&self, permission: Permission) -> bool {
        // A user's token may carry the user's roles. An application's own roles come in tokens without a person.
        !self.is_person && names(&self.roles, permission)
    }

    /// Whether a user delegated the permission. It counts only together with that user's own rights.
    #[must_use]
    pub fn is_delegated(&self, permission: Permission) -> bool {
        self.user_name.is_some() && names(&self.scopes, permission)
    }
}

fn names(set: &BTreeSet<String>, permission: Permission) -> bool {
    set.contains(permission.as_str()) || permission.wider().is_some_and(|wider| set.contains(wider.as_str()))
}

/// Why a request speaks for nobody. The response is 401 in both cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthenticated {
    /// There is no valid token, for whatever reason.
    NoToken,
    /// The token's user must sign in again, at most so many seconds before the request.
    SignInAgain {
        /// How old a sign-in may be for a change of a registration.
        seconds: u64,
    },
}

/// Why a valid token does not suffice. The response is 403, with this text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forbidden {
    /// The token has none of these permissions, one of which is enough.
    Needs(&'static [Permission]),
    /// The token has one of these permissions delegated, but its user is unknown, disabled or not privileged.
    NeedsPrivilegedUser(&'static [Permission]),
    /// Only a caller with [`Permission::RoleManagement`] may change a privileged user.
    PrivilegedTarget,
    /// An administrator's routes never change the caller's own user.
    OwnUser,
    /// The token is not a person's, or that person is unknown or disabled.
    NoUser,
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |any: &[Permission]| any.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(" or ");
        match self {
            Self::Needs(any) => write!(f, "needs {}", names(any)),
            Self::NeedsPrivilegedUser(any) => {
                write!(f, "needs {}; delegated permissions count only for an enabled, privileged user", names(any))
            }
            Self::PrivilegedTarget => {
                write!(f, "needs {} to change a privileged user", Permission::RoleManagement.as_str())
            }
            Self::OwnUser => f.write_str("nobody may change their own user here"),
            Self::NoUser => f.write_str("needs the token of an enabled user"),
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    // A string and not a list (RFC 7519, section 4.1.1).
    iss: String,
    aud: Audience,
    sub: String,
    exp: NumericDate,
    nbf: Option<NumericDate>,
    iat: Option<NumericDate>,
    auth_time: Option<NumericDate>,
    roles: Option<Vec<String>>,
    scp: Option<String>,
    scope: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Whom a token is for (RFC 7519, section 4.1.3).
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn contains(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

/// Seconds since 1970, also with a fraction (RFC 7519, section 2). Counted in whole milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "f64")]
struct NumericDate(Moment);

impl TryFrom<f64> for NumericDate {
    type Error = &'static str;

    fn try_from(seconds: f64) -> Result<Self, Self::Error> {
        if !(0.0..=MAX_NUMERIC_DATE).contains(&seconds) {
            return Err("not a time of the first ten thousand years");
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
        let millis = (seconds * 1000.0).round() as u64;
        Ok(Self(Moment::from_millis(millis)))
    }
}

/// Reads the token of an `Authorization` header and returns the caller that it speaks for.
///
/// # Errors
/// `Err(Unavailable)` if the issuer's keys are not available; [`Unauthenticated::NoToken`] for any token that is not
/// exactly right.
pub async fn authenticate(
    authorization: Option<&str>,
    keys: &impl IssuerKeys,
    settings: &TokenSettings,
    now: Moment,
) -> Result<Result<Caller, Unauthenticated>, Unavailable> {
    let Some((token, header)) = authorization.and_then(bearer) else {
        return Ok(Err(Unauthenticated::NoToken));
    };
    let Some(kid) = header.kid.as_deref() else {
        return Ok(Err(Unauthenticated::NoToken));
    };
    let mut set = keys.keys(false).await?;
    if set.find(kid).is_none() {
        set = keys.keys(true).await?;
    }
    let Some(key) = set.find(kid) else {
        return Ok(Err(Unauthenticated::NoToken));
    };
    Ok(verify(token, &header, key, settings, now).ok_or(Unauthenticated::NoToken))
}

/// The token and its decoded header. `None` if the token cannot be accepted under any key.
fn bearer(authorization: &str) -> Option<(&str, Header)> {
    let (scheme, token) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") || token.len() > MAX_TOKEN {
        return None;
    }
    let token = token.trim_matches(' ');
    let header = header(token)?;
    let algorithm = matches!(header.alg, Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA);
    // A key that comes with the token proves nothing. Extensions that must be understood (`crit`) are not supported.
    let own_key = header.jku.is_some() || header.jwk.is_some() || header.x5u.is_some() || header.x5c.is_some();
    let kind = header.typ.as_deref().is_none_or(|kind| {
        ["jwt", "at+jwt", "application/at+jwt"].iter().any(|known| kind.eq_ignore_ascii_case(known))
    });
    (algorithm && !own_key && header.crit.is_none() && kind).then_some((token, header))
}

/// The token's header. The library knows Ed25519 only by the older name of the algorithm, EdDSA.
fn header(token: &str) -> Option<Header> {
    let (encoded, _) = token.split_once('.')?;
    let mut header: Map<String, Value> = decoded(encoded)?;
    if header.get("alg").is_some_and(|algorithm| algorithm == "Ed25519") {
        header.insert("alg".to_owned(), Value::from("EdDSA"));
    }
    serde_json::from_value(Value::Object(header)).ok()
}

/// A part of a token, read from its JSON.
fn decoded<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).ok()?).ok()
}

fn verify(token: &str, header: &Header, key: &Jwk, settings: &TokenSettings, now: Moment) -> Option<Caller> {
    let for_signing = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
    let same_algorithm = key.common.key_algorithm.is_none_or(|algorithm| match algorithm {
        // Of the names that the library does not know, one is Ed25519. No other fits a key of that curve.
        KeyAlgorithm::UNKNOWN_ALGORITHM => header.alg == Algorithm::EdDSA,
        known => known == KeyAlgorithm::from(header.alg),
    });
    if !for_signing || !same_algorithm {
        return None;
    }
    let (message, signature) = token.rsplit_once('.')?;
    let key = DecodingKey::from_jwk(key).ok()?;
    if !jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, header.alg).ok()? {
        return None;
    }
    let (_, claims) = message.split_once('.')?;
    caller(decoded(claims)?, settings, now)
}

fn caller(claims: Claims, settings: &TokenSettings, now: Moment) -> Option<Caller> {
    let latest = NumericDate(now.plus(CLOCK_SKEW));
    let early = [claims.nbf, claims.iat, claims.auth_time].into_iter().flatten().any(|at| at > latest);
    let ours = claims.iss == settings.issuer && claims.aud.contains(&settings.audience);
    if !ours || claims.exp <= NumericDate(now) || early || claims.sub.is_empty() {
        return None;
    }
    let user_name = match claims.rest.get(&settings.user_name_claim) {
        None => None,
        // An invalid user name belongs to nobody here. The token is valid, but permits nothing.
        Some(Value::String(name)) => UserName::parse(name).ok(),
        Some(_) => return None,
    };
    let is_person =
        claims.rest.contains_key(&settings.user_name_claim) || claims.scp.is_some() || claims.scope.is_some();
    let scopes = [claims.scp, claims.scope].into_iter().flatten();
    Some(Caller {
        subject: claims.sub,
        user_name,
        is_person,
        signed_in_at: claims.auth_time.or(claims.iat).map(|NumericDate(at)| at),
        roles: claims.roles.unwrap_or_default().into_iter().collect(),
        scopes: scopes.flat_map(|text| text.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect(),
    })
}

#[cfg(test)]
mod tests;
