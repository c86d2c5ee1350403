//! Reports and the audit.

use http::{Method, StatusCode};
use shared::http::Problem;
use shared::http::describe::{Operation, Section};
use shared::http::graph::takes_no_options;

use super::options;
use crate::audit::{DirectoryAudit, NEWEST_FIRST};
use crate::page::Page;
use crate::query::Top;
use crate::reports::{BY_NAME, UserRegistrationDetails};

pub(super) fn operations() -> [Operation; 3] {
    [
        options::of_list(
            Operation::new(
                Method::GET,
                "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails",
                "listUserRegistrationDetails",
                Section::Administering,
            )
            .says(
                "Tells who is registered, who can reset, and by what",
                "Needs `AuditLog.Read.All`. Users come in the order of their names; disabled ones are left out. \
                 `contacts`, which Microsoft Graph has not, tells of every value on file whether a reset would use it, \
                 and why not, without the value; of security questions it tells the same where some are registered, \
                 without what they are and how many. A page may hold fewer users than `$top`, or none, and still have \
                 a next one: how many users are looked at for one page is bounded.",
            )
            .takes("RegistrationFilter", options::registration_filter())
            .takes("RegistrationOrder", options::order(&BY_NAME))
            .answers::<Page<UserRegistrationDetails<'_>>>(StatusCode::OK, "A page of users."),
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
            "Tells whether one user is registered, can reset, and by what",
            "Needs `AuditLog.Read.All`. A user as the report has it; a disabled one is not in it.",
        )
        .refuses(takes_no_options(), options::NONE)
        .refuses(Problem::NotFound, "there is no such user in the report.")
        .answers::<UserRegistrationDetails<'_>>(StatusCode::OK, "The user."),
        options::of_list(
            Operation::new(Method::GET, "/graph/v1.0/auditLogs/directoryAudits", "listAudits", Section::Administering)
                .says(
                    "Tells what happened, the newest first",
                    "Needs `AuditLog.Read.All`. Contacts are masked; codes, answers, tokens and passwords are in no \
                     record. Everything of one reset has one `correlationId`. Records are kept for as many days as the \
                     policy says. A page may hold fewer records than `$top`, or none, and still have a next one: how \
                     much is looked at for one page is bounded.",
                )
                .takes("AuditFilter", options::audit_filter())
                .takes("AuditOrder", options::order(&[NEWEST_FIRST]))
                .answers::<Page<DirectoryAudit<'_>>>(StatusCode::OK, "A page of records."),
            "RecordsTop",
            &Top::RECORDS,
        ),
    ]
}
