//! The query options of lists; one that a list does not declare is refused, never ignored.

mod filter;
mod refusal;
mod users;

pub(crate) use filter::{Comparison, Literal, Operator};
pub(crate) use refusal::{unknown_property, unsupported};
#[cfg(feature = "describe")]
pub(crate) use users::SELECT;
pub(crate) use users::{ListQuery, select};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use shared::http::{Failure, Problem};
use shared::identifiers::user_name::UserName;
use shared::use_cases::admin_get_contact::Listed;

use refusal::unsupported_query;

/// Longest text compared with the beginning of names, in bytes: a name has at most 113 characters of at most 4 bytes, and
/// a table's key 1024 bytes.
const MAX_NAME: usize = 512;

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

    /// What is no number of entries at all is malformed.
    pub(crate) fn malformed(&self) -> Failure {
        Problem::Malformed(self.rule).into()
    }

    /// A page larger than the largest is not supported, as Graph answers it.
    pub(crate) fn too_many(&self) -> Failure {
        unsupported_query(self.rule)
    }
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
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || text.bytes().all(|byte| byte == b'0') {
            return Err(top.malformed());
        }
        text.parse().ok().filter(|number| *number <= top.most).ok_or_else(|| top.too_many())
    }

    /// `$orderby`, which may name the list's own order, in each of these ways.
    pub(crate) fn order(self, own: &[&str]) -> Result<(), Failure> {
        if self.get("$orderby").is_none_or(|order| own.contains(&order)) { Ok(()) } else { Err(unsupported()) }
    }

    /// The comparisons of `$filter`, all of which must hold.
    pub(crate) fn filter(self) -> Result<Vec<Comparison>, Failure> {
        self.get("$filter").map_or(Ok(Vec::new()), filter::read)
    }

    /// The list that these are the options of; a place in it is none in another, nor under another `$filter`.
    pub(crate) fn listed(self, path: &'static str) -> Listed<'a> {
        Listed { path, filter: self.get("$filter") }
    }

    /// What `$skiptoken` says, as the list itself wrote it.
    pub(crate) fn skip_token<T>(self, open: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Failure> {
        let Some(token) = self.get("$skiptoken") else { return Ok(None) };
        open(token).map(Some).ok_or(Problem::Malformed("$skiptoken is not one of this list").into())
    }

    /// The query of the next page: the options as they were given, but with another `$skiptoken`.
    pub(crate) fn next(self, token: &str) -> String {
        let token = ("$skiptoken".to_owned(), token.to_owned());
        let given = self.0.iter().filter(|(name, _)| name != "$skiptoken");
        let pairs = given.chain([&token]).map(|(name, value)| format!("{}={}", escape(name), escape(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// What RFC 3986 leaves unreserved, and the `$` that OData's names begin with.
const STORED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'$');

fn escape(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, STORED)
}

/// The user name that a comparison is with; none where nobody's can be so.
pub(crate) fn user_name(text: &str) -> Option<UserName> {
    UserName::parse(text).ok()
}

/// The beginning of a user name that a comparison is with; none where nobody's can begin so.
pub(crate) fn user_name_prefix(text: &str) -> Option<String> {
    Some(shared::identifiers::user_name::fold(text)).filter(|prefix| prefix.len() <= MAX_NAME)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use http::StatusCode;

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
        let top = |text: &str| Options::read(&pairs(&[("$top", text)]), &["$top"]).unwrap().top(&Top::RECORDS);
        assert_eq!((top("1").unwrap(), top("0999").unwrap(), top("1000").unwrap()), (1, 999, 1000));
        for text in ["0", "000", "-1", "+1", "1.5", "x", "", " 1"] {
            assert!(matches!(top(text), Err(Failure::Problem(Problem::Malformed(_)))), "{text}");
        }
        for text in ["1001", "99999999999999999999"] {
            assert!(is_unsupported(&top(text).unwrap_err()), "{text}");
        }
        assert_eq!(Options::read(&[], &[]).unwrap().top(&Top::USERS).unwrap(), 100);
    }

    #[test]
    fn an_order_is_the_lists_own() {
        let order =
            |text: &str| Options::read(&pairs(&[("$orderby", text)]), &["$orderby"]).unwrap().order(&["a", "a asc"]);
        assert!(order("a").is_ok() && order("a asc").is_ok());
        assert!(Options::read(&[], &[]).unwrap().order(&[]).is_ok());
        for text in ["a desc", "b", "", "a,b", "A"] {
            assert!(is_unsupported(&order(text).unwrap_err()), "{text}");
        }
    }

    #[test]
    fn the_next_query_keeps_the_options_but_for_the_place() {
        let given = pairs(&[("$skiptoken", "eA"), ("$top", "2"), ("$filter", "startswith(a,'b c+&%é')")]);
        let options = Options::read(&given, &["$skiptoken", "$top", "$filter"]).unwrap();
        assert_eq!(options.skip_token(|token| Some(token.len())).unwrap(), Some(2));
        assert_eq!(options.listed("a/b"), Listed { path: "a/b", filter: Some("startswith(a,'b c+&%é')") });
        assert_eq!(
            options.next("b-_Z"),
            "$top=2&$filter=startswith%28a%2C%27b%20c%2B%26%25%C3%A9%27%29&$skiptoken=b-_Z"
        );
    }

    #[test]
    fn a_token_that_does_not_open_is_malformed() {
        let given = pairs(&[("$skiptoken", "eA")]);
        let read = Options::read(&given, &["$skiptoken"]).unwrap().skip_token(|_| None::<()>);
        assert!(matches!(read, Err(Failure::Problem(Problem::Malformed(_)))));
        assert_eq!(Options::read(&[], &[]).unwrap().skip_token(|_| None::<()>).unwrap(), None);
    }

    #[test]
    fn a_text_that_is_nobodys_name_compares_with_nobody() {
        assert_eq!(user_name("Adele@contoso.example").unwrap().canonical(), "adele@contoso.example");
        assert_eq!((user_name("no name"), user_name("")), (None, None));
        assert_eq!(user_name_prefix("ADELE").as_deref(), Some("adele"));
        assert_eq!(user_name_prefix(&"x".repeat(MAX_NAME)).map(|prefix| prefix.len()), Some(MAX_NAME));
        assert_eq!(user_name_prefix(&"x".repeat(MAX_NAME + 1)), None);
    }
}
