//! `…/users/{…}/authentication/…`: registers, replaces and removes a user's methods.

use http::{Method, StatusCode};
use serde_json::Value;
use shared::account::{Account, Destination, Slot};
use shared::credentials::token::{IssuerKeys, Permission};
use shared::http::graph::methods::{
    AuthenticationMethod, MethodPath, context, is_email, phone_of_id, phone_type_of, resource,
};
use shared::http::graph::{self, without_options};
use shared::http::{Failure, Problem, Request, Response, response};
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;
use shared::ports::store::Store;
use shared::use_cases::admin_set_contact::{AdminSetContact, MethodChange};
use shared::use_cases::authorize::Actor;

use crate::access::{caller, done, target};
use crate::member::{BODY, email_address, malformed, phone, text, unknown};

/// Handles a request to write below a user's `authentication`.
pub(crate) async fn respond<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
    rest: &[&str],
) -> Result<Response, Failure> {
    let path = MethodPath::read(rest).ok_or(Problem::NO_ROUTE)?;
    match (path, &request.method) {
        (MethodPath::Phones, &Method::POST) => add_phone(app, request, key).await,
        (MethodPath::Emails, &Method::POST) => add_email(app, request, key).await,
        (MethodPath::OnePhone(id), &Method::PATCH) => replace_phone(app, request, key, id).await,
        (MethodPath::OneEmail(id), &Method::PATCH) => replace_email(app, request, key, id).await,
        (MethodPath::OnePhone(id), &Method::DELETE) => remove(app, request, key, phone_of_id(id)).await,
        (MethodPath::OneEmail(id), &Method::DELETE) => {
            remove(app, request, key, is_email(id).then_some(Slot::AuthenticationEmail)).await
        }
        (path, _) => Err(Problem::MethodNotAllowed(path.allowed()).into()),
    }
}

async fn writer<S: Store, I: IssuerKeys>(app: &AdminSetContact<S, I>, request: &Request) -> Result<Actor, Failure> {
    let actor = caller(app, request).await?;
    actor.demand(&[Permission::MethodReadWrite])?;
    without_options(request)?;
    Ok(actor)
}

/// A phone method as the body writes it.
struct PhoneBody {
    number: Phone,
    slot: Option<Slot>,
}

impl PhoneBody {
    fn read(body: &Value) -> Result<Self, Problem> {
        only(body, &["phoneNumber", "phoneType", "id"])?;
        let number = phone("phoneNumber", required(body, "phoneNumber")?)?;
        let slot = body.get("phoneType").map(|value| {
            let slot = phone_type_of(text("phoneType", value)?);
            slot.ok_or_else(|| malformed("phoneType", "must be mobile, alternateMobile or office"))
        });
        Ok(Self { number, slot: slot.transpose()? })
    }
}

fn address(body: &Value) -> Result<EmailAddress, Problem> {
    only(body, &["emailAddress", "id"])?;
    email_address("emailAddress", required(body, "emailAddress")?)
}

fn required<'a>(body: &'a Value, name: &str) -> Result<&'a Value, Problem> {
    body.get(name).ok_or_else(|| malformed(name, "is missing"))
}

/// Refuses an `id` that is not the path's: clients send back what they have read.
fn is_own(body: &Value, id: Option<&str>) -> Result<(), Problem> {
    let Some(sent) = body.get("id") else { return Ok(()) };
    let sent = text("id", sent)?;
    match id {
        Some(id) if sent.eq_ignore_ascii_case(id) => Ok(()),
        Some(_) => Err(malformed("id", "is not the one in the path")),
        None => Err(malformed("id", "cannot be set by this request")),
    }
}

/// Refuses every other property than these.
fn only(body: &Value, names: &[&str]) -> Result<(), Problem> {
    let other = body.as_object().into_iter().flatten().find(|(name, _)| !names.contains(&name.as_str()));
    other.map_or(Ok(()), |(name, _)| Err(unknown(BODY, name)))
}

async fn add_phone<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
) -> Result<Response, Failure> {
    let actor = writer(app, request).await?;
    let body = graph::body(request)?;
    is_own(&body, None)?;
    let body = PhoneBody::read(&body)?;
    let slot = body.slot.ok_or_else(|| malformed("phoneType", "is missing"))?;
    let account = write(app, &actor, key, MethodChange::Add(slot, Destination::Phone(body.number))).await?;
    Ok(registered(app, &account, "phoneMethods", slot))
}

async fn add_email<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
) -> Result<Response, Failure> {
    let actor = writer(app, request).await?;
    let body = graph::body(request)?;
    is_own(&body, None)?;
    let address = address(&body)?;
    let slot = Slot::AuthenticationEmail;
    let account = write(app, &actor, key, MethodChange::Add(slot, Destination::Email(address))).await?;
    Ok(registered(app, &account, "emailMethods", slot))
}

async fn replace_phone<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
    id: &str,
) -> Result<Response, Failure> {
    let actor = writer(app, request).await?;
    let body = graph::body(request)?;
    is_own(&body, Some(id))?;
    let body = PhoneBody::read(&body)?;
    let slot = phone_of_id(id).ok_or(Problem::NO_METHOD)?;
    if body.slot.is_some_and(|sent| sent != slot) {
        return Err(malformed("phoneType", "cannot be changed").into());
    }
    write(app, &actor, key, MethodChange::Replace(slot, Destination::Phone(body.number))).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

async fn replace_email<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
    id: &str,
) -> Result<Response, Failure> {
    let actor = writer(app, request).await?;
    let body = graph::body(request)?;
    is_own(&body, Some(id))?;
    let address = address(&body)?;
    if !is_email(id) {
        return Err(Problem::NO_METHOD.into());
    }
    write(app, &actor, key, MethodChange::Replace(Slot::AuthenticationEmail, Destination::Email(address))).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

async fn remove<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
    slot: Option<Slot>,
) -> Result<Response, Failure> {
    let actor = writer(app, request).await?;
    let slot = slot.ok_or(Problem::NO_METHOD)?;
    write(app, &actor, key, MethodChange::Remove(slot)).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

async fn write<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    key: &str,
    change: MethodChange,
) -> Result<Account, Failure> {
    let account = target(app, key).await?;
    Ok(done(app.change_method(actor, account, &change).await?)?)
}

/// The response with the registered method and its URL.
fn registered<S, I>(app: &AdminSetContact<S, I>, account: &Account, collection: &str, slot: Slot) -> Response {
    let resource = resource(account, slot, true);
    let id = resource.as_ref().map_or("", AuthenticationMethod::id);
    let location =
        format!("{}/graph/v1.0/users/{}/authentication/{collection}/{id}", app.public_url, account.id.as_str());
    let context = context(&app.public_url, account, &format!("{collection}/$entity"));
    let body = resource.map(|resource| resource.alone(context));
    response::created(&body, &location)
}
