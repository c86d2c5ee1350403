//! Passes the environment, the streams and the clock to the library.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

#[expect(clippy::disallowed_methods, reason = "the one place where this program reads its environment and waits")]
fn main() -> ExitCode {
    let around = rekeyctl::Surroundings {
        url: std::env::var("REKEY_URL").ok(),
        token: std::env::var("REKEY_TOKEN").ok(),
        out: &mut io::stdout(),
        err: &mut io::stderr(),
        progress: io::stderr().is_terminal(),
        pause: &|wait| std::thread::sleep(wait),
    };
    ExitCode::from(rekeyctl::run(std::env::args_os(), around))
}
