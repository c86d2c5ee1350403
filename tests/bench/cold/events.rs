//! The events that the programs get: API Gateway's, in payload format 2.0, and the schedule's.

use serde_json::{Value, json};

/// An id of a reset, as the API makes them.
const RESET: &str = "AAAAAAAAAAAAAAAAAAAAAA";
pub(crate) const USER: &str = "adele@contoso.example";
const PASSWORD: &str = "walrus plays the accordion";

fn http(method: &str, path: &str, body: Option<Value>, token: Option<&str>) -> Value {
    let mut headers = json!({"content-type": "application/json", "host": "a.example", "user-agent": "curl/8"});
    if let Some(token) = token {
        headers["authorization"] = format!("Bearer {token}").into();
    }
    json!({
        "version": "2.0",
        "routeKey": "ANY /",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "a",
            "domainName": "d",
            "domainPrefix": "p",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9"},
            "requestId": "r",
            "routeKey": "ANY /",
            "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1_583_348_638_390_u64,
        },
        "body": body.map(|body| body.to_string()),
        "isBase64Encoded": false,
    })
}

pub(crate) fn begin_by_phone() -> Value {
    let body = json!({"userName": USER, "method": "mobileSms", "phoneNumber": "+1 4255550100"});
    http("POST", "/v1/resets", Some(body), None)
}

pub(crate) fn begin_by_email() -> Value {
    http("POST", "/v1/resets", Some(json!({"userName": USER, "method": "email"})), None)
}

pub(crate) fn verify() -> Value {
    http("POST", &format!("/v1/resets/{RESET}/verifications"), Some(json!({"code": "12345678"})), None)
}

pub(crate) fn complete() -> Value {
    let body = json!({"resetToken": "A".repeat(43), "newPassword": PASSWORD});
    http("POST", &format!("/v1/resets/{RESET}/password"), Some(body), None)
}

pub(crate) fn registration(token: &str) -> Value {
    http("GET", "/v1/registration", None, Some(token))
}

pub(crate) fn check(token: &str) -> Value {
    let body = json!({"userName": USER, "password": PASSWORD});
    http("POST", "/v1/credentials/verifications", Some(body), Some(token))
}

pub(crate) fn get_user(token: &str) -> Value {
    http("GET", &format!("/graph/v1.0/users/{USER}"), None, Some(token))
}

pub(crate) fn change_user(token: &str) -> Value {
    let body = json!({"mobilePhone": "+1 4255550101"});
    http("PATCH", &format!("/graph/v1.0/users/{USER}"), Some(body), Some(token))
}

pub(crate) fn sweep() -> Value {
    json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
}
