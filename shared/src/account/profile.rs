//! The descriptive properties of a person: stored, returned, and used for little else.

use serde::{Deserialize, Serialize};

use crate::identifiers::email_address::EmailAddress;

/// Makes [`ProfileField`] of one line for each property: its variant, its name in Graph, the most characters that Graph
/// documents for it, and what the API's description says of it.
macro_rules! profile_fields {
    ($($field:ident, $name:literal, $max_length:literal, $description:literal;)+) => {
        /// A descriptive property.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum ProfileField {
            $(#[doc = $description] #[serde(rename = $name)] $field,)+
        }

        impl ProfileField {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$field),+];

            /// The property's name in Graph.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$field => $name,)+ }
            }

            /// Most characters of a value.
            #[must_use]
            pub const fn max_length(self) -> usize {
                match self { $(Self::$field => $max_length,)+ }
            }

            /// What the property is, in a sentence.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$field => $description,)+ }
            }
        }
    };
}

profile_fields! {
    DisplayName, "displayName", 256, "The name to show.";
    GivenName, "givenName", 64, "The given name.";
    Surname, "surname", 64, "The family name.";
    Mail, "mail", 256, "The person's own mailbox, which they may have locked themselves out of: it is told of what \
        happens to the account, and never used for a reset.";
    MailNickname, "mailNickname", 64, "The mail alias.";
    JobTitle, "jobTitle", 128, "The job title.";
    PreferredLanguage, "preferredLanguage", 64, "The language of messages, such as `de` or `fr-CA`; English, French, \
        German and Spanish are spoken, and the policy's default language stands in for others.";
    UsageLocation, "usageLocation", 64, "The country that the person works in.";
}

impl ProfileField {
    /// Reads the name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.as_str() == text)
    }

    /// Checks a value by the property's rules.
    ///
    /// # Errors
    /// The rule that the value breaks, in a sentence.
    pub fn validate(self, value: &str) -> Result<(), &'static str> {
        let fits = (1..=self.max_length()).contains(&value.chars().count()) && !value.chars().any(char::is_control);
        if !fits {
            return Err("a text property is too long, empty or holds control characters");
        }
        match self {
            // Notices go there, so that it must be an address.
            Self::Mail if EmailAddress::parse(value).is_err() => Err("mail cannot be a mail address"),
            _ => Ok(()),
        }
    }
}
