//! `GET /graph/v1.0/auditLogs/directoryAudits`: what happened, newest first.

use std::net::IpAddr;

use http::{Method, StatusCode};
#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use shared::credentials::token::{IssuerKeys, Permission};
#[cfg(feature = "describe")]
use shared::http::describe::{Id, Time, as_selected};
use shared::http::{Failure, Problem, Request, Response, response};
use shared::identifiers::user_name::UserName;
use shared::ports::store::Store;
use shared::random::AuditId;
#[cfg(feature = "describe")]
use shared::records::audit::Activity;
use shared::records::audit::{AuditRecord, Initiator};
use shared::use_cases::admin_get_contact::{AdminGetContact, AuditCondition, AuditPlace, AuditQuery, Instant};
use shared::use_cases::authorize::actor;

use crate::page::{context, list};
use crate::query::unsupported_select;
use crate::query::{Comparison, Literal, Operator, Options, Top, unsupported, user_name, user_name_prefix};

/// The path of the list.
const PATH: &str = "auditLogs/directoryAudits";
/// The only order, as Graph's scripts write it in `$orderby`.
pub(crate) const NEWEST_FIRST: &str = "activityDateTime desc";
/// The properties of a record.
pub(crate) const PROPERTIES: [&str; 12] = [
    "id",
    "category",
    "correlationId",
    "result",
    "resultReason",
    "activityDisplayName",
    "activityDateTime",
    "loggedByService",
    "operationType",
    "initiatedBy",
    "targetResources",
    "additionalDetails",
];
/// The rule of a `result`.
const RESULT: &str = "result in $filter must be 'success', 'failure', 'timeout' or 'unknownFutureValue'";

/// Handles a request for the audit.
pub(crate) async fn respond<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
) -> Result<Response, Failure> {
    request.allow(&[Method::GET])?;
    let actor = actor(request.authorization(), &app.issuer, &app.tokens, &app.context, &app.names).await??;
    actor.demand(&[Permission::AuditLogRead])?;
    let options = Options::read(&request.query, &["$select", "$top", "$filter", "$orderby", "$skiptoken"])?;
    options.order(&[NEWEST_FIRST])?;
    let selected = selected(options)?;
    let top = options.top(&Top::RECORDS)?;
    let query = query(&options.filter()?)?;
    let after = options.skip_token(|token| AuditPlace::parse(&app.open(options.listed(PATH), token)?))?;
    let page = app.audits(&query, after.as_ref(), top).await?;
    let records: Vec<_> = page.records.iter().map(|record| shown(record, selected.as_deref())).collect();
    list(app, PATH, options, records, page.next.map(|next| next.text()).as_deref())
}

/// Handles a request for one record.
pub(crate) async fn one<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
    id: &str,
) -> Result<Response, Failure> {
    request.allow(&[Method::GET])?;
    let actor = actor(request.authorization(), &app.issuer, &app.tokens, &app.context, &app.names).await??;
    actor.demand(&[Permission::AuditLogRead])?;
    let selected = selected(Options::read(&request.query, &["$select"])?)?;
    let is = AuditId::parse(id).map_or(AuditCondition::Nothing, AuditCondition::Is);
    let query = AuditQuery { conditions: vec![is], ..AuditQuery::default() };
    let mut after = None;
    // A page may have none of the records that a query is for, and a next page.
    let record = loop {
        let page = app.audits(&query, after.as_ref(), 1).await?;
        match (page.records.into_iter().next(), page.next) {
            (None, Some(next)) => after = Some(next),
            (found, _) => break found.ok_or(Problem::NO_RECORD)?,
        }
    };
    let mut body = shown(&record, selected.as_deref());
    body.insert("@odata.context".to_owned(), context(app, &format!("{PATH}/$entity")).into());
    Ok(response::json(StatusCode::OK, &body))
}

/// The properties that `$select` names, in lower case; `None` for all.
fn selected(options: Options<'_>) -> Result<Option<Vec<String>>, Problem> {
    let Some(list) = options.get("$select") else { return Ok(None) };
    let names: Vec<String> = list.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    let is_known = |name: &String| PROPERTIES.iter().any(|known| known.eq_ignore_ascii_case(name));
    if names.iter().all(is_known) { Ok(Some(names)) } else { Err(unsupported_select()) }
}

/// A record with these properties.
fn shown(record: &AuditRecord, selected: Option<&[String]>) -> Map<String, Value> {
    let Value::Object(mut whole) = json!(DirectoryAudit::from(record)) else { return Map::new() };
    if let Some(names) = selected {
        whole.retain(|property, _| names.iter().any(|name| name.eq_ignore_ascii_case(property)));
    }
    whole
}

/// The query of the comparisons.
fn query(comparisons: &[Comparison]) -> Result<AuditQuery, Problem> {
    let mut query = AuditQuery::default();
    for Comparison { property, operator, literal } in comparisons {
        match (property.as_str(), operator, literal) {
            ("activitydatetime", operator, Literal::Instant(instant)) => within(&mut query, *operator, *instant)?,
            (property, Operator::Equal, Literal::Text(text)) => query.conditions.push(equal(property, text)?),
            (property, Operator::StartsWith, Literal::Text(text)) => query.conditions.push(begins(property, text)?),
            _ => return Err(unsupported()),
        }
    }
    Ok(query)
}

/// Narrows the query by a comparison of `activityDateTime`.
fn within(query: &mut AuditQuery, operator: Operator, instant: Instant) -> Result<(), Problem> {
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

/// The condition of `property eq 'text'`.
fn equal(property: &str, text: &str) -> Result<AuditCondition, Problem> {
    let own = text.to_owned();
    Ok(match property {
        "id" => AuditId::parse(text).map_or(AuditCondition::Nothing, AuditCondition::Is),
        "activitydisplayname" => AuditCondition::Activity(own),
        "category" => AuditCondition::Category(own),
        "loggedbyservice" => AuditCondition::Service(own),
        "correlationid" => AuditCondition::Correlation(own),
        "result" => match text {
            "success" => AuditCondition::Succeeded(true),
            "failure" => AuditCondition::Succeeded(false),
            // Graph's other results, which no record here has.
            "timeout" | "unknownFutureValue" => AuditCondition::Nothing,
            _ => return Err(Problem::malformed(RESULT)),
        },
        "targetresources[]/id" => AuditCondition::Target(own),
        "targetresources[]/userprincipalname" => named(text, AuditCondition::TargetNamed),
        "initiatedby/user/id" => AuditCondition::Person(own),
        "initiatedby/user/userprincipalname" => named(text, AuditCondition::PersonNamed),
        "initiatedby/app/appid" => AuditCondition::Application(own),
        _ => return Err(unsupported()),
    })
}

/// The condition of `startswith(property,'text')`.
fn begins(property: &str, text: &str) -> Result<AuditCondition, Problem> {
    let name = |begins: fn(String) -> AuditCondition| user_name_prefix(text).map_or(AuditCondition::Nothing, begins);
    Ok(match property {
        "activitydisplayname" => AuditCondition::ActivityBegins(text.to_owned()),
        "targetresources[]/userprincipalname" => name(AuditCondition::TargetNameBegins),
        "initiatedby/user/userprincipalname" => name(AuditCondition::PersonNameBegins),
        _ => return Err(unsupported()),
    })
}

/// The condition of a name. A text that is not a valid name matches no record.
fn named(text: &str, is: fn(UserName) -> AuditCondition) -> AuditCondition {
    user_name(text).map_or(AuditCondition::Nothing, is)
}

/// An audit record, in Microsoft Graph's shape.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(transform = as_selected))]
pub(crate) struct DirectoryAudit<'a> {
    #[serde(rename = "@odata.context", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schemars(with = "String"))]
    context: Option<String>,
    #[cfg_attr(feature = "describe", schemars(with = "Id"))]
    id: &'a str,
    category: &'static str,
    correlation_id: &'a str,
    #[cfg_attr(feature = "describe", schemars(extend("enum" = ["success", "failure"])))]
    result: &'static str,
    /// What happened exactly, or why it failed; one of a fixed set of texts.
    result_reason: &'a str,
    #[cfg_attr(feature = "describe", schemars(extend("enum" = Activity::ALL.map(Activity::as_str))))]
    activity_display_name: &'static str,
    /// When the activity happened.
    #[cfg_attr(feature = "describe", schemars(with = "Time"))]
    activity_date_time: String,
    logged_by_service: &'static str,
    operation_type: &'static str,
    initiated_by: AuditInitiator<'a>,
    #[cfg_attr(feature = "describe", schemars(length(equal = 1)))]
    target_resources: Vec<TargetResource<'a>>,
    /// Always empty.
    #[cfg_attr(feature = "describe", schemars(length(max = 0)))]
    additional_details: Vec<&'static str>,
}

/// A person or an application; the other is `null`.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
struct AuditInitiator<'a> {
    user: Option<AuditUser<'a>>,
    app: Option<AuditApplication<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
struct AuditUser<'a> {
    id: &'a str,
    /// Always `null`.
    display_name: Absent,
    user_principal_name: &'a str,
    /// The address of an administrator's request, as the gateway reports it; otherwise `null`. Of people's own steps only
    /// digests of networks are stored.
    ip_address: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
struct AuditApplication<'a> {
    app_id: &'a str,
    /// The address of the application's request, as the gateway reports it.
    ip_address: Option<String>,
    /// Always `null`.
    display_name: Absent,
    /// Always `null`.
    service_principal_id: Absent,
    /// Always `null`.
    service_principal_name: Absent,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
struct TargetResource<'a> {
    id: &'a str,
    /// Always `null`.
    display_name: Absent,
    #[cfg_attr(feature = "describe", schemars(extend("enum" = ["User", "Policy"])))]
    r#type: &'static str,
    user_principal_name: Option<&'a str>,
    /// Always `null`.
    group_type: Absent,
    modified_properties: Vec<ModifiedProperty<'a>>,
}

/// A property that changed, with contacts masked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
struct ModifiedProperty<'a> {
    display_name: &'a str,
    old_value: Option<&'a str>,
    new_value: Option<&'a str>,
}

/// A property of Graph that is not stored here.
type Absent = Option<&'static str>;

impl<'a> From<&'a AuditRecord> for DirectoryAudit<'a> {
    fn from(record: &'a AuditRecord) -> Self {
        Self {
            context: None,
            id: record.id.as_str(),
            category: record.activity.category(),
            correlation_id: &record.correlation,
            result: if record.success { "success" } else { "failure" },
            result_reason: &record.reason,
            activity_display_name: record.activity.as_str(),
            activity_date_time: record.at.to_string(),
            logged_by_service: record.activity.service(),
            operation_type: record.activity.operation(),
            initiated_by: initiator(&record.initiator, record.address),
            target_resources: vec![target(record)],
            additional_details: Vec::new(),
        }
    }
}

fn initiator(initiator: &Initiator, address: Option<IpAddr>) -> AuditInitiator<'_> {
    match initiator {
        Initiator::Person(person) => AuditInitiator {
            user: Some(AuditUser {
                id: person.account.as_str(),
                display_name: None,
                user_principal_name: &person.user_name,
                ip_address: address.map(|address| address.to_string()),
            }),
            app: None,
        },
        Initiator::Application(id) => AuditInitiator {
            user: None,
            app: Some(AuditApplication {
                app_id: id,
                ip_address: address.map(|address| address.to_string()),
                display_name: None,
                service_principal_id: None,
                service_principal_name: None,
            }),
        },
    }
}

fn target(record: &AuditRecord) -> TargetResource<'_> {
    let changes = record.changes.iter().map(|change| ModifiedProperty {
        display_name: &change.name,
        old_value: change.old.as_deref(),
        new_value: change.new.as_deref(),
    });
    TargetResource {
        id: record.target_id(),
        display_name: None,
        r#type: if record.target.is_some() { "User" } else { "Policy" },
        user_principal_name: record.target.as_ref().map(|person| person.user_name.as_str()),
        group_type: None,
        modified_properties: changes.collect(),
    }
}
