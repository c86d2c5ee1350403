//! The query options of lists; one that a list does not declare is refused, never ignored.

mod filter;
mod users;

pub(crate) use filter::{Comparison, Literal, Operator};
pub(crate) use users::{ListQuery, select};

use data_encoding::BASE64URL_NOPAD;
use http::StatusCode;
use shared::http::{Failure, GraphError, Problem};
use shared::user_name::UserName;

/// Longest text compared with names, in bytes: a name has at most 113 characters, and a table's key 1024 bytes.
const MAX_NAME: usize = 512;

const UNSUPPORTED: GraphError =
    GraphError { code: "Request_UnsupportedQuery", message: "a query option, operator or property is not supported" };

/// The refusal of what a list does not declare.
pub(crate) fn unsupported() -> Failure {
    Failure::Graph(StatusCode::BAD_REQUEST, UNSUPPORTED)
}

/// How many entries a page has.
pub(crate) struct Top {
    /// Without `$top`.
    pub(crate) default: usize,
    /// The most.
    pub(crate) most: usize,
    /// The rule, as a refusal tells it.
    pub(crate) rule: &'static str,
}

impl Top {
    /// Up to 100 entries without `$top`, and up to 999 with it, as Graph has it for users.
    pub(crate) const USERS: Self = Self { default: 100, most: 999, rule: "$top is a number from 1 to 999" };
    /// Up to 100 entries without `$top`, and up to 1000 with it, as Graph has it for its logs.
    pub(crate) const RECORDS: Self = Self { default: 100, most: 1000, rule: "$top is a number from 1 to 1000" };
}

/// The options of a request, each of which its list declares and was given once.
#[derive(Clone, Copy)]
pub(crate) struct Options<'a>(&'a [(String, String)]);

impl<'a> Options<'a> {
    /// Reads the options of a list that declares these.
    pub(crate) fn read(query: &'a [(String, String)], declared: &[&str]) -> Result<Self, Failure> {
        let known = query.iter().all(|(name, _)| declared.contains(&name.as_str()));
        let once = query.iter().enumerate().all(|(at, (name, _))| query[..at].iter().all(|(other, _)| other != name));
        if known && once { Ok(Self(query)) } else { Err(unsupported()) }
    }

    /// The value of an option.
    pub(crate) fn get(self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// `$top`.
    pub(crate) fn top(self, top: &Top) -> Result<usize, Failure> {
        let Some(text) = self.get("$top") else { return Ok(top.default) };
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| digits && (1..=top.most).contains(number));
        number.ok_or(Problem::Malformed(top.rule).into())
    }

    /// The comparisons of `$filter`, all of which must hold.
    pub(crate) fn filter(self) -> Result<Vec<Comparison>, Failure> {
        self.get("$filter").map_or(Ok(Vec::new()), filter::read)
    }

    /// What `$skiptoken` says, as the list itself wrote it.
    pub(crate) fn skip_token<T>(self, read: impl FnOnce(String) -> Option<T>) -> Result<Option<T>, Failure> {
        let Some(token) = self.get("$skiptoken") else { return Ok(None) };
        let text = BASE64URL_NOPAD.decode(token.as_bytes()).ok().and_then(|text| String::from_utf8(text).ok());
        let place = text.filter(|text| text.len() <= MAX_NAME).and_then(read);
        place.map(Some).ok_or(Problem::Malformed("$skiptoken is not one of this service").into())
    }

    /// The query of the next page: the options as they were given, but with another `$skiptoken`.
    pub(crate) fn next(self, place: &str) -> String {
        let token = ("$skiptoken".to_owned(), BASE64URL_NOPAD.encode(place.as_bytes()));
        let given = self.0.iter().filter(|(name, _)| name != "$skiptoken");
        let pairs = given.chain([&token]).map(|(name, value)| format!("{}={}", escape(name), escape(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// Percent-encodes all but what RFC 3986 leaves unreserved, and the `$` that OData's names begin with.
fn escape(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~$".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// The user name that a comparison is with.
pub(crate) fn user_name(text: &str) -> Result<UserName, Failure> {
    // Told rather than answered with nothing: a script that compares so has a mistake in it.
    UserName::parse(text).map_err(|_| Problem::Malformed("$filter compares with what cannot be a user name").into())
}

/// The beginning of a user name that a comparison is with.
pub(crate) fn user_name_prefix(text: &str) -> Result<String, Failure> {
    let prefix = shared::user_name::fold(text);
    if prefix.len() > MAX_NAME {
        return Err(Problem::Malformed("$filter compares with more than a user name can be").into());
    }
    Ok(prefix)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn is_unsupported(failure: &Failure) -> bool {
        matches!(failure, Failure::Graph(StatusCode::BAD_REQUEST, error) if error.code == "Request_UnsupportedQuery")
    }

    #[test]
    fn an_option_is_declared_and_stands_once() {
        for given in [&[("$count", "true")][..], &[("$Top", "1")], &[("$top", "1"), ("$top", "1")], &[("", "")]] {
            let failure = Options::read(&pairs(given), &["$top", "$filter"]).err().unwrap();
            assert!(is_unsupported(&failure), "{given:?}");
        }
        let given = pairs(&[("$top", "7"), ("$filter", "")]);
        let options = Options::read(&given, &["$top", "$filter"]).unwrap();
        assert_eq!((options.get("$top"), options.get("$filter"), options.get("$select")), (Some("7"), Some(""), None));
    }

    #[test]
    fn top_has_a_default_and_bounds() {
        let top = |text: &str| Options::read(&pairs(&[("$top", text)]), &["$top"]).unwrap().top(&Top::RECORDS).ok();
        assert_eq!((top("1"), top("1000")), (Some(1), Some(1000)));
        for text in ["0", "1001", "-1", "1.5", "x", "", "99999999999999999999", " 1"] {
            assert_eq!(top(text), None, "{text}");
        }
        assert_eq!(Options::read(&[], &[]).unwrap().top(&Top::USERS).ok(), Some(100));
    }

    #[test]
    fn the_next_query_keeps_the_options_but_for_the_place() {
        let given = pairs(&[("$skiptoken", "eA"), ("$top", "2"), ("$filter", "startswith(a,'b c+&%é')")]);
        let options = Options::read(&given, &["$skiptoken", "$top", "$filter"]).unwrap();
        assert_eq!(options.skip_token(Some).unwrap().as_deref(), Some("x"));
        assert_eq!(
            options.next("b@c.example"),
            "$top=2&$filter=startswith%28a%2C%27b%20c%2B%26%25%C3%A9%27%29&$skiptoken=YkBjLmV4YW1wbGU"
        );
    }

    #[test]
    fn a_token_of_nobodys_is_malformed() {
        for token in ["!", "_w", "eA==", "e", &BASE64URL_NOPAD.encode("x".repeat(MAX_NAME + 1).as_bytes())] {
            let given = pairs(&[("$skiptoken", token)]);
            let read = Options::read(&given, &["$skiptoken"]).unwrap().skip_token(Some);
            assert!(matches!(read, Err(Failure::Problem(Problem::Malformed(_)))), "{token}");
        }
        let given = pairs(&[("$skiptoken", "eA")]);
        let read = Options::read(&given, &["$skiptoken"]).unwrap().skip_token(|_| None::<()>);
        assert!(matches!(read, Err(Failure::Problem(Problem::Malformed(_)))), "the list itself cannot read it");
    }
}
