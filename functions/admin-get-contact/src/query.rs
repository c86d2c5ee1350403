//! The query options that are supported; every other one is refused, never ignored.

use data_encoding::BASE64URL_NOPAD;
use http::StatusCode;
use shared::admin_get_contact::Filter;
use shared::http::graph::is_property;
use shared::http::{Failure, GraphError, Problem};
use shared::user_name::UserName;

/// Users on a page when `$top` is not given, as in Graph.
const DEFAULT_TOP: usize = 100;
/// Most users on a page, as in Graph.
const MAX_TOP: usize = 999;
/// Longest text compared with names, in bytes: a name has at most 113 characters, and a table's key 1024 bytes.
const MAX_NAME: usize = 512;

/// A list's options.
pub(crate) struct ListQuery {
    pub(crate) filter: Filter,
    pub(crate) properties: Vec<String>,
    pub(crate) top: usize,
    pub(crate) after: Option<String>,
    /// The options as they were given, for the next page's link.
    given: Vec<(String, String)>,
}

const UNSUPPORTED: GraphError =
    GraphError { code: "Request_UnsupportedQuery", message: "a query option, operator or property is not supported" };

fn unsupported() -> Failure {
    Failure::Graph(StatusCode::BAD_REQUEST, UNSUPPORTED)
}

/// The properties that a `$select` names, or the default ones; only the options named are allowed.
pub(crate) fn select(query: &[(String, String)], allowed: &[&str]) -> Result<Vec<String>, Failure> {
    let known = query.iter().all(|(name, _)| allowed.contains(&name.as_str()));
    let once = query.iter().enumerate().all(|(at, (name, _))| query[..at].iter().all(|(other, _)| other != name));
    if !known || !once {
        return Err(unsupported());
    }
    let Some((_, list)) = query.iter().find(|(name, _)| name == "$select") else {
        return Ok(crate::default_properties());
    };
    let names: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
    if names.iter().all(|name| is_property(name)) {
        return Ok(names);
    }
    Err(Problem::Malformed("$select names a property that a user does not have").into())
}

impl ListQuery {
    /// Reads a list's options.
    pub(crate) fn read(query: &[(String, String)]) -> Result<Self, Failure> {
        let properties = select(query, &["$select", "$top", "$filter", "$skiptoken"])?;
        let option = |name: &str| query.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
        let top = match option("$top") {
            None => DEFAULT_TOP,
            Some(text) => text
                .parse()
                .ok()
                .filter(|top| (1..=MAX_TOP).contains(top))
                .ok_or(Problem::Malformed("$top is a number from 1 to 999"))?,
        };
        let filter = option("$filter").map_or(Ok(Filter::All), filter)?;
        let after = option("$skiptoken")
            .map(|token| {
                let name = BASE64URL_NOPAD.decode(token.as_bytes()).ok().and_then(|name| String::from_utf8(name).ok());
                name.filter(|name| name.len() <= MAX_NAME)
                    .ok_or(Problem::Malformed("$skiptoken is not one of this service"))
            })
            .transpose()?;
        let given = query.iter().filter(|(name, _)| name != "$skiptoken").cloned().collect();
        Ok(Self { filter, properties, top, after, given })
    }

    /// The query of the next page.
    pub(crate) fn next(&self, after: &str) -> String {
        let token = ("$skiptoken".to_owned(), BASE64URL_NOPAD.encode(after.as_bytes()));
        let pairs = self.given.iter().chain([&token]);
        pairs.map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect::<Vec<_>>().join("&")
    }
}

/// Percent-encodes all but what RFC 3986 leaves unreserved, and the `$` that OData's names begin with.
fn escape(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~$".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Reads `userPrincipalName eq 'x'` or `startswith(userPrincipalName,'x')`.
fn filter(text: &str) -> Result<Filter, Failure> {
    let text = text.trim();
    if let Some(rest) = strip_prefix_ignoring_case(text, "startswith(") {
        let inner = rest.strip_suffix(')').ok_or_else(unsupported)?;
        let (property, literal) = inner.split_once(',').ok_or_else(unsupported)?;
        if property.trim() != "userPrincipalName" {
            return Err(unsupported());
        }
        let prefix = literal_text(literal.trim())?.to_lowercase();
        if prefix.len() > MAX_NAME {
            return Err(Problem::Malformed("$filter compares with more than a user name can be").into());
        }
        return Ok(Filter::StartsWith(prefix));
    }
    let mut words = text.splitn(3, ' ');
    match (words.next(), words.next(), words.next()) {
        (Some("userPrincipalName"), Some(operator), Some(literal)) if operator.eq_ignore_ascii_case("eq") => {
            let name = literal_text(literal.trim())?;
            match UserName::parse(&name) {
                Ok(name) => Ok(Filter::Equals(name)),
                // Told rather than answered with nothing: a script that compares so has a mistake in it.
                Err(_) => Err(Problem::Malformed("$filter compares with what cannot be a user name").into()),
            }
        }
        _ => Err(unsupported()),
    }
}

/// A quoted literal; a quote within it is doubled.
fn literal_text(literal: &str) -> Result<String, Failure> {
    let inner = literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).ok_or_else(unsupported)?;
    let bare = inner.replace("''", "");
    if bare.contains('\'') { Err(unsupported()) } else { Ok(inner.replace("''", "'")) }
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<ListQuery, Failure> {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ListQuery::read(&pairs)
    }

    #[test]
    fn filters_are_read_exactly() {
        let filter = |text| read(&[("$filter", text)]).map(|query| query.filter);
        let adele = UserName::parse("adele@contoso.example").unwrap();
        assert_eq!(filter("userPrincipalName eq 'Adele@contoso.example'").unwrap(), Filter::Equals(adele));
        assert_eq!(
            filter("startsWith(userPrincipalName, 'O''Neil')").unwrap(),
            Filter::StartsWith("o'neil".to_owned())
        );
        for text in [
            "displayName eq 'x'",
            "userPrincipalName ne 'x'",
            "userPrincipalName eq x",
            "userPrincipalName eq 'a' or userPrincipalName eq 'b'",
            "startswith(displayName,'x')",
            "endswith(userPrincipalName,'x')",
            "",
        ] {
            assert!(matches!(filter(text), Err(Failure::Graph(..) | Failure::Problem(_))), "{text}");
        }
    }

    #[test]
    fn other_options_are_refused_and_the_next_link_keeps_the_given_ones() {
        for (name, value) in
            [("$orderby", "x"), ("$search", "x"), ("$count", "true"), ("x", "y"), ("$top", "0"), ("$top", "1000")]
        {
            assert!(read(&[(name, value)]).is_err(), "{name}");
        }
        assert!(read(&[("$select", "id,password")]).is_err());
        let query = read(&[("$top", "2"), ("$filter", "startswith(userPrincipalName,'a b')")]).unwrap();
        assert_eq!(
            query.next("b@c.example"),
            "$top=2&$filter=startswith%28userPrincipalName%2C%27a%20b%27%29&$skiptoken=YkBjLmV4YW1wbGU"
        );
    }
}
