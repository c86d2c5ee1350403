//! The query options of lists. An option that a list does not declare is refused, never ignored.

mod filter;
mod refusal;
mod users;

pub(crate) use filter::{Comparison, Literal, Operator};
#[cfg(feature = "describe")]
pub(crate) use refusal::unsupported_search;
pub(crate) use refusal::{unknown_option, unknown_property, unsupported, unsupported_select};
#[cfg(feature = "describe")]
pub(crate) use users::{SELECT, WORDLESS};
pub(crate) use users::{UsersQuery, select};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use shared::http::Problem;
use shared::identifiers::user_name::UserName;
use shared::use_cases::admin_get_contact::ListQuery;

/// The longest prefix compared with names, in bytes. A name has at most 113 characters of at most 4 bytes, and a key of
/// the table at most 1024 bytes.
const MAX_NAME: usize = 512;

/// How many entries a page has.
pub(crate) struct Top {
    /// The number without `$top`.
    pub(crate) default: usize,
    /// The largest number.
    pub(crate) most: usize,
    /// The rule, as a refusal says it.
    pub(crate) rule: &'static str,
}

impl Top {
    /// Up to 100 entries without `$top`, and up to 999 with it, as Graph has it for users.
    pub(crate) const USERS: Self = Self { default: 100, most: 999, rule: "$top must be a number from 1 to 999" };
    /// Up to 100 entries without `$top`, and up to 1000 with it, as Graph has it for its logs.
    pub(crate) const RECORDS: Self = Self { default: 100, most: 1000, rule: "$top must be a number from 1 to 1000" };

    /// The refusal of a value that is not a positive number.
    pub(crate) fn malformed(&self) -> Problem {
        Problem::malformed(self.rule)
    }

    /// The refusal of a page that is too large; Graph calls it unsupported.
    pub(crate) fn too_many(&self) -> Problem {
        Problem::unsupported_query(self.rule)
    }
}

/// The options of a request. The list declares each of them, and each occurs once.
#[derive(Clone, Copy)]
pub(crate) struct Options<'a>(&'a [(String, String)]);

impl<'a> Options<'a> {
    /// Reads the options of a list that declares these.
    pub(crate) fn read(query: &'a [(String, String)], declared: &[&str]) -> Result<Self, Problem> {
        if query.iter().any(|(name, _)| !declared.contains(&name.as_str())) {
            return Err(unknown_option(declared));
        }
        let count = |option: &str| query.iter().filter(|(name, _)| name == option).count();
        match declared.iter().find(|option| count(option) > 1) {
            Some(option) => Err(Problem::unsupported_query(format!("{option} must occur only once"))),
            None => Ok(Self(query)),
        }
    }

    /// The value of an option.
    pub(crate) fn get(self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// `$top`.
    pub(crate) fn top(self, top: &Top) -> Result<usize, Problem> {
        let Some(text) = self.get("$top") else { return Ok(top.default) };
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || text.bytes().all(|byte| byte == b'0') {
            return Err(top.malformed());
        }
        text.parse().ok().filter(|number| *number <= top.most).ok_or_else(|| top.too_many())
    }

    /// Checks `$orderby`, which may only name the list's own order in one of these ways.
    pub(crate) fn order(self, own: &[&str]) -> Result<(), Problem> {
        match self.get("$orderby") {
            Some(order) if !own.iter().any(|own| own.eq_ignore_ascii_case(order)) => {
                Err(Problem::unsupported_query(format!("$orderby must be {}", own.join(" or "))))
            }
            _ => Ok(()),
        }
    }

    /// The comparisons of `$filter`, all of which must hold.
    pub(crate) fn filter(self) -> Result<Vec<Comparison>, Problem> {
        self.get("$filter").map_or(Ok(Vec::new()), filter::read)
    }

    /// The list and the `$filter` to which a `$skiptoken` belongs.
    pub(crate) fn listed(self, path: &'static str) -> ListQuery<'a> {
        ListQuery { path, filter: self.get("$filter"), search: self.get("$search") }
    }

    /// The contents of `$skiptoken`, which the list itself wrote.
    pub(crate) fn skip_token<T>(self, open: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(token) = self.get("$skiptoken") else { return Ok(None) };
        open(token).map(Some).ok_or(Problem::malformed("$skiptoken does not belong to this list, $filter and $search"))
    }

    /// The query of the next page: the same options with another `$skiptoken`.
    pub(crate) fn next(self, token: &str) -> String {
        let token = ("$skiptoken".to_owned(), token.to_owned());
        let given = self.0.iter().filter(|(name, _)| name != "$skiptoken");
        let pairs = given.chain([&token]).map(|(name, value)| format!("{}={}", escape(name), escape(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// All characters but the unreserved ones of RFC 3986 and the `$` of OData's option names.
const STORED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'$');

fn escape(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, STORED)
}

/// The user name in a comparison; `None` if nobody can have it.
pub(crate) fn user_name(text: &str) -> Option<UserName> {
    UserName::parse(text).ok()
}

/// The prefix of a user name in a comparison; `None` if no name can begin with it.
pub(crate) fn user_name_prefix(text: &str) -> Option<String> {
    Some(shared::identifiers::user_name::fold(text)).filter(|prefix| prefix.len() <= MAX_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn unsupported_query<T>(rule: &str) -> Result<T, Problem> {
        Err(Problem::unsupported_query(rule.to_owned()))
    }

    #[test]
    fn an_option_is_declared_and_stands_once() {
        const TWO: &str = "this route takes no query options but $top and $filter";
        const ONCE: &str = "$top must occur only once";
        for (given, rule) in [
            (&[("$count", "true")][..], TWO),
            (&[("$Top", "1")], TWO),
            (&[("", "")], TWO),
            (&[("$top", "1"), ("$top", "1")], ONCE),
        ] {
            let read = Options::read(&pairs(given), &["$top", "$filter"]).map(|_| ());
            assert_eq!(read, unsupported_query(rule), "{given:?}");
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
            assert_eq!(top(text), Err(Problem::malformed("$top must be a number from 1 to 1000")), "{text}");
        }
        for text in ["1001", "99999999999999999999"] {
            assert_eq!(top(text), unsupported_query("$top must be a number from 1 to 1000"), "{text}");
        }
        assert_eq!(Options::read(&[], &[]).unwrap().top(&Top::USERS).unwrap(), 100);
    }

    #[test]
    fn an_order_is_the_lists_own() {
        let order =
            |text: &str| Options::read(&pairs(&[("$orderby", text)]), &["$orderby"]).unwrap().order(&["a", "a asc"]);
        assert!(order("a").is_ok() && order("A ASC").is_ok());
        assert!(Options::read(&[], &[]).unwrap().order(&[]).is_ok());
        for text in ["a desc", "b", "", "a,b"] {
            assert_eq!(order(text), unsupported_query("$orderby must be a or a asc"), "{text}");
        }
    }

    #[test]
    fn the_next_query_keeps_the_options_but_for_the_place() {
        let given = pairs(&[("$skiptoken", "eA"), ("$top", "2"), ("$filter", "startswith(a,'b c+&%é')")]);
        let options = Options::read(&given, &["$skiptoken", "$top", "$filter"]).unwrap();
        assert_eq!(options.skip_token(|token| Some(token.len())).unwrap(), Some(2));
        assert_eq!(
            options.listed("a/b"),
            ListQuery { path: "a/b", filter: Some("startswith(a,'b c+&%é')"), search: None }
        );
        assert_eq!(
            options.next("b-_Z"),
            "$top=2&$filter=startswith%28a%2C%27b%20c%2B%26%25%C3%A9%27%29&$skiptoken=b-_Z"
        );
    }

    #[test]
    fn a_token_that_does_not_open_is_malformed() {
        let given = pairs(&[("$skiptoken", "eA")]);
        let read = Options::read(&given, &["$skiptoken"]).unwrap().skip_token(|_| None::<()>);
        assert_eq!(read, Err(Problem::malformed("$skiptoken does not belong to this list, $filter and $search")));
        assert_eq!(Options::read(&[], &[]).unwrap().skip_token(|_| None::<()>).unwrap(), None);
    }

    #[test]
    fn a_text_that_is_no_users_name_matches_nobody() {
        assert_eq!(user_name("Adele@contoso.example").unwrap().canonical(), "adele@contoso.example");
        assert_eq!((user_name("no name"), user_name("")), (None, None));
        assert_eq!(user_name_prefix("ADELE").as_deref(), Some("adele"));
        assert_eq!(user_name_prefix(&"x".repeat(MAX_NAME)).map(|prefix| prefix.len()), Some(MAX_NAME));
        assert_eq!(user_name_prefix(&"x".repeat(MAX_NAME + 1)), None);
    }
}
