//! API Gateway's events: each becomes a request or a 400, and every method of such a request works without a panic.
use aws::lambda::gateway::{bad_event, handle_event};
use shared::http::{ErrorFormat, MAX_BODY, json};

pub(super) fn run(bytes: &[u8]) {
    match handle_event(bytes) {
        Ok(request) => {
            assert!(request.path.starts_with('/') && !request.segments().is_empty());
            let network = request.network();
            assert!(network.contains('/') || request.source.to_canonical().is_loopback(), "{network}");
            assert!(request.authorization().is_none_or(str::is_ascii));
            let key = request.headers.get("idempotency-key");
            assert!(key.is_some() || matches!(request.idempotency_key(), Ok(None)));
            for error_format in [ErrorFormat::Rekey, ErrorFormat::Graph] {
                assert!(json(&request, error_format, MAX_BODY).map_or(true, |value| value.is_object()));
            }
        }
        Err(error) => assert_eq!(bad_event(error, ErrorFormat::Rekey).status().as_u16(), 400),
    }
}
