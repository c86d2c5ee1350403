//! The provider's page: plain HTML without a script, with the look of the pages.

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::{HeaderValue, StatusCode};
use pages::{Pages, escaped};
use shared::http::response::with_header;
use shared::http::{Response, response};

/// The path that all routes of the provider begin with.
pub(super) const PATH: &str = "/_local/issuer";

/// What the page says above the form.
#[derive(Debug, Clone, Copy)]
pub(super) enum Notice {
    /// The name or the password is wrong, or sign-in is locked.
    Refused,
    /// The password is right, and must be changed first.
    MustChange,
}

impl Notice {
    const fn html(self) -> &'static str {
        match self {
            Self::Refused => {
                "<p><strong>That did not work.</strong> Check the user name and the password. After ten wrong passwords \
                 in a row, wait a few minutes.</p>"
            }
            Self::MustChange => {
                "<p><strong>Choose a new password first.</strong> An administrator has set this one. \
                 <a href=\"/password\">Change it</a>, then sign in with the new one.</p>"
            }
        }
    }
}

/// The page on which a person signs in.
pub(super) fn sign_in(
    pages: &Pages,
    origins: &[String],
    transaction: &str,
    hint: &str,
    notice: Option<Notice>,
) -> Response {
    let notice = notice.map(|notice| format!("<div class=\"notice error\" role=\"alert\">{}</div>", notice.html()));
    let body = format!(
        "<h1>Sign in</h1>\n{}\n<form class=\"card\" method=\"post\" action=\"{PATH}/sign-in\">\n\
         <input type=\"hidden\" name=\"transaction\" value=\"{}\">\n\
         <div class=\"field\"><label for=\"user-name\">User name</label>\n\
         <input id=\"user-name\" name=\"userName\" type=\"text\" inputmode=\"email\" autocomplete=\"username\" \
         autocapitalize=\"none\" spellcheck=\"false\" required value=\"{}\"></div>\n\
         <div class=\"field\"><label for=\"password\">Password</label>\n\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required></div>\n\
         <button class=\"button primary\" type=\"submit\">Sign in</button>\n</form>\n\
         <p><a href=\"/reset\">I forgot my password</a></p>",
        notice.unwrap_or_default(),
        escaped(transaction),
        escaped(hint),
    );
    html(pages, origins, StatusCode::OK, "Sign in", &body)
}

/// The page after a form that was sent before, or too late.
pub(super) fn expired(pages: &Pages, origins: &[String]) -> Response {
    let body = "<h1>Please start again</h1>\n<p>This sign-in was used already, or is too old. Go back to the page that \
                you came from, and sign in there.</p>\n<p><a href=\"/security-info\">Security info</a></p>";
    html(pages, origins, StatusCode::BAD_REQUEST, "Please start again", body)
}

/// The page after the end of a session.
pub(super) fn signed_out(pages: &Pages, origins: &[String]) -> Response {
    html(pages, origins, StatusCode::OK, "Signed out", "<h1>You are signed out</h1>\n<p><a href=\"/\">Start</a></p>")
}

fn html(pages: &Pages, origins: &[String], status: StatusCode, title: &str, body: &str) -> Response {
    let styles: String = pages.stylesheets().iter().map(|address| stylesheet(address)).collect();
    let text = format!(
        "<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n{styles}</head>\n<body>\n\
         <header class=\"masthead\"><span class=\"organisation\">Sign-in of the local service</span></header>\n\
         <main class=\"page\">\n{body}\n</main>\n</body>\n</html>\n"
    );
    // After the form, the browser is sent to a page of this service.
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self' {}; base-uri 'none'; \
         frame-ancestors 'none'",
        origins.join(" ")
    );
    let response = response::empty(status).map(|_| text.into_bytes());
    let response = with_header(response, CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let response = pages.guarded(response);
    // A form of a page without any referrer would have the origin `null`, like one of a stranger.
    let response = with_header(response, REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    match HeaderValue::from_str(&policy) {
        Ok(policy) => with_header(response, CONTENT_SECURITY_POLICY, policy),
        Err(_) => response,
    }
}

fn stylesheet(address: &str) -> String {
    format!("<link rel=\"stylesheet\" href=\"{}\">\n", escaped(address))
}
