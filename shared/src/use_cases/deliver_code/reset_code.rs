//! The entry point for the codes of resets.

use futures_util::future::join3;

use super::audit::{NotSent, Subject};
use super::quota::QuotaRequest;
use super::send::{Delivery, KEY_GONE, NO_WORDS, country, minutes, price};
use super::{DeliverCode, JobOutcome, nothing_sent};
use crate::account::{Account, ContactType, Destination, Owner, destination_digest};
use crate::limits::conversion::CodeJob;
use crate::message::{Channel, CodeMessage, Purpose};
use crate::policy::Policy;
use crate::policy::method::{CodeMethod, Method};
use crate::policy::spending::Share;
use crate::ports::messenger::Messenger;
use crate::ports::store::{DeliveryJob, Link, Store};
use crate::reset::code::Binding;
use crate::reset::{DropReason, IssuedCode, IssuedLongCode, Reset};
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// A reset's job, with the account that was found.
struct ResetJob<'a> {
    job: &'a DeliveryJob,
    reset: &'a Reset,
    account: &'a Account,
    policy: &'a Policy,
}

impl<'a> ResetJob<'a> {
    fn subject(&self) -> Subject<'a> {
        Subject { reset: &self.reset.id, person: self.account.into(), policy: self.policy }
    }
}

/// What is written before a code is sent, so that it can be verified.
struct CodeMark {
    /// The keyed digest of the code's destination.
    sent_to: String,
    /// The long code that an email carries beside the digits.
    long: Option<IssuedLongCode>,
}

impl<S: Store, M: Messenger> DeliverCode<S, M> {
    pub(super) async fn reset_code(&self, job: &DeliveryJob, reset: &Reset) -> Result<JobOutcome, Unavailable> {
        let (policy, now) = (self.context.policy().await?, self.context.now());
        let store = &self.context.store;
        let found = match store.account_by_name(&reset.names).await? {
            Some(account) => store.account_and_guess_log(&account).await?,
            None => None,
        };
        let Some((account, guess_log)) = found else {
            return self.drop_job(job, DropReason::UnknownName, None).await;
        };
        if let Some(snapshot) = reset.snapshot.as_ref().filter(|snapshot| snapshot.account != account.id) {
            // The name belongs to another account now. Everything that was proved was proved for the first one.
            let subject = Subject { reset: &reset.id, person: snapshot.into(), policy: &policy };
            let record = self.not_sent(&subject, DropReason::Revoked.into(), None);
            return self.drop_job(job, DropReason::Revoked, Some(&record)).await;
        }
        let found = ResetJob { job, reset, account: &account, policy: &policy };
        if reset.open_gate() != Some(reset.issued.gate) {
            // The code was used while its job waited.
            return self.drop_reset(&found, DropReason::Stale.into(), None).await;
        }
        let checked = if is_stale(&reset.issued, now) {
            Err(DropReason::Stale.into())
        } else {
            self.check_eligibility(reset, &account, &guess_log, &policy, now)
        };
        match checked {
            Ok(destination) => self.send_reset_code(&found, &destination).await,
            Err(why) => self.drop_linked(&found, why, None).await,
        }
    }

    /// Gives up a reset's job that its provider could not take in any try.
    pub(super) async fn give_up_reset(&self, job: &DeliveryJob, reset: &Reset) -> Result<JobOutcome, Unavailable> {
        let policy = self.context.policy().await?;
        let record = reset.snapshot.as_ref().map(|snapshot| {
            let subject = Subject { reset: &reset.id, person: snapshot.into(), policy: &policy };
            self.not_sent(&subject, DropReason::ProviderBusy.into(), None)
        });
        self.drop_job(job, DropReason::ProviderBusy, record.as_ref()).await
    }

    /// Drops a reset's job, and links the account all the same: the owner may still use an emailed long code at this
    /// reset.
    async fn drop_linked(
        &self,
        found: &ResetJob<'_>,
        why: NotSent,
        to: Option<&Destination>,
    ) -> Result<JobOutcome, Unavailable> {
        if self.link(found, None).await? {
            self.drop_reset(found, why, to).await
        } else {
            Ok(nothing_sent(found.job, DropReason::Stale))
        }
    }

    async fn drop_reset(
        &self,
        found: &ResetJob<'_>,
        why: NotSent,
        to: Option<&Destination>,
    ) -> Result<JobOutcome, Unavailable> {
        let record = self.not_sent(&found.subject(), why, to);
        self.drop_job(found.job, why.reason, Some(&record)).await
    }

    /// Sends a reset's code to its destination. If the provider permanently refuses the destination and the policy
    /// allows it, the same code is sent once to the account's verified email address.
    ///
    /// The issued code stays as it was ordered, so that no later response depends on the outcome.
    async fn send_reset_code(&self, found: &ResetJob<'_>, to: &Destination) -> Result<JobOutcome, Unavailable> {
        let ResetJob { job, reset, account, policy } = *found;
        let issued = &reset.issued;
        let record = self.sent(&found.subject(), issued.method, to);
        let (delivery, mark) = self.reset_delivery(found, to, issued.method.channel())?;
        let why = match self.send_code(job, policy, &delivery, Some(&record), self.link(found, Some(&mark))).await? {
            Ok(outcome) => return Ok(outcome),
            Err(why) => why,
        };
        let instead = fail_over(policy, account, issued).filter(|_| why.reason == DropReason::Refused);
        if let Some(email) = instead {
            let record = self.sent_instead(&found.subject(), (to, why), &email);
            let (delivery, mark) = self.reset_delivery(found, &email, Channel::Email)?;
            let link = self.link(found, Some(&mark));
            if let Ok(outcome) = self.send_code(job, policy, &delivery, Some(&record), link).await? {
                return Ok(outcome);
            }
        }
        self.drop_linked(found, why, Some(to)).await
    }

    /// Links the reset to its account and, if a code is about to be sent, marks that it exists. Also records that the
    /// reset was begun; only the first of these records is stored.
    ///
    /// Returns `false` if the reset is over or has a newer order, or if another worker has found another account under
    /// the name in the meantime. Then the job is left as it is: completing it would undo what the other worker may be
    /// sending.
    async fn link(&self, found: &ResetJob<'_>, mark: Option<&CodeMark>) -> Result<bool, Unavailable> {
        let ResetJob { reset, account, policy, .. } = *found;
        let (store, now) = (&self.context.store, self.context.now());
        let snapshot = account.snapshot(policy, &self.names, now);
        let sent_to = mark.map(|mark| mark.sent_to.as_str());
        let link = Link { reset: &reset.id, order: reset.issued.order, snapshot: &snapshot, sent_to, now };
        let begun = self.begun(&found.subject(), reset.began_at);
        let long = async {
            match mark.and_then(|mark| mark.long.as_ref()) {
                Some(long) => store.store_long_code(&Owner::Account(account.id.clone()), long).await,
                None => Ok(()),
            }
        };
        let (linked, recorded, stored) = join3(store.link_account(&link), store.record(&begun), long).await;
        recorded.and(stored).and(linked)
    }

    fn reset_delivery<'a>(
        &self,
        found: &ResetJob<'a>,
        to: &Destination,
        channel: Channel,
    ) -> Result<(Delivery<'a>, CodeMark), Unavailable> {
        let ResetJob { job, reset, account, policy } = *found;
        let issued = &reset.issued;
        let sent_to = destination_digest(&self.names, to);
        let quota = QuotaRequest {
            name: format!("{}.{}", job.name(), channel.as_str()),
            channel,
            destination: sent_to.clone(),
            source: &reset.source,
            account: Owner::Account(account.id.clone()).key(),
            share: Share::Resets,
            price: price(policy, to, channel),
            country: country(to),
            limits: policy.sends.clone(),
            asked_at: issued.ordered_at,
        };
        let now = self.context.now();
        let long = (channel == Channel::Email).then(|| IssuedLongCode {
            reset: reset.id.clone(),
            gate: issued.gate,
            seed: issued.seed.clone(),
            code_key: reset.code_key,
            destination: sent_to.clone(),
            made_at: now,
        });
        let binding = Binding::Reset { id: reset.id.as_str(), gate: issued.gate, method: issued.method };
        let digits = self.codes.digits(reset.code_key, binding, &issued.seed, issued.digits).ok_or(KEY_GONE)?;
        let derived = long.as_ref().map(|long| self.codes.long(long.code_key, long.binding(), &long.seed));
        let derived = derived.map(|code| code.ok_or(KEY_GONE)).transpose()?;
        let (text, reference) = (derived.as_ref().map(|code| code.as_str()), issued.reference.as_str());
        let minutes = minutes(issued.ordered_at, issued.expires_at, now);
        let message = CodeMessage::new(Purpose::Reset, &digits, text, reference, minutes).map_err(|_| NO_WORDS)?;
        let language = policy.language(account.preferred_language());
        let outgoing = self.code_message(job, account, to, &quota, language, &message);
        let phone_code = self.phone_code(account, to, CodeJob::Reset(reset.id.clone(), issued.order));
        Ok((Delivery { outgoing, quota, phone_code }, CodeMark { sent_to, long }))
    }
}

/// Whether a job runs so late that less than half of its code's life is left.
fn is_stale(issued: &IssuedCode, now: Moment) -> bool {
    let life = issued.expires_at.millis().saturating_sub(issued.ordered_at.millis());
    issued.expires_at.millis().saturating_sub(now.millis()) * 2 < life
}

/// The verified email address that gets the code if a phone message is refused. `None` unless the policy wants
/// failover, offers email, and requires only one gate.
fn fail_over(policy: &Policy, account: &Account, issued: &IssuedCode) -> Option<Destination> {
    let email = account.registered(ContactType::Email).filter(|email| email.verified_at.is_some())?;
    let offered = policy.offers(Method::Code(CodeMethod::Email));
    let wanted = policy.failover && offered && policy.gates(account.is_admin) == 1 && issued.method.is_phone();
    wanted.then(|| email.value.clone())
}
