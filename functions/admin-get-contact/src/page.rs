//! Pages of lists, and the URLs that say what they contain.

use http::StatusCode;
use serde::Serialize;
use shared::http::{Failure, Response, response};
use shared::ports::store::Store;
use shared::use_cases::admin_get_contact::AdminGetContact;

use crate::query::Options;

/// A page of a list.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(rename = "{T}Page"))]
pub(crate) struct Page<T> {
    #[serde(rename = "@odata.context")]
    context: String,
    value: Vec<T>,
    /// The absolute URL of the next page; absent on the last page. Follow it unchanged: its `$skiptoken` is opaque and
    /// valid only for this list and this `$filter`.
    #[serde(rename = "@odata.nextLink", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schemars(with = "String", extend("format" = "uri")))]
    next_link: Option<String>,
}

/// A page, with the link to the next page if there is one. The place at which that page begins is sealed in the link.
pub(crate) fn list<T: Serialize, S: Store, I>(
    app: &AdminGetContact<S, I>,
    path: &'static str,
    options: Options<'_>,
    value: Vec<T>,
    next: Option<&str>,
) -> Result<Response, Failure> {
    let sealed = next.map(|place| app.seal(options.listed(path), place)).transpose()?;
    let next_link = sealed.map(|sealed| format!("{}/graph/v1.0/{path}?{}", app.public_url, options.next(&sealed)));
    Ok(response::json(StatusCode::OK, &Page { context: context(app, path), value, next_link }))
}

/// The `@odata.context` of a resource.
pub(crate) fn context<S, I>(app: &AdminGetContact<S, I>, fragment: &str) -> String {
    format!("{}/graph/v1.0/$metadata#{fragment}", app.public_url)
}
