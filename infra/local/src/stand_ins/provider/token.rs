//! The token endpoint.

use http::{Method, StatusCode};
use serde_json::json;
use sha2::{Digest, Sha256};
use shared::http::{Failure, Request, Response, response};
use shared::time::Clock;
use shared::unavailable::Unavailable;

use super::form;
use super::request::{CLIENT, PLAIN_SCOPES};
use super::{Grant, Provider};
use crate::stand_ins::issuer::LIFETIME_SECONDS;

/// Shortest and longest code verifier (RFC 7636, section 4.1).
const VERIFIER_LENGTHS: std::ops::RangeInclusive<usize> = 43..=128;

impl Provider {
    /// Gives tokens for a code. A code is taken by the first request that names it, whatever becomes of it.
    pub(super) fn token(&self, request: &Request) -> Result<Response, Failure> {
        request.allow(&[Method::POST])?;
        let parameters = form::body(request)?;
        let of = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
        if of("grant_type") != "authorization_code" {
            return Ok(refused("unsupported_grant_type"));
        }
        if of("client_id") != CLIENT {
            return Ok(refused("invalid_client"));
        }
        let Some(grant) = self.codes.take(of("code"), self.clock.now()) else {
            return Ok(refused("invalid_grant"));
        };
        let verifier = of("code_verifier");
        let is_verified = VERIFIER_LENGTHS.contains(&verifier.len())
            && Sha256::digest(verifier).as_slice() == grant.asked.challenge.as_slice();
        if !is_verified || of("redirect_uri") != grant.asked.redirect_uri {
            return Ok(refused("invalid_grant"));
        }
        Ok(self.tokens(&grant)?)
    }

    fn tokens(&self, Grant { asked, session }: &Grant) -> Result<Response, Unavailable> {
        let is_permission = |scope: &&String| !PLAIN_SCOPES.contains(&scope.as_str());
        let permissions: Vec<String> = asked.scopes.iter().filter(is_permission).cloned().collect();
        let access_token = self.issuer.token_since(&session.user, &permissions, session.signed_in_at)?;
        let mut claims = json!({
            "iss": self.address,
            "aud": CLIENT,
            "sub": self.issuer.subject_of(&session.user),
            "auth_time": session.signed_in_at.seconds(),
            "iat": self.clock.now().seconds(),
            "preferred_username": session.user.canonical(),
        });
        if let Some(nonce) = &asked.nonce {
            claims["nonce"] = json!(nonce);
        }
        if let Some(name) = &session.display_name {
            claims["name"] = json!(name);
        }
        let body = json!({
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
            "scope": asked.scopes.join(" "),
            "id_token": self.issuer.sign(claims)?,
        });
        Ok(response::json(StatusCode::OK, &body))
    }
}

/// A refusal (RFC 6749, section 5.2).
fn refused(error: &'static str) -> Response {
    response::json(StatusCode::BAD_REQUEST, &json!({ "error": error }))
}
