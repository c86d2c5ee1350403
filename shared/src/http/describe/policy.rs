//! The policy's schema, with the defaults that the policy itself has.

use serde_json::{Map, Value, json};

use super::schema::every_method;
use crate::policy::Policy;

/// The policy as it is shown: every member.
#[must_use]
pub fn policy() -> Value {
    let members = members();
    let required: Vec<&String> = members.keys().collect();
    json!({
        "type": "object",
        "description": "The policy.",
        "required": required,
        "properties": members,
        "additionalProperties": false,
    })
}

/// The policy as it is changed: a member left out keeps its value.
#[must_use]
pub fn policy_changes() -> Value {
    json!({
        "type": "object",
        "description": "A member left out keeps its value. `beginsPerSource`, `beginsPerSourceAndName`, \
            `securityQuestions` and `password` are merged member by member; lists and `prices` are replaced whole.",
        "properties": members(),
        "patternProperties": {"^@odata\\.": {"description": "Ignored, at every depth."}},
        "additionalProperties": false,
    })
}

/// Money, as the policy writes it.
#[must_use]
pub fn money() -> Value {
    json!({
        "type": "string",
        "pattern": "^[0-9]{1,9}(?:\\.[0-9]{1,6})?$",
        "description": "US dollars, as a decimal.",
    })
}

/// The policy's defaults.
#[must_use]
pub fn defaults() -> Value {
    json!(Policy::default())
}

fn members() -> Map<String, Value> {
    let mut members = properties();
    if let (Value::Object(members), Value::Object(defaults)) = (&mut members, defaults()) {
        for (name, default) in defaults.into_iter().filter(|(_, default)| !default.is_object()) {
            if let Some(Value::Object(member)) = members.get_mut(&name) {
                member.insert("default".to_owned(), default);
            }
        }
    }
    match members {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn properties() -> Value {
    json!({
        "methods": {
            "type": "array",
            "items": {"type": "string", "enum": every_method()},
            "minItems": 1,
            "uniqueItems": true,
            "description": "The methods offered; one of them at least delivers a code.",
        },
        "methodsRequired": {
            "type": "integer",
            "minimum": 1,
            "maximum": 2,
            "description": "Gates that everybody passes; no more than there are methods.",
        },
        "phoneProof": {
            "type": "boolean",
            "description": "Whether the claimed phone number must be the one on file before anything is sent.",
        },
        "acceptDirectoryContacts": {
            "type": "boolean",
            "description": "Whether values that were never registered may serve a reset.",
        },
        "replacedContactDelayHours": {
            "type": "integer",
            "minimum": 0,
            "maximum": 72,
            "description": "How long an administrator's replacement of a usable value waits; 24 hours at least for privileged \
    users.",
        },
        "codeDigits": {
            "type": "integer",
            "minimum": 6,
            "maximum": 10,
            "description": "Digits of a code.",
        },
        "codeLifetimeSeconds": {
            "type": "integer",
            "minimum": 60,
            "maximum": 600,
            "description": "How long a code lives.",
        },
        "resetLifetimeSeconds": {
            "type": "integer",
            "minimum": 300,
            "maximum": 3600,
            "description": "How long a reset lives.",
        },
        "triesPerCode": {
            "type": "integer",
            "minimum": 1,
            "maximum": 10,
            "description": "Guesses at one code.",
        },
        "guessesPerDay": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100,
            "description": "Guesses at an account in any 24 hours; no more than `guessesPer30Days`.",
        },
        "guessesPer30Days": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100,
            "description": "Guesses at an account in any 30 days.",
        },
        "sends": {
            "type": "array",
            "items": {
                "type": "object",
                "description": "A limit.",
                "properties": {
                    "count": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
                    "seconds": {"type": "integer", "minimum": 1, "maximum": 86400},
                },
                "additionalProperties": false,
                "required": ["count", "seconds"],
            },
            "minItems": 1,
            "maxItems": 8,
            "description": "Messages with codes, per account and channel and per destination; never more than 1,000 a day of \
    each. The longest window with a count of \
    one says when a code may be ordered again.",
        },
        "beginsPerSource": {
            "type": "object",
            "description": "Resets begun from one source network.",
            "properties": {
                "count": {"type": "integer", "minimum": 1, "maximum": 1000000},
                "seconds": {"type": "integer", "minimum": 1, "maximum": 86400},
            },
            "additionalProperties": false,
        },
        "beginsPerSourceAndName": {
            "type": "object",
            "description": "Resets begun from one source network with one name.",
            "properties": {
                "count": {"type": "integer", "minimum": 1, "maximum": 1000000},
                "seconds": {"type": "integer", "minimum": 1, "maximum": 86400},
            },
            "additionalProperties": false,
        },
        "allowedCountries": {
            "type": "array",
            "uniqueItems": true,
            "items": {"type": "string", "pattern": "^[A-Z]{2}$"},
            "description": "Countries that are sent to, by numbering plan.",
        },
        "dailySpendCapUsd": {
            "$ref": "#/components/schemas/Money",
            "description": "The most that messages may cost in a UTC day.",
        },
        "prices": {
            "type": "object",
            "description": "What a message costs by country; `*` is every other one.",
            "properties": {
                "*": {
                    "type": "object",
                    "properties": {
                        "sms": {"$ref": "#/components/schemas/Money"},
                        "call": {"$ref": "#/components/schemas/Money"},
                    },
                    "required": ["sms", "call"],
                    "additionalProperties": false,
                },
            },
            "patternProperties": {
                "^[A-Z]{2}$": {
                    "type": "object",
                    "properties": {
                        "sms": {"$ref": "#/components/schemas/Money"},
                        "call": {"$ref": "#/components/schemas/Money"},
                    },
                    "required": ["sms", "call"],
                    "additionalProperties": false,
                },
            },
            "required": ["*"],
            "additionalProperties": false,
        },
        "notifyUserOnReset": {
            "type": "boolean",
            "description": "Whether the owner is told of every reset.",
        },
        "notifyAdminsOnAdminReset": {
            "type": "boolean",
            "description": "Whether administrators are told of a privileged user's reset.",
        },
        "reconfirmAfterDays": {
            "type": "integer",
            "minimum": 0,
            "maximum": 730,
            "description": "Days until registered contacts are to be confirmed; 0 is never.",
        },
        "freshSignInMinutes": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1440,
            "description": "How long a sign-in is fresh enough to change one's own contacts.",
        },
        "securityQuestions": {
            "type": "object",
            "description": "At least as many are registered as are asked.",
            "properties": {
                "requiredToRegister": {
                    "type": "integer",
                    "minimum": 3,
                    "maximum": 5,
                    "description": "Questions that a person registers.",
                },
                "requiredToReset": {
                    "type": "integer",
                    "minimum": 3,
                    "maximum": 5,
                    "description": "Questions asked.",
                },
                "custom": {
                    "type": "array",
                    "maxItems": 20,
                    "items": {
                        "type": "object",
                        "properties": {
                            "questionId": {"type": "string", "minLength": 1, "maxLength": 64},
                            "text": {"type": "string", "minLength": 3, "maxLength": 200},
                        },
                        "required": ["questionId", "text"],
                        "additionalProperties": false,
                    },
                    "description": "The organisation's own questions, each id once.",
                },
            },
            "additionalProperties": false,
        },
        "password": {
            "type": "object",
            "properties": {
                "minLength": {
                    "type": "integer",
                    "minimum": 8,
                    "maximum": 64,
                    "description": "Fewest code points of a password that a person chooses.",
                },
                "bannedTerms": {
                    "type": "array",
                    "maxItems": 1000,
                    "items": {"type": "string", "minLength": 4, "maxLength": 16},
                    "description": "What a password must not contain, however it is cased or disguised.",
                },
            },
            "additionalProperties": false,
        },
        "auditRetentionDays": {
            "type": "integer",
            "minimum": 1,
            "maximum": 3650,
            "description": "How long audit records are kept.",
        },
        "helpdesk": {
            "type": "string",
            "maxLength": 200,
            "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]*$",
            "description": "How the help desk is reached, printed in emails.",
        },
        "defaultLanguage": {
            "type": "string",
            "pattern": "^(?:[eE][nN]|[dD][eE]|[fF][rR]|[eE][sS])(?:[-_].*)?$",
            "description": "The language of people whose own is unknown: English, German, French or Spanish.",
        },
        "failover": {
            "type": "boolean",
            "description": "Whether a phone message that the provider definitely refused goes once by the account's verified \
    email.",
        },
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Members whose bounds depend on another member.
    const BOUND_TO_OTHERS: [&str; 3] = ["methodsRequired", "guessesPerDay", "guessesPer30Days"];

    #[test]
    fn every_member_of_the_policy_is_described_and_nothing_else() {
        let described: Vec<String> = members().keys().cloned().collect();
        let mut kept: Vec<String> = defaults().as_object().unwrap().keys().cloned().collect();
        kept.sort();
        let mut sorted = described.clone();
        sorted.sort();
        assert_eq!(sorted, kept);
    }

    #[test]
    fn every_bound_of_a_number_is_the_policys_own() {
        let takes = |name: &str, value: i64| Policy::default().patched(&json!({name: value})).is_ok();
        let mut checked = 0;
        for (name, member) in members() {
            let (Some(least), Some(most)) = (member["minimum"].as_i64(), member["maximum"].as_i64()) else { continue };
            assert!(!takes(&name, least - 1), "{name}: {least}");
            assert!(!takes(&name, most + 1), "{name}: {most}");
            if !BOUND_TO_OTHERS.contains(&name.as_str()) {
                assert!(takes(&name, least) && takes(&name, most), "{name}: {least} to {most}");
                checked += 1;
            }
        }
        assert!(checked >= 8, "{checked}");
    }
}
