//! User names: the `userPrincipalName` of an account, in the canonical form that finds it.
//!
//! A name is looked up, counted and compared only by its canonical form:
//!
//! * The local part is in NFC and lower case, the domain in its ASCII form. `MIKE@Example.org` is
//!   `mike@example.org`, and `é` is one letter in either composition.
//! * Accents and scripts count: `mïke`, and a `mike` with a Cyrillic `і`, are different names.
//! * A name that could be read as another one is refused, not repaired. That covers full-width letters, ligatures,
//!   the long s, the Kelvin sign, dotless and dotted i, sharp s, and every other character that compatibility
//!   normalisation or a change of case would turn into something else. Invisible characters are refused, too.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use unicode_normalization::UnicodeNormalization;

use crate::identifiers::domain_name::{self, DomainNameError, is_plain};

/// Longest name, in code points. This limit and the next two are Microsoft Entra's for a userPrincipalName.
const NAME_CODE_POINTS: usize = 113;
/// Longest local part, in code points.
const LOCAL_PART_CODE_POINTS: usize = 64;
/// Longest domain, in code points of its ASCII form.
const DOMAIN_CODE_POINTS: usize = 48;
/// Longest input that is read, in bytes: twice a name of four-byte characters, because composing may shorten it.
const MAXIMUM_INPUT_BYTES: usize = 2 * 4 * NAME_CODE_POINTS;
/// Punctuation of a local part: that of a userPrincipalName in Microsoft Entra, and `&`, `+` and `$`, which other
/// directories allow.
const LOCAL_PART_PUNCTUATION: &[char] = &['\'', '.', '-', '_', '!', '#', '^', '~', '+', '&', '$'];

/// Why a text is not a user name: one variant per rule, without the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserNameError {
    /// The name is longer than 113 code points.
    Length,
    /// There is not exactly one `@`.
    At,
    /// The part before the `@` is empty or longer than 64 code points.
    LocalPartLength,
    /// The part before the `@` begins or ends with a dot, or has two in a row.
    LocalPartDots,
    /// The part before the `@` holds a character that names do not have, or one with two readings.
    LocalPartCharacter,
    /// A change of case or of composition turns the name into another one.
    Ambiguous,
    /// The part after the `@` is longer than 48 code points in its ASCII form.
    DomainLength,
    /// The part after the `@` is not a domain name.
    Domain(DomainNameError),
}

impl fmt::Display for UserNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "the user name is longer than 113 characters",
            Self::At => "a user name has exactly one @",
            Self::LocalPartLength => "the part before the @ has 1 to 64 characters",
            Self::LocalPartDots => "the part before the @ has a dot at an end or two in a row",
            Self::LocalPartCharacter => "the part before the @ holds a character that is not accepted",
            Self::Ambiguous => "the user name can be read in more than one way",
            Self::DomainLength => "the part after the @ is longer than 48 characters",
            Self::Domain(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for UserNameError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Domain(error) => Some(error),
            _ => None,
        }
    }
}

/// A user name in its canonical form, and as it was written.
///
/// Equality, order and hash cover only the canonical form.
#[derive(Clone)]
pub struct UserName {
    canonical: String,
    at: usize,
    written: String,
}

impl PartialEq for UserName {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for UserName {}

impl PartialOrd for UserName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for UserName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.canonical.cmp(&other.canonical)
    }
}

impl Hash for UserName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical.hash(state);
    }
}

impl UserName {
    /// Reads a user name that a person has typed: white space around it is dropped, because the keyboards of phones add it.
    ///
    /// # Errors
    ///
    /// As [`UserName::parse`].
    pub fn parse_typed(text: &str) -> Result<Self, UserNameError> {
        Self::parse(text.trim())
    }

    /// Reads a user name, in any case and composition.
    ///
    /// # Errors
    ///
    /// The first rule of [`UserNameError`] that the text breaks.
    pub fn parse(text: &str) -> Result<Self, UserNameError> {
        if text.len() > MAXIMUM_INPUT_BYTES {
            return Err(UserNameError::Length);
        }
        let written: String = text.nfc().collect();
        let (local_part, domain) = text.split_once('@').ok_or(UserNameError::At)?;
        if domain.contains('@') {
            return Err(UserNameError::At);
        }
        let local_part = canonical_local_part(local_part)?;
        let domain = domain_name::to_ascii(domain).map_err(UserNameError::Domain)?;
        if domain.len() > DOMAIN_CODE_POINTS {
            return Err(UserNameError::DomainLength);
        }
        let canonical = format!("{local_part}@{domain}");
        if canonical.chars().count() > NAME_CODE_POINTS {
            return Err(UserNameError::Length);
        }
        Ok(Self { canonical, at: local_part.len(), written })
    }

    /// The one form that finds the account.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The name as it was written, in Unicode normalization form C.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The part before the `@`, in its canonical form.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.canonical[..self.at]
    }
}

impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.canonical.chars().next().unwrap_or_default();
        write!(f, "UserName({first}***)")
    }
}

fn canonical_local_part(text: &str) -> Result<String, UserNameError> {
    // Checked before folding, which turns the Kelvin sign into a plain k, and again after it.
    check_characters(text)?;
    let canonical = fold(text);
    check_characters(&canonical)?;
    if canonical.is_empty() || canonical.chars().count() > LOCAL_PART_CODE_POINTS {
        return Err(UserNameError::LocalPartLength);
    }
    if canonical.split('.').any(str::is_empty) {
        return Err(UserNameError::LocalPartDots);
    }
    if fold(&canonical) != canonical || fold(&canonical.to_uppercase()) != canonical {
        return Err(UserNameError::Ambiguous);
    }
    Ok(canonical)
}

fn check_characters(local_part: &str) -> Result<(), UserNameError> {
    let is_accepted = |c: char| match c.is_ascii() {
        true => c.is_ascii_alphanumeric() || LOCAL_PART_PUNCTUATION.contains(&c),
        false => is_plain(c),
    };
    if local_part.chars().all(is_accepted) { Ok(()) } else { Err(UserNameError::LocalPartCharacter) }
}

/// Folds a name, or part of one, to lower case in NFC. Both small sigmas share one capital, so they are one letter
/// here.
#[must_use]
pub fn fold(text: &str) -> String {
    let composed: String = text.nfc().collect();
    composed.to_lowercase().replace('ς', "σ").nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> UserName {
        UserName::parse(text).unwrap()
    }

    #[test]
    fn a_name_is_one_in_every_case_and_remembers_how_it_was_written() {
        let typed = UserName::parse_typed(" Jose\u{301}.Vance@Contoso.example\u{a0}").unwrap();
        let (one, other) = (typed, name("jos\u{e9}.vance@contoso.example"));
        assert_eq!(one, other);
        assert_eq!((one.written(), one.canonical()), ("Jos\u{e9}.Vance@Contoso.example", other.written()));
        assert!(UserName::parse_typed("adele vance@contoso.example").is_err());
        assert!(UserName::parse(" adele@contoso.example").is_err(), "nobody has typed it");
    }

    #[test]
    fn no_look_alike_resolves_to_the_account() {
        use UserNameError as E;
        for (text, verdict) in [
            ("m\u{131}ke@example.org", Err(E::LocalPartCharacter)),
            ("mi\u{212a}e@example.org", Err(E::LocalPartCharacter)),
            ("\u{feff}mike@example.org", Err(E::LocalPartCharacter)),
            ("mike@example.org\0", Err(E::Domain(DomainNameError::Label))),
            ("m\u{456}ke@example.org", Ok("m\u{456}ke@example.org")),
            ("mike@example.org.", Err(E::Domain(DomainNameError::Label))),
            ("mike@example.org;evil@evil.test", Err(E::At)),
            ("mike@example.org evil@evil.test", Err(E::At)),
            ("mike@example.org%00@evil.test", Err(E::At)),
            ("<mike@example.org>", Err(E::LocalPartCharacter)),
            ("mike(comment)@example.org", Err(E::LocalPartCharacter)),
            ("mike@example.org(evil.test)", Err(E::Domain(DomainNameError::Label))),
            ("mike@example.org.xn--", Err(E::Domain(DomainNameError::Label))),
            ("\u{202e}mike@example.org", Err(E::LocalPartCharacter)),
            ("=?utf-8?q?mike?=@example.org", Err(E::LocalPartCharacter)),
            // Decisions: accents count, compatibility characters are refused.
            ("\u{ff4d}\u{ff49}\u{ff4b}\u{ff45}@example.org", Err(E::LocalPartCharacter)),
            ("m\u{ef}ke@example.org", Ok("m\u{ef}ke@example.org")),
            ("\u{17f}am@example.org", Err(E::LocalPartCharacter)),
            ("\u{fb03}@example.org", Err(E::LocalPartCharacter)),
        ] {
            let parsed = UserName::parse(text);
            assert_eq!(parsed.as_ref().map(UserName::canonical), verdict.as_ref().copied(), "{text}");
            assert_ne!(parsed, Ok(name("mike@example.org")), "{text}");
        }
    }

    #[test]
    fn case_and_composition_do_not_matter() {
        for text in ["MIKE@example.org", "mike@EXAMPLE.ORG", "mike@example.org"] {
            assert_eq!(name(text).canonical(), "mike@example.org");
        }
        for text in ["jos\u{e9}@example.org", "jose\u{301}@example.org", "JOSE\u{301}@example.org"] {
            assert_eq!(name(text).canonical(), "jos\u{e9}@example.org");
        }
        for text in ["ΝΊΚΟΣ@example.org", "νίκος@example.org", "νίκοσ@example.org"] {
            assert_eq!(name(text).canonical(), "νίκοσ@example.org");
        }
        for text in ["a@BÜCHER.example", "a@bu\u{308}cher.example", "a@xn--bcher-kva.example"] {
            assert_eq!(name(text).canonical(), "a@xn--bcher-kva.example");
        }
    }

    #[test]
    fn each_rule_has_its_error() {
        use UserNameError as E;
        for (text, error) in [
            ("", E::At),
            ("mike", E::At),
            ("@example.org", E::LocalPartLength),
            ("mike@", E::Domain(DomainNameError::Label)),
            ("mike@localhost", E::Domain(DomainNameError::SingleLabel)),
            (".mike@example.org", E::LocalPartDots),
            ("mike.@example.org", E::LocalPartDots),
            ("mi..ke@example.org", E::LocalPartDots),
            ("mi ke@example.org", E::LocalPartCharacter),
            ("mike\t@example.org", E::LocalPartCharacter),
            ("mike:x@example.org", E::LocalPartCharacter),
            ("mike/x@example.org", E::LocalPartCharacter),
            ("mike|x@example.org", E::LocalPartCharacter),
            ("mi\u{a0}ke@example.org", E::LocalPartCharacter),
            ("mi\u{200b}ke@example.org", E::LocalPartCharacter),
            ("mi\u{ad}ke@example.org", E::LocalPartCharacter),
            ("mike\u{fe0f}@example.org", E::LocalPartCharacter),
            ("mike\u{e000}@example.org", E::LocalPartCharacter),
            ("stra\u{df}e@example.org", E::LocalPartCharacter),
            ("STRA\u{1e9e}E@example.org", E::LocalPartCharacter),
            ("\u{130}ke@example.org", E::LocalPartCharacter),
            ("j\u{30c}@example.org", E::LocalPartCharacter),
            ("\u{1fb3}@example.org", E::Ambiguous),
            ("mike@ex\u{ff41}mple.org", E::Domain(DomainNameError::Character)),
        ] {
            assert_eq!(UserName::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn the_lengths_hold_to_the_code_point() {
        let local_part = "é".repeat(64);
        assert!(UserName::parse(&format!("{local_part}@b.example")).is_ok());
        assert!(UserName::parse(&format!("{}@b.example", "e\u{301}".repeat(64))).is_ok());
        assert_eq!(UserName::parse(&format!("{local_part}é@b.example")), Err(UserNameError::LocalPartLength));
        let domain = format!("{}.example", "b".repeat(40));
        assert_eq!(name(&format!("{local_part}@{domain}")).canonical().chars().count(), 113);
        assert_eq!(UserName::parse(&format!("a@b{domain}")), Err(UserNameError::DomainLength));
        assert_eq!(UserName::parse(&"a".repeat(1_000_000)), Err(UserNameError::Length));
    }

    #[test]
    fn the_local_part_is_canonical_and_debug_shows_one_letter() {
        assert_eq!(name("Mike.O'Neil@Example.org").local_part(), "mike.o'neil");
        assert_eq!(format!("{:?}", name("Mike@example.org")), "UserName(m***)");
    }

    #[test]
    fn errors_name_the_rule_of_the_domain_too() {
        assert_eq!(UserName::parse("mike@localhost").unwrap_err().to_string(), "the domain has one label only");
    }

    /// Every accepted character keeps its name when it is parsed again or changes its case, and only an ASCII character
    /// gives an ASCII name.
    #[test]
    fn every_character_has_one_reading() {
        let mut accepted = 0;
        for c in '\0'..=char::MAX {
            let Ok(first) = canonical_local_part(c.encode_utf8(&mut [0; 4])) else {
                continue;
            };
            accepted += 1;
            let code_point = u32::from(c);
            assert_eq!(c.is_ascii(), first.is_ascii(), "U+{code_point:04X}");
            assert_eq!(canonical_local_part(&first).as_ref(), Ok(&first), "U+{code_point:04X}");
            for other in [c.to_uppercase().collect(), c.to_lowercase().collect::<String>()] {
                let again = canonical_local_part(&other);
                // The other case of a letter may be newer than the table of categories.
                let refused = again == Err(UserNameError::LocalPartCharacter);
                assert!(refused || again.as_ref() == Ok(&first), "U+{code_point:04X}");
            }
        }
        assert!(accepted > 100_000, "{accepted}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

        #[test]
        fn an_accepted_name_parses_to_itself_in_every_case_and_composition(
            local_part in "[a-zA-Z0-9éÉïΣςσЖдİıᾳǰ\u{301}\u{307}\u{345}'.!+_\\-]{1,10}",
        ) {
            if let Ok(first) = UserName::parse(&format!("{local_part}@Bücher.example")) {
                prop_assert_eq!(UserName::parse(first.canonical()), Ok(first.clone()));
                for other in [
                    first.canonical().to_uppercase(),
                    first.canonical().nfd().collect(),
                    first.canonical().nfkc().collect(),
                ] {
                    if let Ok(again) = UserName::parse(&other) {
                        prop_assert_eq!(&again, &first);
                    }
                }
            }
        }

        #[test]
        fn no_text_causes_a_panic(text in "\\PC{0,20}@?\\PC{0,20}|.{0,40}") {
            if let Ok(first) = UserName::parse(&text) {
                prop_assert_eq!(UserName::parse(first.canonical()), Ok(first.clone()));
            }
        }
    }
}
