//! Who a message is from: two parameters of the deployment.

use std::fmt;

/// The longest name of an organisation, in characters: an SMS of one segment has room for it.
pub const MAX_ORGANISATION_CHARACTERS: usize = 20;
/// The longest domain, in characters (RFC 1035, section 2.3.4, without the root's dot).
const MAX_DOMAIN_CHARACTERS: usize = 253;
/// The longest domain that the last line of an SMS of one segment has room for, in characters.
pub const MAX_BOUND_CHARACTERS: usize = 40;
/// The name in messages if the deployment configures none.
const DEFAULT_ORGANISATION: &str = "Rekey";

/// The printable characters of the GSM 7-bit default alphabet that are not ASCII letters and digits
/// (3GPP TS 23.038, section 6.2.1). Each takes one septet of an SMS.
const GSM_BASIC_OTHERS: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";

/// The characters that structure an address header (RFC 5322, section 3.2.3), except the full stop: company names need
/// it, and no reader of headers takes it for structure. The others of that list are outside the alphabet above.
const HEADER_STRUCTURE: &str = "\"<>()@,;:";

/// The name of the organisation that messages print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation(String);

impl Organisation {
    /// Parses a name: 1 to 20 characters of the GSM 7-bit default alphabet, on one line, none of which structures a
    /// header.
    ///
    /// # Errors
    /// The first rule that the name breaks.
    pub fn parse(name: &str) -> Result<Self, OrganisationError> {
        if name.chars().any(char::is_control) {
            return Err(OrganisationError::ControlCharacter);
        }
        if !name.chars().all(is_gsm_basic) {
            return Err(OrganisationError::OutsideGsmBasicSet);
        }
        if name.chars().any(|c| HEADER_STRUCTURE.contains(c)) {
            return Err(OrganisationError::HeaderStructure);
        }
        if name.chars().count() > MAX_ORGANISATION_CHARACTERS {
            return Err(OrganisationError::TooLong);
        }
        if name.is_empty() {
            return Err(OrganisationError::Empty);
        }
        if name.trim() != name {
            return Err(OrganisationError::OuterSpace);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name, exactly as it was parsed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Organisation {
    fn default() -> Self {
        Self(DEFAULT_ORGANISATION.to_owned())
    }
}

fn is_gsm_basic(character: char) -> bool {
    character.is_ascii_alphanumeric() || GSM_BASIC_OTHERS.contains(character)
}

/// Why a name of an organisation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganisationError {
    /// It holds a control character, such as a line break.
    ControlCharacter,
    /// It holds a character that takes two septets of an SMS, or that the alphabet lacks.
    OutsideGsmBasicSet,
    /// It holds a character that structures an address header.
    HeaderStructure,
    /// It has more than 20 characters.
    TooLong,
    /// It is empty.
    Empty,
    /// It begins or ends with a space.
    OuterSpace,
}

impl fmt::Display for OrganisationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ControlCharacter => "the organisation's name holds a control character",
            Self::OutsideGsmBasicSet => {
                "the organisation's name holds a character outside the GSM 7-bit default alphabet"
            }
            Self::HeaderStructure => "the organisation's name holds one of the characters \" < > ( ) @ , ; :",
            Self::TooLong => "the organisation's name has more than 20 characters",
            Self::Empty => "the organisation's name is empty",
            Self::OuterSpace => "the organisation's name begins or ends with a space",
        })
    }
}

impl std::error::Error for OrganisationError {}

/// The host name of the site that codes are typed into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain(String);

impl Domain {
    /// Parses a host name: lower-case ASCII labels separated by dots, at most 253 characters.
    ///
    /// # Errors
    /// The first rule that the name breaks (RFC 1123, section 2.1).
    pub fn parse(name: &str) -> Result<Self, DomainError> {
        if name.is_empty() {
            return Err(DomainError::Empty);
        }
        let is_host = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
        if !name.bytes().all(is_host) {
            return Err(DomainError::Character);
        }
        if name.len() > MAX_DOMAIN_CHARACTERS {
            return Err(DomainError::TooLong);
        }
        if name.split('.').any(str::is_empty) {
            return Err(DomainError::EmptyLabel);
        }
        let has_outer_hyphen = |label: &str| label.starts_with('-') || label.ends_with('-');
        if name.split('.').any(has_outer_hyphen) {
            return Err(DomainError::OuterHyphen);
        }
        let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
        if name.rsplit('.').next().is_some_and(is_number) {
            return Err(DomainError::NumericLastLabel);
        }
        Ok(Self(name.to_owned()))
    }

    /// Whether an SMS of one segment has room for it.
    #[must_use]
    pub fn fits_sms(&self) -> bool {
        self.0.len() <= MAX_BOUND_CHARACTERS
    }

    /// The host name, exactly as it was parsed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a domain is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainError {
    /// It is empty.
    Empty,
    /// It holds something other than lower-case ASCII letters, digits, hyphens and dots.
    Character,
    /// It has more than 253 characters.
    TooLong,
    /// It begins or ends with a dot, or has two in a row.
    EmptyLabel,
    /// One of its labels begins or ends with a hyphen.
    OuterHyphen,
    /// Its last label is a number, as in an IP address.
    NumericLastLabel,
}

impl fmt::Display for DomainError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "the domain is empty",
            Self::Character => {
                "the domain holds something other than lower-case ASCII letters, digits, hyphens and dots"
            }
            Self::TooLong => "the domain has more than 253 characters",
            Self::EmptyLabel => "the domain has an empty label",
            Self::OuterHyphen => "a label of the domain begins or ends with a hyphen",
            Self::NumericLastLabel => "the last label of the domain is a number",
        })
    }
}

impl std::error::Error for DomainError {}

/// Who a message is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    organisation: Organisation,
    domain: Domain,
}

impl Sender {
    /// Combines the two parameters of the deployment.
    #[must_use]
    pub fn new(organisation: Organisation, domain: Domain) -> Self {
        Self { organisation, domain }
    }

    /// The organisation that messages name.
    #[must_use]
    pub fn organisation(&self) -> &Organisation {
        &self.organisation
    }

    /// The domain that codes in SMS are bound to.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_are_unchanged() {
        for name in ["R", "Contoso Ltd.", "Müller & Söhne", "ÆØÅ-Δ 1", "12345678901234567890", "ÄÖÜÑäöüñàèéùìòÇßÅåØø"]
        {
            assert_eq!(Organisation::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(Organisation::default().as_str(), "Rekey");
        assert_eq!(Organisation::parse("Rekey").unwrap(), Organisation::default());
    }

    #[test]
    fn each_rule_for_names_refuses_by_its_own_name() {
        use OrganisationError as E;
        let refusal = |name: &str| Organisation::parse(name).unwrap_err();
        for name in ["A\r\nBcc: x", "A\nB", "A\rB", "A\0", "A\u{1b}", "A\u{85}"] {
            assert_eq!(refusal(name), E::ControlCharacter);
        }
        for name in ["François", "A {0}", "A€", "A\u{a0}B", "A\u{202e}", "日本", "`"] {
            assert_eq!(refusal(name), E::OutsideGsmBasicSet);
        }
        for character in "\"<>()@,;:".chars() {
            assert_eq!(refusal(&format!("A{character}B")), E::HeaderStructure);
        }
        assert_eq!(refusal("123456789012345678901"), E::TooLong);
        assert_eq!(refusal(""), E::Empty);
        assert_eq!(refusal(" A"), E::OuterSpace);
        assert_eq!(refusal("A "), E::OuterSpace);
    }

    #[test]
    fn good_domains_are_unchanged() {
        for name in [
            "localhost",
            "reset.contoso.example",
            "xn--mller-kva.example",
            "1.a",
            "abcdefghijabcdefghijabcdefghijab.example",
        ] {
            assert_eq!(Domain::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn each_rule_for_domains_refuses_by_its_own_name() {
        use DomainError as E;
        let refusal = |name: &str| Domain::parse(name).unwrap_err();
        assert_eq!(refusal(""), E::Empty);
        for name in ["a\r\nb", "a\n", "a b", "a#1", "a@b", "a:80", "A.b", "é.fr", "a/b", "a_b"] {
            assert_eq!(refusal(name), E::Character);
        }
        assert_eq!(refusal(&format!("{}.example", "a".repeat(246))), E::TooLong);
        assert!(Domain::parse(&format!("{}.example", "a".repeat(245))).is_ok());
        for name in [".a", "a.", "a..b", "."] {
            assert_eq!(refusal(name), E::EmptyLabel);
        }
        for name in ["-a.b", "a-.b", "a.-b", "a.b-", "-"] {
            assert_eq!(refusal(name), E::OuterHyphen);
        }
        assert_eq!(refusal("192.0.2.1"), E::NumericLastLabel);
        assert_eq!(refusal("a.1"), E::NumericLastLabel);
    }
}
