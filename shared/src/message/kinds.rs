//! What a message is about, and its rendered form.

use serde::{Deserialize, Serialize};

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Resetting a password.
    Reset,
    /// Registering the phone number or email address that the code goes to.
    Registration,
}

/// An event that the account's owner, or the administrators, are notified of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Notice {
    /// The owner's password was reset by self-service.
    PasswordReset,
    /// The owner changed the password, knowing the former one.
    PasswordChanged,
    /// An administrator replaced the owner's password.
    PasswordChangedByAdministrator,
    /// A contact or method of the owner was set, replaced or removed.
    ContactChanged,
    /// An administrator cleared the owner's spent guesses and sign-in lock.
    PasswordResetUnblocked,
    /// An administrator's password was reset by self-service. This notice goes to the administrators.
    AdministratorReset,
    /// The owner must confirm the registered methods again. This notice goes to the owner's current addresses only.
    ConfirmationDue,
    /// Messages no longer reach one of the owner's contacts. This notice goes to the others.
    ContactUnreachable,
}

/// A message ready to be handed to a provider.
///
/// It may hold a code, so it cannot be printed.
pub struct Rendered {
    /// The subject of an email, on one line; `None` for a phone message.
    pub subject: Option<String>,
    /// The text: the whole SMS, the words of a call, or the plain part of an email.
    pub text: String,
    /// The HTML part of an email; `None` for a phone message.
    pub html: Option<String>,
}

impl Rendered {
    /// An SMS or a call.
    pub(super) fn of_phone(text: String) -> Self {
        Self { subject: None, text, html: None }
    }
}
