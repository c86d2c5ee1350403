//! The routes: which function handles which request. The template has the same route table.

use http::Method;

/// A function of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// Begins resets and requests codes again.
    BeginReset,
    /// Verifies codes and answers to security questions.
    VerifyCode,
    /// Sets the new password.
    CompleteReset,
    /// Users' own registrations.
    Register,
    /// Checks passwords.
    CheckPassword,
    /// Administrators' reads.
    AdminGetContact,
    /// Administrators' writes.
    AdminSetContact,
    /// The pages and their assets.
    Pages,
}

impl Function {
    /// The function's name, which is also its folder's.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeginReset => "begin-reset",
            Self::VerifyCode => "verify-code",
            Self::CompleteReset => "complete-reset",
            Self::Register => "register",
            Self::CheckPassword => "check-password",
            Self::AdminGetContact => "admin-get-contact",
            Self::AdminSetContact => "admin-set-contact",
            Self::Pages => "pages",
        }
    }
}

/// A route of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method, or `ANY`.
    pub method: &'static str,
    /// The path; `{name}` matches one segment, `{name+}` everything from there on.
    pub path: &'static str,
    /// The function that handles it.
    pub function: Function,
}

const ANY: &str = "ANY";
const GET: &str = "GET";

/// Every route.
pub const ROUTES: &[Route] = &[
    route(ANY, "/openapi.json", Function::AdminGetContact),
    route(ANY, "/v1/settings", Function::BeginReset),
    route(ANY, "/v1/resets", Function::BeginReset),
    route(ANY, "/v1/resets/{resetId}/codes", Function::BeginReset),
    route(ANY, "/v1/resets/{resetId}/verifications", Function::VerifyCode),
    route(ANY, "/v1/resets/{resetId}/password", Function::CompleteReset),
    route(ANY, "/v1/registration", Function::Register),
    route(ANY, "/v1/registration/{proxy+}", Function::Register),
    route(ANY, "/v1/credentials/verifications", Function::CheckPassword),
    route(ANY, "/v1/password", Function::CheckPassword),
    route(GET, "/graph/{proxy+}", Function::AdminGetContact),
    route(ANY, "/graph/{proxy+}", Function::AdminSetContact),
    route(ANY, "/", Function::Pages),
    route(ANY, "/reset", Function::Pages),
    route(ANY, "/password", Function::Pages),
    route(ANY, "/security-info", Function::Pages),
    route(ANY, "/admin", Function::Pages),
    route(ANY, "/assets/{file}", Function::Pages),
    route(ANY, "/.well-known/change-password", Function::Pages),
];

const fn route(method: &'static str, path: &'static str, function: Function) -> Route {
    Route { method, path, function }
}

impl Route {
    fn takes(&self, method: &Method) -> bool {
        self.method == ANY || self.method == method.as_str()
    }

    fn is_greedy(&self) -> bool {
        self.path.ends_with("+}")
    }

    fn fits(&self, path: &str) -> bool {
        let mut segments = path.split('/');
        for part in self.path.split('/') {
            let Some(segment) = segments.next() else {
                return false;
            };
            let matched = if part.starts_with('{') { !segment.is_empty() } else { part == segment };
            if !matched {
                return false;
            }
        }
        self.is_greedy() || segments.next().is_none()
    }
}

/// The route that API Gateway chooses for a decoded path: an exact path before a greedy one, then a named method before
/// `ANY`.
///
/// Source: AWS, Create routes for HTTP APIs in API Gateway, Working with routes.
#[must_use]
pub fn choose(method: &Method, path: &str) -> Option<&'static Route> {
    let fitting = ROUTES.iter().filter(|route| route.takes(method) && route.fits(path));
    fitting.min_by_key(|route| (route.is_greedy(), route.method == ANY))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(method: &str, path: &str) -> Option<(&'static str, &'static str)> {
        let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
        choose(&method, path).map(|route| (route.path, route.function.as_str()))
    }

    #[test]
    fn every_path_has_its_function() {
        for (method, path, function) in [
            ("GET", "/v1/settings", "begin-reset"),
            ("POST", "/v1/resets", "begin-reset"),
            ("POST", "/v1/resets/abc/codes", "begin-reset"),
            ("TRACE", "/v1/resets/abc/codes", "begin-reset"),
            ("POST", "/v1/resets/abc/verifications", "verify-code"),
            ("BREW", "/v1/resets/abc/password", "complete-reset"),
            ("GET", "/v1/registration", "register"),
            ("DELETE", "/v1/registration/methods/email", "register"),
            ("POST", "/v1/credentials/verifications", "check-password"),
            ("POST", "/v1/password", "check-password"),
            ("GET", "/graph/v1.0/users", "admin-get-contact"),
            ("POST", "/graph/v1.0/users", "admin-set-contact"),
            ("HEAD", "/graph/v1.0/users", "admin-set-contact"),
            ("GET", "/graph/v1.0/users/a@b.example", "admin-get-contact"),
            ("PATCH", "/graph/v1.0/users/a@b.example", "admin-set-contact"),
            ("POST", "/graph/v1.0/users/a/authentication/unblockPasswordReset", "admin-set-contact"),
            ("GET", "/graph/v1.0/users/a/authentication/unblockPasswordReset", "admin-get-contact"),
            ("GET", "/graph/v1.0/users/a/authentication/phoneMethods", "admin-get-contact"),
            ("POST", "/graph/v1.0/users/a/authentication/phoneMethods", "admin-set-contact"),
            ("GET", "/graph/v1.0/auditLogs/directoryAudits", "admin-get-contact"),
            ("PATCH", "/graph/v1.0/policies/passwordReset", "admin-set-contact"),
            ("GET", "/graph/v1.0/nothing", "admin-get-contact"),
            ("GET", "/openapi.json", "admin-get-contact"),
            ("GET", "/", "pages"),
            ("HEAD", "/reset", "pages"),
            ("GET", "/password", "pages"),
            ("GET", "/security-info", "pages"),
            ("GET", "/admin", "pages"),
            ("GET", "/assets/reset-1.js", "pages"),
            ("GET", "/.well-known/change-password", "pages"),
        ] {
            assert_eq!(chosen(method, path).map(|(_, function)| function), Some(function), "{method} {path}");
        }
    }

    #[test]
    fn an_unknown_path_has_no_route() {
        for path in [
            "",
            "//",
            "/admin/",
            "/assets/",
            "/assets/a/b",
            "/v1",
            "/v1/resets/",
            "/v1/resets//codes",
            "/v1/resets/a",
            "/v1/resets/a/codes/",
            "/V1/resets",
            "/v1/registration/",
            "/graph",
            "/graph/",
            "*",
        ] {
            assert_eq!(chosen("GET", path), None, "{path}");
        }
    }

    #[test]
    fn no_route_stands_twice() {
        for (at, one) in ROUTES.iter().enumerate() {
            let same = |other: &Route| other.method == one.method && other.path == one.path;
            assert!(!ROUTES[at + 1..].iter().any(same), "{} {}", one.method, one.path);
        }
    }
}
