//! The stack: its parameters and outputs, its resources, and what its roles allow.

use serde_json::Value;

use super::finding::{AwsCli, Finding};

/// Longest message of the AWS CLI that is shown, in characters.
const MAX_MESSAGE: usize = 200;
/// Permissions that show whether the roles are limited to partitions: a role, an action, a partition, and whether it is
/// allowed. begin-reset can find nobody, and a request without a partition has no access.
const PERMISSIONS: [(&str, &str, Option<&str>, bool); 6] = [
    ("BeginResetRole", "GetItem", Some("RESET#x"), true),
    ("BeginResetRole", "GetItem", Some("ACCOUNT#x"), false),
    ("BeginResetRole", "GetItem", None, false),
    ("BeginResetRole", "Scan", None, false),
    ("AdminSetContactRole", "GetItem", Some("QUESTIONS#x"), false),
    ("AdminGetContactRole", "PutItem", Some("ACCOUNT#x"), false),
];

/// A stack as CloudFormation describes it.
pub(super) struct Stack<'a> {
    name: String,
    described: Value,
    aws: AwsCli<'a>,
}

impl<'a> Stack<'a> {
    /// Reads a stack by its name; the error says why it cannot be read.
    pub(super) fn read(name: &str, aws: AwsCli<'a>) -> Result<Self, String> {
        let mut stack = Self { name: name.to_owned(), described: Value::Null, aws };
        let mut described = stack.ask(&["cloudformation", "describe-stacks", "--stack-name", name])?;
        stack.described = described["Stacks"][0].take();
        Ok(stack)
    }

    /// Asks AWS; the error is the CLI's last line.
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<Value, String> {
        let said = self.said(arguments)?;
        serde_json::from_slice(&said).map_err(|_| format!("{} is not understood", arguments.join(" ")))
    }

    /// Has AWS do something; the error is the CLI's last line.
    pub(super) fn order(&self, arguments: &[&str]) -> Result<(), String> {
        self.said(arguments).map(|_| ())
    }

    fn said(&self, arguments: &[&str]) -> Result<Vec<u8>, String> {
        let all: Vec<&str> = arguments.iter().copied().chain(["--output", "json"]).collect();
        let said = (self.aws)(&all).map_err(|cause| format!("the AWS CLI cannot be run: {cause}"))?;
        if !said.status.success() {
            let text = String::from_utf8_lossy(&said.stderr);
            let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("the AWS CLI failed");
            return Err(last.trim().chars().take(MAX_MESSAGE).collect());
        }
        Ok(said.stdout)
    }

    /// A parameter's value; empty if it has none.
    pub(super) fn parameter(&self, name: &str) -> &str {
        self.valued("Parameters", "ParameterKey", name, "ParameterValue").unwrap_or_default()
    }

    /// An output's value.
    pub(super) fn output(&self, name: &str) -> Option<&str> {
        self.valued("Outputs", "OutputKey", name, "OutputValue")
    }

    fn valued(&self, list: &str, key: &str, name: &str, value: &str) -> Option<&str> {
        self.described[list].as_array()?.iter().find(|one| one[key] == name)?[value].as_str()
    }

    /// The real name of a resource of the template.
    pub(super) fn resource(&self, logical: &str) -> Result<String, String> {
        let found = self.ask(&[
            "cloudformation",
            "describe-stack-resource",
            "--stack-name",
            &self.name,
            "--logical-resource-id",
            logical,
        ])?;
        let id = found["StackResourceDetail"]["PhysicalResourceId"].as_str();
        id.map(str::to_owned).ok_or_else(|| format!("the stack has no {logical}"))
    }

    /// Whether the last deployment was completed.
    pub(super) fn status(&self) -> Finding {
        let status = self.described["StackStatus"].as_str().unwrap_or("unknown");
        let is_done = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"].contains(&status);
        Finding::new("the stack is deployed", is_done, status)
    }

    /// What is checked of the stack's own resources.
    pub(super) fn findings(&self) -> Vec<Finding> {
        vec![self.alarms(), self.stream(), self.permissions()]
    }

    fn alarms(&self) -> Finding {
        const CHECK: &str = "alarms reach somebody";
        let topic = self.output("AlarmTopicArn").ok_or_else(|| "the stack has no AlarmTopicArn".to_owned());
        let asked = topic.and_then(|topic| self.ask(&["sns", "list-subscriptions-by-topic", "--topic-arn", topic]));
        Finding::of(CHECK, asked, |listed| {
            let all = listed["Subscriptions"].as_array().map_or(&[][..], Vec::as_slice);
            let is_confirmed =
                |one: &&Value| one["SubscriptionArn"].as_str().is_some_and(|arn| arn.starts_with("arn:"));
            let confirmed = all.iter().filter(is_confirmed).count();
            Finding::new(CHECK, confirmed > 0, format!("{confirmed} of {} subscriptions are confirmed", all.len()))
        })
    }

    fn stream(&self) -> Finding {
        const CHECK: &str = "deliver-code reads the table's stream";
        let asked = self
            .resource("Orders")
            .and_then(|uuid| self.ask(&["lambda", "get-event-source-mapping", "--uuid", uuid.as_str()]));
        Finding::of(CHECK, asked, |mapping| {
            let state = mapping["State"].as_str().unwrap_or("unknown");
            Finding::new(CHECK, state == "Enabled", state)
        })
    }

    fn permissions(&self) -> Finding {
        const CHECK: &str = "roles are limited to partitions";
        let asked = self.wrong_permissions();
        Finding::of(CHECK, asked, |wrong| match wrong.as_slice() {
            [] => Finding::new(CHECK, true, format!("{} questions to IAM", PERMISSIONS.len())),
            _ => Finding::new(CHECK, false, wrong.join("; ")),
        })
    }

    /// The permissions that IAM decides otherwise than they must be.
    fn wrong_permissions(&self) -> Result<Vec<String>, String> {
        let table = self.resource("Table")?;
        let described = self.ask(&["dynamodb", "describe-table", "--table-name", &table])?;
        let arn = described["Table"]["TableArn"].as_str().ok_or("the table has no ARN")?.to_owned();
        let mut wrong = Vec::new();
        for (role, action, partition, is_allowed) in PERMISSIONS {
            let name = self.resource(role)?;
            let role_arn = self.ask(&["iam", "get-role", "--role-name", &name])?;
            let role_arn = role_arn["Role"]["Arn"].as_str().ok_or("a role has no ARN")?.to_owned();
            let action_name = format!("dynamodb:{action}");
            let context = partition.map(|partition| {
                format!("ContextKeyName=dynamodb:LeadingKeys,ContextKeyType=stringList,ContextKeyValues={partition}")
            });
            let mut question = vec!["iam", "simulate-principal-policy", "--policy-source-arn", &role_arn];
            question.extend(["--action-names", &action_name, "--resource-arns", &arn]);
            question.extend(context.iter().flat_map(|context| ["--context-entries", context.as_str()]));
            let decided = self.ask(&question)?;
            let decision = decided["EvaluationResults"][0]["EvalDecision"].as_str().unwrap_or("unknown");
            if (decision == "allowed") != is_allowed {
                wrong.push(format!("{role} {action} {}: {decision}", partition.unwrap_or("without a partition")));
            }
        }
        Ok(wrong)
    }
}
