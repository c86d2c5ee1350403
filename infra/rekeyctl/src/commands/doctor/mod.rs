//! `rekeyctl doctor`: whether a deployment on AWS is set up, and what is left to do.
//!
//! It asks AWS through the AWS CLI, with the credentials of the person who runs it, and the API as anybody would. It
//! changes nothing, unless it is to send messages.

mod account;
mod api;
mod finding;
mod messages;
mod stack;

use serde_json::Value;

use crate::options::{Columns, Doctor, Output};
use crate::output::failure::Failure;
use crate::output::listing::Listing;
use crate::output::streams::{DONE, FAILED, Streams};
pub use finding::AwsCli;
use finding::{Finding, State};
use stack::Stack;

/// The columns of the list.
const COLUMNS: [&str; 3] = ["check", "state", "detail"];

/// Checks a stack, and lists what it found. The command fails unless everything is done.
pub(crate) fn run(options: &Doctor, aws: AwsCli<'_>, output: Output, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let stack = Stack::read(&options.stack, aws).map_err(Failure::Stack)?;
    let mut findings = vec![stack.status()];
    findings.extend(account::findings(&stack));
    findings.extend(stack.findings());
    findings.extend(api::findings(&stack));
    if let Some(user) = &options.send {
        findings.extend(messages::findings(&stack, user, options.phone.as_deref()));
    }
    let rows: Vec<Value> = findings.iter().map(Finding::row).collect();
    let listing = Listing::new(output, &COLUMNS).choosing(&Columns::default(), &[])?;
    streams.print(&listing.whole(&rows))?;
    let left = findings.iter().filter(|finding| finding.state != State::Done).count();
    if left == 0 {
        return Ok(DONE);
    }
    streams.tell(&format!("{left} of {} checks are not done; infra/docs/deploy.md says how", findings.len()));
    Ok(FAILED)
}

#[cfg(test)]
mod tests;
