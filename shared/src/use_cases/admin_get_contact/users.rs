//! Lists of users: by which conditions they are found, and how much of which index is read for a page.

use super::AdminGetContact;
use crate::account::search::{Index, IndexRange, folded, words};
use crate::account::{Account, ProfileField, Slot};
use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::phone::Phone;
use crate::identifiers::user_name::UserName;
use crate::ports::store::{AccountPage, Accounts, Settings};
use crate::random::AccountId;
use crate::unavailable::Unavailable;
use crate::use_cases::authorize::find;

/// Most accounts that are examined for a page that is not full, and in one read: as many as a page may hold.
const MAX_EXAMINED_ACCOUNTS: usize = 999;
/// Most accounts that are examined for a page while nobody is found. Microsoft's client for Python takes an empty page
/// for the last one, so an empty page is returned only if reading on would take seconds.
const MAX_EXAMINED_FOR_NOBODY: usize = 20 * MAX_EXAMINED_ACCOUNTS;
/// How many times more accounts each read takes than the one before, while nobody is found.
const GROWTH: usize = 10;

/// A condition on the users of a list. A user must meet every condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserCondition {
    /// No user meets it.
    Nobody,
    /// The user has this id.
    Is(AccountId),
    /// The user has this name.
    Named(UserName),
    /// The user's canonical name begins with this text.
    NameBegins(String),
    /// A name of the person is this text, but for case and accents. The text has a letter or a digit.
    Called(ProfileField, String),
    /// A name of the person begins with this text, but for case and accents. The text has a letter or a digit.
    CalledBegins(ProfileField, String),
    /// Each of these folded words begins a word of the display name. There is at least one.
    Words(Vec<String>),
    /// `mail` is this address.
    Mail(EmailAddress),
    /// `mail` begins with this text, in lower case.
    MailBegins(String),
    /// One of `otherMails` is this address.
    OtherMail(EmailAddress),
    /// The phone number in this slot is this one, whatever their extensions.
    Phone(Slot, Phone),
    /// The account is enabled, or is not.
    Enabled(bool),
    /// The user is privileged, or is not.
    Admin(bool),
}

/// Where the accounts that can meet a condition are read.
enum Lookup {
    Nobody,
    Id(AccountId),
    Name(UserName),
    Range(IndexRange),
}

impl UserCondition {
    /// Whether an account meets the condition.
    #[must_use]
    pub fn is_met(&self, account: &Account) -> bool {
        let text = |field: &ProfileField| account.profile.get(field);
        let identity = |slot: Slot| account.contacts.all(slot).iter().map(|contact| contact.value.identity());
        match self {
            Self::Nobody => false,
            Self::Is(id) => account.id == *id,
            Self::Named(name) => account.user_name == *name,
            Self::NameBegins(prefix) => account.user_name.canonical().starts_with(prefix),
            Self::Called(field, name) => text(field).is_some_and(|own| folded(own) == folded(name)),
            Self::CalledBegins(field, name) => text(field).is_some_and(|own| begins(own, name)),
            Self::Words(typed) => {
                let own = text(&ProfileField::DisplayName).map(|own| words(own)).unwrap_or_default();
                typed.iter().all(|word| own.iter().any(|own| own.starts_with(word)))
            }
            Self::Mail(address) => account.primary_mail().as_ref() == Some(address),
            Self::MailBegins(prefix) => account.primary_mail().is_some_and(|own| own.canonical().starts_with(prefix)),
            Self::OtherMail(address) => identity(Slot::OtherMails).any(|own| own == address.canonical()),
            Self::Phone(slot, number) => identity(*slot).any(|own| own == number.e164()),
            Self::Enabled(is) => account.enabled == *is,
            Self::Admin(is) => account.is_admin == *is,
        }
    }

    /// Where to look for the accounts that can meet the condition, and how many there may be: the fewest first. `None`
    /// if no index is narrower than all accounts.
    fn lookup(&self) -> Option<(u8, Lookup)> {
        let range = |width: u8, range: Option<IndexRange>| range.map(|range| (width, Lookup::Range(range)));
        match self {
            Self::Nobody => Some((0, Lookup::Nobody)),
            Self::Is(id) => Some((1, Lookup::Id(id.clone()))),
            Self::Named(name) => Some((2, Lookup::Name(name.clone()))),
            Self::Mail(address) => range(3, Some(IndexRange::equal(Index::Mail, address.canonical()))),
            Self::OtherMail(address) => range(3, Some(IndexRange::equal(Index::OtherMail, address.canonical()))),
            Self::Phone(_, number) => range(4, Some(IndexRange::phone(number))),
            Self::Called(_, name) => range(5, IndexRange::name(name)),
            Self::NameBegins(prefix) => range(6, Some(IndexRange::beginning(Index::UserName, prefix))),
            Self::MailBegins(prefix) => range(7, Some(IndexRange::beginning(Index::Mail, prefix))),
            Self::CalledBegins(_, name) => range(8, IndexRange::name_beginning(name)),
            Self::Words(words) => {
                let longest = words.iter().max_by_key(|word| word.chars().count());
                range(9, longest.and_then(|word| IndexRange::name_beginning(word)))
            }
            Self::Enabled(false) => range(10, Some(IndexRange::whole(Index::Disabled))),
            Self::Enabled(true) | Self::Admin(_) => None,
        }
    }
}

/// Whether a name begins with a text. White space at the end of the text counts: the name goes on with another word.
fn begins(name: &str, text: &str) -> bool {
    let beginning = folded(text);
    folded(name)
        .strip_prefix(&beginning)
        .is_some_and(|rest| !text.ends_with(char::is_whitespace) || rest.starts_with(' '))
}

/// One page of a list of users, in the order of the index that was read.
#[derive(Debug, Clone)]
pub struct UserPage<T> {
    /// The users.
    pub users: Vec<T>,
    /// The place after which the next page begins. A short page may have a next one, too.
    pub next: Option<String>,
}

impl<S: Accounts + Settings, I> AdminGetContact<S, I> {
    /// One page of the users who meet all conditions.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn users(
        &self,
        conditions: &[UserCondition],
        after: Option<&str>,
        top: usize,
    ) -> Result<UserPage<Account>, Unavailable> {
        let is_met = |account: &Account| conditions.iter().all(|condition| condition.is_met(account));
        self.page(conditions.iter(), after, top, |account| Some(account).filter(is_met)).await
    }

    /// One page with at most `top` of the users that `keep` returns. It reads on until the page is full, the list ends, or
    /// enough accounts were examined. The conditions decide which index it reads.
    pub(super) async fn page<T>(
        &self,
        conditions: impl Iterator<Item = &UserCondition>,
        after: Option<&str>,
        top: usize,
        keep: impl Fn(Account) -> Option<T>,
    ) -> Result<UserPage<T>, Unavailable> {
        let narrowest = conditions.filter_map(UserCondition::lookup).min_by_key(|(width, _)| *width);
        let range = match narrowest.map(|(_, lookup)| lookup) {
            None => IndexRange::whole(Index::UserName),
            Some(Lookup::Range(range)) => range,
            Some(Lookup::Nobody) => return Ok(UserPage { users: Vec::new(), next: None }),
            Some(Lookup::Id(id)) => return Ok(only(self.context.store.account(&id).await?.and_then(keep))),
            Some(Lookup::Name(name)) => return Ok(only(find(&self.context, &self.names, &name).await?.and_then(keep))),
        };
        let mut page = UserPage { users: Vec::new(), next: after.map(str::to_owned) };
        let (mut examined, mut step) = (0, top.min(MAX_EXAMINED_ACCOUNTS));
        loop {
            let read = self.context.store.accounts(&range, page.next.as_deref(), step).await?;
            let is_full = page.fill(read, &range, top, &keep);
            examined += step;
            let most = if page.users.is_empty() { MAX_EXAMINED_FOR_NOBODY } else { MAX_EXAMINED_ACCOUNTS };
            if is_full || page.next.is_none() || examined >= most {
                return Ok(page);
            }
            // Few more accounts are read than the page needs, because the next page reads them again.
            let likely = match page.users.len() {
                0 => step * GROWTH,
                found => (top - found) * examined.div_ceil(found),
            };
            step = likely.clamp(1, MAX_EXAMINED_ACCOUNTS);
        }
    }
}

impl<T> UserPage<T> {
    /// Adds the users that `keep` returns, and sets where the next page begins. Returns whether the page is full.
    fn fill(&mut self, read: AccountPage, range: &IndexRange, top: usize, keep: impl Fn(Account) -> Option<T>) -> bool {
        for account in read.accounts {
            let place = account.place_in(range);
            let Some(user) = keep(account) else { continue };
            if self.users.len() == top {
                return true;
            }
            self.users.push(user);
            self.next = place;
        }
        self.next = read.next;
        self.users.len() == top
    }
}

/// The page with the one that was looked up, if it exists.
fn only<T>(found: Option<T>) -> UserPage<T> {
    UserPage { users: found.into_iter().collect(), next: None }
}

#[cfg(test)]
mod tests {
    use super::super::tests::reader;
    use super::*;
    use crate::testing::samples::{email, names, phone, user_name};
    use crate::testing::{Samples, block_on};

    /// The local parts of those who meet the conditions, page by page.
    fn found(people: &[Account], conditions: &[UserCondition], top: usize) -> Vec<String> {
        let (app, _) = reader();
        let (mut local_parts, mut after) = (Vec::new(), None);
        block_on(async {
            for account in people {
                let names = names(account.user_name.canonical());
                app.context.store.create_account(account, &names, &[]).await.unwrap();
            }
            for _ in 0..50 {
                let page = app.users(conditions, after.as_deref(), top).await.unwrap();
                assert!(page.users.len() <= top);
                local_parts.extend(page.users.iter().map(|account| account.user_name.local_part().to_owned()));
                after = page.next;
                if after.is_none() {
                    return;
                }
            }
            panic!("the pages do not end");
        });
        local_parts.sort();
        local_parts
    }

    fn person(samples: &Samples, name: &str, displayed: &str, enabled: bool) -> Account {
        let mut account = samples.full_account(&format!("{name}@contoso.example"));
        account.enabled = enabled;
        account.profile.insert(ProfileField::DisplayName, displayed.to_owned());
        for field in [ProfileField::GivenName, ProfileField::Surname, ProfileField::Mail] {
            account.profile.remove(&field);
        }
        account
    }

    fn people() -> Vec<Account> {
        let samples = Samples::default();
        let mut people = vec![
            person(&samples, "ada", "Ada Adams", true),
            person(&samples, "adam", "Adam Smith", false),
            person(&samples, "eda", "Éda O'Brien", true),
            person(&samples, "zoe", "Zoë Ada-Maria Smith", true),
        ];
        people[0].profile.insert(ProfileField::Mail, "Ada@fabrikam.example".to_owned());
        people[1].profile.insert(ProfileField::Mail, "adam@fabrikam.example".to_owned());
        people[2].profile.insert(ProfileField::GivenName, "Adéle".to_owned());
        let other = people[3].contacts.get(Slot::OtherMails).unwrap().clone();
        let other = crate::account::Contact { value: email("Zed@fabrikam.example").into(), ..other };
        people[3].contacts.set(Slot::OtherMails, [other]);
        people
    }

    #[test]
    fn each_condition_finds_exactly_those_who_meet_it() {
        let people = people();
        let text = |text: &str| text.to_owned();
        let words = |words: &[&str]| UserCondition::Words(words.iter().map(|word| (*word).to_owned()).collect());
        let (display, given) = (ProfileField::DisplayName, ProfileField::GivenName);
        let mobile = people[0].on_file(crate::account::ContactType::MobilePhone).unwrap().value.written();
        for (conditions, expected) in [
            (vec![], &["ada", "adam", "eda", "zoe"][..]),
            (vec![UserCondition::Nobody], &[]),
            (vec![UserCondition::Is(people[1].id.clone())], &["adam"]),
            (vec![UserCondition::Named(user_name("ZOE@contoso.example"))], &["zoe"]),
            (vec![UserCondition::NameBegins(text("ad"))], &["ada", "adam"]),
            (vec![UserCondition::Called(display, text("ADA ADAMS"))], &["ada"]),
            (vec![UserCondition::Called(display, text("ada"))], &[]),
            (vec![UserCondition::Called(display, text("eda o brien"))], &[]),
            (vec![UserCondition::Called(display, text("EDA O'BRIEN"))], &["eda"]),
            (vec![UserCondition::CalledBegins(display, text("ada"))], &["ada", "adam"]),
            (vec![UserCondition::CalledBegins(display, text("Ada "))], &["ada"]),
            (vec![UserCondition::CalledBegins(given, text("Ade"))], &["eda"]),
            (vec![words(&["ada"])], &["ada", "adam", "zoe"]),
            (vec![words(&["ad", "adams"])], &["ada"]),
            (vec![words(&["smith", "ada"])], &["adam", "zoe"]),
            (vec![words(&["smith", "ada", "x"])], &[]),
            (vec![UserCondition::Mail(email("ADA@fabrikam.example"))], &["ada"]),
            (vec![UserCondition::MailBegins(text("ada"))], &["ada", "adam"]),
            (vec![UserCondition::OtherMail(email("zed@FABRIKAM.example"))], &["zoe"]),
            (vec![UserCondition::Phone(Slot::MobilePhone, phone(&mobile))], &["ada", "adam", "eda", "zoe"]),
            (vec![UserCondition::Phone(Slot::BusinessPhones, phone(&mobile))], &[]),
            (vec![UserCondition::Enabled(true)], &["ada", "eda", "zoe"]),
            (vec![UserCondition::Enabled(false)], &["adam"]),
            (vec![words(&["smith"]), UserCondition::Enabled(true)], &["zoe"]),
            (vec![UserCondition::Admin(true), UserCondition::NameBegins(text("e"))], &["eda"]),
        ] {
            for top in [1, 2, 100] {
                assert_eq!(found(&people, &conditions, top), expected, "{conditions:?} {top}");
            }
        }
    }

    #[test]
    fn a_page_is_empty_only_if_nobody_is_found() {
        let samples = Samples::default();
        let mut people: Vec<Account> =
            (0..60).map(|number| person(&samples, &format!("p{number:02}"), "Bulk Person", true)).collect();
        people[59].profile.insert(ProfileField::Surname, "Bulk".to_owned());
        let (app, _) = reader();
        let called = [UserCondition::Called(ProfileField::Surname, "bulk".to_owned())];
        block_on(async {
            for account in &people {
                app.context.store.create_account(account, &names(account.user_name.canonical()), &[]).await.unwrap();
            }
            for top in [1, 2, 10, 100] {
                let page = app.users(&called, None, top).await.unwrap();
                assert_eq!(page.users.len(), 1, "{top}");
            }
        });
    }

    #[test]
    fn pages_of_one_follow_each_other_within_what_one_read_examines() {
        let samples = Samples::default();
        let people: Vec<Account> = (0..30)
            .map(|number| person(&samples, &format!("p{number:02}"), "Ada Ada Adams", number % 2 == 0))
            .collect();
        let conditions = [UserCondition::Words(vec!["ad".to_owned()]), UserCondition::Enabled(true)];
        let even: Vec<String> = (0..30).step_by(2).map(|number| format!("p{number:02}")).collect();
        assert_eq!(found(&people, &conditions, 1), even);
    }
}
