//! `GET /graph/v1.0/…`: reads users, their contacts and methods, reports, the audit and the policy in Microsoft Graph's
//! shapes; `GET /openapi.json`: describes every route.

mod audit;
#[cfg(feature = "describe")]
pub mod describe;
mod methods;
mod openapi;
mod page;
mod policy;
mod query;
mod reports;

use http::{Method, StatusCode};
use shared::credentials::token::{IssuerKeys, Permission};
use shared::http::graph::{spelled, user};
use shared::http::{ErrorFormat, Failure, Problem, Request, Response, finish, response};
use shared::ports::store::Store;
use shared::use_cases::admin_get_contact::{AdminGetContact, resolve};
use shared::use_cases::authorize::actor;

use crate::page::{context, list};
use crate::query::{Options, UsersQuery, select};

/// The HTTP methods of each path. Another function handles the ones that write.
const USERS: &[Method] = &[Method::GET, Method::POST];
const USER: &[Method] = &[Method::GET, Method::PATCH, Method::DELETE];
const POLICY: &[Method] = &[Method::GET, Method::PATCH];
/// The path of the list of users.
const PATH: &str = "users";

/// Handles an administrator's request to read, and anybody's request for the description.
pub async fn handle<S: Store, I: IssuerKeys>(app: &AdminGetContact<S, I>, request: Request) -> Response {
    // The gateway also passes every unknown path to this function.
    let request = spelled(request);
    let error_format = ErrorFormat::of_path(&request.path);
    let result = match request.segments().as_slice() {
        ["openapi.json"] => openapi::respond(&request),
        _ => route(app, &request).await,
    };
    finish(error_format, &request, result, &*app.context.random, app.context.now())
}

async fn route<S: Store, I: IssuerKeys>(app: &AdminGetContact<S, I>, request: &Request) -> Result<Response, Failure> {
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
            policy::respond(app, request).await
        }
        ["graph", "v1.0", "users", _, "revokeSignInSessions"] => Err(Problem::MethodNotAllowed(methods::ACTION).into()),
        ["graph", "v1.0", "users", key, "authentication", rest @ ..] => methods::respond(app, request, key, rest).await,
        ["graph", "v1.0", "reports", rest @ ..] => reports::respond(app, request, rest).await,
        ["graph", "v1.0", "auditLogs", "directoryAudits"] => audit::respond(app, request).await,
        ["graph", "v1.0", "auditLogs", "directoryAudits", id] => audit::one(app, request, id).await,
        _ => Err(Problem::NO_ROUTE.into()),
    }
}

async fn reader<S: Store, I: IssuerKeys>(app: &AdminGetContact<S, I>, request: &Request) -> Result<(), Failure> {
    let actor = actor(request.authorization(), &app.issuer, &app.tokens, &app.context, &app.names).await??;
    Ok(actor.demand(&[Permission::UserRead])?)
}

async fn one<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
    key: &str,
) -> Result<Response, Failure> {
    let properties = select(Options::read(&request.query, &["$select"])?)?;
    let account = resolve(&app.context, &app.names, key).await?.ok_or(Problem::NO_USER)?;
    let context = context(app, "users/$entity");
    Ok(response::json(StatusCode::OK, &user(&account, properties.iter().map(String::as_str), Some(context))))
}

async fn users<S: Store, I: IssuerKeys>(app: &AdminGetContact<S, I>, request: &Request) -> Result<Response, Failure> {
    let query = UsersQuery::read(&request.query)?;
    let after = query.options.skip_token(|token| app.open(query.options.listed(PATH), token))?;
    let page = app.users(&query.conditions, after.as_deref(), query.top).await?;
    let properties: Vec<&str> = query.properties.iter().map(String::as_str).collect();
    let users: Vec<_> = page.users.iter().map(|account| user(account, properties.iter().copied(), None)).collect();
    list(app, PATH, query.options, users, page.next.as_deref())
}
