//! How two states of one account differ.
//!
//! Phones and addresses are equal where they lead to the same destination, whatever their spelling. What follows from a
//! change is decided by that equality; only whether there is anything to write is decided by what is written.

use super::{Account, Destination};

impl Account {
    /// Whether nothing differs, not even a spelling: then there is nothing to write.
    #[must_use]
    pub(crate) fn is_written_as(&self, other: &Self) -> bool {
        self == other && self.spellings().eq(other.spellings())
    }

    /// Every contact as it is written; of two accounts that are equal, in the same order.
    fn spellings(&self) -> impl Iterator<Item = String> {
        let (contacts, registered) = (&self.contacts, &self.registered);
        let phones = [
            &contacts.mobile_phone,
            &contacts.business_phone,
            &registered.phone,
            &registered.alternate_phone,
            &registered.office_phone,
        ];
        let phones = phones.into_iter().flatten().map(|contact| contact.value.written());
        let mails = contacts.other_mails.iter().chain(&registered.email);
        let mails = mails.map(|contact| contact.value.as_str().to_owned());
        let removed = self.removed.iter().map(|removed| &removed.value);
        let gone = removed.chain(self.past.iter().map(|past| &past.value)).map(Destination::written);
        phones.chain(mails).chain(gone)
    }
}

/// Whether a change voids what is under way for the account; another spelling of a contact does not.
#[must_use]
pub(crate) fn voids(before: &Account, after: &Account) -> bool {
    before.contacts != after.contacts
        || before.registered != after.registered
        || before.password != after.password
        || before.is_admin != after.is_admin
        || (before.enabled && !after.enabled)
}

#[cfg(all(test, feature = "testing"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::account::{Contact, Destination, ProfileField};
    use crate::identifiers::email_address::EmailAddress;
    use crate::identifiers::phone::Phone;
    use crate::testing::Samples;
    use crate::testing::samples::{email, password_hash, phone};

    fn phone_with_another_extension(contact: &mut Option<Contact<Phone>>) {
        let contact = contact.as_mut().unwrap();
        contact.value = phone(&format!("{}x99", contact.value.e164()));
    }

    fn in_capitals(address: &EmailAddress) -> EmailAddress {
        email(&address.as_str().to_uppercase())
    }

    #[test]
    fn every_spelling_is_compared_and_none_voids() {
        let account = Samples::default().full_account("adele@contoso.example");
        assert!(account.is_written_as(&account.clone()));
        let respell: [fn(&mut Account); 9] = [
            |account| phone_with_another_extension(&mut account.contacts.mobile_phone),
            |account| phone_with_another_extension(&mut account.contacts.business_phone),
            |account| phone_with_another_extension(&mut account.registered.phone),
            |account| phone_with_another_extension(&mut account.registered.alternate_phone),
            |account| phone_with_another_extension(&mut account.registered.office_phone),
            |account| account.contacts.other_mails[1].value = in_capitals(&account.contacts.other_mails[1].value),
            |account| account.registered.email.as_mut().unwrap().value = email("ADA.V@Private.example"),
            |account| account.removed[0].value = Destination::Email(email("OLD@b.example")),
            |account| account.past[0].value = Destination::Phone(phone("+1 4255550105x23")),
        ];
        for (place, respell) in respell.into_iter().enumerate() {
            let mut respelled = account.clone();
            respell(&mut respelled);
            assert_eq!(respelled, account, "{place}");
            assert!(!respelled.is_written_as(&account) && !account.is_written_as(&respelled), "{place}");
            assert!(!voids(&account, &respelled), "{place}");
        }
    }

    #[test]
    fn another_contact_password_or_privilege_voids_and_so_does_disabling() {
        let account = Samples::default().account("adele@contoso.example");
        let changes: [fn(&mut Account); 7] = [
            |account| account.contacts.other_mails.clear(),
            |account| account.registered.phone = account.contacts.mobile_phone.clone(),
            |account| account.password = Some(password_hash(7)),
            |account| account.is_admin = true,
            |account| account.enabled = false,
            |account| {
                account.set_profile(ProfileField::Mail, Some("adele@contoso.example".to_owned()), account.created_at)
            },
            |account| account.version += 1,
        ];
        let voided = changes.map(|change| {
            let mut changed = account.clone();
            change(&mut changed);
            assert!(!changed.is_written_as(&account));
            voids(&account, &changed)
        });
        assert_eq!(voided, [true, true, true, true, true, false, false]);
        let disabled = Account { enabled: false, ..account.clone() };
        assert!(!voids(&disabled, &account), "nothing is under way for who was disabled");
    }
}
