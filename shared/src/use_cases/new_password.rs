//! Judges a new password by the same rules, whether its owner or an administrator sets it.

use crate::account::{AccountSnapshot, Destination, PasswordFacts};
use crate::credentials::password::{ContactText, Password, PasswordContext, Reason, validate};
use crate::message::Notice;
use crate::policy::Policy;
use crate::random::Randomness;
use crate::records::notice::{Audience, NoticeOrder};
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// Validates a new password against the policy's rules and the facts about its owner. Refused, it has at least one reason.
///
/// # Errors
/// [`Unavailable`] if the stored policy's rules cannot be used.
pub(super) fn judge(
    candidate: &str,
    policy: &Policy,
    facts: &PasswordFacts,
) -> Result<Result<Password, Vec<Reason>>, Unavailable> {
    let rules = policy
        .password_rules()
        .map_err(|error| Unavailable::new("the policy's rules for passwords cannot be used", error))?;
    let identities: Vec<String> = facts.contacts.iter().map(Destination::identity).collect();
    let contacts: Vec<ContactText<'_>> = facts
        .contacts
        .iter()
        .zip(&identities)
        .map(|(contact, identity)| match contact {
            Destination::Phone(_) => ContactText::Phone(identity),
            Destination::Email(address) => ContactText::EmailLocalPart(address.local_part()),
        })
        .collect();
    let context = PasswordContext { user_name_local_part: &facts.local_part, contacts: &contacts };
    Ok(validate(candidate, &rules, &context))
}

/// The notices of a password that its owner has set: to the owner, except by the destinations in `except`, and to the
/// administrators if the owner is one of them. The owner's sessions end.
pub(super) fn notices(
    what: Notice,
    snapshot: &AccountSnapshot,
    except: &[String],
    policy: &Policy,
    now: Moment,
    random: &dyn Randomness,
) -> Vec<NoticeOrder> {
    let order = |what| NoticeOrder::new(snapshot.account.clone(), what, now, random);
    let mut owners = order(what).revoking(&snapshot.user_name);
    owners.tell = policy.notify_user_on_reset;
    owners.except = except.to_vec();
    let mut notices = vec![owners];
    if snapshot.is_admin && policy.notify_admins_on_admin_reset {
        notices.push(NoticeOrder { audience: Audience::Administrators, ..order(Notice::AdministratorReset) });
    }
    notices
}

/// The reasons as the API names them.
pub(super) fn words(reasons: &[Reason]) -> Vec<String> {
    reasons.iter().map(|reason| reason.as_str().to_owned()).collect()
}
