//! Asking people to confirm their registered methods, once when it falls due.

use super::DeliverCode;
use crate::account::search::IndexRange;
use crate::message::Notice;
use crate::ports::messenger::Messenger;
use crate::ports::store::Store;
use crate::records::notice::NoticeOrder;
use crate::time::DAY;
use crate::unavailable::Unavailable;

/// Most people that one sweep asks, and entries that it reads at once. A sweep every five minutes asks far more people a
/// day than an organisation has due.
const MAX_ASKED: usize = 25;
/// Most reads of one sweep. Entries that are out of date are read and ask nobody, and must not stand in the way of the
/// others.
const MAX_READS: usize = 20;

impl<S: Store, M: Messenger> DeliverCode<S, M> {
    /// Orders the notices to those who have to confirm their methods and were not asked yet.
    ///
    /// # Errors
    /// [`Unavailable`]; the next sweep asks the others.
    pub async fn ask_for_confirmation(&self) -> Result<(), Unavailable> {
        let (policy, now) = (self.context.policy().await?, self.context.now());
        let days = u64::from(policy.reconfirm_after_days);
        if days == 0 {
            return Ok(());
        }
        let due = IndexRange::unconfirmed_since(now.minus(days * DAY));
        let (mut asked, mut after) = (0, None);
        for _ in 0..MAX_READS {
            let page = self.context.store.accounts(&due, after.as_deref(), MAX_ASKED).await?;
            for account in &page.accounts {
                let Some(entry) = account.unconfirmed_entry() else { continue };
                let order = NoticeOrder::new(account.id.clone(), Notice::ConfirmationDue, now, &*self.context.random);
                asked += usize::from(self.context.store.order_confirmation(&entry, &order).await?);
            }
            after = page.next;
            if after.is_none() || asked >= MAX_ASKED {
                break;
            }
        }
        Ok(())
    }
}
