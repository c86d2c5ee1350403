//! The policy that the service starts with.

use std::fs;

use serde_json::Value;
use shared::http::{ErrorFormat, strict};
use shared::policy::Policy;

use crate::setup::options::Options;
use crate::setup::start_error::StartError;

/// The policy that the options name; `None` if the stored one stays.
pub(crate) fn policy(options: &Options) -> Result<Option<Policy>, StartError> {
    let from_file = match &options.policy {
        None => None,
        Some(path) => {
            let text = fs::read(path).map_err(StartError::PolicyFile)?;
            let document = strict(&text, ErrorFormat::Rekey).map_err(|error| StartError::PolicyText(error.line()))?;
            Some(patched(&Policy::default(), &document)?)
        }
    };
    match (&options.policy_members, from_file) {
        (None, policy) => Ok(policy),
        (Some(members), policy) => patched(&policy.unwrap_or_default(), members).map(Some),
    }
}

/// Applies a document; the error for an unknown member names it.
fn patched(policy: &Policy, document: &Value) -> Result<Policy, StartError> {
    if let Some(name) = document.as_object().and_then(Policy::unknown_member) {
        return Err(StartError::Policy(name.to_owned(), "is not a member of a policy"));
    }
    Ok(policy.patched(document)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(document: &Value) -> Option<String> {
        let options = Options { policy_members: Some(document.clone()), ..Options::default() };
        policy(&options).err().map(|error| error.to_string())
    }

    #[test]
    fn the_member_at_fault_is_named() {
        let unknown = json!({"phoneProof": false, "phoneProf": true});
        assert_eq!(refusal(&unknown).as_deref(), Some("--policy: phoneProf: is not a member of a policy"));
        let wrong = json!({"codeDigits": "eight"});
        assert_eq!(refusal(&wrong).as_deref(), Some("--policy: codeDigits: must be a whole number, 6 to 10"));
        let nested = json!({"password": {"minimum": 8}});
        let rule = "must be an object of the whole number minLength, 8 to 64, and the list of texts bannedTerms";
        assert_eq!(refusal(&nested), Some(format!("--policy: password: {rule}")));
        let bound = json!({"codeDigits": 5});
        assert_eq!(refusal(&bound).as_deref(), Some("--policy: codeDigits: must be 6 to 10"));
        let computed = json!({"codeDigits": 6, "bound": {"evaluationsPerDay": 10}});
        let rule = "is computed from the other members and cannot be set; leave it out";
        assert_eq!(refusal(&computed), Some(format!("--policy: bound: {rule}")));
        assert_eq!(refusal(&json!([])).as_deref(), Some("--policy: policy: a member is unknown or of the wrong type"));
    }

    #[test]
    fn a_file_is_read_as_strictly_as_a_request() {
        let path = std::env::temp_dir().join(format!("rekey-policy-{}.json", std::process::id()));
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            policy(&Options { policy: Some(path.clone()), ..Options::default() })
        };
        assert!(read(r#"{"codeDigits":6}"#).is_ok_and(|policy| policy.is_some_and(|policy| policy.code_digits == 6)));
        for text in [
            r#"{"codeDigits":6,"codeDigits":10}"#,
            r#"{"password":{"minLength":8,"minLength":9}}"#,
            r#"{"codeDigits":6} {}"#,
        ] {
            assert!(matches!(read(text), Err(StartError::PolicyText(_))), "{text}");
        }
        for text in [r#"{"codeDigits":null}"#, "[]"] {
            assert!(matches!(read(text), Err(StartError::Policy(..))), "{text}");
        }
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn without_a_policy_the_stored_one_stays() {
        assert!(policy(&Options::default()).is_ok_and(|policy| policy.is_none()));
        let options = Options { policy_members: Some(json!({"phoneProof": false})), ..Options::default() };
        assert!(policy(&options).is_ok_and(|policy| policy.is_some_and(|policy| !policy.phone_proof)));
    }
}
