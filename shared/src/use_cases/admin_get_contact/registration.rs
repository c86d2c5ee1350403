//! How users are registered, and which of their contacts a reset would use.

use super::{AdminGetContact, UserCondition, UserPage, resolve};
use crate::account::{Account, ContactType, Destination, Slot, Source, Unusable};
use crate::policy::Policy;
use crate::policy::method::Method;
use crate::ports::store::{Accounts, Settings};
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// Microsoft Graph's name for security questions among the registered methods.
pub const SECURITY_QUESTION: &str = "securityQuestion";

/// Where a value is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Among the registered methods.
    Registered,
    /// In the profile, where an administrator or the directory wrote it.
    Profile,
}

impl Origin {
    /// The origin's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Profile => "profile",
        }
    }
}

/// Why a reset does not use a value or the security questions, or what to know about a value that it does use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// A reset does not use it.
    Unusable(Unusable),
    /// It is an alternate mobile phone, which no reset uses.
    AlternateMobile,
    /// A reset uses it, but its numbering plan does not assign the number.
    NumberNotAssigned,
    /// Privileged users cannot use security questions.
    NotForAdministrators,
    /// Fewer security questions are registered than a reset asks for.
    TooFew,
}

impl Remark {
    /// The remark's name on the wire, the value of `reason`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unusable(why) => why.as_str(),
            Self::AlternateMobile => "alternateMobile",
            Self::NumberNotAssigned => "numberNotAssigned",
            Self::NotForAdministrators => "notForAdministrators",
            Self::TooFew => "tooFew",
        }
    }

    /// Whether a reset uses the value in spite of the remark.
    #[must_use]
    pub const fn is_usable(self) -> bool {
        matches!(self, Self::NumberNotAssigned)
    }
}

/// A contact on file, without its value; or the security questions, without their texts and their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportedContact {
    /// The name of its type on the wire. For security questions it is the name that the rest of the service uses.
    pub type_name: &'static str,
    /// Where it is stored.
    pub origin: Origin,
    /// Who wrote it.
    pub source: Source,
    /// When it was written.
    pub set_at: Moment,
    /// When possession was proved.
    pub verified_at: Option<Moment>,
    /// Why a reset does not use it, or what to know about it if a reset does.
    pub remark: Option<Remark>,
}

impl ReportedContact {
    /// Whether a reset uses it now.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.remark.is_none_or(Remark::is_usable)
    }
}

/// How one user is registered.
#[derive(Debug, Clone)]
pub struct UserRegistration {
    /// The account.
    pub account: Account,
    /// Whether the registered methods alone suffice for a reset.
    pub is_registered: bool,
    /// Whether the policy offers enough methods for the gates that the user must pass.
    pub is_enabled: bool,
    /// Whether a reset is possible now.
    pub is_capable: bool,
    /// The registered methods, by Microsoft Graph's names.
    pub methods: Vec<&'static str>,
    /// Every value on file, and the security questions, if there are any.
    pub contacts: Vec<ReportedContact>,
    /// By when the owner must confirm the methods again.
    pub reconfirm_by: Option<Moment>,
    /// When any of this last changed.
    pub last_updated: Moment,
}

/// A condition on the users in the report. A user must meet every condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistrationCondition {
    /// A condition on the account.
    User(UserCondition),
    /// The user is registered, or is not.
    Registered(bool),
    /// The policy offers the user enough methods, or does not.
    Enabled(bool),
    /// The user can reset the password now, or cannot.
    Capable(bool),
    /// The user has a registered method of this name.
    Has(String),
    /// The methods had to be confirmed before this moment.
    Overdue(Moment),
}

impl RegistrationCondition {
    fn is_met(&self, user: &UserRegistration) -> bool {
        match self {
            Self::User(condition) => condition.is_met(&user.account),
            Self::Registered(is) => user.is_registered == *is,
            Self::Enabled(is) => user.is_enabled == *is,
            Self::Capable(is) => user.is_capable == *is,
            Self::Overdue(before) => user.reconfirm_by.is_some_and(|by| by < *before),
            Self::Has(method) => user.methods.iter().any(|own| own == method),
        }
    }

    fn of_user(&self) -> Option<&UserCondition> {
        match self {
            Self::User(condition) => Some(condition),
            _ => None,
        }
    }
}

impl<S: Accounts + Settings, I> AdminGetContact<S, I> {
    /// The registration of one user, by id or userPrincipalName. Returns `None` for an unknown user and for a disabled
    /// one, who is not in the report.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn registration(&self, key: &str) -> Result<Option<UserRegistration>, Unavailable> {
        let policy = self.context.policy().await?;
        let found = resolve(&self.context, &self.names, key).await?.filter(|account| account.enabled);
        Ok(found.map(|account| registration(account, &policy, self.context.now())))
    }

    /// One page of the registrations of enabled users: at most `top` of those who meet the conditions.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn registrations(
        &self,
        conditions: &[RegistrationCondition],
        after: Option<&str>,
        top: usize,
    ) -> Result<UserPage<UserRegistration>, Unavailable> {
        let policy = self.context.policy().await?;
        let now = self.context.now();
        let keep = |account: Account| {
            let user = registration(account, &policy, now);
            let is_met = |condition: &RegistrationCondition| condition.is_met(&user);
            (user.account.enabled && conditions.iter().all(is_met)).then_some(user)
        };
        let of_user = conditions.iter().filter_map(RegistrationCondition::of_user);
        self.page(of_user, after, top, keep).await
    }
}

fn registration(account: Account, policy: &Policy, now: Moment) -> UserRegistration {
    UserRegistration {
        is_registered: account.is_registered(policy, now),
        is_enabled: is_enabled(policy, account.is_admin),
        is_capable: account.can_reset(policy, now),
        methods: methods(&account),
        contacts: contacts(&account, policy, now),
        // A person without methods has nothing to confirm.
        reconfirm_by: account.reconfirm_by(policy).filter(|_| account.has_registered()),
        last_updated: last_updated(&account),
        account,
    }
}

/// Whether the policy offers as many different kinds of contact as a user needs gates. A phone by text and by call is
/// one kind. Security questions are a second gate for users who are not privileged.
fn is_enabled(policy: &Policy, is_admin: bool) -> bool {
    let offered = |kind: &ContactType| kind.methods().any(|method| policy.offers(Method::Code(method)));
    let contacts = ContactType::ALL.iter().filter(|kind| offered(kind)).count();
    let questions = usize::from(policy.offers_to(is_admin, Method::SecurityQuestions));
    contacts + questions >= usize::from(policy.gates(is_admin))
}

fn methods(account: &Account) -> Vec<&'static str> {
    let registered = account.contacts.iter().filter(|(slot, _)| slot.is_registered());
    let questions = account.questions.map(|_| SECURITY_QUESTION);
    registered.map(|(slot, _)| slot.type_name()).chain(questions).collect()
}

fn contacts(account: &Account, policy: &Policy, now: Moment) -> Vec<ReportedContact> {
    let contacts = account.contacts_with_reasons(policy, now).into_iter();
    let contacts = contacts.map(|(slot, contact, reason)| {
        let unassigned = matches!(&contact.value, Destination::Phone(phone) if !phone.assigned());
        let remark = reason.map(Remark::Unusable).or(unassigned.then_some(Remark::NumberNotAssigned));
        ReportedContact {
            type_name: slot.type_name(),
            origin: if slot.is_registered() { Origin::Registered } else { Origin::Profile },
            source: contact.source,
            set_at: contact.set_at,
            verified_at: contact.verified_at,
            remark: if slot == Slot::AlternatePhone { Some(Remark::AlternateMobile) } else { remark },
        }
    });
    contacts.chain(questions(account, policy)).collect()
}

/// The report on the registered security questions: whether they can be a second gate, by the clauses of
/// [`Account::can_answer`].
fn questions(account: &Account, policy: &Policy) -> Option<ReportedContact> {
    let questions = account.questions?;
    let remark = if !policy.offers(Method::SecurityQuestions) {
        Some(Remark::Unusable(Unusable::MethodNotOffered))
    } else if account.is_admin {
        Some(Remark::NotForAdministrators)
    } else {
        (questions.count < policy.security_questions.required_to_reset).then_some(Remark::TooFew)
    };
    Some(ReportedContact {
        type_name: Method::SecurityQuestions.as_str(),
        origin: Origin::Registered,
        source: Source::User,
        set_at: questions.set_at,
        verified_at: None,
        remark,
    })
}

/// The latest moment at which the account was created, a contact was written, proved, replaced or removed, security
/// questions were set, or the registration was confirmed.
fn last_updated(account: &Account) -> Moment {
    let contacts = account.contacts.iter().map(|(_, contact)| contact);
    let written = contacts.flat_map(|contact| [Some(contact.set_at), contact.verified_at]).flatten();
    let gone = account.removed.iter().map(|removed| removed.at).chain(account.past.iter().map(|past| past.until));
    let answered = account.questions.map(|questions| questions.set_at);
    written.chain(gone).chain(answered).chain(account.confirmed_at).fold(account.created_at, Moment::max)
}

#[cfg(test)]
mod tests;
