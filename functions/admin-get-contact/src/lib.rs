//! `GET /graph/v1.0/…`: reads users, their contacts and methods, reports, the audit and the policy in Microsoft Graph's
//! shapes; `GET /openapi.json`: describes every route.

mod audit;
#[cfg(feature = "describe")]
pub mod describe;
mod methods;
mod openapi;
mod query;
mod reports;

use http::{Method, StatusCode};
use serde::Serialize;
use shared::credentials::token::{IssuerKeys, Permission};
use shared::http::graph::{user, without_options};
use shared::http::{Answer, Failure, Problem, Request, Surface, finish};
use shared::ports::store::Store;
use shared::use_cases::admin_get_contact::{AdminGetContact, resolve};
use shared::use_cases::authorize::actor;

use crate::query::{ListQuery, Options, select};

/// The methods that the users' paths know; those that write are another function's.
const USERS: &[Method] = &[Method::GET, Method::POST];
const USER: &[Method] = &[Method::GET, Method::PATCH, Method::DELETE];
const POLICY: &[Method] = &[Method::GET, Method::PATCH];
/// Where the list of users is.
const PATH: &str = "users";

/// Answers an administrator's request to read, and anybody's for the description.
pub async fn handle<S: Store, I: IssuerKeys>(app: &AdminGetContact<S, I>, request: Request) -> Answer {
    // The gateway hands every path that nobody knows to this function, too.
    let surface = Surface::of_path(&request.path);
    let result = match request.segments().as_slice() {
        ["openapi.json"] => openapi::answer(&request),
        _ => route(app, &request).await,
    };
    finish(surface, result, &app.context)
}

async fn route<S: Store, I: IssuerKeys>(app: &AdminGetContact<S, I>, request: &Request) -> Result<Answer, Failure> {
    match request.segments().as_slice() {
        ["graph", "v1.0", "users"] => {
            request.allow(USERS)?;
            reader(app, request).await?;
            users(app, request).await
        }
        ["graph", "v1.0", "users", key] => {
            request.allow(USER)?;
            reader(app, request).await?;
            one(app, request, key).await
        }
        ["graph", "v1.0", "policies", "passwordReset"] => {
            request.allow(POLICY)?;
            policy(app, request).await
        }
        ["graph", "v1.0", "users", key, "authentication", rest @ ..] => methods::answer(app, request, key, rest).await,
        ["graph", "v1.0", "reports", rest @ ..] => reports::answer(app, request, rest).await,
        ["graph", "v1.0", "auditLogs", "directoryAudits"] => audit::answer(app, request).await,
        _ => Err(Problem::NotFound.into()),
    }
}

async fn reader<S: Store, I: IssuerKeys>(app: &AdminGetContact<S, I>, request: &Request) -> Result<(), Failure> {
    let actor = actor(request, &app.issuer, &app.tokens, &app.context, &app.names).await?;
    Ok(actor.demand(Permission::UserRead)?)
}

async fn one<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
    key: &str,
) -> Result<Answer, Failure> {
    let properties = select(Options::read(&request.query, &["$select"])?)?;
    let account = resolve(&app.context, &app.names, key).await?.ok_or(Problem::NotFound)?;
    let context = context(app, "users/$entity");
    Ok(Answer::json(StatusCode::OK, &user(&account, properties.iter().map(String::as_str), Some(context))))
}

async fn users<S: Store, I: IssuerKeys>(app: &AdminGetContact<S, I>, request: &Request) -> Result<Answer, Failure> {
    let query = ListQuery::read(&request.query)?;
    let after = query.options.skip_token(|token| app.open(query.options.listed(PATH), token))?;
    let page = app.list(&query.filter, after.as_deref(), query.top).await?;
    let properties: Vec<&str> = query.properties.iter().map(String::as_str).collect();
    let users: Vec<_> = page.accounts.iter().map(|account| user(account, properties.iter().copied(), None)).collect();
    list(app, PATH, query.options, users, page.next.as_deref())
}

/// A page of a list.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(rename = "{T}Page"))]
struct Page<T> {
    #[serde(rename = "@odata.context")]
    context: String,
    value: Vec<T>,
    /// The next page; absent on the last one. Absolute, from the deployment's public address, and to be followed as it
    /// is: its `$skiptoken` holds nothing to read, is of this list and this `$filter` only, and cannot be made up.
    #[serde(rename = "@odata.nextLink", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schemars(with = "String", extend("format" = "uri")))]
    next_link: Option<String>,
}

/// A page, with the link to the next one where there is one: its place goes along sealed.
fn list<T: Serialize, S: Store, I>(
    app: &AdminGetContact<S, I>,
    path: &'static str,
    options: Options<'_>,
    value: Vec<T>,
    next: Option<&str>,
) -> Result<Answer, Failure> {
    let sealed = next.map(|place| app.seal(options.listed(path), place)).transpose()?;
    let next_link = sealed.map(|sealed| format!("{}/graph/v1.0/{path}?{}", app.public_url, options.next(&sealed)));
    Ok(Answer::json(StatusCode::OK, &Page { context: context(app, path), value, next_link }))
}

/// The policy as it is kept now, not as this instance last read it.
async fn policy<S: Store, I: IssuerKeys>(app: &AdminGetContact<S, I>, request: &Request) -> Result<Answer, Failure> {
    let actor = actor(request, &app.issuer, &app.tokens, &app.context, &app.names).await?;
    actor.demand(Permission::PolicyReadWrite)?;
    without_options(request)?;
    let policy = app.context.store.policy().await?.map(|kept| kept.policy).unwrap_or_default();
    Ok(Answer::json(StatusCode::OK, &policy))
}

fn context<S, I>(app: &AdminGetContact<S, I>, fragment: &str) -> String {
    format!("{}/graph/v1.0/$metadata#{fragment}", app.public_url)
}
