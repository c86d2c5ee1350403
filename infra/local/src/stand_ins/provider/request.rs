//! What a page asks of the authorization endpoint.

use data_encoding::BASE64URL_NOPAD;
use shared::credentials::token::Permission;

use super::form::Parameters;

/// The pages' client. It is public: it has no secret.
pub(super) const CLIENT: &str = "rekey-pages";
/// The scopes that name no permission (OpenID Connect Core, section 5.4).
pub(super) const PLAIN_SCOPES: [&str; 2] = [OPENID, "profile"];
/// The scope that makes a request one of OpenID Connect.
pub(super) const OPENID: &str = "openid";
/// Bytes of a code challenge: of a digest by SHA-256.
const CHALLENGE_BYTES: usize = 32;
/// The longest `state` or `nonce`, in bytes.
const MAX_VALUE: usize = 1024;

/// What a page asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Where the code is sent.
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) nonce: Option<String>,
    /// The digest of the verifier that redeems the code.
    pub(super) challenge: Vec<u8>,
    /// The scopes that are granted, in the order of the request.
    pub(super) scopes: Vec<String>,
    pub(super) prompt: Prompt,
    /// The greatest age of a sign-in, in seconds.
    pub(super) max_age: Option<u64>,
    /// The user name to begin with.
    pub(super) hint: String,
}

/// Whether the person is asked for the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prompt {
    /// If there is no session.
    IfNeeded,
    /// In any case.
    Login,
    /// In no case.
    None,
}

/// Why a request is refused (RFC 6749, section 4.1.2.1; OpenID Connect Core, section 3.1.2.6).
pub(super) struct Refusal(pub(super) &'static str, pub(super) &'static str);

/// Reads what a page asked for, once it is certain which page that is.
pub(super) fn asked(parameters: &Parameters, redirect_uri: &str) -> Result<Asked, Refusal> {
    let of = |name: &str| parameters.get(name).map(String::as_str);
    let invalid = |rule| Refusal("invalid_request", rule);
    if of("response_type") != Some("code") {
        return Err(Refusal("unsupported_response_type", "response_type must be code"));
    }
    if of("code_challenge_method") != Some("S256") {
        return Err(invalid("code_challenge_method must be S256"));
    }
    let challenge = BASE64URL_NOPAD.decode(of("code_challenge").unwrap_or_default().as_bytes());
    let challenge = challenge.ok().filter(|challenge| challenge.len() == CHALLENGE_BYTES);
    let challenge = challenge.ok_or(invalid("code_challenge must be a digest by SHA-256 in base64url"))?;
    let scopes: Vec<String> =
        of("scope").unwrap_or_default().split(' ').filter(|name| is_known(name)).map(str::to_owned).collect();
    if !scopes.iter().any(|scope| scope == OPENID) {
        return Err(Refusal("invalid_scope", "scope must contain openid"));
    }
    let prompt = match of("prompt") {
        None | Some("" | "select_account" | "consent") => Prompt::IfNeeded,
        Some("login") => Prompt::Login,
        Some("none") => Prompt::None,
        Some(_) => return Err(invalid("prompt must be none or login")),
    };
    let max_age = of("max_age").map(str::parse).transpose();
    let max_age = max_age.map_err(|_| invalid("max_age must be a number of seconds"))?;
    let short = |name| of(name).filter(|value: &&str| value.len() <= MAX_VALUE).map(str::to_owned);
    Ok(Asked {
        redirect_uri: redirect_uri.to_owned(),
        state: short("state"),
        nonce: short("nonce"),
        challenge,
        scopes,
        prompt,
        max_age,
        hint: short("login_hint").unwrap_or_default(),
    })
}

/// Whether a scope is granted. Others are left out, as RFC 6749, section 3.3, allows.
fn is_known(scope: &str) -> bool {
    PLAIN_SCOPES.contains(&scope) || Permission::ALL.iter().any(|known| known.as_str() == scope)
}
