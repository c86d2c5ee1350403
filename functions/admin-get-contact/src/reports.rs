//! `GET /graph/v1.0/reports/authenticationMethods/userRegistrationDetails`: who is registered how, and which of their
//! contacts a reset would use.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::account::ProfileField;
use shared::credentials::token::{IssuerKeys, Permission};
use shared::http::graph::without_options;
use shared::http::{Answer, Failure, Problem, Request};
use shared::ports::store::Store;
use shared::random::AccountId;
use shared::use_cases::admin_get_contact::{
    AdminGetContact, RegistrationCondition, Remark, ReportedContact, UserRegistration,
};
use shared::use_cases::authorize::actor;

use crate::query::{Comparison, Literal, Operator, Options, Top, unsupported, user_name, user_name_prefix};

/// Where the report is.
const PATH: &str = "reports/authenticationMethods/userRegistrationDetails";
/// The one order, and how scripts ask for it by name.
pub(crate) const BY_NAME: [&str; 2] = ["userPrincipalName", "userPrincipalName asc"];
/// What everybody in the report is.
const USER_TYPE: &str = "member";
/// What is about signing in by other means, which nobody does here.
pub(crate) const NOBODYS: [&str; 4] =
    ["isMfaRegistered", "isMfaCapable", "isPasswordlessCapable", "isSystemPreferredAuthenticationMethodEnabled"];

/// Answers a request for a report.
pub(crate) async fn answer<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
    rest: &[&str],
) -> Result<Answer, Failure> {
    match rest {
        ["authenticationMethods", "userRegistrationDetails"] => {
            request.allow(&[Method::GET])?;
            registrations(app, request).await
        }
        ["authenticationMethods", "userRegistrationDetails", key] => {
            request.allow(&[Method::GET])?;
            registration(app, request, key).await
        }
        _ => Err(Problem::NotFound.into()),
    }
}

async fn registrations<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
) -> Result<Answer, Failure> {
    reader(app, request).await?;
    let options = Options::read(&request.query, &["$top", "$filter", "$orderby", "$skiptoken"])?;
    options.order(&BY_NAME)?;
    let top = options.top(&Top::USERS)?;
    let mut conditions = Vec::new();
    for comparison in options.filter()? {
        conditions.extend(condition(&comparison)?);
    }
    let after = options.skip_token(|token| app.open(options.listed(PATH), token))?;
    let page = app.registrations(&conditions, after.as_deref(), top).await?;
    let users: Vec<Value> = page.users.iter().map(user).collect();
    crate::list(app, PATH, options, &users, page.next.as_deref())
}

async fn registration<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
    key: &str,
) -> Result<Answer, Failure> {
    reader(app, request).await?;
    without_options(request)?;
    let mut body = user(&app.registration(key).await?.ok_or(Problem::NotFound)?);
    body["@odata.context"] = json!(crate::context(app, &format!("{PATH}/$entity")));
    Ok(Answer::json(StatusCode::OK, &body))
}

async fn reader<S: Store, I: IssuerKeys>(app: &AdminGetContact<S, I>, request: &Request) -> Result<(), Failure> {
    let actor = actor(request, &app.issuer, &app.tokens, &app.context, &app.names).await?;
    Ok(actor.demand(Permission::AuditLogRead)?)
}

/// What one comparison demands of a user; nothing, where everybody is so.
fn condition(comparison: &Comparison) -> Result<Option<RegistrationCondition>, Failure> {
    match (comparison.property.as_str(), comparison.operator, &comparison.literal) {
        (property, Operator::Equal, Literal::Bool(is)) => flag(property, *is),
        (property, Operator::Equal, Literal::Text(text)) => equal(property, text),
        (property, Operator::StartsWith, Literal::Text(text)) => begins(property, text).map(Some),
        _ => Err(unsupported()),
    }
}

/// What `property eq true` or `property eq false` demands of a user.
fn flag(property: &str, is: bool) -> Result<Option<RegistrationCondition>, Failure> {
    Ok(match property {
        "isAdmin" => Some(RegistrationCondition::Admin(is)),
        "isSsprRegistered" => Some(RegistrationCondition::Registered(is)),
        "isSsprEnabled" => Some(RegistrationCondition::Enabled(is)),
        "isSsprCapable" => Some(RegistrationCondition::Capable(is)),
        other if NOBODYS.contains(&other) => is.then_some(RegistrationCondition::Nobody),
        _ => return Err(unsupported()),
    })
}

/// What `property eq 'text'` demands of a user.
fn equal(property: &str, text: &str) -> Result<Option<RegistrationCondition>, Failure> {
    Ok(Some(match property {
        "id" => AccountId::parse(text).map_or(RegistrationCondition::Nobody, RegistrationCondition::Is),
        "userPrincipalName" => user_name(text).map_or(RegistrationCondition::Nobody, RegistrationCondition::Named),
        "userDisplayName" => RegistrationCondition::Displayed(text.to_owned()),
        "userType" if text == USER_TYPE => return Ok(None),
        "userType" => RegistrationCondition::Nobody,
        "methodsRegistered[]" => RegistrationCondition::Has(text.to_owned()),
        _ => return Err(unsupported()),
    }))
}

/// What `startswith(property,'text')` demands of a user.
fn begins(property: &str, text: &str) -> Result<RegistrationCondition, Failure> {
    Ok(match property {
        "userPrincipalName" => {
            user_name_prefix(text).map_or(RegistrationCondition::Nobody, RegistrationCondition::NameBegins)
        }
        "userDisplayName" => RegistrationCondition::DisplayBegins(text.to_owned()),
        _ => return Err(unsupported()),
    })
}

/// A `userRegistrationDetails`; `contacts` is not Graph's.
fn user(user: &UserRegistration) -> Value {
    let account = &user.account;
    json!({
        "id": account.id.as_str(),
        "userPrincipalName": account.user_name.canonical(),
        "userDisplayName": account.profile.get(&ProfileField::DisplayName),
        "userType": USER_TYPE,
        "isAdmin": account.is_admin,
        "isSsprRegistered": user.is_registered,
        "isSsprEnabled": user.is_enabled,
        "isSsprCapable": user.is_capable,
        "isMfaRegistered": false,
        "isMfaCapable": false,
        "isPasswordlessCapable": false,
        "methodsRegistered": user.methods.iter().map(|method| method.as_str()).collect::<Vec<_>>(),
        "isSystemPreferredAuthenticationMethodEnabled": false,
        "systemPreferredAuthenticationMethods": [],
        "userPreferredMethodForSecondaryAuthentication": "none",
        "lastUpdatedDateTime": user.last_updated.to_string(),
        "contacts": user.contacts.iter().map(contact).collect::<Vec<_>>(),
    })
}

fn contact(contact: &ReportedContact) -> Value {
    json!({
        "type": contact.type_name(),
        "origin": contact.origin.as_str(),
        "source": contact.facts.source.as_str(),
        "setDateTime": contact.facts.set_at.to_string(),
        "verifiedDateTime": contact.facts.verified_at.map(|at| at.to_string()),
        "usable": contact.is_usable(),
        "reason": contact.remark.map(Remark::as_str),
    })
}
