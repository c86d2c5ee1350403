//! The options of the list of users, and of one.

use shared::http::Problem;
use shared::http::graph::{default_properties, is_property, spelling};
use shared::use_cases::admin_get_contact::Filter;

use super::{Comparison, Literal, Operator, Options, Top, unknown_property, unsupported, user_name, user_name_prefix};

/// The rule of a `$select`.
pub(crate) const SELECT: &str = "$select must be names of properties, separated by commas";

/// A list's options.
pub(crate) struct UsersQuery<'a> {
    pub(crate) filter: Filter,
    pub(crate) properties: Vec<String>,
    pub(crate) top: usize,
    pub(crate) options: Options<'a>,
}

/// The properties that a `$select` names, or the default ones.
pub(crate) fn select(options: Options<'_>) -> Result<Vec<String>, Problem> {
    let Some(list) = options.get("$select") else {
        return Ok(default_properties().into_iter().map(str::to_owned).collect());
    };
    let names: Vec<String> = list.split(',').map(|name| spelling::property(name.trim()).to_owned()).collect();
    if !names.iter().all(|name| may_be_property(name)) {
        return Err(Problem::malformed(SELECT));
    }
    if names.iter().all(|name| is_property(name)) { Ok(names) } else { Err(unknown_property()) }
}

/// Whether OData allows a name in `$select`: the path of a property, or `*`.
fn may_be_property(name: &str) -> bool {
    let in_path = |char: char| char.is_ascii_alphanumeric() || "_./".contains(char);
    name == "*" || (name.starts_with(|char: char| char.is_ascii_alphabetic()) && name.chars().all(in_path))
}

impl<'a> UsersQuery<'a> {
    /// Reads a list's options.
    pub(crate) fn read(query: &'a [(String, String)]) -> Result<Self, Problem> {
        let options = Options::read(query, &["$select", "$top", "$filter", "$skiptoken"])?;
        Ok(Self {
            properties: select(options)?,
            top: options.top(&Top::USERS)?,
            filter: filter(&options.filter()?)?,
            options,
        })
    }
}

/// The filter of at most one comparison, of `userPrincipalName`.
fn filter(comparisons: &[Comparison]) -> Result<Filter, Problem> {
    let comparison = match comparisons {
        [] => return Ok(Filter::All),
        [comparison] => comparison,
        _ => return Err(unsupported()),
    };
    match (comparison.property.as_str(), comparison.operator, &comparison.literal) {
        ("userprincipalname", Operator::Equal, Literal::Text(text)) => {
            Ok(user_name(text).map_or(Filter::UnknownName, Filter::Equals))
        }
        ("userprincipalname", Operator::StartsWith, Literal::Text(text)) => {
            Ok(user_name_prefix(text).map_or(Filter::UnknownName, Filter::StartsWith))
        }
        _ => Err(unsupported()),
    }
}

#[cfg(test)]
mod tests {
    use shared::identifiers::user_name::UserName;

    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn users_are_found_by_their_names_only() {
        let filter = |text| UsersQuery::read(&pairs(&[("$filter", text)])).map(|query| query.filter);
        let adele = UserName::parse("adele@contoso.example").unwrap();
        assert_eq!(filter("userPrincipalName eq 'Adele@contoso.example'").unwrap(), Filter::Equals(adele));
        for text in ["startsWith(userPrincipalName, 'O''Neil')", "(startswith(userPrincipalName,'o''neil'))"] {
            assert_eq!(filter(text).unwrap(), Filter::StartsWith("o'neil".to_owned()), "{text}");
        }
        let long = format!("startswith(userPrincipalName,'{}')", "x".repeat(513));
        for text in ["userPrincipalName eq 'no name'", "userPrincipalName eq ''", &long] {
            assert_eq!(filter(text).unwrap(), Filter::UnknownName, "{text}");
        }
        for text in [
            "displayName eq 'x'",
            "userPrincipalName eq true",
            "userPrincipalName ge 'x@contoso.example'",
            "userPrincipalName ne 'x@contoso.example'",
            "userPrincipalName eq 'a@b.example' and userPrincipalName eq 'a@b.example'",
            "startswith(displayName,'x')",
        ] {
            assert_eq!(filter(text), Err(unsupported()), "{text}");
        }
    }

    #[test]
    fn only_known_properties_are_selected() {
        let selected = |text| UsersQuery::read(&pairs(&[("$select", text)])).map(|query| query.properties);
        assert_eq!(selected("ID, mail,OfficeLocation").unwrap(), ["id", "mail", "officeLocation"]);
        for text in ["id,password", "*", "manager/id", "passwordProfile"] {
            assert_eq!(selected(text), Err(unknown_property()), "{text}");
        }
        for text in ["", " ", "id,,mail", "id,", "id;mail", "id mail", "'id'", "é", "password,"] {
            assert_eq!(selected(text), Err(Problem::malformed(SELECT)), "{text}");
        }
        assert_eq!(UsersQuery::read(&[]).unwrap().properties, default_properties());
    }
}
