//! How names are compared.

/// A name without spaces and punctuation, in lower case: columns are called `Account Enabled`, `account_enabled` and
/// `account-enabled`. Dots stay, because numbers stand for attributes, too.
pub(crate) fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric() || *c == '.').flat_map(char::to_lowercase).collect()
}
