//! The options of the list of users, and of one.

use shared::account::search::words;
use shared::account::{ProfileField, Slot};
use shared::http::Problem;
use shared::http::graph::{default_properties, is_property, spelling};
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;
use shared::use_cases::admin_get_contact::UserCondition;

use super::refusal::unsupported_search;
use super::{Comparison, Literal, Operator, Options, Top, unknown_property, unsupported, user_name, user_name_prefix};

/// The rule of a `$select`.
pub(crate) const SELECT: &str = "$select must be names of properties, separated by commas";
/// The rule of a text that a name is compared with.
pub(crate) const WORDLESS: &str = "the text that a name is compared with must contain a letter or a digit";

/// A list's options.
pub(crate) struct UsersQuery<'a> {
    /// The conditions of `$filter` and `$search`.
    pub(crate) conditions: Vec<UserCondition>,
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
        let options = Options::read(query, &["$select", "$top", "$filter", "$search", "$skiptoken"])?;
        let filtered = options.filter()?.iter().map(condition).collect::<Result<Vec<_>, _>>()?;
        let searched = options.get("$search").map(search).transpose()?;
        Ok(Self {
            properties: select(options)?,
            top: options.top(&Top::USERS)?,
            conditions: filtered.into_iter().chain(searched).collect(),
            options,
        })
    }
}

/// The condition of a comparison.
fn condition(comparison: &Comparison) -> Result<UserCondition, Problem> {
    match (comparison.operator, &comparison.literal) {
        (Operator::Equal, Literal::Text(text)) => equal(&comparison.property, text),
        (Operator::StartsWith, Literal::Text(text)) => begins(&comparison.property, text),
        (Operator::Equal, Literal::Bool(is)) if comparison.property == "accountenabled" => {
            Ok(UserCondition::Enabled(*is))
        }
        _ => Err(unsupported()),
    }
}

/// The condition of `property eq 'text'`. A text that no value of the property can be is met by nobody.
fn equal(property: &str, text: &str) -> Result<UserCondition, Problem> {
    let mail = || EmailAddress::parse(text).ok();
    let condition = match property {
        "userprincipalname" => user_name(text).map(UserCondition::Named),
        "mail" => mail().map(UserCondition::Mail),
        "othermails[]" => mail().map(UserCondition::OtherMail),
        "mobilephone" => number(text).map(|number| UserCondition::Phone(Slot::MobilePhone, number)),
        "businessphones[]" => number(text).map(|number| UserCondition::Phone(Slot::BusinessPhones, number)),
        other => Some(UserCondition::Called(name(other, text)?, text.to_owned())),
    };
    Ok(condition.unwrap_or(UserCondition::Nobody))
}

/// The condition of `startswith(property,'text')`.
fn begins(property: &str, text: &str) -> Result<UserCondition, Problem> {
    Ok(match property {
        "userprincipalname" => user_name_prefix(text).map_or(UserCondition::Nobody, UserCondition::NameBegins),
        "mail" => UserCondition::MailBegins(text.to_lowercase()),
        other => UserCondition::CalledBegins(name(other, text)?, text.to_owned()),
    })
}

/// The property that holds a name of the person, if the text can be looked up.
fn name(property: &str, text: &str) -> Result<ProfileField, Problem> {
    let field = match property {
        "displayname" => ProfileField::DisplayName,
        "givenname" => ProfileField::GivenName,
        "surname" => ProfileField::Surname,
        _ => return Err(unsupported()),
    };
    if words(text).is_empty() { Err(Problem::malformed(WORDLESS)) } else { Ok(field) }
}

/// A phone number in any spelling. In a query, a plus sign that was not encoded is a space.
fn number(text: &str) -> Option<Phone> {
    let typed = text.strip_prefix(' ').map(|rest| format!("+{rest}"));
    Phone::parse(typed.as_deref().unwrap_or(text)).ok()
}

/// The condition of `$search`: `"displayName:words"`.
fn search(text: &str) -> Result<UserCondition, Problem> {
    let quoted = text.trim_matches(' ').strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let clause = quoted.filter(|clause| !clause.contains(['"', '\\'])).and_then(|clause| clause.split_once(':'));
    let of_name = clause.filter(|(property, _)| property.trim_matches(' ').eq_ignore_ascii_case("displayName"));
    let (_, typed) = of_name.ok_or_else(unsupported_search)?;
    let words = words(typed);
    if words.is_empty() { Err(Problem::malformed(WORDLESS)) } else { Ok(UserCondition::Words(words)) }
}

#[cfg(test)]
mod tests {
    use shared::identifiers::user_name::UserName;

    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn each_property_has_its_condition() {
        fn filter(text: &str) -> Result<Vec<UserCondition>, Problem> {
            UsersQuery::read(&pairs(&[("$filter", text)])).map(|query| query.conditions)
        }
        fn one(text: &str) -> UserCondition {
            filter(text).unwrap().pop().unwrap()
        }
        let text = |text: &str| text.to_owned();
        let adele = UserName::parse("adele@contoso.example").unwrap();
        assert_eq!(one("userPrincipalName eq 'Adele@contoso.example'"), UserCondition::Named(adele));
        for prefix in ["startsWith(userPrincipalName, 'O''Neil')", "(startswith(userPrincipalName,'o''neil'))"] {
            assert_eq!(one(prefix), UserCondition::NameBegins(text("o'neil")), "{prefix}");
        }
        for (property, field) in [
            ("displayName", ProfileField::DisplayName),
            ("GIVENNAME", ProfileField::GivenName),
            ("surname", ProfileField::Surname),
        ] {
            assert_eq!(one(&format!("{property} eq 'Ada'")), UserCondition::Called(field, text("Ada")));
            assert_eq!(one(&format!("startswith({property},'A')")), UserCondition::CalledBegins(field, text("A")));
        }
        let mail = EmailAddress::parse("ada@contoso.example").unwrap();
        assert_eq!(one("mail eq 'ADA@contoso.example'"), UserCondition::Mail(mail.clone()));
        assert_eq!(one("startswith(mail,'ADA@')"), UserCondition::MailBegins(text("ada@")));
        assert_eq!(one("otherMails/any(m:m eq 'Ada@Contoso.example')"), UserCondition::OtherMail(mail));
        let number = Phone::parse("+1 4252345678").unwrap();
        for spelling in ["+1 4252345678", "+14252345678", "+1 (425) 234-5678", "+1 4252345678x12", " 14252345678"] {
            let found = UserCondition::Phone(Slot::MobilePhone, number.clone());
            assert_eq!(one(&format!("mobilePhone eq '{spelling}'")), found, "{spelling}");
            let found = UserCondition::Phone(Slot::BusinessPhones, number.clone());
            assert_eq!(one(&format!("businessPhones/any(p:p eq '{spelling}')")), found, "{spelling}");
        }
        assert_eq!(one("accountEnabled eq false"), UserCondition::Enabled(false));
        let both = filter("startswith(displayName,'a') and accountEnabled eq true").unwrap();
        assert_eq!(both.len(), 2);
        let long = format!("startswith(userPrincipalName,'{}')", "x".repeat(513));
        for nobody in [
            "userPrincipalName eq 'no name'",
            "userPrincipalName eq ''",
            "mail eq 'x'",
            "otherMails/any(m:m eq '')",
            "mobilePhone eq '4252345678'",
            &long,
        ] {
            assert_eq!(one(nobody), UserCondition::Nobody, "{nobody}");
        }
        for refused in [
            "jobTitle eq 'x'",
            "userPrincipalName eq true",
            "accountEnabled eq 'true'",
            "userPrincipalName ge 'x@contoso.example'",
            "displayName ne 'x'",
            "mobilePhone eq null",
            "startswith(mobilePhone,'+1')",
            "otherMails eq 'x@contoso.example'",
            "businessPhones eq '+1 4252345678'",
            "otherMails/any(m:startswith(m,'x'))",
            "displayName/any(m:m eq 'x')",
        ] {
            assert_eq!(filter(refused), Err(unsupported()), "{refused}");
        }
        for wordless in ["displayName eq ''", "startswith(surname,'-')", "givenName eq '🙂'"] {
            assert_eq!(filter(wordless), Err(Problem::malformed(WORDLESS)), "{wordless}");
        }
    }

    #[test]
    fn a_search_is_for_the_words_of_a_display_name() {
        let search = |text| UsersQuery::read(&pairs(&[("$search", text)])).map(|query| query.conditions);
        for (text, words) in [
            ("\"displayName:ada\"", &["ada"][..]),
            (" \"DISPLAYNAME: Ada  O'Neil \" ", &["ada", "o", "neil"]),
            ("\"displayName:ada:king\"", &["ada", "king"]),
        ] {
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(search(text).unwrap(), [UserCondition::Words(words)], "{text}");
        }
        for text in [
            "",
            "ada",
            "displayName:ada",
            "\"ada\"",
            "\"mail:ada\"",
            "\"displayName:ada",
            "\"displayName:ada\" AND \"displayName:king\"",
            "\"displayName:ada\" OR \"mail:ada\"",
        ] {
            assert_eq!(search(text), Err(unsupported_search()), "{text}");
        }
        assert_eq!(search("\"displayName:-\""), Err(Problem::malformed(WORDLESS)));
        let both = pairs(&[("$search", "\"displayName:ada\""), ("$filter", "accountEnabled eq true")]);
        assert_eq!(UsersQuery::read(&both).unwrap().conditions.len(), 2);
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
