//! Graph's spelling. Letter case does not matter to Graph in the fixed segments of a path, in the names of query options
//! and in the names of properties; its answers always have one spelling.

use serde_json::{Map, Value};

use crate::account::ProfileField;

/// The fixed segments of paths.
const SEGMENTS: [&str; 17] = [
    "graph",
    "v1.0",
    "users",
    "authentication",
    "methods",
    "phoneMethods",
    "emailMethods",
    "resetPassword",
    "unblockPasswordReset",
    "revokeSignInSessions",
    "policies",
    "passwordReset",
    "reports",
    "authenticationMethods",
    "userRegistrationDetails",
    "auditLogs",
    "directoryAudits",
];
/// The query options of OData, those that no route supports included: a refusal names them.
const OPTIONS: [&str; 10] =
    ["$select", "$filter", "$top", "$orderby", "$skiptoken", "$search", "$count", "$expand", "$skip", "$format"];
/// The properties of a user, of its password profile and of methods that are no descriptive ones.
const NAMES: [&str; 18] = [
    "accountEnabled",
    "businessPhones",
    "createdDateTime",
    "emailAddress",
    "forceChangePasswordNextSignIn",
    "forceChangePasswordNextSignInWithMfa",
    "id",
    "isAdmin",
    "mobilePhone",
    "newPassword",
    "onPremisesSyncEnabled",
    "otherMails",
    "password",
    "passwordProfile",
    "phoneNumber",
    "phoneType",
    "signInSessionsValidFromDateTime",
    "userPrincipalName",
];
/// The namespace before the name of an action or a type.
const NAMESPACE: &str = "microsoft.graph.";

/// A path of the Graph routes in Graph's spelling: `beta` becomes `v1.0`, and `users('key')` becomes `users/key`. Other
/// paths stay as they are.
#[must_use]
pub fn path(path: &str) -> String {
    let mut segments = path.split('/').peekable();
    // The gateway's routes begin with this very segment, which belongs to the address that a script is given.
    let is_graph = segments.next() == Some("") && segments.peek() == Some(&"graph");
    if !is_graph {
        return path.to_owned();
    }
    segments.enumerate().fold(String::new(), |mut whole, (at, segment)| {
        whole.push('/');
        match keyed(segment) {
            _ if at == 1 && segment.eq_ignore_ascii_case("beta") => whole.push_str("v1.0"),
            Some((name, key)) => {
                whole.push_str(known(&SEGMENTS, name).unwrap_or(name));
                whole.push('/');
                whole.push_str(&key);
            }
            None => whole.push_str(known(&SEGMENTS, without_namespace(segment)).unwrap_or(segment)),
        }
        whole
    })
}

/// A segment such as `users('key')`; a quote within the key is doubled.
fn keyed(segment: &str) -> Option<(&str, String)> {
    let (name, key) = segment.strip_suffix("')")?.split_once("('")?;
    Some((name, key.replace("''", "'")))
}

/// An action may be written with its namespace.
fn without_namespace(segment: &str) -> &str {
    let (before, name) = segment.split_at_checked(NAMESPACE.len()).unwrap_or(("", segment));
    if before.eq_ignore_ascii_case(NAMESPACE) { name } else { segment }
}

/// The name of a query option in its usual spelling; an unknown one stays as it is.
#[must_use]
pub fn option(name: &str) -> &str {
    known(&OPTIONS, name).unwrap_or(name)
}

/// The name of a property in Graph's spelling; an unknown one stays as it is.
#[must_use]
pub fn property(name: &str) -> &str {
    let profile =
        || ProfileField::ALL.iter().map(|field| field.as_str()).find(|known| known.eq_ignore_ascii_case(name));
    known(&NAMES, name).or_else(profile).unwrap_or(name)
}

/// A body with the names of all its properties in Graph's spelling.
///
/// # Errors
/// The name that occurs in two spellings.
pub fn body(value: Value) -> Result<Value, String> {
    Ok(match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| Ok((property(&name).to_owned(), body(value)?)));
            Value::Object(once(members.collect::<Result<Vec<_>, String>>()?)?)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(body).collect::<Result<_, _>>()?),
        other => other,
    })
}

/// Members whose names were respelled, each of them once.
///
/// # Errors
/// The name that occurs in two spellings.
pub fn once(members: impl IntoIterator<Item = (String, Value)>) -> Result<Map<String, Value>, String> {
    let mut all = Map::new();
    for (name, value) in members {
        if all.contains_key(&name) {
            return Err(name);
        }
        all.insert(name, value);
    }
    Ok(all)
}

fn known<'a>(names: &[&'a str], name: &str) -> Option<&'a str> {
    names.iter().copied().find(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::graph::{SELECTED_PROPERTIES, default_properties};

    #[test]
    fn fixed_segments_get_graphs_spelling_and_keys_stay() {
        for (given, expected) in [
            ("/graph/v1.0/users", "/graph/v1.0/users"),
            ("/graph/beta/Users/Adele@Contoso.example", "/graph/v1.0/users/Adele@Contoso.example"),
            (
                "/graph/V1.0/USERS/x/AUTHENTICATION/phonemethods/ID",
                "/graph/v1.0/users/x/authentication/phoneMethods/ID",
            ),
            ("/graph/v1.0/users('o''neil@contoso.example')", "/graph/v1.0/users/o'neil@contoso.example"),
            ("/graph/beta/Users('a')/Authentication/methods('b')", "/graph/v1.0/users/a/authentication/methods/b"),
            ("/graph/v1.0/users/a/microsoft.graph.revokeSignInSessions", "/graph/v1.0/users/a/revokeSignInSessions"),
            ("/graph/v1.0/users/beta", "/graph/v1.0/users/beta"),
            ("/graph/v2.0/users", "/graph/v2.0/users"),
            ("/GRAPH/v1.0/users", "/GRAPH/v1.0/users"),
            ("/V1/resets", "/V1/resets"),
            ("/graph", "/graph"),
            ("graph/V1.0", "graph/V1.0"),
            ("", ""),
        ] {
            assert_eq!(path(given), expected, "{given}");
        }
    }

    #[test]
    fn properties_are_known_in_any_letter_case_and_each_stands_once() {
        let spelled = body(json!({"MobilePhone": "a", "PasswordProfile": {"PASSWORD": "b"}, "Shoe": [{"ID": 1}]}));
        let expected = json!({"mobilePhone": "a", "passwordProfile": {"password": "b"}, "Shoe": [{"id": 1}]});
        assert_eq!(spelled, Ok(expected));
        let twice = body(json!({"passwordProfile": {"password": "a", "PASSWORD": "b"}}));
        assert_eq!(twice, Err("password".to_owned()));
    }

    #[test]
    fn every_property_of_a_user_is_known() {
        for name in default_properties().into_iter().chain(SELECTED_PROPERTIES) {
            assert_eq!(property(&name.to_uppercase()), name);
        }
    }

    #[test]
    fn names_get_graphs_spelling() {
        assert_eq!((option("$TOP"), option("$Skiptoken"), option("top")), ("$top", "$skiptoken", "top"));
        for (given, expected) in [
            ("MobilePhone", "mobilePhone"),
            ("OFFICELOCATION", "officeLocation"),
            ("ForceChangePasswordNextSignin", "forceChangePasswordNextSignIn"),
            ("Shoe", "Shoe"),
        ] {
            assert_eq!(property(given), expected);
        }
    }
}
