//! The known attributes of one entry or row, and the person that they describe.

use super::attributes::{Kind, Name, Switch};
use super::classes::no_person;
use super::export::Export;
use super::findings::ENTRY;
use super::options::Options;
use super::person::{Person, SecretValue, Value};
use super::rule::{MAX_VALUES_PER_ATTRIBUTE, Rule};
use super::switch;
use crate::account::ProfileField;

/// The longest scheme name in braces before a hash, in bytes; known ones have up to 16.
const MAX_SCHEME_BYTES: usize = 32;

/// Prefixes of hashes in the modular crypt format.
const CRYPT_PREFIXES: [&str; 12] =
    ["$1$", "$2a$", "$2b$", "$2x$", "$2y$", "$5$", "$6$", "$7$", "$y$", "$argon2", "$pbkdf2", "$scrypt$"];

struct Field {
    name: Name,
    line: u64,
    /// `None` if the value was refused; empty if the file has an empty value.
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

    /// Adds a value without white space around it, or refuses it. A password stays as it is.
    pub(super) fn add(&mut self, name: Name, line: u64, text: Result<String, Rule>, export: &mut Export) {
        let count = self.of(name.kind).count();
        let text = match text {
            _ if count > MAX_VALUES_PER_ATTRIBUTE => return,
            _ if count == MAX_VALUES_PER_ATTRIBUTE => Err(Rule::TooManyValues),
            Ok(text) if name.kind != Kind::Password => Ok(text.trim().to_owned()),
            other => other,
        };
        let text = text.map_err(|rule| export.refuse(line, name.attribute, rule)).ok();
        self.fields.push(Field { name, line, text });
    }

    /// Adds the person to the export. An entry that is none is skipped.
    pub(super) fn settle(mut self, options: &Options, export: &mut Export) {
        let kinds = || [Kind::ObjectClass, Kind::ObjectCategory].into_iter().flat_map(|kind| self.of(kind));
        let class = kinds().find_map(|field| Some((field.name.attribute, no_person(field.text.as_deref()?)?)));
        if let Some((attribute, class)) = class {
            return export.skip(self.line, attribute, Rule::NotAPerson(class));
        }
        if kinds().any(|field| field.text.is_none()) {
            return export.refuse(self.line, ENTRY, Rule::UnreadableClass);
        }
        let mail = Kind::Profile(ProfileField::Mail);
        let named = [Kind::UserName, Kind::OtherUserName].into_iter().find(|kind| self.has(*kind));
        let named_by = named.unwrap_or(mail);
        if !self.has(named_by) {
            return export.skip(self.line, ENTRY, Rule::NoName);
        }
        let is_off = self.is_off(export);
        let mails = self.take(mail);
        let is_mail_empty = self.take_empty(mail);
        let names = if named_by == mail { mails.clone() } else { self.take(named_by) };
        let Some(user_name) = only(names, Rule::FurtherName, export) else {
            return export.refuse(self.line, ENTRY, Rule::UnreadableName);
        };
        let Ok(is_off) = is_off else {
            return export.refuse(self.line, ENTRY, Rule::UnreadableSwitch);
        };
        let mut profile = Vec::new();
        for field in ProfileField::ALL.iter().copied().filter(|field| *field != ProfileField::Mail) {
            let stands_in = field == ProfileField::DisplayName && !self.has(Kind::Profile(field));
            let kind = if stands_in { Kind::CommonName } else { Kind::Profile(field) };
            profile.extend(self.told(kind).map(|values| (field, values.into_iter().next())));
        }
        if !mails.is_empty() || is_mail_empty {
            profile.push((ProfileField::Mail, mails.first().cloned()));
        }
        let as_contact = options.mail_as_contact && !self.has(Kind::OtherMail);
        let person = Person {
            line: self.line,
            user_name,
            mobile: self.told(Kind::Mobile).map(|values| only(values, Rule::FurtherValue, export)),
            office: self.told(Kind::Office).map(|values| only(values, Rule::FurtherValue, export)),
            other_mails: if as_contact && !mails.is_empty() { Some(mails) } else { self.told(Kind::OtherMail) },
            profile,
            is_off,
            is_synchronized: self.is_synchronized(export),
            password: self.password(export),
        };
        export.people.push(person);
    }

    /// Whether the account is switched off. One attribute that says so is enough.
    fn is_off(&self, export: &mut Export) -> Result<Option<bool>, ()> {
        let (mut is_off, mut failed) = (None, false);
        for field in &self.fields {
            let switch = match (field.name.kind, field.text.as_deref()) {
                (Kind::Switch(switch), _) => switch,
                // No province is called so: some directories name an account's status like that.
                (Kind::Profile(ProfileField::State), Some(text)) if switch::is_word_for_off(text) => Switch::Status,
                _ => continue,
            };
            let said = match field.text.as_deref() {
                Some("") => continue,
                Some(text) => switch::is_off(switch, text),
                // It was refused already.
                None => {
                    failed = true;
                    continue;
                }
            };
            match said {
                Ok(said) => is_off = is_off.max(said),
                Err(rule @ Rule::ExpiryIsNotRead) => export.note(field.line, field.name.attribute, rule),
                Err(rule) => {
                    export.refuse(field.line, field.name.attribute, rule);
                    failed = true;
                }
            }
        }
        // An account that is known to be off may be loaded, whatever else could not be read.
        if failed && is_off != Some(true) { Err(()) } else { Ok(is_off) }
    }

    fn is_synchronized(&mut self, export: &mut Export) -> Option<bool> {
        let value = self.take(Kind::Synchronized).into_iter().next()?;
        switch::yes(&value.text).map_err(|rule| export.refuse(value.line, value.attribute, rule)).ok()
    }

    fn password(&mut self, export: &mut Export) -> Option<SecretValue> {
        let mut clear = self.take(Kind::Password);
        clear.retain(|value| {
            let hashed = is_hashed(&value.text);
            if hashed {
                export.note(value.line, value.attribute, Rule::HashedPassword);
            }
            !hashed
        });
        let Value { text, line, attribute } = only(clear, Rule::FurtherValue, export)?;
        Some(SecretValue { text: text.into(), line, attribute })
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| field.name.kind == kind)
    }

    /// Whether the entry has a value of the attribute, readable or not.
    fn has(&self, kind: Kind) -> bool {
        self.of(kind).any(|field| field.text.as_deref() != Some(""))
    }

    /// Takes out the readable values of an attribute, those without options first.
    fn take(&mut self, kind: Kind) -> Vec<Value> {
        let is_value = |field: &mut Field| field.name.kind == kind && field.text.as_deref() != Some("");
        let mut taken: Vec<_> = self.fields.extract_if(.., is_value).collect();
        taken.sort_by_key(|field| field.name.has_options);
        let value = |field: Field| Some(Value { text: field.text?, line: field.line, attribute: field.name.attribute });
        taken.into_iter().filter_map(value).collect()
    }

    /// Takes out the empty values of an attribute. Returns whether there were any.
    fn take_empty(&mut self, kind: Kind) -> bool {
        self.fields.extract_if(.., |field| field.name.kind == kind).count() > 0
    }

    /// The readable values of an attribute; `None` if the entry does not have it, or if none of its values could be
    /// read.
    fn told(&mut self, kind: Kind) -> Option<Vec<Value>> {
        let was_given = self.has(kind);
        let values = self.take(kind);
        let is_empty = self.take_empty(kind);
        (!values.is_empty() || (is_empty && !was_given)).then_some(values)
    }
}

/// Returns the first value and refuses the others, if they differ from it.
fn only(values: Vec<Value>, rule: Rule, export: &mut Export) -> Option<Value> {
    let mut values = values.into_iter();
    let first = values.next()?;
    for further in values.filter(|further| further.text != first.text) {
        export.refuse(further.line, further.attribute, rule);
    }
    Some(first)
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
}
