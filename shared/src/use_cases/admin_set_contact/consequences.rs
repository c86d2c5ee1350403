//! The consequences of an administrator's write: its audit records, and its notices to the person.
//!
//! A change of a contact, on file or registered, is announced to the account's other contacts, including those of the
//! last 30 days, but not to the values that the change itself wrote. An account's first contact is not announced.
//! Neither is a change that affects nothing a person could use: an alternate mobile phone is stored but never used, and
//! another spelling of a contact leads to the same destination. While an account is being loaded, additions by the
//! directory's own client are not announced. The primary address (`mail`) is not a contact, but it gets the notices. So
//! a change of it is announced to all the others, and to the former one.

use std::collections::BTreeSet;

use serde_json::json;

use super::{AdminSetContact, Consequences};
use crate::account::{Account, ContactType, Destination, ProfileField, Slot, Source, destination_digest};
use crate::identifiers::email_address::EmailAddress;
use crate::message::Notice;
use crate::policy::Policy;
use crate::ports::store::{Accounts, Settings};
use crate::records::audit::{Activity, AuditRecord, ChangedProperty};
use crate::records::notice::NoticeOrder;
use crate::time::{DAY, Moment};
use crate::use_cases::authorize::Actor;

/// Seconds after its creation for which an account counts as being loaded: an importer creates it and adds its values
/// in several requests.
const LOADING_SECONDS: u64 = DAY;

impl<S: Accounts + Settings, I> AdminSetContact<S, I> {
    /// The audit record of a new user: everything that differs from a blank one.
    pub(super) fn of_creation(
        &self,
        actor: &Actor,
        blank: &Account,
        account: &Account,
        policy: &Policy,
        now: Moment,
    ) -> AuditRecord {
        let mut record = self.record(Activity::UserAdded, actor, account, policy, now);
        record.changes = differences(blank, account);
        record
    }

    /// The consequences of a change to a user's properties.
    pub(super) fn of_change(
        &self,
        actor: &Actor,
        before: &Account,
        after: &Account,
        from: Source,
        policy: &Policy,
        now: Moment,
    ) -> Consequences {
        let mut record = self.record(Activity::UserChanged, actor, before, policy, now);
        record.changes = differences(before, after);
        let have_ended = before.sign_in_sessions_valid_from != after.sign_in_sessions_valid_from;
        // If only sessions end, the record of that says all.
        let is_about_more = before.password != after.password || !have_ended || !record.changes.is_empty();
        let mut records: Vec<AuditRecord> = is_about_more.then_some(record).into_iter().collect();
        let mut notices = Vec::new();
        if before.password != after.password {
            records.push(self.record(Activity::PasswordResetByAdministrator, actor, before, policy, now));
            let notice = self.order(&after.id, Notice::PasswordChangedByAdministrator, now);
            notices.push(notice.revoking(after.user_name.canonical()));
        }
        if have_ended && notices.is_empty() {
            records.push(self.record(Activity::SessionsRevoked, actor, before, policy, now));
            // Nobody is told: nothing of the account has changed but who must sign in again.
            let notice = self.order(&after.id, Notice::PasswordChangedByAdministrator, now);
            notices.push(NoticeOrder { tell: false, ..notice.revoking(after.user_name.canonical()) });
        }
        notices.extend(self.contact_notice(before, after, from, now));
        Consequences { notices, records }
    }

    /// The notice that contacts changed, if anybody must be notified.
    pub(super) fn contact_notice(
        &self,
        before: &Account,
        after: &Account,
        from: Source,
        now: Moment,
    ) -> Option<NoticeOrder> {
        let (old, new) = (places(before), places(after));
        let mail_stays = before.primary_mail().is_none_or(|mail| after.primary_mail().is_some_and(|new| new == mail));
        let only_added = old.is_subset(&new) && mail_stays;
        // A new primary address gets every later notice, so the present contacts must hear of it first.
        let primary = before.primary_mail() != after.primary_mail() && !before.to_notify(now).is_empty();
        let contacts = old != new && had_contacts(before, now);
        let loading = from == Source::Directory && before.created_at.plus(LOADING_SECONDS) > now;
        if !(primary || contacts) || (only_added && loading) {
            return None;
        }
        let known: BTreeSet<String> = before.to_notify(now).iter().map(Destination::identity).collect();
        let written = after.to_notify(now).into_iter().filter(|destination| !known.contains(&destination.identity()));
        let mut notice = self.order(&after.id, Notice::ContactChanged, now);
        notice.except = written.map(|destination| destination_digest(&self.names, &destination)).collect();
        Some(notice)
    }
}

/// A place for a contact, and the destination that is stored there.
type Place = (&'static str, String);

/// Every contact, each with its place. Only the first alternate address is used, so
/// being the first is a place of its own.
fn places(account: &Account) -> BTreeSet<Place> {
    let first = account.on_file(ContactType::Email).map(|mail| ("first of otherMails", mail));
    let places = account.contacts.iter().map(|(slot, contact)| (slot.as_str(), contact)).chain(first);
    places.map(|(place, contact)| (place, contact.value.identity())).collect()
}

/// Whether the account has a contact, or had one lately. The current primary address gets notices but does not count; a
/// former one does.
fn had_contacts(account: &Account, now: Moment) -> bool {
    let mut without_primary = account.clone();
    without_primary.profile.remove(&ProfileField::Mail);
    !without_primary.to_notify(now).is_empty()
}

/// A property of a user, with its exact value for comparison and a value that may be shown.
struct Property {
    name: &'static str,
    exact: Option<String>,
    shown: Option<String>,
}

/// Every property that differs, in values that may be shown. Contacts are masked; for a password only the name of its
/// property is listed.
fn differences(before: &Account, after: &Account) -> Vec<ChangedProperty> {
    let pairs = properties(before).into_iter().zip(properties(after));
    let mut changed: Vec<ChangedProperty> = pairs
        .filter(|(old, new)| old.exact != new.exact)
        .map(|(old, new)| ChangedProperty { name: new.name.to_owned(), old: old.shown, new: new.shown })
        .collect();
    if before.password != after.password || before.force_change_password != after.force_change_password {
        changed.push(ChangedProperty { name: "passwordProfile".to_owned(), old: None, new: None });
    }
    changed
}

/// The properties of a user except the password, always the same ones in the same order.
fn properties(account: &Account) -> Vec<Property> {
    let plain = |name, value: Option<String>| Property { name, exact: value.clone(), shown: value };
    let flag = |name, value: bool| plain(name, Some(value.to_string()));
    let phone = |slot: Slot| {
        let phone = account.contacts.get(slot).map(|contact| &contact.value);
        Property { name: slot.as_str(), exact: phone.map(Destination::written), shown: phone.map(Destination::masked) }
    };
    let mut properties = vec![plain("userPrincipalName", Some(account.user_name.written().to_owned()))];
    properties.extend(ProfileField::ALL.iter().map(|field| {
        let value = account.profile.get(field).cloned();
        match field {
            ProfileField::Mail => Property { name: field.as_str(), shown: value.as_deref().map(masked), exact: value },
            _ => plain(field.as_str(), value),
        }
    }));
    properties.push(flag("accountEnabled", account.enabled));
    properties.push(flag("isAdmin", account.is_admin));
    properties.push(flag("onPremisesSyncEnabled", account.on_premises_sync_enabled));
    properties.push(phone(Slot::MobilePhone));
    properties.push(phone(Slot::BusinessPhones));
    properties.push(mails(account));
    properties
}

/// A mail address as others may see it; `***` if the text is not a mail address.
fn masked(mail: &str) -> String {
    EmailAddress::parse(mail).map_or_else(|_| "***".to_owned(), |address| address.masked())
}

/// The alternate addresses as a JSON list; no value if there are none.
fn mails(account: &Account) -> Property {
    let mails = || account.contacts.all(Slot::OtherMails).iter().map(|contact| &contact.value);
    let list = |texts: Vec<String>| (!texts.is_empty()).then(|| json!(texts).to_string());
    Property {
        name: Slot::OtherMails.as_str(),
        exact: list(mails().map(Destination::written).collect()),
        shown: list(mails().map(Destination::masked).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::AccountId;
    use crate::testing::Samples;
    use crate::testing::samples::{START, email, password_hash, phone, user_name};

    fn account() -> Account {
        let mut account =
            Account::new(AccountId::draw(&Samples::default().random), user_name("adele@contoso.example"), START);
        let policy = Policy::default();
        account.set_phone(
            ContactType::MobilePhone,
            Some(phone("+1 4255550100")),
            Source::Administrator,
            &policy,
            START,
        );
        account.set_mails(&[email("adele@example.org")], Source::Administrator, &policy, START);
        account
    }

    fn property(name: &str, old: Option<&str>, new: Option<&str>) -> ChangedProperty {
        ChangedProperty { name: name.to_owned(), old: old.map(str::to_owned), new: new.map(str::to_owned) }
    }

    #[test]
    fn every_change_is_named_and_no_contact_or_password_is_shown() {
        let (before, mut after, policy) = (account(), account(), Policy::default());
        after.user_name = user_name("lena@contoso.example");
        after.set_profile(ProfileField::JobTitle, Some("Pianist".to_owned()), START);
        after.is_admin = true;
        after.password = Some(password_hash(1));
        after.set_phone(ContactType::MobilePhone, None, Source::Administrator, &policy, START);
        after.set_phone(
            ContactType::OfficePhone,
            Some(phone("+1 4255550111x9")),
            Source::Administrator,
            &policy,
            START,
        );
        let mails = [email("adele@example.org"), email("lena@example.org")];
        after.set_mails(&mails, Source::Administrator, &policy, START);
        assert_eq!(
            differences(&before, &after),
            [
                property("userPrincipalName", Some("adele@contoso.example"), Some("lena@contoso.example")),
                property("jobTitle", None, Some("Pianist")),
                property("isAdmin", Some("false"), Some("true")),
                property("mobilePhone", Some("+1 ********00"), None),
                property("businessPhones", None, Some("+1 ********11")),
                property("otherMails", Some(r#"["a***@***"]"#), Some(r#"["a***@***","l***@***"]"#)),
                property("passwordProfile", None, None),
            ]
        );
        assert_eq!(differences(&after, &after), []);
    }

    #[test]
    fn another_spelling_is_recorded_in_equal_masks() {
        let (before, mut after, policy) = (account(), account(), Policy::default());
        let number = Some(phone("+1 4255550100x7"));
        after.set_phone(ContactType::MobilePhone, number, Source::Administrator, &policy, START);
        after.set_mails(
            &[email("adele@Example.org"), email("Lena@example.org")],
            Source::Administrator,
            &policy,
            START,
        );
        after.set_mails(
            &[email("ADELE@example.org"), email("lena@example.org")],
            Source::Administrator,
            &policy,
            START,
        );
        assert_eq!(
            differences(&before, &after),
            [
                property("mobilePhone", Some("+1 ********00"), Some("+1 ********00")),
                property("otherMails", Some(r#"["a***@***"]"#), Some(r#"["A***@***","l***@***"]"#)),
            ]
        );
    }

    #[test]
    fn a_primary_address_is_no_contact_and_one_of_the_past_is() {
        let mut account = account();
        assert!(had_contacts(&account, START));
        let policy = Policy::default();
        account.set_mails(&[], Source::Administrator, &policy, START);
        account.set_phone(ContactType::MobilePhone, None, Source::Administrator, &policy, START);
        account.set_profile(ProfileField::Mail, Some("adele@contoso.example".to_owned()), START);
        assert!(had_contacts(&account, START.plus(30 * DAY - 1)));
        assert!(!had_contacts(&account, START.plus(30 * DAY)));
    }

    #[test]
    fn another_first_address_is_a_change_of_place_and_an_extension_is_none() {
        let (before, mut after, policy) = (account(), account(), Policy::default());
        after.set_phone(
            ContactType::MobilePhone,
            Some(phone("+1 4255550100x7")),
            Source::Administrator,
            &policy,
            START,
        );
        assert_eq!(places(&before), places(&after));
        let mails = [email("new@example.org"), email("adele@example.org")];
        after.set_mails(&mails, Source::Directory, &policy, START);
        assert!(!places(&before).is_subset(&places(&after)));
        let mut added = before.clone();
        added.set_mails(&[email("adele@example.org"), email("new@example.org")], Source::Directory, &policy, START);
        assert!(places(&before).is_subset(&places(&added)) && places(&before) != places(&added));
    }
}
