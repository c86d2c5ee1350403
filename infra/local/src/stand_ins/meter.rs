//! Counts what each client's requests to the table use, as DynamoDB would bill them.

use std::ops::{Add, Sub};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::config::interceptors::{
    BeforeTransmitInterceptorContextMut, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use serde_json::Value;

use super::access::Seen;
use super::interceptor::operation;

/// How a request begins that asks for the units that it used.
const ASK: &[u8] = br#"{"ReturnConsumedCapacity":"TOTAL","#;
/// The member of the response that holds them.
const USED: &str = "ConsumedCapacity";

/// The operations that use units of reads.
const READS: [&str; 4] = ["GetItem", "BatchGetItem", "Query", "Scan"];
/// The operations that use units of writes.
const WRITES: [&str; 4] = ["PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"];

/// Whether a request uses units of reads.
#[derive(Debug)]
struct Reads(bool);

impl Storable for Reads {
    type Storer = StoreReplace<Self>;
}

/// What a client's requests to the table have used.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// How many were sent, retries included.
    pub requests: u64,
    /// How many were sent while no other was under way: the requests that a person waits for one after another. The
    /// count is too low if a chain of them runs beside a slow one.
    pub in_a_row: u64,
    /// Units of reads. A consistent read of up to 4 KB uses one.
    pub read_units: f64,
    /// Units of writes. A write of up to 1 KB uses one, and two in a transaction.
    pub write_units: f64,
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            in_a_row: self.in_a_row + other.in_a_row,
            read_units: self.read_units + other.read_units,
            write_units: self.write_units + other.write_units,
        }
    }
}

impl Sub for Usage {
    type Output = Self;

    /// What was used since `earlier`.
    fn sub(self, earlier: Self) -> Self {
        Self {
            requests: self.requests - earlier.requests,
            in_a_row: self.in_a_row - earlier.in_a_row,
            read_units: self.read_units - earlier.read_units,
            write_units: self.write_units - earlier.write_units,
        }
    }
}

/// Meters one client's requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meter {
    /// The permissions that they needed.
    pub(crate) seen: Seen,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    used: Usage,
    under_way: u64,
}

impl Meter {
    /// What has been used so far.
    pub(crate) fn usage(&self) -> Usage {
        self.state().used
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) {
        let state = &mut *self.state();
        state.used.requests += 1;
        state.used.in_a_row += u64::from(state.under_way == 0);
        state.under_way += 1;
    }

    /// `consumed` is the response's member: an object, or one for each table.
    fn end(&self, reads: bool, consumed: &Value) {
        let each = consumed.as_array().map_or(std::slice::from_ref(consumed), Vec::as_slice);
        let units: f64 = each.iter().filter_map(|one| one["CapacityUnits"].as_f64()).sum();
        let state = &mut *self.state();
        state.under_way = state.under_way.saturating_sub(1);
        if reads {
            state.used.read_units += units;
        } else {
            state.used.write_units += units;
        }
    }
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "meter"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let operation = operation(request);
        if READS.contains(&operation) || WRITES.contains(&operation) {
            // The body is an object that names a table at least.
            let rest = request.body().bytes().and_then(|body| body.strip_prefix(b"{")).ok_or("no object")?;
            let body = [ASK, rest].concat();
            request.headers_mut().insert("content-length", body.len().to_string());
            *request.body_mut() = body.into();
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.begin();
        let request = context.request();
        let operation = operation(request);
        config.interceptor_state().store_put(Reads(READS.contains(&operation)));
        self.seen.add(operation, request.body().bytes().unwrap_or_default());
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let reads = config.load::<Reads>().is_some_and(|Reads(reads)| *reads);
        let body = context.response().and_then(|response| response.body().bytes()).unwrap_or_default();
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        self.end(reads, &body[USED]);
        Ok(())
    }
}
