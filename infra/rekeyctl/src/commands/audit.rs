//! `rekeyctl audit`: exports the audit.

use serde_json::Value;

use crate::client::Client;
use crate::client::endpoint::{GRAPH, encode, literal};
use crate::options::{Audit, Output};
use crate::output::draft::{Draft, Readers};
use crate::output::failure::Failure;
use crate::output::listing::{Listing, cell};
use crate::output::streams::{DONE, Streams};

const COLUMNS: [&str; 7] =
    ["activityDateTime", "activityDisplayName", "result", "resultReason", "initiatedBy", "target", "correlationId"];

/// The other members of a record that can be columns.
const OTHERS: [&str; 5] = ["id", "category", "loggedByService", "operationType", "ipAddress"];

/// Exports the records that the options select, page by page.
pub(crate) fn run(
    client: &Client<'_>,
    options: &Audit,
    output: Output,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    // An audit is about people, so only its owner may read the file. A former export stays until the new one is
    // complete: half an export looks like a short one.
    let draft = options.file.as_deref().map(|path| Draft::open(path, Readers::Owner)).transpose();
    let mut draft = draft.map_err(Failure::AuditFile)?;
    let mut write = |text: &str| match &mut draft {
        Some(draft) => draft.write(text).map_err(Failure::AuditFile),
        None => streams.print(text),
    };
    let mut listing = Listing::new(output, &COLUMNS).choosing(&options.columns, &OTHERS)?.with_cells(column);
    write(&listing.begin())?;
    let mut count = 0;
    client.pages(target(options), |records| {
        count += records.len();
        write(&listing.add(&records))?;
        Ok(true)
    })?;
    write(&listing.end())?;
    if let Some(draft) = draft {
        draft.publish().map_err(Failure::AuditFile)?;
        streams.tell(&format!("{count} records"));
    }
    Ok(DONE)
}

fn target(options: &Audit) -> String {
    let mut terms = Vec::new();
    terms.extend(options.from.as_ref().map(|from| format!("activityDateTime ge {from}")));
    terms.extend(options.to.as_ref().map(|to| format!("activityDateTime le {to}")));
    terms.extend(options.activity.as_ref().map(|name| format!("activityDisplayName eq {}", literal(name))));
    terms.extend(options.user.as_ref().map(|user| {
        let member = if user.contains('@') { "userPrincipalName" } else { "id" };
        format!("targetResources/any(t:t/{member} eq {})", literal(user))
    }));
    let target = format!("{GRAPH}/auditLogs/directoryAudits?$top={}", options.page_size);
    if terms.is_empty() { target } else { format!("{target}&$filter={}", encode(&terms.join(" and "))) }
}

/// A record in a column. People are shown by their user names.
fn column(record: &Value, name: &str) -> String {
    match name {
        "initiatedBy" => {
            let by = &record["initiatedBy"];
            let app = &by["app"];
            first([&by["user"]["userPrincipalName"], &by["user"]["id"], &app["displayName"], &app["appId"]])
        }
        "target" => {
            let targets = record["targetResources"].as_array().map(Vec::as_slice).unwrap_or_default();
            let target = |target: &Value| first([&target["userPrincipalName"], &target["displayName"], &target["id"]]);
            targets.iter().map(target).collect::<Vec<_>>().join("; ")
        }
        name => cell(&record[name]),
    }
}

/// The first value that is not empty.
fn first<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    values.into_iter().map(cell).find(|text| !text.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::options::Columns;

    fn options() -> Audit {
        Audit {
            from: None,
            to: None,
            user: None,
            activity: None,
            page_size: 1000,
            file: None,
            columns: Columns::default(),
        }
    }

    #[test]
    fn filters_are_graphs() {
        assert_eq!(target(&options()), "/graph/v1.0/auditLogs/directoryAudits?$top=1000");
        let all = Audit {
            from: Some("2026-11-21T00:00:00Z".to_owned()),
            to: Some("2026-11-22T00:00:00Z".to_owned()),
            user: Some("o'neil@contoso.example".to_owned()),
            activity: Some("Reset password (self-service)".to_owned()),
            ..options()
        };
        let filter = "activityDateTime ge 2026-11-21T00:00:00Z and activityDateTime le 2026-11-22T00:00:00Z and \
                      activityDisplayName eq 'Reset password (self-service)' and \
                      targetResources/any(t:t/userPrincipalName eq 'o''neil@contoso.example')";
        assert_eq!(target(&all), format!("/graph/v1.0/auditLogs/directoryAudits?$top=1000&$filter={}", encode(filter)));
        let by_id = target(&Audit { user: Some("jrXpqse_".to_owned()), ..options() });
        assert!(by_id.ends_with(&encode("targetResources/any(t:t/id eq 'jrXpqse_')")), "{by_id}");
    }

    #[test]
    fn a_record_is_a_row_without_formulas() {
        let record = json!({
            "activityDateTime": "2026-11-21T00:00:00.000Z", "activityDisplayName": "=cmd|x", "result": "success",
            "resultReason": null, "correlationId": "c",
            "initiatedBy": {"user": null, "app": {"displayName": "+script", "appId": "a"}},
            "targetResources": [{"userPrincipalName": "adele@contoso.example"}, {"id": "x", "displayName": null}]
        });
        let csv_row = |record: Value| {
            let listing = Listing::new(Output::Csv, &COLUMNS).with_cells(column);
            listing.whole(&[record]).lines().nth(1).unwrap().to_owned()
        };
        assert_eq!(csv_row(record), "2026-11-21T00:00:00.000Z,'=cmd|x,success,,'+script,adele@contoso.example; x,c");
        assert_eq!(csv_row(json!({})), ",,,,,,");
    }
}
