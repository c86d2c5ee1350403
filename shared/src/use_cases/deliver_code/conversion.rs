//! Holds codes to phones to the conversion floor of their range of numbers.

use std::time::Duration;

use super::DeliverCode;
use crate::account::{Account, Destination, destination_digest};
use crate::limits::conversion::{CodeJob, ConversionLog, Decision, NextCode, SentCode, is_drawn};
use crate::ports::store::Store;
use crate::random::below;
use crate::unavailable::Unavailable;
use crate::use_cases::counters::change_codes;
use crate::use_cases::retries::MAX_DECISIONS;

/// A code that is to go to a phone.
pub(super) struct PhoneCode {
    /// The keyed digest of the range that the number is in.
    range: String,
    /// The code as its range counts it.
    code: SentCode,
    /// Whether the owner proved the number before.
    is_verified: bool,
    /// Whether it may go out after a block. Drawn once, so that a second look at the range is no second chance.
    is_drawn: bool,
}

impl PhoneCode {
    /// The key of the log of its range.
    pub(super) fn range(&self) -> &str {
        &self.range
    }
}

impl<S: Store, M> DeliverCode<S, M> {
    /// A job's code for a destination of an account; `None` if it does not go to a phone.
    pub(super) fn phone_code(&self, account: &Account, to: &Destination, job: CodeJob) -> Option<PhoneCode> {
        let Destination::Phone(phone) = to else { return None };
        let mut contacts = account.contacts.iter().map(|(_, contact)| contact);
        let destination = destination_digest(&self.names, to);
        Some(PhoneCode {
            range: self.names.phone_range(phone),
            code: SentCode { destination, job, at: self.context.now(), used: false },
            is_verified: contacts.any(|one| one.verified_at.is_some() && one.value.identity() == to.identity()),
            is_drawn: is_drawn(&*self.context.random),
        })
    }

    /// Counts a code in its range, whose log was read and admits it. Returns whether an earlier try had counted it
    /// already; `None` if other codes came first and the floor refuses it now. Each lost write takes one of the `tries`.
    pub(super) async fn count_code(
        &self,
        code: &PhoneCode,
        mut log: ConversionLog,
        tries: &mut usize,
    ) -> Result<Option<bool>, Unavailable> {
        let store = &self.context.store;
        loop {
            let counted_before = log.without(&code.code).is_some();
            if store.put_conversion_log(&code.range, &log.with(code.code.clone()), self.context.now()).await? {
                return Ok(Some(counted_before));
            }
            *tries += 1;
            if *tries > MAX_DECISIONS {
                return Err(KEEPS_CHANGING);
            }
            self.context.clock.sleep(self.pause(*tries)).await;
            let newer = store.conversion_log(&code.range).await?;
            match self.admit(code, newer).await? {
                Some(newer) => log = newer,
                None => return Ok(None),
            }
        }
    }

    /// Forgets a code that was not sent.
    pub(super) async fn uncount_code(&self, code: &PhoneCode) -> Result<(), Unavailable> {
        change_codes(&self.context, &code.range, |log| log.without(&code.code)).await
    }

    /// A random pause that grows with the tries, so that many codes to one range at once do not keep meeting.
    pub(super) fn pause(&self, tries: usize) -> Duration {
        PAUSE * tries as u32 * u32::from(below(&*self.context.random, PAUSES))
    }

    /// Decides whether a code may be sent under the floor of its range, whose log was read. Returns the log if so, with
    /// the codes marked that turned out to be used. Blocks the range if the floor is not reached. The code is not
    /// counted yet.
    pub(super) async fn admit(
        &self,
        code: &PhoneCode,
        mut log: ConversionLog,
    ) -> Result<Option<ConversionLog>, Unavailable> {
        let (store, now) = (&self.context.store, code.code.at);
        let PhoneCode { is_verified, is_drawn, .. } = *code;
        let next = NextCode { destination: &code.code.destination, is_verified, is_drawn };
        for _ in 0..MAX_DECISIONS {
            let unknown = log.to_look_up(next, now);
            let used = if unknown.is_empty() { Vec::new() } else { store.used_codes(&unknown).await? };
            log = log.with_used(&used);
            match log.decide(next, now) {
                Decision::Admit => return Ok(Some(log)),
                Decision::Refuse => return Ok(None),
                Decision::Block => {
                    if store.put_conversion_log(&code.range, &log.blocked(now), now).await? {
                        tracing::warn!("a range of numbers is blocked: too few of its codes are used");
                        return Ok(None);
                    }
                    log = store.conversion_log(&code.range).await?;
                }
            }
        }
        Err(KEEPS_CHANGING)
    }
}

/// The pauses after a lost write of a counter, before the n-th further try: at most 7 × n of these.
const PAUSE: Duration = Duration::from_millis(2);
const PAUSES: u8 = 8;

/// The error if other codes to the range came first every time.
const KEEPS_CHANGING: Unavailable = Unavailable::plain("the codes to a range of numbers kept changing");

#[cfg(test)]
mod tests;
