//! What a page may do, as its headers say to the browser.

use http::{HeaderName, HeaderValue};
use shared::http::Response;
use shared::http::response::with_header;

/// Everything that a browser can ask a person for or hand out, but for the code of a text message. Only names that
/// browsers know: they complain of others.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), \
    fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), magnetometer=(), microphone=(), midi=(), \
    otp-credentials=(self), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), \
    serial=(), usb=(), xr-spatial-tracking=()";

/// The same on every page.
const FIXED: [(HeaderName, HeaderValue); 5] = [
    // A path holds no secret, but the next site need not learn that somebody was here.
    (HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-embedder-policy"), HeaderValue::from_static("require-corp")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS)),
];

/// The Content-Security-Policy of the pages: everything comes from their own origin, no script makes markup from text,
/// and only the origins where people sign in are asked for anything besides.
///
/// Source: W3C, Content Security Policy Level 3; Trusted Types.
pub(crate) fn content_security_policy(sign_in_origins: &[String]) -> HeaderValue {
    const ALONE: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    let own: String = sign_in_origins.iter().fold("'self'".to_owned(), |list, origin| list + " " + origin);
    let text = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'none'; \
         connect-src {own}; form-action {own}; base-uri 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    // Origins were parsed as such, so the policy is a header's text.
    HeaderValue::from_str(&text).unwrap_or(ALONE)
}

/// The response with these headers.
pub(crate) fn guarded(response: Response, policy: &HeaderValue) -> Response {
    let response = FIXED.into_iter().fold(response, |response, (name, value)| with_header(response, name, value));
    with_header(response, http::header::CONTENT_SECURITY_POLICY, policy.clone())
}
