//! `GET /v1/settings`: what a page needs in order to draw itself, the same for everybody.

use serde_json::json;

use crate::support::{Request, Service};

#[service_test]
async fn anybody_reads_the_settings_and_may_keep_them_for_a_minute() {
    let policy = json!({"methodsRequired": 2, "phoneProof": false, "codeDigits": 6, "helpdesk": "ext. 4357",
                        "defaultLanguage": "de", "methods": ["email", "mobileSms"],
                        "password": {"minLength": 12, "bannedTerms": ["contoso"]}});
    let service = Service::start(policy).await;
    let reply = service.send(Request::get("/v1/settings")).await.expect(200);
    assert_eq!(reply.header("cache-control"), Some("public, max-age=60"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        reply.json(),
        json!({
            "organisationName": "Contoso", "domain": "contoso.example", "helpdesk": "ext. 4357",
            "languages": ["en", "de", "fr", "es"], "defaultLanguage": "de", "methods": ["email", "mobileSms"],
            "methodsRequired": 2, "phoneProof": false, "codeDigits": 6,
            "password": {"minLength": 12, "maxLength": 256}, "signIn": {"issuer": format!("{}/_local/issuer", service.running.url()), "clientId": "rekey-pages", "scopes": [
                "openid", "profile", "User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All", "AuditLog.Read.All",
                "Policy.ReadWrite.AuthenticationMethod", "RoleManagement.ReadWrite.Directory"]}
        })
    );
}

#[service_test]
async fn settings_are_only_read() {
    let service = Service::start(json!({})).await;
    let reply = service.send(Request::post("/v1/settings", &json!({}))).await;
    assert_eq!(reply.header("allow"), Some("GET"));
    reply.problem(405, "method-not-allowed");
}
