//! Reports and the audit.

use http::{Method, StatusCode};
use shared::http::Problem;
use shared::http::describe::{Operation, Section};
use shared::http::graph::takes_no_options;

use super::options;
use crate::audit::{DirectoryAudit, NEWEST_FIRST};
use crate::page::Page;
use crate::query::{Top, unsupported_select};
use crate::reports::{BY_NAME, UserRegistrationDetails};

pub(super) fn operations() -> [Operation; 4] {
    [
        options::of_list(
            Operation::new(
                Method::GET,
                "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails",
                "listUserRegistrationDetails",
                Section::Administering,
            )
            .says(
                "Reports who is registered and who can reset, and with which methods",
                "Needs `AuditLog.Read.All`. Users are sorted by name; disabled users are left out. `contacts`, which \
                 Microsoft Graph does not have, says of each value on file whether a reset would use it and, if not, \
                 why; it never contains the value. If security questions are registered, it says the same of them, but \
                 neither which nor how many. A page may contain fewer users than `$top`, or none, and still have a \
                 next page: the number of users read for a page is bounded.",
            )
            .takes("RegistrationFilter", options::registration_filter())
            .takes("RegistrationOrder", options::order(&BY_NAME))
            .responds::<Page<UserRegistrationDetails<'_>>>(StatusCode::OK, "A page of users."),
            "UsersTop",
            &Top::USERS,
        ),
        Operation::new(
            Method::GET,
            "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails/{id}",
            "getUserRegistrationDetails",
            Section::Administering,
        )
        .says(
            "Reports whether a user is registered and can reset, and with which methods",
            "Needs `AuditLog.Read.All`. Returns the user as in the report, which has no disabled users.",
        )
        .refuses(takes_no_options(), options::NONE)
        .refuses(Problem::NO_USER, "there is no such user, or the user is disabled.")
        .responds::<UserRegistrationDetails<'_>>(StatusCode::OK, "The user."),
        options::of_list(
            Operation::new(Method::GET, "/graph/v1.0/auditLogs/directoryAudits", "listAudits", Section::Administering)
                .says(
                    "Lists what happened, newest first",
                    "Needs `AuditLog.Read.All`. Contacts are masked. No record contains codes, answers, tokens or \
                     passwords. All records of a reset have the same `correlationId`. Records are stored for as many \
                     days as the policy says. A page may contain fewer records than `$top`, or none, and still have a \
                     next page: the number of records read for a page is bounded.",
                )
                .takes("AuditFilter", options::audit_filter())
                .takes("AuditSelect", options::audit_select())
                .takes("AuditOrder", options::order(&[NEWEST_FIRST]))
                .responds::<Page<DirectoryAudit<'_>>>(StatusCode::OK, "A page of records."),
            "RecordsTop",
            &Top::RECORDS,
        ),
        Operation::new(Method::GET, "/graph/v1.0/auditLogs/directoryAudits/{id}", "getAudit", Section::Administering)
            .says("Reads a record of what happened", "Needs `AuditLog.Read.All`. Contacts are masked.")
            .takes("AuditSelect", options::audit_select())
            .refuses(unsupported_select(), options::QUERY)
            .refuses(Problem::NO_RECORD, "there is no such record, or it is not stored any more.")
            .responds::<DirectoryAudit<'_>>(StatusCode::OK, "The record."),
    ]
}
