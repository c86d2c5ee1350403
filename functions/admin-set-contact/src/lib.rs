//! Writes to `/graph/v1.0/users…`: creates, changes and deletes users, their contacts and their methods.

mod access;
#[cfg(feature = "describe")]
pub mod describe;
mod member;
mod methods;
mod passwords;
mod properties;

use http::{Method, StatusCode};
use serde_json::Value;
use shared::credentials::token::{IssuerKeys, Permission};
use shared::http::graph::{self, default_properties, spelled, spelling, user, without_options};
use shared::http::{
    ErrorFormat, Failure, MAX_POLICY_BODY, Problem, Request, Response, finish, json as read_json, response,
};
use shared::policy::Policy;
use shared::ports::store::Store;
use shared::use_cases::admin_set_contact::AdminSetContact;

use crate::access::{caller, done, target};
use crate::properties::{WrittenUser, read};

const USERS: &[Method] = &[Method::GET, Method::POST];
const USER: &[Method] = &[Method::GET, Method::PATCH, Method::DELETE];
const READ: &[Method] = &[Method::GET];
const ACTION: &[Method] = &[Method::POST];
const POLICY: &[Method] = &[Method::GET, Method::PATCH];

/// Handles an administrator's request to write.
pub async fn handle<S: Store, I: IssuerKeys>(app: &AdminSetContact<S, I>, request: Request) -> Response {
    let request = spelled(request);
    let result = route(app, &request).await.map_err(Failure::or_conflict);
    finish(ErrorFormat::Graph, &request, result, &*app.context.random, app.context.now())
}

async fn route<S: Store, I: IssuerKeys>(app: &AdminSetContact<S, I>, request: &Request) -> Result<Response, Failure> {
    match (request.segments().as_slice(), &request.method) {
        (["graph", "v1.0", "users"], &Method::POST) => create(app, request).await,
        (["graph", "v1.0", "users"], _) => Err(Problem::MethodNotAllowed(USERS).into()),
        (["graph", "v1.0", "users", key], &Method::PATCH) => change(app, request, key).await,
        (["graph", "v1.0", "users", key], &Method::DELETE) => delete(app, request, key).await,
        (["graph", "v1.0", "users", _], _) => Err(Problem::MethodNotAllowed(USER).into()),
        (["graph", "v1.0", "users", key, "authentication", "unblockPasswordReset"], &Method::POST) => {
            unblock(app, request, key).await
        }
        (["graph", "v1.0", "users", _, "authentication", "unblockPasswordReset"], _) => {
            Err(Problem::MethodNotAllowed(ACTION).into())
        }
        (["graph", "v1.0", "users", key, "revokeSignInSessions"], &Method::POST) => {
            passwords::revoke_sessions(app, request, key).await
        }
        (["graph", "v1.0", "users", _, "revokeSignInSessions"], _) => Err(Problem::MethodNotAllowed(ACTION).into()),
        (["graph", "v1.0", "users", key, "authentication", "methods", id, "resetPassword"], &Method::POST) => {
            passwords::reset(app, request, key, id).await
        }
        (["graph", "v1.0", "users", _, "authentication", "methods", _, "resetPassword"], _) => {
            Err(Problem::MethodNotAllowed(ACTION).into())
        }
        (["graph", "v1.0", "users", key, "authentication", rest @ ..], _) => {
            methods::respond(app, request, key, rest).await
        }
        (["graph", "v1.0", "policies", "passwordReset"], &Method::PATCH) => change_policy(app, request).await,
        (["graph", "v1.0", "policies", "passwordReset"], _) => Err(Problem::MethodNotAllowed(POLICY).into()),
        (["graph", "v1.0", "reports", "authenticationMethods", "userRegistrationDetails"], _)
        | (["graph", "v1.0", "reports", "authenticationMethods", "userRegistrationDetails", _], _)
        | (["graph", "v1.0", "auditLogs", "directoryAudits"], _)
        | (["graph", "v1.0", "auditLogs", "directoryAudits", _], _) => Err(Problem::MethodNotAllowed(READ).into()),
        _ => Err(Problem::NO_ROUTE.into()),
    }
}

async fn create<S: Store, I: IssuerKeys>(app: &AdminSetContact<S, I>, request: &Request) -> Result<Response, Failure> {
    let actor = caller(app, request).await?;
    actor.demand(&[Permission::UserReadWrite])?;
    without_options(request)?;
    let mut changes = read(&graph::body(request)?, WrittenUser::New)?;
    changes.permitted(&actor)?;
    let name = changes.user_name.take().ok_or(Problem::malformed("userPrincipalName is missing"))?;
    let account = done(app.create(&actor, name, &changes).await?)?;
    let properties = default_properties().into_iter().chain(["otherMails"]);
    let context = format!("{}/graph/v1.0/$metadata#users/$entity", app.public_url);
    let body = user(&account, properties, Some(context));
    let location = format!("{}/graph/v1.0/users/{}", app.public_url, account.id.as_str());
    Ok(response::created(&body, &location))
}

async fn change<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
) -> Result<Response, Failure> {
    let actor = caller(app, request).await?;
    actor.demand(&[Permission::UserReadWrite, Permission::DirectorySynchronization])?;
    without_options(request)?;
    let changes = read(&graph::body(request)?, WrittenUser::Existing)?;
    changes.permitted(&actor)?;
    let account = target(app, key).await?;
    done(app.change(&actor, account, &changes).await?)?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

async fn delete<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
) -> Result<Response, Failure> {
    let actor = caller(app, request).await?;
    actor.demand(&[Permission::UserReadWrite])?;
    without_options(request)?;
    let account = target(app, key).await?;
    app.delete(&actor, account).await??;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

async fn unblock<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
) -> Result<Response, Failure> {
    let actor = caller(app, request).await?;
    actor.demand(&[Permission::MethodReadWrite, Permission::UserReadWrite])?;
    without_options(request)?;
    let account = target(app, key).await?;
    app.unblock(&actor, &account).await??;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

async fn change_policy<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
) -> Result<Response, Failure> {
    let actor = caller(app, request).await?;
    actor.demand(&[Permission::PolicyReadWrite])?;
    without_options(request)?;
    let patch = respelled(read_json(request, ErrorFormat::Graph, MAX_POLICY_BODY)?)?;
    if let Some(name) = patch.as_object().and_then(Policy::unknown_member) {
        return Err(member::unknown(member::BODY, name).into());
    }
    app.change_policy(&actor, &patch).await?.map_err(|error| Problem::malformed(error.to_string()))?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// A patch with the names of the policy's members in their own spelling. Below them, `prices` has names that are none.
fn respelled(patch: Value) -> Result<Value, Problem> {
    let Value::Object(members) = patch else { return Ok(patch) };
    let members = members.into_iter().map(|(name, value)| (Policy::member(&name).to_owned(), value));
    let members = spelling::once(members).map_err(|name| Problem::malformed(format!("{name} occurs twice")))?;
    Ok(Value::Object(members))
}
