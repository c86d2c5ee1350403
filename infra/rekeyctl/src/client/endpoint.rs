//! Where the service is, and what belongs to it.

use ureq::http::Uri;

use crate::output::failure::Failure;

/// What every route that is used here begins with.
pub(crate) const GRAPH: &str = "/graph/v1.0";

/// Hosts that plain http may be spoken to: what is sent there stays on the machine.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// A deployment's address: origin and the path that it may be under.
pub(crate) struct Endpoint {
    origin: Uri,
    path: String,
}

impl Endpoint {
    /// Reads an address.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let origin = web(text).filter(|uri| uri.query().is_none()).ok_or(Failure::UrlForm)?;
        let path = origin.path().trim_end_matches('/').to_owned();
        let is_local = origin.host().is_some_and(|host| LOOPBACK.iter().any(|known| known.eq_ignore_ascii_case(host)));
        if origin.scheme_str() == Some("http") && !is_local {
            return Err(Failure::PlainHttp);
        }
        Ok(Self { origin, path })
    }

    /// Whether it is spoken to in the clear, on this machine.
    pub(crate) fn is_plain(&self) -> bool {
        self.origin.scheme_str() == Some("http")
    }

    /// The address of a route and its query.
    pub(crate) fn url(&self, target: &str) -> String {
        let (scheme, authority) = (self.origin.scheme_str().unwrap_or_default(), self.origin.authority());
        let authority = authority.map(ToString::to_string).unwrap_or_default();
        format!("{scheme}://{authority}{}{target}", self.path)
    }

    /// The route and query of a link that the service gave; `None` where it leads away from this address.
    ///
    /// The link itself is never followed: what is asked for next is put together from the own address again.
    pub(crate) fn target_of(&self, link: &str) -> Option<String> {
        let uri = web(link)?;
        let same_host = uri.host()?.eq_ignore_ascii_case(self.origin.host()?);
        if uri.scheme() != self.origin.scheme() || !same_host || port(&uri) != port(&self.origin) {
            return None;
        }
        let route = uri.path().strip_prefix(&self.path)?;
        let below = route.strip_prefix(GRAPH)?.starts_with('/');
        below.then(|| uri.query().map_or_else(|| route.to_owned(), |query| format!("{route}?{query}")))
    }
}

/// An absolute web address without a user, a fragment, or anything that two readers could read differently.
fn web(text: &str) -> Option<Uri> {
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\#".contains(&byte)) {
        return None;
    }
    let uri: Uri = text.parse().ok()?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    let authority = uri.authority()?;
    let dots = |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    let plain = !authority.as_str().contains('@') && !authority.host().is_empty() && !uri.path().split('/').any(dots);
    (is_web && plain).then_some(uri)
}

fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 })
}

/// Percent-encodes all but what RFC 3986 leaves unreserved.
pub(crate) fn encode(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A text as a literal of a `$filter`: quotes within it are doubled.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The route of a user, by userPrincipalName or id.
pub(crate) fn user_route(user: &str) -> String {
    // A segment of dots alone would be taken for a step up the path.
    let segment = if user.chars().all(|char| char == '.') { user.replace('.', "%2E") } else { encode(user) };
    format!("{GRAPH}/users/{segment}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_this_machine() {
        for (text, users) in [
            ("https://reset.example", "https://reset.example/graph/v1.0/users"),
            ("https://reset.example:8443/stage/", "https://reset.example:8443/stage/graph/v1.0/users"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/graph/v1.0/users"),
            ("http://localhost:8080/", "http://localhost:8080/graph/v1.0/users"),
            ("http://[::1]:8080", "http://[::1]:8080/graph/v1.0/users"),
        ] {
            let endpoint = Endpoint::parse(text).map_err(|failure| failure.to_string()).unwrap();
            assert_eq!(endpoint.url("/graph/v1.0/users"), users);
        }
        for plain in
            ["http://reset.example", "http://127.0.0.2", "http://127.0.0.1.example", "http://localhost.example"]
        {
            assert!(matches!(Endpoint::parse(plain), Err(Failure::PlainHttp)), "{plain}");
        }
        for bad in [
            "",
            "reset.example",
            "/graph",
            "ftp://reset.example",
            "https://user@reset.example",
            "https://reset.example?a=b",
            "https://reset.example/#a",
            "https://reset.example/a/../b",
            "https://reset.example\\@other.example",
            "https://reset.example /",
            "https://",
        ] {
            assert!(matches!(Endpoint::parse(bad), Err(Failure::UrlForm)), "{bad}");
        }
    }

    #[test]
    fn a_link_stays_with_the_address() {
        let endpoint = Endpoint::parse("https://reset.example/stage").unwrap_or_else(|failure| panic!("{failure}"));
        let next = "/graph/v1.0/users?$top=2&$skiptoken=abc";
        for link in [
            "https://reset.example/stage/graph/v1.0/users?$top=2&$skiptoken=abc",
            "https://RESET.example:443/stage/graph/v1.0/users?$top=2&$skiptoken=abc",
        ] {
            assert_eq!(endpoint.target_of(link).as_deref(), Some(next), "{link}");
        }
        for link in [
            "https://evil.example/stage/graph/v1.0/users",
            "https://reset.example.evil.example/stage/graph/v1.0/users",
            "https://reset.example@evil.example/stage/graph/v1.0/users",
            "https://reset.example:8443/stage/graph/v1.0/users",
            "http://reset.example/stage/graph/v1.0/users",
            "http://reset.example:443/stage/graph/v1.0/users",
            "https://reset.example/other/graph/v1.0/users",
            "https://reset.example/stage/graph/v1.0/../../../other",
            "https://reset.example/stage/graph/v1.0/%2e%2E/other",
            "https://reset.example/stage/graph/v1.0evil/users",
            "https://reset.example/stagegraph/v1.0/users",
            "https://reset.example\\evil.example/stage/graph/v1.0/users",
            "//reset.example/stage/graph/v1.0/users",
            "/stage/graph/v1.0/users",
            "https://reset.example/stage/graph/v1.0/users#a",
            "",
        ] {
            assert_eq!(endpoint.target_of(link), None, "{link}");
        }
    }

    #[test]
    fn values_are_encoded() {
        assert_eq!(user_route("o'neil+a@b.example"), "/graph/v1.0/users/o%27neil%2Ba%40b.example");
        assert_eq!(user_route("../policies"), "/graph/v1.0/users/..%2Fpolicies");
        assert_eq!(user_route(".."), "/graph/v1.0/users/%2E%2E");
        assert_eq!(user_route("é?#&"), "/graph/v1.0/users/%C3%A9%3F%23%26");
        assert_eq!(literal("o'neil' or true"), "'o''neil'' or true'");
    }
}
