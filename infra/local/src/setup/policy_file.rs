//! The policy that the service starts with.

use std::fs;

use serde_json::Value;
use shared::http::{ErrorFormat, repetition, strict};
use shared::policy::Policy;

use crate::setup::options::Options;
use crate::setup::start_error::StartError;

/// The byte order marks of UTF-8 and of UTF-16, which some editors and shells write. JSON has none.
const BYTE_ORDER_MARKS: [&[u8]; 3] = [b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF"];

/// The policy that the options name; `None` if the stored one stays.
pub(crate) fn policy(options: &Options) -> Result<Option<Policy>, StartError> {
    let from_file = match &options.policy {
        None => None,
        Some(path) => {
            let text = fs::read(path).map_err(StartError::PolicyFile)?;
            Some(patched(&Policy::default(), &document(&text)?)?)
        }
    };
    match (&options.policy_members, from_file) {
        (None, policy) => Ok(policy),
        (Some(members), policy) => patched(&policy.unwrap_or_default(), members).map(Some),
    }
}

/// Reads a file's bytes as strictly as a request.
fn document(text: &[u8]) -> Result<Value, StartError> {
    if BYTE_ORDER_MARKS.iter().any(|mark| text.starts_with(mark)) {
        return Err(StartError::PolicyByteOrderMark);
    }
    strict(text, ErrorFormat::Rekey).map_err(|error| match repetition(&error) {
        Some(twice) => StartError::PolicyRepetition(twice, error.line()),
        None => StartError::PolicyText(error.line()),
    })
}

/// Applies a document; the error for an unknown member names it.
fn patched(policy: &Policy, document: &Value) -> Result<Policy, StartError> {
    if let Some(name) = document.as_object().and_then(Policy::unknown_member) {
        return Err(StartError::Policy(name.to_owned(), "is not a member of a policy".into()));
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
        let read = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            policy(&Options { policy: Some(path.clone()), ..Options::default() })
        };
        assert!(read(br#"{"codeDigits":6}"#).is_ok_and(|policy| policy.is_some_and(|policy| policy.code_digits == 6)));
        let mark = "the file begins with a byte order mark; remove it, and save the file as UTF-8";
        for (bytes, refusal) in [
            (&br#"{"codeDigits":6,"codeDigits":10}"#[..], "codeDigits occurs twice, see line 1"),
            (b"{\n\"phoneProf\":1,\n\"phoneProf\":1}", "phoneProf occurs twice, see line 3"),
            (br#"{"password":{"minLength":8,"minLength":9}}"#, "minLength occurs twice, see line 1"),
            (b"{\"prices\":{\n\"*\":1,\"*\":1}}", "* occurs twice, see line 2"),
            (b"\xEF\xBB\xBF{\"codeDigits\":6}", mark),
            (b"\xFF\xFE{\0}\0", mark),
            (b"\xFE\xFF\0{\0}", mark),
            (br#"{"codeDigits":6} {}"#, "not valid JSON at line 1"),
            (b"{\n\xEF\xBB\xBF}", "not valid JSON at line 2"),
            (b"", "not valid JSON at line 1"),
            (br#"{"codeDigits":6,"codeDigit":6}"#, "codeDigit: is not a member of a policy"),
            (br#"{"codeDigits":null}"#, "codeDigits: must be a whole number, 6 to 10"),
            (b"[]", "policy: a member is unknown or of the wrong type"),
        ] {
            assert_eq!(read(bytes).unwrap_err().to_string(), format!("--policy: {refusal}"));
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
