//! Starts the local service, prints its address, and waits for a signal to end.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::process::{ExitCode, exit};

use aws::config::settings::Settings;
use aws::config::system::SystemClock;
use clap::Parser;
use local::{Options, Running, SamplePerson};
use mimalloc::MiMalloc;
use shared::time::Clock;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The log directives unless `RUST_LOG` is set: requests, messages, and everything that goes wrong. The engine warns of
/// every write whose condition did not hold, but that is what conditions are for.
const DEFAULT_LOG: &str = "warn,local=info,dynoxide=error";

/// Where the time of day stands in a moment's text (RFC 3339).
const TIME_OF_DAY: std::ops::Range<usize> = 11..19;

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
    announce(&running)?;
    ended().await;
    running.stop().await;
    Ok(())
}

/// Prints the address to standard output, and everything else to standard error.
fn announce(running: &Running) -> io::Result<()> {
    let url = running.url();
    // If standard error is closed, nobody wants to read this.
    let _ = io::stderr().write_all(running.report.as_deref().unwrap_or_default().as_bytes());
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {url}")?;
    out.flush()?;
    let _ = io::stderr().write_all(welcome(&url, &running.people).as_bytes());
    Ok(())
}

/// Where to begin: the pages, the messages, and the sample people with their passwords, one line each.
fn welcome(url: &str, people: &[SamplePerson]) -> String {
    let mut text = format!("pages   {url}/\noutbox  {url}/_local/\n");
    let width = |of: fn(&SamplePerson) -> &str| people.iter().map(|person| of(person).len()).max().unwrap_or_default();
    let name_width = width(|person| &person.user_principal_name);
    let password_width = width(|person| &person.password);
    for SamplePerson { user_principal_name: name, password, mobile_phone, is_admin, .. } in people {
        let phone = mobile_phone.as_deref().unwrap_or("no mobile phone");
        let role = if *is_admin { ", administrator" } else { "" };
        text += &format!("person  {name:name_width$}  {password:password_width$}  {phone}{role}\n");
    }
    text
}

/// The time of day in UTC, in whole seconds.
struct TimeOfDay;

impl FormatTime for TimeOfDay {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let now = SystemClock.now().to_string();
        writer.write_str(now.get(TIME_OF_DAY).unwrap_or(&now))
    }
}

/// Writes one readable line per event to standard error; other crates log only warnings and errors.
fn log() {
    let directives = Settings::from_environment().log();
    let directives = directives.as_deref().unwrap_or(DEFAULT_LOG);
    let colours = io::stderr().is_terminal();
    let layer = layer().with_timer(TimeOfDay).with_target(false).with_ansi(colours).with_writer(io::stderr);
    let layer = layer.with_filter(aws::lambda::logging::filter(Some(directives)));
    // A subscriber that was already set would stay; there is none.
    let _ = tracing_subscriber::registry().with(layer).try_init();
}
