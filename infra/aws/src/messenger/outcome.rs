//! What a response, or the lack of one, means for the message.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{DispatchFailure, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use shared::ports::messenger::Dispatch;

/// The name under which a message carries its order, which its provider's reports repeat.
pub(crate) const ORDER: &str = "order";
/// The name under which a message carries its account, which its provider's reports repeat.
pub(crate) const ACCOUNT: &str = "account";
/// The recipient has opted out of messages.
pub(super) const OPTED_OUT: &str = "optedOut";
/// The provider considers the destination or the message invalid.
pub(super) const INVALID: &str = "invalid";
/// The provider suppresses the address after bounces or complaints.
pub(super) const SUPPRESSED: &str = "suppressed";
/// The provider's account does not send to this number or country.
pub(super) const BLOCKED: &str = "blocked";
/// The provider's account may send to verified destinations only, and this one is not verified.
pub(super) const NOT_VERIFIED: &str = "notVerified";
/// The provider found the content objectionable.
pub(super) const REJECTED: &str = "rejected";

/// The meaning of a provider's own error. In every case the message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It will never take this message to this destination, for the given reason.
    Refused(&'static str),
    /// It is busy, or had a fault of its own.
    Busy,
    /// The deployment is not set up to send: no destination is at fault, and an operator has to act.
    Deployment,
}

/// What happened to a message, and whether the provider may take it if it is offered again soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) dispatch: Dispatch,
    pub(super) busy: bool,
}

impl From<Dispatch> for Outcome {
    fn from(dispatch: Dispatch) -> Self {
        Self { dispatch, busy: false }
    }
}

impl From<Fault> for Outcome {
    fn from(fault: Fault) -> Self {
        Self { dispatch: fault.into(), busy: fault == Fault::Busy }
    }
}

impl From<Fault> for Dispatch {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(reason) => Self::Refused(reason),
            Fault::Busy => Self::TryAgain,
            Fault::Deployment => Self::NotSetUp,
        }
    }
}

/// Decides what happened to a message, and logs the provider's name for it, or why it was not taken.
///
/// `id_of` reads that name, which the provider's own events and logs have too.
/// `fault_of` reads the provider's own error. If it returns `None`, the error's code and status decide. Only codes are
/// logged, because providers' messages repeat numbers and addresses.
pub(super) fn dispatch<T, E: ProvideErrorMetadata>(
    provider: &'static str,
    order: &str,
    result: Result<T, SdkError<E, HttpResponse>>,
    id_of: impl FnOnce(&T) -> Option<&str>,
    fault_of: impl FnOnce(&E) -> Option<Fault>,
) -> Outcome {
    let error = match result {
        Ok(taken) => {
            tracing::info!(provider, order, id = id_of(&taken), "a provider took a message");
            return Dispatch::Sent.into();
        }
        Err(error) => error,
    };
    let (outcome, deployment): (Outcome, bool) = match &error {
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            let fault = fault_of(context.err()).or_else(|| unmodelled(context.err().code(), status));
            (fault.map_or(Dispatch::Unknown.into(), Outcome::from), fault == Some(Fault::Deployment))
        }
        SdkError::DispatchFailure(failure) if never_connected(failure) => (Dispatch::TryAgain.into(), false),
        // A request that cannot even be built contains an invalid value of the deployment.
        SdkError::ConstructionFailure(_) => (Fault::Deployment.into(), true),
        _ => (Dispatch::Unknown.into(), false),
    };
    let dispatch = outcome.dispatch;
    let code = error.code().unwrap_or("none");
    if deployment {
        tracing::error!(provider, order, code, "the deployment cannot send");
    } else {
        tracing::warn!(provider, order, code, outcome = dispatch.as_str(), "a message was not accepted");
    }
    outcome
}

/// Reads an error that has no type of its own, by its code and status.
///
/// `None` means doubt: a response without a code comes from something in between, which does not know what the provider
/// did.
pub(super) fn unmodelled(code: Option<&str>, status: u16) -> Option<Fault> {
    match (code.map(is_throttling), status) {
        (Some(true), _) | (_, 429) => Some(Fault::Busy),
        // The function's own credentials have run out, and it gets new ones by itself.
        _ if code.is_some_and(|code| code.starts_with("ExpiredToken")) => Some(Fault::Busy),
        (_, 400..=499) => Some(Fault::Deployment),
        (Some(false), 500 | 503) => Some(Fault::Busy),
        _ => None,
    }
}

/// Whether a code is one of the many by which AWS services report too many requests.
pub(super) fn is_throttling(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    ["throttl", "toomanyrequests", "limitexceeded", "slowdown", "serviceunavailable"]
        .iter()
        .any(|part| code.contains(part))
}

/// Whether the connection was never established, so that nothing can have been sent.
fn never_connected(failure: &DispatchFailure) -> bool {
    let first = failure.as_connector_error().map(|error| error as &(dyn Error + 'static));
    std::iter::successors(first, |error| <dyn Error>::source(*error))
        .filter_map(|error| error.downcast_ref::<hyper_util::client::legacy::Error>())
        .any(hyper_util::client::legacy::Error::is_connect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_without_a_type_is_classified_by_code_and_status() {
        for (code, status, fault) in [
            (Some("Throttling"), 400, Some(Fault::Busy)),
            (Some("ThrottledException"), 400, Some(Fault::Busy)),
            (Some("TooManyRequestsException"), 429, Some(Fault::Busy)),
            (Some("RequestLimitExceeded"), 503, Some(Fault::Busy)),
            (None, 429, Some(Fault::Busy)),
            (Some("InternalFailure"), 500, Some(Fault::Busy)),
            (Some("ServiceUnavailable"), 503, Some(Fault::Busy)),
            (Some("ExpiredTokenException"), 403, Some(Fault::Busy)),
            (Some("AccessDenied"), 403, Some(Fault::Deployment)),
            (None, 403, Some(Fault::Deployment)),
            (None, 500, None),
            (None, 503, None),
            (Some("BadGateway"), 502, None),
            (Some("GatewayTimeout"), 504, None),
            (None, 302, None),
        ] {
            assert_eq!(unmodelled(code, status), fault, "{code:?} {status}");
        }
    }

    #[test]
    fn only_a_refusal_is_for_good() {
        assert_eq!(Dispatch::from(Fault::Refused(OPTED_OUT)), Dispatch::Refused("optedOut"));
        assert_eq!(Dispatch::from(Fault::Busy), Dispatch::TryAgain);
        assert_eq!(Dispatch::from(Fault::Deployment), Dispatch::NotSetUp);
    }
}
