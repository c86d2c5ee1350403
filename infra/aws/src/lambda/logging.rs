//! Logs: one JSON object per line on standard output, where Lambda collects them.
//!
//! `RUST_LOG` sets how much this workspace's own crates log. Whatever it says, every other crate logs only warnings and
//! errors: at lower levels the SDK prints requests and responses, which hold codes, contacts and keys.

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt, FilterFn, LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::{Filter, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

/// The crates of this workspace. The values in their log lines are reviewed.
const OWN: [&str; 12] = [
    "admin_get_contact",
    "admin_set_contact",
    "aws",
    "begin_reset",
    "check_password",
    "complete_reset",
    "deliver_code",
    "local",
    "pages",
    "register",
    "shared",
    "verify_code",
];

/// The name of the runtime's span that carries an invocation's request id.
const INVOCATION_SPAN: &str = "Lambda runtime invoke";

/// Starts writing JSON logs to standard output.
///
/// `directives` have the form of `RUST_LOG`, such as `info,shared=debug`. If they are missing or cannot be read, `info`
/// applies. Does nothing if logs are already being written.
pub fn start(directives: Option<&str>) {
    let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    // On a second call, the first subscriber stays.
    let _ = Registry::default().with(layer.with_filter(filter(directives))).try_init();
}

/// The log filter: the directives, and never more than warnings and errors from other crates.
pub fn filter<S: Subscriber + for<'a> LookupSpan<'a>>(directives: Option<&str>) -> impl Filter<S> + use<S> {
    let chosen = directives.and_then(|text| text.parse::<Targets>().ok());
    let chosen = chosen.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    chosen.and(cap())
}

fn cap() -> FilterFn<impl Fn(&Metadata<'_>) -> bool> {
    filter_fn(|metadata| {
        let invocation = metadata.is_span() && metadata.name() == INVOCATION_SPAN;
        permits(metadata.target(), *metadata.level()) || invocation
    })
}

/// Whether a target may ever log at a level.
fn permits(target: &str, level: Level) -> bool {
    let root = target.split("::").next().unwrap_or(target);
    OWN.contains(&root) || level <= Level::WARN
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io;
    use std::sync::{Arc, LazyLock, Mutex};

    use tracing::Dispatch;

    use super::*;

    /// The captured log.
    #[derive(Clone, Default)]
    pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    /// A subscriber like the one that [`start`] sets, and its output; without the time, which may hold any digits.
    pub(crate) fn captured(directives: Option<&str>) -> (Lines, impl Subscriber + Send + Sync + use<>) {
        // While there is only one subscriber, a line that a thread without one reaches first is off for all threads. A
        // second one keeps every line on.
        static ANCHOR: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Registry::default()));
        LazyLock::force(&ANCHOR);
        let lines = Lines::default();
        let writer = lines.clone();
        let layer =
            fmt::layer().json().without_time().with_writer(move || writer.clone()).with_filter(filter(directives));
        (lines, Registry::default().with(layer))
    }

    fn logged(directives: Option<&str>) -> String {
        let (lines, subscriber) = captured(directives);
        tracing::subscriber::with_default(subscriber, || {
            tracing::trace!(target: "hyper::proto", "MARK-a");
            tracing::debug!(target: "aws_smithy_runtime::client", "MARK-b");
            tracing::info!(target: "aws_sdk_sns", "MARK-c");
            tracing::warn!(target: "rustls::conn", "MARK-d");
            tracing::debug!(target: "shared::reset", "MARK-e");
            tracing::info!(target: "aws::messenger", "MARK-f");
            tracing::info!(target: "lambda_runtime::layers", "MARK-g");
        });
        lines.text().split("MARK-").skip(1).filter_map(|rest| rest.chars().next()).collect()
    }

    #[test]
    fn other_crates_never_say_more_than_warnings() {
        assert_eq!(logged(Some("trace")), "def");
        assert_eq!(logged(Some("hyper=trace,aws_smithy_runtime=debug,aws_sdk_sns=info,shared=debug")), "e");
        assert_eq!(logged(Some("error")), "");
        assert_eq!(logged(None), "df");
        assert_eq!(logged(Some("shared=loud")), "df");
    }

    #[test]
    fn a_name_that_only_begins_like_an_own_crate_is_not_one() {
        assert!(permits("aws::store", Level::TRACE));
        assert!(!permits("aws_config", Level::INFO));
        assert!(!permits("aws_sdk_dynamodb::operation", Level::DEBUG));
        assert!(permits("aws_config", Level::ERROR));
    }
}
