//! Delivers what the table's stream and the schedule hand over: codes and notices.

use std::time::Duration;

use shared::deliver_code::{DeliverCode, Handled};
use shared::messenger::Messenger;
use shared::store::{OrderRef, Store};
use shared::unavailable::Unavailable;
use tokio::time::sleep;

/// Pauses between tries of an order that its provider cannot take now; with them it is tried three times, well
/// within the lease of another worker and the age at which the stream gives a record up.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1500)];

/// Brings orders as far as they go now, all at once; tells those that are to be tried again by the stream: where the
/// table failed, or another worker holds them. What a provider does not take is marked and skipped, so that nobody
/// waits behind it.
pub async fn handle<S: Store, M: Messenger>(app: &DeliverCode<S, M>, orders: Vec<OrderRef>) -> Vec<OrderRef> {
    let work = orders.into_iter().map(async |order| match bring(app, &order).await {
        Ok(Handled::Settled | Handled::TryAgain) => None,
        Ok(Handled::Held) => Some(order),
        Err(failed) => {
            let cause = std::error::Error::source(&failed).map(ToString::to_string);
            tracing::error!(order = %order.name(), what = failed.what, cause, "an order was not delivered");
            Some(order)
        }
    });
    futures_util::future::join_all(work).await.into_iter().flatten().collect()
}

async fn bring<S: Store, M: Messenger>(app: &DeliverCode<S, M>, order: &OrderRef) -> Result<Handled, Unavailable> {
    for pause in PAUSES {
        match app.deliver(order).await? {
            Handled::TryAgain => sleep(pause).await,
            handled => return Ok(handled),
        }
    }
    let handled = app.deliver(order).await?;
    if handled == Handled::TryAgain {
        app.give_up(order).await?;
    }
    Ok(handled)
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
