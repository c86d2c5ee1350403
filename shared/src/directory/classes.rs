//! What kinds of entries are no people.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::attributes::folded;

/// Classes of entries that nobody signs in with, in the schemas of Active Directory, OpenLDAP and 389 Directory Server.
/// Active Directory derives some of them from those of people: a machine, and an external contact.
const NOT_PEOPLE: [&str; 30] = [
    "computer",
    "contact",
    "group",
    "groupOfNames",
    "groupOfUniqueNames",
    "groupOfURLs",
    "posixGroup",
    "organizationalUnit",
    "organizationalRole",
    "organization",
    "container",
    "nsContainer",
    "dcObject",
    "domain",
    "domainDNS",
    "builtinDomain",
    "country",
    "locality",
    "device",
    "ipHost",
    "applicationProcess",
    "foreignSecurityPrincipal",
    "msDS-GroupManagedServiceAccount",
    "msDS-ManagedServiceAccount",
    "msExchSystemMailbox",
    "publicFolder",
    "printQueue",
    "volume",
    "serviceConnectionPoint",
    "alias",
];

/// The class of [`NOT_PEOPLE`] that a value names; `None` if it may be one of people.
///
/// A value is the name of a class, such as `organizationalUnit` or `#microsoft.graph.group`, or the distinguished name
/// of one, such as `CN=Organizational-Unit,CN=Schema,CN=Configuration,DC=contoso,DC=example`.
pub(super) fn no_person(value: &str) -> Option<&'static str> {
    static BY_NAME: LazyLock<HashMap<String, &'static str>> =
        LazyLock::new(|| NOT_PEOPLE.iter().map(|class| (folded(class), *class)).collect());
    let first = value.split(',').next().unwrap_or_default();
    let name = first.split_once('=').map_or(first, |(_, name)| name);
    let name = name.strip_prefix("#microsoft.graph.").unwrap_or(name);
    // Folding a longer value would take long.
    (name.len() <= LONGEST_CLASS).then(|| BY_NAME.get(&folded(name)).copied())?
}

/// The longest name of a class that is looked up, in bytes: above the longest one of [`NOT_PEOPLE`].
const LONGEST_CLASS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_found_by_its_name_and_by_its_place_in_the_schema() {
        for (value, class) in [
            ("Group", "group"),
            ("#microsoft.graph.group", "group"),
            ("CN=Group,CN=Schema,CN=Configuration,DC=contoso,DC=example", "group"),
            ("cn=computer,cn=schema,cn=configuration,dc=contoso,dc=example", "computer"),
            ("CN=Organizational-Unit,CN=Schema,CN=Configuration,DC=a", "organizationalUnit"),
            ("CN=Foreign-Security-Principal,CN=Schema,CN=Configuration,DC=a", "foreignSecurityPrincipal"),
            ("CN=ms-DS-Managed-Service-Account,CN=Schema,CN=Configuration,DC=a", "msDS-ManagedServiceAccount"),
        ] {
            assert_eq!(no_person(value), Some(class), "{value}");
        }
        for person in
            ["user", "#microsoft.graph.user", "CN=Person,CN=Schema,CN=Configuration,DC=group,DC=example", "", "="]
        {
            assert_eq!(no_person(person), None, "{person}");
        }
        assert_eq!(no_person(&"group".repeat(100)), None);
    }
}
