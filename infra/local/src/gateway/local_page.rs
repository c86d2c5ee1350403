//! The local page: the people and the messages, as plain HTML that the browser asks for again by itself.

use std::fmt::Write;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use pages::{Pages, escaped};
use shared::http::response::with_header;
use shared::http::{Response, response};

use crate::setup::sample::SamplePerson;
use crate::stand_ins::outbox::Message;

/// Seconds after which the browser asks for the page again.
const REFRESH_SECONDS: u32 = 5;

/// The page, with the newest message first.
pub(crate) fn page(pages: &Pages, people: &[SamplePerson], messages: &[Message]) -> Response {
    let styles = pages.stylesheets();
    let styles: String =
        styles.iter().map(|address| format!("<link rel=\"stylesheet\" href=\"{}\">\n", escaped(address))).collect();
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"refresh\" content=\"{REFRESH_SECONDS}\">\n<title>Local service</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n{styles}</head>\n<body>\n<main>\n<h1>Local service</h1>\n\
         <p><a href=\"/\">Reset a password</a> · <a href=\"/security-info\">Security info</a> · \
         <a href=\"/admin\">Administration</a></p>\n<h2>Messages</h2>\n"
    );
    // Writing to a String cannot fail.
    for message in messages.iter().rev() {
        let subject = message.subject.as_deref().unwrap_or(&message.channel);
        let (subject, to, text) = (escaped(subject), escaped(&message.to), escaped(&message.text));
        let _ = write!(
            html,
            "<article><h3>{subject}</h3>\n<p>{to}, {}</p>\n<pre>{text}</pre></article>\n",
            message.sent_at
        );
    }
    html += "<h2>People</h2>\n<ul>\n";
    for person in people {
        let [name, password] = [&person.user_principal_name, &person.password].map(|text| escaped(text));
        let phone = escaped(person.mobile_phone.as_deref().unwrap_or("no mobile phone"));
        let role = if person.is_admin { ", administrator" } else { "" };
        let _ = writeln!(html, "<li>{name}, password {password}, {phone}{role}</li>");
    }
    html += "</ul>\n</main>\n</body>\n</html>\n";
    let response = response::empty(StatusCode::OK).map(|_| html.into_bytes());
    let response = with_header(response, CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    pages.guarded(response)
}
