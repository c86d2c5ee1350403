//! Components that are written down: how callers are known, parameters and headers.

use serde_json::{Value, json};

use crate::account::ContactType;
use crate::policy::method::Method;

/// How a caller is known.
pub(super) fn security() -> Value {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token of the deployment's issuer, signed with RS256, ES256 or EdDSA. A person's token \
                names their userPrincipalName in `preferred_username` (or the claim that the deployment sets). \
                Permissions in `roles` belong to an application, and count only in tokens that name no user. Delegated \
                permissions, in `scp` or `scope`, count only if the token's user is enabled and privileged. \
                `ReadWrite` includes `Read`.",
        },
    })
}

/// The `Idempotency-Key` of a request.
pub(super) fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": false,
        "description": "Random, 16 to 255 visible ASCII characters without a comma. For 24 hours, the same key with the same body \
            returns the first response again and has no second effect; with another body it is refused. A key belongs \
            to a route, and to the source network that begins a reset, the reset or the person. Responses with 409, \
            429 or 503 are not stored, nor are refusals that precede the check of the key.",
        "schema": {"type": "string", "pattern": "^[!-+\\--~]{16,255}$", "minLength": 16, "maxLength": 255},
        "example": "4f7c2b91d80e4a6f",
    })
}

/// A parameter of a path, by its name there, and its name among the components.
pub(super) fn path_parameter(name: &str) -> (&'static str, Value) {
    let id = json!({"$ref": "#/components/schemas/Id"});
    let (component, description, schema, example) = match name {
        "resetId" => ("ResetId", "The reset.", id, "jrXpqseZIFXvykL1LxyWnw"),
        "challengeId" => ("ChallengeId", "The challenge.", id, "0rXh0vU9fxEVS49B45GTyg"),
        "type" => {
            let types = ContactType::ALL.map(ContactType::as_str);
            let types: Vec<_> = types.into_iter().chain([Method::SecurityQuestions.as_str()]).collect();
            ("MethodType", "The type of the method.", json!({"type": "string", "enum": types}), "email")
        }
        "methodId" => (
            "MethodId",
            "The method: one of Microsoft Graph's well-known ids, the same for every user.",
            json!({"type": "string", "minLength": 1}),
            "3179e48a-750b-4051-897c-87b9720928f7",
        ),
        _ => (
            "UserId",
            "The user's id or userPrincipalName.",
            json!({"type": "string", "minLength": 1}),
            "adele@contoso.example",
        ),
    };
    let parameter = json!({
        "name": name, "in": "path", "required": true, "description": description, "schema": schema,
        "example": example,
    });
    (component, parameter)
}

/// Headers of answers.
pub(super) fn headers() -> Value {
    json!({
        "CacheControl": {
            "description": "On a response that must not be stored.",
            "required": true,
            "schema": {"type": "string", "const": "no-store"},
        },
        "CacheControlOfAMinute": {
            "description": "On a response that anybody may keep for a minute.",
            "required": true,
            "schema": {"type": "string", "const": "public, max-age=60"},
        },
        "ContentTypeOptions": {
            "description": "On every response.",
            "required": true,
            "schema": {"type": "string", "const": "nosniff"},
        },
        "RetryAfter": {
            "description": "Whole seconds to wait, rounded up to a multiple of five.",
            "required": true,
            "schema": {"type": "integer", "minimum": 5, "multipleOf": 5},
        },
        "Allow": {
            "description": "The methods that the path supports, separated by commas.",
            "required": true,
            "schema": {"type": "string", "pattern": "^[A-Z]+(?:, [A-Z]+)*$"},
            "example": "GET, POST",
        },
        "Challenge": {
            "description": "The authentication that is missing (RFC 6750; RFC 9470 if the sign-in is too old).",
            "required": true,
            "schema": {
                "type": "string",
                "pattern": "^Bearer(?: error=\"insufficient_user_authentication\", max_age=[0-9]+)?$",
            },
            "example": "Bearer",
        },
        "Location": {
            "description": "The URL of the new resource.",
            "required": true,
            "schema": {"type": "string", "format": "uri"},
            "example": "https://rekey.contoso.example/graph/v1.0/users/wi9a2LJGH8wjifgECMffPQ",
        },
    })
}
