//! Destinations whose messages have a fate: those of AWS' simulators, so that one test works here and in the cloud.
//!
//! Sources: AWS, Using the mailbox simulator (SES); AWS, Simulator phone numbers (End User Messaging).

use shared::account::{Destination, Undeliverable};
use shared::ports::messenger::Outgoing;
use shared::records::report::{Failure, Fate, Report};
use shared::time::Moment;

const DOMAIN: &str = "simulator.amazonses.com";
/// The numbers of the United States.
const DELIVERED: &str = "+14254147755";
const FAILED: &str = "+14254147167";

/// What the provider will report of a message; `None` if it reports nothing, as for everybody else's contacts.
pub(crate) fn report(message: &Outgoing, at: Moment) -> Option<Report> {
    let (order, account, destination) = (message.order.clone(), message.account.clone(), message.destination.clone());
    let fate = fate(&destination)?;
    Some(Report { order, account, destination, fate, at })
}

fn fate(destination: &Destination) -> Option<Fate> {
    let address = match destination {
        Destination::Phone(phone) => {
            return match phone.e164().as_str() {
                DELIVERED => Some(Fate::Delivered),
                FAILED => Some(Fate::Failed(Failure::Unknown)),
                _ => None,
            };
        }
        Destination::Email(address) => address,
    };
    let (local, domain) = address.canonical().split_once('@')?;
    // A label makes addresses differ: bounce+one@…
    match local.split('+').next().unwrap_or_default() {
        _ if domain != DOMAIN => None,
        "success" => Some(Fate::Delivered),
        "bounce" | "suppressionlist" => Some(Fate::Undeliverable(Undeliverable::Bounced)),
        "complaint" => Some(Fate::Undeliverable(Undeliverable::Complained)),
        _ => None,
    }
}
