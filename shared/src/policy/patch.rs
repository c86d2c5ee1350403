//! Applies a document to a policy: merges its members, and names a member of the wrong type.

use std::borrow::Cow;

use serde::de::value::MapDeserializer;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

use super::rules::MEMBERS;
use super::{Policy, PolicyError};

/// The refusal of a document with a member that no policy has.
const UNKNOWN: PolicyError = PolicyError { member: "policy", rule: Cow::Borrowed("a member is unknown") };
/// The refusal of a document with the member that is returned beside a policy's own, and follows from them.
const COMPUTED: PolicyError = PolicyError {
    member: "bound",
    rule: Cow::Borrowed("is computed from the other members and cannot be set; leave it out"),
};
/// The refusal of a document that is not an object.
const NO_POLICY: PolicyError =
    PolicyError { member: "policy", rule: Cow::Borrowed("a member is unknown or of the wrong type") };

impl Policy {
    /// Applies a document's members to this policy. A member that is left out keeps its value.
    ///
    /// The objects `securityQuestions`, `password` and the two `begins…` are merged member by member. Lists and
    /// `prices` are replaced as a whole.
    ///
    /// # Errors
    /// [`PolicyError`] for an unknown or a computed member, a wrong type, a value out of bounds or a bad combination. Types are
    /// checked first, in the order in which the policy lists its members.
    pub fn patched(&self, patch: &Value) -> Result<Self, PolicyError> {
        let patch = patch.as_object().ok_or(NO_POLICY)?;
        self.merged(patch)?.naming_countries_in(patch)?.affording_a_message(patch)
    }

    /// Reads a stored document. A member that is newer than the document has its default.
    ///
    /// # Errors
    /// As [`Policy::patched`], except for countries: one that lost its numbering plan stays readable.
    pub fn from_stored(document: &Value) -> Result<Self, PolicyError> {
        Self::default().merged(document.as_object().ok_or(NO_POLICY)?)
    }

    fn merged(&self, patch: &Map<String, Value>) -> Result<Self, PolicyError> {
        if Self::unknown_member(patch).is_some() {
            return Err(UNKNOWN);
        }
        if patch.contains_key(COMPUTED.member) {
            return Err(COMPUTED);
        }
        let mut document = serde_json::to_value(self).map_err(|_| NO_POLICY)?;
        for (member, value) in patch {
            match (&mut document[member], value) {
                (Value::Object(stored), Value::Object(new)) if member != "prices" => stored.extend(new.clone()),
                (stored, value) => *stored = value.clone(),
            }
        }
        read(&document)?.validated()
    }

    /// The name of a member in its own spelling; an unknown one stays as it is.
    #[must_use]
    pub fn member(name: &str) -> &str {
        let members = MEMBERS.iter().map(|(member, _)| *member).chain([COMPUTED.member]);
        members.into_iter().find(|member| member.eq_ignore_ascii_case(name)).unwrap_or(name)
    }

    /// The first member of a document that is neither a policy's nor computed from it.
    #[must_use]
    pub fn unknown_member(document: &Map<String, Value>) -> Option<&str> {
        let is_known = |name: &str| name == COMPUTED.member || MEMBERS.iter().any(|(member, _)| *member == name);
        document.keys().map(String::as_str).find(|name| !is_known(name))
    }
}

/// Reads a document that has every member.
fn read(document: &Value) -> Result<Policy, PolicyError> {
    // In the order of the document, because the error names the first wrong member.
    let members = MEMBERS.iter().map(|(member, _)| (*member, &document[*member]));
    let policy: Policy =
        serde_path_to_error::deserialize(MapDeserializer::new(members)).map_err(|error| {
            match error.path().iter().next() {
                Some(Segment::Map { key }) => wrong_type(|member| member == key),
                _ => NO_POLICY,
            }
        })?;
    // Serde also accepts a list of an object's values, in their order, in place of the object.
    let shown = serde_json::to_value(&policy).map_err(|_| NO_POLICY)?;
    if same_shape(document, &shown) {
        return Ok(policy);
    }
    Err(wrong_type(|member| !same_shape(&document[member], &shown[member])))
}

/// The refusal of the first member that meets a condition.
fn wrong_type(is_wrong: impl Fn(&str) -> bool) -> PolicyError {
    let found = MEMBERS.iter().find(|(member, _)| is_wrong(member));
    found.map_or(NO_POLICY, |(member, rule)| PolicyError { member, rule: Cow::Borrowed(rule) })
}

/// Whether both values have objects and lists in the same places, at every depth.
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
mod tests {
    use serde_json::json;

    use super::super::rules::LIMIT;
    use super::*;

    #[test]
    fn a_document_from_before_a_member_reads_with_its_default() {
        let samples = Policy { code_digits: 9, ..Policy::default() };
        let document = serde_json::to_value(&samples).unwrap();
        assert_eq!(Policy::from_stored(&document).unwrap(), samples);
        for (member, _) in MEMBERS {
            let mut older = document.clone();
            older.as_object_mut().unwrap().remove(*member);
            let expected = if *member == "codeDigits" { Policy::default() } else { samples.clone() };
            assert_eq!(Policy::from_stored(&older).unwrap(), expected, "{member}");
        }
        assert!(Policy::from_stored(&json!({"unknown": 1})).is_err());
        assert!(Policy::from_stored(&json!([])).is_err());
    }

    #[test]
    fn every_member_has_its_rule_and_no_other_has() {
        let document = serde_json::to_value(Policy::default()).unwrap();
        let mut members: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
        let mut ruled: Vec<&str> = MEMBERS.iter().map(|(member, _)| *member).collect();
        members.sort_unstable();
        ruled.sort_unstable();
        assert_eq!(ruled, members);
    }

    #[test]
    fn a_wrong_type_names_its_member_and_what_it_must_be() {
        let policy = Policy::default();
        for &(member, rule) in MEMBERS {
            for wrong in [json!(null), json!({"x": 1}), json!([[]]), json!(-1), json!(1.5)] {
                let error = policy.patched(&json!({member: wrong})).unwrap_err();
                assert_eq!((error.member, &*error.rule), (member, rule), "{wrong}");
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
            (json!({"prices": {"*": {"sms": "0.1", "call": "0.1", "dailyCapUsd": null}}}), "prices"),
            (json!({"prices": {"*": {"sms": "0.1", "call": "0.1", "dailyCapUsd": 5}}}), "prices"),
            (json!({"prices": {"*": {"sms": "0.1", "call": "0.1", "dailyCapUsd": "0.1234567"}}}), "prices"),
            (json!({"prices": {"*": {"sms": "0.1", "call": "0.1", "dailyCap": "5.00"}}}), "prices"),
            (json!({"securityQuestions": {"custom": [{"text": "Which ship?"}]}}), "securityQuestions"),
        ] {
            let error = policy.patched(&patch).unwrap_err();
            let rule = MEMBERS.iter().find(|(name, _)| *name == member).unwrap().1;
            assert_eq!((error.member, &*error.rule), (member, rule), "{patch}");
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
            "prices": {"DE": {"sms": "0.075", "call": "1", "dailyCapUsd": "1.5"}, "*": {"sms": "1", "call": "0.10"}},
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
            assert_eq!((error.member, &*error.rule), ("policy", "a member is unknown"), "{patch}");
        }
        for bound in [json!({}), json!(null), json!({"evaluationsPerDay": 10})] {
            for patch in [json!({"bound": bound}), json!({"bound": bound, "phoneProof": false, "codeDigits": "x"})] {
                assert_eq!(policy.patched(&patch), Err(COMPUTED), "{patch}");
                assert_eq!(Policy::from_stored(&patch), Err(COMPUTED), "{patch}");
            }
        }
        for patch in [json!([]), json!(1), json!(null)] {
            assert_eq!(policy.patched(&patch).unwrap_err(), NO_POLICY, "{patch}");
        }
    }
}
