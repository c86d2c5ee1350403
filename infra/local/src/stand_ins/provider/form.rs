//! Parameters in a query or in the body of a form, and addresses with such parameters.

use std::collections::BTreeMap;

use http::header::CONTENT_TYPE;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use shared::http::{Problem, Request};

/// The media type of a form's body (WHATWG URL, application/x-www-form-urlencoded).
const FORM: &str = "application/x-www-form-urlencoded";

/// Parameters by name. One that is there twice is left out, as if it were missing (RFC 6749, section 3.1).
pub(super) type Parameters = BTreeMap<String, String>;

/// The parameters of a request's query.
pub(super) fn query(request: &Request) -> Parameters {
    once(request.query.iter().cloned())
}

/// The parameters of a form's body.
///
/// # Errors
/// [`Problem`] if the body is no form in UTF-8.
pub(super) fn body(request: &Request) -> Result<Parameters, Problem> {
    let media_type = request.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    if !media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        return Err(Problem::UnsupportedMediaType);
    }
    let text = std::str::from_utf8(&request.body).map_err(|_| Problem::malformed("the form is not valid UTF-8"))?;
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8().map(std::borrow::Cow::into_owned)
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decoded(name)?, decoded(value)?))
    });
    let pairs: Result<Vec<_>, std::str::Utf8Error> = pairs.collect();
    Ok(once(pairs.map_err(|_| Problem::malformed("the form is not valid UTF-8"))?.into_iter()))
}

fn once(pairs: impl Iterator<Item = (String, String)>) -> Parameters {
    let mut all: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (name, value) in pairs {
        // The second value of a name empties it for good.
        all.entry(name).and_modify(|value| *value = None).or_insert(Some(value));
    }
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// An address with parameters in its query.
pub(super) fn with_query<'a>(address: &str, parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut address = address.to_owned();
    for (name, value) in parameters {
        address.push(if address.contains('?') { '&' } else { '?' });
        address += name;
        address.push('=');
        address.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_counts_once() {
        let pairs = [("a", "1"), ("b", "2"), ("b", "2"), ("b", "2"), ("c", "")];
        let read = once(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        assert_eq!(read.into_iter().collect::<Vec<_>>(), [("a".into(), "1".into()), ("c".into(), String::new())]);
    }

    #[test]
    fn parameters_join_a_query() {
        let pairs = [("code", "a b"), ("state", "ü&=")];
        assert_eq!(with_query("http://a/b", pairs.into_iter()), "http://a/b?code=a%20b&state=%C3%BC%26%3D");
        assert_eq!(with_query("http://a/b?c=d", pairs[..1].iter().copied()), "http://a/b?c=d&code=a%20b");
    }
}
