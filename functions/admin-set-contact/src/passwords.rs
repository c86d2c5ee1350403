//! `…/resetPassword` and `…/revokeSignInSessions`: sets somebody's password, or makes them sign in again.

use http::StatusCode;
#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use shared::credentials::token::{IssuerKeys, Permission};
use shared::http::graph::methods::is_password;
use shared::http::graph::{self, without_options};
use shared::http::{Failure, Problem, Request, Response, response};
use shared::ports::store::Store;
use shared::use_cases::admin_set_contact::{AdminSetContact, Changes, NewPassword};

use crate::access::{caller, done, target};
use crate::member::{BODY, malformed, text, unknown};

/// The one property of a reset's body.
const NEW_PASSWORD: &str = "newPassword";

/// The response to a password that was set.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "PasswordResetResponse"))]
pub(crate) struct PasswordReset<'a> {
    #[serde(rename = "@odata.context")]
    context: String,
    /// The password that the service has drawn, shown this once; absent if the request had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schemars(with = "String"))]
    new_password: Option<&'a str>,
}

/// The response to sessions that were ended.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
pub(crate) struct SessionsRevoked {
    #[serde(rename = "@odata.context")]
    context: String,
    /// Always true.
    value: bool,
}

/// Sets a password that the user must change: the one in the body, or one that is drawn and returned.
pub(crate) async fn reset<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
    id: &str,
) -> Result<Response, Failure> {
    let actor = caller(app, request).await?;
    actor.demand(&[Permission::MethodReadWrite])?;
    without_options(request)?;
    // Graph's clients send nothing, an empty object or a null if they want a password to be drawn.
    let body = if request.body.is_empty() { Value::Null } else { graph::body(request)? };
    if let Some((name, _)) = body.as_object().into_iter().flatten().find(|(name, _)| *name != NEW_PASSWORD) {
        return Err(unknown(BODY, name).into());
    }
    let given = body.get(NEW_PASSWORD).filter(|value| !value.is_null());
    let password = match given {
        Some(value) => text(NEW_PASSWORD, value)?.to_owned().into(),
        None => NewPassword::draw(&*app.context.policy().await?, &*app.context.random),
    };
    let drawn = given.is_none().then_some(password.as_str());
    let password = NewPassword::new(&password, true).map_err(|rule| malformed(NEW_PASSWORD, rule))?;
    let account = target(app, key).await?;
    if !is_password(id) {
        return Err(Problem::NO_METHOD.into());
    }
    let changes = Changes { password: Some(password), ..Changes::default() };
    done(app.change(&actor, account, &changes).await?)?;
    let context = format!("{}/graph/v1.0/$metadata#microsoft.graph.passwordResetResponse", app.public_url);
    Ok(response::json(StatusCode::ACCEPTED, &PasswordReset { context, new_password: drawn }))
}

/// Ends all sessions of a user.
pub(crate) async fn revoke_sessions<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
) -> Result<Response, Failure> {
    let actor = caller(app, request).await?;
    actor.demand(&[Permission::UserReadWrite])?;
    without_options(request)?;
    let account = target(app, key).await?;
    let changes = Changes { revokes_sessions: true, ..Changes::default() };
    done(app.change(&actor, account, &changes).await?)?;
    let context = format!("{}/graph/v1.0/$metadata#Edm.Boolean", app.public_url);
    Ok(response::json(StatusCode::OK, &SessionsRevoked { context, value: true }))
}
