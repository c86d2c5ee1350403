//! Values for tests: complete, valid and different from each other.

use std::collections::BTreeMap;

use super::random::CountingRandom;
use crate::account::{
    Account, AccountSnapshot, Contact, ContactType, Contacts, Destination, PastContact, ProfileField, ReachableMethod,
    RegisteredQuestions, RemovedContact, Slot, Source, Undeliverable,
};
use crate::credentials::key::{Digests, Keyring, NameKeys};
use crate::credentials::password::PasswordHash;
use crate::credentials::questions::{AskedQuestion, QuestionSet, StoredAnswer};
use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::phone::Phone;
use crate::identifiers::user_name::UserName;
use crate::limits::messages::SentMessage;
use crate::message::{Channel, Domain, Notice, Organisation, Sender};
use crate::money::Money;
use crate::policy::method::{CodeMethod, Gate, Method};
use crate::policy::{CustomQuestion, Limit, PasswordPolicy, Policy, Price, QuestionPolicy};
use crate::random::{AccountId, ChallengeId, Reference, ResetId, Seed};
use crate::records::audit::{Activity, AuditRecord, AuditedPerson, Initiator};
use crate::records::notice::NoticeOrder;
use crate::reset::challenge::Challenge;
use crate::reset::{CodeRequest, Grant, IssuedCode, IssuedLongCode, PassedGate, Reset, Stage};
use crate::time::{DAY, HOUR, Moment};

/// The moment at which most tests begin: the start of a ten-minute window, of an hour and of a UTC day.
pub const START: Moment = Moment::from_seconds(20_800 * DAY);

/// Draws values for tests. No two values of one source share an id or a seed.
#[derive(Debug, Default)]
pub struct Samples {
    /// The source of ids and seeds.
    pub random: CountingRandom,
}

/// A phone number that is known to be valid.
#[must_use]
pub fn phone(text: &str) -> Phone {
    Phone::parse(text).unwrap()
}

/// A mail address that is known to be valid.
#[must_use]
pub fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

/// A user name that is known to be valid.
#[must_use]
pub fn user_name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

/// A verifier that differs for each `number` and that no password matches.
#[must_use]
pub fn password_hash(number: u8) -> PasswordHash {
    let output = data_encoding::BASE64_NOPAD.encode(&[number; 32]);
    let text = format!("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA${output}");
    PasswordHash::parse(&text, 1 + u32::from(number)).unwrap()
}

/// The organisation and the domain of messages and pages.
#[must_use]
pub fn sender() -> Sender {
    Sender::new(Organisation::parse("Contoso").unwrap(), Domain::parse("contoso.example").unwrap())
}

/// A keyring of names with the given versions. A version has the same key in every keyring.
#[must_use]
pub fn name_keys(versions: &[u32]) -> NameKeys {
    let key = |version: u32| {
        let mut key = [7; crate::credentials::key::KEY_LENGTH];
        key[..4].copy_from_slice(&version.to_be_bytes());
        key
    };
    NameKeys(Keyring::new(versions.iter().map(|version| (*version, key(*version)))).unwrap())
}

/// The row keys of a user name.
#[must_use]
pub fn names(text: &str) -> Digests {
    name_keys(&[1]).name(&user_name(text))
}

/// The row keys of a user name after the key of names was rotated to version 2.
#[must_use]
pub fn rotated_names(text: &str) -> Digests {
    name_keys(&[1, 2]).name(&user_name(text))
}

/// A policy in which no member has its default value.
#[must_use]
pub fn policy() -> Policy {
    let price = |sms, call, cap| {
        let (sms, call) = (Money::from_micros(sms), Money::from_micros(call));
        Price { sms, call, daily_cap_usd: Some(Money::from_micros(cap)) }
    };
    let policy = Policy {
        methods: ["email", "mobileSms", "securityQuestions"].map(str::to_owned).to_vec(),
        methods_required: 2,
        phone_proof: false,
        accept_directory_contacts: false,
        allow_own_mailbox: true,
        replaced_contact_delay_hours: 24,
        code_digits: 10,
        code_lifetime_seconds: 120,
        reset_lifetime_seconds: 1_800,
        tries_per_code: 3,
        guesses_per_day: 7,
        guesses_per_30_days: 33,
        sends: vec![Limit { count: 2, seconds: 60 }, Limit { count: 4, seconds: DAY }],
        begins_per_source: Limit { count: 500, seconds: 300 },
        begins_per_source_and_name: Limit { count: 5, seconds: 900 },
        allowed_countries: ["US", "DE"].map(str::to_owned).to_vec(),
        daily_spend_cap_usd: Money::from_micros(12_345_678),
        prices: [("DE".to_owned(), price(75_001, 1, 75_001)), ("*".to_owned(), price(999_999, 0, 2_000_003))].into(),
        notify_user_on_reset: false,
        notify_admins_on_admin_reset: false,
        reconfirm_after_days: 0,
        fresh_sign_in_minutes: 60,
        security_questions: QuestionPolicy {
            required_to_register: 4,
            required_to_reset: 4,
            custom: vec![CustomQuestion { question_id: "ship".to_owned(), text: "Wie hieß Ihr Schiff?".to_owned() }],
        },
        password: PasswordPolicy { min_length: 12, banned_terms: vec!["contoso".to_owned(), "größe".to_owned()] },
        audit_retention_days: 365,
        helpdesk: "Room 4.12, +1 425 555 0199 \"day and night\"".to_owned(),
        default_language: "de".to_owned(),
        failover: true,
    };
    policy.validated().unwrap()
}

/// Security questions of the catalogue and of the policy's own, with stored answers that nothing matches.
#[must_use]
pub fn questions() -> QuestionSet {
    let answer = |question: &str, text: Option<&str>, number| StoredAnswer {
        question: question.to_owned(),
        text: text.map(str::to_owned),
        hash: password_hash(number),
    };
    let answers =
        vec![answer("school", None, 1), answer("ship", Some("Wie hieß Ihr \"Schiff\"?"), 2), answer("street", None, 3)];
    QuestionSet { answers, draw: None, version: 1 }
}

fn contact(value: impl Into<Destination>, source: Source, set_at: Moment, verified_at: Option<Moment>) -> Contact {
    let value = value.into();
    let administrators = source == Source::Administrator;
    let undeliverable = administrators.then_some(Undeliverable::Bounced);
    Contact { value, source, set_at, verified_at, replaced_usable: administrators, undeliverable }
}

impl Samples {
    /// An account that can be reset: a mobile phone and a mail address on file.
    #[must_use]
    pub fn account(&self, name: &str) -> Account {
        let directory = |value: Destination| contact(value, Source::Directory, START, None);
        Account {
            id: AccountId::draw(&self.random),
            user_name: user_name(name),
            profile: BTreeMap::new(),
            enabled: true,
            is_admin: false,
            on_premises_sync_enabled: false,
            password: Some(password_hash(0)),
            force_change_password: false,
            contacts: Contacts::from_iter([
                (Slot::MobilePhone, directory(phone("+1 4255550100").into())),
                (Slot::OtherMails, directory(email("adele@fabrikam.example").into())),
            ]),
            questions: None,
            removed: Vec::new(),
            past: Vec::new(),
            confirmed_at: None,
            sign_in_sessions_valid_from: None,
            created_at: START,
            version: 1,
        }
    }

    /// An account in which every property is set.
    #[must_use]
    pub fn full_account(&self, name: &str) -> Account {
        let at = |seconds: u64| Moment::from_millis(START.millis() + 1000 * seconds + 7);
        let text = |text: &str| text.to_owned();
        Account {
            profile: ProfileField::ALL
                .iter()
                .map(|field| (*field, text(field.as_str())))
                .chain([
                    (ProfileField::DisplayName, text("Adele \"Ada\" Vance\u{1f511}")),
                    (ProfileField::GivenName, text("Adele")),
                    (ProfileField::Surname, text("Vancé")),
                    (ProfileField::Mail, text("Adele.Vance@contoso.example")),
                    (ProfileField::MailNickname, text("adele")),
                    (ProfileField::JobTitle, text("")),
                    (ProfileField::PreferredLanguage, text("de-AT")),
                    (ProfileField::UsageLocation, text("AT")),
                ])
                .collect(),
            enabled: false,
            is_admin: true,
            on_premises_sync_enabled: true,
            password: Some(password_hash(9)),
            force_change_password: true,
            contacts: Contacts::from_iter([
                (Slot::MobilePhone, contact(phone("+1 4255550100"), Source::Directory, at(1), None)),
                (
                    Slot::BusinessPhones,
                    contact(phone("+1 4255551234X12345"), Source::Administrator, at(2), Some(at(3))),
                ),
                (Slot::OtherMails, contact(email("Adele@Fabrikam.example"), Source::Administrator, at(4), None)),
                (Slot::OtherMails, contact(email("ada@fabrikam.example"), Source::Directory, at(5), Some(at(6)))),
                (Slot::AuthenticationPhone, contact(phone("+44 2079460958"), Source::User, at(7), Some(at(7)))),
                (Slot::AlternatePhone, contact(phone("+1 4255550102"), Source::Administrator, at(8), None)),
                (
                    Slot::AuthenticationOfficePhone,
                    contact(phone("+1 4255551234x7"), Source::Administrator, at(9), None),
                ),
                (
                    Slot::AuthenticationEmail,
                    contact(email("Ada.V@Private.example"), Source::User, at(10), Some(at(10))),
                ),
            ]),
            questions: Some(RegisteredQuestions { count: 5, set_at: at(18) }),
            removed: vec![
                RemovedContact {
                    kind: ContactType::Email,
                    value: Destination::Email(email("Old@b.example")),
                    at: at(11),
                },
                RemovedContact {
                    kind: ContactType::MobilePhone,
                    value: Destination::Phone(phone("+1 4255550103x1")),
                    at: at(12),
                },
                RemovedContact {
                    kind: ContactType::OfficePhone,
                    value: Destination::Phone(phone("+1 4255550104")),
                    at: at(13),
                },
            ],
            past: vec![
                PastContact {
                    kind: Some(ContactType::MobilePhone),
                    value: Destination::Phone(phone("+1 4255550105x22")),
                    usable: true,
                    until: at(14),
                },
                PastContact {
                    kind: None,
                    value: Destination::Email(email("Older@b.example")),
                    usable: false,
                    until: at(15),
                },
            ],
            confirmed_at: Some(at(16)),
            sign_in_sessions_valid_from: Some(at(17)),
            created_at: at(0),
            ..self.account(name)
        }
    }

    /// A reset of a name that began at `now` and awaits the code of a text message.
    #[must_use]
    pub fn reset(&self, name: &str, now: Moment) -> Reset {
        let claimed_phone = Digests::try_from(vec!["2.claimed".to_owned(), "1.claimed".to_owned()]).ok();
        let request = CodeRequest { method: CodeMethod::MobileSms, claimed_phone };
        Reset::begin(names(name), "1.source".to_owned(), request, &Policy::default(), 3, now, &self.random)
    }

    /// A code that replaces the reset's issued code, as its next order: another code by email.
    #[must_use]
    pub fn next_issued_code(&self, reset: &Reset, now: Moment) -> IssuedCode {
        let request = CodeRequest { method: CodeMethod::Email, claimed_phone: None };
        let gate = reset.open_gate().unwrap_or(Gate::Two);
        let order = reset.issued.order + 1;
        IssuedCode::new(request, gate, order, &Policy::default(), now, reset.expires_at, &self.random)
    }

    /// The stage after the first of two gates is passed.
    #[must_use]
    pub fn passed(&self) -> Stage {
        let seed = Seed::draw(&self.random);
        let asked = |id: &str, text: &str| AskedQuestion { id: id.to_owned(), text: text.to_owned() };
        let questions = vec![asked("school", "Which school?"), asked("ship", "Wie hieß Ihr Schiff?")];
        let (method, destination) = (CodeMethod::MobileSms, "1.phone".to_owned());
        Stage::Proving { passed: Some(PassedGate { method, destination, seed, questions }) }
    }

    /// A text message that was counted for an order.
    #[must_use]
    pub fn sent(&self, order: &str, at: Moment) -> SentMessage {
        SentMessage {
            order: order.to_owned(),
            at,
            channel: Channel::Sms,
            destination: "1.phone".to_owned(),
            source: "1.source".to_owned(),
            extra: false,
            refunded: false,
        }
    }

    /// The grant of a reset that passed one gate.
    #[must_use]
    pub fn grant(&self) -> Grant {
        Grant {
            seed: Seed::draw(&self.random),
            proved: vec![Method::Code(CodeMethod::Email)],
            destinations: vec!["1.address".to_owned()],
            password_tries: 0,
        }
    }

    /// The snapshot that a reset stores of an account.
    #[must_use]
    pub fn snapshot(&self, account: &Account) -> AccountSnapshot {
        let reachable = vec![ReachableMethod { method: CodeMethod::Email, destination: "1.email".to_owned() }];
        AccountSnapshot { reachable, ..account.known(START) }
    }

    /// A long code issued at `now`, each time for another reset.
    #[must_use]
    pub fn issued_long_code(&self, now: Moment) -> IssuedLongCode {
        IssuedLongCode {
            reset: ResetId::draw(&self.random),
            gate: Gate::One,
            seed: Seed::draw(&self.random),
            code_key: 3,
            destination: "1.address".to_owned(),
            made_at: now,
        }
    }

    /// A challenge of an account to prove a phone with an extension.
    #[must_use]
    pub fn challenge(&self, account: &AccountId, now: Moment) -> Challenge {
        Challenge {
            id: ChallengeId::draw(&self.random),
            account: account.clone(),
            kind: ContactType::MobilePhone,
            value: Destination::Phone(phone("+1 4255550106x45")),
            channel: Channel::Call,
            seed: Seed::draw(&self.random),
            code_key: 2,
            digits: 8,
            reference: Reference::draw(&self.random),
            made_at: now,
            expires_at: now.plus(HOUR),
            tries: 0,
            source: "1.source".to_owned(),
            used: false,
        }
    }

    /// An order to notify the owner of an account that the password was reset.
    #[must_use]
    pub fn notice(&self, account: &AccountId, now: Moment) -> NoticeOrder {
        NoticeOrder::new(account.clone(), Notice::PasswordReset, now, &self.random).revoking("adele@contoso.example")
    }

    /// An audit record of something that happened at `now`, each time to another person.
    #[must_use]
    pub fn record(&self, now: Moment) -> AuditRecord {
        let user_name = "adele@contoso.example".to_owned();
        let person = AuditedPerson { account: AccountId::draw(&self.random), user_name };
        let (activity, by) = (Activity::ResetProgress, Initiator::Person(person.clone()));
        AuditRecord::new(activity, by, &Policy::default(), now, &self.random).about(person).because("A sample.")
    }
}
