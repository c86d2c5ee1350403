//! `GET …/users/{…}/authentication/…`: a user's registered methods, masked for whoever may not write them.

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

/// What the path that unblocks a user takes; it writes, and so is another function's.
const UNBLOCK: &[Method] = &[Method::POST];

/// Answers a request to read below a user's `authentication`.
pub(crate) async fn answer<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
    key: &str,
    rest: &[&str],
) -> Result<Response, Failure> {
    if rest == ["unblockPasswordReset"] {
        return Err(Problem::MethodNotAllowed(UNBLOCK).into());
    }
    let path = MethodPath::read(rest).ok_or(Problem::NotFound)?;
    if request.method != Method::GET {
        return Err(Problem::MethodNotAllowed(path.allowed()).into());
    }
    let actor = actor(request.authorization(), &app.issuer, &app.tokens, &app.context, &app.names).await??;
    actor.demand(Permission::MethodRead)?;
    without_options(request)?;
    let account = resolve(&app.context, &app.names, key).await?.ok_or(Problem::NotFound)?;
    let whole = may_write_methods(&actor, &account);
    let (collection, shown) = read(path, &account, whole);
    let context = context(&app.public_url, &account, collection);
    Ok(match shown {
        Resources::Many(value) => response::json(StatusCode::OK, &Collection { context, value }),
        Resources::One(method) => response::json(StatusCode::OK, &method.ok_or(Problem::NotFound)?.alone(context)),
    })
}

/// What a path shows.
enum Resources {
    Many(Vec<AuthenticationMethod>),
    One(Option<AuthenticationMethod>),
}

/// What a path shows of an account, and how the context names it.
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
