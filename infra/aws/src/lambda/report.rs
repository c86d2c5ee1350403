//! What providers report about messages: SES and End User Messaging publish it on a topic of SNS, which invokes a function.
//!
//! A report that cannot be read, or that says nothing final, is skipped: nothing is decided by it.
//!
//! Sources: AWS, Contents of event data that Amazon SES publishes to Amazon SNS; AWS, Messaging Events (End User Messaging),
//! Event types for SMS, MMS, and voice.

use std::future::Future;

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use shared::account::{Destination, Undeliverable};
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;
use shared::random::AccountId;
use shared::records::report::{Failure, Fate, Report};
use shared::time::Moment;
use shared::unavailable::Unavailable;

use crate::lambda::cold_start::{ColdStart, INIT_LIMIT};
use crate::messenger::outcome::{ACCOUNT, ORDER};

/// Reads the reports of an invocation.
#[must_use]
pub fn reports(event: &Value) -> Vec<Report> {
    let Some(records) = event["Records"].as_array() else {
        tracing::error!("the event contains no records");
        return Vec::new();
    };
    let messages = records.iter().map(|record| record["Sns"]["Message"].as_str().unwrap_or_default());
    messages.flat_map(of_message).collect()
}

/// Reads one message of the topic: a report for each recipient.
fn of_message(text: &str) -> Vec<Report> {
    let Ok(message) = serde_json::from_str::<Value>(text) else {
        // A topic that starts to report says so in plain words.
        tracing::warn!("a message of the topic is no report");
        return Vec::new();
    };
    let kind = message["eventType"].as_str().unwrap_or_default();
    let read = if kind.starts_with("TEXT_") || kind.starts_with("VOICE_") {
        of_phone(kind, &message).map(|report| report.into_iter().collect())
    } else {
        of_email(kind, &message)
    };
    read.unwrap_or_else(|| {
        tracing::warn!(kind = known(kind), "a report cannot be read");
        Vec::new()
    })
}

/// A kind of report for the log: only its letters, because anybody's text may stand there.
fn known(kind: &str) -> &str {
    if kind.len() <= 40 && kind.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_') { kind } else { "" }
}

/// Reads a report of SES; `None` if it is none.
fn of_email(kind: &str, message: &Value) -> Option<Vec<Report>> {
    let (part, recipients, fate) = match kind {
        "Delivery" => ("delivery", "recipients", Fate::Delivered),
        "Bounce" if message["bounce"]["bounceType"] == "Permanent" => {
            ("bounce", "bouncedRecipients", Fate::Undeliverable(Undeliverable::Bounced))
        }
        "Bounce" => ("bounce", "bouncedRecipients", Fate::Failed(Failure::SoftBounce)),
        "Complaint" => ("complaint", "complainedRecipients", Fate::Undeliverable(Undeliverable::Complained)),
        // Sent, delayed, opened and the like.
        _ if message["mail"].is_object() => return Some(Vec::new()),
        _ => return None,
    };
    let tag = |name: &str| message["mail"]["tags"][name][0].as_str();
    let (order, account) = (untagged(tag(ORDER)?), AccountId::parse(tag(ACCOUNT)?)?);
    let at: Moment = message[part]["timestamp"].as_str().and_then(Moment::parse)?;
    let recipients = message[part][recipients].as_array()?.iter();
    let addresses = recipients.filter_map(|one| one.as_str().or(one["emailAddress"].as_str()));
    let report = |address: &str| {
        let destination = Destination::Email(EmailAddress::parse(address).ok()?);
        Some(Report { order: order.clone(), account: account.clone(), destination, fate, at })
    };
    Some(addresses.filter_map(report).collect())
}

/// The order of which SES has the tag. A tag has underscores for the full stops of an order, and ids have underscores, too:
/// `reset.ID.1`, `challenge.ID`, `notice.ID.DIGEST`.
fn untagged(tag: &str) -> String {
    let Some((kind, rest)) = tag.split_once('_') else { return tag.to_owned() };
    match rest.rsplit_once('_') {
        Some((id, number)) if kind == "reset" => format!("reset.{id}.{number}"),
        _ => format!("{kind}.{rest}"),
    }
}

/// Reads a report of End User Messaging; `None` if it is none, and nothing inside if it is not final.
fn of_phone(kind: &str, message: &Value) -> Option<Option<Report>> {
    let fate = match kind {
        "TEXT_DELIVERED" | "TEXT_SUCCESSFUL" | "VOICE_ANSWERED" | "VOICE_COMPLETED" => Fate::Delivered,
        "TEXT_INVALID" => Fate::Undeliverable(Undeliverable::Bounced),
        "TEXT_BLOCKED" | "TEXT_CARRIER_BLOCKED" | "TEXT_PROTECT_BLOCKED" | "TEXT_SPAM" => {
            Fate::Failed(Failure::Blocked)
        }
        "TEXT_CARRIER_UNREACHABLE" | "TEXT_UNREACHABLE" | "TEXT_TTL_EXPIRED" | "VOICE_TTL_EXPIRED" => {
            Fate::Failed(Failure::Unreachable)
        }
        "VOICE_BUSY" | "VOICE_NO_ANSWER" => Fate::Failed(Failure::NotAnswered),
        "TEXT_INVALID_MESSAGE" | "VOICE_FAILED" => Fate::Failed(Failure::Unknown),
        // Queued, ringing and the like; and after 72 hours, that nothing is known.
        _ => return Some(None),
    };
    let context = |name: &str| message["context"][name].as_str();
    Some(Some(Report {
        order: context(ORDER)?.to_owned(),
        account: AccountId::parse(context(ACCOUNT)?)?,
        destination: Destination::Phone(Phone::parse(message["destinationPhoneNumber"].as_str()?).ok()?),
        fate,
        at: Moment::from_millis(message["eventTimestamp"].as_u64()?),
    }))
}

/// Composes the function at cold start, then records the reports of every invocation. An invocation fails if one of its
/// reports cannot be recorded, and Lambda repeats it as a whole: a report that is recorded twice changes nothing.
///
/// # Errors
/// A failure that the Lambda runtime cannot recover from.
pub async fn serve_composed<T>(
    compose: impl AsyncFn() -> Result<T, Unavailable>,
    record: impl AsyncFn(&T, Report) -> Result<(), Unavailable>,
) -> Result<(), lambda_runtime::Error> {
    let cold_start = ColdStart::new(compose);
    cold_start.prepare(INIT_LIMIT).await;
    let (cold_start, record) = (&cold_start, &record);
    let handle = async move |event: Value| -> Result<(), Unavailable> {
        let recorder = cold_start.composed().await?;
        for report in reports(&event) {
            record(recorder, report).await?;
        }
        Ok(())
    };
    let handle = &handle;
    let service = service_fn(move |event: LambdaEvent<Value>| async move { answered(handle(event.payload)).await });
    lambda_runtime::run(service).await
}

/// Logs what failed. What the runtime gets, and logs, says no more than that.
async fn answered(handled: impl Future<Output = Result<(), Unavailable>>) -> Result<(), lambda_runtime::Error> {
    handled.await.map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(what = error.what, cause, "a report was not recorded");
        lambda_runtime::Error::from(error.what)
    })
}

#[cfg(test)]
mod tests;
