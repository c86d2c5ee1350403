//! Starts the local service, says where it is, and waits until it is to end.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use aws::config::settings::Settings;
use clap::Parser;
use local::{Options, Running};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// What is logged unless `RUST_LOG` says otherwise: requests and messages, and whatever goes wrong. The engine
/// warns of every write whose condition did not hold, which is what conditions are for.
const DEFAULT_LOG: &str = "warn,local=info,dynoxide=error";

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
    // Listened for from the beginning, so that no signal is lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let running = local::start(options).await?;
    announce(&running, options.users.is_none())?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    running.stop().await;
    Ok(())
}

/// Says on standard output where the service is, and everything else on standard error.
fn announce(running: &Running, is_sample: bool) -> io::Result<()> {
    let url = running.url();
    // Who has closed standard error does not want to know.
    let _ = io::stderr().write_all(running.report.as_deref().unwrap_or_default().as_bytes());
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {url}")?;
    out.flush()?;
    // The sample's people are the only ones whose contacts are known here.
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

/// Writes one readable line per event to standard error; other crates say no more than warnings.
fn log() {
    let directives = Settings::from_environment().log();
    let directives = directives.as_deref().unwrap_or(DEFAULT_LOG);
    let colours = io::stderr().is_terminal();
    let layer = fmt::layer().without_time().with_target(false).with_ansi(colours).with_writer(io::stderr);
    let layer = layer.with_filter(aws::lambda::logging::filter(Some(directives)));
    // The first subscriber stays; there is no other.
    let _ = tracing_subscriber::registry().with(layer).try_init();
}
