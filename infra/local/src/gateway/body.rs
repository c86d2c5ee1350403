//! Request bodies, limited in size and in time.

use std::time::Duration;

use http::HeaderMap;
use http::header::EXPECT;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use tokio::time::timeout;

/// Largest body that is passed to a function, in bytes: far more than any route accepts.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;
/// Most bytes of a larger body that are read and discarded, so that its sender gets to read the response.
const MAX_DRAINED: usize = 16 * 1024 * 1024;
/// Time limit for a body to arrive.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the rest of an oversized body is read.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// The result of reading a body.
pub(crate) enum Taken {
    /// The whole body arrived.
    Whole(Vec<u8>),
    /// It is larger than [`MAX_BYTES`].
    TooLarge,
    /// It broke off, or took too long.
    Broken,
}

/// Reads a body, unless it is too large.
pub(crate) async fn take(mut body: Incoming, headers: &HeaderMap) -> Taken {
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > MAX_BYTES {
        // A sender that asked first, with `Expect`, has sent nothing yet, and never will.
        if !headers.contains_key(EXPECT) {
            tokio::spawn(drain(body));
        }
        return Taken::TooLarge;
    }
    match timeout(ARRIVAL_TIMEOUT, Limited::new(&mut body, MAX_BYTES).collect()).await {
        Ok(Ok(whole)) => Taken::Whole(whole.to_bytes().into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            tokio::spawn(drain(body));
            Taken::TooLarge
        }
        Ok(Err(_)) | Err(_) => Taken::Broken,
    }
}

/// Keeps reading while the response goes out, then lets the connection close: closing it with unread bytes would lose
/// the response on its way.
async fn drain(mut body: Incoming) {
    let draining = async {
        let mut drained = 0;
        while let Some(Ok(frame)) = body.frame().await {
            drained += frame.data_ref().map_or(0, Bytes::len);
            if drained > MAX_DRAINED {
                return;
            }
        }
    };
    let _ = timeout(DRAIN_TIMEOUT, draining).await;
}
