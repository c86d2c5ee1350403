//! The permissions that a request to the table needs: actions by IAM's names, each on partitions.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws::table::PARTITION;
use serde_json::Value;

/// Separates the name of a partition's kind from the rest of its key.
const SEPARATOR: char = '#';

/// One action on one kind of partition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// The action, such as `dynamodb:GetItem`; a transaction counts as the actions that it consists of.
    pub action: String,
    /// The partitions, as a policy's `dynamodb:LeadingKeys` names them: `RESET#*` for all of a kind, `POLICY` for a
    /// kind with a single one, `*` for any.
    pub prefix: String,
}

/// Every access of one client so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<BTreeSet<Access>>>);

impl Seen {
    /// Adds the accesses of a request, given the name of its operation and its body.
    pub(crate) fn add(&self, operation: &str, body: &[u8]) {
        let body = serde_json::from_slice(body).unwrap_or_default();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(accesses(operation, &body));
    }

    /// All accesses added so far.
    pub(crate) fn all(&self) -> BTreeSet<Access> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The permissions that an operation needs; an unknown operation counts with all partitions.
///
/// Source: AWS, Service Authorization Reference, Actions defined by Amazon DynamoDB; DynamoDB Developer Guide, Using
/// IAM with transactions.
fn accesses(operation: &str, body: &Value) -> Vec<Access> {
    match operation {
        "GetItem" | "UpdateItem" | "DeleteItem" => vec![access(operation, key(&body["Key"]))],
        "PutItem" => vec![access(operation, key(&body["Item"]))],
        "Query" => vec![access(operation, queried(body))],
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flat_map(serde_json::Map::values);
            let keys = tables.flat_map(|table| table["Keys"].as_array()).flatten();
            keys.map(|one| access(operation, key(one))).collect()
        }
        "TransactWriteItems" => {
            let items = body["TransactItems"].as_array().into_iter().flatten();
            items.flat_map(|item| item.as_object().into_iter().flatten()).map(written).collect()
        }
        _ => vec![access(operation, None)],
    }
}

/// The access of one write in a transaction.
fn written((write, request): (&String, &Value)) -> Access {
    match write.as_str() {
        "Put" => access("PutItem", key(&request["Item"])),
        "Update" => access("UpdateItem", key(&request["Key"])),
        "Delete" => access("DeleteItem", key(&request["Key"])),
        "ConditionCheck" => access("ConditionCheckItem", key(&request["Key"])),
        other => access(other, None),
    }
}

/// The partition of a key or an item.
fn key(item: &Value) -> Option<&str> {
    item[PARTITION]["S"].as_str()
}

/// The partition that a query's condition begins with.
fn queried(body: &Value) -> Option<&str> {
    let condition = body["KeyConditionExpression"].as_str()?;
    let (name, rest) = condition.split_once(" = ")?;
    let value = rest.split(' ').next()?;
    let is_partition = name == PARTITION || body["ExpressionAttributeNames"][name] == PARTITION;
    body["ExpressionAttributeValues"][value]["S"].as_str().filter(|_| is_partition)
}

fn access(operation: &str, partition: Option<&str>) -> Access {
    let prefix = match partition.map(|partition| partition.split_once(SEPARATOR).ok_or(partition)) {
        Some(Ok((name, _))) => format!("{name}{SEPARATOR}*"),
        Some(Err(whole)) => whole.to_owned(),
        None => "*".to_owned(),
    };
    Access { action: format!("dynamodb:{operation}"), prefix }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn actions(operation: &str, body: &Value) -> Vec<String> {
        accesses(operation, body).into_iter().map(|access| format!("{} {}", access.action, access.prefix)).collect()
    }

    #[test]
    fn every_operation_maps_to_its_actions_and_partitions() {
        let key = |partition: &str| json!({"pk": {"S": partition}, "sk": {"S": "RING"}});
        assert_eq!(actions("GetItem", &json!({"Key": key("POLICY")})), ["dynamodb:GetItem POLICY"]);
        assert_eq!(actions("PutItem", &json!({"Item": key("SIGNIN#a#b")})), ["dynamodb:PutItem SIGNIN#*"]);
        let batch = json!({"RequestItems": {"rekey": {"Keys": [key("ACCOUNT#a"), key("NAME#b")]}}});
        assert_eq!(
            actions("BatchGetItem", &batch),
            ["dynamodb:BatchGetItem ACCOUNT#*", "dynamodb:BatchGetItem NAME#*"]
        );
        let query = json!({
            "KeyConditionExpression": "#pk = :owner AND #sk BETWEEN :from AND :to",
            "ExpressionAttributeNames": {"#pk": "pk", "#sk": "sk"},
            "ExpressionAttributeValues": {":owner": {"S": "OWNER#a"}, ":from": {"S": "b"}, ":to": {"S": "c"}},
        });
        assert_eq!(actions("Query", &query), ["dynamodb:Query OWNER#*"]);
        let transaction = json!({"TransactItems": [
            {"Put": {"Item": key("RESET#a")}}, {"Update": {"Key": key("LIMIT#b")}},
            {"Delete": {"Key": key("DIRECTORY")}}, {"ConditionCheck": {"Key": key("OWNER#c")}},
        ]});
        assert_eq!(
            actions("TransactWriteItems", &transaction),
            [
                "dynamodb:PutItem RESET#*",
                "dynamodb:UpdateItem LIMIT#*",
                "dynamodb:DeleteItem DIRECTORY",
                "dynamodb:ConditionCheckItem OWNER#*"
            ]
        );
    }

    #[test]
    fn an_unknown_operation_counts_as_everything() {
        for (operation, body) in [
            ("Scan", json!({})),
            ("GetItem", json!({})),
            ("Query", json!({"KeyConditionExpression": "#sk = :x", "ExpressionAttributeValues": {":x": {"S": "a"}}})),
        ] {
            assert_eq!(actions(operation, &body), [format!("dynamodb:{operation} *")]);
        }
    }
}
