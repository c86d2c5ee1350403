//! The pages and their assets: a client of the API like any other, from the same origin.
//!
//! This function reads no table and no secret. Its files are part of the program, and a page differs only by language
//! and by what the deployment says of itself. No page holds anything about a person.

mod files;
mod headers;
mod languages;
mod preferences;
mod theme;

use std::sync::Arc;

use http::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE,
    HeaderName, LOCATION, VARY,
};
use http::{HeaderValue, Method, StatusCode};
use shared::http::response::with_header;
use shared::http::{ErrorFormat, Failure, Problem, Request, Response, finish, response};
use shared::message::Organisation;
use shared::random::Randomness;
use shared::time::Clock;

use files::File;
use languages::Languages;
use theme::Stylesheet;

pub use theme::{Colour, Logo, ThemeError};

/// The methods of every route.
const METHODS: [Method; 2] = [Method::GET, Method::HEAD];
/// A page is asked for anew each time: it names the assets of the version that is deployed.
const REVALIDATED: HeaderValue = HeaderValue::from_static("no-cache");
/// An asset never changes: its name holds its digest.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Where password managers look for the page on which a password is changed.
/// Source: W3C, A Well-Known URL for Changing Passwords.
const CHANGE_PASSWORD: &str = "/password";
/// The content coding of the files that were compressed beforehand.
const BROTLI: &str = "br";

/// What a deployment says of itself.
pub struct Deployment {
    /// The organisation, as pages and messages name it.
    pub organisation: Organisation,
    /// The origins where people sign in; none if the pages cannot sign anybody in.
    pub sign_in_origins: Vec<String>,
    /// The colour of the pages.
    pub colour: Colour,
    /// The organisation's logo, if it has one.
    pub logo: Option<Logo>,
}

/// The pages of one deployment.
pub struct Pages {
    organisation: Organisation,
    languages: Languages,
    stylesheet: Stylesheet,
    policy: HeaderValue,
    random: Arc<dyn Randomness>,
    clock: Arc<dyn Clock>,
}

impl Pages {
    /// The pages of a deployment.
    #[must_use]
    pub fn new(deployment: Deployment, random: Arc<dyn Randomness>, clock: Arc<dyn Clock>) -> Self {
        let Deployment { organisation, sign_in_origins, colour, logo } = deployment;
        Self {
            organisation,
            languages: Languages::built(),
            stylesheet: Stylesheet::new(&colour, logo.as_ref()),
            policy: headers::content_security_policy(&sign_in_origins),
            random,
            clock,
        }
    }

    /// The page that a file holds, in the language that the request prefers; a 404 if the file was not built.
    ///
    /// # Errors
    /// [`Problem`] for a method that only other routes take, and for a file that there is not.
    pub fn page(&self, request: &Request, file: &str) -> Result<Response, Problem> {
        request.allow(&METHODS)?;
        let html = files::page(file).ok_or(Problem::NO_ROUTE)?;
        let language = self.languages.choose(request.header(ACCEPT_LANGUAGE.as_str()));
        let html = html
            .replace("{{language}}", &escaped(language.tag))
            .replace("{{direction}}", language.direction())
            .replace("{{messages}}", &escaped(&files::address(language.messages)))
            .replace("{{theme}}", self.stylesheet.address())
            .replace("{{organisation}}", &escaped(self.organisation.as_str()));
        let response = content(request, html.into_bytes(), files::HTML);
        let response = self.guarded(response);
        let response = with_header(response, CACHE_CONTROL, REVALIDATED);
        let response = with_header(response, VARY, ACCEPT_LANGUAGE.into());
        Ok(match HeaderValue::from_str(language.tag) {
            Ok(tag) => with_header(response, CONTENT_LANGUAGE, tag),
            Err(_) => response,
        })
    }

    /// The addresses of the stylesheets that all pages share, for a page that is made elsewhere.
    #[must_use]
    pub fn stylesheets(&self) -> Vec<String> {
        let shared = files::shared_stylesheet().map(files::address);
        shared.into_iter().chain([self.stylesheet.address().to_owned()]).collect()
    }

    /// A response with the headers that say what a page may do.
    #[must_use]
    pub fn guarded(&self, response: Response) -> Response {
        headers::guarded(response, &self.policy)
    }

    fn asset(&self, request: &Request, name: &str) -> Result<Response, Problem> {
        request.allow(&METHODS)?;
        if self.stylesheet.is_named(name) {
            let response = content(request, self.stylesheet.text().as_bytes().to_vec(), files::CSS);
            return Ok(kept(response));
        }
        let File { media_type, plain, compressed } = files::asset(name).ok_or(Problem::NO_ROUTE)?;
        let accepted = request.header(ACCEPT_ENCODING.as_str()).unwrap_or_default();
        let response = match compressed.filter(|_| preferences::accepts(accepted, BROTLI)) {
            Some(compressed) => {
                let response = content(request, compressed.to_vec(), media_type);
                with_header(response, CONTENT_ENCODING, HeaderValue::from_static(BROTLI))
            }
            None => content(request, plain.to_vec(), media_type),
        };
        Ok(with_header(kept(response), VARY, ACCEPT_ENCODING.into()))
    }

    fn change_password(&self, request: &Request) -> Result<Response, Problem> {
        request.allow(&METHODS)?;
        let response = self.guarded(response::empty(StatusCode::FOUND));
        Ok(with_header(response, LOCATION, HeaderValue::from_static(CHANGE_PASSWORD)))
    }

    fn route(&self, request: &Request) -> Result<Response, Problem> {
        match request.segments()[..] {
            [""] | ["reset"] => self.page(request, "reset.html"),
            ["password"] => self.page(request, "password.html"),
            ["security-info"] => self.page(request, "security-info.html"),
            ["admin"] => self.page(request, "admin.html"),
            ["assets", name] => self.asset(request, name),
            [".well-known", "change-password"] => self.change_password(request),
            _ => Err(Problem::NO_ROUTE),
        }
    }
}

/// Handles a request for a page or an asset.
#[must_use]
pub fn handle(app: &Pages, request: &Request) -> Response {
    let result = app.route(request).map_err(Failure::from);
    finish(ErrorFormat::Rekey, request, result, &*app.random, app.clock.now())
}

/// The response with a body, which a HEAD request gets only the length of.
fn content(request: &Request, body: Vec<u8>, media_type: &'static str) -> Response {
    let length = HeaderValue::from(body.len());
    let is_head = request.method == Method::HEAD;
    let body = if is_head { Vec::new() } else { body };
    let response = response::empty(StatusCode::OK).map(|_| body);
    let response = with_header(response, CONTENT_TYPE, HeaderValue::from_static(media_type));
    if is_head { with_header(response, CONTENT_LENGTH, length) } else { response }
}

fn kept(response: Response) -> Response {
    let own = (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    with_header(with_header(response, CACHE_CONTROL, KEPT), own.0, own.1)
}

/// The text as HTML has it in an element or in an attribute's quotes.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
