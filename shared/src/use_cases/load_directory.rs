//! Loads a directory's plan as an administrator's client would: new people are created, known ones changed.

use crate::account::Account;
use crate::directory::{Plan, PlannedUser, Reject};
use crate::ports::store::Store;
use crate::unavailable::Unavailable;
use crate::use_cases::admin_set_contact::{AdminSetContact, Changes, NewPassword, Set};
use crate::use_cases::authorize::{Actor, find};

/// What became of a plan.
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
    /// Values, or people, that were not taken, in the order of the file.
    pub rejects: Vec<Reject>,
}

/// Creates or changes every user of a plan, and goes on past each one that is refused.
///
/// # Errors
/// [`Unavailable`] if the store fails; loading the same plan again continues where this one ended.
pub async fn load<S: Store, I>(app: &AdminSetContact<S, I>, actor: &Actor, plan: Plan) -> Result<Report, Unavailable> {
    let mut report = Report { skipped: plan.skipped, rejects: plan.rejects, ..Report::default() };
    for user in &plan.users {
        let known = find(&app.context, &app.names, &user.name).await?;
        let (set, count) = match &known {
            None => (create(app, actor, user, &mut report.rejects).await?, &mut report.loaded),
            Some(account) => (change(app, actor, account, user).await?, &mut report.updated),
        };
        match set {
            // Another spelling of a contact is a change.
            Set::Done(account) if known.as_ref().is_some_and(|known| account.is_written_as(known)) => {
                report.unchanged += 1;
            }
            Set::Done(_) => *count += 1,
            Set::Refused(refusal) => report.rejects.push(Reject {
                line: user.line,
                attribute: "entry".to_owned(),
                rule: refusal.rule().to_owned(),
            }),
        }
    }
    report.rejects.sort_by_key(|reject| reject.line);
    Ok(report)
}

async fn create<S: Store, I>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    user: &PlannedUser,
    rejects: &mut Vec<Reject>,
) -> Result<Set, Unavailable> {
    let mut changes = changes(user);
    changes.on_premises_sync_enabled = Some(true);
    if let Some(secret) = &user.password {
        match NewPassword::of_directory(secret.expose()) {
            Ok(password) => changes.password = Some(password),
            Err(rule) => rejects.push(Reject {
                line: secret.line(),
                attribute: secret.attribute().to_owned(),
                rule: rule.to_string(),
            }),
        }
    }
    app.create(actor, user.name.clone(), &changes).await
}

/// Marks the account as the directory's first, and by itself: what is written after that is the directory's.
async fn change<S: Store, I>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    account: &Account,
    user: &PlannedUser,
) -> Result<Set, Unavailable> {
    let owned = Changes { on_premises_sync_enabled: Some(true), ..Changes::default() };
    match app.change(actor, account.clone(), &owned).await? {
        Set::Done(account) => app.change(actor, *account, &changes(user)).await,
        refused @ Set::Refused(_) => Ok(refused),
    }
}

fn changes(user: &PlannedUser) -> Changes {
    Changes {
        profile: user.profile.iter().map(|(field, text)| (*field, Some(text.clone()))).collect(),
        mobile_phone: user.mobile_phone.clone(),
        business_phone: user.business_phone.clone(),
        directory_mails: user.other_mails.clone(),
        ..Changes::default()
    }
}
