//! `GET /graph/v1.0/reports/authenticationMethods/userRegistrationDetails`: who is registered how, and which of their
//! contacts a reset would use.

use http::Method;
use serde_json::{Value, json};
use shared::admin_get_contact::{AdminGetContact, RegistrationCondition, Remark, ReportedContact, UserRegistration};
use shared::authorize::actor;
use shared::http::{Answer, Failure, Problem, Request};
use shared::store::Store;
use shared::token::{IssuerKeys, Permission};

use crate::query::{Comparison, Literal, Operator, Options, Top, unsupported, user_name, user_name_prefix};

/// Where the report is.
const PATH: &str = "reports/authenticationMethods/userRegistrationDetails";

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
        _ => Err(Problem::NotFound.into()),
    }
}

async fn registrations<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
) -> Result<Answer, Failure> {
    let actor = actor(request, &app.issuer, &app.tokens, &app.context, &app.names).await?;
    actor.demand(Permission::AuditLogRead)?;
    let options = Options::read(&request.query, &["$top", "$filter", "$skiptoken"])?;
    let top = options.top(&Top::USERS)?;
    let conditions: Vec<_> = options.filter()?.iter().map(condition).collect::<Result<_, _>>()?;
    let after = options.skip_token(Some)?;
    let page = app.registrations(&conditions, after.as_deref(), top).await?;
    let users: Vec<Value> = page.users.iter().map(user).collect();
    Ok(crate::list(app, PATH, &users, page.next.map(|next| options.next(&next))))
}

/// What one comparison demands of a user.
fn condition(comparison: &Comparison) -> Result<RegistrationCondition, Failure> {
    let Comparison { property, operator, literal } = comparison;
    Ok(match (property.as_str(), operator, literal) {
        ("userPrincipalName", Operator::Equal, Literal::Text(text)) => RegistrationCondition::Named(user_name(text)?),
        ("userPrincipalName", Operator::StartsWith, Literal::Text(text)) => {
            RegistrationCondition::NameBegins(user_name_prefix(text)?)
        }
        ("userDisplayName", Operator::Equal, Literal::Text(text)) => RegistrationCondition::Displayed(text.clone()),
        ("isAdmin", Operator::Equal, Literal::Bool(is)) => RegistrationCondition::Admin(*is),
        ("isSsprRegistered", Operator::Equal, Literal::Bool(is)) => RegistrationCondition::Registered(*is),
        ("isSsprEnabled", Operator::Equal, Literal::Bool(is)) => RegistrationCondition::Enabled(*is),
        ("isSsprCapable", Operator::Equal, Literal::Bool(is)) => RegistrationCondition::Capable(*is),
        ("methodsRegistered[]", Operator::Equal, Literal::Text(text)) => RegistrationCondition::Has(text.clone()),
        _ => return Err(unsupported()),
    })
}

/// A `userRegistrationDetails`; `contacts` is not Graph's. What is about signing in by other means is false or empty.
fn user(user: &UserRegistration) -> Value {
    let account = &user.account;
    json!({
        "id": account.id.as_str(),
        "userPrincipalName": account.user_name.canonical(),
        "userDisplayName": account.profile.display_name,
        "userType": "member",
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
