//! Administrators' writes: users, their contacts and methods, unblocking, and the policy.

use serde_json::{Value, json};

use super::sweep::{Flow, sweep};
use super::{MAIL, MOBILE, NAME, World, audited, sent};
use crate::support::service::wrong;
use crate::support::{Reply, Request, Service};

const POLICY: &str = "/graph/v1.0/policies/passwordReset";
const USERS: &str = "/graph/v1.0/users";
const NEXT: &str = "next@contoso.example";

async fn read(service: &Service, target: &str) -> Reply {
    service.send(Request::get(target).bearer(&service.admin)).await
}

/// Asserts that a change has its audit record and its notice to the address on file, or neither. Returns `done`.
async fn is_notified(world: &World, done: bool, activity: &str, when: &str) -> bool {
    let records = audited(world, activity, None).await;
    let (_, notices) = sent(&world.service, MAIL).await;
    assert_eq!((records, notices), (usize::from(done), usize::from(done)), "{when}: records and notices");
    done
}

/// Replacing an address on file.
struct Contact;

impl Flow for Contact {
    type Subject = ();
    const FUNCTION: &'static str = "admin-set-contact";
    const ALREADY: Option<(u16, &'static str)> = None;

    async fn prepare(&self, _: &World) {}

    fn request(&self, world: &World, (): &()) -> Request {
        let body = json!({"otherMails": ["another@example.org"]});
        Request::new("PATCH", &format!("{USERS}/{}", world.id)).json(&body).bearer(&world.service.admin)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 204
    }

    async fn is_done(&self, world: &World, (): &(), when: &str) -> bool {
        let target = format!("{USERS}/{}?$select=otherMails", world.id);
        let mails = read(&world.service, &target).await.expect(200).json()["otherMails"].clone();
        assert!(mails == json!([MAIL]) || mails == json!(["another@example.org"]), "{when}: {mails}");
        is_notified(world, mails != json!([MAIL]), "Update user", when).await
    }
}

/// Registering a phone for somebody.
struct Method;

impl Flow for Method {
    type Subject = ();
    const FUNCTION: &'static str = "admin-set-contact";
    const ALREADY: Option<(u16, &'static str)> = Some((400, "Request_BadRequest"));

    async fn prepare(&self, _: &World) {}

    fn request(&self, world: &World, (): &()) -> Request {
        let body = json!({"phoneNumber": "+1 4255550170", "phoneType": "mobile"});
        let target = format!("{USERS}/{}/authentication/phoneMethods", world.id);
        Request::post(&target, &body).bearer(&world.service.admin)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 201
    }

    async fn is_done(&self, world: &World, (): &(), when: &str) -> bool {
        let target = format!("{USERS}/{}/authentication/phoneMethods", world.id);
        let phones = read(&world.service, &target).await.expect(200).json()["value"].clone();
        let done = phones.as_array().is_some_and(|phones| phones.len() == 1);
        assert!(done || phones == json!([]), "{when}: {phones}");
        is_notified(world, done, "Admin registered security info", when).await
    }
}

/// Clearing a spent guess budget.
struct Unblock;

impl Flow for Unblock {
    type Subject = (String, String);
    const FUNCTION: &'static str = "admin-set-contact";
    const ALREADY: Option<(u16, &'static str)> = None;

    fn policy(&self, _: u32) -> Value {
        json!({"guessesPerDay": 1, "guessesPer30Days": 1})
    }

    async fn prepare(&self, world: &World) -> (String, String) {
        let (begun, code) = world.service.begin_by_sms().await;
        world.service.verify(&begun.id, &wrong(&code)).await.problem(422, "code-rejected");
        (begun.id, code)
    }

    fn request(&self, world: &World, _: &(String, String)) -> Request {
        let target = format!("{USERS}/{}/authentication/unblockPasswordReset", world.id);
        Request::new("POST", &target).bearer(&world.service.admin)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 204
    }

    async fn is_done(&self, world: &World, (reset, code): &(String, String), when: &str) -> bool {
        let records = audited(world, "Unblock password reset (by admin)", None).await;
        let (_, notices) = sent(&world.service, MAIL).await;
        assert_eq!(records, notices, "{when}: records and notices");
        if records == 0 {
            world.service.verify(reset, code).await.problem(422, "code-rejected");
        }
        // A repeated request is not recognised as one: it is carried out, recorded and notified again.
        assert!(records <= 2, "{when}: {records}");
        records > 0
    }

    async fn afterwards(&self, world: &World, (reset, code): &(String, String), _: Option<&Reply>, _: &str) {
        world.service.verify(reset, code).await.expect(200);
    }
}

/// Creating a user.
struct Create;

impl Flow for Create {
    type Subject = ();
    const FUNCTION: &'static str = "admin-set-contact";
    const ALREADY: Option<(u16, &'static str)> = Some((400, "Request_BadRequest"));

    async fn prepare(&self, _: &World) {}

    fn request(&self, world: &World, (): &()) -> Request {
        let body = json!({"userPrincipalName": NEXT, "mobilePhone": MOBILE});
        Request::post(USERS, &body).bearer(&world.service.admin)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 201
    }

    async fn is_done(&self, world: &World, (): &(), when: &str) -> bool {
        let found = read(&world.service, &format!("{USERS}/{NEXT}")).await.status;
        assert!([200, 404].contains(&found), "{when}: {found}");
        let listed = read(&world.service, USERS).await.expect(200).json()["value"].as_array().unwrap().len();
        // Adele is the other user.
        let records = audited(world, "Add user", None).await;
        let all = 1 + usize::from(found == 200);
        assert_eq!((listed, records), (all, all), "{when}");
        found == 200
    }
}

/// Deleting a user.
struct Delete;

impl Flow for Delete {
    type Subject = ();
    const FUNCTION: &'static str = "admin-set-contact";
    const ALREADY: Option<(u16, &'static str)> = Some((404, "Request_ResourceNotFound"));

    async fn prepare(&self, _: &World) {}

    fn request(&self, world: &World, (): &()) -> Request {
        Request::new("DELETE", &format!("{USERS}/{}", world.id)).bearer(&world.service.admin)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 204
    }

    async fn is_done(&self, world: &World, (): &(), when: &str) -> bool {
        let by_name = read(&world.service, &format!("{USERS}/{NAME}")).await.status;
        let by_id = read(&world.service, &format!("{USERS}/{}", world.id)).await.status;
        let listed = read(&world.service, USERS).await.expect(200).json()["value"].as_array().unwrap().len();
        let records = audited(world, "Delete user", None).await;
        let done = records == 1;
        let expected = if done { (404, 404, 0, 1) } else { (200, 200, 1, 0) };
        assert_eq!((by_name, by_id, listed, records), expected, "{when}");
        done
    }
}

/// Changing the policy.
struct Policy;

impl Flow for Policy {
    type Subject = String;
    const FUNCTION: &'static str = "admin-set-contact";
    const ALREADY: Option<(u16, &'static str)> = None;

    async fn prepare(&self, world: &World) -> String {
        world.service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await
    }

    fn request(&self, _: &World, token: &String) -> Request {
        Request::new("PATCH", POLICY).json(&json!({"codeDigits": 9, "triesPerCode": 3})).bearer(token)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 204
    }

    async fn is_done(&self, world: &World, token: &String, when: &str) -> bool {
        let policy = world.service.send(Request::get(POLICY).bearer(token)).await.expect(200).json();
        let both = [&policy["codeDigits"], &policy["triesPerCode"]];
        let done = both == [9, 3];
        assert!(done || both == [8, 5], "{when}: {both:?}");
        let records = audited(world, "Authentication Methods Policy Update", None).await;
        assert_eq!(records, usize::from(done), "{when}");
        done
    }
}

#[service_test]
async fn a_contact_is_replaced_whole_or_not_at_all() {
    sweep(&Contact).await;
}

#[service_test]
async fn a_method_is_registered_whole_or_not_at_all() {
    sweep(&Method).await;
}

#[service_test]
async fn an_account_is_unblocked_whole_or_not_at_all() {
    sweep(&Unblock).await;
}

#[service_test]
async fn a_user_is_created_whole_or_not_at_all() {
    sweep(&Create).await;
}

#[service_test]
async fn a_user_is_deleted_whole_or_not_at_all() {
    sweep(&Delete).await;
}

#[service_test]
async fn the_policy_is_changed_whole_or_not_at_all() {
    sweep(&Policy).await;
}
