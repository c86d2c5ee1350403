//! Marks contacts that messages no longer reach.

use super::context::Context;
use super::retries::MAX_DECISIONS;
use crate::credentials::key::NameKeys;
use crate::message::Notice;
use crate::policy::Policy;
use crate::ports::store::{AccountChange, Store, WriteOutcome};
use crate::records::notice::NoticeOrder;
use crate::records::report::{Fate, Report};
use crate::unavailable::Unavailable;

/// Marks the contacts of an account that a report says are undeliverable, in one write with the audit record and with
/// the notice to the other contacts.
///
/// Returns `false` if there is nothing to mark. Either the message failed for another reason, the account is gone, or no
/// contact has the destination. Or each is marked already, or was set or proved after the message came back: reports come
/// late. The account's resets go on, because what was proved stays proved.
pub(crate) async fn mark_undeliverable<S: Store>(
    context: &Context<S>,
    names: &NameKeys,
    policy: &Policy,
    report: &Report,
) -> Result<bool, Unavailable> {
    let Fate::Undeliverable(why) = report.fate else { return Ok(false) };
    let digests = names.destination(&report.destination.identity());
    for _ in 0..MAX_DECISIONS {
        let Some(mut account) = context.store.account(&report.account).await? else { return Ok(false) };
        if !account.mark_undeliverable(&report.destination, why, report.at) {
            return Ok(false);
        }
        let notice = NoticeOrder::new(account.id.clone(), Notice::ContactUnreachable, context.now(), &*context.random);
        let notices = [NoticeOrder { except: digests.all().to_vec(), ..notice }];
        let records = [report.audited(&account, policy, &*context.random)];
        let row_keys = names.name(&account.user_name);
        let change = AccountChange { notices: &notices, records: &records, ..AccountChange::new(&account, &row_keys) };
        if context.store.change_account(&change).await? == WriteOutcome::Written {
            tracing::info!(order = report.order, why = why.as_str(), "messages no longer reach a contact");
            return Ok(true);
        }
    }
    Err(Unavailable::plain("the account kept changing"))
}
