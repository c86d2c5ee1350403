//! `GET …/users/{…}/authentication/…`: a user's registered methods, masked for a caller who may not write them.

use http::{Method, StatusCode};
use shared::account::{Account, Slot};
use shared::credentials::token::{IssuerKeys, Permission};
use shared::http::graph::methods::{
    AuthenticationMethod, MethodPath, PHONES, all, context, is_email, one, phone_of_id, resource,
};
use shared::http::graph::{Collection, without_options};
use shared::http::{Failure, Problem, Request, Response, response};
use shared::ports::store::Store;
use shared::use_cases::admin_get_contact::{AdminGetContact, resolve};
use shared::use_cases::admin_set_contact::may_write_methods;
use shared::use_cases::authorize::actor;

/// The methods of the paths of actions. They write, so another function handles them.
pub(crate) const ACTION: &[Method] = &[Method::POST];

/// Handles a request to read below a user's `authentication`.
pub(crate) async fn respond<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
    key: &str,
    rest: &[&str],
) -> Result<Response, Failure> {
    if let ["unblockPasswordReset"] | ["methods", _, "resetPassword"] = rest {
        return Err(Problem::MethodNotAllowed(ACTION).into());
    }
    let path = MethodPath::read(rest).ok_or(Problem::NO_ROUTE)?;
    if request.method != Method::GET {
        return Err(Problem::MethodNotAllowed(path.allowed()).into());
    }
    let actor = actor(request.authorization(), &app.issuer, &app.tokens, &app.context, &app.names).await??;
    actor.demand(&[Permission::MethodRead])?;
    without_options(request)?;
    let account = resolve(&app.context, &app.names, key).await?.ok_or(Problem::NO_USER)?;
    let whole = may_write_methods(&actor, &account);
    let (collection, shown) = read(path, &account, whole);
    let context = context(&app.public_url, &account, collection);
    Ok(match shown {
        Resources::Many(value) => response::json(StatusCode::OK, &Collection { context, value }),
        Resources::One(method) => response::json(StatusCode::OK, &method.ok_or(Problem::NO_METHOD)?.alone(context)),
    })
}

/// The response to a path.
enum Resources {
    Many(Vec<AuthenticationMethod>),
    One(Option<AuthenticationMethod>),
}

/// The response to a path for an account, and the name of the path in the context.
fn read(path: MethodPath<'_>, account: &Account, whole: bool) -> (&'static str, Resources) {
    let email = resource(account, Slot::AuthenticationEmail, whole);
    match path {
        MethodPath::Methods => ("methods", Resources::Many(all(account, whole))),
        MethodPath::OneMethod(id) => ("methods/$entity", Resources::One(one(account, id, whole))),
        MethodPath::Phones => {
            let phones = PHONES.into_iter().filter_map(|slot| resource(account, slot, whole));
            ("phoneMethods", Resources::Many(phones.collect()))
        }
        MethodPath::OnePhone(id) => {
            let phone = phone_of_id(id).and_then(|slot| resource(account, slot, whole));
            ("phoneMethods/$entity", Resources::One(phone))
        }
        MethodPath::Emails => ("emailMethods", Resources::Many(email.into_iter().collect())),
        MethodPath::OneEmail(id) => ("emailMethods/$entity", Resources::One(email.filter(|_| is_email(id)))),
    }
}
