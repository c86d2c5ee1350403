//! `rekeyctl set`: one property of one user.

use clap::ValueEnum;
use serde_json::{Map, Value, json};
use ureq::http::Method;

use crate::client::Client;
use crate::client::endpoint::user_route;
use crate::options::{Property, Set};
use crate::output::failure::Failure;
use crate::output::terminal::escape;
use crate::{DONE, Streams};

/// Sets or clears a property. The service judges the value, and says what is wrong with it.
pub(crate) fn run(client: &Client<'_>, options: &Set, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let value = value(options.property, &options.values, options.clear)?;
    let name = options.property.to_possible_value().map(|name| name.get_name().to_owned()).unwrap_or_default();
    let body = Map::from_iter([(name.clone(), value)]);
    client.write(Method::PATCH, &user_route(&options.user), body)?;
    let done = if options.clear { "cleared" } else { "set" };
    streams.print(&format!("{}: {name} {done}\n", escape(&options.user)))?;
    Ok(DONE)
}

fn value(property: Property, values: &[String], clear: bool) -> Result<Value, Failure> {
    let one = || match values {
        [value] => Ok(value.as_str()),
        _ => Err(Failure::OneValue),
    };
    match property {
        Property::BusinessPhones | Property::OtherMails if clear => Ok(json!([])),
        Property::OtherMails => Ok(json!(values)),
        Property::BusinessPhones => Ok(json!([one()?])),
        Property::AccountEnabled | Property::IsAdmin | Property::OnPremisesSyncEnabled => match one() {
            Ok("true") => Ok(json!(true)),
            Ok("false") => Ok(json!(false)),
            _ => Err(Failure::TrueOrFalse),
        },
        Property::MobilePhone
        | Property::DisplayName
        | Property::GivenName
        | Property::Surname
        | Property::Mail
        | Property::MailNickname
        | Property::JobTitle
        | Property::PreferredLanguage
        | Property::UsageLocation => {
            if clear {
                Ok(Value::Null)
            } else {
                one().map(|text| json!(text))
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_the_shape_of_its_property() {
        let set = |property, values: &[&str]| {
            value(property, &values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>(), false)
        };
        assert_eq!(set(Property::MobilePhone, &["+1 4255550100"]).unwrap(), json!("+1 4255550100"));
        assert_eq!(set(Property::BusinessPhones, &["+1 4255550111"]).unwrap(), json!(["+1 4255550111"]));
        assert_eq!(
            set(Property::OtherMails, &["a@x.example", "b@x.example"]).unwrap(),
            json!(["a@x.example", "b@x.example"])
        );
        assert_eq!(set(Property::AccountEnabled, &["false"]).unwrap(), json!(false));
        assert!(matches!(set(Property::AccountEnabled, &["no"]), Err(Failure::TrueOrFalse)));
        assert!(matches!(set(Property::BusinessPhones, &["a", "b"]), Err(Failure::OneValue)));
        assert!(matches!(set(Property::DisplayName, &["Adele", "Vance"]), Err(Failure::OneValue)));
    }

    #[test]
    fn clearing_is_null_or_an_empty_list() {
        let cleared = |property| value(property, &[], true);
        assert_eq!(cleared(Property::MobilePhone).unwrap(), Value::Null);
        assert_eq!(cleared(Property::BusinessPhones).unwrap(), json!([]));
        assert_eq!(cleared(Property::OtherMails).unwrap(), json!([]));
        assert!(matches!(cleared(Property::IsAdmin), Err(Failure::TrueOrFalse)));
    }
}
