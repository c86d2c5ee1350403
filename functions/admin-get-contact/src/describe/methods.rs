//! Registered methods.

use http::{Method, StatusCode};
use schemars::JsonSchema;
use shared::http::Problem;
use shared::http::describe::{Operation, Section};
use shared::http::graph::methods::{AuthenticationMethod, EmailMethod, PhoneMethod};
use shared::http::graph::{Collection, takes_no_options};

use super::options;

const READS_METHODS: &str = "Needs `UserAuthenticationMethod.Read.All`, with which values are masked, or \
    `UserAuthenticationMethod.ReadWrite.All`. Values are also masked for a caller who may not write this user's \
    methods: the caller's own, and a privileged user's without `RoleManagement.ReadWrite.Directory`.";

pub(super) fn operations() -> [Operation; 6] {
    [
        list::<AuthenticationMethod>(
            "/graph/v1.0/users/{id}/authentication/methods",
            "listMethods",
            "The methods, among them the password. `@odata.type` says what each entry is. Values of the user resource \
             that were never registered are not methods. Security questions are private to their owner and never \
             listed.",
        )
        .says("Lists a user's registered methods", READS_METHODS),
        one::<AuthenticationMethod>("/graph/v1.0/users/{id}/authentication/methods/{methodId}", "getMethod")
            .says("Returns a registered method", READS_METHODS),
        list::<PhoneMethod>(
            "/graph/v1.0/users/{id}/authentication/phoneMethods",
            "listPhoneMethods",
            "The phones: at most three, one of each type.",
        )
        .says("Lists a user's registered phones", READS_METHODS),
        one::<PhoneMethod>("/graph/v1.0/users/{id}/authentication/phoneMethods/{methodId}", "getPhoneMethod")
            .says("Returns a registered phone", READS_METHODS),
        list::<EmailMethod>(
            "/graph/v1.0/users/{id}/authentication/emailMethods",
            "listEmailMethods",
            "The address, at most one.",
        )
        .says("Lists a user's registered email address", READS_METHODS),
        one::<EmailMethod>("/graph/v1.0/users/{id}/authentication/emailMethods/{methodId}", "getEmailMethod")
            .says("Returns a registered email address", READS_METHODS),
    ]
}

fn list<T: JsonSchema>(path: &'static str, name: &'static str, description: &'static str) -> Operation {
    Operation::new(Method::GET, path, name, Section::Administering)
        .refuses(takes_no_options(), options::NONE)
        .refuses(Problem::NO_USER, "there is no such user.")
        .responds::<Collection<T>>(StatusCode::OK, description)
}

fn one<T: JsonSchema>(path: &'static str, name: &'static str) -> Operation {
    Operation::new(Method::GET, path, name, Section::Administering)
        .refuses(takes_no_options(), options::NONE)
        .refuses(Problem::NO_METHOD, "there is no such user, or the user has no such method.")
        .responds::<T>(StatusCode::OK, "The method.")
}
