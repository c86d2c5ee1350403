//! Pages of lists, and where their shapes are described.

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
    /// The next page; absent on the last one. Absolute, from the deployment's public address, and to be followed as it
    /// is: its `$skiptoken` holds nothing to read, is of this list and this `$filter` only, and cannot be made up.
    #[serde(rename = "@odata.nextLink", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schemars(with = "String", extend("format" = "uri")))]
    next_link: Option<String>,
}

/// A page, with the link to the next one where there is one: its place goes along sealed.
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
