//! Asking people to confirm their registered methods, once when it falls due.

use super::DeliverCode;
use crate::account::search::IndexRange;
use crate::message::Notice;
use crate::ports::messenger::Messenger;
use crate::ports::store::Store;
use crate::records::notice::NoticeOrder;
use crate::time::DAY;
use crate::unavailable::Unavailable;

/// Most people whom one sweep asks. A sweep every five minutes asks far more people a day than an organisation has due.
const MAX_ASKED: usize = 25;

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
        for account in self.context.store.accounts(&due, None, MAX_ASKED).await?.accounts {
            let Some(entry) = account.unconfirmed_entry() else { continue };
            let order = NoticeOrder::new(account.id.clone(), Notice::ConfirmationDue, now, &*self.context.random);
            // A disabled person is not asked, and stands in nobody's way.
            let order = NoticeOrder { tell: account.enabled, ..order };
            self.context.store.order_confirmation(&entry, &order).await?;
        }
        Ok(())
    }
}
