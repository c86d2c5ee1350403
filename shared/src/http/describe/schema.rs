//! What the schemas of several functions have in common.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::account::{ContactType, Source, Unusable};
use crate::credentials::password;
use crate::http::Problem;
use crate::policy::method::{CodeMethod, Method};

/// A reference to a schema by its name.
#[must_use]
pub fn named(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// An object with these properties and no others.
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "a schema is built of parts that nobody else needs")]
pub fn object(properties: Value, required: &[&str]) -> Value {
    let mut object = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

/// An object of a request on the Graph routes, where properties named `@odata.…` are ignored.
#[must_use]
pub fn graph_object(properties: Value, required: &[&str]) -> Value {
    let mut object = object(properties, required);
    object["patternProperties"] = json!({"^@odata\\.": {"description": "Ignored, at every depth."}});
    object
}

/// A moment.
#[must_use]
pub fn moment(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

/// A moment, or none.
#[must_use]
pub fn optional_moment(description: &str) -> Value {
    json!({"type": ["string", "null"], "format": "date-time", "description": description})
}

/// A text, or none.
#[must_use]
pub fn optional_text() -> Value {
    json!({"type": ["string", "null"]})
}

/// The methods that deliver a code.
#[must_use]
pub fn code_methods() -> Vec<&'static str> {
    CodeMethod::ALL.map(CodeMethod::as_str).to_vec()
}

/// The methods that deliver a code to a phone.
#[must_use]
pub fn phone_methods() -> Vec<&'static str> {
    CodeMethod::ALL.into_iter().filter(|method| method.is_phone()).map(CodeMethod::as_str).collect()
}

/// Every method.
#[must_use]
pub fn every_method() -> Vec<&'static str> {
    code_methods().into_iter().chain([Method::SecurityQuestions.as_str()]).collect()
}

/// Who can have written a contact down.
#[must_use]
pub fn sources() -> Vec<&'static str> {
    [Source::Directory, Source::Administrator, Source::User].map(Source::as_str).to_vec()
}

/// The types of contacts that a reset can use.
#[must_use]
pub fn contact_types() -> Vec<&'static str> {
    ContactType::ALL.map(ContactType::as_str).to_vec()
}

/// Why a contact cannot be used, or `null` where it can.
#[must_use]
pub fn reasons() -> Vec<Option<&'static str>> {
    Unusable::ALL.into_iter().map(|reason| Some(reason.as_str())).chain([None]).collect()
}

/// Every code that a problem has.
fn problem_codes() -> Vec<&'static str> {
    let problems = [
        Problem::Malformed(""),
        Problem::Unauthenticated,
        Problem::Forbidden,
        Problem::NotFound,
        Problem::MethodNotAllowed(&[]),
        Problem::Conflict(""),
        Problem::IdempotencyKeyInUse,
        Problem::TooLarge,
        Problem::UnsupportedMediaType,
        Problem::CodeRejected,
        Problem::TokenRejected,
        Problem::PasswordRejected(Vec::new()),
        Problem::AnswersRejected(Vec::new()),
        Problem::ContactRejected(""),
        Problem::CredentialsRejected,
        Problem::IdempotencyKeyReused,
        Problem::RateLimited(0),
    ];
    problems.iter().map(Problem::code).chain(["unavailable"]).collect()
}

/// The rules that passwords and answers can break, by their names on the wire.
fn refusal_reasons() -> BTreeSet<&'static str> {
    let passwords = password::Reason::ALL.into_iter().map(password::Reason::as_str);
    passwords.chain(crate::account::questions::Reason::ALL.map(crate::account::questions::Reason::as_str)).collect()
}

/// The schemas that every function may refer to.
pub(super) fn components() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Question",
            object(
                json!({
                    "questionId": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
                    "text": {"type": "string", "minLength": 3, "maxLength": 200, "description": "In the person's language."},
                }),
                &["questionId", "text"],
            ),
        ),
        (
            "Answer",
            object(
                json!({
                    "questionId": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
                    "answer": {"type": "string", "maxLength": 200},
                }),
                &["questionId", "answer"],
            ),
        ),
        (
            "Id",
            json!({
                "type": "string",
                "pattern": "^[A-Za-z0-9_-]{21}[AQgw]$",
                "minLength": 22,
                "maxLength": 22,
                "description": "128 random bits in URL-safe base64, with nothing in them to read.",
            }),
        ),
        (
            "Token",
            json!({
                "type": "string",
                "pattern": "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$",
                "minLength": 43,
                "maxLength": 43,
                "description": "256 bits in URL-safe base64, with nothing in them to read. Good for the reset that it was given for, \
            and for nothing else.",
            }),
        ),
        (
            "Reference",
            json!({
                "type": "string",
                "pattern": "^[A-Z]{2}$",
                "description": "Two letters that are printed in the message too, so that a person can tell which message belongs to \
            the page in front of them. It protects nothing.",
            }),
        ),
        (
            "UserName",
            json!({
                "type": "string",
                "format": "user-name",
                "pattern": "^(?=[^@]{1,64}@[^@]{3,48}$)(?:[A-Za-z0-9'_!#^~+&$-]|[^\\u0000-\\u007F])+(?:\\.(?:[A-Za-z0-9'_!#^~+&$-]|[^\\u0000-\\u007F])+)*@(?:(?:[A-Za-z0-9]|[^\\u0000-\\u007F])(?:(?:[A-Za-z0-9-]|[^\\u0000-\\u007F]){0,61}(?:[A-Za-z0-9]|[^\\u0000-\\u007F]))?\\.)+(?:[A-Za-z]|[^\\u0000-\\u007F])(?:(?:[A-Za-z0-9-]|[^\\u0000-\\u007F]){0,61}(?:[A-Za-z0-9]|[^\\u0000-\\u007F]))?$",
                "description": "A userPrincipalName: 1 to 64 characters, `@`, and a domain of 48 characters at most in its ASCII \
            form. Case and composition do not matter; accents and scripts do, and make other names. Characters \
            that normalising or a change of case would turn into ASCII (`ß`, `ı`, `ſ`, full-width letters) are \
            refused, because they can be read in two ways.",
            }),
        ),
        (
            "Phone",
            json!({
                "type": "string",
                "format": "phone-number",
                "pattern": "^\\+[1-9][0-9 ().-]{5,24}(?:[xX][0-9]{1,7})?$",
                "description": "`+CountryCode Number` in ASCII digits; spaces, hyphens, dots and round brackets may separate them, \
            and an extension may follow an `x`, which is kept and never dialled. The country code must be known, \
            the length possible there, and the kind one that may be sent to: premium, shared-cost, toll-free, \
            pager, personal and universal numbers are refused. Numbers that their plan does not assign are \
            taken, and count as their country code's main country unless their leading digits are another's.",
            }),
        ),
        (
            "MailAddress",
            json!({
                "type": "string",
                "format": "mail-address",
                "pattern": "^(?=[^@]{1,64}@[^@]{3,252}$)(?=.{5,254}$)[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+)*@(?:(?:[A-Za-z0-9]|[^\\u0000-\\u007F])(?:(?:[A-Za-z0-9-]|[^\\u0000-\\u007F]){0,61}(?:[A-Za-z0-9]|[^\\u0000-\\u007F]))?\\.)+(?:[A-Za-z]|[^\\u0000-\\u007F])(?:(?:[A-Za-z0-9-]|[^\\u0000-\\u007F]){0,61}(?:[A-Za-z0-9]|[^\\u0000-\\u007F]))?$",
                "description": "`local@domain`, without quotes, comments or lists; the part before the `@` has 64 characters at \
            most. Case does not make another address.",
            }),
        ),
        (
            "Code",
            json!({
                "type": "string",
                "pattern": "^[ -]*(?:(?:[0-9][ -]*){6,10}|(?:[0-9A-TV-Za-tv-z][ -]*){26})$",
                "minLength": 6,
                "maxLength": 64,
                "description": "Six to ten digits, or the long code of an email: 26 characters of Crockford's base32. Spaces and \
            hyphens are ignored, and so is the case; `o` is read as 0, `i` and `l` as 1.",
            }),
        ),
        (
            "Problem",
            json!({
                "type": "object",
                "description": "An error of Rekey's own routes (RFC 9457).",
                "properties": {
                    "type": {"type": "string", "pattern": "^urn:rekey:problem:[a-z-]+$"},
                    "code": {
                        "type": "string",
                        "enum": problem_codes(),
                    },
                    "title": {
                        "type": "string",
                        "description": "The problem in a few words, the same for each code.",
                    },
                    "status": {
                        "type": "integer",
                        "enum": [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503],
                    },
                    "detail": {"type": "string", "description": "The rule that was broken; a constant text."},
                    "requestId": {
                        "$ref": "#/components/schemas/Id",
                        "description": "Names this answer in the service's log.",
                    },
                    "reasons": {
                        "type": "array",
                        "items": {
                            "type": "string",
                            "enum": refusal_reasons(),
                        },
                        "minItems": 1,
                        "uniqueItems": true,
                        "description": "The rules that were broken; with `password-rejected` and `answers-rejected` only.",
                    },
                },
                "required": ["type", "code", "title", "status", "detail", "requestId"],
                "additionalProperties": false,
            }),
        ),
        (
            "GraphError",
            json!({
                "type": "object",
                "properties": {
                    "error": {
                        "type": "object",
                        "properties": {
                            "code": {
                                "type": "string",
                                "enum": [
                                    "Request_BadRequest",
                                    "Request_UnsupportedQuery",
                                    "InvalidAuthenticationToken",
                                    "Authorization_RequestDenied",
                                    "Request_ResourceNotFound",
                                    "ServiceUnavailable",
                                ],
                            },
                            "message": {"type": "string", "description": "The rule that was broken; a constant text."},
                            "innerError": {
                                "type": "object",
                                "properties": {
                                    "date": {"type": "string", "format": "date-time"},
                                    "request-id": {
                                        "$ref": "#/components/schemas/Id",
                                        "description": "Names this answer in the service's log.",
                                    },
                                },
                                "required": ["date", "request-id"],
                                "additionalProperties": false,
                            },
                        },
                        "required": ["code", "message", "innerError"],
                        "additionalProperties": false,
                    },
                },
                "required": ["error"],
                "additionalProperties": false,
                "description": "An error of the Graph routes.",
            }),
        ),
    ]
}

/// How a caller is known.
pub(super) fn security() -> Value {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token of the deployment's issuer, signed with RS256, ES256 or EdDSA. A person's token names their \
    userPrincipalName in `preferred_username` (or the claim that the deployment sets). Permissions in \
    `roles` are an application's, and count only in tokens that name no user; delegated ones, in `scp` \
    or `scope`, count only where the token's subject is an enabled, privileged user here. `ReadWrite` \
    includes `Read`.",
        },
    })
}

/// Parameters that several operations take.
pub(super) fn parameters() -> Value {
    json!({"IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": false,
        "description": "Random, 16 to 255 visible ASCII characters. For 24 hours the same key with the same body is answered \
    as the first time, and has no second effect; with another body it is refused. It belongs to the \
    route, and to the source network that begins a reset, the reset, or the person. 409, 429 and 503 are \
    not kept, and neither is anything refused before the key is looked at.",
        "schema": {
            "type": "string",
            "pattern": "^[!-~]{16,255}$",
            "minLength": 16,
            "maxLength": 255,
        },
        "example": "4f7c2b91d80e4a6f",
    }})
}

/// A parameter of a path, by the name that it has there.
pub(super) fn path_parameter(path: &str, name: &str) -> Value {
    let id = named("Id");
    let (description, schema, example) = match (name, path.starts_with("/graph/")) {
        ("resetId", _) => ("The reset.", id, "jrXpqseZIFXvykL1LxyWnw"),
        ("challengeId", _) => ("The challenge.", id, "0rXh0vU9fxEVS49B45GTyg"),
        ("type", _) => (
            "The type of the method.",
            json!({"type": "string", "enum": contact_types().into_iter().chain(["securityQuestions"]).collect::<Vec<_>>()}),
            "email",
        ),
        ("methodId", _) => (
            "The method: one of Microsoft Graph's well-known ids, the same for every user.",
            json!({"type": "string", "minLength": 1}),
            "3179e48a-750b-4051-897c-87b9720928f7",
        ),
        (_, true) => {
            ("The user's id or userPrincipalName.", json!({"type": "string", "minLength": 1}), "adele@contoso.example")
        }
        (_, false) => ("The resource.", json!({"type": "string", "minLength": 1}), "x"),
    };
    json!({
        "name": name, "in": "path", "required": true, "description": description, "schema": schema, "example": example,
    })
}

/// Headers of answers.
pub(super) fn headers() -> Value {
    json!({
        "CacheControl": {
            "description": "On every answer: nothing is to be stored.",
            "required": true,
            "schema": {"const": "no-store"},
        },
        "ContentTypeOptions": {
            "description": "On every answer.",
            "required": true,
            "schema": {"const": "nosniff"},
        },
        "RetryAfter": {
            "description": "Whole seconds to wait, rounded up to a multiple of five.",
            "required": true,
            "schema": {"type": "integer", "minimum": 5, "multipleOf": 5},
        },
        "Allow": {
            "description": "The methods that the path knows, separated by commas.",
            "required": true,
            "schema": {"type": "string", "pattern": "^[A-Z]+(?:, [A-Z]+)*$"},
            "example": "GET, POST",
        },
        "Challenge": {
            "description": "What is missing (RFC 6750; RFC 9470 for a sign-in that is too old).",
            "required": true,
            "schema": {
                "type": "string",
                "pattern": "^Bearer(?: error=\"insufficient_user_authentication\", max_age=[0-9]+)?$",
            },
            "example": "Bearer",
        },
    })
}
