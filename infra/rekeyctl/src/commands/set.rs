//! `rekeyctl set`: one property of one user.

use serde_json::{Map, Value, json};
use ureq::http::Method;

use crate::client::Client;
use crate::client::endpoint::user_route;
use crate::options::Set;
use crate::output::failure::Failure;
use crate::output::streams::{DONE, Streams};
use crate::output::terminal::escape;

/// Sets or clears a property. The service validates the value, and explains a refusal.
pub(crate) fn run(client: &Client<'_>, options: &Set, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let name = &options.property;
    let value = value(name, &options.values, options.clear)?;
    let body = Map::from_iter([(name.clone(), value)]);
    client.write(Method::PATCH, &user_route(&options.user), body)?;
    let done = if options.clear { "cleared" } else { "set" };
    streams.print(&format!("{}: {name} {done}\n", escape(&options.user)))?;
    Ok(DONE)
}

fn value(property: &str, values: &[String], clear: bool) -> Result<Value, Failure> {
    let one = || match values {
        [value] => Ok(value.as_str()),
        _ => Err(Failure::OneValue),
    };
    match property {
        "businessPhones" | "otherMails" if clear => Ok(json!([])),
        "otherMails" => Ok(json!(values)),
        "businessPhones" => Ok(json!([one()?])),
        "accountEnabled" | "isAdmin" | "onPremisesSyncEnabled" => match one() {
            Ok("true") => Ok(json!(true)),
            Ok("false") => Ok(json!(false)),
            _ => Err(Failure::TrueOrFalse),
        },
        _ if clear => Ok(Value::Null),
        _ => one().map(|text| json!(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_the_shape_of_its_property() {
        let set = |property, values: &[&str]| {
            value(property, &values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>(), false)
        };
        assert_eq!(set("mobilePhone", &["+1 4255550100"]).unwrap(), json!("+1 4255550100"));
        assert_eq!(set("businessPhones", &["+1 4255550111"]).unwrap(), json!(["+1 4255550111"]));
        assert_eq!(set("otherMails", &["a@x.example", "b@x.example"]).unwrap(), json!(["a@x.example", "b@x.example"]));
        assert_eq!(set("accountEnabled", &["false"]).unwrap(), json!(false));
        assert!(matches!(set("accountEnabled", &["no"]), Err(Failure::TrueOrFalse)));
        assert!(matches!(set("businessPhones", &["a", "b"]), Err(Failure::OneValue)));
        assert!(matches!(set("displayName", &["Adele", "Vance"]), Err(Failure::OneValue)));
    }

    #[test]
    fn clearing_is_null_or_an_empty_list() {
        let cleared = |property| value(property, &[], true);
        assert_eq!(cleared("mobilePhone").unwrap(), Value::Null);
        assert_eq!(cleared("businessPhones").unwrap(), json!([]));
        assert_eq!(cleared("otherMails").unwrap(), json!([]));
        assert!(matches!(cleared("isAdmin"), Err(Failure::TrueOrFalse)));
    }
}
