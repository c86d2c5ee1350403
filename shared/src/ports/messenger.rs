//! The messenger port: how codes, notices and events leave.

use std::future::Future;

use crate::account::Destination;
use crate::message::{Channel, Language, Rendered};
use crate::money::Money;
use crate::random::AccountId;
use crate::time::Moment;

/// A message on its way out.
pub struct Outgoing {
    /// Where it goes: a value on file.
    pub destination: Destination,
    /// How it travels.
    pub channel: Channel,
    /// The language it is written in; a call needs a voice for it.
    pub language: Language,
    /// What it says.
    pub rendered: Rendered,
    /// The reference printed in it, or nothing.
    pub reference: String,
    /// The order it is sent for, as a unique name without anything secret.
    pub order: String,
    /// What was reserved for it: the most that the provider may charge.
    pub max_price: Money,
}

/// What a provider did with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispatch {
    /// It took it.
    Sent,
    /// It refuses this destination or message for good, for the reason named.
    Refused(&'static str),
    /// It did not take it now; nothing was sent.
    TryAgain,
    /// Its answer was lost: the message may have been sent.
    Unknown,
}

/// An account's sessions are to be ended by whoever keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionsRevoked {
    /// The account.
    pub account: AccountId,
    /// Its userPrincipalName.
    pub user_name: String,
    /// Sessions begun before this moment are to be ended.
    pub at: Moment,
}

/// Sends messages and publishes events.
pub trait Messenger: Send + Sync {
    /// Hands one message to its provider, once.
    fn send(&self, message: &Outgoing) -> impl Future<Output = Dispatch> + Send;
    /// Publishes that an account's sessions are to be ended.
    fn publish(&self, event: &SessionsRevoked) -> impl Future<Output = Dispatch> + Send;
}
