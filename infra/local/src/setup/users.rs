//! The directory: which accounts are loaded at the start, and with what result.

use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use aws::store::DynamoStore;
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;
use shared::credentials::key::Keyring;
use shared::credentials::token::{Permission, authenticate};
use shared::directory::{Format, MAX_FILE_BYTES, Plan};
use shared::identifiers::user_name::UserName;
use shared::unavailable::Unavailable;
use shared::use_cases::admin_set_contact::{AdminSetContact, Changes};
use shared::use_cases::authorize::{Actor, find};
use shared::use_cases::load_directory::{Report, load};

use crate::setup::data::Data;
use crate::setup::options::Options;
use crate::setup::sample::{ADMINISTRATOR, SAMPLE};
use crate::setup::start_error::StartError;
use crate::stand_ins::issuer::Issuer;

/// The file that marks which users file was loaded last.
const MARK: &str = "directory";
/// The name under which the audit records the load.
const LOADER: &str = "local --users";

/// An export and its format.
struct Source {
    bytes: Vec<u8>,
    format: Format,
}

/// The result of loading a directory.
#[derive(Default)]
pub(crate) struct Directory {
    /// What was done, in lines; `None` if there was nothing to load.
    pub(crate) report: Option<String>,
    /// Whether the people are the sample's.
    pub(crate) is_sample: bool,
}

/// Loads the directory that the options name.
///
/// A file that was loaded last time, byte for byte, is not loaded again: changes made here since then must survive a
/// restart.
pub(crate) async fn load_directory(
    options: &Options,
    data: Option<&Data>,
    app: &AdminSetContact<DynamoStore, Issuer>,
    marks: &Keyring,
) -> Result<Directory, StartError> {
    let failed = |error| StartError::Data(MARK, error);
    let known = match data {
        Some(data) => data.read(MARK).map_err(failed)?,
        None => None,
    };
    let mark = |bytes: &[u8]| {
        let digest = marks.digest(marks.current(), &[b"directory", bytes]).unwrap_or_default();
        BASE64URL_NOPAD.encode(&digest)
    };
    let Some(source) = source(options, known.is_some())? else {
        return Ok(Directory { report: None, is_sample: known.is_some_and(|known| known == mark(SAMPLE).as_bytes()) });
    };
    let is_sample = source.bytes == SAMPLE;
    let mark = mark(&source.bytes);
    if known.is_some_and(|known| known == mark.as_bytes()) {
        let report = Some("users: this file was loaded before, and is not loaded again\n".to_owned());
        return Ok(Directory { report, is_sample });
    }
    let plan = Plan::read(&source.bytes, source.format, &shared::directory::Options::default());
    let actor = loader(app).await?;
    let report = load(app, &actor, plan).await?;
    if is_sample {
        appoint(app, &actor, ADMINISTRATOR).await?;
    }
    if let Some(data) = data {
        data.replace(MARK, mark.as_bytes()).map_err(failed)?;
    }
    Ok(Directory { report: Some(lines(&report)), is_sample })
}

/// Makes one of the people an administrator, if there is one of this name.
async fn appoint(app: &AdminSetContact<DynamoStore, Issuer>, actor: &Actor, name: &str) -> Result<(), Unavailable> {
    let Ok(name) = UserName::parse(name) else { return Ok(()) };
    if let Some(account) = find(&app.context, &app.names, &name).await? {
        app.change(actor, account, &Changes { is_admin: Some(true), ..Changes::default() }).await?;
    }
    Ok(())
}

/// The actor that loads the directory. The person who starts the service may load anybody, with a token like any other
/// client's.
async fn loader(app: &AdminSetContact<DynamoStore, Issuer>) -> Result<Actor, Unavailable> {
    let permissions = [Permission::UserReadWrite, Permission::DirectorySynchronization, Permission::RoleManagement];
    let token = app.issuer.sign(json!({ "sub": LOADER, "roles": permissions.map(Permission::as_str) }))?;
    let header = format!("Bearer {token}");
    let caller = authenticate(Some(&header), &app.issuer, &app.tokens, app.context.now()).await?;
    let caller = caller.map_err(|_| Unavailable::plain("the issuer's own token is not accepted"))?;
    Ok(Actor { caller, account: None, address: None })
}

fn source(options: &Options, loaded_before: bool) -> Result<Option<Source>, StartError> {
    match &options.users {
        Some(path) => file(path).map(Some),
        None if options.sample && !loaded_before => Ok(Some(Source { bytes: SAMPLE.to_vec(), format: Format::Ldif })),
        None => Ok(None),
    }
}

fn file(path: &Path) -> Result<Source, StartError> {
    let format = path.to_str().and_then(Format::of_file_name).ok_or(StartError::UsersForm)?;
    let bytes = bounded(path).map_err(StartError::UsersFile)?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(StartError::UsersTooLarge);
    }
    Ok(Source { bytes, format })
}

fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn lines(report: &Report) -> String {
    let mut text = format!(
        "users: {} loaded, {} updated, {} unchanged, {} entries skipped, {} rejected\n",
        report.loaded,
        report.updated,
        report.unchanged,
        report.findings.skipped(),
        report.findings.refused()
    );
    for line in report.findings.by_reason() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {line}");
    }
    text
}

#[cfg(test)]
mod tests {
    use shared::directory::Finding;

    use super::*;

    #[test]
    fn a_report_names_line_attribute_and_rule() {
        let mut report = Report { loaded: 3, ..Report::default() };
        report.findings.add(Finding::refused(12, "mobile", "not base64"));
        assert_eq!(
            lines(&report),
            "users: 3 loaded, 0 updated, 0 unchanged, 0 entries skipped, 1 rejected\n  line 12: mobile: not base64\n"
        );
    }

    #[test]
    fn the_sample_is_for_a_new_directory_only() {
        let asked = Options { sample: true, ..Options::default() };
        assert!(source(&asked, false).is_ok_and(|source| source.is_some()));
        assert!(source(&asked, true).is_ok_and(|source| source.is_none()));
        assert!(source(&Options::default(), false).is_ok_and(|source| source.is_none()));
        let other = Options { users: Some("people.xlsx".into()), ..Options::default() };
        assert!(matches!(source(&other, false), Err(StartError::UsersForm)));
    }
}
