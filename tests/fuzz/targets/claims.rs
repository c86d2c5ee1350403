//! Claims under a valid signature. An accepted token has not expired, is meant for this service and names a subject.

use jsonwebtoken::{Algorithm, Header, encode};
use serde_json::Value;
use shared::credentials::token::Permission;
use shared::identifiers::user_name::UserName;

use crate::issuer;

pub(super) fn run(bytes: &[u8]) {
    let Ok(claims) = serde_json::from_slice::<Value>(bytes) else { return };
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some("ed".to_owned());
    let Ok(token) = encode(&header, &claims, &issuer::SIGNING) else { return };
    let Some(caller) = issuer::caller(&format!("Bearer {token}")) else { return };
    assert!(!caller.subject.is_empty() && claims["sub"] == *caller.subject);
    assert!(claims["exp"].as_u64().is_some_and(|exp| exp > issuer::NOW));
    assert_eq!(claims["iss"], "urn:fuzz:issuer");
    let audience = &claims["aud"];
    assert!(
        audience == "urn:fuzz:audience"
            || audience.as_array().is_some_and(|all| all.contains(&"urn:fuzz:audience".into()))
    );
    if let Some(name) = &caller.user_name {
        assert_eq!(claims["preferred_username"].as_str().map(UserName::parse), Some(Ok(name.clone())));
    }
    let of_a_person = ["preferred_username", "scp", "scope"].iter().any(|claim| !claims[claim].is_null());
    assert!(!of_a_person || !caller.is_application_with(Permission::UserRead), "a person is no application");
    assert!(caller.user_name.is_some() || !caller.is_delegated(Permission::UserRead), "nobody delegates nothing");
}
