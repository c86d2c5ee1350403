//! Bodies on their way in: bounded in size and in time.

use std::time::Duration;

use http::HeaderMap;
use http::header::EXPECT;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use tokio::time::timeout;

/// Most bytes of a body that are handed to a function: far more than any route takes.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;
/// Most bytes of a larger one that are read and thrown away, so that its sender comes to read the answer.
const MAX_DRAINED: usize = 16 * 1024 * 1024;
/// How long a body may take to arrive.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the rest of a body that is too large is read.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// What became of reading a body.
pub(crate) enum Taken {
    /// It is here.
    Whole(Vec<u8>),
    /// It is larger than [`MAX_BYTES`].
    TooLarge,
    /// It broke off, or took too long.
    Broken,
}

/// Takes a body, if it is not too large.
pub(crate) async fn take(mut body: Incoming, headers: &HeaderMap) -> Taken {
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > MAX_BYTES {
        // A sender that asked first has sent nothing yet, and never will.
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

/// Reads on while the answer goes out, and then lets the connection close: one that closes with bytes unread
/// loses the answer on its way.
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
