//! The descriptive properties of a person: stored, returned, and used for little else.

use serde::{Deserialize, Serialize};

use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::is_invisible;

/// Defines [`ProfileField`] from one line per property: its variant, its name in Graph, the maximum length that Graph
/// documents, and its description in the API document.
macro_rules! profile_fields {
    ($($field:ident, $name:literal, $max_length:literal, $description:literal;)+) => {
        /// A descriptive property.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum ProfileField {
            $(#[doc = $description] #[serde(rename = $name)] $field,)+
        }

        impl ProfileField {
            /// All properties.
            pub const ALL: &'static [Self] = &[$(Self::$field),+];

            /// The property's name in Graph.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$field => $name,)+ }
            }

            /// Maximum length of a value, in characters.
            #[must_use]
            pub const fn max_length(self) -> usize {
                match self { $(Self::$field => $max_length,)+ }
            }

            /// A description of the property, in a sentence.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$field => $description,)+ }
            }
        }
    };
}

profile_fields! {
    DisplayName, "displayName", 256, "The display name.";
    GivenName, "givenName", 64, "The given name.";
    Surname, "surname", 64, "The family name.";
    Mail, "mail", 256, "The person's own mailbox. It receives notices and never a code, because its owner may be \
        locked out of it.";
    MailNickname, "mailNickname", 64, "The mail alias.";
    JobTitle, "jobTitle", 128, "The job title.";
    PreferredLanguage, "preferredLanguage", 64, "The language of messages, such as `de` or `fr-CA`. If messages are not \
        written in it, the policy's default language is used.";
    UsageLocation, "usageLocation", 64, "The country that the person works in.";
    Department, "department", 64, "The department.";
    CompanyName, "companyName", 64, "The company.";
    OfficeLocation, "officeLocation", 128, "The office.";
    EmployeeId, "employeeId", 16, "The employee's number.";
    EmployeeType, "employeeType", 64, "The kind of employment.";
    StreetAddress, "streetAddress", 1024, "The street and house of the office.";
    City, "city", 128, "The city of the office.";
    State, "state", 128, "The state or province of the office.";
    PostalCode, "postalCode", 40, "The postal code of the office.";
    Country, "country", 128, "The country of the office.";
    FaxNumber, "faxNumber", 64, "The fax number, which is never called.";
}

impl ProfileField {
    /// Parses a property's name in Graph.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.as_str() == text)
    }

    /// Validates a value by the property's rules.
    ///
    /// # Errors
    /// The rule that the value breaks, to follow the name of the property.
    pub fn validate(self, value: &str) -> Result<(), &'static str> {
        let is_seen = |character: char| !character.is_whitespace() && !is_invisible(character);
        let fits = value.chars().count() <= self.max_length() && value.chars().any(is_seen);
        if !fits || value.chars().any(char::is_control) {
            return Err("is empty, is too long or contains control characters");
        }
        match self {
            // Notices go there, so it must be a valid address.
            Self::Mail if EmailAddress::parse(value).is_err() => Err("is not a valid email address"),
            _ => Ok(()),
        }
    }
}
