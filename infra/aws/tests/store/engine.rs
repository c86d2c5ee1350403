//! The embedded engine, with the table and a counter of its requests.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws::store::DynamoStore;
use aws::table;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents};
use aws_sdk_dynamodb::types::AttributeValue;
use dynoxide::Database;
use shared::account::Account;
use shared::ports::store::{Accounts, BeginOutcome, Proof, Resets, WriteOutcome};
use shared::reset::{Reset, Stage};
use shared::testing::samples::{START, Samples, name_keys, names};

/// The table's name.
pub(crate) const TABLE: &str = "rekey";
/// The name that most tests are about.
pub(crate) const ADELE: &str = "adele@contoso.example";

/// Counts every request that is sent, retries included.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter(Arc<AtomicUsize>);

impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "counter"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), aws_sdk_dynamodb::error::BoxError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

impl Counter {
    /// Runs one verb, and returns its result with the number of requests that it took.
    pub(crate) async fn of<T>(&self, verb: impl Future<Output = T>) -> (T, usize) {
        let before = self.0.load(Ordering::SeqCst);
        let answer = verb.await;
        (answer, self.0.load(Ordering::SeqCst) - before)
    }
}

/// An embedded engine of its own, with the table.
pub(crate) struct Engine {
    pub(crate) client: Client,
    pub(crate) counter: Counter,
}

impl Engine {
    pub(crate) async fn start() -> Self {
        let database = Database::memory().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, std::future::pending()));
        let counter = Counter::default();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(url)
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .interceptor(counter.clone())
            .build();
        let client = Client::from_conf(config);
        table::create(&client, TABLE).await.unwrap();
        Self { client, counter }
    }

    pub(crate) fn store(&self) -> DynamoStore {
        DynamoStore::new(self.client.clone(), TABLE).with_index_keys(name_keys(&[1]))
    }

    pub(crate) async fn items(&self) -> Vec<HashMap<String, AttributeValue>> {
        self.client.scan().table_name(TABLE).send().await.unwrap().items.unwrap()
    }
}

/// Creates an account, and a reset of it whose password may be set.
pub(crate) async fn granted(store: &DynamoStore, samples: &Samples) -> (Account, Reset) {
    let account = samples.account(ADELE);
    assert_eq!(store.create_account(&account, &names(ADELE), &[]).await.unwrap(), WriteOutcome::Written);
    let reset = samples.reset(ADELE, START);
    assert_eq!(store.begin_reset(&reset, &[], None, START).await.unwrap(), BeginOutcome::Begun);
    let next = Stage::Granted(samples.grant());
    assert!(
        store
            .prove(&Proof { reset: &reset, next, now: START, record: &samples.record(START), answered: None })
            .await
            .unwrap()
    );
    let reset = store.reset(&reset.id).await.unwrap().unwrap();
    (store.account(&account.id).await.unwrap().unwrap(), reset)
}
