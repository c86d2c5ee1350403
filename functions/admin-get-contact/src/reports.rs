//! `GET /graph/v1.0/reports/authenticationMethods/userRegistrationDetails`: who is registered with which methods, and
//! which contacts a reset would use.

use http::{Method, StatusCode};
#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::Serialize;
use shared::account::ProfileField;
#[cfg(feature = "describe")]
use shared::account::{Slot, Source};
use shared::credentials::token::{IssuerKeys, Permission};
#[cfg(feature = "describe")]
use shared::http::describe::{Id, Time, reasons};
use shared::http::graph::without_options;
use shared::http::{Failure, Problem, Request, Response, response};
#[cfg(feature = "describe")]
use shared::policy::method::Method as OfferedMethod;
use shared::ports::store::Store;
use shared::random::AccountId;
use shared::time::Moment;
use shared::use_cases::admin_get_contact::{
    AdminGetContact, RegistrationCondition, Remark, ReportedContact, UserCondition, UserRegistration,
};
#[cfg(feature = "describe")]
use shared::use_cases::admin_get_contact::{Origin, SECURITY_QUESTION};
use shared::use_cases::authorize::actor;

use crate::page::{context, list};
use crate::query::{Comparison, Literal, Operator, Options, Top, unsupported, user_name, user_name_prefix};

/// The path of the report.
const PATH: &str = "reports/authenticationMethods/userRegistrationDetails";
/// The only order, as scripts write it in `$orderby`.
pub(crate) const BY_NAME: [&str; 2] = ["userPrincipalName", "userPrincipalName asc"];
/// The type of all users in the report.
const USER_TYPE: &str = "member";
/// Properties about other ways to sign in, which are not supported here.
pub(crate) const NOBODYS: [&str; 4] =
    ["isMfaRegistered", "isMfaCapable", "isPasswordlessCapable", "isSystemPreferredAuthenticationMethodEnabled"];

/// Handles a request for a report.
pub(crate) async fn respond<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
    rest: &[&str],
) -> Result<Response, Failure> {
    match rest {
        ["authenticationMethods", "userRegistrationDetails"] => {
            request.allow(&[Method::GET])?;
            registrations(app, request).await
        }
        ["authenticationMethods", "userRegistrationDetails", key] => {
            request.allow(&[Method::GET])?;
            registration(app, request, key).await
        }
        _ => Err(Problem::NO_ROUTE.into()),
    }
}

async fn registrations<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
) -> Result<Response, Failure> {
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
    let users: Vec<_> = page.users.iter().map(UserRegistrationDetails::from).collect();
    list(app, PATH, options, users, page.next.as_deref())
}

async fn registration<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
    key: &str,
) -> Result<Response, Failure> {
    reader(app, request).await?;
    without_options(request)?;
    let user = app.registration(key).await?.ok_or(Problem::NO_USER)?;
    let context = Some(context(app, &format!("{PATH}/$entity")));
    Ok(response::json(StatusCode::OK, &UserRegistrationDetails { context, ..(&user).into() }))
}

async fn reader<S: Store, I: IssuerKeys>(app: &AdminGetContact<S, I>, request: &Request) -> Result<(), Failure> {
    let actor = actor(request.authorization(), &app.issuer, &app.tokens, &app.context, &app.names).await??;
    Ok(actor.demand(&[Permission::AuditLogRead])?)
}

/// The condition of a comparison; `None` if every user meets it.
fn condition(comparison: &Comparison) -> Result<Option<RegistrationCondition>, Problem> {
    match (comparison.property.as_str(), comparison.operator, &comparison.literal) {
        (property, Operator::Equal, Literal::Bool(is)) => flag(property, *is),
        (property, Operator::Equal, Literal::Text(text)) => equal(property, text),
        (property, Operator::StartsWith, Literal::Text(text)) => begins(property, text).map(Some),
        ("reconfirmby", Operator::Below, Literal::Instant(instant)) => Ok(Some(before(instant.ceil()))),
        ("reconfirmby", Operator::AtMost, Literal::Instant(instant)) => Ok(Some(before(instant.floor() + 1))),
        _ => Err(unsupported()),
    }
}

/// The condition that the methods had to be confirmed before a moment, in milliseconds since 1970.
fn before(millis: i128) -> RegistrationCondition {
    RegistrationCondition::Overdue(Moment::from_millis(millis.try_into().unwrap_or(if millis < 0 {
        0
    } else {
        u64::MAX
    })))
}

/// The condition of `property eq true` or `property eq false`.
fn flag(property: &str, is: bool) -> Result<Option<RegistrationCondition>, Problem> {
    Ok(match property {
        "isadmin" => Some(RegistrationCondition::User(UserCondition::Admin(is))),
        "isssprregistered" => Some(RegistrationCondition::Registered(is)),
        "isssprenabled" => Some(RegistrationCondition::Enabled(is)),
        "isssprcapable" => Some(RegistrationCondition::Capable(is)),
        other if NOBODYS.iter().any(|name| name.eq_ignore_ascii_case(other)) => {
            is.then_some(RegistrationCondition::User(UserCondition::Nobody))
        }
        _ => return Err(unsupported()),
    })
}

/// The condition of `property eq 'text'`.
fn equal(property: &str, text: &str) -> Result<Option<RegistrationCondition>, Problem> {
    let user = match property {
        "id" => AccountId::parse(text).map(UserCondition::Is),
        "userprincipalname" => user_name(text).map(UserCondition::Named),
        "userdisplayname" => Some(UserCondition::Called(ProfileField::DisplayName, text.to_owned())),
        "usertype" if text == USER_TYPE => return Ok(None),
        "usertype" => None,
        "methodsregistered[]" => return Ok(Some(RegistrationCondition::Has(text.to_owned()))),
        _ => return Err(unsupported()),
    };
    Ok(Some(RegistrationCondition::User(user.unwrap_or(UserCondition::Nobody))))
}

/// The condition of `startswith(property,'text')`.
fn begins(property: &str, text: &str) -> Result<RegistrationCondition, Problem> {
    let user = match property {
        "userprincipalname" => user_name_prefix(text).map(UserCondition::NameBegins),
        "userdisplayname" => Some(UserCondition::CalledBegins(ProfileField::DisplayName, text.to_owned())),
        _ => return Err(unsupported()),
    };
    Ok(RegistrationCondition::User(user.unwrap_or(UserCondition::Nobody)))
}

/// How a user is registered, in Microsoft Graph's shape. Graph has neither `contacts` nor `reconfirmBy`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
pub(crate) struct UserRegistrationDetails<'a> {
    #[serde(rename = "@odata.context", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schemars(with = "String"))]
    context: Option<String>,
    #[cfg_attr(feature = "describe", schemars(with = "Id"))]
    id: &'a str,
    user_principal_name: &'a str,
    user_display_name: Option<&'a str>,
    #[cfg_attr(feature = "describe", schemars(extend("const" = USER_TYPE)))]
    user_type: &'static str,
    is_admin: bool,
    /// The registered methods alone, with different destinations, are enough for a reset.
    is_sspr_registered: bool,
    /// The policy allows this user to reset the password.
    is_sspr_enabled: bool,
    /// The user can reset the password now.
    is_sspr_capable: bool,
    /// Always false; not supported here.
    is_mfa_registered: bool,
    /// Always false; not supported here.
    is_mfa_capable: bool,
    /// Always false; not supported here.
    is_passwordless_capable: bool,
    #[cfg_attr(feature = "describe", schemars(schema_with = "method_names"))]
    methods_registered: Vec<&'static str>,
    /// Always false; not supported here.
    is_system_preferred_authentication_method_enabled: bool,
    /// Always empty; not supported here.
    #[cfg_attr(feature = "describe", schemars(length(max = 0)))]
    system_preferred_authentication_methods: Vec<&'static str>,
    /// Always `none`; not supported here.
    #[cfg_attr(feature = "describe", schemars(extend("const" = "none")))]
    user_preferred_method_for_secondary_authentication: &'static str,
    /// When this was determined.
    #[cfg_attr(feature = "describe", schemars(with = "Time"))]
    last_updated_date_time: String,
    /// By when the person must confirm the registered methods again; `null` if they need not. Graph does not have it.
    #[cfg_attr(feature = "describe", schemars(with = "Option<Time>"))]
    reconfirm_by: Option<String>,
    contacts: Vec<ContactDetails>,
}

/// A contact on file, without its value, or the registered security questions.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "ReportedContact"))]
struct ContactDetails {
    #[cfg_attr(feature = "describe", schemars(extend("enum" = names(OfferedMethod::SecurityQuestions.as_str()))))]
    r#type: &'static str,
    /// Whether it is a registered method or a value of the user resource.
    #[cfg_attr(feature = "describe", schemars(extend("enum" = [Origin::Registered, Origin::Profile].map(Origin::as_str))))]
    origin: &'static str,
    #[cfg_attr(feature = "describe", schemars(with = "Source"))]
    source: &'static str,
    /// When the value was stored.
    #[cfg_attr(feature = "describe", schemars(with = "Time"))]
    set_date_time: String,
    /// When the person proved that the contact is theirs; `null` if they did not, and for security questions.
    #[cfg_attr(feature = "describe", schemars(with = "Option<Time>"))]
    verified_date_time: Option<String>,
    /// Whether a reset would use the contact now.
    usable: bool,
    /// Why a reset would not use it. `numberNotAssigned` is a remark on a number that its numbering plan does not
    /// assign; the number is used nevertheless. Security questions have `methodNotOffered`, `notForAdministrators`, or
    /// `tooFew` if a reset asks more questions than are registered.
    #[cfg_attr(feature = "describe", schemars(extend("enum" = remarks())))]
    reason: Option<&'static str>,
}

/// A list of methods by their names.
#[cfg(feature = "describe")]
fn method_names(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let names = names(SECURITY_QUESTION);
    schemars::json_schema!({"type": "array", "items": {"type": "string", "enum": names}})
}

/// The types of registered contacts, and the name of security questions among them.
#[cfg(feature = "describe")]
fn names(questions: &'static str) -> Vec<&'static str> {
    Slot::REGISTERED.map(Slot::type_name).into_iter().chain([questions]).collect()
}

/// The remarks on a contact, and `null`.
#[cfg(feature = "describe")]
fn remarks() -> Vec<Option<&'static str>> {
    let others = [Remark::AlternateMobile, Remark::NumberNotAssigned, Remark::NotForAdministrators, Remark::TooFew];
    reasons().into_iter().chain(others.map(|remark| Some(remark.as_str()))).collect()
}

impl<'a> From<&'a UserRegistration> for UserRegistrationDetails<'a> {
    fn from(user: &'a UserRegistration) -> Self {
        let account = &user.account;
        Self {
            context: None,
            id: account.id.as_str(),
            user_principal_name: account.user_name.written(),
            user_display_name: account.profile.get(&ProfileField::DisplayName).map(String::as_str),
            user_type: USER_TYPE,
            is_admin: account.is_admin,
            is_sspr_registered: user.is_registered,
            is_sspr_enabled: user.is_enabled,
            is_sspr_capable: user.is_capable,
            is_mfa_registered: false,
            is_mfa_capable: false,
            is_passwordless_capable: false,
            methods_registered: user.methods.clone(),
            is_system_preferred_authentication_method_enabled: false,
            system_preferred_authentication_methods: Vec::new(),
            user_preferred_method_for_secondary_authentication: "none",
            last_updated_date_time: user.last_updated.to_string(),
            reconfirm_by: user.reconfirm_by.map(|by| by.to_string()),
            contacts: user.contacts.iter().map(ContactDetails::from).collect(),
        }
    }
}

impl From<&ReportedContact> for ContactDetails {
    fn from(contact: &ReportedContact) -> Self {
        Self {
            r#type: contact.type_name,
            origin: contact.origin.as_str(),
            source: contact.source.as_str(),
            set_date_time: contact.set_at.to_string(),
            verified_date_time: contact.verified_at.map(|at| at.to_string()),
            usable: contact.is_usable(),
            reason: contact.remark.map(Remark::as_str),
        }
    }
}
