//! Mail addresses, stricter than the standards, so that no address has two readings.
//!
//! Mail systems disagree about comments, quotes, routes and lists inside an address, so a message for one person may
//! reach another. An address here is a dot-atom, an `@` and a domain name.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::identifiers::domain_name::{self, DomainNameError};

/// Longest local part, in octets (RFC 5321 section 4.5.3.1.1).
const LOCAL_PART_OCTETS: usize = 64;
/// Longest address, in octets: a path of 256 without its angle brackets (RFC 5321 section 4.5.3.1.3).
const ADDRESS_OCTETS: usize = 254;
/// Longest input that is read, in bytes: an address whose domain is written in another script.
const MAXIMUM_INPUT_BYTES: usize = 4 * ADDRESS_OCTETS;
/// Punctuation of an atom (RFC 5322 section 3.2.3) without `%`, which relays once read as a route.
const ATOM_PUNCTUATION: &[u8] = b"!#$&'*+-/=?^_`{|}~";
/// Opens an encoded word (RFC 2047 section 2), which some readers decode before they deliver.
const ENCODED_WORD: &str = "=?";

/// Why a text is not a mail address: one variant per rule, without the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailAddressError {
    /// The address is longer than 254 octets.
    Length,
    /// There is not exactly one `@`.
    At,
    /// The part before the `@` is empty or longer than 64 octets.
    LocalPartLength,
    /// The part before the `@` holds a character other than letters, digits and ``.!#$&'*+-/=?^_`{|}~``.
    LocalPartCharacter,
    /// The part before the `@` begins or ends with a dot, or has two in a row.
    LocalPartDots,
    /// The part before the `@` holds an encoded word.
    EncodedWord,
    /// The part after the `@` is not a domain name.
    Domain(DomainNameError),
}

impl fmt::Display for EmailAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "the mail address is longer than 254 octets",
            Self::At => "a mail address has exactly one @",
            Self::LocalPartLength => "the part before the @ has 1 to 64 octets",
            Self::LocalPartCharacter => "the part before the @ holds a character that is not accepted",
            Self::LocalPartDots => "the part before the @ has a dot at an end or two in a row",
            Self::EncodedWord => "the part before the @ holds an encoded word",
            Self::Domain(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for EmailAddressError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Domain(error) => Some(error),
            _ => None,
        }
    }
}

/// A mail address that may be sent to.
///
/// Equality and hash ignore case, in the local part too: no provider in use gives `Ann` and `ann` to two people, and an
/// address must count as one destination.
#[derive(Clone)]
pub struct EmailAddress {
    address: String,
    canonical: String,
    at: usize,
}

impl EmailAddress {
    /// Reads a mail address.
    ///
    /// # Errors
    ///
    /// The first rule of [`EmailAddressError`] that the text breaks.
    pub fn parse(text: &str) -> Result<Self, EmailAddressError> {
        if text.len() > MAXIMUM_INPUT_BYTES {
            return Err(EmailAddressError::Length);
        }
        let (local_part, domain) = text.split_once('@').ok_or(EmailAddressError::At)?;
        if domain.contains('@') {
            return Err(EmailAddressError::At);
        }
        check_local_part(local_part)?;
        let domain = domain_name::to_ascii(domain).map_err(EmailAddressError::Domain)?;
        let address = format!("{local_part}@{domain}");
        if address.len() > ADDRESS_OCTETS {
            return Err(EmailAddressError::Length);
        }
        Ok(Self { canonical: address.to_ascii_lowercase(), at: local_part.len(), address })
    }

    /// The form to send to: the local part as written, the domain in ASCII and lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// The form to compare and count by: the address in lower case.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The part before the `@`, as written.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.address[..self.at]
    }

    /// The form that others may see: the first character, without the length or the domain.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}***@***", &self.address[..1])
    }
}

fn check_local_part(local_part: &str) -> Result<(), EmailAddressError> {
    if local_part.is_empty() || local_part.len() > LOCAL_PART_OCTETS {
        return Err(EmailAddressError::LocalPartLength);
    }
    let is_atom = |byte: u8| byte.is_ascii_alphanumeric() || ATOM_PUNCTUATION.contains(&byte);
    if !local_part.bytes().all(|byte| is_atom(byte) || byte == b'.') {
        return Err(EmailAddressError::LocalPartCharacter);
    }
    if local_part.split('.').any(str::is_empty) {
        return Err(EmailAddressError::LocalPartDots);
    }
    if local_part.contains(ENCODED_WORD) {
        return Err(EmailAddressError::EncodedWord);
    }
    Ok(())
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for EmailAddress {}

impl Hash for EmailAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical.hash(state);
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailAddress({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    #[test]
    fn the_local_part_is_sent_as_written_and_compared_without_case() {
        let adele = address("Adele.V+x@Bücher.Example");
        assert_eq!(adele.as_str(), "Adele.V+x@xn--bcher-kva.example");
        assert_eq!(adele.canonical(), "adele.v+x@xn--bcher-kva.example");
        assert_eq!(adele.local_part(), "Adele.V+x");
        assert_eq!(adele, address("adele.v+X@BU\u{308}CHER.example"));
        assert_ne!(adele, address("adele.v@bücher.example"));
    }

    #[test]
    fn a_mask_shows_one_letter_and_so_does_debug() {
        assert_eq!(address("adele@contoso.example").masked(), "a***@***");
        assert_eq!(address("b@c.example").masked(), "b***@***");
        assert_eq!(format!("{:?}", address("adele@contoso.example")), "EmailAddress(a***@***)");
    }

    #[test]
    fn each_rule_has_its_error() {
        use EmailAddressError as E;
        for (text, error) in [
            ("", E::At),
            ("adele", E::At),
            ("a@b.example@c.example", E::At),
            ("mike@example.org%00@evil.test", E::At),
            ("mike@example.org;evil@evil.test", E::At),
            ("mike@example.org,evil@evil.test", E::At),
            ("@contoso.example", E::LocalPartLength),
            ("mike%00@example.org", E::LocalPartCharacter),
            ("<mike@example.org>", E::LocalPartCharacter),
            ("mike(comment)@example.org", E::LocalPartCharacter),
            ("\"mike x\"@example.org", E::LocalPartCharacter),
            ("mike x@example.org", E::LocalPartCharacter),
            (" mike@example.org", E::LocalPartCharacter),
            ("mi\tke@example.org", E::LocalPartCharacter),
            ("mike\r\nBcc:x@example.org", E::LocalPartCharacter),
            ("mike\0@example.org", E::LocalPartCharacter),
            ("m\u{131}ke@example.org", E::LocalPartCharacter),
            ("\u{feff}mike@example.org", E::LocalPartCharacter),
            ("m,ike@example.org", E::LocalPartCharacter),
            ("m:ike@example.org", E::LocalPartCharacter),
            (".mike@example.org", E::LocalPartDots),
            ("mike.@example.org", E::LocalPartDots),
            ("mi..ke@example.org", E::LocalPartDots),
            ("=?utf-8?q?mike?=@example.org", E::EncodedWord),
            ("mike@example.org.", E::Domain(DomainNameError::Label)),
            ("mike@example.org ", E::Domain(DomainNameError::Label)),
            ("mike@example.org\0", E::Domain(DomainNameError::Label)),
            ("mike@example.org(evil.test)", E::Domain(DomainNameError::Label)),
            ("mike@example.org.xn--", E::Domain(DomainNameError::Label)),
            ("mike@[127.0.0.1]", E::Domain(DomainNameError::Label)),
            ("mike@127.0.0.1", E::Domain(DomainNameError::Address)),
            ("mike@localhost", E::Domain(DomainNameError::SingleLabel)),
            ("mike@ex\u{ff41}mple.org", E::Domain(DomainNameError::Character)),
        ] {
            assert_eq!(EmailAddress::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn the_lengths_hold_to_the_octet() {
        let local_part = "a".repeat(64);
        assert!(EmailAddress::parse(&format!("{local_part}@b.example")).is_ok());
        assert_eq!(EmailAddress::parse(&format!("{local_part}a@b.example")), Err(EmailAddressError::LocalPartLength));
        let label = "b".repeat(63);
        let domain = format!("{label}.{label}.{}", "c".repeat(61));
        assert_eq!(address(&format!("{local_part}@{domain}")).as_str().len(), 254);
        assert_eq!(EmailAddress::parse(&format!("{local_part}@{domain}c")), Err(EmailAddressError::Length));
        assert_eq!(EmailAddress::parse(&"a".repeat(1_000_000)), Err(EmailAddressError::Length));
    }

    #[test]
    fn errors_name_the_rule_of_the_domain_too() {
        let error = EmailAddress::parse("mike@localhost").unwrap_err();
        assert_eq!(error.to_string(), "the domain has one label only");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

        #[test]
        fn an_accepted_address_parses_to_itself(
            text in "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~\\-]{1,12}@[a-zA-Z0-9éÜд\\-]{1,8}(\\.[a-zA-Zéд]{1,5}){1,2}",
        ) {
            if let Ok(first) = EmailAddress::parse(&text) {
                let again = EmailAddress::parse(first.as_str()).unwrap();
                prop_assert_eq!(again.as_str(), first.as_str());
                let canonical = EmailAddress::parse(first.canonical()).unwrap();
                prop_assert_eq!(canonical.as_str(), first.canonical());
                prop_assert_eq!(canonical, first);
            }
        }

        #[test]
        fn no_text_causes_a_panic(text in "\\PC{0,20}@?\\PC{0,20}|.{0,40}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert!(address.as_str().is_ascii());
                prop_assert!(!address.as_str().contains([' ', ',', ';', '<', '>', '"', '(', ')', '\\', ':']));
            }
        }
    }
}
