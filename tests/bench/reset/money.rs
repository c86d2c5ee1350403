//! What resets cost on AWS: the requests and units that were counted, at list prices.

use std::collections::BTreeMap;

use local::Usage;
use serde_json::Value;

/// List prices in dollars, on demand, in us-east-1 (the pricing page of each service).
mod price {
    pub(super) const WRITE_UNIT: f64 = 0.625e-6;
    pub(super) const READ_UNIT: f64 = 0.125e-6;
    pub(super) const INVOCATION: f64 = 0.2e-6;
    /// Of a function on ARM, for a gigabyte of memory.
    pub(super) const GIGABYTE_SECOND: f64 = 1.333_34e-5;
    /// Of an HTTP API.
    pub(super) const REQUEST: f64 = 1e-6;
    pub(super) const EVENT: f64 = 1e-6;
    /// One request for up to twenty secrets. We found no page that says whether it is priced as one.
    pub(super) const SECRETS: f64 = 5e-6;
    pub(super) const LOG_BYTE: f64 = 0.5e-9;
    pub(super) const EMAIL: f64 = 1e-4;
    /// To a phone in the United States. The networks charge fees on top, about half as much again.
    pub(super) const SMS: f64 = 0.006_45;
    /// One minute to a phone in the United States.
    pub(super) const CALL: f64 = 0.013;
}

// The next three, and the seconds of the functions, are assumed: nothing was measured on AWS.
/// Seconds that a function waits for each request that it makes in a row.
const ROUND_TRIP: f64 = 0.004;
/// Seconds that a start takes before the first request is handled, which Lambda bills like the request.
const START: f64 = 0.1;
/// Bytes that all functions log for one reset.
const LOG: f64 = 5000.0;

/// A function's part in a reset: its memory in gigabytes, how often it is invoked, and the seconds that it takes beside
/// its requests to the table.
const FUNCTIONS: [(&str, f64, f64, f64); 4] = [
    ("begin-reset", 0.5, 1.0, 0.003),
    // The code and the notice, each with a provider's response.
    ("deliver-code", 0.5, 2.0, 0.12),
    ("verify-code", 1.0, 1.0, 0.003),
    // Argon2id, with 0.58 of a processor.
    ("complete-reset", 1.0, 1.0, 0.045),
];

/// How many of these read the policy when they start.
const READ_THE_POLICY: f64 = 3.0;

/// What a thousand resets cost, in dollars, by what is paid for.
pub(crate) struct Cost {
    table: f64,
    lambda: f64,
    other: f64,
    messages: f64,
    secrets: f64,
    starts: f64,
}

impl Cost {
    /// The cost of a thousand resets like one that used this much and sent these messages.
    pub(crate) fn of(used: &BTreeMap<&str, Usage>, messages: &[Value]) -> Self {
        let (mut table, mut lambda, mut starts) = (0.0, 0.0, READ_THE_POLICY * price::READ_UNIT);
        for (name, memory, invocations, seconds) in FUNCTIONS {
            let used = used[name];
            table += used.write_units * price::WRITE_UNIT + used.read_units * price::READ_UNIT;
            let seconds = seconds + used.in_a_row as f64 * ROUND_TRIP;
            lambda += invocations * price::INVOCATION + memory * seconds * price::GIGABYTE_SECOND;
            starts += memory * START * price::GIGABYTE_SECOND;
        }
        let of_message = |message: &Value| match message["channel"].as_str() {
            Some("sms") => price::SMS,
            Some("call") => price::CALL,
            Some("email") => price::EMAIL,
            other => panic!("no price for {other:?}"),
        };
        let per_thousand = |one: f64| one * 1000.0;
        Self {
            table: per_thousand(table),
            lambda: per_thousand(lambda),
            // Begin, verify and complete; the event that sessions are revoked.
            other: per_thousand(3.0 * price::REQUEST + price::EVENT + LOG * price::LOG_BYTE),
            messages: per_thousand(messages.iter().map(of_message).sum()),
            secrets: per_thousand(FUNCTIONS.len() as f64 * price::SECRETS),
            starts: per_thousand(starts),
        }
    }
}

/// Prints the costs by channel. `warm` has no cold start, `cold` nothing else.
pub(crate) fn print(costs: &[(&str, Cost)]) {
    println!("\nwhat 1,000 resets cost, in dollars: bench/README.md says what is assumed and what is not in it");
    println!("| channel | messages | table | Lambda | API, event, logs | warm | secrets | starts | cold |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for (channel, Cost { table, lambda, other, messages, secrets, starts }) in costs {
        let warm = table + lambda + other + messages;
        let cold = warm + secrets + starts;
        println!(
            "| {channel} | {messages:.3} | {table:.3} | {lambda:.3} | {other:.3} | {warm:.3} | {secrets:.3} | {starts:.3} \
             | {cold:.3} |"
        );
    }
}
