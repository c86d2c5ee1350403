//! The service's address, and the links that belong to it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::output::failure::Failure;

/// The prefix of every route that is used here.
pub(crate) const GRAPH: &str = "/graph/v1.0";

/// Hosts that may be reached over plain http: the traffic stays on the machine.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// All characters but those that RFC 3986 leaves unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A deployment's address: its origin, and the path that it may be under.
pub(crate) struct Endpoint(Url);

impl Endpoint {
    /// Reads an address.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let url = web(text).filter(|url| url.query().is_none()).ok_or(Failure::UrlForm)?;
        let is_local = url.host_str().is_some_and(|host| LOOPBACK.contains(&host));
        if url.scheme() == "http" && !is_local {
            return Err(Failure::PlainHttp);
        }
        Ok(Self(url))
    }

    /// Whether the connection is unencrypted, which is allowed on this machine only.
    pub(crate) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The full address of a route and its query.
    pub(crate) fn url(&self, target: &str) -> String {
        format!("{}{}{target}", self.0.origin().ascii_serialization(), self.path())
    }

    /// The route and query of a link from the service; `None` if it leads away from this address.
    ///
    /// The link itself is never followed: the next request is built from the deployment's own address.
    pub(crate) fn target_of(&self, link: &str) -> Option<String> {
        let link = web(link).filter(|link| link.origin() == self.0.origin())?;
        let route = link.path().strip_prefix(self.path())?;
        let below = route.strip_prefix(GRAPH)?.starts_with('/');
        below.then(|| link.query().map_or_else(|| route.to_owned(), |query| format!("{route}?{query}")))
    }

    fn path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }
}

/// An absolute web address without a user, a fragment, or anything that two readers could read differently: a URL
/// parser would repair all of that.
fn web(text: &str) -> Option<Url> {
    let dots = |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    let authority = text.split('/').nth(2)?;
    let mended = text.split(['/', '?']).any(dots) || authority.is_empty() || authority.contains('@');
    if mended || !text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\#".contains(&byte)) {
        return None;
    }
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// Percent-encodes all characters but those that RFC 3986 leaves unreserved.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A text as a literal of a `$filter`: quotes in it are doubled.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The route of a user, by userPrincipalName or id.
pub(crate) fn user_route(user: &str) -> String {
    // A segment of dots alone would mean a step up the path.
    let segment = if user.chars().all(|char| char == '.') { user.replace('.', "%2E") } else { encode(user) };
    format!("{GRAPH}/users/{segment}")
}

#[cfg(test)]
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
