//! The outbox: the messages and events that the providers would have received.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use shared::account::Destination;
use shared::identifiers::email_address::EmailAddress;
use shared::ports::messenger::{Dispatch, Messenger, Outgoing, SessionsRevoked};
use shared::records::report::Report;
use shared::time::Clock;

use crate::setup::data::Data;
use crate::setup::start_error::StartError;
use crate::stand_ins::fault_rules::{EVENTS, FaultRules, PUBLISH, SEND};
use crate::stand_ins::interceptor::NetworkFault;
use crate::stand_ins::simulator;

/// The files that store messages and events, one per line.
const MESSAGES_FILE: &str = "outbox.jsonl";
const EVENTS_FILE: &str = "events.jsonl";
/// Most messages, and most events, held in memory: more than anybody looks through. The oldest are dropped first.
const MOST_HELD: usize = 100_000;

/// A message as it would have been sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Message {
    /// `sms`, `call` or `email`.
    pub channel: String,
    /// The destination: an E.164 number or an email address.
    pub to: String,
    /// The subject of an email.
    pub subject: Option<String>,
    /// The text of the message.
    pub text: String,
    /// The HTML part of an email.
    pub html: Option<String>,
    /// The reference printed in it; empty in a notice.
    pub reference: String,
    /// When it was handed over, in RFC 3339.
    pub sent_at: String,
}

/// An event as it would have been published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Event {
    /// What happened: `SessionsRevoked`.
    pub event: String,
    /// The account's id.
    pub user_id: String,
    /// Its userPrincipalName.
    pub user_name: String,
    /// Sessions begun before this moment are to be ended.
    pub at: String,
}

/// Takes every message and event, and holds them for reading.
#[derive(Clone)]
pub struct Outbox {
    inner: Arc<Inner>,
    faults: Arc<FaultRules>,
}

struct Inner {
    clock: Arc<dyn Clock>,
    stored: Mutex<Journals>,
}

struct Journals {
    messages: Journal<Message>,
    events: Journal<Event>,
    /// The outcomes of the next messages, for tests of faults.
    answers: VecDeque<Dispatch>,
    /// What is to be reported about messages.
    reports: Vec<Report>,
}

impl Outbox {
    /// The outbox stored in the directory, or an empty one.
    pub(crate) fn open(data: Option<&Data>, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let stored = Journals {
            messages: Journal::open(data, MESSAGES_FILE)?,
            events: Journal::open(data, EVENTS_FILE)?,
            answers: VecDeque::new(),
            reports: Vec::new(),
        };
        Ok(Self { inner: Arc::new(Inner { clock, stored: Mutex::new(stored) }), faults: Arc::default() })
    }

    /// The same outbox, to which messages and events come with these faults.
    pub(crate) fn with_faults(self, faults: Arc<FaultRules>) -> Self {
        Self { faults, ..self }
    }

    /// The messages, oldest first; with `to`, only those to that E.164 number or email address.
    #[must_use]
    pub fn messages(&self, to: Option<&str>) -> Vec<Message> {
        let wanted = to.map(spelling);
        let fits = |message: &&Message| wanted.as_ref().is_none_or(|wanted| *wanted == spelling(&message.to));
        self.stored().messages.entries.iter().filter(fits).cloned().collect()
    }

    /// The events, oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.stored().events.entries.iter().cloned().collect()
    }

    /// Forgets every message and event; `false` if a file could not be emptied.
    pub fn empty(&self) -> bool {
        let mut stored = self.stored();
        stored.messages.empty() && stored.events.empty()
    }

    /// Takes out every message, oldest first; none if a file could not be emptied.
    #[must_use]
    pub fn take(&self) -> Vec<Message> {
        let messages = &mut self.stored().messages;
        if messages.entries.is_empty() {
            return Vec::new();
        }
        let taken: Vec<_> = messages.entries.iter().cloned().collect();
        if messages.empty() { taken } else { Vec::new() }
    }

    /// Sets the outcomes of the next messages, in this order; later messages are sent as usual.
    ///
    /// A message with the outcome [`Dispatch::Sent`] or [`Dispatch::Unknown`] is stored: it reached its destination.
    pub fn answer_next(&self, answers: Vec<Dispatch>) {
        self.stored().answers.extend(answers);
    }

    /// Takes out what is to be reported about messages.
    pub(crate) fn take_reports(&self) -> Vec<Report> {
        std::mem::take(&mut self.stored().reports)
    }

    fn stored(&self) -> MutexGuard<'_, Journals> {
        self.inner.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn message(&self, outgoing: &Outgoing) -> Message {
        Message {
            channel: outgoing.channel.as_str().to_owned(),
            to: match &outgoing.destination {
                Destination::Phone(phone) => phone.e164(),
                Destination::Email(address) => address.as_str().to_owned(),
            },
            subject: outgoing.rendered.subject.clone(),
            text: outgoing.rendered.text.clone(),
            html: outgoing.rendered.html.clone(),
            reference: outgoing.reference.clone(),
            sent_at: self.inner.clock.now().to_string(),
        }
    }
}

impl Messenger for Outbox {
    async fn send(&self, outgoing: &Outgoing) -> Dispatch {
        let fault = self.faults.passes_provider(outgoing.channel.as_str(), SEND).await;
        let message = self.message(outgoing);
        let mut stored = self.stored();
        let arrival = stored.answers.pop_front().map_or_else(|| fault.into(), Arrival::from);
        if !(0..arrival.copies).all(|_| stored.messages.add(message.clone())) {
            return Dispatch::TryAgain;
        }
        if arrival.copies > 0 {
            stored.reports.extend(simulator::report(outgoing, self.inner.clock.now()));
        }
        drop(stored);
        announce(outgoing, arrival.answer);
        arrival.answer
    }

    async fn publish(&self, event: &SessionsRevoked) -> Dispatch {
        let arrival = Arrival::from(self.faults.passes_provider(EVENTS, PUBLISH).await);
        let entry = Event {
            event: "SessionsRevoked".to_owned(),
            user_id: event.account.as_str().to_owned(),
            user_name: event.user_name.clone(),
            at: event.at.to_string(),
        };
        let mut stored = self.stored();
        if !(0..arrival.copies).all(|_| stored.events.add(entry.clone())) {
            return Dispatch::TryAgain;
        }
        drop(stored);
        match arrival.answer {
            Dispatch::Sent => tracing::info!("event: the sessions of one account are revoked"),
            _ => tracing::info!("event: not confirmed"),
        }
        arrival.answer
    }
}

/// How often a message or an event arrives, and what its sender gets to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Arrival {
    copies: usize,
    answer: Dispatch,
}

impl From<NetworkFault> for Arrival {
    fn from(fault: NetworkFault) -> Self {
        let (copies, answer) = match fault {
            NetworkFault::Through => (1, Dispatch::Sent),
            NetworkFault::Duplicated => (2, Dispatch::Sent),
            // The sender cannot tell these two apart.
            NetworkFault::Lost => (0, Dispatch::Unknown),
            NetworkFault::AnswerLost => (1, Dispatch::Unknown),
            NetworkFault::Throttled | NetworkFault::Failed | NetworkFault::Conflict => (0, Dispatch::TryAgain),
        };
        Self { copies, answer }
    }
}

impl From<Dispatch> for Arrival {
    fn from(answer: Dispatch) -> Self {
        Self { copies: usize::from(matches!(answer, Dispatch::Sent | Dispatch::Unknown)), answer }
    }
}

/// Logs a message for a person at the terminal; never its text or a code.
fn announce(outgoing: &Outgoing, answer: Dispatch) {
    let channel = outgoing.channel.as_str();
    let to = outgoing.destination.masked();
    let reference = match outgoing.reference.as_str() {
        "" => String::new(),
        reference => format!(", reference {reference}"),
    };
    match answer {
        Dispatch::Sent => tracing::info!("{channel} to {to}{reference}"),
        Dispatch::Refused(_) => tracing::info!("{channel} to {to}{reference}: refused"),
        Dispatch::TryAgain | Dispatch::NotSetUp => tracing::info!("{channel} to {to}{reference}: not accepted"),
        Dispatch::Unknown => tracing::info!("{channel} to {to}{reference}: the response was lost"),
    }
}

/// The canonical form of a destination. A leading space counts as a plus sign, which a query decodes to a space.
fn spelling(to: &str) -> String {
    let to = match to.strip_prefix(' ') {
        Some(number) => format!("+{number}"),
        None => to.to_owned(),
    };
    EmailAddress::parse(&to).map_or(to, |address| address.canonical().to_owned())
}

/// A list that is also stored as a file of lines.
struct Journal<T> {
    entries: VecDeque<T>,
    file: Option<File>,
}

impl<T: Serialize + for<'de> Deserialize<'de>> Journal<T> {
    fn open(data: Option<&Data>, name: &'static str) -> Result<Self, StartError> {
        let Some(data) = data else {
            return Ok(Self { entries: VecDeque::new(), file: None });
        };
        let failed = |error| StartError::Data(name, error);
        let bytes = data.read(name).map_err(failed)?.unwrap_or_default();
        let file = data.append(name).map_err(failed)?;
        // A line without its end was cut off when the process ended: its sender got no response.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        file.set_len(whole as u64).map_err(failed)?;
        let mut journal = Self { entries: VecDeque::new(), file: Some(file) };
        for line in bytes[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            journal.hold(serde_json::from_slice(line).map_err(|_| StartError::DataDamaged(name))?);
        }
        Ok(journal)
    }

    /// Stores an entry; `false` if it could not be written, and then it is not stored.
    fn add(&mut self, entry: T) -> bool {
        if let Some(file) = &mut self.file {
            let Ok(mut line) = serde_json::to_vec(&entry) else {
                return false;
            };
            line.push(b'\n');
            let before = file.metadata().map(|metadata| metadata.len());
            if let Err(error) = file.write_all(&line) {
                tracing::error!(%error, "the outbox cannot be written");
                // Half a line would spoil the next one.
                if let Ok(length) = before {
                    let _ = file.set_len(length);
                }
                return false;
            }
        }
        self.hold(entry);
        true
    }

    fn hold(&mut self, entry: T) {
        if self.entries.len() == MOST_HELD {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    fn empty(&mut self) -> bool {
        let emptied = self.file.as_ref().is_none_or(|file| file.set_len(0).is_ok());
        if emptied {
            self.entries.clear();
        }
        emptied
    }
}

#[cfg(test)]
mod tests;
