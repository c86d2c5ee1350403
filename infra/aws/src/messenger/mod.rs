//! Messages through SNS, End User Messaging and SES; events through EventBridge.
//!
//! None of the three providers accepts a token that makes a repeated request the same message. So the SDK never
//! retries, and outcomes are told apart as precisely as the response allows: taken, refused for good, not taken now, or
//! unknown. Only a request that the provider was too busy to take is sent again.

mod call;
mod email;
mod event;
pub(crate) mod outcome;
mod phone;
mod sms;
#[cfg(test)]
pub(crate) mod stub;
#[cfg(test)]
mod tests;
mod text;

use std::future::Future;
use std::time::Duration;

use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use shared::account::Destination;
use shared::message::Channel;
use shared::ports::messenger::{Dispatch, Messenger, Outgoing, SessionsRevoked};
use shared::random::bytes;

use tokio::time::sleep;

use crate::config::http_client::{CONNECT_TIMEOUT, single_use_https_client};
use crate::config::settings::MessengerSettings;
use crate::config::system::SystemRandom;
#[cfg(test)]
pub(crate) use email::tagged;
use outcome::{INVALID, Outcome};

/// Time limit for a provider's response. Giving up leaves the message in doubt, so the limit is long; a delivery's
/// lease lasts 30 seconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// The longest pauses before a busy provider is tried again; providers count their rates by the second. The worker
/// tries a job three times, so these pauses can occur three times: less than nine seconds in all, which leaves room for
/// one response of the longest kind within the worker's 30 seconds.
const PAUSES: [Duration; 3] = [Duration::from_millis(400), Duration::from_millis(800), Duration::from_millis(1600)];

/// Sends messages and publishes events through AWS.
pub struct AwsMessenger {
    sns: aws_sdk_sns::Client,
    phones: aws_sdk_pinpointsmsvoicev2::Client,
    ses: aws_sdk_sesv2::Client,
    events: aws_sdk_eventbridge::Client,
    settings: MessengerSettings,
    pauses: &'static [Duration],
}

impl AwsMessenger {
    /// Makes the four clients. They send each request once, over a connection of its own.
    #[must_use]
    pub fn new(config: &SdkConfig, settings: MessengerSettings) -> Self {
        Self { pauses: &PAUSES, ..Self::with_answer_timeout(config, settings, ANSWER_TIMEOUT) }
    }

    /// As [`AwsMessenger::new`], but without pauses: a request that was not taken is not sent again.
    fn with_answer_timeout(config: &SdkConfig, settings: MessengerSettings, answer: Duration) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_timeout(answer).build();
        let once = config
            .clone()
            .into_builder()
            .http_client(single_use_https_client(settings.roots))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        Self {
            sns: aws_sdk_sns::Client::new(&once),
            phones: aws_sdk_pinpointsmsvoicev2::Client::new(&once),
            ses: aws_sdk_sesv2::Client::new(&once),
            events: aws_sdk_eventbridge::Client::new(&once),
            settings,
            pauses: &[],
        }
    }

    async fn hand_over(&self, message: &Outgoing) -> Outcome {
        match (message.channel, &message.destination) {
            (Channel::Sms, Destination::Phone(phone)) => match &self.settings.text_origination {
                Some(origination) => text::send(&self.phones, (&self.settings, origination), message, phone).await,
                None => sms::send(&self.sns, &self.settings, message, phone).await,
            },
            (Channel::Call, Destination::Phone(phone)) => {
                call::send(&self.phones, &self.settings, message, phone).await
            }
            (Channel::Email, Destination::Email(address)) => {
                email::send(&self.ses, &self.settings, message, address).await
            }
            (Channel::Sms | Channel::Call, Destination::Email(_)) | (Channel::Email, Destination::Phone(_)) => {
                Dispatch::Refused(INVALID).into()
            }
        }
    }

    /// Repeats a request after each pause, while the provider is too busy to take it.
    async fn offered<F: Future<Output = Outcome>>(&self, offer: impl Fn() -> F) -> Dispatch {
        for pause in self.pauses {
            let outcome = offer().await;
            if !outcome.busy {
                return outcome.dispatch;
            }
            sleep(shortened(*pause)).await;
        }
        offer().await.dispatch
    }
}

/// At least half of a pause, drawn at random: requests that were refused together should not come back together.
fn shortened(pause: Duration) -> Duration {
    let [part] = bytes::<1>(&SystemRandom);
    pause / 2 + pause / 2 * u32::from(part) / u32::from(u8::MAX)
}

impl Messenger for AwsMessenger {
    async fn send(&self, message: &Outgoing) -> Dispatch {
        self.offered(|| self.hand_over(message)).await
    }

    async fn publish(&self, event: &SessionsRevoked) -> Dispatch {
        self.offered(|| event::publish(&self.events, &self.settings, event)).await
    }
}
