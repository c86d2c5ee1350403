//! Loads the plan of a directory export as an administrator's client would: creates new users and changes known ones.

use crate::account::Account;
use crate::directory::{Plan, PlannedUser, Reject};
use crate::ports::store::{Accounts, Settings};
use crate::unavailable::Unavailable;
use crate::use_cases::admin_set_contact::{AdminSetContact, ChangeOutcome, Changes, NewPassword};
use crate::use_cases::authorize::{Actor, find};

/// The result of loading a plan.
#[derive(Debug, Default)]
pub struct Report {
    /// Number of users that were created.
    pub loaded: usize,
    /// Number of known users whose directory fields changed.
    pub updated: usize,
    /// Number of known users that stayed as they were.
    pub unchanged: usize,
    /// Number of entries that are not people.
    pub skipped: usize,
    /// Rejected values and rejected users, in the order of the file.
    pub rejects: Vec<Reject>,
}

/// Creates or changes every user of a plan. A refused user does not stop the others.
///
/// # Errors
/// [`Unavailable`] if the store fails; loading the same plan again continues where this one ended.
pub async fn load<S: Accounts + Settings, I>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    plan: Plan,
) -> Result<Report, Unavailable> {
    let mut report = Report { skipped: plan.skipped, rejects: plan.rejects, ..Report::default() };
    for user in &plan.users {
        let known = find(&app.context, &app.names, &user.name).await?;
        let (set, count) = match &known {
            None => (create(app, actor, user, &mut report.rejects).await?, &mut report.loaded),
            Some(account) => (change(app, actor, account, user).await?, &mut report.updated),
        };
        match set {
            // Another spelling of a contact counts as a change.
            ChangeOutcome::Done(account) if known.as_ref().is_some_and(|known| account.is_written_as(known)) => {
                report.unchanged += 1;
            }
            ChangeOutcome::Done(_) => *count += 1,
            ChangeOutcome::Refused(refusal) => report.rejects.push(Reject {
                line: user.line,
                attribute: "entry".to_owned(),
                rule: refusal.to_string(),
            }),
        }
    }
    report.rejects.sort_by_key(|reject| reject.line);
    Ok(report)
}

async fn create<S: Accounts + Settings, I>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    user: &PlannedUser,
    rejects: &mut Vec<Reject>,
) -> Result<ChangeOutcome, Unavailable> {
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

/// First marks the account as synchronised, in a write of its own, so that the values of the second write count as the
/// directory's.
async fn change<S: Accounts + Settings, I>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    account: &Account,
    user: &PlannedUser,
) -> Result<ChangeOutcome, Unavailable> {
    let owned = Changes { on_premises_sync_enabled: Some(true), ..Changes::default() };
    match app.change(actor, account.clone(), &owned).await? {
        ChangeOutcome::Done(account) => app.change(actor, *account, &changes(user)).await,
        refused @ ChangeOutcome::Refused(_) => Ok(refused),
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
