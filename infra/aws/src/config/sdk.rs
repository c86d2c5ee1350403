//! The SDK's configuration, from what Lambda puts into a function's environment.
//!
//! The crate `aws-config` would look for it in many more places, at every cold start: files of profiles, the machine's
//! metadata, tokens to exchange. A function has none of them. What `aws-config` leaves to the clients, they decide here
//! too: the clock, the pauses, and when to give up a stalled response. Credentials of a container are not read. Only
//! SnapStart gives such, and it does not exist for the runtime of these functions.

use std::fmt;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use super::http_client::{ATTEMPT_TIMEOUT, CONNECT_TIMEOUT, https_client};
use super::settings::Settings;

/// The function's credentials, which Lambda sets: the key's ID, the key, and the session's token.
const CREDENTIALS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
/// The address of something that stands in for AWS. With `_` and a service's name after it, for that service alone.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";
/// `true` for endpoints with cryptography that is validated by FIPS 140.
const FIPS: &str = "AWS_USE_FIPS_ENDPOINT";
/// `true` for endpoints that IPv6 reaches too.
const DUAL_STACK: &str = "AWS_USE_DUALSTACK_ENDPOINT";
/// Time limit of a request with all its attempts: well under API Gateway's 25 seconds.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(8);
/// Attempts per request: a throttled request usually succeeds at the second or third.
const ATTEMPTS: u32 = 3;

/// The SDK's configuration: the function's region and credentials, bounded timeouts, few retries.
#[must_use]
pub fn sdk_config(settings: &Settings) -> SdkConfig {
    let is_on = |name| settings.optional(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(settings.region().map(Region::new))
        .http_client(https_client(settings.roots()))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .operation_timeout(OPERATION_TIMEOUT)
                .build(),
        )
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .use_fips(is_on(FIPS))
        .use_dual_stack(is_on(DUAL_STACK))
        .service_config(Endpoints(settings.clone()));
    config.set_endpoint_url(settings.optional(ENDPOINT));
    config.set_credentials_provider(credentials(settings).map(SharedCredentialsProvider::new));
    config.build()
}

fn credentials(settings: &Settings) -> Option<Credentials> {
    let [id, key, token] = CREDENTIALS.map(|name| settings.optional(name));
    Some(Credentials::new(id?, key?, token, None, "environment"))
}

/// The addresses of what stands in for single services of AWS.
struct Endpoints(Settings);

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endpoints")
    }
}

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        self.0.optional(&format!("{}_{}", key.env(), key.service_id().to_ascii_uppercase().replace(' ', "_")))
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::provider::ProvideCredentials;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

    use super::*;

    fn config(environment: &[(&'static str, &str)]) -> SdkConfig {
        let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let lookup = move |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        sdk_config(&Settings::from_lookup(lookup))
    }

    /// Answers every request with 500, and sends on the head of each.
    async fn failing(listener: TcpListener, heads: UnboundedSender<String>) {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.windows(4).any(|window| window == b"\r\n\r\n") {
                stream.read_buf(&mut request).await.unwrap();
            }
            heads.send(String::from_utf8_lossy(&request).into_owned()).unwrap();
            let response = b"HTTP/1.1 500 \r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
            stream.write_all(response).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_request_is_signed_for_the_region_and_sent_three_times() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let config = config(&[
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "a-key"),
            ("AWS_SESSION_TOKEN", "a-token"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &endpoint),
        ]);
        let (heads, mut sent) = unbounded_channel();
        let server = tokio::spawn(failing(listener, heads));
        let client = aws_sdk_dynamodb::Client::new(&config);
        client.describe_table().table_name("rekey").send().await.unwrap_err();
        server.abort();
        let mut count = 0;
        while let Ok(head) = sent.try_recv() {
            assert!(head.contains("/eu-central-1/dynamodb/aws4_request"), "{head}");
            assert!(head.contains("x-amz-security-token: a-token"), "{head}");
            count += 1;
        }
        assert_eq!(count, 3);
    }

    #[test]
    fn no_request_waits_longer_than_its_caller() {
        let config = config(&[]);
        let limits = config.timeout_config().unwrap();
        let limits = (limits.connect_timeout(), limits.operation_attempt_timeout(), limits.operation_timeout());
        assert_eq!(limits, (Some(CONNECT_TIMEOUT), Some(ATTEMPT_TIMEOUT), Some(OPERATION_TIMEOUT)));
        assert!(ATTEMPT_TIMEOUT < OPERATION_TIMEOUT && OPERATION_TIMEOUT < Duration::from_secs(25));
        assert_eq!(config.retry_config(), Some(&RetryConfig::standard().with_max_attempts(ATTEMPTS)));
    }

    #[tokio::test]
    async fn the_region_and_the_credentials_are_those_of_the_environment() {
        let lambda = config(&[
            ("AWS_REGION", "eu-central-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "a-key"),
            ("AWS_SESSION_TOKEN", "a-token"),
        ]);
        assert_eq!(lambda.region().map(ToString::to_string).as_deref(), Some("eu-central-1"));
        let credentials = lambda.credentials_provider().unwrap().provide_credentials().await.unwrap();
        let parts = (credentials.access_key_id(), credentials.secret_access_key(), credentials.session_token());
        assert_eq!(parts, ("AKIDEXAMPLE", "a-key", Some("a-token")));
        assert_eq!(credentials.expiry(), None);

        let elsewhere = config(&[("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")]);
        assert_eq!(elsewhere.region().map(ToString::to_string).as_deref(), Some("us-east-1"));
        assert!(elsewhere.credentials_provider().is_none(), "half of a key is none");
    }

    #[test]
    fn endpoints_are_awss_own_unless_the_environment_names_others() {
        let own = config(&[("AWS_REGION", "eu-central-1")]);
        assert_eq!((own.endpoint_url(), own.use_fips(), own.use_dual_stack()), (None, Some(false), Some(false)));

        let others = config(&[
            ("AWS_ENDPOINT_URL", "http://localhost:1"),
            ("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", "http://localhost:2"),
            ("AWS_USE_FIPS_ENDPOINT", "true"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "TRUE"),
        ]);
        assert_eq!(others.endpoint_url(), Some("http://localhost:1"));
        assert_eq!((others.use_fips(), others.use_dual_stack()), (Some(true), Some(true)));
        let of = |service| {
            let key = ServiceConfigKey::builder().service_id(service).env(ENDPOINT).profile("endpoint_url").build();
            others.service_config().unwrap().load_config(key.unwrap())
        };
        assert_eq!(of("Pinpoint SMS Voice V2").as_deref(), Some("http://localhost:2"));
        assert_eq!(of("DynamoDB"), None);
    }
}
