//! Messages by SNS, End User Messaging voice and SES; events by EventBridge.
//!
//! None of the three providers knows a token by which a repeated request would be the same message. So
//! the SDK never repeats one, and what became of each is told apart as exactly as the answer allows: taken,
//! refused for good, not taken now, or lost in doubt. Only what a provider was too busy to take is offered again.

mod call;
mod email;
mod event;
mod outcome;
mod sms;
#[cfg(test)]
pub(crate) mod stub;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use shared::account::Destination;
use shared::message::Channel;
use shared::ports::messenger::{Dispatch, Messenger, Outgoing, SessionsRevoked};
use shared::random::bytes;

use tokio::time::sleep;

use crate::config::http_client::{CONNECT_TIMEOUT, single_use_https_client};
use crate::config::settings::MessengerSettings;
use crate::config::system::SystemRandom;
use outcome::{INVALID, Outcome};

/// How long a provider may take to answer. Ending the wait leaves the message in doubt, so it is long; a
/// delivery has its lease of 30 seconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// The longest pauses before a provider that is too busy is asked again; rates are counted by the second. The worker
/// tries an order three times, so these come three times over: less than nine seconds, which leaves room for an answer
/// of the longest kind within the worker's thirty.
const PAUSES: [Duration; 3] = [Duration::from_millis(400), Duration::from_millis(800), Duration::from_millis(1600)];

/// Sends messages and publishes events through AWS.
pub struct AwsMessenger {
    sns: aws_sdk_sns::Client,
    voice: aws_sdk_pinpointsmsvoicev2::Client,
    ses: aws_sdk_sesv2::Client,
    events: aws_sdk_eventbridge::Client,
    settings: MessengerSettings,
    pauses: &'static [Duration],
}

impl AwsMessenger {
    /// Makes the four clients, whose requests are each made once, over a connection of their own.
    #[must_use]
    pub fn new(config: &SdkConfig, settings: MessengerSettings) -> Self {
        Self { pauses: &PAUSES, ..Self::with_answer_timeout(config, settings, ANSWER_TIMEOUT) }
    }

    /// The same without pauses: what was not taken is not offered again.
    fn with_answer_timeout(config: &SdkConfig, settings: MessengerSettings, answer: Duration) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_timeout(answer).build();
        let once = config
            .clone()
            .into_builder()
            .http_client(single_use_https_client())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        Self {
            sns: aws_sdk_sns::Client::new(&once),
            voice: aws_sdk_pinpointsmsvoicev2::Client::new(&once),
            ses: aws_sdk_sesv2::Client::new(&once),
            events: aws_sdk_eventbridge::Client::new(&once),
            settings,
            pauses: &[],
        }
    }

    async fn hand_over(&self, message: &Outgoing) -> Outcome {
        match (message.channel, &message.destination) {
            (Channel::Sms, Destination::Phone(phone)) => sms::send(&self.sns, &self.settings, message, phone).await,
            (Channel::Call, Destination::Phone(phone)) => call::send(&self.voice, &self.settings, message, phone).await,
            (Channel::Email, Destination::Email(address)) => {
                email::send(&self.ses, &self.settings, message, address).await
            }
            (Channel::Sms | Channel::Call, Destination::Email(_)) | (Channel::Email, Destination::Phone(_)) => {
                Dispatch::Refused(INVALID).into()
            }
        }
    }

    /// Offers something again after each pause, while the provider is too busy to take it.
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

/// At least half of a pause, drawn at random: what was refused together should not come back together.
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
