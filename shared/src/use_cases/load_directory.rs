//! Loads the plan of a directory export as an administrator's client would: creates new users and changes known ones.

use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::account::Account;
use crate::directory::{Plan, PlannedUser, Reject};
use crate::ports::store::{Accounts, MAX_NEW_ACCOUNTS, Settings};
use crate::unavailable::Unavailable;
use crate::use_cases::admin_set_contact::{AdminSetContact, ChangeOutcome, Changes, NewPassword, Refusal};
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

/// How many requests are under way at the same time, so that the table works while the next ones are made.
const AT_ONCE: usize = 8;

/// What loading one user did.
enum Loaded {
    Created,
    Updated,
    Unchanged,
    Refused(Refusal),
}

/// What loading one user did, and the values of it that were rejected.
type Line = (u64, Loaded, Vec<Reject>);

/// Creates or changes every user of a plan. A refused user does not stop the others. In an empty directory many users
/// are created at once.
///
/// # Errors
/// [`Unavailable`] if the store fails; loading the same plan again continues where this one ended.
pub async fn load<S: Accounts + Settings, I>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    plan: Plan,
) -> Result<Report, Unavailable> {
    let mut report = Report { skipped: plan.skipped, rejects: plan.rejects, ..Report::default() };
    let is_empty = app.context.store.accounts("", None, 1).await?.accounts.is_empty();
    let mut batches = plan.users.chunks(if is_empty { MAX_NEW_ACCOUNTS } else { 1 });
    let mut under_way = FuturesUnordered::new();
    loop {
        let free = AT_ONCE - under_way.len();
        under_way.extend(batches.by_ref().take(free).map(|users| load_batch(app, actor, users, is_empty)));
        let Some(lines) = under_way.next().await else { break };
        for (line, loaded, rejects) in lines? {
            report.rejects.extend(rejects);
            match loaded {
                Loaded::Created => report.loaded += 1,
                Loaded::Updated => report.updated += 1,
                Loaded::Unchanged => report.unchanged += 1,
                Loaded::Refused(refusal) => {
                    let (attribute, rule) = ("entry".to_owned(), refusal.to_string());
                    report.rejects.push(Reject { line, attribute, rule });
                }
            }
        }
    }
    report.rejects.sort_by_key(|reject| reject.line);
    Ok(report)
}

async fn load_batch<S: Accounts + Settings, I>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    users: &[PlannedUser],
    is_empty: bool,
) -> Result<Vec<Line>, Unavailable> {
    let created = if is_empty { create_all(app, actor, users).await? } else { None };
    match created {
        Some(created) => Ok(created),
        None => load_each(app, actor, users).await,
    }
}

/// Creates users in one request; `None` if one of them cannot be created, and so none was.
async fn create_all<S: Accounts + Settings, I>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    users: &[PlannedUser],
) -> Result<Option<Vec<Line>>, Unavailable> {
    let (mut accounts, mut lines) = (Vec::new(), Vec::new());
    for user in users {
        let mut rejects = Vec::new();
        let changes = first_values(user, &mut rejects);
        accounts.push(app.new_account(actor, user.name.clone(), &changes).await?);
        lines.push((user.line, Loaded::Created, rejects));
    }
    Ok(app.context.store.create_accounts(&accounts).await?.then_some(lines))
}

async fn load_each<S: Accounts + Settings, I>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    users: &[PlannedUser],
) -> Result<Vec<Line>, Unavailable> {
    let mut lines = Vec::new();
    for user in users {
        let mut rejects = Vec::new();
        let loaded = load_user(app, actor, user, &mut rejects).await?;
        lines.push((user.line, loaded, rejects));
    }
    Ok(lines)
}

async fn load_user<S: Accounts + Settings, I>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    user: &PlannedUser,
    rejects: &mut Vec<Reject>,
) -> Result<Loaded, Unavailable> {
    let known = find(&app.context, &app.names, &user.name).await?;
    let outcome = match &known {
        None => app.create(actor, user.name.clone(), &first_values(user, rejects)).await?,
        Some(account) => change(app, actor, account, user).await?,
    };
    Ok(match (outcome, known) {
        (ChangeOutcome::Refused(refusal), _) => Loaded::Refused(refusal),
        (ChangeOutcome::Done(_), None) => Loaded::Created,
        // Another spelling of a contact counts as a change.
        (ChangeOutcome::Done(account), Some(known)) if account.is_written_as(&known) => Loaded::Unchanged,
        (ChangeOutcome::Done(_), Some(_)) => Loaded::Updated,
    })
}

/// The values of a user who is not known. A password that is none is rejected.
fn first_values(user: &PlannedUser, rejects: &mut Vec<Reject>) -> Changes {
    let mut changes = Changes { on_premises_sync_enabled: Some(true), ..changes(user) };
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
    changes
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
