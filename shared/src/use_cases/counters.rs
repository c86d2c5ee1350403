//! Changes of counters that must not fail because somebody else changes them, too.
//!
//! If other writes win every time, a counter stays as it is: more may be counted then than was sent, never less.

use super::context::Context;
use super::retries::MAX_DECISIONS;
use crate::limits::conversion::ConversionLog;
use crate::limits::messages::SendLog;
use crate::ports::store::Limits;
use crate::unavailable::Unavailable;

/// Changes a row of sends, unless `change` returns `None`.
pub(crate) async fn change_sends(
    store: &impl Limits,
    row: &str,
    change: impl Fn(&SendLog) -> Option<SendLog>,
) -> Result<(), Unavailable> {
    for _ in 0..MAX_DECISIONS {
        let sends = store.sends(row).await?;
        let Some(changed) = change(&sends) else { break };
        if store.put_sends(row, &changed).await? {
            break;
        }
    }
    Ok(())
}

/// Changes the codes that were sent to a range of phone numbers, unless `change` returns `None`.
pub(crate) async fn change_codes<S: Limits>(
    context: &Context<S>,
    range: &str,
    change: impl Fn(&ConversionLog) -> Option<ConversionLog>,
) -> Result<(), Unavailable> {
    for _ in 0..MAX_DECISIONS {
        let log = context.store.conversion_log(range).await?;
        let Some(changed) = change(&log) else { break };
        if context.store.put_conversion_log(range, &changed, context.now()).await? {
            break;
        }
    }
    Ok(())
}
