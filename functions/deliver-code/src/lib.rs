//! Delivers what the table's stream and the schedule hand over: codes and notices.

use shared::deliver_code::{DeliverCode, Handled};
use shared::messenger::Messenger;
use shared::store::{OrderRef, Store};

/// Brings orders as far as they go now, all at once; tells those that are to be tried again.
pub async fn handle<S: Store, M: Messenger>(app: &DeliverCode<S, M>, orders: Vec<OrderRef>) -> Vec<OrderRef> {
    let work = orders.into_iter().map(async |order| match app.deliver(&order).await {
        Ok(Handled::Settled) => None,
        Ok(Handled::TryAgain) => Some(order),
        Err(failed) => {
            let cause = std::error::Error::source(&failed).map(ToString::to_string);
            tracing::error!(order = %order.name(), what = failed.what, cause, "an order was not delivered");
            Some(order)
        }
    });
    futures_util::future::join_all(work).await.into_iter().flatten().collect()
}

/// Takes up the notices that could not be told before.
pub async fn sweep<S: Store, M: Messenger>(app: &DeliverCode<S, M>) {
    match app.pending().await {
        Ok(orders) => {
            // What fails again is found by the next sweep.
            handle(app, orders).await;
        }
        Err(failed) => tracing::error!(what = failed.what, "notices could not be read"),
    }
}
