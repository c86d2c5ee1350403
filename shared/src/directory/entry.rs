//! The known attributes of one entry or row, and the person that they describe.

use super::export::{ENTRY, Export, MAX_VALUES_PER_ATTRIBUTE, Rule};
use super::person::{
    COMMON_NAME, DISPLAY_NAME, GIVEN_NAME, MAIL, MOBILE, OBJECT_CLASS, OFFICE, OTHER_MAILBOX, PREFERRED_LANGUAGE,
    Person, SURNAME, SecretValue, USER_PASSWORD, USER_PRINCIPAL_NAME, Value,
};

/// Every attribute that is read. All others are ignored silently.
const KNOWN: [&str; 12] = [
    USER_PRINCIPAL_NAME,
    MAIL,
    OBJECT_CLASS,
    DISPLAY_NAME,
    COMMON_NAME,
    MOBILE,
    OFFICE,
    OTHER_MAILBOX,
    GIVEN_NAME,
    SURNAME,
    PREFERRED_LANGUAGE,
    USER_PASSWORD,
];

/// The object classes of people (RFC 4519, RFC 2798, and `user` of Active Directory).
const PERSON_CLASSES: [&str; 4] = ["person", "organizationalPerson", "inetOrgPerson", "user"];

/// Classes that Active Directory derives from those of people although nobody signs in with them: a machine, and an
/// external contact, who has a mail address but no account.
const OTHER_CLASSES: [&str; 2] = ["computer", "contact"];

/// The longest scheme name in braces before a hash, in bytes; known ones have up to 16.
const MAX_SCHEME_BYTES: usize = 32;

/// Prefixes of hashes in the modular crypt format.
const CRYPT_PREFIXES: [&str; 12] =
    ["$1$", "$2a$", "$2b$", "$2x$", "$2y$", "$5$", "$6$", "$7$", "$y$", "$argon2", "$pbkdf2", "$scrypt$"];

/// A known attribute as an entry or header names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) attribute: &'static str,
    has_options: bool,
}

impl Name {
    /// Finds the known attribute of a description such as `MOBILE` or `cn;lang-fr`. Options are dropped; only their
    /// presence is remembered.
    pub(super) fn of(description: &[u8]) -> Option<Self> {
        let mut parts = description.splitn(2, |byte| *byte == b';');
        let base = parts.next()?;
        let attribute = KNOWN.iter().copied().find(|known| known.as_bytes().eq_ignore_ascii_case(base))?;
        Some(Self { attribute, has_options: parts.next().is_some() })
    }
}

struct Field {
    name: Name,
    line: u64,
    /// `None` if the value was rejected.
    text: Option<String>,
}

/// The known attributes of one entry or row, before it is known to be a person.
pub(super) struct Entry {
    line: u64,
    fields: Vec<Field>,
}

impl Entry {
    pub(super) fn at(line: u64) -> Self {
        Self { line, fields: Vec::new() }
    }

    /// Adds a value, or rejects it. An empty value counts as none.
    pub(super) fn add(&mut self, name: Name, line: u64, text: Result<String, Rule>, export: &mut Export) {
        let count = self.fields.iter().filter(|field| field.name.attribute == name.attribute).count();
        let text = match text {
            _ if count > MAX_VALUES_PER_ATTRIBUTE => return,
            Ok(text) if text.is_empty() => return,
            _ if count == MAX_VALUES_PER_ATTRIBUTE => Err(Rule::TooManyValues),
            other => other,
        };
        let text = text.map_err(|rule| export.reject(line, name.attribute, rule)).ok();
        self.fields.push(Field { name, line, text });
    }

    /// Whether the object classes make the entry a person.
    pub(super) fn has_person_class(&self) -> bool {
        let is_any_of = |classes: &[&str]| {
            let mut given = self.fields.iter().filter(|field| field.name.attribute == OBJECT_CLASS);
            given.any(|field| {
                field.text.as_deref().is_some_and(|text| classes.iter().any(|class| class.eq_ignore_ascii_case(text)))
            })
        };
        is_any_of(&PERSON_CLASSES) && !is_any_of(&OTHER_CLASSES)
    }

    /// Adds the person to the export. An entry without a name is counted as skipped.
    pub(super) fn settle(mut self, export: &mut Export) {
        let named_by_principal = self.has(USER_PRINCIPAL_NAME);
        if !named_by_principal && !self.has(MAIL) {
            export.skipped += 1;
            return;
        }
        let has_display_name = self.has(DISPLAY_NAME);
        let has_other_mailbox = self.has(OTHER_MAILBOX);
        let mails = self.take(MAIL);
        let names = if named_by_principal { self.take(USER_PRINCIPAL_NAME) } else { mails.clone() };
        let Some(user_name) = only(names, Rule::FurtherName, export) else {
            export.reject(self.line, ENTRY, Rule::UnreadableName);
            return;
        };
        let person = Person {
            line: self.line,
            user_name,
            display_name: self.first(if has_display_name { DISPLAY_NAME } else { COMMON_NAME }),
            mobile: only(self.take(MOBILE), Rule::FurtherValue, export),
            office: only(self.take(OFFICE), Rule::FurtherValue, export),
            mail: mails.first().cloned(),
            other_mails: if has_other_mailbox { self.take(OTHER_MAILBOX) } else { mails },
            given_name: self.first(GIVEN_NAME),
            surname: self.first(SURNAME),
            preferred_language: self.first(PREFERRED_LANGUAGE),
            password: self.password(export),
        };
        export.people.push(person);
    }

    fn password(&mut self, export: &mut Export) -> Option<SecretValue> {
        let mut clear = self.take(USER_PASSWORD);
        clear.retain(|value| {
            let hashed = is_hashed(&value.text);
            if hashed {
                export.reject(value.line, USER_PASSWORD, Rule::HashedPassword);
            }
            !hashed
        });
        let Value { text, line, .. } = only(clear, Rule::FurtherValue, export)?;
        Some(SecretValue { text: text.into(), line })
    }

    /// Whether the entry has the attribute, readable or not.
    fn has(&self, attribute: &str) -> bool {
        self.fields.iter().any(|field| field.name.attribute == attribute)
    }

    /// Takes out the readable values of an attribute, those without options first.
    fn take(&mut self, attribute: &'static str) -> Vec<Value> {
        let mut taken: Vec<_> = self.fields.extract_if(.., |field| field.name.attribute == attribute).collect();
        taken.sort_by_key(|field| field.name.has_options);
        let value = |field: Field| Some(Value { text: field.text?, line: field.line, attribute });
        taken.into_iter().filter_map(value).collect()
    }

    fn first(&mut self, attribute: &'static str) -> Option<Value> {
        self.take(attribute).into_iter().next()
    }
}

/// Returns the first value and rejects the others.
fn only(values: Vec<Value>, rule: Rule, export: &mut Export) -> Option<Value> {
    let mut values = values.into_iter();
    let first = values.next();
    for further in values {
        export.reject(further.line, further.attribute, rule);
    }
    first
}

/// Recognises a hash by its scheme in braces (RFC 2307) or by its crypt prefix. If a hash were taken for clear text,
/// anyone who can read the directory could sign in with it.
fn is_hashed(text: &str) -> bool {
    let scheme = text.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(scheme, _)| scheme);
    let is_scheme_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    scheme.is_some_and(|scheme| (1..=MAX_SCHEME_BYTES).contains(&scheme.len()) && scheme.bytes().all(is_scheme_byte))
        || CRYPT_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_distinguished_from_clear_text() {
        for hash in [
            "{SSHA}dGVzdA==",
            "{ssha512}x",
            "{PBKDF2-SHA256}10000$x",
            "{CRYPT}$6$salt$hash",
            "$2y$10$abcdefgh",
            "$argon2id$v=19$m=1",
            "$6$salt$hash",
        ] {
            assert!(is_hashed(hash), "{hash}");
        }
        for clear in ["adele-old-password-2026", "{", "{}", "{}x", "{two words}x", "$", "$8$x", "a{SSHA}b", "{SSHA"] {
            assert!(!is_hashed(clear), "{clear}");
        }
        assert!(is_hashed(&format!("{{{}}}x", "a".repeat(MAX_SCHEME_BYTES))));
        assert!(!is_hashed(&format!("{{{}}}x", "a".repeat(MAX_SCHEME_BYTES + 1))));
    }

    #[test]
    fn a_name_is_found_in_any_case_and_with_options() {
        assert_eq!(Name::of(b"TELEPHONENUMBER"), Some(Name { attribute: OFFICE, has_options: false }));
        assert_eq!(Name::of(b"cn;lang-fr;x-a"), Some(Name { attribute: COMMON_NAME, has_options: true }));
        assert_eq!(Name::of(b"mobil"), None);
        assert_eq!(Name::of(b""), None);
    }
}
