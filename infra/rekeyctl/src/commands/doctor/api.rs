//! What anybody sees of the API: that it responds, and to which pages.

use ureq::http::{Method, header};

use super::finding::Finding;
use super::stack::Stack;
use crate::client::endpoint::Endpoint;
use crate::client::transport::Https;

/// An origin that no deployment allows.
const FOREIGN: &str = "https://evil.example";

/// What is checked of the API.
pub(super) fn findings(stack: &Stack<'_>) -> Vec<Finding> {
    let url = stack.output("Url").unwrap_or_default();
    let api = Endpoint::parse(url).and_then(|endpoint| Https::new(&endpoint)).map_err(|failure| failure.to_string());
    let api = api.as_ref().map_err(Clone::clone);
    vec![responds(url, api.clone()), allows_its_pages(url, stack.parameter("AllowedOrigins"), api)]
}

fn responds(url: &str, api: Result<&Https, String>) -> Finding {
    const CHECK: &str = "the API responds";
    let asked = api.and_then(|api| api.ask(&Method::GET, &format!("{url}/v1/registration"), &[]));
    Finding::of(CHECK, asked, |(status, headers)| {
        let challenge = headers.get(header::WWW_AUTHENTICATE).is_some_and(|value| value == "Bearer");
        let detail = format!("{status} without a token, {}", if challenge { "Bearer" } else { "no challenge" });
        Finding::new(CHECK, status == 401 && challenge, detail)
    })
}

fn allows_its_pages(url: &str, origins: &str, api: Result<&Https, String>) -> Finding {
    const CHECK: &str = "pages of these origins may call, and no others";
    let own = origins.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    let asked = api.and_then(|api| {
        let allowed = |origin: &str| {
            let asks = [("Origin", origin), ("Access-Control-Request-Method", "POST")];
            let (_, headers) = api.ask(&Method::OPTIONS, &format!("{url}/v1/resets"), &asks)?;
            Ok::<_, String>(headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).is_some_and(|value| value == origin))
        };
        let refused = own.clone().map(|origin| Ok((origin, allowed(origin)?))).collect::<Result<Vec<_>, String>>()?;
        let refused = refused.into_iter().filter(|(_, is_allowed)| !is_allowed).map(|(origin, _)| origin);
        Ok((refused.collect::<Vec<_>>(), allowed(FOREIGN)?))
    });
    Finding::of(CHECK, asked, |(refused, is_open)| match refused.as_slice() {
        _ if is_open => Finding::new(CHECK, false, "every origin may call"),
        [] if origins.is_empty() => Finding::new(CHECK, true, "none may; AllowedOrigins is empty"),
        [] => Finding::new(CHECK, true, origins),
        refused => Finding::new(CHECK, false, format!("{} may not", refused.join(", "))),
    })
}
