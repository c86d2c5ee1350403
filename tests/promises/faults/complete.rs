//! Setting a new password.

use super::sweep::{Flow, sweep};
use super::{KEY, MOBILE_E164, NAME, World, audited, sent};
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, complete, digits};
use crate::support::{Reply, Request};

pub(super) struct Complete;

/// A reset that was proved by email.
pub(super) struct Granted {
    reset: String,
    token: String,
}

impl Flow for Complete {
    type Subject = Granted;
    const FUNCTION: &'static str = "complete-reset";
    const PASSWORD: bool = true;
    const ALREADY: Option<(u16, &'static str)> = None;

    async fn prepare(&self, world: &World) -> Granted {
        let (begun, message) = world.service.begin_by_email().await;
        let token = world.service.verify(&begun.id, &digits(&message)).await.expect(200).text("resetToken");
        Granted { reset: begun.id, token }
    }

    fn request(&self, _: &World, granted: &Granted) -> Request {
        complete(&granted.reset, &granted.token, NEW_PASSWORD).key(KEY)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 204
    }

    async fn is_done(&self, world: &World, _: &Granted, when: &str) -> bool {
        let service = &world.service;
        // The phone gets the notice. The address does not, because it proved the reset.
        let (_, notices) = sent(service, MOBILE_E164).await;
        let done = notices == 1;
        let records = audited(world, "Reset password (self-service)", None).await;
        assert_eq!((notices, records), (usize::from(done), usize::from(done)), "{when}");
        assert_eq!(service.running.outbox.events().len(), usize::from(done), "{when}");
        let right = service.check(NAME, if done { NEW_PASSWORD } else { OLD_PASSWORD }).await;
        assert_eq!(right.status, 200, "{when}: done {done}");
        done
    }

    async fn afterwards(&self, world: &World, granted: &Granted, _: Option<&Reply>, _: &str) {
        let again = world.service.complete(&granted.reset, &granted.token, "another good long password").await;
        again.problem(422, "token-rejected");
        world.service.check(NAME, OLD_PASSWORD).await.problem(422, "credentials-rejected");
    }
}

#[service_test]
async fn a_password_is_set_whole_or_not_at_all() {
    sweep(&Complete).await;
}
