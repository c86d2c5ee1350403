//! `…/users/{…}/authentication/…`: registers, replaces and removes a user's methods.

use http::{Method, StatusCode};
use serde_json::{Map, Value};
use shared::account::{Account, Destination, Slot, read_phone};
use shared::credentials::token::{IssuerKeys, Permission};
use shared::http::graph::methods::{
    AuthenticationMethod, MethodPath, context, is_email, phone_of_id, phone_type_of, resource,
};
use shared::http::graph::without_options;
use shared::http::{ErrorFormat, Failure, MAX_BODY, Problem, Request, Response, json, response};
use shared::identifiers::email_address::EmailAddress;
use shared::ports::store::Store;
use shared::use_cases::admin_set_contact::{AdminSetContact, MethodChange, Set};
use shared::use_cases::authorize::Actor;

use crate::access::{caller, refused, target};

const TYPE: Problem = Problem::Malformed("a property has the wrong type");
const UNKNOWN: Problem = Problem::Malformed("a property is unknown or cannot be written here");
const PHONE_TYPE: Problem = Problem::Malformed("phoneType is mobile, alternateMobile or office");
const SAME_TYPE: Problem = Problem::Malformed("phoneType cannot be changed");
const NO_NUMBER: Problem = Problem::Malformed("phoneNumber is required");
const NO_ADDRESS: Problem = Problem::Malformed("emailAddress is required");
const ADDRESS: Problem = Problem::Malformed("emailAddress cannot be a mail address");

/// Answers a request to write below a user's `authentication`.
pub(crate) async fn answer<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
    rest: &[&str],
) -> Result<Response, Failure> {
    let path = MethodPath::read(rest).ok_or(Problem::NotFound)?;
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
    actor.demand(Permission::MethodReadWrite)?;
    without_options(request)?;
    Ok(actor)
}

/// A phone method's members, as they were sent.
#[derive(Default)]
struct PhoneBody<'a> {
    number: Option<&'a str>,
    slot: Option<Slot>,
}

impl<'a> PhoneBody<'a> {
    fn read(body: &'a Value) -> Result<Self, Problem> {
        let mut read = Self::default();
        for (name, value) in body.as_object().ok_or(TYPE)? {
            let text = match name.as_str() {
                "phoneNumber" | "phoneType" => value.as_str().ok_or(TYPE)?,
                _ => return Err(UNKNOWN),
            };
            match name.as_str() {
                "phoneNumber" => read.number = Some(text),
                _ => read.slot = Some(phone_type_of(text).ok_or(PHONE_TYPE)?),
            }
        }
        Ok(read)
    }
}

fn address(body: &Value) -> Result<EmailAddress, Problem> {
    let body: &Map<String, Value> = body.as_object().ok_or(TYPE)?;
    if body.keys().any(|name| name != "emailAddress") {
        return Err(UNKNOWN);
    }
    let text = body.get("emailAddress").ok_or(NO_ADDRESS)?.as_str().ok_or(TYPE)?;
    EmailAddress::parse(text).map_err(|_| ADDRESS)
}

async fn add_phone<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
) -> Result<Response, Failure> {
    let actor = writer(app, request).await?;
    let body = json(request, ErrorFormat::Graph, MAX_BODY)?;
    let body = PhoneBody::read(&body)?;
    let slot = body.slot.ok_or(PHONE_TYPE)?;
    let value = Destination::Phone(read_phone(body.number.ok_or(NO_NUMBER)?).map_err(Problem::Malformed)?);
    let account = write(app, &actor, key, MethodChange::Add(slot, value)).await?;
    Ok(registered(app, &account, "phoneMethods", slot))
}

async fn add_email<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
) -> Result<Response, Failure> {
    let actor = writer(app, request).await?;
    let address = address(&json(request, ErrorFormat::Graph, MAX_BODY)?)?;
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
    let body = json(request, ErrorFormat::Graph, MAX_BODY)?;
    let body = PhoneBody::read(&body)?;
    let phone = read_phone(body.number.ok_or(NO_NUMBER)?).map_err(Problem::Malformed)?;
    let slot = phone_of_id(id).ok_or(Problem::NotFound)?;
    if body.slot.is_some_and(|sent| sent != slot) {
        return Err(SAME_TYPE.into());
    }
    write(app, &actor, key, MethodChange::Replace(slot, Destination::Phone(phone))).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

async fn replace_email<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
    key: &str,
    id: &str,
) -> Result<Response, Failure> {
    let actor = writer(app, request).await?;
    let address = address(&json(request, ErrorFormat::Graph, MAX_BODY)?)?;
    if !is_email(id) {
        return Err(Problem::NotFound.into());
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
    let slot = slot.ok_or(Problem::NotFound)?;
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
    match app.change_method(actor, account, &change).await? {
        Set::Done(account) => Ok(*account),
        Set::Refused(refusal) => Err(refused(refusal).into()),
    }
}

/// The response that shows what was registered and where it is read.
fn registered<S, I>(app: &AdminSetContact<S, I>, account: &Account, collection: &str, slot: Slot) -> Response {
    let resource = resource(account, slot, true);
    let id = resource.as_ref().map_or("", AuthenticationMethod::id);
    let location =
        format!("{}/graph/v1.0/users/{}/authentication/{collection}/{id}", app.public_url, account.id.as_str());
    let context = context(&app.public_url, account, &format!("{collection}/$entity"));
    let body = resource.map(|resource| resource.alone(context));
    response::created(&body, &location)
}
