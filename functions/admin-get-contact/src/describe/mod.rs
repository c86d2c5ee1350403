//! This function's operations, for the API's description.

mod methods;
mod options;
mod policy;
mod reports;

use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde_json::{Map, Value};
use shared::http::Problem;
use shared::http::describe::{Operation, Section};
use shared::http::graph::User;

use crate::page::Page;
use crate::query::{SELECT, Top};

/// The operations of this function.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let others = [users(), user(), policy::operation(), description()];
    others.into_iter().chain(methods::operations()).chain(reports::operations()).collect()
}

/// The OpenAPI 3.1 description.
#[derive(JsonSchema)]
#[schemars(extend("additionalProperties" = true))]
#[expect(dead_code, reason = "only its schema is used")]
struct Description {
    openapi: String,
    info: Map<String, Value>,
    paths: Map<String, Value>,
}

fn users() -> Operation {
    options::of_list(
        Operation::new(Method::GET, "/graph/v1.0/users", "listUsers", Section::Administering)
            .says(
                "Lists users",
                "Needs `User.Read.All` or `User.ReadWrite.All`. Users are sorted by user name, but \
                 in no promised order with `$filter` or `$search`. A page can be short and have a next one. \
                 Query options that are not named here are refused.",
            )
            .takes("Select", options::select())
            .takes("UserFilter", options::user_filter())
            .takes("UserSearch", options::user_search())
            .refuses(crate::query::unsupported_search(), "`$search` is not for words of a display name.")
            .refuses(Problem::malformed(crate::query::WORDLESS), "a text for a name has no letter and no digit.")
            .responds::<Page<User<'_>>>(StatusCode::OK, "A page of users."),
        "UsersTop",
        &Top::USERS,
    )
    .refuses(crate::query::unknown_property(), options::PROPERTY)
}

fn user() -> Operation {
    Operation::new(Method::GET, "/graph/v1.0/users/{id}", "getUser", Section::Administering)
        .says("Returns a user", "Needs `User.Read.All` or `User.ReadWrite.All`.")
        .takes("Select", options::select())
        .responds::<User<'_>>(StatusCode::OK, "The user.")
        .refuses(crate::query::unknown_option(&["$select"]), options::QUERY)
        .refuses(crate::query::unknown_property(), options::PROPERTY)
        .refuses(Problem::malformed(SELECT), "`$select` is not a list of names.")
        .refuses(Problem::NO_USER, "there is no such user.")
}

fn description() -> Operation {
    Operation::new(Method::GET, "/openapi.json", "getDescription", Section::Describing)
        .says("Describes every route", "Needs no token.")
        .open()
        .responds::<Description>(StatusCode::OK, "The OpenAPI 3.1 description.")
        .kept()
}
