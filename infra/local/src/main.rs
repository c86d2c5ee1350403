//! Starts the local service, prints its address, and waits for a signal to end.

use std::io::{self, IsTerminal, Write};
use std::process::{ExitCode, exit};

use aws::config::settings::Settings;
use clap::Parser;
use local::{Options, Running};
use mimalloc::MiMalloc;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// The log directives unless `RUST_LOG` is set: requests, messages, and everything that goes wrong. The engine warns of
/// every write whose condition did not hold, but that is what conditions are for.
const DEFAULT_LOG: &str = "warn,local=info,dynoxide=error";

/// The engine allocates and frees so much that the system's allocator takes a third of a load's time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    log();
    match run(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    // Registered before the service starts, so that no signal is lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut ended = async || {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    let starting = options.clone();
    let running = tokio::select! {
        // In a task of its own, because loading may compute for seconds without a pause.
        running = tokio::spawn(async move { local::start(&starting).await }) => running??,
        // What was loaded so far stays, as after a kill.
        () = ended() => exit(0),
    };
    announce(&running, options.users.is_none())?;
    ended().await;
    running.stop().await;
    Ok(())
}

/// Prints the address to standard output, and everything else to standard error.
fn announce(running: &Running, is_sample: bool) -> io::Result<()> {
    let url = running.url();
    // If standard error is closed, nobody wants to read this.
    let _ = io::stderr().write_all(running.report.as_deref().unwrap_or_default().as_bytes());
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {url}")?;
    out.flush()?;
    // Only the sample's contacts are known here.
    if !is_sample {
        return Ok(());
    }
    let _ = writeln!(
        io::stderr(),
        "try: curl -s {url}/v1/resets -H 'Content-Type: application/json' \\\n       \
         -d '{{\"userName\":\"adele@contoso.example\",\"method\":\"mobileSms\",\"phoneNumber\":\"+1 4255550100\"}}'\n     \
         curl -s {url}/_local/outbox"
    );
    Ok(())
}

/// Writes one readable line per event to standard error; other crates log only warnings and errors.
fn log() {
    let directives = Settings::from_environment().log();
    let directives = directives.as_deref().unwrap_or(DEFAULT_LOG);
    let colours = io::stderr().is_terminal();
    let layer = fmt::layer().without_time().with_target(false).with_ansi(colours).with_writer(io::stderr);
    let layer = layer.with_filter(aws::lambda::logging::filter(Some(directives)));
    // A subscriber that was already set would stay; there is none.
    let _ = tracing_subscriber::registry().with(layer).try_init();
}
