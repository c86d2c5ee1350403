//! Emails through SES.

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::{BuildError, ProvideErrorMetadata};
use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailOutput};
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageTag};
use data_encoding::BASE64;
use shared::identifiers::email_address::EmailAddress;
use shared::message::{Organisation, Rendered};
use shared::ports::messenger::{Dispatch, Outgoing};

use super::outcome::{ACCOUNT, Fault, INVALID, NOT_VERIFIED, ORDER, Outcome, REJECTED, SUPPRESSED, dispatch};
use crate::config::settings::MessengerSettings;

const UTF_8: &str = "UTF-8";
/// Texts by which SES says that the account's rate or quota is spent. It has dropped the message then.
const QUOTA_TEXTS: [&str; 3] = ["sending rate exceeded", "message quota exceeded", "sending quota exceeded"];

pub(super) async fn send(
    client: &Client,
    settings: &MessengerSettings,
    message: &Outgoing,
    address: &EmailAddress,
) -> Outcome {
    let tags = (tag(ORDER, &message.order), tag(ACCOUNT, message.account.as_str()));
    let (Ok(content), (Ok(order), Ok(account))) = (content(&message.rendered), tags) else {
        return Dispatch::Refused(INVALID).into();
    };
    let request = client
        .send_email()
        .from_email_address(from(&settings.organisation, &settings.mail_from))
        .destination(Destination::builder().to_addresses(address.as_str()).build())
        .content(EmailContent::builder().simple(content).build())
        .set_configuration_set_name(settings.mail_configuration_set.clone())
        .email_tags(order)
        .email_tags(account);
    let sent = request.send().await;
    dispatch("ses", &message.order, sent, SendEmailOutput::message_id, |error| fault_of(error, &settings.mail_from))
}

fn content(rendered: &Rendered) -> Result<Message, BuildError> {
    let part = |text: &str| Content::builder().data(text).charset(UTF_8).build();
    let body = Body::builder().text(part(&rendered.text)?);
    let body = match &rendered.html {
        Some(html) => body.html(part(html)?),
        None => body,
    };
    let subject = part(rendered.subject.as_deref().unwrap_or_default())?;
    Ok(Message::builder().subject(subject).body(body.build()).build())
}

/// A tag, which the message's reports repeat.
fn tag(name: &str, value: &str) -> Result<MessageTag, BuildError> {
    MessageTag::builder().name(name).value(tagged(value)).build()
}

/// A value in the characters that SES allows in a tag: letters, digits, underscores and hyphens.
pub(crate) fn tagged(value: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    value.chars().map(allowed).collect()
}

/// The sender with its name, which becomes an encoded word if it is not ASCII (RFC 2047).
///
/// A name has no quotes, backslashes or angle brackets, and at most 20 characters, which fit into one encoded word.
pub(super) fn from(organisation: &Organisation, address: &EmailAddress) -> String {
    let (name, address) = (organisation.as_str(), address.as_str());
    if name.is_ascii() {
        format!("\"{name}\" <{address}>")
    } else {
        format!("=?UTF-8?B?{}?= <{address}>", BASE64.encode(name.as_bytes()))
    }
}

/// Reads SES's own error; `mail_from` tells an unverified sender from an unverified recipient.
pub(super) fn fault_of(error: &SendEmailError, mail_from: &EmailAddress) -> Option<Fault> {
    use SendEmailError as E;
    let text = error.message().unwrap_or_default().to_ascii_lowercase();
    match error {
        _ if QUOTA_TEXTS.iter().any(|quota| text.contains(quota)) => Some(Fault::Busy),
        E::MessageRejected(_) => Some(rejected(&text, mail_from)),
        E::BadRequestException(_) => Some(Fault::Refused(INVALID)),
        E::LimitExceededException(_) | E::TooManyRequestsException(_) => Some(Fault::Busy),
        E::AccountSuspendedException(_)
        | E::MailFromDomainNotVerifiedException(_)
        | E::NotFoundException(_)
        | E::SendingPausedException(_) => Some(Fault::Deployment),
        _ => None,
    }
}

fn rejected(text: &str, mail_from: &EmailAddress) -> Fault {
    if text.contains("suppress") || text.contains("blacklist") {
        return Fault::Refused(SUPPRESSED);
    }
    if !text.contains("not verified") {
        return Fault::Refused(REJECTED);
    }
    // SES names the unverified identities. If ours is among them, nothing can be sent to anybody.
    if text.contains(&mail_from.as_str().to_ascii_lowercase()) {
        Fault::Deployment
    } else {
        Fault::Refused(NOT_VERIFIED)
    }
}
