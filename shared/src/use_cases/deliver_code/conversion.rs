//! Holds codes to phones to the conversion floor of their range of numbers.

use std::time::Duration;

use super::DeliverCode;
use crate::account::{Account, Destination, destination_digest};
use crate::limits::conversion::{CodeJob, ConversionLog, Decision, NextCode, SentCode, is_drawn};
use crate::ports::store::Store;
use crate::random::below;
use crate::unavailable::Unavailable;
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

/// A code that may be sent, with the log of its range. `None` if no floor holds for the message.
pub(super) type Admission<'a> = Option<(&'a PhoneCode, ConversionLog)>;

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

    /// Decides whether a message may be sent under the conversion floor. `None` if not. Nothing is counted yet.
    pub(super) async fn admit<'a>(&self, code: Option<&'a PhoneCode>) -> Result<Option<Admission<'a>>, Unavailable> {
        let Some(code) = code else { return Ok(Some(None)) };
        Ok(self.admitted(code).await?.map(|log| Some((code, log))))
    }

    /// Counts an admitted code in its range, right before it is sent. Returns `false` if other codes came first and the
    /// floor refuses it now.
    pub(super) async fn count_code(&self, admission: &Admission<'_>) -> Result<bool, Unavailable> {
        let Some((code, log)) = admission else { return Ok(true) };
        let mut log = log.clone();
        for tries in 1..=MAX_DECISIONS {
            let counted = log.with(code.code.clone());
            if self.context.store.put_conversion_log(&code.range, &counted, self.context.now()).await? {
                return Ok(true);
            }
            self.context.clock.sleep(self.pause(tries)).await;
            match self.admitted(code).await? {
                Some(newer) => log = newer,
                None => return Ok(false),
            }
        }
        Err(KEEPS_CHANGING)
    }

    /// Forgets a code that its provider definitely did not send. If other writes win every time, it stays counted.
    pub(super) async fn uncount_code(&self, admission: &Admission<'_>) -> Result<(), Unavailable> {
        let Some((code, _)) = admission else { return Ok(()) };
        for _ in 0..MAX_DECISIONS {
            let log = self.context.store.conversion_log(&code.range).await?;
            let Some(without) = log.without(&code.code) else { break };
            if self.context.store.put_conversion_log(&code.range, &without, self.context.now()).await? {
                break;
            }
        }
        Ok(())
    }

    /// A random pause that grows with the tries, so that many codes to one range at once do not keep meeting.
    fn pause(&self, tries: usize) -> Duration {
        PAUSE * tries as u32 * u32::from(below(&*self.context.random, PAUSES))
    }

    /// The log of a code's range if the code may be sent. Blocks the range if the floor is not reached.
    async fn admitted(&self, code: &PhoneCode) -> Result<Option<ConversionLog>, Unavailable> {
        let (store, now) = (&self.context.store, code.code.at);
        let PhoneCode { is_verified, is_drawn, .. } = *code;
        let next = NextCode { destination: &code.code.destination, is_verified, is_drawn };
        for _ in 0..MAX_DECISIONS {
            let log = store.conversion_log(&code.range).await?;
            let unknown = log.to_look_up(next, now);
            let used = if unknown.is_empty() { Vec::new() } else { store.used_codes(&unknown).await? };
            let log = log.with_used(&used);
            match log.decide(next, now) {
                Decision::Admit => return Ok(Some(log)),
                Decision::Refuse => return Ok(None),
                Decision::Block => {
                    if store.put_conversion_log(&code.range, &log.blocked(now), now).await? {
                        tracing::warn!("a range of numbers is blocked: too few of its codes are used");
                        return Ok(None);
                    }
                }
            }
        }
        Err(KEEPS_CHANGING)
    }
}

/// The pauses after a lost write, before the n-th further try: at most 7 × n of these.
const PAUSE: Duration = Duration::from_millis(2);
const PAUSES: u8 = 8;

/// The error if other codes to the range came first every time.
const KEEPS_CHANGING: Unavailable = Unavailable::plain("the codes to a range of numbers kept changing");

#[cfg(test)]
mod tests;
