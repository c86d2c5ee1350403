//! What a message is about, and what it comes to.

use serde::{Deserialize, Serialize};

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The reset of a password.
    Reset,
    /// The registration of the phone number or email address that the code goes to.
    Registration,
}

/// Something that its owner, or the administrators, are told after it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Notice {
    /// The owner's password was reset by self-service.
    PasswordReset,
    /// An administrator replaced the owner's password.
    PasswordChangedByAdministrator,
    /// A contact or method of the owner was set, replaced or removed.
    ContactChanged,
    /// An administrator cleared the owner's spent guesses and sign-in lock.
    PasswordResetUnblocked,
    /// The password of an administrator was reset by self-service; this goes to the administrators.
    AdministratorReset,
}

/// A message ready to be handed to a provider.
///
/// It may hold a code, so it cannot be printed.
pub struct Rendered {
    /// The subject of an email, on one line; `None` for a phone message.
    pub subject: Option<String>,
    /// The text: of an SMS all there is, of a call what the voice reads, of an email the plain part.
    pub text: String,
    /// The HTML part of an email; `None` for a phone message.
    pub html: Option<String>,
}

impl Rendered {
    /// A message that a phone takes.
    pub(super) fn of_phone(text: String) -> Self {
        Self { subject: None, text, html: None }
    }
}
