//! `GET /graph/v1.0/policies/passwordReset`: the policy and what it allows at most.

use http::StatusCode;
use serde::Serialize;
use shared::credentials::token::{IssuerKeys, Permission};
use shared::http::graph::without_options;
use shared::http::{Failure, Request, Response, response};
use shared::limits::bound::PolicyBound;
use shared::policy::Policy;
use shared::ports::store::Store;
use shared::use_cases::admin_get_contact::AdminGetContact;
use shared::use_cases::authorize::actor;

/// The policy as it is returned. `bound` is computed, never stored.
#[derive(Serialize)]
pub(crate) struct PolicyView {
    #[serde(flatten)]
    policy: Policy,
    bound: PolicyBound,
}

impl From<Policy> for PolicyView {
    fn from(policy: Policy) -> Self {
        let bound = PolicyBound::from(&policy);
        Self { policy, bound }
    }
}

/// The policy as it is stored now, not as this instance last read it.
pub(crate) async fn respond<S: Store, I: IssuerKeys>(
    app: &AdminGetContact<S, I>,
    request: &Request,
) -> Result<Response, Failure> {
    let actor = actor(request.authorization(), &app.issuer, &app.tokens, &app.context, &app.names).await??;
    actor.demand(&[Permission::PolicyReadWrite])?;
    without_options(request)?;
    let policy = app.context.store.policy().await?.policy;
    Ok(response::json(StatusCode::OK, &PolicyView::from(policy)))
}
