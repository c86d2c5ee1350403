//! The messenger port: sends codes and notices, and publishes events.

use std::future::Future;

use crate::account::Destination;
use crate::message::{Channel, Language, Rendered};
use crate::money::Money;
use crate::random::AccountId;
use crate::time::Moment;

/// A message on its way out.
pub struct Outgoing {
    /// Where it goes: a value on file, or the contact that a challenge is to prove.
    pub destination: Destination,
    /// How it travels.
    pub channel: Channel,
    /// The language of the message; a call needs a voice for it.
    pub language: Language,
    /// The rendered message.
    pub rendered: Rendered,
    /// The reference printed in it; empty if there is none.
    pub reference: String,
    /// Name of the order that it is sent for: unique, and free of secrets. The provider's reports name it.
    pub order: String,
    /// The account that it is for. The provider's reports name it, too.
    pub account: AccountId,
    /// The most that the provider may charge, which is reserved for it.
    pub max_price: Money,
}

/// What a provider did with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispatch {
    /// The provider accepted the message.
    Sent,
    /// The provider permanently refuses this destination or message, for the named reason.
    Refused(&'static str),
    /// The provider did not accept it now; nothing was sent.
    TryAgain,
    /// The deployment is not set up to send it; nothing was sent, and an operator has to act.
    NotSetUp,
    /// The provider's response was lost; the message may have been sent.
    Unknown,
}

impl Dispatch {
    /// The outcome's name in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused(_) => "refused",
            Self::TryAgain => "tryAgain",
            Self::NotSetUp => "notSetUp",
            Self::Unknown => "unknown",
        }
    }

    /// Why the provider refuses the message for good.
    #[must_use]
    pub const fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Refused(reason) => Some(reason),
            Self::Sent | Self::TryAgain | Self::NotSetUp | Self::Unknown => None,
        }
    }
}

/// The event that tells the systems with an account's sessions to end them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionsRevoked {
    /// The account's id.
    pub account: AccountId,
    /// Its userPrincipalName.
    pub user_name: String,
    /// Sessions that began before this moment must be ended.
    pub at: Moment,
}

/// Sends messages and publishes events.
pub trait Messenger: Send + Sync {
    /// Hands one message to its provider, once.
    fn send(&self, message: &Outgoing) -> impl Future<Output = Dispatch> + Send;
    /// Publishes that an account's sessions must be ended.
    fn publish(&self, event: &SessionsRevoked) -> impl Future<Output = Dispatch> + Send;
}
