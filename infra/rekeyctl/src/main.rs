//! Passes the environment, the streams and the clock to the library.

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use shared::time::Moment;

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where this program reads its environment and its clock, and waits"
)]
fn main() -> ExitCode {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let around = rekeyctl::Surroundings {
        url: std::env::var("REKEY_URL").ok(),
        token: std::env::var("REKEY_TOKEN").ok(),
        out: &mut io::stdout(),
        err: &mut io::stderr(),
        progress: io::stderr().is_terminal(),
        pause: &|wait| std::thread::sleep(wait),
        aws: &|arguments| std::process::Command::new("aws").args(arguments).output(),
        ask: &|prompt| rpassword::prompt_password(prompt),
        now: Moment::from_millis(since.as_millis().try_into().unwrap_or(u64::MAX)),
    };
    ExitCode::from(rekeyctl::run(std::env::args_os(), around))
}
