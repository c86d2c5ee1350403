//! Changing a policy by a document: what is merged, and what each member must be.

use serde::Deserialize;
use serde_json::Value;

use super::{Policy, PolicyError};

/// What a document is refused that holds what no policy has.
const UNKNOWN: PolicyError = PolicyError { member: "policy", rule: "a member is unknown" };
/// What a document is refused that is no object.
const NO_POLICY: PolicyError = PolicyError { member: "policy", rule: "a member is unknown or of the wrong type" };

const YES_OR_NO: &str = "must be true or false";
const LIMIT: &str = "must be an object of the whole numbers count and seconds";

/// What each member must be, told to whoever writes another type. Bounds are judged when the type is right; where no
/// number of the type is near them, they are told here as well.
const MEMBERS: [(&str, &str); 27] = [
    ("methods", "must be a list of names of methods"),
    ("methodsRequired", "must be 1 or 2"),
    ("phoneProof", YES_OR_NO),
    ("acceptDirectoryContacts", YES_OR_NO),
    ("replacedContactDelayHours", "must be a whole number, 0 to 72"),
    ("codeDigits", "must be a whole number, 6 to 10"),
    ("codeLifetimeSeconds", "must be a whole number, 60 to 600"),
    ("resetLifetimeSeconds", "must be a whole number, 300 to 3600"),
    ("triesPerCode", "must be a whole number, 1 to 10"),
    ("guessesPerDay", "must be a whole number, at most guessesPer30Days"),
    ("guessesPer30Days", "must be a whole number, at most 100"),
    ("sends", "must be a list of objects of the whole numbers count and seconds"),
    ("beginsPerSource", LIMIT),
    ("beginsPerSourceAndName", LIMIT),
    ("allowedCountries", "must be a list of two-letter country codes"),
    ("dailySpendCapUsd", "must be an amount in text, such as \"25.00\", with at most six decimals"),
    ("prices", "must be an object of countries, each an object of the amounts sms and call in text"),
    ("notifyUserOnReset", YES_OR_NO),
    ("notifyAdminsOnAdminReset", YES_OR_NO),
    ("reconfirmAfterDays", "must be a whole number, 0 to 730"),
    ("freshSignInMinutes", "must be a whole number, 1 to 1440"),
    (
        "securityQuestions",
        "must be an object of the whole numbers requiredToRegister and requiredToReset, 3 to 5, and the list custom of \
         objects with questionId and text",
    ),
    ("password", "must be an object of the whole number minLength, 8 to 64, and the list of texts bannedTerms"),
    ("auditRetentionDays", "must be a whole number, 1 to 3650"),
    ("helpdesk", "must be text"),
    ("defaultLanguage", "must be en, de, fr or es"),
    ("failover", YES_OR_NO),
];

impl Policy {
    /// Applies a document's members to this policy; a member left out keeps its value.
    ///
    /// The objects `securityQuestions`, `password` and the two `begins…` are merged member by member;
    /// every list, and `prices`, is replaced whole.
    ///
    /// # Errors
    /// [`PolicyError`] for an unknown member, a wrong type, a value out of bounds or a bad combination. Types are
    /// judged first, member by member in the order of the document.
    pub fn patched(&self, patch: &Value) -> Result<Self, PolicyError> {
        let patch = patch.as_object().ok_or(NO_POLICY)?;
        let kept = serde_json::to_value(self).map_err(|_| NO_POLICY)?;
        if patch.keys().any(|name| kept.get(name).is_none()) {
            return Err(UNKNOWN);
        }
        let mut document = kept.clone();
        for (member, rule) in MEMBERS {
            let Some(value) = patch.get(member) else { continue };
            merge(&mut document, member, value);
            // Together with what is kept, a member alone is read or not by its own type.
            let mut alone = kept.clone();
            merge(&mut alone, member, value);
            if !is_read(&alone, member) {
                return Err(PolicyError { member, rule });
            }
        }
        serde_json::from_value::<Self>(document).map_err(|_| NO_POLICY)?.validated()?.naming_countries_in(patch)
    }
}

fn merge(document: &mut Value, member: &str, value: &Value) {
    match (&mut document[member], value) {
        (Value::Object(kept), Value::Object(new)) if member != "prices" => kept.extend(new.clone()),
        (kept, value) => *kept = value.clone(),
    }
}

/// Whether a document is a policy, and a member of it is written as it would be shown: a list of an object's values in
/// their order is read like the object, and yet is none.
fn is_read(document: &Value, member: &str) -> bool {
    let shown = Policy::deserialize(document).ok().and_then(|policy| serde_json::to_value(policy).ok());
    shown.is_some_and(|shown| same_shape(&document[member], &shown[member]))
}

/// Whether objects stand where objects stand, and lists where lists do, at every depth.
fn same_shape(written: &Value, shown: &Value) -> bool {
    match (written, shown) {
        (Value::Object(written), Value::Object(shown)) => {
            written.iter().all(|(name, value)| shown.get(name).is_some_and(|shown| same_shape(value, shown)))
        }
        (Value::Array(written), Value::Array(shown)) => {
            written.len() == shown.len() && written.iter().zip(shown).all(|(value, shown)| same_shape(value, shown))
        }
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => false,
        _ => true,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_member_has_its_rule_and_no_other_has() {
        let document = serde_json::to_value(Policy::default()).unwrap();
        let mut members: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
        let mut ruled = MEMBERS.map(|(member, _)| member).to_vec();
        members.sort_unstable();
        ruled.sort_unstable();
        assert_eq!(ruled, members);
    }

    #[test]
    fn a_wrong_type_is_told_by_its_member_and_what_it_must_be() {
        let policy = Policy::default();
        for (member, rule) in MEMBERS {
            for wrong in [json!(null), json!({"x": 1}), json!([[]]), json!(-1), json!(1.5)] {
                let error = policy.patched(&json!({member: wrong})).unwrap_err();
                assert_eq!((error.member, error.rule), (member, rule), "{wrong}");
            }
        }
        for (patch, member) in [
            (json!({"phoneProof": "yes", "codeDigits": "x"}), "phoneProof"),
            (json!({"codeDigits": 256}), "codeDigits"),
            (json!({"codeDigits": "8"}), "codeDigits"),
            (json!({"helpdesk": ["x"]}), "helpdesk"),
            (json!({"password": {"minLength": "20"}}), "password"),
            (json!({"password": {"minLenght": 20}}), "password"),
            (json!({"sends": [{"count": 1}]}), "sends"),
            (json!({"beginsPerSource": {"count": "1"}}), "beginsPerSource"),
            (json!({"dailySpendCapUsd": "25.0000001"}), "dailySpendCapUsd"),
            (json!({"dailySpendCapUsd": 25}), "dailySpendCapUsd"),
            (json!({"prices": {"*": {"sms": "0.1"}}}), "prices"),
            (json!({"securityQuestions": {"custom": [{"text": "Which ship?"}]}}), "securityQuestions"),
        ] {
            let error = policy.patched(&patch).unwrap_err();
            let rule = MEMBERS.iter().find(|(name, _)| *name == member).unwrap().1;
            assert_eq!((error.member, error.rule), (member, rule), "{patch}");
        }
    }

    #[test]
    fn a_list_is_never_read_as_an_object() {
        let policy = Policy::default();
        let limits = "must be a list of objects of the whole numbers count and seconds";
        for (patch, member, rule) in [
            (json!({"beginsPerSource": [5, 60]}), "beginsPerSource", LIMIT),
            (json!({"beginsPerSourceAndName": [5, 60]}), "beginsPerSourceAndName", LIMIT),
            (json!({"sends": [[1, 30]]}), "sends", limits),
            (json!({"sends": [{"count": 1, "seconds": 30}, [5, 3600]]}), "sends", limits),
            (json!({"password": [20, ["abcd"]]}), "password", "must be an object"),
            (json!({"securityQuestions": [4, 3, []]}), "securityQuestions", "must be an object"),
            (
                json!({"securityQuestions": {"custom": [["ship", "Which ship was it?"]]}}),
                "securityQuestions",
                "must be an object",
            ),
            (json!({"prices": {"*": ["0.1", "0.2"]}}), "prices", "must be an object of countries, each an object"),
            (json!({"prices": [["*", ["0.1", "0.2"]]]}), "prices", "must be an object of countries, each an object"),
        ] {
            let error = policy.patched(&patch).unwrap_err();
            assert_eq!(error.member, member, "{patch}");
            assert!(error.rule.starts_with(rule), "{patch}: {}", error.rule);
        }
    }

    #[test]
    fn what_a_policy_shows_is_taken_back_as_it_is() {
        let change = json!({
            "sends": [{"count": 2, "seconds": 60}],
            "prices": {"DE": {"sms": "0.075", "call": "1"}, "*": {"sms": "1", "call": "0.10"}},
            "securityQuestions": {"custom": [{"questionId": "ship", "text": "Which ship was it?"}]},
            "password": {"bannedTerms": ["fabrikam"]},
        });
        let policy = Policy::default().patched(&change).unwrap();
        let shown = serde_json::to_value(&policy).unwrap();
        assert_eq!(Policy::default().patched(&shown), Ok(policy));
    }

    #[test]
    fn what_no_policy_has_is_refused_as_a_whole() {
        let policy = Policy::default();
        for patch in [json!({"phoneProf": true}), json!({"": 1}), json!({"phoneProof": "x", "y": 1})] {
            let error = policy.patched(&patch).unwrap_err();
            assert_eq!((error.member, error.rule), ("policy", "a member is unknown"), "{patch}");
        }
        for patch in [json!([]), json!(1), json!(null)] {
            assert_eq!(policy.patched(&patch).unwrap_err(), NO_POLICY, "{patch}");
        }
    }
}
