//! `GET …/users/{…}/authentication/…`: a user's registered methods, masked for whoever may not write them.

use http::{Method, StatusCode};
use shared::account::{Account, PhoneType};
use shared::credentials::token::{IssuerKeys, Permission};
use shared::http::graph::methods::{
    AuthenticationMethod, MethodPath, all, context, email, is_email, one, phone, phone_of_id,
};
use shared::http::graph::{Collection, without_options};
use shared::http::{Answer, Failure, Problem, Request};
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
) -> Result<Answer, Failure> {
    if rest == ["unblockPasswordReset"] {
        return Err(Problem::MethodNotAllowed(UNBLOCK).into());
    }
    let path = MethodPath::read(rest).ok_or(Problem::NotFound)?;
    if request.method != Method::GET {
        return Err(Problem::MethodNotAllowed(path.allowed()).into());
    }
    let actor = actor(request, &app.issuer, &app.tokens, &app.context, &app.names).await?;
    actor.demand(Permission::MethodRead)?;
    without_options(request)?;
    let account = resolve(&app.context, &app.names, key).await?.ok_or(Problem::NotFound)?;
    let whole = may_write_methods(&actor, &account);
    let (collection, shown) = read(path, &account, whole);
    let context = context(&app.public_url, &account, collection);
    Ok(match shown {
        Shown::Many(value) => Answer::json(StatusCode::OK, &Collection { context, value }),
        Shown::One(method) => Answer::json(StatusCode::OK, &method.ok_or(Problem::NotFound)?.alone(context)),
    })
}

/// What a path shows.
enum Shown {
    Many(Vec<AuthenticationMethod>),
    One(Option<AuthenticationMethod>),
}

/// What a path shows of an account, and how the context names it.
fn read(path: MethodPath<'_>, account: &Account, whole: bool) -> (&'static str, Shown) {
    match path {
        MethodPath::Methods => ("methods", Shown::Many(all(account, whole))),
        MethodPath::OneMethod(id) => ("methods/$entity", Shown::One(one(account, id, whole))),
        MethodPath::Phones => {
            let phones = PhoneType::ALL.into_iter().filter_map(|kind| phone(account, kind, whole));
            ("phoneMethods", Shown::Many(phones.collect()))
        }
        MethodPath::OnePhone(id) => {
            let resource = phone_of_id(id).and_then(|kind| phone(account, kind, whole));
            ("phoneMethods/$entity", Shown::One(resource))
        }
        MethodPath::Emails => ("emailMethods", Shown::Many(email(account, whole).into_iter().collect())),
        MethodPath::OneEmail(id) => {
            let resource = is_email(id).then(|| email(account, whole)).flatten();
            ("emailMethods/$entity", Shown::One(resource))
        }
    }
}
