//! Which callers may change which users.

use serde_json::{Value, json};

use super::{
    NAME, OTHER_PASSWORD, USERS, bad, delete_as, denied, patch_as, path, select, unblock_as, unblock_path, whole,
};
use crate::support::service::OLD_PASSWORD;
use crate::support::{Reply, Request, Service};
use crate::surface::load_directory::{ADELE, loaded};

/// A token of a user to whom these permissions are delegated.
fn delegated(service: &Service, name: &str, scopes: &str) -> String {
    let claims = json!({"sub": format!("subject of {name}"), "preferred_username": name, "scp": scopes});
    service.running.issuer.sign(claims).unwrap()
}

#[service_test]
async fn the_directory_owns_the_phones_of_the_users_it_synchronises() {
    let service = loaded("people.ldif", ADELE, json!({})).await;
    let plain = service
        .application(&[
            "User.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
            "RoleManagement.ReadWrite.Directory",
        ])
        .await;
    let sync = service.application(&["OnPremDirectorySynchronization.ReadWrite.All"]).await;
    let before = whole(&service, NAME).await;
    for body in [
        json!({"mobilePhone": "+1 4255550177"}),
        json!({"mobilePhone": null}),
        json!({"businessPhones": []}),
        json!({"businessPhones": ["+1 4255550177"], "jobTitle": "Pianist"}),
    ] {
        bad(&patch_as(&service, &plain, NAME, &body).await);
    }
    denied(&patch_as(&service, &plain, NAME, &json!({"onPremisesSyncEnabled": false})).await);
    assert_eq!(whole(&service, NAME).await, before);
    patch_as(&service, &plain, NAME, &json!({"otherMails": ["new@example.org"], "jobTitle": "Pianist"}))
        .await
        .expect(204);

    for body in [
        json!({"jobTitle": "x"}),
        json!({"otherMails": []}),
        json!({"accountEnabled": false}),
        json!({"isAdmin": true}),
        json!({"passwordProfile": {"password": OTHER_PASSWORD}}),
        json!({"userPrincipalName": "x@contoso.example"}),
    ] {
        denied(&patch_as(&service, &sync, NAME, &body).await);
    }
    patch_as(&service, &sync, NAME, &json!({"mobilePhone": "+1 4255550177", "businessPhones": []})).await.expect(204);
    assert_eq!(
        select(&service, NAME, "mobilePhone,businessPhones,otherMails,jobTitle").await,
        json!({"mobilePhone": "+1 4255550177", "businessPhones": [], "otherMails": ["new@example.org"], "jobTitle": "Pianist"})
    );
    let own = service.send(Request::get("/v1/registration").bearer(&service.user(NAME).await)).await.expect(200).json();
    let sources: Vec<&Value> = own["suggested"].as_array().unwrap().iter().map(|one| &one["source"]).collect();
    assert_eq!(sources, ["directory", "administrator"]);
    // Once the user is no longer synchronised, anybody with the permission for users may write the phones.
    patch_as(&service, &sync, NAME, &json!({"onPremisesSyncEnabled": null})).await.expect(204);
    patch_as(&service, &plain, NAME, &json!({"mobilePhone": "+1 4255550178"})).await.expect(204);
}

#[service_test]
async fn a_privileged_user_needs_a_privileged_writer() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let plain = service
        .application(&[
            "User.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
            "OnPremDirectorySynchronization.ReadWrite.All",
        ])
        .await;
    let role_only = service.application(&["RoleManagement.ReadWrite.Directory"]).await;
    for token in [&plain, &role_only] {
        denied(&patch_as(&service, token, &id, &json!({"isAdmin": true})).await);
        denied(&patch_as(&service, token, &id, &json!({"isAdmin": false})).await);
        denied(&patch_as(&service, token, "nobody@contoso.example", &json!({"isAdmin": true})).await);
    }
    assert_eq!(select(&service, &id, "isAdmin").await["isAdmin"], false);
    patch_as(&service, &plain, &id, &json!({"mobilePhone": "+1 4255550177"})).await.expect(204);
    service.patch(&id, &json!({"isAdmin": true})).await.expect(204);
    let before = whole(&service, &id).await;
    service.empty_outbox().await;
    for body in [
        json!({"mobilePhone": "+1 4255550178"}),
        json!({"mobilePhone": null}),
        json!({"businessPhones": []}),
        json!({"otherMails": ["evil@example.org"]}),
        json!({"passwordProfile": {"password": OTHER_PASSWORD}}),
        json!({"isAdmin": false}),
    ] {
        denied(&patch_as(&service, &plain, &id, &body).await);
    }
    denied(&delete_as(&service, &plain, &id).await);
    denied(&unblock_as(&service, &plain, &id).await);
    assert_eq!(whole(&service, &id).await, before);
    assert_eq!(service.messages().await, Vec::<Value>::new());
    service.check(NAME, OLD_PASSWORD).await.expect(200);
    patch_as(&service, &plain, &id, &json!({"jobTitle": "Pianist"})).await.expect(204);

    service.patch(&id, &json!({"mobilePhone": "+1 4255550178"})).await.expect(204);
    unblock_as(&service, &service.admin, &id).await.expect(204);
    delete_as(&service, &service.admin, &id).await.expect(204);
}

#[service_test]
async fn a_delegated_permission_counts_only_for_an_enabled_privileged_user() {
    const SCOPES: &str = "User.ReadWrite.All UserAuthenticationMethod.ReadWrite.All RoleManagement.ReadWrite.Directory";
    let service = Service::start(json!({})).await;
    let (root, lena) = (
        service.create("root@contoso.example", json!({})).await,
        service.create("lena@contoso.example", json!({})).await,
    );
    let adele = service.adele().await;
    service.patch(&root, &json!({"isAdmin": true})).await.expect(204);
    let before = whole(&service, &adele).await;
    let body = json!({"mobilePhone": "+1 4255550177"});

    let ordinary = delegated(&service, "lena@contoso.example", SCOPES);
    let unknown = delegated(&service, "nobody@contoso.example", SCOPES);
    let none = delegated(&service, "root@contoso.example", "openid profile User.Read");
    let glued = delegated(&service, "root@contoso.example", "User.ReadWrite.AllX,User.ReadWrite.All");
    // Roles in a user's token are not the permissions of an application.
    let claims = json!({"sub": "x", "preferred_username": "root@contoso.example", "roles": ["User.ReadWrite.All"]});
    let roles = service.running.issuer.sign(claims).unwrap();
    let scope_without_user = service.running.issuer.sign(json!({"sub": "x", "scp": SCOPES})).unwrap();
    for token in [&ordinary, &unknown, &none, &glued, &roles, &scope_without_user] {
        denied(&patch_as(&service, token, &adele, &body).await);
        denied(&service.send(Request::get(&path(&adele)).bearer(token)).await);
        denied(
            &service.send(Request::post(USERS, &json!({"userPrincipalName": "x@contoso.example"})).bearer(token)).await,
        );
        denied(&delete_as(&service, token, &adele).await);
        denied(&unblock_as(&service, token, &adele).await);
    }
    assert_eq!(whole(&service, &adele).await, before);

    let admin = delegated(&service, "root@contoso.example", SCOPES);
    patch_as(&service, &admin, &adele, &body).await.expect(204);
    let scope = service
        .running
        .issuer
        .sign(json!({"sub": "x", "preferred_username": "root@contoso.example", "scope": SCOPES}))
        .unwrap();
    patch_as(&service, &scope, &lena, &json!({"isAdmin": true})).await.expect(204);
    // The user's current rights count, not those at the time of the token.
    patch_as(&service, &ordinary, &adele, &json!({"mobilePhone": "+1 4255550178"})).await.expect(204);
    service.patch(&lena, &json!({"accountEnabled": false})).await.expect(204);
    denied(&patch_as(&service, &ordinary, &adele, &body).await);
    service.patch(&root, &json!({"isAdmin": false})).await.expect(204);
    denied(&patch_as(&service, &admin, &adele, &body).await);
}

#[service_test]
async fn nobody_changes_their_own_user() {
    let service = Service::start(json!({})).await;
    let root = service.create("root@contoso.example", json!({"mobilePhone": "+1 4255550100"})).await;
    service.patch(&root, &json!({"isAdmin": true})).await.expect(204);
    let token = delegated(
        &service,
        "root@contoso.example",
        "User.ReadWrite.All UserAuthenticationMethod.ReadWrite.All RoleManagement.ReadWrite.Directory OnPremDirectorySynchronization.ReadWrite.All",
    );
    let before = whole(&service, &root).await;
    for key in [root.as_str(), "ROOT@contoso.example"] {
        for body in [
            json!({"mobilePhone": "+1 4255550177"}),
            json!({"businessPhones": ["+1 4255550177"]}),
            json!({"otherMails": ["root@example.org"]}),
            json!({"passwordProfile": {"password": OTHER_PASSWORD}}),
            json!({"isAdmin": false}),
            json!({"isAdmin": true}),
        ] {
            denied(&patch_as(&service, &token, key, &body).await);
        }
        denied(&delete_as(&service, &token, key).await);
        denied(&unblock_as(&service, &token, key).await);
    }
    assert_eq!(whole(&service, &root).await, before);
    service.check("root@contoso.example", OLD_PASSWORD).await.expect(200);
}

/// Every route for administrators, with a permission that is enough for it and permissions that are not.
fn routes(key: &str) -> Vec<(Request, &'static str, Vec<&'static str>)> {
    let patch = |body: Value| Request::new("PATCH", &path(key)).json(&body);
    let write = vec![
        "User.Read.All",
        "UserAuthenticationMethod.ReadWrite.All",
        "RoleManagement.ReadWrite.Directory",
        "OnPremDirectorySynchronization.ReadWrite.All",
        "Credentials.Check",
    ];
    let read = vec![
        "UserAuthenticationMethod.ReadWrite.All",
        "AuditLog.Read.All",
        "x User.Read.All",
        "User.Read",
        "user.read.all",
    ];
    vec![
        (Request::get(USERS), "User.Read.All", read.clone()),
        (Request::get(USERS), "User.ReadWrite.All", read.clone()),
        (Request::get(&path(key)), "User.Read.All", read),
        (
            Request::post(USERS, &json!({"userPrincipalName": "new@contoso.example"})),
            "User.ReadWrite.All",
            write.clone(),
        ),
        (patch(json!({"jobTitle": "Pianist"})), "User.ReadWrite.All", write.clone()),
        (patch(json!({"passwordProfile": {"password": OTHER_PASSWORD}})), "User.ReadWrite.All", write.clone()),
        (
            Request::new("POST", &unblock_path(key)),
            "UserAuthenticationMethod.ReadWrite.All",
            vec!["UserAuthenticationMethod.Read.All", "User.Read.All", "RoleManagement.ReadWrite.Directory"],
        ),
        (Request::new("DELETE", &path(key)), "User.ReadWrite.All", write),
    ]
}

#[service_test]
async fn every_route_needs_its_permission_and_a_valid_token() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let before = whole(&service, &id).await;
    let user = service.user(NAME).await;
    let bare = |reply: &Reply| {
        (reply.status, reply.shape().1, reply.json()["error"]["code"].clone(), reply.json()["error"]["message"].clone())
    };
    let keys = [id.as_str(), NAME, "nobody@contoso.example", "AAAAAAAAAAAAAAAAAAAAAA"];
    let mut seen: Vec<Vec<_>> = Vec::new();
    for key in keys {
        let mut answers = Vec::new();
        for (request, _, weaker) in routes(key) {
            for request in
                [request.clone(), request.clone().bearer("x"), request.clone().header("Authorization", "Basic eDp4")]
            {
                let reply = service.send(request).await;
                reply.graph_error(401, "InvalidAuthenticationToken");
                answers.push(bare(&reply));
            }
            let mut tokens = vec![service.application(&[]).await, service.application(&weaker).await, user.clone()];
            for one in weaker {
                tokens.push(service.application(&[one]).await);
            }
            for token in tokens {
                let reply = service.send(request.clone().bearer(&token)).await;
                denied(&reply);
                answers.push(bare(&reply));
            }
        }
        seen.push(answers);
    }
    assert!(seen.iter().all(|answers| *answers == seen[0]), "the responses are the same for known and unknown users");
    assert_eq!(whole(&service, &id).await, before);
    assert_eq!(service.messages().await, Vec::<Value>::new());
    // Each sufficient permission works.
    for (request, enough, _) in routes(&id) {
        let token = service.application(&[enough]).await;
        let reply = service.send(request.bearer(&token)).await;
        assert!((200..300).contains(&reply.status), "{enough}: {}", String::from_utf8_lossy(&reply.body));
    }
}

#[service_test]
async fn a_wrong_method_is_405_with_the_allowed_ones() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    for (method, target, allow) in [
        ("PUT", USERS.to_owned(), "GET, POST"),
        ("DELETE", USERS.to_owned(), "GET, POST"),
        ("PATCH", USERS.to_owned(), "GET, POST"),
        ("POST", path(&id), "GET, PATCH, DELETE"),
        ("PUT", path(&id), "GET, PATCH, DELETE"),
        ("PUT", path("nobody@contoso.example"), "GET, PATCH, DELETE"),
        ("GET", unblock_path(&id), "POST"),
        ("DELETE", unblock_path(&id), "POST"),
    ] {
        let reply = service.send(Request::new(method, &target).json(&json!({})).bearer(&service.admin)).await;
        reply.graph_error(405, "Request_BadRequest");
        assert_eq!(reply.header("allow"), Some(allow), "{method} {target}");
    }
    assert_eq!(select(&service, &id, "userPrincipalName").await["userPrincipalName"], NAME);
}

#[service_test]
async fn a_token_that_is_not_exactly_right_opens_nothing() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let before = whole(&service, &id).await;
    let now = shared::time::Clock::now(&*service.running.clock).seconds();
    let signed = |more: Value| {
        let mut claims = json!({"sub": "x", "roles": ["User.ReadWrite.All"]});
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        service.running.issuer.sign(claims).unwrap()
    };
    let good = signed(json!({}));
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    let other = signed(json!({"sub": "y"}));
    // {"alg":"none","typ":"JWT"}, and the same for HS256.
    let (none, hmac) = ("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9");
    for token in [
        signed(json!({"exp": now - 1})),
        signed(json!({"exp": (now + 3600).to_string()})),
        signed(json!({"exp": null})),
        signed(json!({"nbf": now + 600})),
        signed(json!({"iat": now + 600})),
        signed(json!({"iss": "urn:rekey:other-issuer"})),
        signed(json!({"iss": "urn:rekey:local-issuer/"})),
        signed(json!({"aud": "urn:rekey:other"})),
        signed(json!({"aud": []})),
        signed(json!({"sub": ""})),
        signed(json!({"sub": null})),
        signed(json!({"roles": "User.ReadWrite.All"})),
        signed(json!({"preferred_username": ["adele@contoso.example"]})),
        format!("{header}.{payload}."),
        format!("{header}.{payload}"),
        format!("{header}.{payload}.{}", signature.chars().rev().collect::<String>()),
        format!("{header}.{}.{signature}", other.split('.').nth(1).unwrap()),
        format!("{none}.{payload}."),
        format!("{none}.{payload}.{signature}"),
        format!("{hmac}.{payload}.{signature}"),
        format!("{good}.{signature}"),
        format!("{good}, Bearer {good}"),
        String::new(),
        "x".repeat(9000),
    ] {
        let reply = patch_as(&service, &token, &id, &json!({"jobTitle": "Pianist"})).await;
        reply.graph_error(401, "InvalidAuthenticationToken");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
    assert_eq!(whole(&service, &id).await, before);
    patch_as(&service, &good, &id, &json!({"jobTitle": "Pianist"})).await.expect(204);
    service.advance(3600).await;
    patch_as(&service, &good, &id, &json!({"jobTitle": null})).await.graph_error(401, "InvalidAuthenticationToken");
}
