//! `GET /graph/v1.0/auditLogs/directoryAudits`: what happened, newest first.

use http::Method;
use serde_json::{Value, json};
use shared::credentials::token::{IssuerKeys, Permission};
use shared::http::{Answer, Failure, Problem, Request};
use shared::identifiers::user_name::UserName;
use shared::ports::store::Store;
use shared::random::AuditId;
use shared::records::audit::{AuditRecord, Initiator};
use shared::use_cases::admin_get_contact::{AdminGetContact, AuditCondition, AuditPlace, AuditQuery, Instant};
use shared::use_cases::authorize::actor;

use crate::query::{Comparison, Literal, Operator, Options, Top, unsupported, user_name, user_name_prefix};

/// Where the list is.
const PATH: &str = "auditLogs/directoryAudits";
/// The one order, which Graph's scripts ask for by name.
pub(crate) const NEWEST_FIRST: &str = "activityDateTime desc";
/// What is told of a `result` that is none.
const RESULT: &str = "result is 'success', 'failure', 'timeout' or 'unknownFutureValue'";

/// Answers a request for the audit.
pub(crate) async fn answer<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
) -> Result<Answer, Failure> {
    request.allow(&[Method::GET])?;
    let actor = actor(request, &app.issuer, &app.tokens, &app.context, &app.names).await?;
    actor.demand(Permission::AuditLogRead)?;
    let options = Options::read(&request.query, &["$top", "$filter", "$orderby", "$skiptoken"])?;
    options.order(&[NEWEST_FIRST])?;
    let top = options.top(&Top::RECORDS)?;
    let query = query(&options.filter()?)?;
    let after = options.skip_token(|token| AuditPlace::parse(&app.open(options.listed(PATH), token)?))?;
    let page = app.audits(&query, after.as_ref(), top).await?;
    let records: Vec<Value> = page.records.iter().map(record).collect();
    crate::list(app, PATH, options, &records, page.next.map(|next| next.text()).as_deref())
}

/// What the comparisons demand of a record.
fn query(comparisons: &[Comparison]) -> Result<AuditQuery, Failure> {
    let mut query = AuditQuery::default();
    for Comparison { property, operator, literal } in comparisons {
        match (property.as_str(), operator, literal) {
            ("activityDateTime", operator, Literal::Instant(instant)) => within(&mut query, *operator, *instant)?,
            (property, Operator::Equal, Literal::Text(text)) => query.conditions.push(equal(property, text)?),
            (property, Operator::StartsWith, Literal::Text(text)) => query.conditions.push(begins(property, text)?),
            _ => return Err(unsupported()),
        }
    }
    Ok(query)
}

/// Leaves out what a comparison of `activityDateTime` leaves out.
fn within(query: &mut AuditQuery, operator: Operator, instant: Instant) -> Result<(), Failure> {
    match operator {
        Operator::AtLeast => query.not_before(instant.ceil()),
        Operator::Above => query.not_before(instant.floor() + 1),
        Operator::AtMost => query.not_after(instant.floor()),
        Operator::Below => query.not_after(instant.ceil() - 1),
        Operator::Equal => {
            query.not_before(instant.ceil());
            query.not_after(instant.floor());
        }
        Operator::StartsWith => return Err(unsupported()),
    }
    Ok(())
}

/// What `property eq 'text'` demands of a record.
fn equal(property: &str, text: &str) -> Result<AuditCondition, Failure> {
    let own = text.to_owned();
    Ok(match property {
        "id" => AuditId::parse(text).map_or(AuditCondition::Nothing, AuditCondition::Is),
        "activityDisplayName" => AuditCondition::Activity(own),
        "category" => AuditCondition::Category(own),
        "loggedByService" => AuditCondition::Service(own),
        "correlationId" => AuditCondition::Correlation(own),
        "result" => match text {
            "success" => AuditCondition::Succeeded(true),
            "failure" => AuditCondition::Succeeded(false),
            // What Graph's results may be besides, and nothing here ever is.
            "timeout" | "unknownFutureValue" => AuditCondition::Nothing,
            _ => return Err(Problem::Malformed(RESULT).into()),
        },
        "targetResources[]/id" => AuditCondition::Target(own),
        "targetResources[]/userPrincipalName" => named(text, AuditCondition::TargetNamed),
        "initiatedBy/user/id" => AuditCondition::Person(own),
        "initiatedBy/user/userPrincipalName" => named(text, AuditCondition::PersonNamed),
        "initiatedBy/app/appId" => AuditCondition::Application(own),
        _ => return Err(unsupported()),
    })
}

/// What `startswith(property,'text')` demands of a record.
fn begins(property: &str, text: &str) -> Result<AuditCondition, Failure> {
    let name = |begins: fn(String) -> AuditCondition| user_name_prefix(text).map_or(AuditCondition::Nothing, begins);
    Ok(match property {
        "activityDisplayName" => AuditCondition::ActivityBegins(text.to_owned()),
        "targetResources[]/userPrincipalName" => name(AuditCondition::TargetNameBegins),
        "initiatedBy/user/userPrincipalName" => name(AuditCondition::PersonNameBegins),
        _ => return Err(unsupported()),
    })
}

/// What a name demands of a record; a text that is nobody's name fits none.
fn named(text: &str, is: fn(UserName) -> AuditCondition) -> AuditCondition {
    user_name(text).map_or(AuditCondition::Nothing, is)
}

/// A `directoryAudit`.
fn record(record: &AuditRecord) -> Value {
    json!({
        "id": record.id.as_str(),
        "category": record.activity.category(),
        "correlationId": record.correlation,
        "result": if record.success { "success" } else { "failure" },
        "resultReason": record.reason,
        "activityDisplayName": record.activity.as_str(),
        "activityDateTime": record.at.to_string(),
        "loggedByService": record.activity.service(),
        "operationType": record.activity.operation(),
        "initiatedBy": initiator(&record.initiator),
        "targetResources": [target(record)],
        "additionalDetails": [],
    })
}

fn initiator(initiator: &Initiator) -> Value {
    match initiator {
        Initiator::Person(person) => json!({
            "user": {
                "id": person.account.as_str(),
                "displayName": null,
                "userPrincipalName": person.user_name,
                "ipAddress": null,
            },
            "app": null,
        }),
        Initiator::Application(id) => json!({
            "user": null,
            "app": {"appId": id, "displayName": null, "servicePrincipalId": null, "servicePrincipalName": null},
        }),
    }
}

fn target(record: &AuditRecord) -> Value {
    let changes = record.changes.iter();
    let changes =
        changes.map(|change| json!({"displayName": change.name, "oldValue": change.old, "newValue": change.new}));
    json!({
        "id": record.target_id(),
        "displayName": null,
        "type": if record.target.is_some() { "User" } else { "Policy" },
        "userPrincipalName": record.target.as_ref().map(|person| &person.user_name),
        "groupType": null,
        "modifiedProperties": changes.collect::<Vec<_>>(),
    })
}
