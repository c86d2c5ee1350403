//! Loads the plan of a directory export as an administrator's client would: creates new users and changes known ones.

use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::account::search::{Index, IndexRange};
use crate::directory::{ENTRY, Finding, Findings, Plan, PlannedUser};
use crate::ports::store::{Accounts, NewAccount, Settings};
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
    /// What was refused, skipped or noted, while the file was read and while it was loaded.
    pub findings: Findings,
}

/// How many requests are under way at the same time, so that the table works while the next ones are made.
const AT_ONCE: usize = 8;
/// How many users of an empty directory are prepared at the same time. They fill a few transactions.
const TOGETHER: usize = 36;

/// What loading one user did.
enum Loaded {
    Created,
    Updated,
    Unchanged,
    Refused(Refusal),
}

/// What loading one user did, and the value of it that was refused.
type Line = (u64, Loaded, Option<Finding>);

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
    let mut report = Report { findings: plan.findings, ..Report::default() };
    let everybody = IndexRange::whole(Index::UserName);
    let is_empty = app.context.store.accounts(&everybody, None, 1).await?.accounts.is_empty();
    let mut batches = plan.users.chunks(if is_empty { TOGETHER } else { 1 });
    let mut under_way = FuturesUnordered::new();
    loop {
        let free = AT_ONCE - under_way.len();
        under_way.extend(batches.by_ref().take(free).map(|users| load_batch(app, actor, users, is_empty)));
        let Some(lines) = under_way.next().await else { break };
        for (line, loaded, finding) in lines? {
            if let Some(finding) = finding {
                report.findings.add(finding);
            }
            match loaded {
                Loaded::Created => report.loaded += 1,
                Loaded::Updated => report.updated += 1,
                Loaded::Unchanged => report.unchanged += 1,
                Loaded::Refused(refusal) => report.findings.add(Finding::refused(line, ENTRY, refusal.to_string())),
            }
        }
    }
    Ok(report)
}

async fn load_batch<S: Accounts + Settings, I>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    users: &[PlannedUser],
    is_empty: bool,
) -> Result<Vec<Line>, Unavailable> {
    if is_empty { create_all(app, actor, users).await } else { load_each(app, actor, users).await }
}

/// Creates users, as many as possible in one request. If one of a request cannot be created, none of them is, and each
/// is loaded by itself.
async fn create_all<S: Accounts + Settings, I>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    mut users: &[PlannedUser],
) -> Result<Vec<Line>, Unavailable> {
    let (mut accounts, mut findings, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for user in users {
        let (changes, finding) = first_values(user);
        accounts.push(app.new_account(actor, user.name.clone(), &changes).await?);
        findings.push(finding);
    }
    let (mut accounts, mut findings) = (accounts.as_slice(), findings.into_iter());
    while let (together @ 1.., true) = (NewAccount::at_once(accounts), !users.is_empty()) {
        let (now, later) = users.split_at(together);
        let findings: Vec<Option<Finding>> = findings.by_ref().take(together).collect();
        if app.context.store.create_accounts(&accounts[..together]).await? {
            lines.extend(now.iter().zip(findings).map(|(user, finding)| (user.line, Loaded::Created, finding)));
        } else {
            lines.extend(load_each(app, actor, now).await?);
        }
        (users, accounts) = (later, &accounts[together..]);
    }
    Ok(lines)
}

async fn load_each<S: Accounts + Settings, I>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    users: &[PlannedUser],
) -> Result<Vec<Line>, Unavailable> {
    let mut lines = Vec::new();
    for user in users {
        let (loaded, finding) = load_user(app, actor, user).await?;
        lines.push((user.line, loaded, finding));
    }
    Ok(lines)
}

async fn load_user<S: Accounts + Settings, I>(
    app: &AdminSetContact<S, I>,
    actor: &Actor,
    user: &PlannedUser,
) -> Result<(Loaded, Option<Finding>), Unavailable> {
    let Some(known) = find(&app.context, &app.names, &user.name).await? else {
        let (changes, finding) = first_values(user);
        return Ok(match app.create(actor, user.name.clone(), &changes).await? {
            ChangeOutcome::Done(_) => (Loaded::Created, finding),
            ChangeOutcome::Refused(refusal) => (Loaded::Refused(refusal), finding),
        });
    };
    let loaded = match app.change(actor, known.clone(), &changes(user)).await? {
        ChangeOutcome::Refused(refusal) => Loaded::Refused(refusal),
        // Another spelling of a contact counts as a change.
        ChangeOutcome::Done(account) if account.is_written_as(&known) => Loaded::Unchanged,
        ChangeOutcome::Done(_) => Loaded::Updated,
    };
    Ok((loaded, None))
}

/// The values of a user who is not known, and why the password is refused, if it is.
fn first_values(user: &PlannedUser) -> (Changes, Option<Finding>) {
    let mut changes = changes(user);
    let secret = user.password.as_ref();
    let password = secret.map(|secret| (secret, NewPassword::of_directory(secret.expose())));
    let finding = match password {
        Some((secret, Err(rule))) => Some(Finding::refused(secret.line(), secret.attribute(), rule.to_string())),
        Some((_, Ok(password))) => {
            changes.password = Some(password);
            None
        }
        None => None,
    };
    (changes, finding)
}

fn changes(user: &PlannedUser) -> Changes {
    let mails = user.other_mails.clone();
    let (directory_mails, other_mails) = if user.is_owned_by_directory { (mails, None) } else { (None, mails) };
    Changes {
        profile: user.profile.clone(),
        mobile_phone: user.mobile_phone.clone(),
        business_phone: user.business_phone.clone(),
        enabled: user.account_enabled,
        on_premises_sync_enabled: user.is_owned_by_directory.then_some(true),
        directory_mails,
        other_mails,
        ..Changes::default()
    }
}
