//! Loads a directory export: new people are created, known ones get their directory fields updated.

use std::collections::BTreeSet;

use crate::account::{Account, ContactType, ProfileField, Source, voids};
use crate::credentials::key::NameKeys;
use crate::credentials::password::{self, Password, Peppers};
use crate::directory::{Export, MAIL, MOBILE, OFFICE, OTHER_MAILBOX, Person, Reject, Value};
use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::user_name::UserName;
use crate::policy::Policy;
use crate::ports::store::{AccountChange, Store, Written};
use crate::random::{AccountId, bytes};
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::admin_set_contact::phone;
use crate::use_cases::authorize::find;
use crate::use_cases::context::Context;

/// What loading a directory needs.
pub struct LoadDirectory<S> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The key of names.
    pub names: NameKeys,
    /// The peppers of password hashes.
    pub peppers: Peppers,
}

/// What became of an export.
#[derive(Debug, Default)]
pub struct Report {
    /// People created.
    pub loaded: usize,
    /// People known before whose directory fields changed.
    pub updated: usize,
    /// People known before as they are.
    pub unchanged: usize,
    /// Entries that are not people.
    pub skipped: usize,
    /// Values, or people, that were not taken.
    pub rejects: Vec<Reject>,
}

enum Outcome {
    Loaded,
    Updated,
    Unchanged,
    Rejected,
}

/// How often a person is written again when somebody else wrote in between.
const TRIES: usize = 4;

/// Loads every person of an export, and goes on past every value that is refused.
///
/// # Errors
/// [`Unavailable`] where the store fails; loading the same export again takes up where it ended.
pub async fn load<S: Store>(loader: &LoadDirectory<S>, export: Export) -> Result<Report, Unavailable> {
    let policy = loader.context.policy().await?;
    let told = Told {
        mobile: export.tells_of(MOBILE),
        office: export.tells_of(OFFICE),
        mails: export.tells_of(OTHER_MAILBOX) || export.tells_of(MAIL),
    };
    let mut report = Report { skipped: export.skipped, rejects: export.rejects, ..Report::default() };
    let mut seen = BTreeSet::new();
    for person in &export.people {
        // A second entry of one name would put its values on the first one's account.
        let name = UserName::parse(&person.user_name.text).ok().map(|name| name.canonical().to_owned());
        if name.is_some_and(|name| !seen.insert(name)) {
            report.rejects.push(reject(&person.user_name, "another entry of this file has the same name"));
            continue;
        }
        match loader.person(person, &told, &policy, &mut report.rejects).await? {
            Outcome::Loaded => report.loaded += 1,
            Outcome::Updated => report.updated += 1,
            Outcome::Unchanged => report.unchanged += 1,
            Outcome::Rejected => {}
        }
    }
    report.rejects.sort_by_key(|reject| reject.line);
    Ok(report)
}

impl<S: Store> LoadDirectory<S> {
    async fn person(
        &self,
        person: &Person,
        told: &Told,
        policy: &Policy,
        rejects: &mut Vec<Reject>,
    ) -> Result<Outcome, Unavailable> {
        let name = match UserName::parse(&person.user_name.text) {
            Ok(name) => name,
            Err(rule) => {
                rejects.push(reject(&person.user_name, rule));
                return Ok(Outcome::Rejected);
            }
        };
        let fields = Fields::read(person, told, rejects);
        for _ in 0..TRIES {
            let now = self.context.now();
            let found = find(&self.context, &self.names, &name).await?;
            let written = match found {
                None => self.create(&name, person, &fields, policy, now, rejects).await?,
                Some(account) => match self.update(account, &fields, policy, now).await? {
                    None => return Ok(Outcome::Unchanged),
                    Some(Written::Written) => return Ok(Outcome::Updated),
                    Some(written) => written,
                },
            };
            match written {
                Written::Written => return Ok(Outcome::Loaded),
                Written::Changed | Written::NameTaken => {}
            }
        }
        Err(Unavailable::plain("an account kept changing while a directory was loaded"))
    }

    async fn create(
        &self,
        name: &UserName,
        person: &Person,
        fields: &Fields,
        policy: &Policy,
        now: Moment,
        rejects: &mut Vec<Reject>,
    ) -> Result<Written, Unavailable> {
        let mut account = Account::new(AccountId::draw(&*self.context.random), name.clone(), now);
        fields.apply(&mut account, policy, now);
        if let Some(secret) = &person.password {
            // Taken as it is: the policy judges what people choose from now on.
            match Password::parse(secret.expose()) {
                Ok(password) => account.password = Some(self.hash(&password)?),
                Err(rule) => rejects.push(Reject {
                    line: secret.line(),
                    attribute: secret.attribute().to_owned(),
                    rule: rule.to_string(),
                }),
            }
        }
        self.context.store.create_account(&account, &self.names.name(name), &[]).await
    }

    /// Updates what the directory owns; `None` where nothing differs.
    async fn update(
        &self,
        account: Account,
        fields: &Fields,
        policy: &Policy,
        now: Moment,
    ) -> Result<Option<Written>, Unavailable> {
        let mut changed = account.clone();
        fields.apply(&mut changed, policy, now);
        if changed.is_written_as(&account) {
            return Ok(None);
        }
        let names = self.names.name(&account.user_name);
        let void_before = voids(&account, &changed).then_some(now);
        let change = AccountChange { void_before, ..AccountChange::new(&changed, &names) };
        self.context.store.change_account(&change).await.map(Some)
    }

    fn hash(&self, password: &Password) -> Result<password::PasswordHash, Unavailable> {
        password::hash(password, self.peppers.current(), bytes(&*self.context.random))
            .map_err(|failed| Unavailable::new("a password could not be hashed", failed))
    }
}

/// The directory fields of one person, judged; `None` where a value was refused, which leaves what is there.
struct Fields {
    mobile: Option<Option<crate::identifiers::phone::Phone>>,
    office: Option<Option<crate::identifiers::phone::Phone>>,
    mails: Option<Vec<EmailAddress>>,
    display_name: Option<String>,
    given_name: Option<String>,
    surname: Option<String>,
    mail: Option<String>,
    language: Option<String>,
}

impl Fields {
    fn read(person: &Person, told: &Told, rejects: &mut Vec<Reject>) -> Self {
        let mut phones = |value: &Option<Value>, told: bool| match value {
            None => told.then_some(None),
            Some(value) => match phone(&value.text) {
                Ok(phone) => Some(Some(phone)),
                Err(problem) => {
                    rejects.push(reject(value, problem.detail()));
                    None
                }
            },
        };
        let (mobile, office) = (phones(&person.mobile, told.mobile), phones(&person.office, told.office));
        let (mut mails, mut refused) = (Vec::new(), false);
        for value in &person.other_mails {
            match EmailAddress::parse(&value.text) {
                Ok(address) => mails.push(address),
                Err(rule) => {
                    rejects.push(reject(value, rule));
                    refused = true;
                }
            }
        }
        // Where the only address is refused, what is there stays, as with a phone.
        let mails = (told.mails && !(mails.is_empty() && refused)).then_some(mails);
        let mut text = |value: &Option<Value>| {
            let value = value.as_ref()?;
            let fits = value.text.chars().count() <= MAX_TEXT && !value.text.chars().any(char::is_control);
            if !fits {
                rejects.push(reject(value, "at most 256 characters without control characters"));
            }
            fits.then(|| value.text.clone())
        };
        Self {
            mobile,
            office,
            mails,
            display_name: text(&person.display_name),
            given_name: text(&person.given_name),
            surname: text(&person.surname),
            mail: text(&person.mail),
            language: text(&person.preferred_language),
        }
    }

    fn apply(&self, account: &mut Account, policy: &Policy, now: Moment) {
        account.on_premises_sync_enabled = true;
        if let Some(phone) = &self.mobile {
            account.set_phone(ContactType::MobilePhone, phone.clone(), Source::Directory, policy, now);
        }
        if let Some(phone) = &self.office {
            account.set_phone(ContactType::OfficePhone, phone.clone(), Source::Directory, policy, now);
        }
        if let Some(mails) = &self.mails {
            account.set_directory_mails(mails, policy, now);
        }
        let descriptive = [
            (ProfileField::DisplayName, &self.display_name),
            (ProfileField::GivenName, &self.given_name),
            (ProfileField::Surname, &self.surname),
            (ProfileField::Mail, &self.mail),
            (ProfileField::PreferredLanguage, &self.language),
        ];
        for (field, value) in descriptive {
            if let Some(value) = value {
                account.profile.insert(field, value.clone());
            }
        }
    }
}

/// Which contacts the file tells of, for those who have them and those who do not.
struct Told {
    mobile: bool,
    office: bool,
    mails: bool,
}

/// Longest descriptive value, in characters: what Graph allows for a display name.
const MAX_TEXT: usize = 256;

fn reject(value: &Value, rule: impl std::fmt::Display) -> Reject {
    Reject { line: value.line, attribute: value.attribute.to_owned(), rule: rule.to_string() }
}
