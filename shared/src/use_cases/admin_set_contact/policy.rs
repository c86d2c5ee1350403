//! Changes the policy.

use serde_json::Value;

use super::AdminSetContact;
use crate::policy::{Policy, PolicyError};
use crate::ports::store::{Accounts, Settings, StoredPolicy};
use crate::records::audit::{Activity, AuditRecord, ChangedProperty};
use crate::unavailable::Unavailable;
use crate::use_cases::authorize::Actor;
use crate::use_cases::retries::MAX_DECISIONS;

impl<S: Accounts + Settings, I> AdminSetContact<S, I> {
    /// Applies a patch to the policy. The result takes effect everywhere within a minute.
    ///
    /// Neither of two concurrent changes is lost: the second is decided again on the result of the first. A patch that
    /// leaves everything as it is writes nothing.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was changed then.
    pub async fn change_policy(&self, actor: &Actor, patch: &Value) -> Result<Result<(), PolicyError>, Unavailable> {
        for _ in 0..MAX_DECISIONS {
            let StoredPolicy { policy: before, version } = self.context.store.policy().await?;
            let after = match before.patched(patch) {
                Ok(after) => after,
                Err(error) => return Ok(Err(error)),
            };
            let changes = changed(&before, &after)?;
            if changes.is_empty() {
                return Ok(Ok(()));
            }
            // A change that shortens the audit's retention does not shorten that of its own record.
            let keeps = if after.audit_retention_days < before.audit_retention_days { &before } else { &after };
            let (now, random) = (self.context.now(), &*self.context.random);
            let record = AuditRecord::new(Activity::PolicyChanged, actor.initiator(), keeps, now, random);
            let mut record = record.sent_from(actor.address);
            record.changes = changes;
            let changed = self.context.store.change_policy(&after, version, &record).await;
            // Even if it failed: it may have been written, and only its response lost.
            self.context.policy_changed();
            if changed? {
                return Ok(Ok(()));
            }
        }
        Err(Unavailable::conflict("the policy kept changing while it was changed"))
    }
}

/// Every member that differs, each with the JSON text of its old and its new value.
fn changed(before: &Policy, after: &Policy) -> Result<Vec<ChangedProperty>, Unavailable> {
    let members = |policy: &Policy| match serde_json::to_value(policy) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) | Err(_) => Err(Unavailable::plain("a policy could not be written as a document")),
    };
    let (before, after) = (members(before)?, members(after)?);
    let differing = after.iter().filter(|(name, value)| before.get(*name) != Some(*value));
    Ok(differing
        .map(|(name, value)| ChangedProperty {
            name: name.clone(),
            old: before.get(name).map(Value::to_string),
            new: Some(value.to_string()),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_member_that_differs_is_recorded_as_json() {
        let before = Policy::default();
        let after = before.patched(&json!({"phoneProof": false, "password": {"minLength": 20}})).unwrap();
        let mut changes = changed(&before, &after).unwrap();
        changes.sort_by(|one, other| one.name.cmp(&other.name));
        let property = |name: &str, old: &str, new: &str| ChangedProperty {
            name: name.to_owned(),
            old: Some(old.to_owned()),
            new: Some(new.to_owned()),
        };
        assert_eq!(changes.len(), 2);
        assert_eq!(changes[1], property("phoneProof", "true", "false"));
        assert_eq!(changes[0].name, "password");
        let password: Value = serde_json::from_str(changes[0].new.as_deref().unwrap()).unwrap();
        assert_eq!(password, json!({"minLength": 20, "bannedTerms": []}));
        assert_eq!(changed(&before, &before).unwrap(), []);
    }
}
