//! Telling owners what happened to their accounts.

use super::code::price;
use super::reserve::{Share, Wanted};
use super::{DeliverCode, Handled};
use crate::account::{Account, Destination, Owner};
use crate::message::{Channel, render_notice};
use crate::messenger::{Dispatch, Messenger, Outgoing, SessionsRevoked};
use crate::notice::{NOTICE_HOURS, NoticeOrder};
use crate::policy::{Limit, Policy};
use crate::random::NoticeId;
use crate::reset::{Delivered, destination_digest};
use crate::store::{OrderRef, Store};
use crate::time::{DAY, HOUR};
use crate::unavailable::Unavailable;

/// Notices by SMS to one destination: what comes more often is folded into the one already sent.
const SMS_LIMITS: [Limit; 2] = [Limit { count: 1, seconds: HOUR }, Limit { count: 5, seconds: DAY }];
/// The mark of the event in a notice's list of what is done.
const EVENT: &str = "event";

impl<S: Store, M: Messenger> DeliverCode<S, M> {
    pub(super) async fn notice(&self, order: &OrderRef, day: &str, id: &NoticeId) -> Result<Handled, Unavailable> {
        let now = self.context.now();
        let Some(mut notice) = self.context.store.notice(day, id).await? else {
            return Ok(Handled::Settled);
        };
        let told = self.tell(&mut notice).await;
        // What was told is noted even where something else failed, so that nobody is told twice.
        let given_up = notice.at.plus(NOTICE_HOURS * HOUR) <= now;
        notice.finished = given_up || matches!(told, Ok(true));
        self.context.store.put_notice(&notice).await?;
        if notice.finished {
            return self.settle(order, Delivered::Sent).await;
        }
        self.context.store.release_order(order).await?;
        told.map(|_| Handled::TryAgain)
    }

    /// Tells everybody not yet told; `true` once there is nothing left to do.
    async fn tell(&self, notice: &mut NoticeOrder) -> Result<bool, Unavailable> {
        let policy = self.context.policy().await?;
        let Some(account) = self.context.store.account(&notice.account).await? else {
            return Ok(true);
        };
        let mut complete = true;
        if notice.revoke_sessions && !is_done(notice, EVENT) {
            let event = SessionsRevoked {
                account: account.id.clone(),
                user_name: account.user_name.canonical().to_owned(),
                at: notice.at,
            };
            match self.messenger.publish(&event).await {
                Dispatch::TryAgain => complete = false,
                Dispatch::Sent | Dispatch::Refused(_) | Dispatch::Unknown => notice.done.push(EVENT.to_owned()),
            }
        }
        for destination in if notice.tell { audience(&account, self.context.now()) } else { Vec::new() } {
            let digest = destination_digest(&self.names, &destination);
            if is_done(notice, &digest) {
                continue;
            }
            match self.tell_one(notice, &account, &destination, &digest, &policy).await? {
                Handled::Settled => notice.done.push(digest),
                Handled::TryAgain | Handled::Held => complete = false,
            }
        }
        Ok(complete)
    }

    async fn tell_one(
        &self,
        notice: &NoticeOrder,
        account: &Account,
        destination: &Destination,
        digest: &str,
        policy: &Policy,
    ) -> Result<Handled, Unavailable> {
        let channel = match destination {
            Destination::Phone(phone) if !phone.texts() || !policy.allows(phone.country()) => {
                return Ok(Handled::Settled);
            }
            Destination::Phone(_) => Channel::Sms,
            Destination::Email(_) => Channel::Email,
        };
        let price = price(policy, destination, channel);
        let order = format!("notice.{}.{digest}", notice.id.as_str());
        let limits: &[Limit] = if channel == Channel::Sms { &SMS_LIMITS } else { &[] };
        let wanted = Wanted {
            order: order.clone(),
            channel,
            account_sends: None,
            destination_sends: format!("notice.{digest}"),
            source: "",
            account: Owner::Account(account.id.clone()).key(),
            share: Share::Notices,
            price,
            limits,
            asked_at: self.context.now(),
        };
        let Ok(reserved) = self.reserve(policy, &wanted).await? else {
            return Ok(Handled::Settled);
        };
        let language = policy.language(account.profile.preferred_language.as_deref());
        let at = notice.at.to_string();
        let outgoing = Outgoing {
            destination: destination.clone(),
            channel,
            language,
            rendered: render_notice(channel, language, &self.sender, notice.notice, &at, &policy.helpdesk),
            reference: String::new(),
            order,
            max_price: price,
        };
        let dispatch = self.messenger.send(&outgoing).await;
        tracing::info!(
            notice = notice.id.as_str(), channel = channel.as_str(), to = %destination.masked(), outcome = ?dispatch,
            "notice"
        );
        match dispatch {
            Dispatch::Sent | Dispatch::Unknown => Ok(Handled::Settled),
            Dispatch::Refused(_) => self.give_back(&reserved).await.map(|()| Handled::Settled),
            Dispatch::TryAgain => self.give_back(&reserved).await.map(|()| Handled::TryAgain),
        }
    }
}

fn is_done(notice: &NoticeOrder, mark: &str) -> bool {
    notice.done.iter().any(|done| done == mark)
}

/// Every mail address of the present and the last 30 days; where there is none, the phones.
fn audience(account: &Account, now: crate::time::Moment) -> Vec<Destination> {
    let (mails, phones): (Vec<_>, Vec<_>) =
        account.told(now).into_iter().partition(|contact| matches!(contact, Destination::Email(_)));
    if mails.is_empty() { phones } else { mails }
}
