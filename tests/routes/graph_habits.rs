//! What scripts that were written for Microsoft Graph do out of habit: other letter case, `beta`, keys in parentheses, and
//! sending back what they have read.

use serde_json::{Value, json};

use crate::support::service::OLD_PASSWORD;
use crate::support::{Reply, Request, Service};

const PHONE: &str = "3179e48a-750b-4051-897c-87b9720928f7";

async fn get(service: &Service, target: &str) -> Reply {
    let token = service
        .application(&[
            "User.Read.All",
            "UserAuthenticationMethod.Read.All",
            "AuditLog.Read.All",
            "Policy.ReadWrite.AuthenticationMethod",
        ])
        .await;
    service.send(Request::get(&target.replace(' ', "%20")).bearer(&token)).await
}

/// The message of a refusal.
fn message(reply: &Reply, status: u16) -> String {
    assert_eq!(reply.status, status);
    reply.json()["error"]["message"].as_str().unwrap().to_owned()
}

#[service_test]
async fn letter_case_does_not_matter_in_paths_and_beta_is_the_same() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let usual = get(&service, &format!("/graph/v1.0/users/{id}")).await.expect(200).json();
    for target in [
        "/graph/V1.0/Users/Adele@Contoso.example",
        "/graph/beta/users/adele@contoso.example",
        "/graph/v1.0/users('adele@contoso.example')",
        &format!("/graph/beta/USERS('{id}')"),
    ] {
        assert_eq!(get(&service, target).await.expect(200).json(), usual, "{target}");
    }
    for target in [
        "/graph/v1.0/users/adele@contoso.example/Authentication/PhoneMethods",
        "/graph/v1.0/users('adele@contoso.example')/authentication/phonemethods",
        "/graph/beta/Reports/AuthenticationMethods/UserRegistrationDetails",
        "/graph/V1.0/AuditLogs/DirectoryAudits",
        "/graph/v1.0/Policies/PasswordReset",
    ] {
        get(&service, target).await.expect(200);
    }
    let wanted = json!({"phoneNumber": "+1 4255550123", "phoneType": "Mobile"});
    let added = Request::post("/graph/beta/Users/adele@contoso.example/Authentication/phonemethods", &wanted);
    let added = service.send(added.bearer(&service.admin)).await.expect(201);
    assert!(added.header("location").unwrap().contains("/graph/v1.0/users/"));
    let cleared = Request::post(&format!("/graph/beta/users/{id}/authentication/unblockpasswordreset"), &json!({}));
    service.send(cleared.bearer(&service.admin)).await.expect(204);
    for target in ["/graph/v2.0/users", "/graph/users", "/graph/beta/nothing"] {
        assert_eq!(get(&service, target).await.status, 404, "{target}");
    }
}

#[service_test]
async fn letter_case_does_not_matter_in_options_and_properties() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let target = format!("/graph/v1.0/users/{id}?$Select=MOBILEPHONE,officelocation");
    let mut one = get(&service, &target).await.expect(200).json();
    one.as_object_mut().unwrap().remove("@odata.context");
    assert_eq!(one, json!({"mobilePhone": "+1 4255550100", "officeLocation": null}));
    let listed = get(&service, "/graph/v1.0/users?$TOP=5&$Filter=UserPrincipalName eq 'adele@contoso.example'").await;
    assert_eq!(listed.expect(200).json()["value"].as_array().unwrap().len(), 1);
    let twice = get(&service, "/graph/v1.0/users?$top=5&$TOP=6").await;
    assert_eq!(message(&twice, 400), "$top must occur only once");
    let audited = "/graph/v1.0/auditLogs/directoryAudits?$filter=ACTIVITYDISPLAYNAME eq 'Add user'&$orderby=activityDateTime DESC";
    assert_eq!(get(&service, audited).await.expect(200).json()["value"].as_array().unwrap().len(), 1);

    let patch = async |body: Value| service.patch(&id, &body).await;
    patch(json!({"OfficeLocation": "18/2111", "BUSINESSPHONES": ["+1 4255550112"]})).await.expect(204);
    let target = format!("/graph/v1.0/users/{id}?$select=officeLocation,businessPhones");
    let one = get(&service, &target).await.expect(200).json();
    assert_eq!((&one["officeLocation"], &one["businessPhones"]), (&json!("18/2111"), &json!(["+1 4255550112"])));
    let twice = patch(json!({"mobilePhone": "+1 4255550101", "MobilePhone": "+1 4255550102"})).await;
    assert_eq!(message(&twice, 400), "mobilePhone occurs twice");
    let unknown = patch(json!({"ShoeSize": "44"})).await;
    assert_eq!(message(&unknown, 400), "ShoeSize is not a known property");
}

#[service_test]
async fn a_methods_own_id_may_be_sent_back_and_another_may_not() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let methods = "/graph/v1.0/users/adele@contoso.example/authentication/phoneMethods";
    let wanted = json!({"phoneNumber": "+1 4255550123", "phoneType": "mobile"});
    let added = service.send(Request::post(methods, &wanted).bearer(&service.admin)).await.expect(201);
    let mut read = added.json();
    read["phoneNumber"] = json!("+1 4255550124");
    read.as_object_mut().unwrap().remove("smsSignInState");
    let patch = async |body: &Value| {
        let request = Request::new("PATCH", &format!("{methods}/{PHONE}")).json(body);
        service.send(request.bearer(&service.admin)).await
    };
    patch(&read).await.expect(204);
    read["id"] = json!("b6332ec1-7057-4abe-9331-3d72feddfe41");
    assert_eq!(message(&patch(&read).await, 400), "id is not the one in the path");
    let with_id = json!({"phoneNumber": "+1 4255550125", "phoneType": "alternateMobile", "id": PHONE});
    let refused = service.send(Request::post(methods, &with_id).bearer(&service.admin)).await;
    assert_eq!(message(&refused, 400), "id cannot be set by this request");
}

#[service_test]
async fn a_password_is_reset_by_an_administrator_drawn_or_given() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.check("adele@contoso.example", OLD_PASSWORD).await.expect(200);
    let (live, code) = service.begin_by_sms().await;
    let route = "/graph/v1.0/users/adele@contoso.example/authentication/methods/28c10230-6103-485e-b985-444c60001490/resetPassword";
    let token = service.application(&["UserAuthenticationMethod.ReadWrite.All"]).await;
    let reset = async |body: &Value| service.send(Request::post(route, body).bearer(&token)).await;

    let drawn = reset(&json!({})).await.expect(202).text("newPassword");
    assert_eq!(drawn.len(), 15);
    assert!(!drawn.contains(['0', 'O', 'o', '1', 'l', 'I']), "no character looks like another one");
    let checked = service.check("adele@contoso.example", &drawn).await.expect(200).json();
    assert_eq!(checked["passwordChangeRequired"], true);
    service.check("adele@contoso.example", OLD_PASSWORD).await.problem(422, "credentials-rejected");
    service.verify(&live.id, &code).await.problem(422, "code-rejected");
    let other = reset(&json!({"newPassword": null})).await.expect(202).text("newPassword");
    assert_ne!(other, drawn);

    let given = reset(&json!({"NewPassword": "purple quilts on monday"})).await.expect(202).json();
    assert!(given.get("newPassword").is_none());
    service.check("adele@contoso.example", "purple quilts on monday").await.expect(200);
    for (password, reason) in
        [("short one", "too-short"), ("passwordpassword", "common"), ("adele and a walrus", "contains-user-name")]
    {
        let refused = reset(&json!({"newPassword": password})).await;
        assert_eq!(message(&refused, 400), format!("the password is refused: {reason}"));
        let profile = json!({"passwordProfile": {"password": password}});
        assert_eq!(message(&service.patch("adele@contoso.example", &profile).await, 400), message(&refused, 400));
    }
    let phone = route.replace("28c10230-6103-485e-b985-444c60001490", PHONE);
    let refused = service.send(Request::post(&phone, &json!({})).bearer(&token)).await;
    assert_eq!(message(&refused, 404), "this user has no such method");
    let reader = service.application(&["UserAuthenticationMethod.Read.All"]).await;
    assert_eq!(service.send(Request::post(route, &json!({})).bearer(&reader)).await.status, 403);
}

#[service_test]
async fn sessions_are_ended_by_an_administrator_and_nobody_is_told() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let token = service.user("adele@contoso.example").await;
    let own = Request::get("/v1/registration").bearer(&token);
    service.send(own.clone()).await.expect(200);
    service.advance(5).await;
    let route = format!("/graph/v1.0/users/{id}/revokeSignInSessions");
    let revoked = service.send(Request::post(&route, &json!({})).bearer(&service.admin)).await.expect(200).json();
    assert_eq!(revoked["value"], true);
    assert_eq!(service.send(own).await.status, 401);
    service.check("adele@contoso.example", OLD_PASSWORD).await.expect(200);
    service.settle().await;
    assert_eq!(service.messages().await, Vec::<Value>::new());
    let events = service.send(Request::get("/_local/events")).await.expect(200).json();
    assert_eq!(events.as_array().unwrap().len(), 1, "{events}");

    let audits = "/graph/v1.0/auditLogs/directoryAudits";
    let target = format!(
        "{audits}?$filter=activityDisplayName eq 'Update StsRefreshTokenValidFrom Timestamp'&$select=ID,result"
    );
    let listed = get(&service, &target).await.expect(200).json();
    let [record] = &listed["value"].as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!(record.as_object().unwrap().len(), 2);
    let updates = get(&service, &format!("{audits}?$filter=activityDisplayName eq 'Update user'")).await.expect(200);
    assert_eq!(updates.json()["value"], json!([]), "no second record without a changed property");
    let one = get(&service, &format!("{audits}/{}", record["id"].as_str().unwrap())).await.expect(200).json();
    assert_eq!((&one["id"], &one["targetResources"][0]["id"]), (&record["id"], &json!(id)));
    assert_eq!(
        message(&get(&service, &format!("{audits}/AAAAAAAAAAAAAAAAAAAAAA")).await, 404),
        "there is no such audit record"
    );
    assert_eq!(
        message(&get(&service, &format!("{audits}?$select=shoe")).await, 400),
        "$select names a property that a record does not have"
    );
}
