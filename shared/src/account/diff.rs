//! How two states of one account differ.
//!
//! Two phones or addresses are equal if they lead to the same destination, whatever their spelling. That equality
//! decides what a change causes. Spelling only decides whether there is anything to write.

use super::{Account, Destination};

impl Account {
    /// Whether nothing differs, not even a spelling. There is then nothing to write.
    #[must_use]
    pub(crate) fn is_written_as(&self, other: &Self) -> bool {
        self == other && self.spellings().eq(other.spellings())
    }

    /// The name and every contact as they are written. Equal accounts yield them in the same order.
    fn spellings(&self) -> impl Iterator<Item = String> {
        let present = self.contacts.iter().map(|(_, contact)| &contact.value);
        let removed = self.removed.iter().map(|removed| &removed.value);
        let contacts = present.chain(removed).chain(self.past.iter().map(|past| &past.value)).map(Destination::written);
        contacts.chain([self.user_name.written().to_owned()])
    }
}

/// Whether a change revokes the resets, codes and tokens under way for the account. Another spelling of a contact does
/// not.
#[must_use]
pub(crate) fn revokes(before: &Account, after: &Account) -> bool {
    before.contacts != after.contacts
        || before.questions != after.questions
        || before.password != after.password
        || before.is_admin != after.is_admin
        || (before.enabled && !after.enabled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{ProfileField, Slot};
    use crate::testing::Samples;
    use crate::testing::samples::{email, password_hash, phone};

    /// Respells the contact at an index of its slot.
    fn respell(account: &mut Account, slot: Slot, place: usize) {
        let mut contacts = account.contacts.all(slot).to_vec();
        let other = match &contacts[place].value {
            Destination::Phone(number) => phone(&format!("{}x99", number.e164())).into(),
            Destination::Email(address) => email(&address.as_str().to_uppercase()).into(),
        };
        contacts[place].value = other;
        account.contacts.set(slot, contacts);
    }

    #[test]
    fn every_spelling_is_compared_and_none_revokes() {
        let account = Samples::default().full_account("adele@contoso.example");
        assert!(account.is_written_as(&account.clone()));
        let respell: [fn(&mut Account); 9] = [
            |account| respell(account, Slot::MobilePhone, 0),
            |account| respell(account, Slot::BusinessPhones, 0),
            |account| respell(account, Slot::AuthenticationPhone, 0),
            |account| respell(account, Slot::AlternatePhone, 0),
            |account| respell(account, Slot::AuthenticationOfficePhone, 0),
            |account| respell(account, Slot::OtherMails, 1),
            |account| respell(account, Slot::AuthenticationEmail, 0),
            |account| account.removed[0].value = Destination::Email(email("OLD@b.example")),
            |account| account.past[0].value = Destination::Phone(phone("+1 4255550105x23")),
        ];
        for (place, respell) in respell.into_iter().enumerate() {
            let mut respelled = account.clone();
            respell(&mut respelled);
            assert_eq!(respelled, account, "{place}");
            assert!(!respelled.is_written_as(&account) && !account.is_written_as(&respelled), "{place}");
            assert!(!revokes(&account, &respelled), "{place}");
        }
    }

    #[test]
    fn another_contact_password_or_privilege_revokes_and_so_does_disabling() {
        let account = Samples::default().account("adele@contoso.example");
        let changes: [fn(&mut Account); 7] = [
            |account| account.contacts.set(Slot::OtherMails, []),
            |account| {
                let mobile = account.contacts.get(Slot::MobilePhone).cloned();
                account.contacts.set(Slot::AuthenticationPhone, mobile);
            },
            |account| account.password = Some(password_hash(7)),
            |account| account.is_admin = true,
            |account| account.enabled = false,
            |account| {
                account.set_profile(ProfileField::Mail, Some("adele@contoso.example".to_owned()), account.created_at);
            },
            |account| account.version += 1,
        ];
        let revoked = changes.map(|change| {
            let mut changed = account.clone();
            change(&mut changed);
            assert!(!changed.is_written_as(&account));
            revokes(&account, &changed)
        });
        assert_eq!(revoked, [true, true, true, true, true, false, false]);
        let disabled = Account { enabled: false, ..account.clone() };
        assert!(!revokes(&disabled, &account), "nothing is under way for who was disabled");
    }
}
