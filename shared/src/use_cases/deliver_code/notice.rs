//! The entry point for notices: messages about what happened to an account, to its owner or to the administrators.

use std::future::ready;

use super::quota::QuotaRequest;
use super::send::{Delivery, SendOutcome, country, price};
use super::{DeliverCode, JobOutcome};
use crate::account::{Account, Destination, Owner, Slot};
use crate::credentials::key::Digests;
use crate::identifiers::email_address::EmailAddress;
use crate::message::{Channel, Language, Notice, render_notice_email, render_notice_sms};
use crate::policy::spending::Share;
use crate::policy::{Limit, Policy};
use crate::ports::messenger::{Dispatch, Messenger, Outgoing, SessionsRevoked};
use crate::ports::store::{DeliveryJob, Store};
use crate::records::notice::{Audience, NOTICE_HOURS, NoticeOrder};
use crate::reset::{Delivered, DropReason};
use crate::time::{DAY, HOUR};
use crate::unavailable::Unavailable;

/// Limits of notices by SMS to one destination. A notice beyond them is folded into the message that was already sent.
const SMS_LIMITS: [Limit; 2] = [Limit { count: 1, seconds: HOUR }, Limit { count: 5, seconds: DAY }];
/// Marks the published event in the list `done` of a notice.
const EVENT: &str = "event";
/// Most administrators notified of one event: as many as Microsoft Entra writes to at once.
const MAX_ADMINISTRATORS: usize = 100;
/// Most addresses at which one person is notified by email alone. More would fill the row that lists the notified destinations.
const MAX_ADDRESSES: usize = 5;
/// Seconds after which the remaining recipients are left to the next try. So a try ends well within its lease, and
/// three tries fit into one invocation.
const TELLING_SECONDS: u64 = 5;

/// A recipient who must be notified.
struct Recipient {
    destination: Destination,
    /// Identifies the destination in the list `done` of the notice.
    digests: Digests,
    language: Language,
}

impl<S: Store, M: Messenger> DeliverCode<S, M> {
    pub(super) async fn notice(&self, job: &DeliveryJob, mut notice: NoticeOrder) -> Result<JobOutcome, Unavailable> {
        let given_up = notice.at.plus(NOTICE_HOURS * HOUR) <= self.context.now();
        let outcome = self.tell(&mut notice).await;
        if given_up || matches!(outcome, Ok(JobOutcome::Completed)) {
            return self.complete(job, Delivered::Sent, None).await;
        }
        // Store who was notified even if something else failed, so that nobody is notified twice.
        self.context.store.put_notice(&notice).await?;
        outcome
    }

    /// Notifies everybody who has not been notified yet, and returns how far that came.
    async fn tell(&self, notice: &mut NoticeOrder) -> Result<JobOutcome, Unavailable> {
        let policy = self.context.policy().await?;
        let account = self.context.store.account(&notice.account).await?;
        let mut outcome = self.revoke_sessions(notice, account.as_ref()).await;
        let recipients =
            if notice.tell { self.recipients(notice, account.as_ref(), &policy).await? } else { Vec::new() };
        let until = self.context.now().plus(TELLING_SECONDS);
        let mut failed = None;
        for recipient in recipients {
            if self.context.now() >= until {
                outcome = JobOutcome::TryAgain;
                break;
            }
            match self.tell_one(notice, &recipient, &policy).await {
                Ok(JobOutcome::Completed) => notice.done.push(recipient.digests.current().to_owned()),
                Ok(unfinished) => outcome = outcome.max(unfinished),
                // The remaining recipients are notified all the same.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(outcome), Err)
    }

    /// Publishes that the account's sessions must end, if the notice says so. If the response is lost, the event is
    /// published again: ending sessions twice harms nobody, and never ending them does.
    async fn revoke_sessions(&self, notice: &mut NoticeOrder, account: Option<&Account>) -> JobOutcome {
        if !notice.revoke_sessions || notice.done.iter().any(|done| done == EVENT) {
            return JobOutcome::Completed;
        }
        // If the account has been deleted, use the name stored in the notice: the system that holds its sessions may
        // know no other.
        let user_name = account.map_or(notice.user_name.as_str(), |account| account.user_name.canonical()).to_owned();
        let event = SessionsRevoked { account: notice.account.clone(), user_name, at: notice.at };
        match self.messenger.publish(&event).await {
            Dispatch::TryAgain | Dispatch::Unknown => JobOutcome::TryAgain,
            Dispatch::NotSetUp => JobOutcome::Later,
            Dispatch::Sent | Dispatch::Refused(_) => {
                notice.done.push(EVENT.to_owned());
                JobOutcome::Completed
            }
        }
    }

    /// The recipients who have not been notified yet. A deleted account has no contacts left. The administrators are
    /// still notified that a privileged account was reset: otherwise deleting it would cover up a theft.
    async fn recipients(
        &self,
        notice: &NoticeOrder,
        account: Option<&Account>,
        policy: &Policy,
    ) -> Result<Vec<Recipient>, Unavailable> {
        let language = |account: &Account| policy.language(account.preferred_language());
        let mut notified: Vec<(Destination, Language)> = Vec::new();
        match notice.audience {
            Audience::Owner => {
                if let Some(account) = account {
                    let destinations = self.owners(notice, account, policy).into_iter();
                    notified.extend(destinations.map(|destination| (destination, language(account))));
                }
            }
            Audience::Administrators => {
                for administrator in self.administrators(notice).await? {
                    let addresses = mail_addresses(&administrator).into_iter();
                    notified.extend(addresses.map(|address| (Destination::Email(address), language(&administrator))));
                }
            }
        }
        let mut recipients: Vec<Recipient> = Vec::new();
        for (destination, language) in notified {
            let digests = self.names.destination(&destination.identity());
            let twice = recipients.iter().any(|other| other.digests == digests);
            if !twice && !is_among(&notice.done, &digests) {
                recipients.push(Recipient { destination, digests, language });
            }
        }
        Ok(recipients)
    }

    /// The account's current contacts and those of the last 30 days, except those that the notice excludes. To be asked
    /// to confirm, an email suffices.
    fn owners(&self, notice: &NoticeOrder, account: &Account, policy: &Policy) -> Vec<Destination> {
        if notice.notice == Notice::ConfirmationDue {
            let is_due = account.reconfirm_by(policy).is_some_and(|by| by <= self.context.now());
            let addresses = if account.enabled && is_due { mail_addresses(account) } else { Vec::new() };
            return addresses.into_iter().map(Destination::Email).collect();
        }
        let mut notified = account.to_notify(self.context.now());
        notified.retain(|contact| !is_among(&notice.except, &self.names.destination(&contact.identity())));
        notified
    }

    /// The other privileged accounts that are enabled now. At most [`MAX_ADMINISTRATORS`] are read, including disabled
    /// ones.
    async fn administrators(&self, notice: &NoticeOrder) -> Result<Vec<Account>, Unavailable> {
        // Read one more than are notified: the account itself may be among them.
        let listed = self.context.store.administrators(MAX_ADMINISTRATORS + 1).await?;
        let mut administrators = Vec::new();
        for id in listed.iter().filter(|id| **id != notice.account).take(MAX_ADMINISTRATORS) {
            let account = self.context.store.account(id).await?;
            administrators.extend(account.filter(|account| account.enabled && account.is_admin));
        }
        Ok(administrators)
    }

    async fn tell_one(
        &self,
        notice: &NoticeOrder,
        recipient: &Recipient,
        policy: &Policy,
    ) -> Result<JobOutcome, Unavailable> {
        let Some(delivery) = self.notice_delivery(notice, recipient, policy) else {
            return Ok(JobOutcome::Completed);
        };
        Ok(match self.send(policy, &delivery, ready(Ok(true))).await? {
            // The next day has a new budget, and an operator may have acted.
            SendOutcome::NotSent(why) if matches!(why.reason, DropReason::SpendCap(_) | DropReason::NotSetUp) => {
                JobOutcome::Later
            }
            SendOutcome::TryAgain => JobOutcome::TryAgain,
            // Beyond a limit, the notice is folded into the message that was sent there before.
            SendOutcome::Sent(_) | SendOutcome::NotSent(_) | SendOutcome::Superseded => JobOutcome::Completed,
        })
    }

    /// The message to one recipient; `None` for a phone that takes no texts or whose country the policy does not allow.
    fn notice_delivery(
        &self,
        notice: &NoticeOrder,
        recipient: &Recipient,
        policy: &Policy,
    ) -> Option<Delivery<'static>> {
        let Recipient { destination, digests, language } = recipient;
        let (channel, rendered, limits) = match destination {
            Destination::Phone(phone) if !phone.texts() || !policy.allows(phone.country()) => return None,
            Destination::Phone(_) => {
                (Channel::Sms, render_notice_sms(*language, &self.sender, notice.notice), SMS_LIMITS.to_vec())
            }
            Destination::Email(_) => {
                let at = notice.at.to_string();
                let email = render_notice_email(*language, &self.sender, notice.notice, &at, &policy.helpdesk);
                (Channel::Email, email, Vec::new())
            }
        };
        let name = format!("notice.{}.{}", notice.id.as_str(), digests.current());
        let quota = QuotaRequest {
            name: name.clone(),
            channel,
            destination: digests.current().to_owned(),
            source: "",
            account: Owner::Account(notice.account.clone()).key(),
            share: Share::Notices,
            price: price(policy, destination, channel),
            country: country(destination),
            limits,
            asked_at: self.context.now(),
        };
        let outgoing = Outgoing {
            destination: destination.clone(),
            channel,
            language: *language,
            rendered,
            reference: String::new(),
            order: name,
            account: notice.account.clone(),
            max_price: quota.price,
        };
        Some(Delivery { outgoing, quota, phone_code: None })
    }
}

/// Whether a destination is among stored digests, under any version of the key.
fn is_among(stored: &[String], digests: &Digests) -> bool {
    digests.all().iter().any(|digest| stored.contains(digest))
}

/// The addresses at which a person is notified by email alone: the primary address, the registered one, then the alternates in
/// their order, without those that messages no longer reach. Phones are left out: a message to many people at once must
/// not cost money.
fn mail_addresses(account: &Account) -> Vec<EmailAddress> {
    let primary = account.primary_mail();
    let others = [Slot::AuthenticationEmail, Slot::OtherMails].into_iter().flat_map(|slot| account.contacts.all(slot));
    let others = others.filter_map(|contact| match &contact.value {
        Destination::Email(address) => Some(address.clone()),
        Destination::Phone(_) => None,
    });
    let mut addresses: Vec<EmailAddress> = Vec::new();
    for address in primary.into_iter().chain(others) {
        let is_known = addresses.iter().any(|known| known.canonical() == address.canonical());
        if !is_known && account.is_reached(&address.clone().into()) {
            addresses.push(address);
        }
    }
    addresses.truncate(MAX_ADDRESSES);
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Contact, ProfileField, Source, Undeliverable};
    use crate::credentials::key::{Keyring, NameKeys};
    use crate::identifiers::user_name::UserName;
    use crate::random::AccountId;
    use crate::time::Moment;

    fn keys(versions: &[u8]) -> NameKeys {
        let key = |fill: u8| {
            let mut key = [fill; 32];
            key[0] = 0;
            key
        };
        NameKeys(Keyring::new(versions.iter().map(|version| (u32::from(*version), key(*version)))).unwrap())
    }

    #[test]
    fn a_digest_under_an_older_key_is_found_under_a_newer_one() {
        let stored = vec![keys(&[1]).destination("adele@example.org").current().to_owned()];
        let both = keys(&[1, 2]);
        assert!(is_among(&stored, &both.destination("adele@example.org")));
        assert!(!is_among(&stored, &both.destination("bob@example.org")));
        assert!(!is_among(&stored, &keys(&[2]).destination("adele@example.org")));
    }

    #[test]
    fn an_administrator_is_notified_at_the_primary_address_first_and_at_five_at_most() {
        let name = UserName::parse("bob@contoso.example").unwrap();
        let now = Moment::from_seconds(1_000_000);
        let contact = |text: &str| Contact {
            value: Destination::Email(EmailAddress::parse(text).unwrap()),
            source: Source::Administrator,
            set_at: now,
            verified_at: None,
            replaced_usable: false,
            undeliverable: None,
        };
        let mut account = Account::new(AccountId::parse("AAAAAAAAAAAAAAAAAAAAAA").unwrap(), name, now);
        let notified = |account: &Account| -> Vec<String> {
            mail_addresses(account).iter().map(|address| address.as_str().to_owned()).collect()
        };
        assert_eq!(notified(&account), [""; 0]);
        account.profile.insert(ProfileField::Mail, "Bob@Contoso.example".to_owned());
        account.contacts.set(Slot::AuthenticationEmail, [contact("bob@example.org")]);
        let mut mails = vec![contact("bob@CONTOSO.example"), contact("bob@example.net")];
        account.contacts.set(Slot::OtherMails, mails.clone());
        assert_eq!(notified(&account), ["Bob@contoso.example", "bob@example.org", "bob@example.net"]);
        mails.extend((1..9).map(|number| contact(&format!("bob{number}@example.net"))));
        account.contacts.set(Slot::OtherMails, mails);
        assert_eq!(notified(&account).len(), MAX_ADDRESSES);
        assert!(account.mark_undeliverable(&contact("BOB@example.org").value, Undeliverable::Bounced, now));
        assert!(!notified(&account).contains(&"bob@example.org".to_owned()));
        account.contacts.set(Slot::AuthenticationEmail, [contact("bob@example.org")]);
        account.profile.insert(ProfileField::Mail, "not an address".to_owned());
        assert_eq!(notified(&account)[0], "bob@example.org");
    }
}
