//! Registered methods.

use http::{Method, StatusCode};
use schemars::JsonSchema;
use shared::http::Problem;
use shared::http::describe::{Operation, Section};
use shared::http::graph::methods::{AuthenticationMethod, EmailMethod, PhoneMethod};
use shared::http::graph::{Collection, takes_no_options};

use super::options;

const READS_METHODS: &str = "Needs `UserAuthenticationMethod.Read.All`, which sees values masked, or \
    `UserAuthenticationMethod.ReadWrite.All`. Who may not write this user's methods (a privileged user's without \
    `RoleManagement.ReadWrite.Directory`, one's own) sees them masked, too.";

pub(super) fn operations() -> [Operation; 6] {
    [
        list::<AuthenticationMethod>(
            "/graph/v1.0/users/{id}/authentication/methods",
            "listMethods",
            "The methods, and that there is a password. Each entry says in `@odata.type` what it is. Values of the user \
             resource that were never registered are not methods. Security questions are nobody's but their owner's: \
             they are never listed.",
        )
        .says("Lists a user's registered methods", READS_METHODS),
        one::<AuthenticationMethod>("/graph/v1.0/users/{id}/authentication/methods/{methodId}", "getMethod")
            .says("Shows a registered method", READS_METHODS),
        list::<PhoneMethod>(
            "/graph/v1.0/users/{id}/authentication/phoneMethods",
            "listPhoneMethods",
            "The phones: three at most, one of each type.",
        )
        .says("Lists a user's registered phones", READS_METHODS),
        one::<PhoneMethod>("/graph/v1.0/users/{id}/authentication/phoneMethods/{methodId}", "getPhoneMethod")
            .says("Shows a registered phone", READS_METHODS),
        list::<EmailMethod>(
            "/graph/v1.0/users/{id}/authentication/emailMethods",
            "listEmailMethods",
            "The address: one at most.",
        )
        .says("Lists a user's registered mail address", READS_METHODS),
        one::<EmailMethod>("/graph/v1.0/users/{id}/authentication/emailMethods/{methodId}", "getEmailMethod")
            .says("Shows a registered mail address", READS_METHODS),
    ]
}

fn list<T: JsonSchema>(path: &'static str, name: &'static str, description: &'static str) -> Operation {
    Operation::new(Method::GET, path, name, Section::Administering)
        .refuses(takes_no_options(), options::NONE)
        .refuses(Problem::NotFound, "there is no such user.")
        .answers::<Collection<T>>(StatusCode::OK, description)
}

fn one<T: JsonSchema>(path: &'static str, name: &'static str) -> Operation {
    Operation::new(Method::GET, path, name, Section::Administering)
        .refuses(takes_no_options(), options::NONE)
        .refuses(Problem::NotFound, "there is no such user, or no such method is registered.")
        .answers::<T>(StatusCode::OK, "The method.")
}
